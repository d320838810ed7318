//! A file at the website.

use super::{
    Dns, Page, Site, claim, claimed, conflict, for_each_database, imported, listed, members,
    verify, with_dns, with_neighbours,
};
use crate::harness::{Answer, Database, Role};
use serde_json::json;

for_each_database!(
    a_file_at_the_website_makes_an_owner,
    an_own_pending_listing_is_published_at_once,
    a_federation_waits_for_a_moderator,
    of_two_who_prove_it_at_once_one_is_the_owner,
    a_redirect_is_not_followed,
    a_page_without_end_ends,
    a_file_counts_when_it_is_whole_and_found,
    attempts_are_counted,
    private_targets_are_refused,
    a_website_that_moved_has_to_be_claimed_anew,
);

async fn a_file_at_the_website_makes_an_owner(database: Database) {
    let server = with_neighbours(database).await;
    let site = Site::start(Page::Missing).await;
    let path = imported(&server, &site.url()).await;
    let ada = server.person(Role::Member).await;
    let stranger = server.person(Role::Member).await;

    let (at, made) = claimed(&server, &path, &ada, "well_known").await;
    assert_eq!(made["status"], "pending");
    assert_eq!(made["domain"], "127.0.0.1");
    assert_eq!(made["claimant"]["email"], ada.email);
    let file = format!("{}.well-known/toadlane-claim.txt", site.url());
    assert_eq!(made["where"], file);
    let challenge = made["challenge"].as_str().unwrap();
    // The same claim again is the same claim: what was published stays good.
    let (again, renewed) = claimed(&server, &path, &ada, "well_known").await;
    assert_eq!(
        (again.as_str(), &renewed["challenge"]),
        (at.as_str(), &made["challenge"])
    );

    let missed = conflict(&verify(&server, &at, &ada).await);
    assert!(missed.contains(&format!("{file} answered 404")), "{missed}");
    assert!(missed.contains(challenge), "{missed}");
    site.publish(Page::Text(format!("x{challenge}\n{challenge}x\n")));
    let missed = conflict(&verify(&server, &at, &ada).await);
    assert!(
        missed.contains("answered 200, without that line"),
        "{missed}"
    );
    assert!(members(&server, &path).await.is_empty());

    // Nobody else learns of it or proves it.
    site.publish(Page::Text(format!("hello\r\n  {challenge} \r\n")));
    server.get(&at).await.problem(401);
    server.get_as(&at, &stranger.token).await.problem(404);
    verify(&server, &at, &stranger).await.problem(404);
    let moderator = server.person(Role::Moderator).await;
    verify(&server, &at, &moderator).await.problem(404);
    assert_eq!(
        server.get_as(&at, &moderator.token).await.json()["id"],
        made["id"]
    );
    let claims = format!("{path}/claims");
    let theirs = server.get_as(&claims, &stranger.token).await.json();
    assert_eq!(theirs, json!({"items": [], "next_cursor": null}));

    let body = json!({"token": "x"});
    let token = server
        .post(&format!("{at}/verify"), Some(&ada.token), &body)
        .await;
    assert_eq!(token.problem(400)["errors"][0]["pointer"], "/token");
    let proven = verify(&server, &at, &ada).await;
    assert_eq!(proven.status, 200, "{}", proven.text());
    assert_eq!(proven.json()["status"], "verified");
    let mine = server.get_as("/v1/me/organizations", &ada.token).await;
    assert_eq!(mine.json()["items"][0]["role"], "owner");
    // Asked again it answers what is so.
    assert_eq!(verify(&server, &at, &ada).await.json(), proven.json());
    let all = server.get_as(&claims, &ada.token).await.json();
    assert_eq!(all["items"], json!([proven.json()]));
}

