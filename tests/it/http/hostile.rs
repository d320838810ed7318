use super::hostile_bodies::{invalid, malformed, many_members};
use crate::harness::{Answer, Role, Server, on_both_databases, organization};
use serde_json::json;
use std::time::{Duration, Instant};

on_both_databases!(
    hostile_bodies_get_a_problem_document,
    bodies_of_another_type_are_refused,
    large_bodies_are_refused,
    logins_take_no_harm,
);

async fn send(
    server: &Server,
    method: &str,
    path: &str,
    token: &str,
    media_type: &str,
    body: impl Into<reqwest::Body>,
) -> Answer {
    let request = server
        .request(method, path)
        .bearer_auth(token)
        .header("if-match", "*");
    Answer::of(request.header("content-type", media_type).body(body)).await
}

async fn hostile_bodies_get_a_problem_document(server: Server) {
    let token = server.token(Role::Moderator).await;
    let listed = server
        .post("/v1/organizations", Some(&token), &organization("Fortress"))
        .await;
    let path = listed.header("location");
    for body in malformed() {
        let shown = String::from_utf8_lossy(&body)
            .chars()
            .take(60)
            .collect::<String>();
        for (method, path, media_type) in [
            ("POST", "/v1/organizations", "application/json"),
            ("PATCH", path, "application/merge-patch+json"),
            ("POST", "/v1/auth/login", "application/json"),
        ] {
            let answer = send(&server, method, path, &token, media_type, body.clone()).await;
            assert_eq!(
                answer.problem(400)["type"],
                "/problems/malformed",
                "{method} {path} {shown}"
            );
        }
    }
    for body in invalid() {
        let shown: String = body.chars().take(90).collect();
        let sent = Instant::now();
        let answer = send(
            &server,
            "POST",
            "/v1/organizations",
            &token,
            "application/json",
            body.clone(),
        )
        .await;
        let problem = answer.problem(400);
        assert_eq!(problem["type"], "/problems/validation", "POST {shown}");
        assert!(!problem["errors"].as_array().unwrap().is_empty(), "{shown}");
        assert_is_brief(&answer, &shown);
        // A debug build on a busy machine; it was half a minute once.
        assert!(sent.elapsed() < Duration::from_secs(5), "{shown}");
        // As a patch some of it means nothing; it may never fail on our side.
        let answer = send(
            &server,
            "PATCH",
            path,
            &token,
            "application/merge-patch+json",
            body,
        )
        .await;
        assert!(
            answer.status == 400 || answer.status == 200,
            "PATCH {shown}: {}",
            answer.text()
        );
    }
    let count = server.get("/v1/feeds/organizations").await.json()["items"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(count, 1, "nothing hostile was stored");
}

/// However much is wrong, the answer is of a modest size, and says when it names not all.
fn assert_is_brief(answer: &Answer, shown: &str) {
    let problem = answer.problem(400);
    let faults = problem["errors"].as_array().unwrap();
    assert!(answer.text().len() < 50_000, "{shown}");
    assert!(faults.len() <= 101, "{shown}");
    if faults.len() == 101 {
        assert_eq!(
            faults[100],
            json!({"pointer": "", "detail": "there are more faults than are listed here"})
        );
        assert_eq!(problem["detail"], "the input breaks more than 100 rule(s)");
    }
}

async fn bodies_of_another_type_are_refused(server: Server) {
    let token = server.token(Role::Moderator).await;
    let listed = server
        .post("/v1/organizations", Some(&token), &organization("Typed"))
        .await;
    let body = organization("Typed too").to_string();
    for media_type in [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/merge-patch+json",
        "application/vnd.api+json",
        "application/jsonx",
        "json",
        "*/*",
        "\u{fc}",
    ] {
        let answer = send(
            &server,
            "POST",
            "/v1/organizations",
            &token,
            media_type,
            body.clone(),
        )
        .await;
        assert_eq!(
            answer.problem(415)["type"],
            "/problems/unsupported-media-type",
            "{media_type}"
        );
        assert_eq!(answer.header("accept"), "application/json");
    }
    let missing = server
        .request("POST", "/v1/organizations")
        .bearer_auth(&token)
        .body(body.clone());
    Answer::of(missing).await.problem(415);
    for media_type in [
        "application/json",
        "application/json-patch+json",
        "text/plain",
    ] {
        let answer = send(
            &server,
            "PATCH",
            listed.header("location"),
            &token,
            media_type,
            "{}",
        )
        .await;
        answer.problem(415);
        assert_eq!(
            answer.header("accept-patch"),
            "application/merge-patch+json"
        );
    }
    for media_type in [
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/json;charset=\"UTF-8\"; x=y",
    ] {
        let answer = send(
            &server,
            "POST",
            "/v1/organizations",
            &token,
            media_type,
            body.clone(),
        )
        .await;
        assert_eq!(answer.status, 201, "{media_type}: {}", answer.text());
    }
}

async fn large_bodies_are_refused(server: Server) {
    let token = server.token(Role::Moderator).await;
    let body = |bytes: usize| {
        let mut text = organization("Large").to_string();
        text.push_str(&" ".repeat(bytes - text.len()));
        text
    };
    let fits = send(
        &server,
        "POST",
        "/v1/organizations",
        &token,
        "application/json",
        body(1 << 20),
    )
    .await;
    assert_eq!(fits.status, 201, "{}", fits.text());
    let over = send(
        &server,
        "POST",
        "/v1/organizations",
        &token,
        "application/json",
        body((1 << 20) + 1),
    )
    .await;
    assert_eq!(over.problem(413)["type"], "/problems/payload-too-large");
    let over = send(
        &server,
        "POST",
        "/v1/auth/login",
        &token,
        "application/json",
        body((1 << 20) + 1),
    )
    .await;
    over.problem(413);
}

async fn logins_take_no_harm(server: Server) {
    for email in [
        "a\u{0}b@example.coop",
        "\u{0}",
        "\u{1b}",
        "",
        " ",
        "' OR 1=1 --",
        "a@b",
        "\u{202e}",
        "%",
        "_",
    ] {
        let body = json!({"email": email, "password": "a long enough password"});
        let answer = server.post("/v1/auth/login", None, &body).await;
        assert_eq!(
            answer.problem(401)["type"],
            "/problems/unauthorized",
            "{email:?}"
        );
    }
    let long = "x".repeat(1_000_000);
    let answer = server
        .post(
            "/v1/auth/login",
            None,
            &json!({"email": long, "password": "x"}),
        )
        .await;
    assert_eq!(answer.status, 401, "{}", answer.status);
    let answer = server
        .post(
            "/v1/auth/login",
            None,
            &json!({"email": "a@b", "password": long}),
        )
        .await;
    assert_eq!(answer.status, 401, "{}", answer.status);
    for body in [
        json!({}),
        json!({"email": null, "password": null}),
        json!({"email": ["a"], "password": {}}),
        json!({"email": "a"}),
        json!({"email": "a", "password": "b", "role": "admin"}),
    ] {
        let answer = server.post("/v1/auth/login", None, &body).await;
        assert_eq!(
            answer.problem(400)["type"],
            "/problems/validation",
            "{body}"
        );
    }
    for body in [many_members(), json!({long: 1}).to_string()] {
        let request = server
            .request("POST", "/v1/auth/login")
            .header("content-type", "application/json");
        let answer = Answer::of(request.body(body)).await;
        assert_eq!(answer.problem(400)["type"], "/problems/validation");
        assert_is_brief(&answer, "login");
    }
}
