use crate::changes::support::ready;
use crate::harness::{Answer, Role, Server, on_both_databases, organization};
use serde_json::json;

on_both_databases!(
    a_server_says_that_it_lives_and_is_ready,
    metrics_count_requests_searches_lag_and_connections,
    every_kind_of_problem_has_a_page,
    machines_find_their_way,
    code_lists_are_public,
    stats_count_what_is_public,
);

async fn a_server_says_that_it_lives_and_is_ready(server: Server) {
    ready(&server).await;
    for path in ["/healthz", "/readyz"] {
        let answer = server.get(path).await;
        assert_eq!(
            (answer.status, answer.json()),
            (200, json!({"status": "ok"})),
            "{path}"
        );
    }
    // Without its database it lives and is not ready.
    server.state.store.db.clone().close().await.unwrap();
    assert_eq!(server.get("/healthz").await.status, 200);
    let answer = server.get("/readyz").await;
    assert_eq!(answer.problem(503)["type"], "/problems/unavailable");
    assert!(!answer.header("retry-after").is_empty());
}

async fn metrics_count_requests_searches_lag_and_connections(server: Server) {
    let token = server.token(Role::Moderator).await;
    server
        .post(
            "/v1/organizations?refresh=wait_for",
            Some(&token),
            &organization("Counted"),
        )
        .await;
    server.get("/v1/organizations?q=counted").await;
    server.get("/v1/organizations/counted").await;
    server.get("/nowhere").await;
    for method in ["BREW", "WHEN"] {
        Answer::of(server.request(method, "/healthz")).await;
    }
    let answer = server.get("/metrics").await;
    assert_eq!(
        answer.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let text = answer.text();
    for line in [
        "toadlane_http_requests_total{method=\"GET\",route=\"/v1/organizations\",status=\"200\"} ",
        "toadlane_http_requests_total{method=\"GET\",route=\"/v1/organizations/{id}\",status=\"200\"} ",
        "toadlane_http_requests_total{method=\"GET\",route=\"unmatched\",status=\"404\"} ",
        "toadlane_http_requests_total{method=\"POST\",route=\"/v1/organizations\",status=\"201\"} ",
        "toadlane_http_requests_total{method=\"other\",route=\"/healthz\",status=\"405\"} 2",
        "toadlane_http_request_duration_seconds_bucket{method=\"GET\",route=\"/v1/organizations\",le=\"0.0005\"} ",
        "toadlane_search_duration_seconds_count ",
        "toadlane_index_lag_changes 0",
        "toadlane_index_documents 1",
        "toadlane_database_connections{state=\"idle\"} ",
        "toadlane_database_connections{state=\"used\"} ",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
}

async fn every_kind_of_problem_has_a_page(server: Server) {
    // What clients may meet; the kinds of the errors themselves are matched in the source.
    let source =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../api/src/error.rs"))
            .unwrap();
    let kinds = source
        .split("fn kind(&self)")
        .nth(1)
        .unwrap()
        .split("\n    }\n")
        .next()
        .unwrap();
    let names: Vec<_> = kinds
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|text| {
            text.chars()
                .all(|char| char.is_ascii_lowercase() || char == '-')
        })
        .collect();
    assert!(names.len() >= 17, "{names:?}");
    for name in names {
        let page = server.get(&format!("/problems/{name}")).await;
        assert_eq!(page.status, 200, "{name}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(
            page.text().contains(&format!("<h1>{name}</h1>")),
            "{}",
            page.text()
        );
    }
    server.get("/problems/nothing").await.problem(404);
}

async fn machines_find_their_way(server: Server) {
    let catalog = server.get("/.well-known/api-catalog").await;
    assert!(
        catalog
            .header("content-type")
            .starts_with("application/linkset+json")
    );
    let linkset = &catalog.json()["linkset"][0];
    let description = linkset["service-desc"][0]["href"].as_str().unwrap();
    assert_eq!(description, format!("{}/openapi.yaml", server.url));
    let head = Answer::of(server.request("HEAD", "/.well-known/api-catalog")).await;
    assert!(
        head.header("link").contains("rel=\"api-catalog\""),
        "{}",
        head.header("link")
    );
    for path in ["/openapi.yaml", "/docs/", "/healthz"] {
        assert!(
            catalog.text().contains(&format!("{}{path}", server.url)),
            "{path}"
        );
        assert_eq!(server.get(path).await.status, 200);
    }
    // Nobody was named.
    server.get("/.well-known/security.txt").await.problem(404);
    assert!(
        server
            .get("/openapi.yaml")
            .await
            .text()
            .starts_with("openapi: 3.1")
    );
    assert_eq!(
        server.get("/openapi.json").await.json()["info"]["title"],
        "toadlane"
    );
}

async fn code_lists_are_public(server: Server) {
    for (list, code) in [
        ("sectors", "hosting"),
        ("skills", "django"),
        ("organization-types", "worker_cooperative"),
        ("networks", "cotech"),
        ("ica-regions", "europe"),
    ] {
        let answer = server.get(&format!("/v1/taxonomies/{list}")).await.json();
        let items = answer["items"].as_array().unwrap();
        let item = items.iter().find(|item| item["code"] == code).unwrap();
        assert!(
            item["label"]
                .as_str()
                .is_some_and(|label| !label.is_empty()),
            "{list}"
        );
        let codes: Vec<_> = items
            .iter()
            .map(|item| item["code"].as_str().unwrap())
            .collect();
        for item in items {
            if let Some(parent) = item["parent"].as_str() {
                assert!(codes.contains(&parent), "{parent} of {list}");
            }
        }
    }
    let skills = server.get("/v1/taxonomies/skills").await.json();
    let skills = skills["items"].as_array().unwrap();
    let kubernetes = skills.iter().find(|skill| skill["code"] == "kubernetes");
    let kubernetes = kubernetes.unwrap();
    assert_eq!(kubernetes["label"], "Kubernetes");
    assert_eq!(kubernetes["parent"], "containers");
    let aliases = kubernetes["aliases"].as_array().unwrap();
    assert!(aliases.contains(&"k8s".into()), "{aliases:?}");
    let types = server.get("/v1/taxonomies/organization-types").await.json();
    let codes: Vec<_> = types["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["code"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes,
        [
            "worker_cooperative",
            "consumer_cooperative",
            "producer_cooperative",
            "multi_stakeholder_cooperative",
            "platform_cooperative",
            "housing_cooperative",
            "community_cooperative",
            "credit_union",
            "federation",
            "employee_owned",
            "b_corp",
            "nonprofit",
            "social_enterprise",
            "other",
        ]
    );
}

async fn stats_count_what_is_public(server: Server) {
    let token = server.token(Role::Moderator).await;
    let member = server.token(Role::Member).await;
    for (name, country, network) in [
        ("A", "GB", "cotech"),
        ("B", "GB", "cotech"),
        ("C", "BR", "usfwc"),
        ("D", "KE", ""),
    ] {
        let mut body = organization(name);
        body["address"] = json!({"country": country});
        if !network.is_empty() {
            body["networks"] = json!([network]);
        }
        let answer = server
            .post("/v1/organizations?refresh=wait_for", Some(&token), &body)
            .await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        server
            .post("/v1/organizations?refresh=wait_for", Some(&member), &body)
            .await;
    }
    let stats = server.get("/v1/stats").await.json();
    assert_eq!(stats["kinds"], json!({"organization": 4, "job": 0}));
    assert_eq!(stats["countries"][0], json!({"value": "GB", "count": 2}));
    assert_eq!(stats["countries"].as_array().unwrap().len(), 3);
    assert_eq!(
        stats["organization_types"],
        json!([{"value": "worker_cooperative", "count": 4}])
    );
    assert_eq!(stats["networks"][0], json!({"value": "cotech", "count": 2}));
    let regions = &stats["ica_regions"];
    for (region, count) in [("europe", 2), ("americas", 1), ("africa", 1)] {
        assert!(
            regions
                .as_array()
                .unwrap()
                .contains(&json!({"value": region, "count": count})),
            "{regions}"
        );
    }
}
