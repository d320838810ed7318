//! What time does to jobs.

use super::{Coop, act, coop, in_feed, job, listed, on_both, path, post, state_in_feed, with};
use crate::changes::support::{caught_up, ready};
use crate::harness::{Answer, Database, Role, Server};
use chrono::{DateTime, TimeDelta, Utc};
use entity::account;
use entity::ids::{AccountId, OrganizationId};
use entity::mail::{self, Template};
use entity::membership::{self, MembershipRole};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use toadlane::clock::Clock;

on_both!(
    a_job_ends_at_its_second,
    a_job_that_ends_while_the_server_is_down,
    a_renewed_job_returns_and_keeps_the_day_it_was_posted,
    a_reminder_comes_a_week_before_and_its_link_renews,
    no_reminder_for_what_is_closed_or_renewed,
    the_link_tells_of_the_same_job_that_is_open,
    everybody_who_edits_is_reminded_but_who_is_suspended,
);

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

async fn server(database: Database) -> Server {
    Server::start_with(database, Clock::manual(start()), |_| {}).await
}

/// Time goes on, and everything that is due is done.
async fn pass(server: &Server, by: TimeDelta) {
    server.state.clock.advance(by);
    while server.state.deadlines.drain_once().await.unwrap() > 0 {}
    caught_up(server).await;
}

/// A session lasts less than a job.
async fn log_in(server: &Server, coop: &Coop) -> Coop {
    let credentials = json!({"email": coop.email, "password": "a long enough password"});
    let answer = server.post("/v1/auth/login", None, &credentials).await;
    Coop {
        id: coop.id.clone(),
        slug: coop.slug.clone(),
        email: coop.email.clone(),
        token: answer.json()["access_token"].as_str().unwrap().to_owned(),
    }
}

fn until(days: i64) -> Value {
    json!({"valid_through": start() + TimeDelta::days(days)})
}

async fn a_job_ends_at_its_second(database: Database) {
    let server = server(database).await;
    let ada = coop(&server, "Ada Stores").await;
    let posted = post(&server, &ada, &with(job(&ada, "Baker"), &until(30))).await;
    let (id, view) = (posted.id(), posted.json());
    let other = post(&server, &ada, &with(job(&ada, "Miller"), &until(31))).await;
    pass(&server, TimeDelta::days(30) - TimeDelta::seconds(1)).await;
    assert_eq!(server.get(&path(&id)).await.json()["status"], "published");
    assert_eq!(listed(&server).await.len(), 2);

    // Before anybody has noted it: the moment itself decides.
    server.state.clock.advance(TimeDelta::seconds(1));
    let shown = server
        .request("GET", &path(&id))
        .header("if-none-match", posted.etag());
    let shown = Answer::of(shown).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    assert_eq!(shown.json()["status"], "expired");
    assert_eq!(listed(&server).await, [other.id()]);
    pass(&server, TimeDelta::zero()).await;
    let counted = server.get("/v1/jobs?facets=workplace").await.json();
    assert_eq!(counted["facets"]["workplace"][0]["count"], 1);
    assert_eq!(server.get("/v1/jobs?q=baker").await.json()["total"], 0);
    let expired = server.get(&path(&id)).await;
    assert_ne!(expired.etag(), posted.etag());
    assert_eq!(expired.json()["status"], "expired");
    assert_eq!(expired.json()["version"], 2);
    assert_eq!(expired.json()["posted_at"], view["posted_at"]);
    assert_eq!(state_in_feed(&server, &id).await.unwrap(), "deleted");
    assert_eq!(listed(&server).await, [other.id()]);
    let history = server.get(&format!("{}/history", path(&id))).await.json();
    assert_eq!(history["items"][0]["action"], "expired");
    assert_eq!(history["items"][0]["role"], "time");
    let reveal = format!("{}/reveal-email", path(&id));
    server.post(&reveal, None, &json!({})).await.problem(410);
}

async fn a_job_that_ends_while_the_server_is_down(database: Database) {
    let mut server = server(database).await;
    let ada = coop(&server, "Ada Bakery").await;
    let posted = post(&server, &ada, &with(job(&ada, "Baker"), &until(1))).await;
    let stays = post(&server, &ada, &with(job(&ada, "Miller"), &until(3))).await;
    server.stop().await;
    server.state.clock.advance(TimeDelta::days(2));
    let server = server.restart().await;
    ready(&server).await;
    // Once it is ready, everything says so.
    assert_eq!(listed(&server).await, [stays.id()]);
    assert_eq!(
        state_in_feed(&server, &posted.id()).await.unwrap(),
        "deleted"
    );
    let shown = server.get(&path(&posted.id())).await.json();
    assert_eq!(
        (&shown["status"], &shown["version"]),
        (&json!("expired"), &json!(2))
    );
}

