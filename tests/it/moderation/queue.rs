//! What waits for the moderators.

use super::{decide, walk};
use crate::harness::{Database, Role, Server, organization};
use chrono::{DateTime, TimeDelta};
use entity::claim::{self, Method};
use entity::ids::{AccountId, OrganizationId};
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};
use toadlane::clock::Clock;

const QUEUE: &str = "/v1/moderation/queue";

async fn start(database: Database) -> Server {
    let start = DateTime::from_timestamp(1_760_000_000, 0).unwrap();
    Server::start_with(database, Clock::manual(start), |_| {}).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite() {
    all_kinds_wait_in_one_line(start(Database::Sqlite).await).await;
    nothing_is_passed_over_while_things_change(start(Database::Sqlite).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres() {
    all_kinds_wait_in_one_line(start(Database::Postgres).await).await;
    nothing_is_passed_over_while_things_change(start(Database::Postgres).await).await;
}

/// A claim whose domain was proven now.
async fn contested(server: &Server, organization: &str, by: uuid::Uuid) -> String {
    let (id, now) = (server.state.clock.new_id(), server.state.clock.now());
    claim::Entity::insert(claim::ActiveModel {
        id: Set(id),
        organization_id: Set(OrganizationId(organization.parse().unwrap())),
        account_id: Set(AccountId(by)),
        method: Set(Method::DnsTxt),
        domain: Set("loom.example.coop".to_owned()),
        email: Set(None),
        challenge: Set("x".to_owned()),
        status: Set(claim::Status::Contested),
        created_at: Set(now),
        expires_at: Set(now + TimeDelta::days(30)),
        proven_at: Set(Some(now)),
        decided_at: Set(None),
        ..Default::default()
    })
    .exec_without_returning(&server.state.store.db)
    .await
    .unwrap();
    id.to_string()
}

fn brief(items: &[Value]) -> Vec<String> {
    let brief = |item: &Value| {
        let organization = item["organization"]["name"].as_str().unwrap();
        let organization = organization.to_lowercase();
        format!("{} {organization}", item["type"].as_str().unwrap())
    };
    items.iter().map(brief).collect()
}

async fn all_kinds_wait_in_one_line(server: Server) {
    let owner = server.person(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    let post = async |name: &str| {
        let body = organization(name);
        server
            .post("/v1/organizations", Some(&owner.token), &body)
            .await
            .id()
    };
    let unclaimed = post("Owned").await;
    decide(&server, &moderator, &unclaimed, "publish", &json!({})).await;
    let orphan = post("Orphan").await;
    decide(&server, &moderator, &orphan, "publish", &json!({})).await;
    entity::membership::Entity::delete_by_id((
        OrganizationId(orphan.parse().unwrap()),
        AccountId(owner.id),
    ))
    .exec(&server.state.store.db)
    .await
    .unwrap();
    server.get(QUEUE).await.problem(401);
    server.get_as(QUEUE, &owner.token).await.problem(403);
    assert_eq!(
        walk(&server, &moderator, &format!("{QUEUE}?limit=1")).await,
        [] as [Value; 0]
    );

    let claimant = server.person(Role::Member).await;
    let of_owned = contested(&server, &unclaimed, claimant.id).await;
    server.state.clock.advance(TimeDelta::minutes(1));
    let waiting = post("Waiting").await;
    server.state.clock.advance(TimeDelta::minutes(1));
    let body = json!({"reason": "spam", "detail": "Look", "email": "ada@example.coop"});
    let reported = server
        .post("/v1/organizations/owned/reports", None, &body)
        .await;
    assert_eq!(reported.status, 202, "{}", reported.text());
    server.state.clock.advance(TimeDelta::minutes(1));
    contested(&server, &orphan, claimant.id).await;

    let now = walk(&server, &moderator, &format!("{QUEUE}?limit=1")).await;
    // The owners still have their say.
    assert_eq!(
        brief(&now),
        ["listing waiting", "report owned", "claim orphan"]
    );
    assert_eq!(now[0]["id"], waiting.as_str());
    assert_eq!(now[0]["organization"]["status"], "pending");
    assert_eq!(now[1]["reason"], "spam");
    assert_eq!(now[1]["detail"], "Look");
    assert_eq!(now[2]["domain"], "loom.example.coop");
    assert_eq!(now[2]["method"], "dns_txt");

    server
        .state
        .clock
        .advance(TimeDelta::days(7) - TimeDelta::minutes(3));
    let moderator = server.token(Role::Moderator).await;
    let later = walk(&server, &moderator, &format!("{QUEUE}?limit=3")).await;
    assert_eq!(
        brief(&later),
        [
            "claim owned",
            "listing waiting",
            "report owned",
            "claim orphan"
        ]
    );
    assert_eq!(later[0]["id"], of_owned.as_str());
    for (only, found) in [
        ("claim", &["claim owned", "claim orphan"] as &[&str]),
        ("listing", &["listing waiting"]),
        ("report", &["report owned"]),
    ] {
        let some = walk(&server, &moderator, &format!("{QUEUE}?type={only}&limit=1")).await;
        assert_eq!(brief(&some), found);
    }
    for refused in [
        "type=x",
        "type=",
        "limit=0",
        "limit=101",
        "cursor=x",
        "page=1",
    ] {
        let path = format!("{QUEUE}?{refused}");
        server.get_as(&path, &moderator).await.problem(400);
    }
}

async fn nothing_is_passed_over_while_things_change(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    // Each by somebody else: of one account's many the queue shows one.
    let post = async |name: String| {
        let (owner, body) = (server.token(Role::Member).await, organization(&name));
        server
            .post("/v1/organizations", Some(&owner), &body)
            .await
            .id()
    };
    let mut ids = Vec::new();
    for number in 0..8 {
        ids.push(post(format!("Number {number}")).await);
        // Some wait since the same moment.
        if number % 3 == 0 {
            server.state.clock.advance(TimeDelta::seconds(1));
        }
    }
    ids.sort();
    let (mut met, mut cursor) = (Vec::new(), String::new());
    for step in 0.. {
        let path = format!("{QUEUE}?limit=2{cursor}");
        let page = server.get_as(&path, &moderator).await.json();
        let page_ids = page["items"].as_array().unwrap().iter();
        met.extend(page_ids.map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
        // The last one met is decided, and another comes to the end of the line.
        if step < 2 {
            decide(
                &server,
                &moderator,
                met.last().unwrap(),
                "publish",
                &json!({}),
            )
            .await;
            server.state.clock.advance(TimeDelta::seconds(1));
            ids.push(post(format!("Late {step}")).await);
        }
    }
    met.sort();
    ids.sort();
    assert_eq!(met, ids, "each once");
}
