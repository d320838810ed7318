//! What the schemas of people's bodies forbid is refused.

use crate::harness::{Answer, Role, Server, on_both_databases};
use serde_json::{Value, json};

on_both_databases!(
    what_the_schemas_forbid_is_refused,
    a_long_password_counts_in_characters,
    a_body_that_cannot_be_read_ends_no_log_in,
);

const PASSWORD: &str = "a long enough password";

async fn what_the_schemas_forbid_is_refused(server: Server) {
    let admin = server.token(Role::Admin).await;
    let user = server.person(Role::Member).await;
    let suspend = format!("/v1/moderation/users/{}/suspend", user.id);
    let long = "x".repeat(255);
    let token = "t".repeat(43);
    for (path, body, pointer) in [
        (
            "/v1/auth/register",
            json!({"email": "", "password": PASSWORD}),
            "/email",
        ),
        (
            "/v1/auth/register",
            json!({"email": "  ", "password": PASSWORD}),
            "/email",
        ),
        (
            "/v1/auth/register",
            json!({"email": "a@b.coop", "password": ""}),
            "/password",
        ),
        (
            "/v1/auth/reset-password",
            json!({"token": token, "password": ""}),
            "/password",
        ),
        ("/v1/auth/forgot-password", json!({"email": ""}), "/email"),
        (
            "/v1/auth/forgot-password",
            json!({"email": "nobody"}),
            "/email",
        ),
        ("/v1/auth/forgot-password", json!({"email": long}), "/email"),
        (suspend.as_str(), json!({"note": "\u{c}"}), "/note"),
        (suspend.as_str(), json!({"note": " ".repeat(2001)}), "/note"),
    ] {
        let answer = server.post(path, Some(&admin), &body).await;
        let errors = &answer.problem(400)["errors"];
        assert_eq!(errors[0]["pointer"], pointer, "{path} {body}");
        assert_eq!(errors.as_array().map(Vec::len), Some(1), "{path} {body}");
    }
    let users = format!("/v1/moderation/users?q={long}");
    let answer = server.get_as(&users, &admin).await;
    assert_eq!(answer.problem(400)["errors"][0]["pointer"], "/q");
    let patch = json!({"name": "Ada", "current_password": "x".repeat(1025)});
    let answer = server.patch("/v1/me", &user.token, "", &patch).await;
    assert_eq!(
        answer.problem(400)["errors"][0]["pointer"],
        "/current_password"
    );
}

async fn a_long_password_counts_in_characters(server: Server) {
    let person = server.person(Role::Member).await;
    let long = "\u{1f331}".repeat(1024);
    let too_long = format!("{long}x");
    for (password, status) in [(&too_long, 400), (&long, 200)] {
        let patch = json!({"password": password, "current_password": PASSWORD});
        let answer = server.patch("/v1/me", &person.token, "", &patch).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    for (password, status) in [(&too_long, 401), (&long, 200)] {
        let credentials = json!({"email": person.email, "password": password});
        let answer = server.post("/v1/auth/login", None, &credentials).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
}

async fn a_body_that_cannot_be_read_ends_no_log_in(server: Server) {
    let person = server.person(Role::Member).await;
    let path = "/v1/auth/logout";
    for body in [json!([]), Value::Null, json!({}), json!({"token": "x"})] {
        server
            .post(path, Some(&person.token), &body)
            .await
            .problem(400);
    }
    let request = server.request("POST", path).bearer_auth(&person.token);
    Answer::of(request.body("x")).await.problem(415);
    assert_eq!(server.get_as("/v1/me", &person.token).await.status, 200);
}
