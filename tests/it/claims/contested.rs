//! A proven claim to a listing that has owners.

use super::{claim, disown, for_each_database, listed, members, prove};
use crate::harness::{Answer, Database, Person, Role, Server};
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use toadlane::clock::Clock;

for_each_database!(
    an_owner_approves,
    an_owner_who_has_proven_the_domain_refuses,
    an_owner_who_has_proven_nothing_leaves_it_to_moderators,
    an_owner_of_a_verified_listing_refuses,
    moderators_decide_after_a_week,
    nobody_is_left_to_decide,
);

/// A server, the owner of a listing, the listing, whoever claims it too, and the contested claim.
struct Contest {
    server: Server,
    clock: Clock,
    owner: Person,
    path: String,
    claimant: Person,
    at: String,
}

impl Contest {
    async fn start(database: Database) -> Self {
        Self::against(database, async |_, _, _| {}).await
    }

    /// The same, with an owner who did something before.
    async fn against(database: Database, before: impl AsyncFn(&Server, &Person, &str)) -> Self {
        #[expect(clippy::disallowed_methods, reason = "where the test's clock begins")]
        let clock = Clock::manual(Utc::now());
        let server = Server::start_with(database, clock.clone(), |_| {}).await;
        let owner = server.person(Role::Member).await;
        let path = listed(&server, &owner, "https://example.coop/").await;
        let claimant = server.person(Role::Member).await;
        publish(&server, &path).await;
        server.mail_to(&owner.email).await;
        before(&server, &owner, &path).await;
        let (at, proven) = prove(&server, &path, &claimant, "office@example.coop").await;
        assert_eq!(proven["status"], "contested", "{proven}");
        Self {
            server,
            clock,
            owner,
            path,
            claimant,
            at,
        }
    }

    async fn decide(&self, what: &str, token: &str) -> Answer {
        let path = format!("{}/{what}", self.at);
        Answer::of(self.server.request("POST", &path).bearer_auth(token)).await
    }

    /// What the history tells its editors was done about the listing: by whom, and what, oldest first.
    async fn managed(&self) -> Value {
        let history = format!("{}/history", self.path);
        let page = self.server.get_as(&history, &self.owner.token).await;
        let items = page.json()["items"].as_array().unwrap().clone();
        let managed = items
            .into_iter()
            .rev()
            .filter(|item| item["action"] == "managed");
        let told = managed.map(|item| {
            let mut told = vec![item["actor"].clone()];
            told.extend(item["fields"].as_array().unwrap().clone());
            Value::Array(told)
        });
        told.collect()
    }

    async fn is_owner(&self, person: &Person) -> bool {
        let members = members(&self.server, &self.path).await;
        members
            .iter()
            .any(|member| member.account_id.0 == person.id)
    }
}

