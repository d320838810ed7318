//! Who may call what: every route of the spec by every kind of caller, against the committed table.

use crate::harness::{Answer, Person, Role, Server, on_both_databases, organization};
use entity::claim;
use entity::ids::{AccountId, OrganizationId};
use entity::membership::{self, MembershipRole};
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};
use std::fmt::Write as _;

on_both_databases!(everybody_may_do_what_the_table_says);

/// Columns of the table: people, then clients by their only scope.
const CALLERS: [&str; 11] = [
    "anonymous",
    "member",
    "editor",
    "owner",
    "moderator",
    "admin",
    "organizations:write",
    "jobs:write",
    "services:write",
    "sources:push",
    "webhooks:manage",
];

/// Everybody who calls. Editor and owner are those of the organization that is called about; clients are
/// the owner's, but for sources, which an admin's client pushes.
struct World {
    server: Server,
    tokens: Vec<Option<String>>,
    editor: Person,
    owner: Person,
    moderator: String,
    victim: Person,
}

impl World {
    async fn new(server: Server) -> Self {
        let [member, editor, owner, victim] = [
            server.person(Role::Member).await,
            server.person(Role::Member).await,
            server.person(Role::Member).await,
            server.person(Role::Member).await,
        ];
        let moderator = server.token(Role::Moderator).await;
        let admin = server.token(Role::Admin).await;
        let mut tokens = vec![
            None,
            Some(member.token),
            Some(editor.token.clone()),
            Some(owner.token.clone()),
            Some(moderator.clone()),
            Some(admin.clone()),
        ];
        for scope in &CALLERS[6..] {
            let (maker, source) = match *scope {
                "sources:push" => (&admin, json!("shops")),
                _ => (&owner.token, Value::Null),
            };
            let body = json!({"name": scope, "scopes": [scope], "source": source});
            let made = server.post("/v1/api-clients", Some(maker), &body).await;
            assert_eq!(made.status, 201, "{}", made.text());
            let client = made.json();
            let asked = server
                .request("POST", "/oauth/token")
                .basic_auth(
                    client["client_id"].as_str().unwrap(),
                    client["client_secret"].as_str(),
                )
                .header("content-type", "application/x-www-form-urlencoded")
                .body("grant_type=client_credentials");
            let token = Answer::of(asked).await.json();
            tokens.push(Some(token["access_token"].as_str().unwrap().to_owned()));
        }
        Self {
            server,
            tokens,
            editor,
            owner,
            moderator,
            victim,
        }
    }

    /// A public organization with an owner and an editor, what hangs on it, and the path to it all.
    async fn path(&self, path: &str) -> String {
        if path.starts_with("/v1/moderation/users/") {
            let path = path.replace("{id}", &self.victim.id.to_string());
            return crate::harness::filled(&path);
        }
        if path.contains("{client_id}") {
            let body = json!({"name": "mine", "scopes": ["jobs:write"]});
            let made = self
                .server
                .post("/v1/api-clients", Some(&self.owner.token), &body)
                .await;
            return path.replace("{client_id}", made.json()["client_id"].as_str().unwrap());
        }
        let is_of_job = path.starts_with("/v1/jobs/{id}");
        if !is_of_job && !path.starts_with("/v1/organizations/{id}") {
            return crate::harness::filled(path);
        }
        let posted = self
            .server
            .post(
                "/v1/organizations",
                Some(&self.moderator),
                // A name like no other: nobody looks for duplicates here.
                &organization(&self.server.state.clock.new_id().to_string()),
            )
            .await;
        let id = posted.id();
        self.add_members(&id).await;
        if is_of_job {
            return path.replace("{id}", &self.job(&id).await);
        }
        let mut path = path.replace("{id}", &id);
        if path.contains("{attestation_id}") {
            path = path.replace("{attestation_id}", &self.attest(&id).await);
        }
        if path.contains("{claim_id}") {
            path = path.replace("{claim_id}", &self.claim(&id).await);
        }
        let editor = self.editor.id.to_string();
        crate::harness::filled(&path.replace("{member_id}", &editor))
    }

