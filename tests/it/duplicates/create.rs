use super::{bakery, ids, listed};
use crate::harness::{Answer, Role, Server, on_both_databases, organization};
use serde_json::Value;

on_both_databases!(
    what_is_listed_twice_is_told,
    nothing_is_written_when_it_is_to_be_rejected,
    of_two_at_once_one_is_rejected,
);

async fn post(server: &Server, query: &str, key: &str, token: &str, body: &Value) -> Answer {
    let request = server
        .request("POST", &format!("/v1/organizations{query}"))
        .header("idempotency-key", format!("\"{key}\""))
        .bearer_auth(token)
        .json(body);
    Answer::of(request).await
}

async fn what_is_listed_twice_is_told(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let member = server.token(Role::Member).await;
    let first = listed(&server, &moderator, &bakery("Calder Bakery")).await;
    assert!(first.json().get("possible_duplicates").is_none());
    let second = post(&server, "", "k", &member, &bakery("Calder Bakery Ltd")).await;
    assert_eq!(second.status, 201, "{}", second.text());
    assert_eq!(ids(&second.json()["possible_duplicates"]), [first.id()]);
    assert_eq!(second.json()["status"], "pending");
    let again = post(&server, "", "k", &member, &bakery("Calder Bakery Ltd")).await;
    assert_eq!((again.status, again.text()), (201, second.text()));
    let other = post(&server, "", "o", &member, &organization("York Brewery")).await;
    assert!(other.json().get("possible_duplicates").is_none());
}

async fn nothing_is_written_when_it_is_to_be_rejected(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let member = server.token(Role::Member).await;
    let first = listed(&server, &moderator, &bakery("Calder Bakery")).await;
    let query = "?on_duplicate=reject";
    for _ in 0..2 {
        let refused = post(&server, query, "k", &member, &bakery("Calder Bakery Ltd")).await;
        let problem = refused.problem(409);
        assert_eq!(problem["type"], "/problems/duplicate");
        assert_eq!(ids(&problem["duplicates"]), [first.id()]);
        assert_eq!(
            problem["duplicates"][0]["organization"]["url"],
            format!("/v1/organizations/{}", first.id())
        );
    }
    let mine = server.get_as("/v1/me/organizations", &member).await.json();
    assert_eq!(mine["items"].as_array().unwrap().len(), 0);
    // What was not done with the key may be done with it.
    let taken = post(&server, "", "k", &member, &bakery("Calder Bakery Ltd")).await;
    assert_eq!(taken.status, 201, "{}", taken.text());
    let new = post(&server, query, "n", &member, &organization("York Brewery")).await;
    assert_eq!(new.status, 201, "{}", new.text());
    post(
        &server,
        "?on_duplicate=ignore",
        "x",
        &member,
        &organization("X"),
    )
    .await
    .problem(400);
}

async fn of_two_at_once_one_is_rejected(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let body = bakery("Calder Bakery");
    let post = || {
        server.post(
            "/v1/organizations?on_duplicate=reject",
            Some(&moderator),
            &body,
        )
    };
    let (one, two, three) = tokio::join!(post(), post(), post());
    let mut statuses = [one.status, two.status, three.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409]);
}
