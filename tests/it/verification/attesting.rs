//! Who may attest what, who sees it, who takes it back.

use super::{anchor, attestations, coop, level, set, vouch};
use crate::harness::{Answer, Role, Server, on_both_databases, organization};
use serde_json::json;

on_both_databases!(
    who_may_attest,
    input_is_checked_as_a_whole,
    one_live_attestation_of_a_kind,
    who_sees_what,
    a_moderator_sees_who_wrote_it_and_takes_it_back,
    a_key_attests_once,
);

const WORKERS: &str = "worker_cooperative";

async fn who_may_attest(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let ada = coop(&server, &moderator, "Ada", WORKERS).await;
    let bea = coop(&server, &moderator, "Bea", WORKERS).await;
    let federation = coop(&server, &moderator, "Federation", "federation").await;
    let path = attestations(&bea);
    let body = |kind: &str, issuer: &str| json!({"kind": kind, "issuer": issuer});

    server
        .post(&path, None, &body("peer_vouch", "ada"))
        .await
        .problem(401);
    let refused = |token: String, kind: &'static str, issuer: &'static str| {
        let (server, path) = (&server, &path);
        async move {
            let answer = server.post(path, Some(&token), &body(kind, issuer)).await;
            answer.problem(403)["detail"].as_str().unwrap().to_owned()
        }
    };
    // Whether somebody else's organization is there is all the same.
    let stranger = server.token(Role::Member).await;
    let other = refused(stranger.clone(), "peer_vouch", "ada").await;
    assert_eq!(other, refused(stranger, "peer_vouch", "nobody").await);
    for (who, kind, issuer, missing) in [
        (&ada, "peer_vouch", "ada", "has to be verified"),
        (&ada, "membership", "ada", "only a federation"),
        (&ada, "registration", "ada", "only a moderator"),
        (
            &federation,
            "membership",
            "federation",
            "has to be verified",
        ),
        (&bea, "peer_vouch", "ada", "an organization you edit"),
    ] {
        let detail = refused(who.token.clone(), kind, issuer).await;
        assert!(detail.contains(missing), "{detail}");
    }
    let own = server
        .post(&path, Some(&bea.token), &body("peer_vouch", "bea"))
        .await;
    assert_eq!(own.problem(400)["errors"][0]["pointer"], "/issuer");
    assert_eq!(level(&server, &bea).await, "none");

    // Not even with the word of another organization that they edit.
    let posted = server
        .post(
            "/v1/organizations",
            Some(&bea.token),
            &organization("Bea's other"),
        )
        .await;
    set(
        &server,
        &moderator,
        &posted.id(),
        &json!({"status": "published"}),
    )
    .await;
    let other = super::Coop {
        id: posted.id(),
        slug: "beas-other".to_owned(),
        token: bea.token.clone(),
    };
    anchor(&server, &moderator, &other).await;
    let answer = vouch(&server, &other, &bea).await;
    let detail = answer.problem(403)["detail"].to_string();
    assert!(detail.contains("you edit this organization"), "{detail}");

    // What is hidden cannot be attested by those who may not know of it.
    set(&server, &moderator, &bea.id, &json!({"status": "pending"})).await;
    anchor(&server, &moderator, &ada).await;
    vouch(&server, &ada, &bea).await.problem(410);
    let hidden = server
        .post(
            "/v1/organizations",
            Some(&bea.token),
            &organization("Hidden"),
        )
        .await;
    let path = format!("/v1/organizations/{}/attestations", hidden.id());
    server
        .post(&path, Some(&ada.token), &body("peer_vouch", "ada"))
        .await
        .problem(404);
}

async fn input_is_checked_as_a_whole(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let ada = coop(&server, &moderator, "Ada", WORKERS).await;
    let pointers = |answer: &Answer| -> Vec<String> {
        let problem = answer.problem(400);
        let errors = problem["errors"].as_array().unwrap().iter();
        let mut pointers: Vec<_> = errors
            .map(|fault| fault["pointer"].as_str().unwrap().to_owned())
            .collect();
        pointers.sort();
        pointers
    };
    for (body, faults) in [
        (json!({}), vec!["/issuer", "/kind"]),
        (
            json!({"kind": "praise", "issuer": " ", "evidence_url": "x", "valid_from": "today", "valid_to": 7, "isuer": 1}),
            vec![
                "/evidence_url",
                "/issuer",
                "/isuer",
                "/kind",
                "/valid_from",
                "/valid_to",
            ],
        ),
        (
            json!({"kind": "document", "issuer": "x", "valid_from": "2026-01-02T00:00:00Z", "valid_to": "2026-01-01T00:00:00Z"}),
            vec!["/valid_to"],
        ),
        (
            json!({"kind": "document", "issuer": "x", "valid_to": "2020-01-01T00:00:00Z"}),
            vec!["/valid_to"],
        ),
        (
            json!({"kind": "document", "issuer": "x", "valid_from": "2126-01-01T00:00:00Z"}),
            vec!["/valid_from"],
        ),
        (
            json!({"kind": "document", "issuer": "x", "valid_to": "2126-01-01T00:00:00Z"}),
            vec!["/valid_to"],
        ),
    ] {
        let answer = server
            .post(&attestations(&ada), Some(&moderator), &body)
            .await;
        assert_eq!(pointers(&answer), faults, "{body}");
    }
    let body = json!({"kind": "document", "issuer": "x", "evidence_url": "HTTPS://Example.COOP", "valid_from": "2020-01-01T01:00:00+01:00"});
    let answer = server
        .post(&attestations(&ada), Some(&moderator), &body)
        .await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.json()["evidence_url"], "https://example.coop");
    assert_eq!(answer.json()["valid_from"], "2020-01-01T00:00:00Z");
    assert_eq!(answer.json()["valid_to"], json!(null));
    let found = server.get_as(answer.header("location"), &moderator).await;
    assert_eq!(found.text(), answer.text());
}

