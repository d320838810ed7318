use super::Employer;
use super::xml::{Node, parse};
use crate::harness::{Answer, Server, on_both_databases, organization};
use chrono::DateTime;
use serde_json::json;

on_both_databases!(
    jobs_come_the_newest_first,
    organizations_come_the_latest_changed_first,
    a_feed_takes_the_filters_of_the_list,
);

/// RFC 4287 sections 4.1.1 and 4.1.2: what must be there, and once.
fn check(feed: &Node, url: &str) {
    assert_eq!(feed.name, "feed");
    assert_eq!(feed.attributes["xmlns"], "http://www.w3.org/2005/Atom");
    let own: Vec<_> = feed
        .all("link")
        .into_iter()
        .filter(|link| link.attributes.get("rel").is_some_and(|rel| rel == "self"))
        .collect();
    assert_eq!(own.len(), 1);
    assert_eq!(own[0].attributes["href"], url);
    for node in [vec![feed], feed.all("entry")].concat() {
        assert!(node.text_of("id").starts_with("urn:uuid:"));
        assert!(!node.text_of("title").is_empty());
        DateTime::parse_from_rfc3339(node.text_of("updated")).unwrap();
    }
    for entry in feed.all("entry") {
        assert_eq!(entry.all("author").len(), 1);
        assert_eq!(entry.all("content")[0].attributes["type"], "html");
        let alternate = entry.all("link")[0];
        assert!(alternate.attributes["href"].starts_with("http://127.0.0.1"));
        // The default, which is left out.
        let rel = alternate.attributes.get("rel");
        assert!(rel.is_none_or(|rel| rel == "alternate"));
    }
}

fn titles(feed: &Node) -> Vec<String> {
    let entries = feed.all("entry");
    let titles = entries
        .iter()
        .map(|entry| entry.text_of("title").to_owned());
    titles.collect()
}

async fn jobs_come_the_newest_first(server: Server) {
    let employer = Employer::named(server, "Stores & Sons").await;
    let server = &employer.server;
    let path = "/feeds/jobs.atom";
    let empty = server.get(path).await;
    check(&parse(&empty.text()), &format!("{}{path}", server.url));
    employer.page("First").await;
    let second = employer.post(&employer.job("Second")).await;
    let answer = server.get(path).await;
    assert_eq!(
        answer.header("content-type"),
        "application/atom+xml; charset=utf-8"
    );
    assert_eq!(answer.header("cache-control"), "no-cache");
    let feed = parse(&answer.text());
    check(&feed, &format!("{}{path}", server.url));
    assert_eq!(
        titles(&feed),
        ["Second, Stores & Sons", "First, Stores & Sons"]
    );
    let entry = feed.all("entry")[0];
    assert_eq!(
        entry.text_of("id"),
        format!("urn:uuid:{}", second["id"].as_str().unwrap())
    );
    assert_eq!(
        entry.text_of("content"),
        "<p>You keep the <strong>till</strong> running.</p>\n<ul>\n<li>Debian</li>\n<li>PostgreSQL</li>\n</ul>\n"
    );
    let posted = DateTime::parse_from_rfc3339(second["posted_at"].as_str().unwrap());
    let published = DateTime::parse_from_rfc3339(entry.text_of("published"));
    assert_eq!(published, posted);
    // The id of the feed stays, and who has it is told so.
    let id = parse(&empty.text()).text_of("id").to_owned();
    assert_eq!(feed.text_of("id"), id);
    let known = server
        .request("GET", path)
        .header("if-none-match", answer.etag());
    assert_eq!(Answer::of(known).await.status, 304);
    let stale = server
        .request("GET", path)
        .header("if-none-match", empty.etag());
    assert_eq!(Answer::of(stale).await.status, 200);
}

async fn organizations_come_the_latest_changed_first(server: Server) {
    let mut body = organization("First");
    body["summary"] = json!("Flour & butter.");
    let employer = Employer::new(server, body).await;
    let server = &employer.server;
    let path = "/v1/organizations?refresh=wait_for";
    server
        .post(path, Some(&employer.moderator), &organization("Second"))
        .await;
    let answer = server.get("/feeds/organizations.atom").await;
    assert_eq!(answer.header("cache-control"), "no-cache");
    let feed = parse(&answer.text());
    check(&feed, &format!("{}/feeds/organizations.atom", server.url));
    assert_eq!(titles(&feed), ["Second", "First"]);
    assert_eq!(feed.all("entry")[1].text_of("summary"), "Flour & butter.");
}

async fn a_feed_takes_the_filters_of_the_list(server: Server) {
    let employer = Employer::named(server, "Stores").await;
    let server = &employer.server;
    employer.page("Here").await;
    let mut remote = employer.job("Anywhere");
    remote["workplace"] = json!("remote");
    remote["applicant_countries"] = json!(["FR"]);
    employer.post(&remote).await;
    for (query, expected) in [
        ("workplace=remote", vec!["Anywhere, Stores"]),
        ("country=FR&limit=1", vec!["Anywhere, Stores"]),
        ("q=till", vec!["Anywhere, Stores", "Here, Stores"]),
        ("limit=1", vec!["Anywhere, Stores"]),
        ("skill=Knitting", vec![]),
    ] {
        let path = format!("/feeds/jobs.atom?{query}");
        let feed = parse(&server.get(&path).await.text());
        check(&feed, &format!("{}{path}", server.url));
        assert_eq!(titles(&feed), expected, "{query}");
    }
    for query in [
        "contry=FR",
        "country=XX",
        "sort=-salary",
        "facets=country",
        "highlight=true",
        "status=draft",
        "cursor=abc",
        "limit=101",
    ] {
        for kind in ["jobs", "organizations"] {
            let answer = server.get(&format!("/feeds/{kind}.atom?{query}")).await;
            answer.problem(400);
        }
    }
}