async fn a_renewed_job_returns_and_keeps_the_day_it_was_posted(database: Database) {
    let server = server(database).await;
    let ada = coop(&server, "Ada Bakery").await;
    let posted = post(&server, &ada, &with(job(&ada, "Baker"), &until(10))).await;
    let (id, view) = (posted.id(), posted.json());
    pass(&server, TimeDelta::days(11)).await;
    assert_eq!(listed(&server).await, Vec::<String>::new());
    let ada = log_in(&server, &ada).await;
    // Its end cannot be moved by a change, only by renewing.
    let far = start() + TimeDelta::days(11 + 181);
    let renewed = act(&server, &ada, &id, "renew", &json!({"valid_through": far})).await;
    assert_eq!(super::pointers(&renewed), ["/valid_through"]);
    let past = json!({"valid_through": start()});
    let renewed = act(&server, &ada, &id, "renew", &past).await;
    assert_eq!(super::pointers(&renewed), ["/valid_through"]);
    let renewed = act(&server, &ada, &id, "renew", &json!({})).await;
    assert_eq!(renewed.status, 200, "{}", renewed.text());
    let now = renewed.json();
    assert_eq!(now["status"], "published");
    assert_eq!(now["posted_at"], view["posted_at"]);
    let end = DateTime::parse_from_rfc3339(now["valid_through"].as_str().unwrap()).unwrap();
    assert_eq!(end, start() + TimeDelta::days(71));
    assert_eq!(listed(&server).await, [id.as_str()]);
    let (state, data) = in_feed(&server, &id).await.unwrap();
    assert_eq!((state.as_str(), &data), ("updated", &now));

    // The first end comes to nothing, the new one counts.
    pass(&server, TimeDelta::days(59)).await;
    assert_eq!(listed(&server).await, [id.as_str()]);
    pass(&server, TimeDelta::days(1)).await;
    assert_eq!(listed(&server).await, Vec::<String>::new());
    assert_eq!(state_in_feed(&server, &id).await.unwrap(), "deleted");

    // Posted anew in the meantime: the old one stays where it is.
    let ada = log_in(&server, &ada).await;
    let anew = post(&server, &ada, &job(&ada, "Baker")).await;
    let refused = act(&server, &ada, &id, "renew", &json!({})).await;
    assert_eq!(refused.problem(409)["duplicate"], path(&anew.id()));
    let anyway = format!("{}/renew?allow_duplicate=true&refresh=wait_for", path(&id));
    let renewed = server.post(&anyway, Some(&ada.token), &json!({})).await;
    assert_eq!(renewed.status, 200, "{}", renewed.text());
    assert_eq!(listed(&server).await.len(), 2);
    // Who asks for no end never makes it sooner.
    let later = server.state.clock.now() + TimeDelta::days(90);
    let longer = json!({"valid_through": later});
    for order in [longer, json!({})] {
        let renewed = act(&server, &ada, &id, "renew", &order).await;
        assert_eq!(renewed.status, 200, "{}", renewed.text());
        let end = renewed.json()["valid_through"].clone();
        let end = DateTime::parse_from_rfc3339(end.as_str().unwrap()).unwrap();
        assert_eq!(end, later);
    }
}

async fn a_reminder_comes_a_week_before_and_its_link_renews(database: Database) {
    let server = server(database).await;
    let ada = coop(&server, "Ada Bakery").await;
    // The letters about the listing.
    while server.has_mail_to(&ada.email).await {
        server.mail_to(&ada.email).await;
    }
    let posted = post(&server, &ada, &with(job(&ada, "Baker"), &until(30))).await;
    let id = posted.id();
    pass(&server, TimeDelta::days(23) - TimeDelta::seconds(1)).await;
    assert!(!server.has_mail_to(&ada.email).await);
    pass(&server, TimeDelta::seconds(1)).await;
    let mail = server.mail_to(&ada.email).await;
    assert!(mail.subject.contains("Baker"), "{}", mail.subject);
    let (_, token) = mail.body.split_once("/renew-job?token=").unwrap();
    let token = token.split_whitespace().next().unwrap();
    assert!(!server.has_mail_to(&ada.email).await);

    // A scanner follows the link; nothing happens.
    let link = format!("/renew-job?token={token}");
    for _ in 0..3 {
        let page = server.get(&link).await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(page.text().contains("Baker"), "{}", page.text());
    }
    assert_eq!(server.get(&path(&id)).await.etag(), posted.etag());

    let pressed = press(&server, token).await;
    assert_eq!(pressed.status, 200, "{}", pressed.text());
    let renewed = server.get(&path(&id)).await.json();
    let end = DateTime::parse_from_rfc3339(renewed["valid_through"].as_str().unwrap()).unwrap();
    assert_eq!(end, start() + TimeDelta::days(23 + 60));
    assert_eq!(renewed["posted_at"], posted.json()["posted_at"]);
    assert_eq!(renewed["version"], 2);
    let history = server.get(&format!("{}/history", path(&id))).await.json();
    assert_eq!(history["items"][0]["action"], "renewed");
    assert_eq!(history["items"][0]["role"], "owner");
    // It is used up.
    assert!(press(&server, token).await.status >= 400);
    assert_eq!(server.get(&path(&id)).await.json()["version"], 2);
    // And the next week before the end there is another.
    pass(&server, TimeDelta::days(53)).await;
    assert!(server.has_mail_to(&ada.email).await);
}

