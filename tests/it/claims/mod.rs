//! Claims to listings, over real HTTP and DNS servers of the test's own.

mod contested;
mod declined;
mod dns;
mod dns_txt;
mod email;
mod lapse;
mod outbound;
mod site;
mod story;
mod tls;
mod well_known;

use crate::harness::{Answer, Database, Person, Role, Server, organization};
use dns::Dns;
use entity::ids::OrganizationId;
use entity::membership;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use site::{Page, Site};
use toadlane::clock::Clock;

/// Makes two tests of an `async fn(Database)`, for servers that are configured.
macro_rules! for_each_database {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name($crate::harness::Database::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name($crate::harness::Database::Postgres).await;
            }
        }
    )+};
}
pub(crate) use for_each_database;

/// A server that reaches loopback.
async fn with_neighbours(database: Database) -> Server {
    Server::start_with(database, Clock::System, |config| {
        config.serve.allow_private_webhooks = true;
    })
    .await
}

/// A server that asks the test for names.
async fn with_dns(database: Database, dns: &Dns) -> Server {
    let address = dns.address;
    Server::start_with(database, Clock::System, move |config| {
        config.serve.dns_resolver = Some(address);
    })
    .await
}

/// The path of a listing with this website.
async fn listed(server: &Server, owner: &Person, website: &str) -> String {
    let mut body = organization("Suma");
    body["website"] = website.into();
    let answer = server
        .post("/v1/organizations", Some(&owner.token), &body)
        .await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.header("location").to_owned()
}

/// The path of a published listing with this website that nobody owns, as imports make them.
async fn imported(server: &Server, website: &str) -> String {
    let path = listed(server, &server.person(Role::Moderator).await, website).await;
    disown(server, &path).await;
    path
}

fn id(path: &str) -> OrganizationId {
    OrganizationId(path.rsplit('/').next().unwrap().parse().unwrap())
}

/// Takes a listing from all who speak for it.
async fn disown(server: &Server, path: &str) {
    membership::Entity::delete_many()
        .filter(membership::Column::OrganizationId.eq(id(path)))
        .exec(&server.state.store.db)
        .await
        .unwrap();
}

/// Accounts that speak for a listing.
async fn members(server: &Server, path: &str) -> Vec<membership::Model> {
    membership::Entity::find()
        .filter(membership::Column::OrganizationId.eq(id(path)))
        .all(&server.state.store.db)
        .await
        .unwrap()
}

async fn claim(server: &Server, path: &str, who: &Person, body: &Value) -> Answer {
    let path = format!("{path}/claims");
    server.post(&path, Some(&who.token), body).await
}

/// A claim that was made: its path, and how it looks.
async fn claimed(server: &Server, path: &str, who: &Person, method: &str) -> (String, Value) {
    let answer = claim(server, path, who, &json!({"method": method})).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    (answer.header("location").to_owned(), answer.json())
}

async fn verify(server: &Server, claim: &str, who: &Person) -> Answer {
    let path = format!("{claim}/verify?refresh=wait_for");
    Answer::of(server.request("POST", &path).bearer_auth(&who.token)).await
}

/// Claims a listing by a mail, and proves it: the claim's path, and how it looks then.
async fn prove(server: &Server, path: &str, who: &Person, email: &str) -> (String, Value) {
    let body = json!({"method": "email", "email": email});
    let made = claim(server, path, who, &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let at = made.header("location").to_owned();
    let body = json!({"token": server.mail_to(email).await.token()});
    let verify = format!("{at}/verify");
    let proven = server.post(&verify, Some(&who.token), &body).await;
    (at, proven.json())
}

/// Claims a listing by a TXT record, and proves it: the claim as it is then.
async fn prove_by_record(server: &Server, dns: &Dns, path: &str, who: &Person) -> Value {
    let (at, made) = claimed(server, path, who, "dns_txt").await;
    let name = made["where"].as_str().unwrap();
    dns.text_of(name, &[made["challenge"].as_str().unwrap()]);
    verify(server, &at, who).await.json()
}

/// What a conflict says.
fn conflict(answer: &Answer) -> String {
    answer.problem(409)["detail"].as_str().unwrap().to_owned()
}
