//! In the moderators' queue one account's many stand as one.

use super::{decide, hand_in};
use crate::harness::{Database, Role, Server};
use chrono::{DateTime, TimeDelta};
use serde_json::{Value, json};
use toadlane::clock::Clock;

const QUEUE: &str = "/v1/moderation/queue";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite() {
    one_stands_for_all_of_an_account(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres() {
    one_stands_for_all_of_an_account(Database::Postgres).await;
}

async fn walk(server: &Server, token: &str, query: &str) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("{QUEUE}?limit=2{query}{cursor}");
        let page = server.get_as(&path, token).await;
        assert_eq!(page.status, 200, "{}", page.text());
        items.extend(page.json()["items"].as_array().unwrap().clone());
        let page = page.json();
        let Some(next) = page["next_cursor"].as_str() else {
            return items;
        };
        cursor = format!("&cursor={next}");
    }
}

fn names(items: &[Value]) -> Vec<&str> {
    let names = items.iter().map(|item| &item["organization"]["name"]);
    names.map(|name| name.as_str().unwrap()).collect()
}

async fn one_stands_for_all_of_an_account(database: Database) {
    let start = DateTime::from_timestamp(1_760_000_000, 0).unwrap();
    let server = Server::start_with(database, Clock::manual(start), |_| {}).await;
    let (many, few) = (
        server.person(Role::Member).await,
        server.person(Role::Member).await,
    );
    let moderator = server.token(Role::Moderator).await;
    let mut ids = Vec::new();
    for number in 0..7 {
        ids.push(
            hand_in(&server, &many.token, &format!("Many {number}"))
                .await
                .id(),
        );
        // Some wait since the same moment.
        if number % 2 == 0 {
            server.state.clock.advance(TimeDelta::seconds(1));
        }
    }
    hand_in(&server, &few.token, "Few").await;

    let all = walk(&server, &moderator, "").await;
    assert_eq!(names(&all), ["Many 0", "Few"]);
    assert_eq!(all[0]["account"], json!(many.id));
    assert_eq!(all[0]["more"], 6);
    assert_eq!(all[1]["account"], json!(few.id));
    assert_eq!(all[1].get("more"), None);
    let open = walk(&server, &moderator, &format!("&account={}", many.id)).await;
    let mut opened: Vec<_> = open.iter().map(|item| item["id"].clone()).collect();
    opened.sort_by_key(ToString::to_string);
    let mut expected: Vec<_> = ids.iter().map(|id| json!(id)).collect();
    expected.sort_by_key(ToString::to_string);
    assert_eq!(opened, expected, "each once");

    // The next one takes the place of the first.
    decide(&server, &moderator, &ids[0], "publish").await;
    let all = walk(&server, &moderator, "&type=listing").await;
    assert_eq!(all.len(), 2);
    assert_eq!(all[0]["more"], 5);
    let path = format!("{QUEUE}?account=x");
    server.get_as(&path, &moderator).await.problem(400);
    let claims = format!("&type=claim&account={}", many.id);
    assert_eq!(walk(&server, &moderator, &claims).await, [] as [Value; 0]);
}
