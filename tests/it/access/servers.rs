use crate::harness::{Answer, Database, Role, Server, organization};
use futures_util::future::join_all;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_on_one_database_accept_each_others_tokens() {
    let one = Server::start(Database::Postgres).await;
    let two = one.start_another().await;
    assert_ne!(one.url, two.url);
    assert_ne!(
        one.state.keys.kid(),
        two.state.keys.kid(),
        "each has its own key"
    );
    for (issuer, other) in [(&one, &two), (&two, &one)] {
        let token = issuer.token(Role::Moderator).await;
        for server in [issuer, other] {
            let answer = server
                .post("/v1/organizations", Some(&token), &organization("Shared"))
                .await;
            assert_eq!(answer.status, 201, "{}", answer.text());
        }
    }
    for server in [&one, &two] {
        let keys = server.get("/.well-known/jwks.json").await.json()["keys"]
            .as_array()
            .unwrap()
            .clone();
        let kids: Vec<_> = keys
            .iter()
            .map(|key| key["kid"].as_str().unwrap())
            .collect();
        assert_eq!(kids, [one.state.keys.kid(), two.state.keys.kid()]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_of_another_instance_accepts_none() {
    let one = Server::start(Database::Sqlite).await;
    let two = Server::start(Database::Sqlite).await;
    let token = one.token(Role::Admin).await;
    two.post("/v1/organizations", Some(&token), &organization("Foreign"))
        .await
        .problem(401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_outlives_a_restart() {
    let server = Server::start(Database::Sqlite).await;
    let token = server.token(Role::Moderator).await;
    let kid = server.state.keys.kid().to_owned();
    let server = server.restart().await;
    assert_eq!(server.state.keys.kid(), kid);
    assert_eq!(
        server
            .post("/v1/organizations", Some(&token), &organization("Again"))
            .await
            .status,
        201
    );
}

/// The same request again and again, to each server in turn, all at once.
async fn at_both(
    servers: [&Server; 2],
    path: &str,
    token: Option<&str>,
    body: &Value,
) -> Vec<Answer> {
    let servers = servers.into_iter().cycle().take(200);
    join_all(servers.map(|server| server.post(path, token, body))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_that_comes_to_two_servers_ends_the_log_in_on_both() {
    let one = Server::start(Database::Postgres).await;
    let two = one.start_another().await;
    let person = one.person(Role::Member).await;
    let credentials = json!({"email": person.email, "password": "a long enough password"});
    let tokens = one.post("/v1/auth/login", None, &credentials).await.json();
    let body = json!({"refresh_token": tokens["refresh_token"]});
    let answers = at_both([&one, &two], "/v1/auth/refresh", None, &body).await;
    let mut ended = vec![tokens];
    for answer in answers {
        if answer.status == 200 {
            ended.push(answer.json());
        } else {
            answer.problem(401);
        }
    }
    assert!(ended.len() <= 2, "{}", ended.len());
    for server in [&one, &two] {
        for pair in &ended {
            let access = pair["access_token"].as_str().unwrap();
            server.get_as("/v1/me", access).await.problem(401);
            let body = json!({"refresh_token": pair["refresh_token"]});
            server
                .post("/v1/auth/refresh", None, &body)
                .await
                .problem(401);
        }
        // Other log-ins are not touched.
        let me = server.get_as("/v1/me", &person.token).await;
        assert_eq!(me.status, 200, "{}", me.text());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_that_is_accepted_at_two_servers_makes_one_member() {
    let one = Server::start(Database::Postgres).await;
    let owner = one.person(Role::Member).await;
    let editor = one.person(Role::Member).await;
    let listed = one
        .post(
            "/v1/organizations",
            Some(&owner.token),
            &organization("Suma"),
        )
        .await;
    let members = format!("{}/members", listed.header("location"));
    let body = json!({"email": editor.email, "role": "editor"});
    one.post(&members, Some(&owner.token), &body).await;
    // Either server sends mail, so the other one starts when it is sent.
    let body = json!({"token": one.mail_to(&editor.email).await.token()});
    let two = one.start_another().await;
    let path = "/v1/invitations/accept";
    let answers = at_both([&one, &two], path, Some(&editor.token), &body).await;
    let won = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(won, 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.problem(400);
    }
    for server in [&one, &two] {
        let all = server.get_as(&members, &owner.token).await.json();
        let all = all["items"].as_array().unwrap();
        assert_eq!(all.len(), 2, "{all:?}");
        assert!(all.iter().all(|member| member["status"] == "active"));
    }
    let history = format!("{}/history", listed.header("location"));
    let history = two.get_as(&history, &owner.token).await.json();
    let joined = history["items"].as_array().unwrap().iter();
    assert_eq!(joined.filter(|item| item["action"] == "managed").count(), 2);
}
