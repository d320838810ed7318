//! RPDE 1.0, rule by rule.

use super::follower::PUBLIC_URL;
use crate::changes::support::as_process;
use crate::harness::{Answer, Role, Server, on_both_databases, organization};
use crate::http::wire::exchange;
use serde_json::{Value, json};

on_both_databases!(
    the_last_page_names_itself_byte_for_byte,
    a_page_leads_to_the_next_and_keeps_the_limit,
    a_page_of_large_records_ends_sooner,
    a_record_is_there_once_with_its_newest_state,
    what_was_never_public_is_not_in_the_feed,
    a_page_that_is_known_is_not_sent_again,
    next_is_built_on_the_public_url,
    a_request_with_a_whole_url_gets_a_path,
    wrong_parameters_are_named,
);

const FEED: &str = "/v1/feeds/organizations";
const BEYOND: &str = "/v1/feeds/organizations?afterChangeNumber=9007199254740991";

async fn list(server: &Server, token: &str, name: &str) -> Answer {
    let created = server
        .post("/v1/organizations", Some(token), &organization(name))
        .await;
    assert_eq!(created.status, 201, "{}", created.text());
    created
}

async fn page(server: &Server, path: &str) -> Answer {
    let page = server.get(path).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(page.header("content-type"), "application/json");
    page
}

fn items(page: &Answer) -> Vec<Value> {
    page.json()["items"].as_array().unwrap().clone()
}

/// The entity tag without what names an encoding.
fn stem(answer: &Answer) -> String {
    let opaque = answer.etag().trim_matches('"');
    opaque.split('-').next().unwrap().to_owned()
}

async fn the_last_page_names_itself_byte_for_byte(server: Server) {
    let token = server.token(Role::Moderator).await;
    let empty = page(&server, FEED).await;
    assert_eq!(empty.json()["next"], format!("{}{FEED}", server.url));
    list(&server, &token, "Lantern Weavers").await;
    for path in [
        BEYOND,
        "/v1/feeds/organizations?limit=7&afterChangeNumber=9007199254740991",
        "/v1/feeds/organizations?afterChangeNumber=9007199254740991&limit=1000",
        "/v1/feeds/organizations?afterChangeNumber=%39007199254740991",
    ] {
        let last = page(&server, path).await;
        assert_eq!(items(&last), Vec::<Value>::new());
        let next = last.json()["next"].as_str().unwrap().to_owned();
        assert_eq!(next, format!("{}{path}", server.url));
        let again = page(&server, next.strip_prefix(&server.url).unwrap()).await;
        assert_eq!(again.text(), last.text());
        assert_eq!(last.header("cache-control"), "public, max-age=8");
    }
}

async fn a_page_leads_to_the_next_and_keeps_the_limit(server: Server) {
    let token = server.token(Role::Moderator).await;
    for number in 0..5 {
        list(&server, &token, &format!("Weavers {number}")).await;
    }
    let whole = items(&page(&server, FEED).await);
    assert_eq!(whole.len(), 5);
    let mut path = format!("{FEED}?limit=2");
    let mut walked = Vec::new();
    for expected in [2, 2, 1, 0] {
        let answer = page(&server, &path).await;
        let (body, items) = (answer.json(), items(&answer));
        assert_eq!(items.len(), expected);
        let cache = if expected == 2 {
            "public, max-age=3600"
        } else {
            "public, max-age=8"
        };
        assert_eq!(answer.header("cache-control"), cache);
        assert_eq!(
            body["license"],
            "https://creativecommons.org/licenses/by/4.0/"
        );
        assert_eq!(body.as_object().unwrap().len(), 3, "{body}");
        // The same request has the same answer.
        assert_eq!(page(&server, &path).await.text(), answer.text());
        if let Some(last) = items.last() {
            let next = format!(
                "{}{FEED}?afterChangeNumber={}&limit=2",
                server.url, last["modified"]
            );
            assert_eq!(body["next"], next);
        }
        path = body["next"]
            .as_str()
            .unwrap()
            .strip_prefix(&server.url)
            .unwrap()
            .to_owned();
        walked.extend(items);
    }
    assert_eq!(walked, whole);
    // Without a limit there is none in `next`.
    let next = page(&server, FEED).await.json()["next"].clone();
    assert_eq!(
        next,
        format!(
            "{}{FEED}?afterChangeNumber={}",
            server.url, whole[4]["modified"]
        )
    );
}

