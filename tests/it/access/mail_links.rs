//! The pages that links in mail lead to.

use crate::harness::{Answer, Role, Server, on_both_databases, organization};
use serde_json::json;

on_both_databases!(
    following_a_link_changes_nothing_and_the_button_does,
    an_invited_person_without_an_account_gets_one,
    a_new_address_is_confirmed,
    a_page_is_safe,
);

const PASSWORD: &str = "a long enough password";

async fn press(server: &Server, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body: String = url_encoded(fields);
    let request = server
        .request("POST", path)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body);
    Answer::of(request).await
}

fn url_encoded(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<_> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", value.replace(' ', "+")))
        .collect();
    pairs.join("&")
}

fn path_of(server: &Server, link: &str) -> String {
    link.strip_prefix(&server.url).unwrap().to_owned()
}

async fn following_a_link_changes_nothing_and_the_button_does(server: Server) {
    let new = json!({"email": "ada@example.coop", "password": PASSWORD});
    server.post("/v1/auth/register", None, &new).await;
    let mail = server.mail_to("ada@example.coop").await;
    let path = path_of(&server, mail.link());
    for _ in 0..3 {
        let page = server.get(&path).await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(page.text().contains("ada@example.coop gets an account"));
    }
    server.post("/v1/auth/login", None, &new).await.problem(401);
    // Another registration of the address has another password.
    let wrong = [("token", mail.token()), ("password", "not the password")];
    assert_eq!(press(&server, "/verify-email", &wrong).await.status, 400);
    server.post("/v1/auth/login", None, &new).await.problem(401);
    let right = [("token", mail.token()), ("password", PASSWORD)];
    let done = press(&server, "/verify-email", &right).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let credentials = json!({"email": "ada@example.coop", "password": PASSWORD});
    assert_eq!(
        server
            .post("/v1/auth/login", None, &credentials)
            .await
            .status,
        200
    );
    // A second press, and a link that leads nowhere any more, say so.
    let again = press(&server, "/verify-email", &right).await;
    assert_eq!(again.status, 400);
    assert!(again.text().contains("does not work"), "{}", again.text());
    assert_eq!(server.get(&path).await.status, 400);

    let forgotten = json!({"email": "ada@example.coop"});
    server
        .post("/v1/auth/forgot-password", None, &forgotten)
        .await;
    let mail = server.mail_to("ada@example.coop").await;
    assert_eq!(server.get(&path_of(&server, mail.link())).await.status, 200);
    let short = [("token", mail.token()), ("password", "short")];
    let answer = press(&server, "/reset-password", &short).await;
    assert_eq!(answer.status, 400);
    assert!(
        answer.text().contains("at least 12 characters"),
        "{}",
        answer.text()
    );
    // The form is there to be filled in again.
    assert!(answer.text().contains(mail.token()), "{}", answer.text());
    let long = [("token", mail.token()), ("password", "another long one")];
    assert_eq!(press(&server, "/reset-password", &long).await.status, 200);
    let credentials = json!({"email": "ada@example.coop", "password": "another long one"});
    assert_eq!(
        server
            .post("/v1/auth/login", None, &credentials)
            .await
            .status,
        200
    );
}

async fn an_invited_person_without_an_account_gets_one(server: Server) {
    let owner = server.token(Role::Member).await;
    let listed = server
        .post(
            "/v1/organizations",
            Some(&owner),
            &organization("<b>Suma</b>"),
        )
        .await;
    let path = listed.header("location");
    let body = json!({"email": "grace@example.coop", "role": "editor"});
    server
        .post(&format!("{path}/members"), Some(&owner), &body)
        .await;
    let mail = server.mail_to("grace@example.coop").await;
    let page = server.get(&path_of(&server, mail.link())).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("&#60;b&#62;Suma"), "{}", page.text());
    assert!(!page.text().contains("<b>"), "{}", page.text());
    let fields = [
        ("token", mail.token()),
        ("name", "Grace"),
        ("password", PASSWORD),
    ];
    let done = press(&server, "/accept-invitation", &fields).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let credentials = json!({"email": "grace@example.coop", "password": PASSWORD});
    let login = server.post("/v1/auth/login", None, &credentials).await;
    let token = login.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(server.get_as(path, &token).await.status, 200);
}

async fn a_new_address_is_confirmed(server: Server) {
    let person = server.person(Role::Member).await;
    let patch = json!({"email": "new@example.coop"});
    let refused = server.patch("/v1/me", &person.token, "", &patch).await;
    assert_eq!(
        refused.problem(400)["errors"][0]["pointer"],
        "/current_password"
    );
    let patch = json!({"email": "new@example.coop", "current_password": PASSWORD});
    let answer = server.patch("/v1/me", &person.token, "", &patch).await;
    assert_eq!(answer.json()["email"], person.email);
    let mail = server.mail_to("new@example.coop").await;
    let done = press(&server, "/change-email", &[("token", mail.token())]).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let me = server.get_as("/v1/me", &person.token).await.json();
    assert_eq!(me["email"], "new@example.coop");
    let told = server.mail_to(&person.email).await;
    assert!(!told.body.contains("new@example.coop"), "{}", told.body);
}

async fn a_page_is_safe(server: Server) {
    let page = server.get("/verify-email?token=%3Cscript%3E&token=x").await;
    assert_eq!(page.status, 400);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(!page.text().contains("<script"), "{}", page.text());
    assert!(
        page.header("content-security-policy")
            .starts_with("default-src 'none'"),
        "{}",
        page.header("content-security-policy")
    );
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(page.header("cache-control"), "no-store");
    let style = server.get("/style.css").await;
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
    let wrong = Answer::of(server.request("DELETE", "/verify-email")).await;
    wrong.problem(405);
}