async fn publish(server: &Server, path: &str) {
    let moderator = server.token(Role::Moderator).await;
    let current = server.get_as(path, &moderator).await;
    let body = json!({"status": "published"});
    let answer = server.patch(path, &moderator, current.etag(), &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

async fn an_owner_approves(database: Database) {
    let contest = Contest::start(database).await;
    let Contest {
        server,
        owner,
        claimant,
        at,
        ..
    } = &contest;
    assert!(!contest.is_owner(claimant).await);
    let mail = server.mail_to(&owner.email).await;
    assert!(
        mail.body.contains(&format!("{at}/approve")),
        "{}",
        mail.body
    );
    assert!(mail.body.contains("example.coop"), "{}", mail.body);
    let seen = server.get_as(at, &owner.token).await.json();
    assert_eq!(seen["claimant"]["email"], claimant.email);
    assert!(seen["moderators_from"].is_string(), "{seen}");

    let stranger = server.token(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    for what in ["approve", "refuse"] {
        contest.decide(what, &stranger).await.problem(404);
        contest.decide(what, &claimant.token).await.problem(403);
        contest.decide(what, &moderator).await.problem(403);
    }
    // One who has proven it waits for the owners; claiming again changes nothing.
    let again = claim(
        server,
        &contest.path,
        claimant,
        &json!({"method": "dns_txt"}),
    )
    .await;
    again.problem(409);

    let approved = contest.decide("approve", &owner.token).await;
    assert_eq!(approved.json()["status"], "verified", "{}", approved.text());
    assert!(contest.is_owner(claimant).await && contest.is_owner(owner).await);
    let mail = server.mail_to(&claimant.email).await;
    assert!(mail.body.contains("accepted"), "{}", mail.body);
    let (_, id) = at.rsplit_once('/').unwrap();
    let (claim, member) = (format!("/claims/{id}"), format!("/members/{}", claimant.id));
    assert_eq!(
        contest.managed().await,
        json!([
            [claimant.id, {"pointer": claim, "from": "pending", "to": "contested"}],
            [owner.id, {"pointer": member, "from": null, "to": "owner"}, {"pointer": claim, "from": "contested", "to": "verified"}],
        ])
    );
    contest.decide("refuse", &owner.token).await.problem(409);
}

async fn an_owner_who_has_proven_the_domain_refuses(database: Database) {
    let contest = Contest::against(database, async |server, owner, path| {
        let (_, proven) = prove(server, path, owner, "ada@example.coop").await;
        assert_eq!(proven["status"], "verified", "{proven}");
    })
    .await;
    let Contest {
        server,
        owner,
        claimant,
        at,
        ..
    } = &contest;
    let refused = contest.decide("refuse", &owner.token).await;
    assert_eq!(refused.json()["status"], "refused", "{}", refused.text());
    assert!(!contest.is_owner(claimant).await);
    let mail = server.mail_to(&claimant.email).await;
    assert!(mail.body.contains("refused"), "{}", mail.body);
    contest.decide("approve", &owner.token).await.problem(409);
    // Owners are not asked over and over.
    let again = json!({"method": "dns_txt"});
    claim(server, &contest.path, claimant, &again)
        .await
        .problem(409);
    let body = json!({"token": "x"});
    let verify = format!("{at}/verify");
    server
        .post(&verify, Some(&claimant.token), &body)
        .await
        .problem(409);
}

async fn an_owner_who_has_proven_nothing_leaves_it_to_moderators(database: Database) {
    let contest = Contest::start(database).await;
    let Contest {
        server,
        owner,
        claimant,
        at,
        ..
    } = &contest;
    let moderator = server.token(Role::Moderator).await;
    let queue = "/v1/moderation/queue?type=claim";
    let waiting = server.get_as(queue, &moderator).await.json();
    assert_eq!(waiting["items"], json!([]));

    let left = contest.decide("refuse", &owner.token).await.json();
    assert_eq!(left["status"], "contested", "{left}");
    assert!(left["moderators_from"].as_str() < left["expires_at"].as_str());
    assert_eq!(left["decided_at"], json!(null));
    let mail = server.mail_to(&claimant.email).await;
    assert!(
        mail.body.contains("left to the moderators"),
        "{}",
        mail.body
    );
    contest.decide("refuse", &owner.token).await.problem(409);
    let waiting = server.get_as(queue, &moderator).await.json();
    assert_eq!(waiting["items"][0]["id"], left["id"], "{waiting}");
    assert_eq!(waiting["items"][0]["cause"], "owners_refused");

    let stranger = server.token(Role::Member).await;
    contest.decide("approve", &stranger).await.problem(404);
    let approved = contest.decide("approve", &moderator).await;
    assert_eq!(approved.json()["status"], "verified", "{}", approved.text());
    assert!(contest.is_owner(claimant).await);
    // Now that one owner has proven it, a no is a no; a moderator's was one all along.
    let second = server.person(Role::Member).await;
    let (at_second, proven) = prove(server, &contest.path, &second, "it@example.coop").await;
    assert_eq!(proven["status"], "contested", "{proven}");
    let refuse = format!("{at_second}/refuse");
    let refused = server.request("POST", &refuse).bearer_auth(&owner.token);
    let refused = Answer::of(refused).await;
    assert_eq!(refused.json()["status"], "refused", "{}", refused.text());
    let seen = server.get_as(at, &moderator).await.json();
    assert_eq!(seen["moderators_from"], json!(null));
}

async fn an_owner_of_a_verified_listing_refuses(database: Database) {
    let contest = Contest::against(database, async |server, _, path| {
        let moderator = server.token(Role::Moderator).await;
        let body = json!({"kind": "registration", "issuer": "The register"});
        let path = format!("{path}/attestations");
        let attested = server.post(&path, Some(&moderator), &body).await;
        assert_eq!(attested.status, 201, "{}", attested.text());
    })
    .await;
    let refused = contest.decide("refuse", &contest.owner.token).await;
    assert_eq!(refused.json()["status"], "refused", "{}", refused.text());
}

async fn moderators_decide_after_a_week(database: Database) {
    let contest = Contest::start(database).await;
    contest
        .clock
        .advance(TimeDelta::days(7) - TimeDelta::minutes(1));
    let moderator = contest.server.token(Role::Moderator).await;
    contest.decide("approve", &moderator).await.problem(403);
    contest.clock.advance(TimeDelta::minutes(1));
    let approved = contest.decide("approve", &moderator).await;
    assert_eq!(approved.json()["status"], "verified", "{}", approved.text());
    assert!(contest.is_owner(&contest.claimant).await);
    // Whoever was asked first, and whoever is an owner no longer alone.
    contest.server.mail_to(&contest.owner.email).await;
    let told = contest.server.mail_to(&contest.owner.email).await;
    let says = "given another owner, who has proven example.coop";
    assert!(told.subject.ends_with(says), "{}", told.subject);
}

async fn nobody_is_left_to_decide(database: Database) {
    let contest = Contest::start(database).await;
    let server = &contest.server;
    let moderator = server.token(Role::Moderator).await;
    contest.decide("approve", &moderator).await.problem(403);
    disown(server, &contest.path).await;
    let approved = contest.decide("approve", &moderator).await;
    assert_eq!(approved.json()["status"], "verified", "{}", approved.text());
    // Admins need not wait.
    let contest = Contest::start(database).await;
    let admin = contest.server.token(Role::Admin).await;
    let refused = contest.decide("refuse", &admin).await;
    assert_eq!(refused.json()["status"], "refused", "{}", refused.text());
}
