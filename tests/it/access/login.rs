use crate::harness::{Command, Server, on_both_databases};
use serde_json::json;

on_both_databases!(
    who_logs_in_gets_a_short_lived_token,
    unknown_and_wrong_get_the_same_answer
);

const PASSWORD: &str = "correct horse battery";

fn create_account(server: &Server, email: &str, role: &str) {
    let args = [
        "user",
        "create",
        "--email",
        email,
        "--role",
        role,
        "--password-stdin",
    ];
    let output = Command::new(&args)
        .on(server.data_dir(), &server.database_url())
        .run(&format!("{PASSWORD}\n"));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

async fn who_logs_in_gets_a_short_lived_token(server: Server) {
    create_account(&server, "Ada@Example.coop", "member");
    for email in ["ada@example.coop", "ADA@example.coop", " ada@example.coop "] {
        let answer = server
            .post(
                "/v1/auth/login",
                None,
                &json!({"email": email, "password": PASSWORD}),
            )
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("cache-control"), "no-store");
        let token = answer.json();
        assert_eq!(
            (&token["token_type"], &token["expires_in"]),
            (&json!("Bearer"), &json!(900))
        );
        let header = jsonwebtoken::decode_header(token["access_token"].as_str().unwrap()).unwrap();
        assert_eq!(header.alg, jsonwebtoken::Algorithm::EdDSA);
        assert_eq!(header.typ.as_deref(), Some("at+jwt"));
        let jwks = server.get("/.well-known/jwks.json").await;
        assert_eq!(jwks.header("content-type"), "application/jwk-set+json");
        let keys = jwks.json()["keys"].as_array().unwrap().clone();
        let key = keys
            .iter()
            .find(|key| key["kid"] == header.kid.clone().unwrap())
            .unwrap();
        assert_eq!(
            (&key["kty"], &key["crv"], &key["use"]),
            (&json!("OKP"), &json!("Ed25519"), &json!("sig"))
        );
        assert!(key.get("d").is_none(), "the private half stays where it is");
    }
    // The newline at the end is not part of the password, the case of its letters is.
    for password in [
        format!("{PASSWORD}\n"),
        PASSWORD.to_uppercase(),
        format!(" {PASSWORD}"),
        String::new(),
    ] {
        let body = json!({"email": "ada@example.coop", "password": password});
        server
            .post("/v1/auth/login", None, &body)
            .await
            .problem(401);
    }
}

async fn unknown_and_wrong_get_the_same_answer(server: Server) {
    create_account(&server, "ada@example.coop", "moderator");
    // The exposed headers come in any order.
    let varying = ["x-request-id", "date", "access-control-expose-headers"];
    let mut answers = Vec::new();
    for (email, password) in [
        ("ada@example.coop", "wrong horse battery"),
        ("nobody@example.coop", PASSWORD),
        ("nobody@example.coop", "short"),
        ("not an address", "short"),
    ] {
        let answer = server
            .post(
                "/v1/auth/login",
                None,
                &json!({"email": email, "password": password}),
            )
            .await;
        answer.problem(401);
        assert!(!answer.header("www-authenticate").is_empty());
        let mut headers: Vec<_> = answer
            .headers
            .iter()
            .filter(|(name, _)| !varying.contains(&name.as_str()))
            .map(|(name, value)| format!("{name}: {value:?}"))
            .collect();
        headers.sort();
        answers.push((answer.text(), headers));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}
