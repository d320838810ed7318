//! Every filter, sort and facet of the list finds, sorts and counts by what it is named after.

use super::every_field;
use crate::harness::{Role, Server, on_both_databases};
use crate::import::{import, lines};
use serde_json::{Value, json};

on_both_databases!(
    filters_find_what_they_are_named_after,
    facets_count_what_they_are_named_after,
    lists_are_sorted_as_asked,
    words_are_read_as_asked,
);

/// A mill in Spain, a shop in Rochdale, and an imported builder in Toronto.
async fn directory(server: &Server) {
    let moderator = server.token(Role::Moderator).await;
    let shop = json!({
        "name": "Pioneers' Shop",
        "summary": "Groceries without adulteration.",
        "organization_type": "consumer_cooperative",
        "sectors": ["grocery"],
        "tags": ["Shop"],
        "technologies": ["Rust"],
        "languages": ["en"],
        "address": {"locality": "Rochdale", "region": "Greater Manchester", "country": "GB"},
        "location": {"lat": 53.6187, "lon": -2.1561},
        "networks": ["ica"],
        "status": "published",
    });
    for body in [every_field(), shop] {
        let listed = server
            .post(
                "/v1/organizations?refresh=wait_for",
                Some(&moderator),
                &body,
            )
            .await;
        assert_eq!(listed.status, 201, "{}", listed.text());
    }
    let builder = json!({
        "name": "Timber Builders",
        "organization_type": "federation",
        "address": {"locality": "Toronto", "region": "Ontario", "country": "CA"},
    });
    let file = lines([(0, builder)]);
    let args = ["--format", "ndjson", "--source", "friends"];
    import(server, &args, &[file.path()]);
    crate::changes::support::caught_up(server).await;
}

/// The first letters of what is listed, in the order of the names unless asked for another: M, P, T.
async fn listed(server: &Server, query: &str) -> String {
    let page = server.get(&format!("/v1/organizations?{query}")).await;
    assert_eq!(page.status, 200, "{query}: {}", page.text());
    let page = page.json();
    let items = page["items"].as_array().unwrap();
    assert_eq!(page["total"], items.len(), "{query}");
    items
        .iter()
        .map(|item| item["name"].as_str().unwrap().chars().next().unwrap())
        .collect()
}

async fn filters_find_what_they_are_named_after(server: Server) {
    directory(&server).await;
    for (query, found) in [
        ("", "MPT"),
        ("country=ES", "M"),
        ("country=ES&country=CA", "MT"),
        ("country=ES&locality=Toronto", ""),
        ("region=granada", "M"),
        ("region=Greater+Manchester&region=ONTARIO", "PT"),
        ("region=Rochdale", ""),
        ("locality=g%C3%BCejar", "M"),
        ("locality=rochdale", "P"),
        ("locality=Ontario", ""),
        ("sector=hosting", "M"),
        ("sector=information_technology", "M"),
        ("sector=retail", "MP"),
        ("sector=grocery", "P"),
        ("organization_type=consumer_cooperative", "P"),
        (
            "organization_type=federation&organization_type=worker_cooperative",
            "MT",
        ),
        ("tag=FLOUR", "M"),
        ("tag=shop", "P"),
        ("tag=rust", ""),
        ("technology=rust", "P"),
        ("technology=c%2B%2B", "M"),
        ("language=pt", "M"),
        ("language=en", "P"),
        ("network=cotech", "M"),
        ("network=ica", "P"),
        ("source=friends", "T"),
        ("source=strangers", ""),
        ("verification=none", "MPT"),
        ("verification=verified", ""),
        ("ica_region=europe", "MP"),
        ("ica_region=americas", "T"),
        ("bbox=-6,50,2,59", "P"),
        ("bbox=-6,30,2,59", "MP"),
        ("bbox=170,-60,-170,60", ""),
        // 21 and 27 km to the north.
        ("near=53.8076,-2.1561", "P"),
        ("near=53.8615,-2.1561", ""),
        ("near=53.8615,-2.1561&radius_km=28", "P"),
        ("updated_since=2020-01-01T00:00:00Z", "MPT"),
        ("updated_since=2999-01-01T00:00:00Z", ""),
    ] {
        assert_eq!(listed(&server, query).await, found, "{query}");
    }
}

async fn facets_count_what_they_are_named_after(server: Server) {
    directory(&server).await;
    let names = "country,region,sector,organization_type,tag,technology,language,network,verification,source";
    let page = server
        .get(&format!("/v1/organizations?limit=1&facets={names}"))
        .await
        .json();
    for (facet, counts) in [
        ("country", json!({"CA": 1, "ES": 1, "GB": 1})),
        (
            "region",
            json!({"Granada": 1, "Greater Manchester": 1, "Ontario": 1}),
        ),
        (
            "organization_type",
            json!({"consumer_cooperative": 1, "federation": 1, "worker_cooperative": 1}),
        ),
        ("tag", json!({"flour": 1, "Harina": 1, "Shop": 1})),
        ("technology", json!({"C++": 1, "Rust": 1, "debian": 1})),
        ("network", json!({"cotech": 1, "ica": 1})),
        ("verification", json!({"none": 3})),
        ("source", json!({"friends": 1})),
    ] {
        let values = page["facets"][facet].as_array().unwrap().iter();
        let counted: serde_json::Map<String, Value> = values
            .map(|value| {
                (
                    value["value"].as_str().unwrap().to_owned(),
                    value["count"].clone(),
                )
            })
            .collect();
        assert_eq!(Value::Object(counted), counts, "{facet}");
    }
    let sectors = page["facets"]["sector"].as_array().unwrap();
    assert!(
        sectors.contains(&json!({"value": "retail", "count": 2})),
        "{sectors:?}"
    );
}

async fn lists_are_sorted_as_asked(server: Server) {
    directory(&server).await;
    for (query, order) in [
        ("sort=name", "MPT"),
        ("sort=-created_at", "TPM"),
        ("sort=-updated_at", "TPM"),
        ("near=53,-3&radius_km=500&sort=distance", "P"),
    ] {
        assert_eq!(listed(&server, query).await, order, "{query}");
    }
}

async fn words_are_read_as_asked(server: Server) {
    directory(&server).await;
    assert_eq!(listed(&server, "q=adulteration&prefix=true").await, "P");
    assert_eq!(listed(&server, "q=adult&prefix=true").await, "P");
    assert_eq!(listed(&server, "q=timber+-builders").await, "");
    let page = server
        .get("/v1/organizations?q=grocries&highlight=true")
        .await
        .json();
    assert_eq!(page["total"], 1);
    assert_eq!(
        page["corrections"],
        json!([{"from": "grocries", "to": "groceries"}])
    );
    let highlights = page["items"][0]["highlights"].to_string();
    assert!(highlights.contains("<em>Groceries</em>"), "{highlights}");
    let page = server
        .get("/v1/organizations?q=timber+groceries")
        .await
        .json();
    assert_eq!(
        (&page["total"], &page["relaxed"]),
        (&json!(2), &json!(true))
    );
    let suggested = server.get("/v1/suggest?q=groc").await.json();
    let groceries = json!({"text": "groceries", "kind": "organization", "count": 1});
    let suggestions = suggested["items"].as_array().unwrap();
    assert!(suggestions.contains(&groceries), "{suggested}");
}
