//! A link in a mail to the domain.

use super::{claim, claimed, conflict, imported, listed, members, prove, verify};
use crate::harness::{Role, organization};
use crate::harness::{Server, on_both_databases};
use serde_json::json;
use toadlane::organizations::claims;

on_both_databases!(
    a_mail_to_the_domain_makes_an_owner,
    only_addresses_at_exactly_the_domain,
    shared_domains_prove_nothing,
    the_link_proves_without_a_log_in,
    a_mail_publishes_nothing,
    claims_that_are_open_are_few,
);

async fn a_mail_to_the_domain_makes_an_owner(server: Server) {
    let path = imported(&server, "https://www.example.coop/").await;
    let ada = server.person(Role::Member).await;
    let body = json!({"method": "email", "email": " Hello@Example.coop "});
    let made = claim(&server, &path, &ada, &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let view = made.json();
    assert_eq!(view["email"], "hello@example.coop");
    assert_eq!(
        (&view["challenge"], &view["where"]),
        (&json!(null), &json!(null))
    );
    let at = made.header("location").to_owned();
    let first = server.mail_to("hello@example.coop").await;
    assert!(
        first.link().contains("/confirm-claim?token="),
        "{}",
        first.body
    );
    // Claimed again, the first link ends.
    claim(&server, &path, &ada, &body).await;
    let second = server.mail_to("hello@example.coop").await;

    let send = |token: String| {
        let (server, ada, at) = (&server, &ada, &at);
        async move {
            let path = format!("{at}/verify");
            let body = json!({"token": token});
            server.post(&path, Some(&ada.token), &body).await
        }
    };
    let missing = verify(&server, &at, &ada).await;
    assert_eq!(missing.problem(400)["errors"][0]["pointer"], "/token");
    for token in [first.token(), "x", ""] {
        let wrong = send(token.to_owned()).await;
        assert_eq!(wrong.problem(400)["errors"][0]["pointer"], "/token");
    }
    assert!(members(&server, &path).await.is_empty());
    let proven = send(second.token().to_owned()).await;
    assert_eq!(proven.json()["status"], "verified", "{}", proven.text());
    assert_eq!(members(&server, &path).await[0].account_id.0, ada.id);
}

async fn only_addresses_at_exactly_the_domain(server: Server) {
    let path = imported(&server, "https://www.example.coop/").await;
    let ada = server.person(Role::Member).await;
    for email in [
        json!("ada@gmail.com"),
        json!("ada@sub.example.coop"),
        json!("ada@www.example.coop"),
        json!("ada@example.coop.evil.org"),
        json!("ada@notexample.coop"),
        json!("\"a@example.coop\"@evil.org"),
        json!("example.coop"),
        json!(null),
        json!(7),
    ] {
        let body = json!({"method": "email", "email": email});
        let refused = claim(&server, &path, &ada, &body).await;
        assert_eq!(
            refused.problem(400)["errors"][0]["pointer"],
            "/email",
            "{email}"
        );
    }
    for body in [json!({}), json!({"method": "fax"}), json!({"method": 1})] {
        let refused = claim(&server, &path, &ada, &body).await;
        assert_eq!(
            refused.problem(400)["errors"][0]["pointer"],
            "/method",
            "{body}"
        );
    }
    let other = json!({"method": "dns_txt", "email": "ada@example.coop"});
    let refused = claim(&server, &path, &ada, &other).await;
    assert_eq!(refused.problem(400)["errors"][0]["pointer"], "/email");
    assert!(!server.has_mail_to("ada@gmail.com").await);
}

async fn shared_domains_prove_nothing(server: Server) {
    let ada = server.person(Role::Member).await;
    for website in [
        "https://www.facebook.com/suma",
        "https://github.io/",
        "https://gmail.com/",
        "https://outlook.fr/",
        "https://www.yahoo.ca/",
        "https://o2.pl/",
        "https://users.ukr.net/suma",
        // Of a brand, where no list has it.
        "https://hotmail.com.pa/",
        "https://co.uk/",
        "https://sites.google.com/view/suma",
    ] {
        let path = imported(&server, website).await;
        for body in [
            json!({"method": "well_known"}),
            json!({"method": "email", "email": "ada@gmail.com"}),
        ] {
            let refused = claim(&server, &path, &ada, &body).await;
            assert!(conflict(&refused).contains("proves nothing"), "{website}");
        }
    }
    let moderator = server.person(Role::Moderator).await;
    let bare = server
        .post(
            "/v1/organizations",
            Some(&moderator.token),
            &organization("Bare"),
        )
        .await;
    let path = bare.header("location");
    let refused = claim(&server, path, &ada, &json!({"method": "dns_txt"})).await;
    assert!(conflict(&refused).contains("has no website"));
    // One's own corner of a shared host is one's own domain.
    let path = imported(&server, "https://suma.github.io/").await;
    let (_, made) = claimed(&server, &path, &ada, "well_known").await;
    assert_eq!(made["domain"], "suma.github.io");
}

async fn the_link_proves_without_a_log_in(server: Server) {
    let path = imported(&server, "https://example.coop/").await;
    let (ada, bob) = (
        server.person(Role::Member).await,
        server.person(Role::Member).await,
    );
    let body = json!({"method": "email", "email": "office@example.coop"});
    claim(&server, &path, &ada, &body).await;
    let mail = server.mail_to("office@example.coop").await;
    // Of another claim it proves nothing.
    let other = claim(&server, &path, &bob, &body).await;
    let verify = format!("{}/verify", other.header("location"));
    let wrong = server
        .post(&verify, Some(&bob.token), &json!({"token": mail.token()}))
        .await;
    assert_eq!(wrong.problem(400)["errors"][0]["pointer"], "/token");

    let (one, two) = tokio::join!(
        claims::confirm_email(&server.state, mail.token()),
        claims::confirm_email(&server.state, mail.token())
    );
    assert_eq!(
        [&one, &two].iter().filter(|answer| answer.is_ok()).count(),
        1
    );
    let proven = one.or(two).unwrap();
    assert_eq!(proven.status, entity::claim::Status::Verified);
    assert_eq!(members(&server, &path).await[0].account_id.0, ada.id);
    assert!(
        claims::confirm_email(&server.state, mail.token())
            .await
            .is_err()
    );
}

async fn a_mail_publishes_nothing(server: Server) {
    let ada = server.person(Role::Member).await;
    let path = listed(&server, &ada, "https://example.coop/").await;
    let (at, proven) = prove(&server, &path, &ada, "office@example.coop").await;
    assert_eq!(proven["status"], "verified", "{proven}");
    let view = server.get_as(&path, &ada.token).await.json();
    assert_eq!(view["status"], "pending");
    server.get(&path).await.problem(404);
    // Nor does it when the listing has other owners, who let its sender in.
    let bob = server.person(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    let publish = format!("{path}/publish");
    let published = server.post(&publish, Some(&moderator), &json!({})).await;
    assert_eq!(published.status, 200, "{}", published.text());
    let (claim, contested) = prove(&server, &path, &bob, "bob@example.coop").await;
    assert_ne!(claim, at);
    assert_eq!(contested["status"], "contested");
    assert_eq!(server.get(&path).await.json()["status"], "published");
}

async fn claims_that_are_open_are_few(server: Server) {
    let ada = server.person(Role::Member).await;
    let mut paths = Vec::new();
    for number in 0..7 {
        paths.push(imported(&server, &format!("https://coop{number}.example/")).await);
    }
    let mut made = 0;
    let mut refused = 0;
    for path in &paths {
        for method in ["well_known", "dns_txt", "email"] {
            let mut body = json!({"method": method});
            if method == "email" {
                let number = paths.iter().position(|other| other == path).unwrap();
                body["email"] = format!("a@coop{number}.example").into();
            }
            let answer = claim(&server, path, &ada, &body).await;
            if answer.status == 201 {
                made += 1;
            } else {
                assert!(conflict(&answer).contains("20 claims open"));
                refused += 1;
            }
        }
    }
    assert_eq!((made, refused), (20, 1));
    // What is open can be renewed, and is listed page by page.
    claimed(&server, &paths[0], &ada, "dns_txt").await;
    let claims = format!("{}/claims?limit=2", paths[0]);
    let page = server.get_as(&claims, &ada.token).await.json();
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    let next = format!("{claims}&cursor={}", page["next_cursor"].as_str().unwrap());
    let rest = server.get_as(&next, &ada.token).await.json();
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert_eq!(rest["next_cursor"], json!(null));
}