/// The token of the link in the reminder that comes next.
async fn reminder(server: &Server, coop: &Coop) -> String {
    let mail = server.mail_to(&coop.email).await;
    let (_, token) = mail.body.split_once("/renew-job?token=").unwrap();
    token.split_whitespace().next().unwrap().to_owned()
}

/// Presses the button behind the link.
async fn press(server: &Server, token: &str) -> Answer {
    let form = server
        .request("POST", "/renew-job")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("token={token}"));
    Answer::of(form).await
}

async fn the_link_tells_of_the_same_job_that_is_open(database: Database) {
    let server = server(database).await;
    let ada = coop(&server, "Ada Bakery").await;
    while server.has_mail_to(&ada.email).await {
        server.mail_to(&ada.email).await;
    }
    post(&server, &ada, &with(job(&ada, "Baker"), &until(10))).await;
    pass(&server, TimeDelta::days(3)).await;
    let token = reminder(&server, &ada).await;
    pass(&server, TimeDelta::days(8)).await;
    let ada = log_in(&server, &ada).await;
    let anew = post(&server, &ada, &job(&ada, "Baker")).await;
    let refused = press(&server, &token).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert!(refused.header("content-type").starts_with("text/html"));
    let slug = anew.json()["slug"].as_str().unwrap().to_owned();
    let page = format!("{}/jobs/{slug}", server.url);
    assert!(refused.text().contains(&page), "{}", refused.text());
    assert_eq!(listed(&server).await, [anew.id()]);
    // Once that one is closed the link is still good.
    let filled = json!({"reason": "filled"});
    act(&server, &ada, &anew.id(), "close", &filled).await;
    assert_eq!(press(&server, &token).await.status, 200);
}

async fn everybody_who_edits_is_reminded_but_who_is_suspended(database: Database) {
    let server = server(database).await;
    let db = &server.state.store.db;
    // More people than are read at a time, by way of several organizations: each has one job that ends.
    let mut expected = 0;
    for name in ["Ada", "Bea", "Cid", "Dot"] {
        let coop = coop(&server, name).await;
        post(&server, &coop, &with(job(&coop, "Baker"), &until(30))).await;
        let accounts: Vec<_> = (0..400)
            .map(|number| account::ActiveModel {
                id: Set(AccountId(server.state.clock.new_id())),
                email: Set(format!("{name}-{number}@example.coop").to_lowercase()),
                name: Set(None),
                role: Set(Role::Member),
                password_hash: Set(String::new()),
                created_at: Set(start()),
                // Every fourth.
                suspended_at: Set((number % 4 == 0).then(start)),
            })
            .collect();
        let members: Vec<_> = accounts
            .iter()
            .map(|account| membership::ActiveModel {
                organization_id: Set(OrganizationId(coop.id.parse().unwrap())),
                account_id: account.id.clone(),
                role: Set(MembershipRole::Editor),
                created_at: Set(start()),
            })
            .collect();
        let insert = account::Entity::insert_many(accounts);
        insert.exec_without_returning(db).await.unwrap();
        let insert = membership::Entity::insert_many(members);
        insert.exec_without_returning(db).await.unwrap();
        expected += 301;
    }
    pass(&server, TimeDelta::days(23)).await;
    let reminders = mail::Entity::find()
        .filter(mail::Column::Template.eq(Template::JobExpires))
        .all(db)
        .await
        .unwrap();
    assert_eq!(reminders.len(), expected);
    let suspended = |number: &str| number.parse::<usize>().is_ok_and(|number| number % 4 == 0);
    for reminder in &reminders {
        let (name, _) = reminder.recipient.split_once('@').unwrap();
        if let Some((_, number)) = name.split_once('-').filter(|(coop, _)| coop.len() == 3) {
            assert!(!suspended(number), "{name}");
        }
    }
}

async fn no_reminder_for_what_is_closed_or_renewed(database: Database) {
    let server = server(database).await;
    let moderator = server.token(Role::Moderator).await;
    let ada = coop(&server, "Ada Bakery").await;
    while server.has_mail_to(&ada.email).await {
        server.mail_to(&ada.email).await;
    }
    let filled = post(&server, &ada, &with(job(&ada, "Baker"), &until(30))).await;
    let renewed = post(&server, &ada, &with(job(&ada, "Miller"), &until(30))).await;
    let deleted = post(&server, &ada, &with(job(&ada, "Joiner"), &until(30))).await;
    act(
        &server,
        &ada,
        &filled.id(),
        "close",
        &json!({"reason": "filled"}),
    )
    .await;
    act(&server, &ada, &renewed.id(), "renew", &json!({})).await;
    server.delete(&path(&deleted.id()), &moderator, "*").await;
    pass(&server, TimeDelta::days(24)).await;
    assert!(!server.has_mail_to(&ada.email).await);
    pass(&server, TimeDelta::days(7)).await;
    assert_eq!(listed(&server).await, [renewed.id()]);
}
