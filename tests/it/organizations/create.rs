use crate::harness::{Role, Server, on_both_databases, organization};
use serde_json::json;

on_both_databases!(a_moderator_lists_an_organization_and_everybody_finds_it);

async fn a_moderator_lists_an_organization_and_everybody_finds_it(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let answer = server
        .post(
            "/v1/organizations?refresh=wait_for",
            Some(&moderator),
            &organization("Blue Kiln Co-op"),
        )
        .await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.json()["slug"], "blue-kiln-co-op");
    assert_eq!(answer.json()["status"], "published");
    assert_eq!(
        answer.header("location"),
        format!("/v1/organizations/{}", answer.id())
    );

    let found = server.get("/v1/organizations?q=kiln").await;
    assert_eq!(found.json()["total"], 1);
    assert_eq!(found.json()["items"][0], answer.json());
    let got = server.get(answer.header("location")).await;
    assert_eq!(got.json(), answer.json());
    assert_eq!(got.header("etag"), answer.header("etag"));
    assert_eq!(got.json()["links"], json!([]));
}
