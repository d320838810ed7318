mod attesting;
mod deadlines;
mod levels;
mod many;
mod renamed;

use crate::harness::{Answer, Role, Server};
use entity::claim::{self, Method, Status};
use entity::ids::{AccountId, OrganizationId};
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};

/// Somebody who edits an organization of their own.
struct Coop {
    id: String,
    slug: String,
    token: String,
}

/// A published organization of this type with an owner.
async fn coop(server: &Server, moderator: &str, name: &str, kind: &str) -> Coop {
    let token = server.token(Role::Member).await;
    let body = json!({"name": name, "organization_type": kind});
    let posted = server.post("/v1/organizations", Some(&token), &body).await;
    let id = posted.id();
    let published = json!({"status": "published"});
    let published = set(server, moderator, &id, &published).await;
    Coop {
        slug: published.json()["slug"].as_str().unwrap().to_owned(),
        id,
        token,
    }
}

/// Changes a record as a moderator, whatever its version.
async fn set(server: &Server, moderator: &str, id: &str, change: &Value) -> Answer {
    let path = format!("/v1/organizations/{id}?refresh=wait_for");
    let answer = server.patch(&path, moderator, "*", change).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer
}

/// The path of an organization's attestations.
fn attestations(of: &Coop) -> String {
    format!("/v1/organizations/{}/attestations", of.id)
}

/// A moderator's word.
async fn anchor(server: &Server, moderator: &str, of: &Coop) -> Answer {
    let body = json!({"kind": "registration", "issuer": "The register"});
    let answer = server.post(&attestations(of), Some(moderator), &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer
}

/// One vouches for another.
async fn vouch(server: &Server, by: &Coop, of: &Coop) -> Answer {
    let body = json!({"kind": "peer_vouch", "issuer": by.slug});
    server.post(&attestations(of), Some(&by.token), &body).await
}

/// Takes it back.
async fn revoke(server: &Server, attestation: &Answer, token: &str) {
    let path = attestation.header("location");
    let answer = server.delete(path, token, "").await;
    assert_eq!(answer.status, 204, "{}", answer.text());
}

/// The level a record says.
async fn level(server: &Server, of: &Coop) -> String {
    verification(server, of).await["level"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn verification(server: &Server, of: &Coop) -> Value {
    let path = format!("/v1/organizations/{}", of.id);
    server.get(&path).await.json()["verification"].clone()
}

/// The roles of those who changed the verification of a record, newest first.
async fn changes(server: &Server, of: &Coop) -> Vec<String> {
    let path = format!("/v1/organizations/{}/history", of.id);
    let history = server.get(&path).await.json();
    let items = history["items"].as_array().unwrap().iter();
    items
        .filter(|item| item["fields"][0]["pointer"] == "/verification")
        .map(|item| item["role"].as_str().unwrap().to_owned())
        .collect()
}

/// Somebody has proven this domain for a record.
async fn prove(server: &Server, id: &str, domain: &str) {
    let now = server.state.clock.now();
    let owner = server.person(Role::Member).await;
    claim::Entity::insert(claim::ActiveModel {
        id: Set(server.state.clock.new_id()),
        organization_id: Set(OrganizationId(id.parse().unwrap())),
        account_id: Set(AccountId(owner.id)),
        method: Set(Method::DnsTxt),
        domain: Set(domain.to_owned()),
        email: Set(None),
        challenge: Set("x".to_owned()),
        status: Set(Status::Verified),
        created_at: Set(now),
        expires_at: Set(now),
        proven_at: Set(Some(now)),
        decided_at: Set(None),
        ..Default::default()
    })
    .exec_without_returning(&server.state.store.db)
    .await
    .unwrap();
}