async fn a_page_of_large_records_ends_sooner(server: Server) {
    let token = server.token(Role::Moderator).await;
    let text = "Weaving is what we do. ".repeat(860);
    for number in 0..120 {
        let mut body = organization(&format!("Weavers {number}"));
        body["description"] = json!(text);
        let listed = server.post("/v1/organizations", Some(&token), &body).await;
        assert_eq!(listed.status, 201, "{}", listed.text());
    }
    let mut path = format!("{FEED}?limit=1000");
    let mut walked = Vec::new();
    loop {
        let answer = page(&server, &path).await;
        assert!(answer.text().len() < 1_200_000, "{}", answer.text().len());
        let (body, items) = (answer.json(), items(&answer));
        if items.is_empty() {
            break;
        }
        // It is as final as one that has as many items as it may.
        if walked.is_empty() {
            assert!((20..120).contains(&items.len()), "{}", items.len());
            assert_eq!(answer.header("cache-control"), "public, max-age=3600");
        }
        walked.extend(items.into_iter().map(|item| item["id"].clone()));
        let next = body["next"].as_str().unwrap();
        assert!(next.ends_with("&limit=1000"), "{next}");
        path = next.strip_prefix(&server.url).unwrap().to_owned();
    }
    assert_eq!(walked.len(), 120);
    walked.sort_by_key(ToString::to_string);
    walked.dedup();
    assert_eq!(walked.len(), 120);
}

async fn a_record_is_there_once_with_its_newest_state(server: Server) {
    let token = server.token(Role::Moderator).await;
    let created = list(&server, &token, "Lantern Weavers").await;
    let other = list(&server, &token, "Candle Weavers").await;
    let path = created.header("location").to_owned();
    let seen = items(&page(&server, FEED).await);
    assert_eq!(seen[0]["data"], created.json());
    assert_eq!(seen[1]["data"], other.json());

    let mut etag = created.etag().to_owned();
    let mut last = seen[1]["modified"].as_i64().unwrap();
    for (status, state) in [
        ("archived", "deleted"),
        ("published", "updated"),
        ("pending", "deleted"),
        ("published", "updated"),
    ] {
        let changed = server
            .patch(&path, &token, &etag, &json!({"status": status}))
            .await;
        assert_eq!(changed.status, 200, "{}", changed.text());
        changed.etag().clone_into(&mut etag);
        let items = items(&page(&server, FEED).await);
        assert_eq!(items.len(), 2);
        assert_eq!(items[0], seen[1]);
        assert_eq!(items[1]["id"], created.id());
        assert_eq!(items[1]["state"], state);
        assert_eq!(items[1]["kind"], "organization");
        let data = (state == "updated").then(|| changed.json());
        assert_eq!(items[1].get("data"), data.as_ref());
        let number = items[1]["modified"].as_i64().unwrap();
        assert!(number > last);
        last = number;
    }
    assert_eq!(server.delete(&path, &token, &etag).await.status, 204);
    let after = page(&server, &format!("{FEED}?afterChangeNumber={last}")).await;
    let items = items(&after);
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["state"], "deleted");
    assert_eq!(items[0].as_object().unwrap().len(), 4, "{}", items[0]);
}

