//! Registering, forgetting, changing and erasing.

use crate::harness::{Answer, Database, Role, Server, on_both_databases, organization};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::json;

on_both_databases!(
    an_account_from_registering_to_erasing,
    registering_tells_nothing,
    a_forgotten_password,
    a_new_password_ends_what_the_old_one_began,
    nobody_is_silenced_by_mail_that_others_ask_for,
    an_account_is_erased_with_its_password_only,
    the_last_admin_stays,
);

const PASSWORD: &str = "a long enough password";

async fn an_account_from_registering_to_erasing(server: Server) {
    let new = json!({"email": "Ada@Example.coop ", "password": PASSWORD, "name": "Ada"});
    let answer = server.post("/v1/auth/register", None, &new).await;
    assert_eq!((answer.status, answer.text().as_str()), (202, ""));
    let credentials = json!({"email": "ada@example.coop", "password": PASSWORD});
    server
        .post("/v1/auth/login", None, &credentials)
        .await
        .problem(401);
    let mail = server.mail_to("ada@example.coop").await;
    assert!(
        mail.subject.starts_with("Your account at "),
        "{}",
        mail.subject
    );
    assert!(mail.body.starts_with("Hello,\n"), "{}", mail.body);
    let token = json!({"token": mail.token()});
    let answer = server.post("/v1/auth/verify-email", None, &token).await;
    assert_eq!(answer.status, 204, "{}", answer.text());
    let again = server.post("/v1/auth/verify-email", None, &token).await;
    assert_eq!(again.problem(400)["errors"][0]["pointer"], "/token");

    let login = server.post("/v1/auth/login", None, &credentials).await;
    let tokens = login.json();
    let access = tokens["access_token"].as_str().unwrap();
    let me = server.get_as("/v1/me", access).await.json();
    assert_eq!(me["email"], "ada@example.coop");
    assert_eq!(me["name"], "Ada");
    assert_eq!(me["role"], "member");
    let sessions = server.get_as("/v1/me/sessions", access).await.json();
    assert_eq!(sessions["items"].as_array().unwrap().len(), 1);
    assert_eq!(sessions["items"][0]["current"], true);

    let refresh = json!({"refresh_token": tokens["refresh_token"]});
    let next = server.post("/v1/auth/refresh", None, &refresh).await;
    assert_eq!(next.status, 200, "{}", next.text());
    let access = next.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(server.get_as("/v1/me", &access).await.status, 200);

    let erased = server.erase(&access).await;
    assert_eq!(erased.status, 204, "{}", erased.text());
    server.get_as("/v1/me", &access).await.problem(401);
    server
        .post("/v1/auth/login", None, &credentials)
        .await
        .problem(401);
}

async fn registering_tells_nothing(server: Server) {
    let known = server.person(Role::Member).await;
    for email in [known.email.as_str(), "nobody@example.coop"] {
        let new = json!({"email": email, "password": PASSWORD});
        let answer = server.post("/v1/auth/register", None, &new).await;
        assert_eq!((answer.status, answer.text().as_str()), (202, ""));
        let forgotten = json!({"email": email});
        let answer = server
            .post("/v1/auth/forgot-password", None, &forgotten)
            .await;
        assert_eq!((answer.status, answer.text().as_str()), (202, ""));
    }
    // Only whoever reads the mail learns more.
    let mail = server.mail_to(&known.email).await;
    assert!(mail.body.contains("There is one already"), "{}", mail.body);
    assert!(mail.link().contains("/reset-password?"), "{}", mail.body);
    let mail = server.mail_to(&known.email).await;
    assert!(
        mail.body.contains("forgotten the password"),
        "{}",
        mail.body
    );
    let mail = server.mail_to("nobody@example.coop").await;
    assert!(mail.link().contains("/verify-email?"), "{}", mail.body);
    assert!(!server.has_mail_to("nobody@example.coop").await);
}

async fn a_forgotten_password(server: Server) {
    let person = server.person(Role::Member).await;
    let forgotten = json!({"email": person.email});
    server
        .post("/v1/auth/forgot-password", None, &forgotten)
        .await;
    let mail = server.mail_to(&person.email).await;
    let new = json!({"token": mail.token(), "password": "another long password"});
    let answer = server.post("/v1/auth/reset-password", None, &new).await;
    assert_eq!(answer.status, 204, "{}", answer.text());
    // Whoever was logged in is no longer.
    server.get_as("/v1/me", &person.token).await.problem(401);
    let old = json!({"email": person.email, "password": PASSWORD});
    server.post("/v1/auth/login", None, &old).await.problem(401);
    let new = json!({"email": person.email, "password": "another long password"});
    assert_eq!(server.post("/v1/auth/login", None, &new).await.status, 200);
}

/// Whoever knew the old password has nothing left after a new one is chosen by mail.
async fn a_new_password_ends_what_the_old_one_began(server: Server) {
    let person = server.person(Role::Member).await;
    let theft = json!({"email": "thief@example.org", "current_password": PASSWORD});
    server.patch("/v1/me", &person.token, "", &theft).await;
    let stolen = server.mail_to("thief@example.org").await.token().to_owned();
    let body = json!({"name": "a program", "scopes": ["jobs:write"]});
    let client = server
        .post("/v1/api-clients", Some(&person.token), &body)
        .await
        .json();
    let forgotten = json!({"email": person.email});
    server
        .post("/v1/auth/forgot-password", None, &forgotten)
        .await;
    let mail = server.mail_to(&person.email).await;
    let new = json!({"token": mail.token(), "password": "another long password"});
    let answer = server.post("/v1/auth/reset-password", None, &new).await;
    assert_eq!(answer.status, 204, "{}", answer.text());

    let token = json!({"token": stolen});
    server
        .post("/v1/auth/change-email", None, &token)
        .await
        .problem(400);
    let ask = server
        .request("POST", "/oauth/token")
        .basic_auth(
            client["client_id"].as_str().unwrap(),
            client["client_secret"].as_str(),
        )
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials");
    crate::harness::Answer::of(ask).await.problem(401);
}

