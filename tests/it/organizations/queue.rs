use super::{path, pointers};
use crate::harness::{Role, Server, on_both_databases, organization};
use serde_json::{Value, json};

on_both_databases!(moderators_list_what_is_not_public);

async fn moderators_list_what_is_not_public(server: Server) {
    let member = server.token(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    let mut pending = Vec::new();
    for number in 0..5 {
        let posted = server
            .post(
                "/v1/organizations",
                Some(&member),
                &organization(&format!("Waiting {number}")),
            )
            .await;
        pending.push(posted.json());
    }
    let listed = server
        .post(
            "/v1/organizations?refresh=wait_for",
            Some(&moderator),
            &organization("Public"),
        )
        .await;

    for status in ["pending", "archived"] {
        let path = format!("/v1/organizations?status={status}");
        let anonymous = server.get(&path).await;
        anonymous.problem(401);
        assert_eq!(anonymous.header("www-authenticate"), "Bearer");
        server.get_as(&path, &member).await.problem(403);
    }
    let whole = server
        .get_as("/v1/organizations?status=pending", &moderator)
        .await;
    assert_eq!(whole.json()["items"], json!(pending), "oldest first");
    assert_eq!(
        (&whole.json()["total"], &whole.json()["next_cursor"]),
        (&json!(5), &Value::Null)
    );
    assert_eq!(whole.header("link"), "");

    let mut walked = Vec::new();
    let mut path_of_page = "/v1/organizations?status=pending&limit=2".to_owned();
    loop {
        let page = server.get_as(&path_of_page, &moderator).await;
        assert_eq!(page.json()["total"], 5);
        walked.extend(page.json()["items"].as_array().unwrap().clone());
        let link = page.header("link");
        if page.json()["next_cursor"].is_null() {
            assert_eq!(link, "");
            break;
        }
        let next = link
            .strip_prefix('<')
            .unwrap()
            .strip_suffix(">; rel=\"next\"")
            .unwrap();
        next.strip_prefix(&server.url)
            .unwrap()
            .clone_into(&mut path_of_page);
    }
    assert_eq!(walked, pending);

    let archived = server
        .patch(
            &path(&listed.id()),
            &moderator,
            listed.etag(),
            &json!({"status": "archived"}),
        )
        .await;
    let page = server
        .get_as("/v1/organizations?status=archived", &moderator)
        .await
        .json();
    assert_eq!(page["items"], json!([archived.json()]));
    let page = server
        .get_as(
            "/v1/organizations?status=pending&source=nowhere",
            &moderator,
        )
        .await
        .json();
    assert_eq!(page["total"], 0);

    for (refused, pointer) in [
        ("status=pending&cursor=x", "/cursor"),
        ("status=pending&country=GB", "/status"),
        ("status=pending&q=waiting", "/status"),
        ("status=pending&sort=name", "/status"),
        ("status=pending&facets=country", "/status"),
        ("status=deleted", "/status"),
        ("status=pendin", "/status"),
    ] {
        let answer = server
            .get_as(&format!("/v1/organizations?{refused}"), &moderator)
            .await;
        assert_eq!(pointers(&answer), [pointer], "{refused}");
    }
    let published = server.get("/v1/organizations?status=published").await;
    assert_eq!(
        published.status, 200,
        "what is public is everybody's to list"
    );
}
