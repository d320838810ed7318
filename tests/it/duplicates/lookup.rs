use super::{bakery, ids, listed, path, signals};
use crate::harness::{Role, Server, on_both_databases, organization};
use serde_json::{Value, json};

on_both_databases!(
    a_draft_is_told_what_it_may_be,
    what_waits_is_for_moderators,
    a_record_is_told_by_its_keys_as_they_are_now,
    names_that_everybody_has_are_not_followed,
);

async fn ask(server: &Server, token: Option<&str>, draft: &Value) -> Value {
    let answer = server
        .post("/v1/organizations/duplicates", token, draft)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["items"].clone()
}

async fn a_draft_is_told_what_it_may_be(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let shop = listed(&server, &moderator, &bakery("Calder Bakery Limited")).await;
    listed(&server, &moderator, &organization("York Brewery")).await;

    let by_name = ask(
        &server,
        None,
        &json!({"name": "The CALDER Bäkery Co-operative"}),
    )
    .await;
    assert_eq!(ids(&by_name), [shop.id()]);
    assert_eq!(signals(&by_name[0]), ["name"]);
    let short = &by_name[0]["organization"];
    assert_eq!(short["slug"], "calder-bakery-limited");
    assert_eq!(short["url"], path(&shop.id()));
    assert_eq!(short["locality"], "Hebden Bridge");

    let number = json!({"name": "Something Else", "identifiers": [{"scheme": "gb-coh", "value": "1234567"}]});
    let by_number = ask(&server, None, &number).await;
    assert_eq!(signals(&by_number[0])[0], "identifier");
    assert_eq!(by_number[0]["reasons"][0]["detail"], "GB-COH 01234567");

    let same = ask(&server, None, &bakery("Calder Bakery Limited")).await;
    assert_eq!(same[0]["score"], 1.0);
    assert!(by_name[0]["score"].as_f64() < by_number[0]["score"].as_f64());

    // A slip, at the same place; the same name abroad; another number in the same register.
    let slip =
        json!({"name": "Calder Bakry", "address": {"postal_code": "hx78ad", "country": "GB"}});
    assert_eq!(ids(&ask(&server, None, &slip).await), [shop.id()]);
    let abroad = json!({"name": "Calder Bakery", "address": {"country": "AU"}});
    assert_eq!(ask(&server, None, &abroad).await, json!([]));
    let other =
        json!({"name": "Calder Bakery", "identifiers": [{"scheme": "GB-COH", "value": "7654321"}]});
    assert_eq!(ask(&server, None, &other).await, json!([]));
    server
        .post(
            "/v1/organizations/duplicates",
            None,
            &json!({"website": "x"}),
        )
        .await
        .problem(400);
}

async fn what_waits_is_for_moderators(server: Server) {
    let owner = server.token(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    let pending = listed(&server, &owner, &bakery("Calder Bakery")).await;
    let draft = json!({"name": "Calder Bakery"});
    assert_eq!(ask(&server, None, &draft).await, json!([]));
    assert_eq!(ask(&server, Some(&owner), &draft).await, json!([]));
    assert_eq!(
        ids(&ask(&server, Some(&moderator), &draft).await),
        [pending.id()]
    );

    let public = listed(&server, &moderator, &bakery("Calder Bakery")).await;
    assert_eq!(ids(&public.json()["possible_duplicates"]), [pending.id()]);
    // The editors of a record see its public duplicates; nobody else asks.
    let at = format!("{}/duplicates", path(&pending.id()));
    let list = server.get_as(&at, &owner).await.json();
    assert_eq!(ids(&list["items"]), [public.id()]);
    let at = format!("{}/duplicates", path(&public.id()));
    server.get_as(&at, &owner).await.problem(403);
    let list = server.get_as(&at, &moderator).await.json();
    assert_eq!(ids(&list["items"]), [pending.id()]);
}

async fn a_record_is_told_by_its_keys_as_they_are_now(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let shop = listed(&server, &moderator, &organization("Calder Bakery")).await;
    let renamed = server
        .patch(
            &path(&shop.id()),
            &moderator,
            shop.etag(),
            &json!({"name": "York Brewery"}),
        )
        .await;
    assert_eq!(renamed.status, 200, "{}", renamed.text());
    assert_eq!(
        ask(&server, None, &json!({"name": "Calder Bakery"})).await,
        json!([])
    );
    let found = ask(&server, None, &json!({"name": "York Brewery"})).await;
    assert_eq!(ids(&found), [shop.id()]);
    let gone = server
        .delete(&path(&shop.id()), &moderator, renamed.etag())
        .await;
    assert_eq!(gone.status, 204);
    assert_eq!(
        ask(&server, Some(&moderator), &json!({"name": "York Brewery"})).await,
        json!([])
    );
}

async fn names_that_everybody_has_are_not_followed(server: Server) {
    let file =
        crate::import::lines((0..210).map(|number| (number, json!({"name": "Village Hall"}))));
    crate::import::import(&server, &["--format", "ndjson"], &[file.path()]);
    assert_eq!(
        ask(&server, None, &json!({"name": "Village Hall"})).await,
        json!([])
    );
}