async fn what_was_never_public_is_not_in_the_feed(server: Server) {
    let (member, moderator) = (
        server.token(Role::Member).await,
        server.token(Role::Moderator).await,
    );
    let pending = server
        .post("/v1/organizations", Some(&member), &organization("Waiting"))
        .await;
    assert_eq!(pending.json()["status"], "pending");
    let path = pending.header("location").to_owned();
    let edited = server
        .patch(
            &path,
            &member,
            pending.etag(),
            &json!({"summary": "Still waiting"}),
        )
        .await;
    assert_eq!(edited.status, 200, "{}", edited.text());
    let archived = server
        .patch(
            &path,
            &moderator,
            edited.etag(),
            &json!({"status": "archived"}),
        )
        .await;
    assert_eq!(archived.status, 200, "{}", archived.text());
    assert_eq!(
        server
            .delete(&path, &moderator, archived.etag())
            .await
            .status,
        204
    );
    assert_eq!(items(&page(&server, FEED).await), Vec::<Value>::new());
}

async fn a_page_that_is_known_is_not_sent_again(server: Server) {
    let token = server.token(Role::Moderator).await;
    let created = list(&server, &token, "Lantern Weavers").await;
    list(&server, &token, "Candle Weavers").await;
    for path in [FEED, "/v1/feeds/organizations?limit=1", BEYOND] {
        let known = page(&server, path).await;
        assert!(known.etag().starts_with('"'), "{}", known.etag());
        let again = Answer::of(
            server
                .request("GET", path)
                .header("if-none-match", known.etag()),
        )
        .await;
        assert_eq!(again.status, 304);
        assert_eq!(again.text(), "");
        assert_eq!(stem(&again), stem(&known));
        assert_eq!(again.header("cache-control"), known.header("cache-control"));
    }
    let (whole, first) = (
        page(&server, FEED).await,
        page(&server, "/v1/feeds/organizations?limit=1").await,
    );
    let changed = server
        .patch(
            created.header("location"),
            &token,
            created.etag(),
            &json!({"summary": "New"}),
        )
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    for (path, known) in [(FEED, whole), ("/v1/feeds/organizations?limit=1", first)] {
        let again = Answer::of(
            server
                .request("GET", path)
                .header("if-none-match", known.etag()),
        )
        .await;
        assert_eq!(again.status, 200);
        assert_ne!(again.etag(), known.etag());
    }
    // The last page is the same for ever.
    let last = page(&server, BEYOND).await;
    list(&server, &token, "More Weavers").await;
    assert_eq!(page(&server, BEYOND).await.etag(), last.etag());
}

async fn next_is_built_on_the_public_url(mut server: Server) {
    let token = server.token(Role::Moderator).await;
    list(&server, &token, "Lantern Weavers").await;
    let with_slash = format!("{PUBLIC_URL}/");
    let _serving = as_process(&mut server, &["--public-url", &with_slash]).await;
    let first = page(&server, FEED).await;
    let number = &items(&first)[0]["modified"];
    assert_eq!(
        first.json()["next"],
        format!("{PUBLIC_URL}{FEED}?afterChangeNumber={number}")
    );
    assert_eq!(
        page(&server, BEYOND).await.json()["next"],
        format!("{PUBLIC_URL}{BEYOND}")
    );
}

async fn a_request_with_a_whole_url_gets_a_path(server: Server) {
    let raw = exchange(
        &server,
        "GET http://elsewhere.example/v1/feeds/organizations?limit=5 HTTP/1.1\r\n\
         Host: elsewhere.example\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert_eq!(raw.status, 200, "{}", raw.text);
    let next = format!("\"next\":\"{}/v1/feeds/organizations?limit=5\"", server.url);
    assert!(raw.text.contains(&next), "{}", raw.text);
}

async fn wrong_parameters_are_named(server: Server) {
    for (query, names) in [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=", "limit"),
        ("limit=1&limit=2", "limit"),
        ("afterChangeNumber=-1", "afterChangeNumber"),
        ("afterChangeNumber=9007199254740992", "afterChangeNumber"),
        ("afterChangeNumber=x", "afterChangeNumber"),
        (
            "afterChangenumber=1",
            "did you mean \\\"afterChangeNumber\\\"",
        ),
        ("afterTimestamp=1", "afterTimestamp"),
    ] {
        let answer = server.get(&format!("{FEED}?{query}")).await;
        answer.problem(400);
        assert!(answer.text().contains(names), "{query}: {}", answer.text());
    }
}