async fn one_live_attestation_of_a_kind(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let ada = coop(&server, &moderator, "Ada", WORKERS).await;
    let bea = coop(&server, &moderator, "Bea", WORKERS).await;
    anchor(&server, &moderator, &ada).await;
    let first = vouch(&server, &ada, &bea).await;
    let again = vouch(&server, &ada, &bea).await;
    let detail = again.problem(409)["detail"].to_string();
    assert!(detail.contains(first.header("location")), "{detail}");
    super::revoke(&server, &first, &ada.token).await;
    // Twice is once.
    super::revoke(&server, &first, &ada.token).await;
    assert_eq!(vouch(&server, &ada, &bea).await.status, 201);
    assert_eq!(level(&server, &bea).await, "partner");
}

async fn who_sees_what(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let ada = coop(&server, &moderator, "Ada", WORKERS).await;
    let bea = coop(&server, &moderator, "Bea", WORKERS).await;
    let other = coop(&server, &moderator, "Other", WORKERS).await;
    anchor(&server, &moderator, &ada).await;
    let revoked = vouch(&server, &ada, &bea).await;
    let path = revoked.header("location").to_owned();
    // Whoever it is about may not take it back, and neither may others.
    for token in [&bea.token, &other.token] {
        server.delete(&path, token, "").await.problem(403);
    }
    super::revoke(&server, &revoked, &ada.token).await;
    vouch(&server, &ada, &bea).await;

    let count = |answer: Answer| answer.json()["items"].as_array().unwrap().len();
    let list = attestations(&bea);
    assert_eq!(count(server.get(&list).await), 1);
    assert_eq!(count(server.get_as(&list, &other.token).await), 1);
    for token in [&bea.token, &ada.token, &moderator] {
        let all = server.get_as(&list, token).await;
        assert!(!all.json()["items"][0]["revoked_at"].is_null());
        assert_eq!(count(all), 2);
    }
    server.get(&path).await.problem(404);
    server.get_as(&path, &other.token).await.problem(404);
    server.delete(&path, &other.token, "").await.problem(404);
    assert_eq!(server.get_as(&path, &bea.token).await.status, 200);
    server.get(&format!("{list}/x")).await.problem(404);
    // By pages.
    let page = server
        .get_as(&format!("{list}?limit=1"), &moderator)
        .await
        .json();
    let cursor = page["next_cursor"].as_str().unwrap();
    let next = server
        .get_as(&format!("{list}?limit=1&cursor={cursor}"), &moderator)
        .await
        .json();
    assert_eq!(next["items"].as_array().unwrap().len(), 1);
    assert_ne!(next["items"][0]["id"], page["items"][0]["id"]);
    assert!(next["next_cursor"].is_null());
}

async fn a_moderator_sees_who_wrote_it_and_takes_it_back(server: Server) {
    let (admin, fallen) = (
        server.token(Role::Admin).await,
        server.person(Role::Moderator).await,
    );
    let ada = coop(&server, &fallen.token, "Ada", WORKERS).await;
    let attested = anchor(&server, &fallen.token, &ada).await;
    assert_eq!(attested.json()["issued_by"], json!(fallen.id));
    let suspend = format!("/v1/moderation/users/{}/suspend", fallen.id);
    let suspended = server.post(&suspend, Some(&admin), &json!({})).await;
    assert!(suspended.status < 300, "{}", suspended.text());

    let list = attestations(&ada);
    let path = attested.header("location");
    let moderator = server.token(Role::Moderator).await;
    let seen = server.get_as(&list, &moderator).await.json();
    assert_eq!(seen["items"][0]["issued_by"], json!(fallen.id));
    let seen = server.get_as(path, &moderator).await.json();
    assert_eq!(seen["issued_by"], json!(fallen.id));
    for others in [
        server.get(&list).await,
        server.get(path).await,
        server.get_as(&list, &ada.token).await,
        server.get_as(path, &ada.token).await,
    ] {
        assert!(others.text().contains("The register"), "{}", others.text());
        assert!(!others.text().contains("issued_by"), "{}", others.text());
    }
    // It counts until somebody has looked at it.
    assert_eq!(level(&server, &ada).await, "verified");
    super::revoke(&server, &attested, &moderator).await;
    assert_eq!(level(&server, &ada).await, "none");
}

async fn a_key_attests_once(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let ada = coop(&server, &moderator, "Ada", WORKERS).await;
    let send = || {
        let body = json!({"kind": "document", "issuer": "x"});
        let request = server
            .request("POST", &attestations(&ada))
            .bearer_auth(&moderator)
            .header("idempotency-key", "\"k\"")
            .json(&body);
        Answer::of(request)
    };
    let first = send().await;
    let again = send().await;
    assert_eq!((again.status, again.text()), (201, first.text()));
    assert_eq!(again.header("location"), first.header("location"));
    let listed = server.get(&attestations(&ada)).await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}
