//! Jobs like another.

use crate::harness::{Role, Server, on_both_databases, organization};
use futures_util::future::join_all;
use serde_json::{Value, json};

on_both_databases!(the_most_alike_come_first, the_most_alike_may_be_old);

/// A server with an employer whose jobs can be searched as soon as they are posted.
struct Board {
    server: Server,
    token: String,
    employer: String,
}

impl Board {
    async fn new(server: Server) -> Self {
        let token = server.token(Role::Moderator).await;
        let employer = server
            .post(
                "/v1/organizations",
                Some(&token),
                &organization("Toad Lane Stores"),
            )
            .await
            .id();
        Self {
            server,
            token,
            employer,
        }
    }

    /// Posts a job in Rochdale that asks for these skills, with whatever differs.
    async fn post(&self, title: &str, skills: &[&str], differs: Value) -> String {
        let mut job = json!({
            "organization_id": self.employer,
            "title": title,
            "description": "Ask us.",
            "employment_types": ["full_time"],
            "workplace": "on_site",
            "locations": [{"locality": "Rochdale", "country": "GB"}],
            "skills": skills,
            "apply_url": "https://example.org/apply",
        });
        for (name, value) in differs.as_object().unwrap() {
            job[name] = value.clone();
        }
        let posted = self
            .server
            .post(
                "/v1/jobs?refresh=wait_for&allow_duplicate=true",
                Some(&self.token),
                &job,
            )
            .await;
        assert_eq!(posted.status, 201, "{}", posted.text());
        posted.id()
    }

    /// The titles of the jobs like this one.
    async fn like(&self, id: &str) -> Vec<String> {
        let answer = self.server.get(&format!("/v1/jobs/{id}/similar")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let answer = answer.json();
        let items = answer["items"].as_array().unwrap().iter();
        items
            .map(|item| item["title"].as_str().unwrap().to_owned())
            .collect()
    }
}

async fn the_most_alike_come_first(server: Server) {
    let board = Board::new(server).await;
    let elsewhere = json!({"locations": [{"locality": "Lyon", "country": "FR"}]});
    let remote = json!({"workplace": "remote", "applicant_countries": ["FR"], "locations": []});
    board.post("Baker", &[], json!({})).await;
    board.post("Kernel hacker", &["Rust"], remote).await;
    board
        .post("Librarian", &["Rust", "PostgreSQL", "Docker"], elsewhere)
        .await;
    board
        .post("Gardener", &["Rust", "PostgreSQL"], json!({}))
        .await;
    let closed = board.post("Backend developer", &["Rust"], json!({})).await;
    let close = format!("/v1/jobs/{closed}/close?refresh=wait_for");
    let reason = json!({"reason": "filled"});
    let answer = board.server.post(&close, Some(&board.token), &reason).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    board
        .post("Frontend developer", &[], json!({"seniority": "senior"}))
        .await;
    board
        .post(
            "Senior backend developer",
            &["Rust", "PostgreSQL"],
            json!({}),
        )
        .await;
    let job = board
        .post(
            "Backend developer",
            &["Rust", "PostgreSQL", "Docker"],
            json!({"seniority": "senior"}),
        )
        .await;
    // In thousandths: skills 600, title 400, and a little for place, workplace and seniority.
    assert_eq!(
        board.like(&job).await,
        [
            // 400 + 266 + 60 + 40
            "Senior backend developer",
            // 600 + 40
            "Librarian",
            // 400 + 60 + 40
            "Gardener",
            // 133 + 60 + 40 + 40
            "Frontend developer",
            // 200
            "Kernel hacker",
        ]
    );
}

async fn the_most_alike_may_be_old(server: Server) {
    let board = Board::new(server).await;
    let skills = ["Rust", "PostgreSQL", "Docker", "Ansible"];
    board.post("Librarian", &skills, json!({})).await;
    board.post("Gardener", &skills[1..], json!({})).await;
    for _ in 0..11 {
        let bakers = (0..10).map(|_| board.post("Baker", &["Rust"], json!({})));
        join_all(bakers).await;
    }
    let job = board.post("Weaver", &skills, json!({})).await;
    let like = board.like(&job).await;
    assert_eq!(like[..3], ["Librarian", "Gardener", "Baker"]);
    assert_eq!(like.len(), 10);
}
