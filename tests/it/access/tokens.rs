use crate::harness::{Answer, Role, Server, on_both_databases, organization};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, Mac};
use jsonwebtoken::Algorithm;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use sha2::Sha256;

on_both_databases!(
    a_token_that_is_not_ours_is_refused,
    a_clients_token_is_no_persons,
    an_erased_account_is_nobody,
    a_role_counts_as_it_is_now
);

/// The two parts of a good token, and its signing key.
struct Forge<'a> {
    server: &'a Server,
    header: Value,
    claims: Value,
}

fn part(token: &str, index: usize) -> Value {
    serde_json::from_slice(&BASE64.decode(token.split('.').nth(index).unwrap()).unwrap()).unwrap()
}

impl Forge<'_> {
    /// Properly signed, with these changes; `null` removes.
    fn token(&self, header: &Value, claims: &Value) -> String {
        let changed = |base: &Value, changes: &Value| {
            let mut changed = base.as_object().unwrap().clone();
            for (name, value) in changes.as_object().unwrap() {
                if value.is_null() {
                    changed.shift_remove(name);
                } else {
                    changed.insert(name.clone(), value.clone());
                }
            }
            Value::Object(changed)
        };
        let encoded = |value: Value| BASE64.encode(value.to_string());
        let message = format!(
            "{}.{}",
            encoded(changed(&self.header, header)),
            encoded(changed(&self.claims, claims))
        );
        let key = self.server.state.keys.private();
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), key, Algorithm::EdDSA).unwrap();
        format!("{message}.{signature}")
    }
}

#[expect(clippy::too_many_lines, reason = "a table of attacks")]
async fn a_token_that_is_not_ours_is_refused(server: Server) {
    let good = server.token(Role::Moderator).await;
    let forge = Forge {
        server: &server,
        header: part(&good, 0),
        claims: part(&good, 1),
    };
    let none = json!({});
    let now = server.state.clock.now().timestamp();
    let path = "/v1/organizations?status=pending";
    // The forge makes good tokens, so what follows is refused for the reason given.
    for claims in [
        none.clone(),
        json!({"exp": now + 2}),
        json!({"nbf": now + 3}),
        json!({"exp": now - 3, "nbf": 0}),
    ] {
        assert_eq!(
            server
                .get_as(path, &forge.token(&none, &claims))
                .await
                .status,
            200,
            "{claims}"
        );
    }
    let mut forged = Vec::new();
    for claims in [
        json!({"exp": null}),
        json!({"exp": now - 31}),
        json!({"exp": "never"}),
        json!({"exp": 0}),
        json!({"exp": -1}),
        json!({"nbf": now + 31}),
        json!({"nbf": null}),
        json!({"iss": null}),
        json!({"iss": "toadlane"}),
        json!({"iss": server.url}),
        json!({"aud": null}),
        json!({"aud": "toadlane"}),
        json!({"aud": []}),
        json!({"sub": null}),
        json!({"sub": "admin"}),
        json!({"sub": "00000000-0000-7000-8000-000000000000"}),
        json!({"sub": ""}),
        json!({"sub": 1}),
        // Of a client and of a person, of neither, of a client that is none.
        json!({"client_id": forge.claims["sub"]}),
        json!({"scope": "organizations:write"}),
        json!({"client_id": forge.claims["sub"], "scope": "organizations:write"}),
        json!({"sid": null}),
        json!({"sid": null, "client_id": forge.claims["sub"]}),
        json!({"sid": null, "client_id": forge.claims["sub"], "scope": "organizations:write"}),
        json!({"sid": forge.claims["sub"]}),
    ] {
        forged.push((format!("{claims}"), forge.token(&none, &claims)));
    }
    for header in [
        json!({"typ": null}),
        json!({"typ": "JWT"}),
        json!({"typ": "id+jwt"}),
        json!({"kid": null}),
        json!({"kid": ""}),
        json!({"kid": "nobody"}),
        json!({"kid": "../../keys/ed25519.pem"}),
        json!({"kid": "/dev/null"}),
        json!({"kid": "' OR '1'='1"}),
        json!({"kid": "a\u{0}b"}),
        json!({"kid": "x".repeat(3000)}),
        json!({"kid": 1}),
        json!({"crit": ["exp"]}),
        json!({"alg": "none"}),
        json!({"alg": "None"}),
        json!({"alg": null}),
        json!({"alg": "HS256"}),
        json!({"alg": "ES256"}),
        json!({"alg": "RS256"}),
    ] {
        forged.push((format!("{header}"), forge.token(&header, &none)));
    }
    let mut parts: Vec<_> = good.split('.').map(str::to_owned).collect();
    let unsigned = json!({"alg": "none", "typ": "at+jwt", "kid": forge.header["kid"]}).to_string();
    forged.push((
        "alg none, unsigned".to_owned(),
        format!("{}.{}.", BASE64.encode(unsigned), parts[1]),
    ));
    forged.push((
        "signature stripped".to_owned(),
        format!("{}.{}.", parts[0], parts[1]),
    ));
    forged.push(("two parts".to_owned(), format!("{}.{}", parts[0], parts[1])));
    forged.push(("four parts".to_owned(), format!("{good}.{}", parts[2])));
    forged.push((
        "signature of zeros".to_owned(),
        format!("{}.{}.{}", parts[0], parts[1], BASE64.encode([0; 64])),
    ));
    forged.push(("huge".to_owned(), "x".repeat(50_000)));
    parts[1] = BASE64.encode(forge.claims.to_string().replace("exp", "exq"));
    forged.push((
        "other claims under the signature".to_owned(),
        parts.join("."),
    ));

    // The public key as the secret of an HMAC (RFC 8725 section 2.1), in every form it is published.
    let jwk = server.get("/.well-known/jwks.json").await.json()["keys"][0].clone();
    let x = jwk["x"].as_str().unwrap().to_owned();
    for secret in [
        BASE64.decode(&x).unwrap(),
        x.into_bytes(),
        jwk.to_string().into_bytes(),
    ] {
        let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": forge.header["kid"]});
        let parts = [&header, &forge.claims].map(|part| BASE64.encode(part.to_string()));
        let signed = parts.join(".");
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
        mac.update(signed.as_bytes());
        let signature = BASE64.encode(mac.finalize().into_bytes());
        let token = format!("{signed}.{signature}");
        forged.push(("HS256 with the public key".to_owned(), token));
    }
    for (what, token) in forged {
        for answer in [
            server.get_as(path, &token).await,
            server
                .post("/v1/organizations", Some(&token), &organization("Forged"))
                .await,
        ] {
            assert_eq!(
                answer.problem(401)["type"],
                "/problems/unauthorized",
                "{what}"
            );
            assert_eq!(
                answer.header("www-authenticate"),
                "Bearer error=\"invalid_token\"",
                "{what}"
            );
        }
    }
    assert_eq!(server.get_as(path, &good).await.json()["total"], 0);
}