async fn an_own_pending_listing_is_published_at_once(database: Database) {
    let server = with_neighbours(database).await;
    let site = Site::start(Page::Missing).await;
    let ada = server.person(Role::Member).await;
    let path = listed(&server, &ada, &site.url()).await;
    let stranger = server.person(Role::Member).await;
    let body = json!({"method": "well_known"});
    claim(&server, &path, &stranger, &body).await.problem(404);

    let (at, made) = claimed(&server, &path, &ada, "well_known").await;
    server.get(&path).await.problem(404);
    site.publish(Page::Text(made["challenge"].as_str().unwrap().to_owned()));
    let proven = verify(&server, &at, &ada).await;
    assert_eq!(proven.json()["status"], "verified", "{}", proven.text());
    assert_eq!(proven.header("toadlane-searchable"), "");
    let public = server.get(&path).await.json();
    assert_eq!(
        (&public["status"], &public["verification"]["level"]),
        (&json!("published"), &json!("self"))
    );
    assert_eq!(
        server.get("/v1/organizations?q=suma").await.json()["total"],
        1
    );
    let history = server.get_as(&format!("{path}/history"), &ada.token).await;
    let history = history.json();
    assert_eq!(history["items"][0]["fields"][0]["pointer"], "/verification");
    let latest = &history["items"][1];
    assert_eq!(latest["action"], "published");
    assert_eq!(latest["role"], "owner");
    assert_eq!(latest["actor"], json!(ada.id));
    let status = json!([{"pointer": "/status", "from": "pending", "to": "published"}]);
    assert_eq!(latest["fields"], status);
}

/// Its word makes others verified.
async fn a_federation_waits_for_a_moderator(database: Database) {
    let server = with_neighbours(database).await;
    let site = Site::start(Page::Missing).await;
    let ada = server.person(Role::Member).await;
    let path = listed(&server, &ada, &site.url()).await;
    let federation = json!({"organization_type": "federation"});
    let changed = server.patch(&path, &ada.token, "*", &federation).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let (at, made) = claimed(&server, &path, &ada, "well_known").await;
    site.publish(Page::Text(made["challenge"].as_str().unwrap().to_owned()));
    let proven = verify(&server, &at, &ada).await;
    assert_eq!(proven.json()["status"], "verified", "{}", proven.text());
    server.get(&path).await.problem(404);
    let own = server.get_as(&path, &ada.token).await.json();
    assert_eq!(own["status"], "pending");
}

async fn of_two_who_prove_it_at_once_one_is_the_owner(database: Database) {
    let server = with_neighbours(database).await;
    let site = Site::start(Page::Missing).await;
    let path = imported(&server, &site.url()).await;
    let (ada, bob) = (
        server.person(Role::Member).await,
        server.person(Role::Member).await,
    );
    let (of_ada, made) = claimed(&server, &path, &ada, "well_known").await;
    let (of_bob, too) = claimed(&server, &path, &bob, "well_known").await;
    let lines = [&made, &too].map(|claim| claim["challenge"].as_str().unwrap());
    site.publish(Page::Text(lines.join("\n")));
    let (one, two) = tokio::join!(
        verify(&server, &of_ada, &ada),
        verify(&server, &of_bob, &bob)
    );
    let mut statuses =
        [one, two].map(|answer| answer.json()["status"].as_str().unwrap().to_owned());
    statuses.sort();
    assert_eq!(statuses, ["contested", "verified"]);
    assert_eq!(members(&server, &path).await.len(), 1);
}

async fn a_redirect_is_not_followed(database: Database) {
    let server = with_neighbours(database).await;
    let inside = Site::start(Page::Missing).await;
    let site = Site::start(Page::Redirect(inside.url())).await;
    let path = imported(&server, &site.url()).await;
    let ada = server.person(Role::Member).await;
    let (at, made) = claimed(&server, &path, &ada, "well_known").await;
    inside.publish(Page::Text(made["challenge"].as_str().unwrap().to_owned()));
    let missed = conflict(&verify(&server, &at, &ada).await);
    assert!(
        missed.contains("answered 302; redirects are not followed"),
        "{missed}"
    );
    assert_eq!((site.requests(), inside.requests()), (1, 0));
}

async fn a_page_without_end_ends(database: Database) {
    let server = with_neighbours(database).await;
    let site = Site::start(Page::Endless).await;
    let path = imported(&server, &site.url()).await;
    let ada = server.person(Role::Member).await;
    let (at, _) = claimed(&server, &path, &ada, "well_known").await;
    let missed = conflict(&verify(&server, &at, &ada).await);
    assert!(missed.contains("more than 65536 bytes"), "{missed}");
}

