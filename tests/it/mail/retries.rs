//! What a mail server does not take now is sent later, and nothing is sent twice.

use super::{complete, queued, send, sign_up, start, start_with};
use crate::changes::support::eventually;
use crate::claims::for_each_database;
use crate::harness::{Database, Mood, Server, Smtp};
use chrono::TimeDelta;
use toadlane::auth::register;

for_each_database!(
    a_busy_server_is_asked_again,
    a_connection_that_breaks_off_loses_nothing,
    what_is_refused_for_good_is_given_up,
    what_is_wrong_with_us_is_no_reason_to_give_up,
    after_two_days_it_is_given_up,
    a_link_that_came_late_is_good_for_as_long,
);

const ADA: &str = "ada@example.coop";

/// Minutes from one try to the next: 46 hours in all.
const PAUSES: [i64; 8] = [1, 5, 15, 60, 180, 360, 720, 1440];

/// Waits until a message was tried so often and is put off by so many minutes.
async fn put_off(server: &Server, email: &str, attempts: i32, minutes: i64) {
    eventually("the message is put off", || async {
        let message = queued(server, email).await;
        let due = server.state.clock.now() + TimeDelta::minutes(minutes);
        assert_eq!(message.done_at, None);
        message.attempts == attempts && message.due_at == due
    })
    .await;
}

async fn done(server: &Server, email: &str) {
    eventually("the message is done", || async {
        queued(server, email).await.done_at.is_some()
    })
    .await;
}

/// Nothing is sent a second before, and something is then.
async fn pass(server: &Server, smtp: &Smtp, minutes: i64) {
    let tries = smtp.tries();
    let second = TimeDelta::seconds(1);
    server
        .state
        .clock
        .advance(TimeDelta::minutes(minutes) - second);
    send(server).await;
    assert_eq!(smtp.tries(), tries);
    server.state.clock.advance(second);
    send(server).await;
}

async fn a_busy_server_is_asked_again(database: Database) {
    let smtp = Smtp::start().await;
    let server = start(database, &smtp).await;
    smtp.set(Mood::Says("RCPT", "450 4.2.1 the mailbox is busy"));
    sign_up(&server, ADA).await;
    put_off(&server, ADA, 1, 1).await;
    smtp.set(Mood::Says(".", "451 4.3.0 the disk is full"));
    pass(&server, &smtp, 1).await;
    put_off(&server, ADA, 2, 5).await;
    let early = smtp.next_refused().await.mail().token().to_owned();
    smtp.set(Mood::Takes);
    pass(&server, &smtp, 5).await;
    let mail = smtp.next().await.mail();
    done(&server, ADA).await;
    assert_eq!(smtp.tries(), 3);
    // What may have arrived after all is of use too, until one of them is used.
    assert_ne!(mail.token(), early);
    assert_eq!(complete(&server, mail.token()).await.status, 204);
    let again = complete(&server, &early).await;
    assert!(matches!(again.status, 400 | 409), "{}", again.text());

    server.state.clock.advance(TimeDelta::days(2));
    send(&server).await;
    assert_eq!(smtp.tries(), 3);
    assert!(!smtp.has_more());
}

async fn a_connection_that_breaks_off_loses_nothing(database: Database) {
    let smtp = Smtp::start().await;
    let server = start(database, &smtp).await;
    smtp.set(Mood::HangsUp);
    let emails = [ADA, "grace@example.coop", "mary@example.coop"];
    for email in emails {
        sign_up(&server, email).await;
    }
    for email in emails {
        put_off(&server, email, 1, 1).await;
    }
    smtp.set(Mood::Takes);
    pass(&server, &smtp, 1).await;
    let mut reached = Vec::new();
    for email in emails {
        let arrived = smtp.next().await;
        let token = arrived.mail().token().to_owned();
        assert_eq!(complete(&server, &token).await.status, 204);
        reached.extend(arrived.to);
        done(&server, email).await;
    }
    reached.sort();
    assert_eq!(reached, emails);
    assert!(!smtp.has_more());
}

async fn what_is_refused_for_good_is_given_up(database: Database) {
    let smtp = Smtp::start().await;
    let server = start(database, &smtp).await;
    smtp.set(Mood::Says("RCPT", "550 5.1.1 nobody has this address"));
    sign_up(&server, ADA).await;
    done(&server, ADA).await;
    assert_eq!(smtp.tries(), 1);
    smtp.set(Mood::Takes);
    server.state.clock.advance(TimeDelta::days(2));
    send(&server).await;
    assert_eq!(smtp.tries(), 1);
    // That was about her address, and about no other.
    sign_up(&server, "grace@example.coop").await;
    assert_eq!(smtp.next().await.to, ["grace@example.coop"]);
    assert!(!smtp.has_more());
}

/// A password of ours that was changed costs nobody a mail (RFC 4954 section 6).
async fn what_is_wrong_with_us_is_no_reason_to_give_up(database: Database) {
    let smtp = Smtp::start().await;
    let url = smtp.url().replace("smtp://", "smtp://toadlane:secret@");
    let server = start_with(database, url).await;
    smtp.set(Mood::Says("AUTH", "535 5.7.8 wrong password"));
    sign_up(&server, ADA).await;
    put_off(&server, ADA, 1, 1).await;
    smtp.set(Mood::Says("MAIL", "530 5.7.0 log in first"));
    pass(&server, &smtp, 1).await;
    put_off(&server, ADA, 2, 5).await;
    smtp.set(Mood::Takes);
    pass(&server, &smtp, 5).await;
    assert_eq!(smtp.next().await.to, [ADA]);
    done(&server, ADA).await;
}

async fn after_two_days_it_is_given_up(database: Database) {
    let smtp = Smtp::start().await;
    let server = start(database, &smtp).await;
    smtp.set(Mood::Says("MAIL", "421 4.3.2 closing"));
    sign_up(&server, ADA).await;
    for (tried, minutes) in (1..).zip(PAUSES) {
        put_off(&server, ADA, tried, minutes).await;
        pass(&server, &smtp, minutes).await;
    }
    done(&server, ADA).await;
    assert_eq!(smtp.tries(), 9);
    smtp.set(Mood::Takes);
    server.state.clock.advance(TimeDelta::days(2));
    send(&server).await;
    assert_eq!(smtp.tries(), 9);
}

/// What the link is about is kept for as long as the link is good.
async fn a_link_that_came_late_is_good_for_as_long(database: Database) {
    let smtp = Smtp::start().await;
    let server = start(database, &smtp).await;
    smtp.set(Mood::Says("MAIL", "421 4.3.2 closing"));
    sign_up(&server, ADA).await;
    for (tried, minutes) in (1..).zip(PAUSES) {
        put_off(&server, ADA, tried, minutes).await;
        if minutes == 1440 {
            smtp.set(Mood::Takes);
        }
        pass(&server, &smtp, minutes).await;
    }
    let mail = smtp.next().await.mail();
    let state = &server.state;
    state
        .clock
        .advance(TimeDelta::days(1) - TimeDelta::seconds(1));
    register::sweep(&state.store.db, state.clock.now())
        .await
        .unwrap();
    let done = complete(&server, mail.token()).await;
    assert_eq!(done.status, 204, "{}", done.text());
}