    async fn add_members(&self, id: &str) {
        let roles = [
            (&self.owner, MembershipRole::Owner),
            (&self.editor, MembershipRole::Editor),
        ];
        let rows = roles.map(|(person, role)| membership::ActiveModel {
            organization_id: Set(OrganizationId(id.parse().unwrap())),
            account_id: Set(AccountId(person.id)),
            role: Set(role),
            created_at: Set(self.server.state.clock.now()),
        });
        membership::Entity::insert_many(rows)
            .exec_without_returning(&self.server.state.store.db)
            .await
            .unwrap();
    }

    /// An open job of this organization.
    async fn job(&self, id: &str) -> String {
        let body = json!({
            "organization_id": id,
            "title": "Baker",
            "description": "You bake.",
            "employment_types": ["full_time"],
            "workplace": "on_site",
            "locations": [{"country": "GB"}],
            "apply_url": "https://jobs.example.coop/",
        });
        let owner = Some(&*self.owner.token);
        let made = self.server.post("/v1/jobs", owner, &body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        made.id()
    }

    async fn attest(&self, id: &str) -> String {
        let path = format!("/v1/organizations/{id}/attestations");
        let body = json!({"kind": "registration", "issuer": "The register"});
        let made = self.server.post(&path, Some(&self.moderator), &body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        made.id()
    }

    /// A claim of the victim's that its owners have to decide.
    async fn claim(&self, id: &str) -> String {
        let now = self.server.state.clock.now();
        let claim = self.server.state.clock.new_id();
        claim::Entity::insert(claim::ActiveModel {
            id: Set(claim),
            organization_id: Set(OrganizationId(id.parse().unwrap())),
            account_id: Set(AccountId(self.victim.id)),
            method: Set(claim::Method::DnsTxt),
            domain: Set("suma.example".to_owned()),
            email: Set(None),
            challenge: Set("x".to_owned()),
            status: Set(claim::Status::Contested),
            created_at: Set(now),
            expires_at: Set(now),
            proven_at: Set(Some(now)),
            ..Default::default()
        })
        .exec_without_returning(&self.server.state.store.db)
        .await
        .unwrap();
        claim.to_string()
    }

    /// What each kind of caller gets. What a call may change is made anew for each.
    async fn row(&self, method: &str, path: &str) -> String {
        let mut row = format!("\n{method} {path}");
        let mut filled = self.path(path).await;
        for token in &self.tokens {
            let outcome = self.call(method, &filled, token.as_ref()).await;
            write!(row, " {outcome}").unwrap();
            if method != "GET" && outcome == "ok" {
                filled = self.path(path).await;
            }
        }
        row
    }

    /// 401, 403 or 404; `ok` when it got further, be it to a fault of the body.
    async fn call(&self, method: &str, path: &str, token: Option<&String>) -> String {
        let media_type = match (method, path) {
            ("PATCH", _) => "application/merge-patch+json",
            (_, "/oauth/token") => "application/x-www-form-urlencoded",
            _ => "application/json",
        };
        let mut request = self
            .server
            .request(method, path)
            .header("content-type", media_type)
            // Nothing but who asks shall stand in the way.
            .header("if-match", "*");
        if method != "GET" {
            request = request.body("{}");
        }
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = Answer::of(request).await;
        assert!(answer.status < 500, "{method} {path}: {}", answer.text());
        match answer.status {
            401 | 403 | 404 => answer.problem(answer.status)["status"].to_string(),
            _ => "ok".to_owned(),
        }
    }
}

/// Routes that end the log-in they are called with, or everybody's.
const LAST: [(&str, &str); 1] = [("DELETE", "/v1/me")];

async fn everybody_may_do_what_the_table_says(server: Server) {
    let world = World::new(server).await;
    let mut routes = super::routes::routes();
    routes.sort_by_key(|(method, path, _)| {
        let is_last = LAST.contains(&(method.as_str(), path.as_str()));
        (is_last, path.clone(), method.clone())
    });
    let mut table = CALLERS.join(" ");
    for (method, path, _) in routes {
        table.push_str(&world.row(&method, &path).await);
    }
    let committed = include_str!("table.txt").trim_end();
    for (now, before) in table.lines().zip(committed.lines()) {
        assert_eq!(now, before, "who may do what is a decision:\n{table}");
    }
    assert_eq!(table.lines().count(), committed.lines().count(), "{table}");
}
