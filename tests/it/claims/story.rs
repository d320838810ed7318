//! The whole story of a co-op that lists itself, over HTTP.

use super::{Page, Site, for_each_database, with_neighbours};
use crate::harness::{Answer, Database, Role, Server, organization};
use serde_json::{Value, json};

for_each_database!(a_coop_lists_itself_and_is_archived_in_the_end);

/// How many strangers find in the list, and the states in the feed.
async fn seen(server: &Server) -> (Value, Vec<Value>) {
    let list = server.get("/v1/organizations?q=suma").await.json();
    let feed = server.get("/v1/feeds/organizations").await.json();
    let states = feed["items"].as_array().unwrap().iter();
    let states = states.map(|item| item["state"].clone()).collect();
    (list["total"].clone(), states)
}

async fn post(server: &Server, path: &str, token: &str, body: Value) -> Answer {
    let answer = server.post(path, Some(token), &body).await;
    assert!(answer.status < 300, "{path}: {}", answer.text());
    answer
}

async fn edit(server: &Server, path: &str, token: &str) -> Answer {
    let etag = server.get_as(path, token).await.etag().to_owned();
    let change = json!({"summary": "Wholefoods."});
    server.patch(path, token, &etag, &change).await
}

async fn a_coop_lists_itself_and_is_archived_in_the_end(database: Database) {
    let server = with_neighbours(database).await;
    let site = Site::start(Page::Missing).await;
    let ada = server.join("ada@suma.example").await;
    let stranger = server.join("stranger@example.coop").await;

    // Listed, pending, not public.
    let mut draft = organization("Suma");
    draft["website"] = site.url().into();
    let listed = post(&server, "/v1/organizations?refresh=wait_for", &ada, draft).await;
    assert_eq!(listed.json()["status"], "pending");
    let path = listed.header("location").to_owned();
    server.get(&path).await.problem(404);
    server.get_as(&path, &stranger).await.problem(404);
    assert_eq!(seen(&server).await, (json!(0), Vec::new()));
    let mine = server.get_as("/v1/me/organizations", &ada).await.json();
    assert_eq!(mine["items"][0]["status"], "pending");

    // Its domain is proven: public.
    let claims = format!("{path}/claims");
    let claim = post(&server, &claims, &ada, json!({"method": "well_known"})).await;
    site.publish(Page::Text(
        claim.json()["challenge"].as_str().unwrap().to_owned(),
    ));
    let verify = format!("{}/verify?refresh=wait_for", claim.header("location"));
    let proven = Answer::of(server.request("POST", &verify).bearer_auth(&ada)).await;
    assert_eq!(proven.status, 200, "{}", proven.text());
    let public = server.get(&path).await.json();
    assert_eq!(public["status"], "published");
    assert_eq!(public["verification"]["level"], "self");
    assert_eq!(seen(&server).await, (json!(1), vec![json!("updated")]));

    // An editor is invited and edits; a stranger does not.
    let members = format!("{path}/members");
    let invitation = json!({"email": "grace@example.coop", "role": "editor"});
    post(&server, &members, &ada, invitation).await;
    let invited = server.mail_to("grace@example.coop").await;
    let grace = server.join("grace@example.coop").await;
    edit(&server, &path, &grace).await.problem(403);
    let token = json!({"token": invited.token()});
    post(&server, "/v1/invitations/accept", &grace, token).await;
    assert_eq!(edit(&server, &path, &grace).await.status, 200);
    edit(&server, &path, &stranger).await.problem(403);
    server.get_as(&members, &stranger).await.problem(403);

    // A moderator archives it: gone everywhere, and the owner knows why.
    let moderator = server.token(Role::Moderator).await;
    let archive = format!("{path}/archive?refresh=wait_for");
    post(&server, &archive, &moderator, json!({"note": "It closed."})).await;
    server.get(&path).await.problem(410);
    server.get_as(&path, &stranger).await.problem(410);
    edit(&server, &path, &stranger).await.problem(410);
    assert_eq!(seen(&server).await, (json!(0), vec![json!("deleted")]));
    let suggested = server.get("/v1/suggest?q=suma").await;
    assert!(!suggested.text().contains("Suma"), "{}", suggested.text());
    let told = server.mail_to("ada@suma.example").await;
    assert!(told.body.contains("It closed."), "{}", told.body);
    let history = format!("{path}/history");
    let kept = server.get_as(&history, &grace).await.json();
    assert_eq!(kept["items"][0]["note"], "It closed.");
    server.get(&history).await.problem(410);
}
