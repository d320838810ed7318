use crate::harness::{Answer, Command, Role, Server, on_both_databases, organization};
use futures_util::future::select;

on_both_databases!(a_request_in_flight_is_answered_before_the_server_ends);

async fn a_request_in_flight_is_answered_before_the_server_ends(mut server: Server) {
    let token = server.token(Role::Moderator).await;
    let (data_dir, url) = (server.data_dir().to_owned(), server.database_url());
    server.stop().await;
    let mut serving = Command::new(&["serve"]).on(&data_dir, &url).serve();
    let request = || {
        reqwest::Client::new()
            .post(format!("{}/v1/organizations", serving.url))
            .bearer_auth(&token)
            .header("idempotency-key", "\"k\"")
            .json(&organization("In flight"))
    };
    // Both wait for a lock that this test holds, or one of them is told so: then one is in flight.
    let (txn, permit) = server.state.store.begin().await.unwrap();
    toadlane::slug::lock(&txn).await.unwrap();
    let (one, two) = (
        tokio::spawn(Answer::of(request())),
        tokio::spawn(Answer::of(request())),
    );
    let (told, in_flight) = select(one, two).await.factor_first();
    told.unwrap().problem(409);
    let id = serving.id().to_string();
    let killed = std::process::Command::new("kill")
        .args(["-TERM", &id])
        .status()
        .unwrap();
    assert!(killed.success());
    drop((txn, permit));
    let answer = in_flight.await.unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text());
    let ended = tokio::task::spawn_blocking(move || serving.wait())
        .await
        .unwrap();
    assert!(ended.success(), "{ended}");

    let server = server.restart().await;
    assert_eq!(
        server.get("/v1/organizations/in-flight").await.text(),
        answer.text()
    );
}
