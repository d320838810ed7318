//! What a merge does.

use super::{bakery, ids, listed, pairs, path};
use crate::harness::{Role, Server, on_both_databases, organization};
use serde_json::json;

on_both_databases!(
    one_is_left_of_two,
    chains_are_not_made,
    what_cannot_be_merged,
    of_two_opposite_merges_one_wins,
);

async fn one_is_left_of_two(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let one = listed(&server, &moderator, &bakery("Calder Bakery")).await;
    let two = listed(&server, &moderator, &bakery("Calder Bakery Limited")).await;
    let order = json!({"into": "calder-bakery", "note": "the same shop"});
    let merge = format!("{}/merge?refresh=wait_for", path(&two.id()));
    let merged = server.post(&merge, Some(&moderator), &order).await;
    assert_eq!(merged.status, 200, "{}", merged.text());
    assert_eq!(merged.id(), one.id());
    assert_eq!(merged.json()["version"], 2);
    assert_eq!(merged.json()["name"], "Calder Bakery");
    assert_eq!(merged.etag(), server.get(&path(&one.id())).await.etag());

    let feed = server.get("/v1/feeds/organizations").await.json();
    let state = |id: &str| {
        let items = feed["items"].as_array().unwrap().iter();
        items
            .filter(|item| item["id"] == id)
            .map(|item| item["state"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(state(&two.id()), ["deleted"]);
    assert_eq!(state(&one.id()), ["updated"]);
    let found = server.get("/v1/organizations?q=calder").await.json();
    assert_eq!(found["total"], 1);
    assert_eq!(found["items"][0]["id"], one.id());
    assert!(pairs(&server, &moderator, 20).await.is_empty());
    let asked = server
        .post(
            "/v1/organizations/duplicates",
            Some(&moderator),
            &json!({"name": "Calder Bakery"}),
        )
        .await;
    assert_eq!(ids(&asked.json()["items"]), [one.id()]);

    let history = server
        .get(&format!("{}/history", path(&one.id())))
        .await
        .json();
    assert_eq!(history["items"][0]["action"], "merged");
    assert_eq!(history["items"][0]["role"], "moderator");
    let took = json!([{"pointer": "/merged_from", "from": null, "to": two.id()}]);
    assert_eq!(history["items"][0]["fields"], took);

    // Done twice is done once.
    let again = server.post(&merge, Some(&moderator), &order).await;
    assert_eq!((again.status, again.text()), (200, merged.text()));
    assert_eq!(again.etag(), merged.etag());
}

async fn chains_are_not_made(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(
            listed(&server, &moderator, &bakery("Calder Bakery"))
                .await
                .id(),
        );
    }
    for (from, into) in [(0, 1), (1, 2)] {
        let merge = format!("{}/merge", path(&all[from]));
        let order = json!({"into": all[into]});
        assert_eq!(
            server.post(&merge, Some(&moderator), &order).await.status,
            200
        );
    }
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    for from in [&all[0], &all[1]] {
        let answer = client
            .get(format!("{}{}", server.url, path(from)))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status().as_u16(), 308);
        assert_eq!(answer.headers()["location"], path(&all[2]).as_str());
    }
}

async fn what_cannot_be_merged(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let member = server.token(Role::Member).await;
    let one = listed(&server, &moderator, &organization("One")).await;
    let two = listed(&server, &moderator, &organization("Two")).await;
    let waits = listed(&server, &member, &organization("Waits")).await;
    let hidden = waits.json()["slug"].as_str().unwrap().to_owned();
    let gone = listed(&server, &moderator, &organization("Gone")).await;
    let deleted = server
        .delete(&path(&gone.id()), &moderator, gone.etag())
        .await;
    assert_eq!(deleted.status, 204);
    let merge = async |from: &str, token: Option<&str>, into: serde_json::Value| {
        server
            .post(&format!("{}/merge", path(from)), token, &into)
            .await
    };
    let into = |id: &str| json!({"into": id});
    merge("one", None, into("two")).await.problem(401);
    merge("one", Some(&member), into("two")).await.problem(403);
    let moderator = Some(moderator.as_str());
    merge("nobody", moderator, into("two")).await.problem(404);
    for wrong in [
        json!({}),
        into("nobody"),
        into(&one.id()),
        into("one"),
        json!({"into": "two", "note": "x".repeat(2001)}),
        json!({"into": "two", "why": "x"}),
    ] {
        merge("one", moderator, wrong).await.problem(400);
    }
    merge("one", moderator, into(&hidden)).await.problem(409);
    merge("one", moderator, into("gone")).await.problem(409);
    merge("gone", moderator, into("one")).await.problem(410);
    assert_eq!(merge(&hidden, moderator, into("two")).await.status, 200);
    merge(&hidden, moderator, into("one")).await.problem(409);
    merge("one", moderator, into(&hidden)).await.problem(409);
    assert_eq!(server.get(&path(&one.id())).await.json(), one.json());
    assert_eq!(server.get(&path(&two.id())).await.json()["version"], 2);
    // What was never public stays unknown to the public; and whoever posted it has proven nothing.
    server.get(&path(&waits.id())).await.problem(404);
    server
        .get_as(&path(&waits.id()), &member)
        .await
        .problem(404);
    let etag = server.get(&path(&two.id())).await.etag().to_owned();
    let change = json!({"summary": "Mine now"});
    server
        .patch(&path(&two.id()), &member, &etag, &change)
        .await
        .problem(403);
}

async fn of_two_opposite_merges_one_wins(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    for round in 0..5 {
        let name = format!("Mill {round}");
        let one = listed(&server, &moderator, &organization(&name)).await.id();
        let two = listed(&server, &moderator, &organization(&name)).await.id();
        let merge = async |from: &str, into: &str| {
            let order = json!({"into": into});
            server
                .post(&format!("{}/merge", path(from)), Some(&moderator), &order)
                .await
        };
        let (there, back) = tokio::join!(merge(&one, &two), merge(&two, &one));
        let mut statuses = [there.status, back.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{} {}", there.text(), back.text());
        let left = if there.status == 200 { &two } else { &one };
        assert_eq!(server.get(&path(&one)).await.id(), *left);
        assert_eq!(server.get(&path(&two)).await.id(), *left);
    }
}