/// Error pages repeat what they are asked for, and half an answer is none.
async fn a_file_counts_when_it_is_whole_and_found(database: Database) {
    let server = with_neighbours(database).await;
    let site = Site::start(Page::Missing).await;
    let path = imported(&server, &site.url()).await;
    let ada = server.person(Role::Member).await;
    let (at, made) = claimed(&server, &path, &ada, "well_known").await;
    let line = format!("{}\n", made["challenge"].as_str().unwrap());
    let padded = |length: usize| format!("{line}{}", "x".repeat(length - line.len()));
    for (page, reason) in [
        (Page::Status(404, line.clone()), "answered 404"),
        (Page::Status(500, line.clone()), "answered 500"),
        (Page::Status(203, line.clone()), "answered 203"),
        (Page::CutOff(line.clone()), "broke off"),
        (Page::Text(padded(65_537)), "more than 65536 bytes"),
        (Page::Text(line.to_uppercase()), "without that line"),
        (Page::Text(line.replace('=', " = ")), "without that line"),
    ] {
        site.publish(page);
        let missed = conflict(&verify(&server, &at, &ada).await);
        assert!(missed.contains(reason), "{reason}: {missed}");
        assert!(members(&server, &path).await.is_empty());
    }
    site.publish(Page::Text(padded(65_536)));
    let proven = verify(&server, &at, &ada).await;
    assert_eq!(proven.json()["status"], "verified", "{}", proven.text());
}

async fn attempts_are_counted(database: Database) {
    let server = with_neighbours(database).await;
    let site = Site::start(Page::Missing).await;
    let path = imported(&server, &site.url()).await;
    let ada = server.person(Role::Member).await;
    let (at, _) = claimed(&server, &path, &ada, "well_known").await;
    for _ in 0..10 {
        verify(&server, &at, &ada).await.problem(409);
    }
    let refused = verify(&server, &at, &ada).await;
    refused.problem(429);
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=3600).contains(&wait), "{wait}");
    // Claiming anew is no way around it.
    claimed(&server, &path, &ada, "well_known").await;
    verify(&server, &at, &ada).await.problem(429);
    assert_eq!(site.requests(), 10);
}

async fn private_targets_are_refused(database: Database) {
    let dns = Dns::start().await;
    let inside = Site::start(Page::Missing).await;
    for (name, address) in [
        ("loopback.example.coop", "127.0.0.1"),
        ("mapped.example.coop", "::ffff:127.0.0.1"),
        ("metadata.example.coop", "169.254.169.254"),
        ("private.example.coop", "10.0.0.1"),
        ("local.example.coop", "fd00:ec2::254"),
    ] {
        dns.address_of(name, address);
    }
    let server = with_dns(database, &dns).await;
    let ada = server.person(Role::Member).await;
    for host in ["loopback", "mapped", "metadata", "private", "local"] {
        let port = inside.address.port();
        let website = format!("https://{host}.example.coop:{port}/");
        let path = imported(&server, &website).await;
        let (at, made) = claimed(&server, &path, &ada, "well_known").await;
        let file = format!("https://{host}.example.coop/.well-known/toadlane-claim.txt");
        assert_eq!(made["where"], file);
        let missed = conflict(&verify(&server, &at, &ada).await);
        assert!(missed.contains("not a public address"), "{missed}");
    }
    for website in [
        inside.url(),
        "https://[::1]/".to_owned(),
        "https://169.254.169.254/".to_owned(),
    ] {
        let path = imported(&server, &website).await;
        let refused = claim(&server, &path, &ada, &json!({"method": "well_known"})).await;
        assert!(conflict(&refused).contains("proves nothing"), "{website}");
    }
    assert_eq!(inside.requests(), 0);
}

async fn a_website_that_moved_has_to_be_claimed_anew(database: Database) {
    let server = with_neighbours(database).await;
    let site = Site::start(Page::Missing).await;
    let path = imported(&server, &site.url()).await;
    let ada = server.person(Role::Member).await;
    let (at, made) = claimed(&server, &path, &ada, "well_known").await;
    site.publish(Page::Text(made["challenge"].as_str().unwrap().to_owned()));
    let moderator = server.token(Role::Moderator).await;
    let current = server.get_as(&path, &moderator).await;
    let moved = json!({"website": "https://example.coop/"});
    let answer: Answer = server
        .patch(&path, &moderator, current.etag(), &moved)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let missed = conflict(&verify(&server, &at, &ada).await);
    assert!(missed.contains("no longer at 127.0.0.1"), "{missed}");
    assert_eq!(site.requests(), 0);
    let (_, anew) = claimed(&server, &path, &ada, "well_known").await;
    assert_eq!(anew["domain"], "example.coop");
    assert_ne!(anew["challenge"], made["challenge"]);
}
