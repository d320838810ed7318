//! Pages and feeds, for people, crawlers and readers.

mod apply;
mod atom;
mod email;
mod expiry;
mod hostile;
mod html;
mod indeed;
mod job;
mod monogram;
mod organization;
mod sitemap;
mod xml;

use crate::harness::{Person, Role, Server, organization};
use entity::ids::{AccountId, OrganizationId};
use entity::membership::{self, MembershipRole};
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};

/// A public organization with somebody who edits it.
pub struct Employer {
    pub server: Server,
    pub moderator: String,
    pub editor: Person,
    /// Its view.
    pub view: Value,
}

impl Employer {
    pub async fn new(server: Server, body: Value) -> Self {
        let moderator = server.token(Role::Moderator).await;
        let editor = server.person(Role::Member).await;
        let posted = server
            .post("/v1/organizations", Some(&moderator), &body)
            .await;
        assert_eq!(posted.status, 201, "{}", posted.text());
        membership::Entity::insert(membership::ActiveModel {
            organization_id: Set(OrganizationId(posted.id().parse().unwrap())),
            account_id: Set(AccountId(editor.id)),
            role: Set(MembershipRole::Editor),
            created_at: Set(server.state.clock.now()),
        })
        .exec_without_returning(&server.state.store.db)
        .await
        .unwrap();
        Self {
            server,
            moderator,
            editor,
            view: posted.json(),
        }
    }

    pub async fn named(server: Server, name: &str) -> Self {
        Self::new(server, organization(name)).await
    }

    /// A job as it is sent.
    pub fn job(&self, title: &str) -> Value {
        json!({
            "organization_id": self.view["id"],
            "title": title,
            "description": "You keep the **till** running.\n\n- Debian\n- PostgreSQL",
            "employment_types": ["part_time"],
            "workplace": "hybrid",
            "locations": [{"locality": "Rochdale", "region": "Greater Manchester", "country": "GB"}],
            "salary": {"min": 38000, "max": 42000, "currency": "GBP", "period": "year"},
            "apply_url": "https://jobs.example.org/till?a=1&b=2",
        })
    }

    /// Posts it, and waits until it can be found.
    pub async fn post(&self, job: &Value) -> Value {
        let path = "/v1/jobs?refresh=wait_for";
        let posted = self.server.post(path, Some(&self.editor.token), job).await;
        assert_eq!(posted.status, 201, "{}", posted.text());
        posted.json()
    }

    /// Posts a job of this title; gives its page.
    pub async fn page(&self, title: &str) -> String {
        let job = self.post(&self.job(title)).await;
        format!("/jobs/{}", job["slug"].as_str().unwrap())
    }
}
