//! No message waits for those of others.

use super::{sign_up, start};
use crate::changes::support::eventually;
use crate::claims::for_each_database;
use crate::harness::{Database, Mood, Server, Smtp};
use chrono::{DateTime, TimeDelta, Utc};
use entity::mail::{self, Template};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

for_each_database!(
    a_domain_that_is_slow_delays_no_other,
    a_flood_of_one_kind_delays_no_other,
    senders_take_turns,
    metrics_tell_what_waits,
    of_one_kind_an_address_gets_so_many,
);

/// Puts messages into the queue, as somebody's flood; all are due.
async fn flood(server: &Server, template: Template, sender: &str, recipients: &[String]) {
    let now = server.state.clock.now();
    flood_at(server, template, sender, recipients, now).await;
}

async fn flood_at(
    server: &Server,
    template: Template,
    sender: &str,
    recipients: &[String],
    now: DateTime<Utc>,
) {
    let rows = recipients.iter().map(|recipient| mail::ActiveModel {
        id: Set(server.state.clock.new_id()),
        template: Set(template),
        recipient: Set(recipient.clone()),
        parameters: Set(json!({})),
        attempts: Set(0),
        due_at: Set(now),
        created_at: Set(now),
        done_at: Set(None),
        sender: Set(Some(sender.to_owned())),
        domain: Set(recipient
            .split_once('@')
            .map(|(_, domain)| domain.to_owned())),
    });
    mail::Entity::insert_many(rows)
        .exec_without_returning(&server.state.store.db)
        .await
        .unwrap();
}

fn addresses(count: usize, domain: &str) -> Vec<String> {
    (0..count)
        .map(|number| format!("x{number}@{domain}"))
        .collect()
}

async fn waiting(server: &Server) -> u64 {
    mail::Entity::waiting()
        .count(&server.state.store.db)
        .await
        .unwrap()
}

async fn a_domain_that_is_slow_delays_no_other(database: Database) {
    let smtp = Smtp::start().await;
    smtp.set(Mood::Holds("slow.example"));
    let server = start(database, &smtp).await;
    let slow = addresses(12, "slow.example");
    flood(&server, Template::EmailChanged, "account:x", &slow).await;
    for email in addresses(6, "slow.example") {
        sign_up(&server, &email).await;
    }
    // While nobody at the slow domain has got anything:
    sign_up(&server, "ada@example.coop").await;
    assert_eq!(smtp.next().await.to, ["ada@example.coop"]);
    flood(
        &server,
        Template::EmailChanged,
        "account:y",
        &["grace@example.coop".to_owned()],
    )
    .await;
    server.state.post.wake();
    assert_eq!(smtp.next().await.to, ["grace@example.coop"]);
    assert!(!smtp.has_more());
    smtp.set(Mood::Takes);
    for _ in 0..18 {
        assert!(smtp.next().await.to[0].ends_with("@slow.example"));
    }
    eventually("all is sent", || async { waiting(&server).await == 0 }).await;
    assert!(!smtp.has_more());
}

async fn a_flood_of_one_kind_delays_no_other(database: Database) {
    let smtp = Smtp::start().await;
    smtp.set(Mood::Holds("example.org"));
    let server = start(database, &smtp).await;
    // Nothing of the flood is taken: it keeps busy whoever sends it.
    let domains: Vec<_> = (0..40)
        .map(|number| format!("x@{number}.example.org"))
        .collect();
    flood(&server, Template::EmailChanged, "account:x", &domains).await;
    server.state.post.wake();
    sign_up(&server, "ada@example.coop").await;
    assert_eq!(smtp.next().await.to, ["ada@example.coop"]);
    assert!(waiting(&server).await >= 40);
}

/// Who asked for one message gets it before the second of who asked for many.
async fn senders_take_turns(database: Database) {
    let smtp = Smtp::start().await;
    let server = start(database, &smtp).await;
    let many: Vec<_> = (0..30)
        .map(|number| format!("x@d{number}.example"))
        .collect();
    let later = server.state.clock.now() + TimeDelta::days(1);
    // Nothing is due before the test looks.
    for (sender, recipients) in [
        ("account:many", many),
        ("account:one", vec!["ada@example.coop".to_owned()]),
        ("account:two", addresses(2, "two.example")),
    ] {
        flood_at(&server, Template::EmailChanged, sender, &recipients, later).await;
    }
    let due = mail::Entity::due(later, &[Template::EmailChanged], [], 4)
        .all(&server.state.store.db)
        .await
        .unwrap();
    let senders: Vec<_> = due
        .iter()
        .map(|message| message.sender.as_deref().unwrap())
        .collect();
    let mut first = senders[..3].to_vec();
    first.sort_unstable();
    assert_eq!(first, ["account:many", "account:one", "account:two"]);
    let free = mail::Entity::due(
        later,
        &[Template::EmailChanged],
        ["example.coop".to_owned(), "two.example".to_owned()],
        100,
    );
    let free = free.all(&server.state.store.db).await.unwrap();
    assert!(
        free.iter()
            .all(|message| message.sender.as_deref() == Some("account:many"))
    );
}

async fn metrics_tell_what_waits(database: Database) {
    let smtp = Smtp::start().await;
    smtp.set(Mood::Says("MAIL", "421 4.3.2 closing"));
    let server = start(database, &smtp).await;
    sign_up(&server, "ada@example.coop").await;
    sign_up(&server, "grace@example.coop").await;
    server.state.clock.advance(TimeDelta::seconds(30));
    let text = server.get("/metrics").await.text();
    let value = |name: &str| -> f64 {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name}: {text}"))
            .trim()
            .parse()
            .unwrap()
    };
    let of = |metric: &str, class: &str| {
        value(&format!(
            "toadlane_mail_queue_{metric}{{class=\"{class}\"}}"
        ))
    };
    assert!((of("length", "awaited") - 2.0).abs() < 0.1);
    assert!((of("oldest_seconds", "awaited") - 30.0).abs() < 0.1);
    assert!(of("length", "alerts").abs() < 0.1);
    assert!(of("oldest_seconds", "notices").abs() < 0.1);
}

/// Whatever happens to what somebody speaks for, their mailbox and the queue stay passable.
async fn of_one_kind_an_address_gets_so_many(database: Database) {
    let smtp = Smtp::start().await;
    let server = start(database, &smtp).await;
    let messages = (0..130).map(|_| {
        let message = toadlane::mail::Message {
            template: Template::EmailChanged,
            recipient: "ada@example.coop".to_owned(),
            parameters: json!({}),
        };
        (server.state.clock.new_id(), message)
    });
    let (db, now) = (&server.state.store.db, server.state.clock.now());
    toadlane::mail::queue_all(db, messages.collect(), now)
        .await
        .unwrap();
    let queued = mail::Entity::find().filter(mail::Column::Recipient.eq("ada@example.coop"));
    assert_eq!(queued.count(db).await.unwrap(), 100);
}
