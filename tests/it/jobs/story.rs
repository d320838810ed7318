//! The whole story of a job, over HTTP: posted, found, told of, and filled.

use super::{Coop, act, coop, in_feed, path, with};
use crate::changes::support::caught_up;
use crate::harness::{Answer, Role, Server, on_both_databases};
use crate::saved_searches::{in_feed as in_private_feed, matched};
use serde_json::{Value, json};

on_both_databases!(a_job_is_found_told_of_once_and_filled);

/// What the seeker looks for: work on Kubernetes that says what it pays, and pays 50,000 dollars or more.
const WANTED: &str = "skill=k8s&salary_min=50000&salary_currency=USD&salary_unspecified=exclude";

/// The same organization, as somebody acts for it who was invited to.
async fn invited(server: &Server, coop: &Coop, email: &str) -> Coop {
    let invitation = json!({"email": email, "role": "editor"});
    let members = format!("{}/members", coop.path());
    let answer = server.post(&members, Some(&coop.token), &invitation).await;
    assert!(answer.status < 300, "{}", answer.text());
    let token = json!({"token": server.mail_to(email).await.token()});
    let editor = server.join(email).await;
    let accept = "/v1/invitations/accept";
    let answer = server.post(accept, Some(&editor), &token).await;
    assert!(answer.status < 300, "{}", answer.text());
    Coop {
        id: coop.id.clone(),
        slug: coop.slug.clone(),
        email: email.to_owned(),
        token: editor,
    }
}

/// Work on clusters, for 50,000 to 60,000 euros.
fn work(coop: &Coop, title: &str) -> Value {
    let members = json!({
        "description": "You keep the cluster running, and the co-op with it.",
        "skills": ["Kubernetes"],
        "salary": {"min": 50_000, "max": 60_000, "currency": "EUR", "period": "year"},
    });
    with(super::job(coop, title), &members)
}

/// The titles that a query of the list finds.
async fn titles(server: &Server, query: &str) -> Vec<String> {
    let page = server.get(&format!("/v1/jobs?{query}")).await;
    assert_eq!(page.status, 200, "{query}: {}", page.text());
    let page = page.json();
    let items = page["items"].as_array().unwrap();
    assert_eq!(page["total"], items.len(), "{query}");
    let title = |item: &Value| item["title"].as_str().unwrap().to_owned();
    items.iter().map(title).collect()
}

/// Where a job is to be seen, and whether it is there.
async fn sightings(server: &Server, job: &Value, other: &str, feed: &str) -> Vec<(String, bool)> {
    let [id, slug] = ["id", "slug"].map(|name| job[name].as_str().unwrap());
    let employer = job["organization"]["slug"].as_str().unwrap();
    let page = format!("/jobs/{slug}");
    let mut seen = Vec::new();
    for (path, words) in [
        ("/v1/jobs".to_owned(), id),
        ("/v1/jobs?q=lanternkeeper".to_owned(), id),
        (format!("/v1/jobs?{WANTED}"), id),
        (format!("{}/similar", self::path(other)), id),
        ("/v1/suggest?q=lanternk".to_owned(), "lanternkeeper"),
        ("/feeds/jobs.atom".to_owned(), id),
        (feed.to_owned(), id),
        ("/feeds/indeed.xml".to_owned(), id),
        ("/sitemap.xml".to_owned(), page.as_str()),
        (format!("/organizations/{employer}"), page.as_str()),
    ] {
        let answer = server.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let is_there = answer.text().to_lowercase().contains(words);
        seen.push((path, is_there));
    }
    let counted = server.get("/v1/jobs?facets=locality").await.json();
    let localities = counted["facets"]["locality"].as_array().unwrap();
    let is_counted = localities.iter().any(|place| place["value"] == "Elland");
    seen.push(("the localities".to_owned(), is_counted));
    let (state, _) = in_feed(server, id).await.unwrap();
    seen.push(("the feed".to_owned(), state == "updated"));
    let shown = server.get(&page).await.status;
    assert!(shown == 200 || shown == 410, "{shown}");
    seen.push((page, shown == 200));
    seen
}

/// How many jobs there are: of the list, its facets and the counts of everything.
async fn counts(server: &Server) -> [Value; 4] {
    let page = server.get("/v1/jobs?limit=1&facets=workplace,skill").await;
    let page = page.json();
    [
        page["total"].clone(),
        page["facets"]["workplace"].clone(),
        page["facets"]["skill"].clone(),
        server.get("/v1/stats").await.json()["kinds"]["job"].clone(),
    ]
}

async fn edited(server: &Server, coop: &Coop, job: &Answer, change: &Value) -> Answer {
    let path = format!("{}?refresh=wait_for", path(&job.id()));
    let answer = server.patch(&path, &coop.token, job.etag(), change).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer
}

