//! One click ends the mail (RFC 8058).

use super::{Employer, every_job, found, matched, save};
use crate::harness::{Answer, Role, Server, on_both_databases};

on_both_databases!(one_click_ends_the_mail, the_button_of_the_page_does_too);

async fn one_click_ends_the_mail(server: Server) {
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let saved = save(&server, &person, &every_job("email", "instant")).await;
    let other = save(&server, &person, &every_job("none", "instant")).await;
    employer.post(&server, &employer.job("Baker")).await;
    matched(&server).await;
    let mail = server.mail_to(&person.email).await;
    assert_eq!(
        mail.header("List-Unsubscribe-Post"),
        "List-Unsubscribe=One-Click"
    );
    let url = mail.header("List-Unsubscribe");
    let url = url.trim_matches(['<', '>']);
    assert!(mail.body.contains(url), "{}", mail.body);
    let path = url.strip_prefix(&server.url).unwrap();

    // A scanner that follows the link changes nothing.
    let page = server.get(path).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("every job"), "{}", page.text());
    let of = format!("/v1/saved-searches/{}", saved.id());
    let view = server.get_as(&of, &person.token).await;
    assert_eq!(view.json()["notify"], "email");

    for _ in 0..2 {
        let click = server
            .request("POST", path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body("List-Unsubscribe=One-Click");
        let done = Answer::of(click).await;
        assert_eq!(done.status, 200, "{}", done.text());
    }
    let view = server.get_as(&of, &person.token).await;
    assert_eq!(view.json()["notify"], "none");
    assert_ne!(view.etag(), saved.etag());
    employer.post(&server, &employer.job("Miller")).await;
    matched(&server).await;
    assert!(!server.has_mail_to(&person.email).await);
    assert_eq!(found(&server, &saved.id()).await, 2);
    assert_eq!(found(&server, &other.id()).await, 2);
}

async fn the_button_of_the_page_does_too(server: Server) {
    let employer = Employer::new(&server).await;
    let person = server.person(Role::Member).await;
    let saved = save(&server, &person, &every_job("email", "instant")).await;
    employer.post(&server, &employer.job("Baker")).await;
    matched(&server).await;
    let mail = server.mail_to(&person.email).await;
    let (_, token) = mail.body.rsplit_once("token=").unwrap();
    let press = |token: &str| {
        let body = format!("token={token}");
        server
            .request("POST", "/unsubscribe")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
    };
    for wrong in ["x", ""] {
        let answer = Answer::of(press(wrong)).await;
        assert_eq!(answer.status, 400, "{}", answer.text());
    }
    let of = format!("/v1/saved-searches/{}", saved.id());
    let view = server.get_as(&of, &person.token).await;
    assert_eq!(view.json()["notify"], "email");
    assert_eq!(Answer::of(press(token.trim())).await.status, 200);
    let view = server.get_as(&of, &person.token).await;
    assert_eq!(view.json()["notify"], "none");
}
