//! What a letter looks like on the wire.

use super::{PASSWORD, complete, sign_up, start};
use crate::claims::for_each_database;
use crate::harness::{Database, Mail, Role, Server, Smtp, Taken, organization};
use crate::saved_searches::{Employer, every_job, matched, save};
use chrono::{DateTime, Utc};
use serde_json::json;

for_each_database!(
    a_letter_says_from_whom_to_whom_and_when,
    what_a_moderator_writes_arrives_as_it_is,
    a_line_that_is_too_long_for_mail_arrives_whole,
    a_digest_says_how_to_end_it,
);

/// The next message, which keeps the rules of every message.
async fn next(smtp: &Smtp) -> (Taken, Mail) {
    let taken = smtp.next().await;
    assert_eq!(taken.from, "toadlane@example.coop");
    assert_eq!(taken.to.len(), 1, "{:?}", taken.to);
    let text = String::from_utf8(taken.wire.clone()).unwrap();
    // RFC 5321 section 2.3.8: line breaks are CR LF, and neither stands alone.
    let bare = text.replace("\r\n", "").contains(['\r', '\n']);
    assert!(!bare, "{text:?}");
    for line in text.split("\r\n") {
        // RFC 5322 section 2.1.1.
        assert!(line.len() <= 998, "{}", line.len());
    }
    // RFC 5322 section 2.2: what is not ASCII is encoded (RFC 2047).
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.is_ascii(), "{head}");
    assert!(head.contains("@example.coop>\r\n"), "{head}");
    for name in [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
    ] {
        let prefix = format!("{name}: ");
        let lines = head.lines().filter(|line| line.starts_with(&prefix));
        assert_eq!(lines.count(), 1, "{name}: {head}");
    }
    let mail = taken.mail();
    (taken, mail)
}

async fn a_letter_says_from_whom_to_whom_and_when(database: Database) {
    let smtp = Smtp::start().await;
    let server = start(database, &smtp).await;
    sign_up(&server, "Ada.Lovelace+toad@Example.coop").await;
    let (taken, mail) = next(&smtp).await;
    assert_eq!(taken.to, ["ada.lovelace+toad@example.coop"]);
    assert_eq!(mail.header("To"), "ada.lovelace+toad@example.coop");
    let sender = mail.header("From");
    let address = sender.rsplit_once(' ').unwrap().1;
    assert_eq!(address, "<toadlane@example.coop>");
    let parsed = mail_parser::MessageParser::new()
        .parse(mail.raw.as_bytes())
        .unwrap()
        .into_owned();
    let from = parsed.from().unwrap().first().unwrap();
    assert_eq!(from.name(), Some("Übersicht, Ltd."));
    let name = server.url.strip_prefix("http://").unwrap();
    assert_eq!(mail.subject, format!("Your account at {name}"));
    let written = DateTime::parse_from_rfc2822(&mail.header("Date")).unwrap();
    #[expect(clippy::disallowed_methods, reason = "when it was sent")]
    let age = Utc::now() - written.to_utc();
    assert!(age.num_minutes().abs() < 5, "{written}");
    assert_eq!(mail.header("Content-Type"), "text/plain; charset=utf-8");
    assert_eq!(mail.header("MIME-Version"), "1.0");
    // As it is: a link that is encoded breaks in two.
    assert_eq!(mail.header("Content-Transfer-Encoding"), "7bit");
    assert!(mail.link().starts_with(&server.url), "{}", mail.body);
    assert_eq!(complete(&server, mail.token()).await.status, 204);

    // No two have one id.
    sign_up(&server, "grace@example.coop").await;
    let (_, other) = next(&smtp).await;
    assert_ne!(mail.header("Message-ID"), other.header("Message-ID"));
    assert!(!smtp.has_more());
}

/// Has a listing archived with a note, and gives what its owner is told.
async fn told(server: &Server, smtp: &Smtp, name: &str, note: &str) -> Mail {
    let owner = server.person(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    let listed = server
        .post("/v1/organizations", Some(&owner.token), &organization(name))
        .await;
    let path = format!("{}/archive", listed.header("location"));
    let archived = server
        .post(&path, Some(&moderator), &json!({"note": note}))
        .await;
    assert_eq!(archived.status, 200, "{}", archived.text());
    let (taken, mail) = next(smtp).await;
    assert_eq!(taken.to, [owner.email]);
    assert_eq!(mail.subject, format!("Your listing of {name} was archived"));
    mail
}

async fn what_a_moderator_writes_arrives_as_it_is(database: Database) {
    let smtp = Smtp::start().await;
    let server = start(database, &smtp).await;
    let note = ".one\n..two\n.\nMAIL FROM:<x@example.org>\r\n.\r\nQUIT\r.\rNaïve façade 合作社";
    let mail = told(&server, &smtp, "Café Ñandú 合作社", note).await;
    assert_eq!(mail.header("Content-Transfer-Encoding"), "8bit");
    let expected =
        "\n\n.one\n..two\n.\nMAIL FROM:<x@example.org>\n.\nQUIT\n.\nNaïve façade 合作社\n";
    assert!(mail.body.contains(expected), "{:?}", mail.body);
    assert!(mail.body.contains("listing of Café Ñandú 合作社 at"));
    assert!(!smtp.has_more());
}

async fn a_line_that_is_too_long_for_mail_arrives_whole(database: Database) {
    let smtp = Smtp::start().await;
    let server = start(database, &smtp).await;
    let note = format!("Short.\n.{}\r.\rEnd.", "é".repeat(1500));
    let mail = told(&server, &smtp, "Suma", &note).await;
    let expected = note.replace('\r', "\n");
    assert!(mail.body.contains(&expected), "{:?}", mail.body);
}

async fn a_digest_says_how_to_end_it(database: Database) {
    let smtp = Smtp::start().await;
    let server = start(database, &smtp).await;
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let saved = save(&server, &person, &every_job("email", "instant")).await;
    let job = employer.job("Bäcker/-in (m/w/d) für Vollkornbrot");
    employer.post(&server, &job).await;
    matched(&server).await;
    let (_, mail) = next(&smtp).await;
    assert_eq!(
        mail.subject,
        "every job: Bäcker/-in (m/w/d) für Vollkornbrot"
    );
    let url = mail.header("List-Unsubscribe");
    let url = url.strip_prefix('<').unwrap().strip_suffix('>').unwrap();
    let way = mail.header("List-Unsubscribe-Post");
    assert_eq!(way, "List-Unsubscribe=One-Click");
    let click = server
        .request("POST", url.strip_prefix(&server.url).unwrap())
        .header("content-type", "application/x-www-form-urlencoded")
        .body("List-Unsubscribe=One-Click");
    assert_eq!(click.send().await.unwrap().status(), 200);
    let of = format!("/v1/saved-searches/{}", saved.id());
    let view = server.get_as(&of, &person.token).await.json();
    assert_eq!(view["notify"], "none");
    // Other mail cannot be ended so.
    let forgotten = json!({"email": person.email});
    let path = "/v1/auth/forgot-password";
    server.post(path, None, &forgotten).await;
    let (_, mail) = next(&smtp).await;
    assert_eq!(mail.header("List-Unsubscribe"), "");
    let body = json!({"token": mail.token(), "password": PASSWORD});
    let reset = server.post("/v1/auth/reset-password", None, &body).await;
    assert_eq!(reset.status, 204, "{}", reset.text());
}