async fn a_job_is_found_told_of_once_and_filled(server: Server) {
    let owner = coop(&server, "Suma").await;
    let editor = invited(&server, &owner, "grace@suma.example").await;
    let first = super::post(&server, &editor, &work(&editor, "Cluster warden")).await;
    assert_eq!(first.json()["status"], "published");

    // Anybody finds it: by another name of the skill, and in another currency. 60,000 EUR are 67,032 USD.
    for (query, is_found) in [
        (WANTED.to_owned(), true),
        ("skill=k3s&country=GB".to_owned(), true),
        (WANTED.replace("50000", "66000"), true),
        (WANTED.replace("50000", "68000"), false),
        (WANTED.replace("k8s", "Rust"), false),
    ] {
        let found = titles(&server, &query).await;
        let expected: &[&str] = if is_found { &["Cluster warden"] } else { &[] };
        assert_eq!(found, expected, "{query}");
    }

    // Somebody wants to be told.
    let seeker = server.join("ada@example.coop").await;
    let search = json!({"kind": "job", "query": WANTED, "notify": "email", "frequency": "instant"});
    let saved = server
        .post("/v1/saved-searches", Some(&seeker), &search)
        .await;
    assert_eq!(saved.status, 201, "{}", saved.text());
    let feed = saved.json()["feed_url"].as_str().unwrap().to_owned();
    let feed = feed.strip_prefix(&server.url).unwrap();

    // Of three jobs that are posted one matches: the others pay too little, or ask for something else.
    let place = json!({"locations": [{"locality": "Elland", "country": "GB"}]});
    let next = with(work(&editor, "Lanternkeeper"), &place);
    let next = super::post(&server, &editor, &next).await;
    let poor = json!({"salary": {"max": 40_000, "currency": "EUR", "period": "year"}});
    let poor = with(work(&editor, "Trainee"), &poor);
    super::post(&server, &editor, &poor).await;
    let baker = with(work(&editor, "Baker"), &json!({"skills": ["bread"]}));
    super::post(&server, &editor, &baker).await;
    matched(&server).await;
    let told = server.mail_to("ada@example.coop").await;
    assert!(told.subject.contains("Lanternkeeper"), "{}", told.subject);
    for other in ["warden", "Trainee", "Baker"] {
        assert!(!told.raw.contains(other), "{}", told.raw);
    }
    assert!(!server.has_mail_to("ada@example.coop").await);
    assert_eq!(
        in_private_feed(&server, &saved).await,
        ["Lanternkeeper, Suma"]
    );

    // A change is no news.
    let change = json!({"salary": {"max": 65_000}, "description": "You keep the lanterns lit."});
    let changed = edited(&server, &editor, &next, &change).await;
    matched(&server).await;
    assert!(!server.has_mail_to("ada@example.coop").await);
    assert_eq!(
        in_private_feed(&server, &saved).await,
        ["Lanternkeeper, Suma"]
    );

    // It is everywhere, and once somebody is found it is nowhere.
    let job = changed.json();
    let other = first.id();
    for (place, is_there) in sightings(&server, &job, &other, feed).await {
        assert!(is_there, "not in {place}");
    }
    let workplaces = |count: u64| json!([{"value": "on_site", "count": count}]);
    let skills = |count: u64| {
        json!([
            {"value": "Containers", "count": count},
            {"value": "Kubernetes", "count": count},
            {"value": "bread", "count": 1},
        ])
    };
    let all = [json!(4), workplaces(4), skills(3), json!(4)];
    assert_eq!(counts(&server).await, all);
    let filled = json!({"reason": "filled"});
    let closed = act(&server, &editor, &next.id(), "close", &filled).await;
    assert_eq!(closed.status, 200, "{}", closed.text());
    caught_up(&server).await;
    matched(&server).await;
    for (place, is_there) in sightings(&server, &job, &other, feed).await {
        assert!(!is_there, "still in {place}");
    }
    let without = [json!(3), workplaces(3), skills(2), json!(3)];
    assert_eq!(counts(&server).await, without);
    let shown = server.get(&path(&next.id())).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    assert_eq!(shown.json()["status"], "filled");
    assert_eq!(shown.json()["title"], "Lanternkeeper");
    assert!(!server.has_mail_to("ada@example.coop").await);
    // Only moderators can list it.
    server
        .get_as("/v1/jobs?status=filled", &seeker)
        .await
        .problem(403);
    let queue = server.token(Role::Moderator).await;
    let queue = server.get_as("/v1/jobs?status=filled", &queue).await.json();
    assert_eq!(queue["items"][0]["id"], next.id());
}
