use crate::harness::{Answer, Role, Server, on_both_databases, organization};

on_both_databases!(
    every_answer_carries_the_security_headers,
    answers_are_compressed_when_asked,
    caches_are_told_the_truth,
    problems_name_their_page_and_nothing_inside,
);

async fn every_answer_carries_the_security_headers(server: Server) {
    let token = server.token(Role::Moderator).await;
    let mut answers = vec![
        server
            .post("/v1/organizations", Some(&token), &organization("Safe"))
            .await,
    ];
    for path in [
        "/v1/organizations",
        "/v1/organizations/safe",
        "/v1/organizations/nobody",
        "/v1/organizations?limit=0",
        "/v1/feeds/organizations",
        "/nowhere",
        "/healthz",
        "/metrics",
        "/openapi.yaml",
        "/docs",
        "/docs/",
        "/problems/validation",
        "/.well-known/jwks.json",
    ] {
        answers.push(server.get(path).await);
    }
    answers.push(Answer::of(server.request("PUT", "/v1/organizations")).await);
    answers.push(Answer::of(server.request("OPTIONS", "/v1/organizations")).await);
    answers.push(
        server
            .post("/v1/organizations", None, &organization("Safe"))
            .await,
    );
    let mut ids = std::collections::BTreeSet::new();
    for answer in &answers {
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert!(
            answer
                .header("content-security-policy")
                .contains("frame-ancestors 'none'")
        );
        assert_eq!(answer.header("server"), "");
        assert!(
            ids.insert(answer.header("x-request-id").to_owned()),
            "a request id is used twice"
        );
        assert!(!answer.header("x-request-id").is_empty());
    }
    // The page of the docs loads nothing from elsewhere.
    let docs = server.get("/docs/").await;
    assert_eq!(docs.status, 200);
    assert!(
        docs.header("content-security-policy")
            .contains("default-src 'self'")
    );
    assert!(
        !docs.text().contains("src=\"http") && !docs.text().contains("href=\"http"),
        "{}",
        docs.text()
    );
}

async fn answers_are_compressed_when_asked(server: Server) {
    let plain = reqwest::Client::builder()
        .no_gzip()
        .no_brotli()
        .build()
        .unwrap();
    let whole = server.get("/v1/taxonomies/sectors").await.text();
    for (accepted, encoding) in [
        ("gzip", "gzip"),
        ("br", "br"),
        ("gzip;q=0.5, br;q=1", "br"),
        ("identity", ""),
        ("", ""),
        ("zstd", ""),
        ("gzip;q=0", ""),
        ("*;q=0", ""),
        ("zstd, identity;q=0", ""),
    ] {
        let request = plain
            .get(format!("{}/v1/taxonomies/sectors", server.url))
            .header("accept-encoding", accepted);
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, 200, "{accepted}");
        assert_eq!(answer.header("content-encoding"), encoding, "{accepted}");
        assert!(
            answer
                .header("vary")
                .to_lowercase()
                .contains("accept-encoding"),
            "{accepted}"
        );
        if encoding.is_empty() {
            assert_eq!(answer.text(), whole);
        } else {
            assert!(!answer.text().contains("hosting"), "{accepted}");
        }
    }
}

async fn caches_are_told_the_truth(server: Server) {
    let token = server.token(Role::Moderator).await;
    server
        .post("/v1/organizations", Some(&token), &organization("Cached"))
        .await;
    for (path, control) in [
        ("/v1/organizations", "no-cache"),
        ("/v1/organizations/cached", "no-cache"),
        ("/v1/organizations/cached/history", "no-cache"),
        ("/v1/organizations/nobody", "no-store"),
        ("/v1/feeds/organizations", "public, max-age=8"),
        ("/v1/feeds/organizations?limit=1", "public, max-age=3600"),
        ("/v1/taxonomies/sectors", "public, max-age=3600"),
        ("/v1/stats", "public, max-age=60"),
        ("/healthz", "no-store"),
        ("/readyz", "no-store"),
    ] {
        assert_eq!(
            server.get(path).await.header("cache-control"),
            control,
            "{path}"
        );
    }
    // What depends on who asks says so, refusals too.
    for path in [
        "/v1/organizations",
        "/v1/organizations/cached",
        "/v1/organizations/cached/history",
        "/v1/organizations/nobody",
        "/v1/organizations?status=pending",
    ] {
        for answer in [server.get(path).await, server.get_as(path, &token).await] {
            assert!(
                answer
                    .header("vary")
                    .to_lowercase()
                    .contains("authorization"),
                "{path}: {}",
                answer.header("vary")
            );
        }
    }
    let queue = server
        .get_as("/v1/organizations?status=pending", &token)
        .await;
    assert_eq!(queue.header("cache-control"), "no-store");
}

async fn problems_name_their_page_and_nothing_inside(server: Server) {
    let token = server.token(Role::Member).await;
    for answer in [
        server.get("/v1/organizations?limit=x").await,
        server.get("/v1/organizations/nobody").await,
        server.get("/v1/organizations?status=pending").await,
        server
            .post("/v1/organizations", None, &organization("x"))
            .await,
        server
            .post("/v1/organizations", Some("x"), &organization("x"))
            .await,
        server
            .post("/v1/organizations", Some(&token), &serde_json::json!({}))
            .await,
        Answer::of(server.request("PUT", "/v1/organizations")).await,
    ] {
        let problem = answer.problem(answer.status);
        for member in ["type", "title", "detail", "instance"] {
            assert!(
                problem[member]
                    .as_str()
                    .is_some_and(|text| !text.is_empty()),
                "{member} of {problem}"
            );
        }
        assert_eq!(answer.header("cache-control"), "no-store");
        let page = server.get(problem["type"].as_str().unwrap()).await;
        assert_eq!(page.status, 200, "{problem}");
        assert!(page.header("content-type").starts_with("text/html"));
        let text = answer.text().to_lowercase();
        for inside in [
            "sql", "select", "sea_orm", "sqlx", "panicked", "src/", ".rs:",
        ] {
            assert!(!text.contains(inside), "{inside} in {text}");
        }
    }
}
