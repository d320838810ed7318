use crate::harness::{Database, Role, Server, organization};

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