async fn a_clients_token_is_no_persons(server: Server) {
    let person = server.person(Role::Admin).await;
    let body = json!({"name": "Program", "scopes": ["organizations:write"]});
    let client = server
        .post("/v1/api-clients", Some(&person.token), &body)
        .await
        .json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (id, secret) = (text(&client["client_id"]), text(&client["client_secret"]));
    let request = server
        .request("POST", "/oauth/token")
        .basic_auth(&id, Some(secret))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials");
    let good = text(&Answer::of(request).await.json()["access_token"]);
    let forge = Forge {
        server: &server,
        header: part(&good, 0),
        claims: part(&good, 1),
    };
    assert_eq!(forge.claims["sub"], id.as_str());
    assert_eq!(forge.claims["client_id"], id.as_str());
    assert_eq!(forge.claims["scope"], "organizations:write");
    assert_eq!(forge.claims.get("sid"), None);
    let none = json!({});
    let path = "/v1/organizations/nobody";
    let reads = |token: String| async { server.get_as(path, &{ token }).await.status };
    assert_eq!(reads(forge.token(&none, &none)).await, 404);
    let sid = part(&person.token, 1)["sid"].clone();
    let other = "00000000-0000-7000-8000-000000000000";
    for claims in [
        json!({"sid": sid}),
        json!({"client_id": null}),
        json!({"client_id": other}),
        json!({"sub": other}),
        json!({"sub": other, "client_id": other}),
        json!({"sub": person.id, "client_id": person.id}),
        json!({"sub": person.id}),
        json!({"client_id": null, "scope": null, "sid": sid}),
        json!({"scope": null}),
        json!({"scope": "everything"}),
        json!({"scope": ["organizations:write"]}),
    ] {
        assert_eq!(reads(forge.token(&none, &claims)).await, 401, "{claims}");
    }
    // More scopes than the client has are no more scopes.
    let more = json!({"scope": "organizations:write sources:push jobs:write"});
    assert_eq!(reads(forge.token(&none, &more)).await, 404);
    let less = forge.token(&none, &json!({"scope": "jobs:write"}));
    server
        .post("/v1/organizations", Some(&less), &organization("Less"))
        .await
        .problem(403);
}

async fn an_erased_account_is_nobody(server: Server) {
    let token = server.token(Role::Admin).await;
    let path = "/v1/organizations?status=pending";
    assert_eq!(server.get_as(path, &token).await.status, 200);
    entity::account::Entity::delete_many()
        .exec(&server.state.store.db)
        .await
        .unwrap();
    server.get_as(path, &token).await.problem(401);
    server
        .post("/v1/organizations", Some(&token), &organization("Ghost"))
        .await
        .problem(401);
}

async fn a_role_counts_as_it_is_now(server: Server) {
    use sea_orm::sea_query::Expr;
    let token = server.token(Role::Moderator).await;
    let path = "/v1/organizations?status=pending";
    assert_eq!(server.get_as(path, &token).await.status, 200);
    entity::account::Entity::update_many()
        .col_expr(entity::account::Column::Role, Expr::value(Role::Member))
        .exec(&server.state.store.db)
        .await
        .unwrap();
    server.get_as(path, &token).await.problem(403);
}
