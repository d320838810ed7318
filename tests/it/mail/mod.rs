//! Mail to a real SMTP server: what arrives, and what becomes of what does not.

mod bounds;
mod invitations;
mod letters;
mod logs;
mod names;
mod queue;
mod retries;

use crate::harness::{Answer, Database, Server, Smtp};
use chrono::DateTime;
use entity::mail;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use toadlane::clock::Clock;

const PASSWORD: &str = "a long enough password";

/// A server that sends its mail to this one.
async fn start(database: Database, smtp: &Smtp) -> Server {
    start_with(database, smtp.url()).await
}

async fn start_with(database: Database, url: String) -> Server {
    let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    Server::start_with(database, Clock::manual(start), move |config| {
        config.serve.mail.smtp_url = Some(url.clone());
        config.serve.mail.mail_from = "\"Übersicht, Ltd.\" <toadlane@example.coop>"
            .parse()
            .unwrap();
    })
    .await
}

async fn sign_up(server: &Server, email: &str) {
    let new = json!({"email": email, "password": PASSWORD});
    let answer = server.post("/v1/auth/register", None, &new).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
}

async fn complete(server: &Server, token: &str) -> Answer {
    let body = json!({"token": token});
    server.post("/v1/auth/verify-email", None, &body).await
}

/// The latest message to an address, as it stands in the queue.
async fn queued(server: &Server, email: &str) -> mail::Model {
    mail::Entity::find()
        .filter(mail::Column::Recipient.eq(email))
        .order_by_desc(mail::Column::Id)
        .one(&server.state.store.db)
        .await
        .unwrap()
        .unwrap()
}

/// Sends everything that is due.
async fn send(server: &Server) {
    while server.state.post.drain_once().await.unwrap() > 0 {}
}