/// Mail that strangers ask for does not keep from people what they have to know.
async fn nobody_is_silenced_by_mail_that_others_ask_for(server: Server) {
    let owner = server.person(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    let body = crate::harness::organization("Suma");
    let listed = server
        .post("/v1/organizations", Some(&owner.token), &body)
        .await;
    for _ in 0..15 {
        let forgotten = json!({"email": owner.email});
        server
            .post("/v1/auth/forgot-password", None, &forgotten)
            .await;
    }
    for _ in 0..4 {
        let mail = server.mail_to(&owner.email).await;
        assert!(mail.subject.starts_with("A new password"), "{mail:?}");
    }
    assert!(!server.has_mail_to(&owner.email).await);
    let publish = format!("{}/publish", listed.header("location"));
    server.post(&publish, Some(&moderator), &json!({})).await;
    let mail = server.mail_to(&owner.email).await;
    assert!(mail.subject.contains("published"), "{mail:?}");
}

/// Whoever has somebody's log-in does not have their password.
async fn an_account_is_erased_with_its_password_only(server: Server) {
    let ada = server.person(Role::Member).await;
    let erase = |body: Option<serde_json::Value>| {
        let request = server.request("DELETE", "/v1/me").bearer_auth(&ada.token);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        crate::harness::Answer::of(request)
    };
    for body in [
        None,
        Some(json!({})),
        Some(json!({"current_password": null})),
        Some(json!({"current_password": "not the password"})),
    ] {
        let refused = erase(body).await;
        let pointer = &refused.problem(400)["errors"][0]["pointer"];
        assert_eq!(pointer, "/current_password");
    }
    assert_eq!(server.get_as("/v1/me", &ada.token).await.status, 200);
    // Guesses wait, as they do at the log-in, where they count too.
    for _ in 0..6 {
        erase(Some(json!({"current_password": "a guess"}))).await;
    }
    let waits = erase(Some(json!({"current_password": PASSWORD}))).await;
    waits.problem(429);
    assert!(!waits.header("retry-after").is_empty());
    let login = json!({"email": ada.email, "password": PASSWORD});
    server
        .post("/v1/auth/login", None, &login)
        .await
        .problem(429);
    assert_eq!(server.get_as("/v1/me", &ada.token).await.status, 200);
    let grace = server.person(Role::Member).await;
    assert_eq!(server.erase(&grace.token).await.status, 204);
    server.get_as("/v1/me", &grace.token).await.problem(401);
}

async fn the_last_admin_stays(server: Server) {
    let admin = server.person(Role::Admin).await;
    server.erase(&admin.token).await.problem(409);
    server.token(Role::Admin).await;
    let erased = server.erase(&admin.token).await;
    assert_eq!(erased.status, 204, "{}", erased.text());
}

/// Whether an address is still somewhere in the database.
async fn is_kept(server: &Server, address: &str) -> Vec<String> {
    let db = &server.state.store.db;
    let ask = |sql: String| async move {
        let rows = db.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql));
        rows.await.unwrap()
    };
    let columns = "SELECT m.name AS t, c.name AS c FROM sqlite_master m, pragma_table_info(m.name) c \
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'";
    let mut found = Vec::new();
    for row in ask(columns.to_owned()).await {
        let (table, column): (String, String) =
            (row.try_get("", "t").unwrap(), row.try_get("", "c").unwrap());
        let sql = format!(
            "SELECT 1 FROM \"{table}\" WHERE CAST(\"{column}\" AS TEXT) LIKE '%{address}%' LIMIT 1"
        );
        if !ask(sql).await.is_empty() {
            found.push(format!("{table}.{column}"));
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_account_leaves_no_address_behind() {
    let server = Server::start(Database::Sqlite).await;
    let moderator = server.token(Role::Moderator).await;
    let mut body = organization("Suma");
    body["website"] = "https://suma.example".into();
    let listed = server
        .post("/v1/organizations", Some(&moderator), &body)
        .await;
    let ada = server.join("ada.lovelace@example.coop").await;
    let claims = format!("/v1/organizations/{}/claims", listed.id());
    let claim = server
        .request("POST", &claims)
        .bearer_auth(&ada)
        .header("idempotency-key", "once")
        .json(&json!({"method": "dns_txt"}));
    let claim = Answer::of(claim).await;
    assert!(claim.text().contains("ada.lovelace"), "{}", claim.text());
    let change = json!({"email": "ada.byron@example.coop", "current_password": PASSWORD});
    let changed = server
        .request("PATCH", "/v1/me")
        .bearer_auth(&ada)
        .header("content-type", "application/merge-patch+json")
        .body(change.to_string());
    assert_eq!(Answer::of(changed).await.status, 200);
    server.mail_to("ada.byron@example.coop").await;
    assert!(!is_kept(&server, "ada.lovelace").await.is_empty());
    assert!(!is_kept(&server, "ada.byron").await.is_empty());
    let erased = server.erase(&ada).await;
    assert_eq!(erased.status, 204, "{}", erased.text());
    let nothing: [&str; 0] = [];
    assert_eq!(is_kept(&server, "ada.lovelace").await, nothing);
    assert_eq!(is_kept(&server, "ada.byron").await, nothing);
}
