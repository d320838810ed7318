//! Many at once: many that stand on one, many who write at the same time, an import.

use super::{Coop, anchor, attestations, changes, coop, level, prove, revoke, vouch};
use crate::changes::support::{caught_up, head};
use crate::harness::{Database, Role, Server, on_both_databases};
use crate::import::{import, lines, record};
use entity::attestation::{self, Authority, Kind};
use entity::ids::{AccountId, OrganizationId};
use entity::organization;
use futures_util::future::join_all;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

on_both_databases!(
    all_members_fall_with_their_federation,
    an_import_changes_the_domain
);

const NDJSON: [&str; 2] = ["--format", "ndjson"];

/// More than two batches.
const MEMBERS: usize = 1100;

async fn all_members_fall_with_their_federation(server: Server) {
    let moderator = server.person(Role::Moderator).await;
    let federation = coop(&server, &moderator.token, "Federation", "federation").await;
    import(
        &server,
        &NDJSON,
        &[lines((0..MEMBERS).map(|number| (number, json!({})))).path()],
    );
    let db = &server.state.store.db;
    let imported =
        organization::Entity::find().filter(organization::Column::SourceName.eq("ndjson"));
    let members = imported.all(db).await.unwrap();
    assert_eq!(members.len(), MEMBERS);
    let now = server.state.clock.now();
    let rows = members.iter().map(|member| attestation::ActiveModel {
        id: Set(server.state.clock.new_id()),
        organization_id: Set(member.id),
        kind: Set(Kind::Membership),
        authority: Set(Authority::Partner),
        issuer: Set("Federation".to_owned()),
        issuer_organization_id: Set(Some(OrganizationId(federation.id.parse().unwrap()))),
        issued_by: Set(AccountId(moderator.id)),
        evidence_url: Set(None),
        valid_from: Set(now),
        valid_to: Set(None),
        created_at: Set(now),
        revoked_at: Set(None),
    });
    attestation::Entity::insert_many(rows)
        .exec_without_returning(db)
        .await
        .unwrap();

    let start = head(&server).await;
    let all = i64::try_from(MEMBERS).unwrap() + 1;
    let total = "/v1/organizations?verification=verified&limit=1";
    let word = anchor(&server, &moderator.token, &federation).await;
    // One more tells who attested.
    assert_eq!(head(&server).await, start + all + 1);
    caught_up(&server).await;
    assert_eq!(server.get(total).await.json()["total"], all);
    revoke(&server, &word, &moderator.token).await;
    assert_eq!(head(&server).await, start + 2 * (all + 1));
    caught_up(&server).await;
    let found = server.get(total).await.json();
    assert_eq!(found["total"], 0);
    let none = server
        .get("/v1/organizations?verification=none")
        .await
        .json();
    assert_eq!(none["total"], all);
    for item in none["items"].as_array().unwrap() {
        if item["id"] != json!(federation.id) {
            // Imported, lifted, dropped; who vouches is still to be read.
            assert_eq!(item["version"], 3);
            assert_eq!(
                item["verification"]["attestations"][0]["issuer"],
                "Federation"
            );
        }
    }
}

async fn an_import_changes_the_domain(server: Server) {
    let row = |website: &str| lines([(1, json!({"website": website}))]);
    import(&server, &NDJSON, &[row("https://old.example.coop/").path()]);
    let listed = record(&server, "ndjson", "1").await;
    prove(&server, listed["id"].as_str().unwrap(), "new.example.coop").await;
    for (website, level) in [
        ("https://www.new.example.coop/", "self"),
        ("https://old.example.coop/", "none"),
    ] {
        import(&server, &NDJSON, &[row(website).path()]);
        let changed = record(&server, "ndjson", "1").await;
        assert_eq!(changed["website"], website);
        assert_eq!(changed["verification"]["level"], level);
    }
    let id = listed["id"].as_str().unwrap().to_owned();
    let imported = Coop {
        slug: id.clone(),
        id,
        token: String::new(),
    };
    assert_eq!(changes(&server, &imported).await, ["import", "import"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_see_each_others_words() {
    let one = Server::start(Database::Postgres).await;
    let two = one.start_another().await;
    let moderator = one.token(Role::Moderator).await;
    let mut issuers = Vec::new();
    for name in ["Ada", "Bea"] {
        let issuer = coop(&one, &moderator, name, "worker_cooperative").await;
        anchor(&one, &moderator, &issuer).await;
        issuers.push(issuer);
    }
    let mut others = Vec::new();
    for number in 0..6 {
        let name = format!("Other {number}");
        others.push(coop(&one, &moderator, &name, "worker_cooperative").await);
    }
    // Each hears two words at the same time, of two servers, while it is edited.
    let words = others.iter().flat_map(|other| {
        [(&one, &issuers[0]), (&two, &issuers[1])].map(|(server, issuer)| async move {
            let answer = vouch(server, issuer, other).await;
            assert_eq!(answer.status, 201, "{}", answer.text());
        })
    });
    let edits = others.iter().flat_map(|other| {
        [
            // A moderator's change of the website leaves what others say as it is.
            (
                &one,
                &moderator,
                json!({"website": "https://x.example.coop"}),
            ),
            (&two, &other.token, json!({"summary": "Edited"})),
        ]
        .map(|(server, token, patch)| async move {
            let path = format!("/v1/organizations/{}", other.id);
            let answer = server.patch(&path, token, "*", &patch).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        })
    });
    tokio::join!(join_all(words), join_all(edits));
    for other in &others {
        assert_eq!(level(&two, other).await, "verified");
        let shown = one.get(&format!("/v1/organizations/{}", other.id)).await;
        // Posted, published, edited twice, vouched for twice.
        assert_eq!(shown.json()["version"], 6, "{}", shown.text());
        assert_eq!(shown.json()["summary"], "Edited");
        let listed = one.get(&attestations(other)).await.json();
        assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    }
}
