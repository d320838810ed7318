use crate::harness::{Answer, Role, Server, on_both_databases, organization};
use serde_json::{Value, json};

on_both_databases!(
    every_fault_of_a_query_is_named,
    an_unknown_code_gets_a_suggestion_in_every_filter,
    languages_are_found_in_any_case,
    a_language_is_found_by_each_of_its_codes,
);

/// Pointer and detail of every fault.
pub fn faults(answer: &Answer) -> Vec<(String, String)> {
    let problem = answer.problem(400);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let errors = problem["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|fault| (text(&fault["pointer"]), text(&fault["detail"])))
        .collect()
}

#[expect(clippy::too_many_lines, reason = "a table")]
async fn every_fault_of_a_query_is_named(server: Server) {
    let many = |pair: &str| vec![pair; 10_000].join("&");
    let long = "x".repeat(513);
    let cases = [
        (
            "organizations?contry=GB".to_owned(),
            "/contry",
            "did you mean \"country\"?",
        ),
        (
            "organizations?sectr=x".to_owned(),
            "/sectr",
            "did you mean \"sector\"?",
        ),
        (
            "organizations?zebra=1".to_owned(),
            "/zebra",
            "is not a parameter of this resource",
        ),
        (
            "organizations?Country=GB".to_owned(),
            "/Country",
            "did you mean \"country\"?",
        ),
        ("organizations?q=".to_owned(), "/q", "is empty"),
        ("organizations?q".to_owned(), "/q", "is empty"),
        ("organizations?country=".to_owned(), "/country", "is empty"),
        ("organizations?limit=".to_owned(), "/limit", "is empty"),
        ("organizations?cursor=".to_owned(), "/cursor", "is empty"),
        ("organizations?q=a&q=b".to_owned(), "/q", "only once"),
        (
            "organizations?limit=1&limit=2".to_owned(),
            "/limit",
            "only once",
        ),
        (
            "organizations?sort=name&sort=name".to_owned(),
            "/sort",
            "only once",
        ),
        (
            "organizations?limit=0".to_owned(),
            "/limit",
            "from 1 to 100",
        ),
        (
            "organizations?limit=101".to_owned(),
            "/limit",
            "from 1 to 100",
        ),
        (
            "organizations?limit=abc".to_owned(),
            "/limit",
            "from 1 to 100",
        ),
        (
            "organizations?limit=-1".to_owned(),
            "/limit",
            "from 1 to 100",
        ),
        (
            "organizations?limit=1e1".to_owned(),
            "/limit",
            "from 1 to 100",
        ),
        (
            "organizations?limit=99999999999999999999".to_owned(),
            "/limit",
            "from 1 to 100",
        ),
        (
            "organizations?prefix=yes".to_owned(),
            "/prefix",
            "true or false",
        ),
        (
            "organizations?highlight=1".to_owned(),
            "/highlight",
            "true or false",
        ),
        (
            "organizations?sort=nam".to_owned(),
            "/sort",
            "did you mean \"name\"?",
        ),
        (
            "organizations?sort=updated_at".to_owned(),
            "/sort",
            "did you mean \"-updated_at\"?",
        ),
        (
            "organizations?sort=distance".to_owned(),
            "/sort",
            "needs near",
        ),
        (
            "organizations?facets=countri".to_owned(),
            "/facets",
            "did you mean \"country\"?",
        ),
        (
            "organizations?facets=country,,sector".to_owned(),
            "/facets",
            "is not one of",
        ),
        (
            format!("organizations?facets={}", vec!["country"; 101].join(",")),
            "/facets",
            "at most 100 values",
        ),
        (
            "organizations?bbox=1,2,3".to_owned(),
            "/bbox",
            "minLon,minLat,maxLon,maxLat",
        ),
        (
            "organizations?bbox=1,2,3,4,5".to_owned(),
            "/bbox",
            "minLon,minLat,maxLon,maxLat",
        ),
        (
            "organizations?bbox=a,b,c,d".to_owned(),
            "/bbox",
            "minLon,minLat,maxLon,maxLat",
        ),
        (
            "organizations?bbox=0,10,1,9".to_owned(),
            "/bbox",
            "minLat at most maxLat",
        ),
        (
            "organizations?bbox=-1810,0,1,1".to_owned(),
            "/bbox",
            "longitude of at most three digits",
        ),
        (
            "organizations?bbox=0,-91,1,1".to_owned(),
            "/bbox",
            "in degrees",
        ),
        (
            "organizations?bbox=0,NaN,1,1".to_owned(),
            "/bbox",
            "in degrees",
        ),
        (
            "organizations?bbox=0,-inf,1,inf".to_owned(),
            "/bbox",
            "in degrees",
        ),
        ("organizations?near=91,0".to_owned(), "/near", "lat,lon"),
        ("organizations?near=0,181".to_owned(), "/near", "lat,lon"),
        ("organizations?near=1".to_owned(), "/near", "lat,lon"),
        ("organizations?near=NaN,NaN".to_owned(), "/near", "lat,lon"),
        ("organizations?near=1e308,1".to_owned(), "/near", "lat,lon"),
        (
            "organizations?near=0,0&radius_km=501".to_owned(),
            "/radius_km",
            "from 0 to 500",
        ),
        (
            "organizations?near=0,0&radius_km=-1".to_owned(),
            "/radius_km",
            "from 0 to 500",
        ),
        (
            "organizations?near=0,0&radius_km=NaN".to_owned(),
            "/radius_km",
            "from 0 to 500",
        ),
        (
            "organizations?radius_km=10".to_owned(),
            "/radius_km",
            "needs near",
        ),
        (
            "organizations?updated_since=yesterday".to_owned(),
            "/updated_since",
            "RFC 3339",
        ),
        (
            "organizations?updated_since=2026-01-01".to_owned(),
            "/updated_since",
            "RFC 3339",
        ),
        (
            "organizations?cursor=garbage".to_owned(),
            "/cursor",
            "is not a cursor",
        ),
        (
            format!("organizations?cursor={}", "A".repeat(5000)),
            "/cursor",
            "is not a cursor",
        ),
        (format!("organizations?q={long}"), "/q", "at most"),
        (
            format!("organizations?{}", many("tag=a")),
            "/tag",
            "at most 100 values",
        ),
        (
            format!("organizations?{}", many("q=a")),
            "/q",
            "at most 100 values",
        ),
        ("suggest".to_owned(), "/q", "is required"),
        ("suggest?q=".to_owned(), "/q", "is empty"),
        (
            "suggest?q=a&kinds=organisation".to_owned(),
            "/kinds",
            "did you mean \"organization\"?",
        ),
        (
            "suggest?q=a&limit=5".to_owned(),
            "/limit",
            "is not a parameter",
        ),
        (format!("suggest?q={long}"), "/q", "at most"),
        (
            "stats?country=GB".to_owned(),
            "/country",
            "is not a parameter",
        ),
        (
            "taxonomies/sectors?q=a".to_owned(),
            "/q",
            "is not a parameter",
        ),
        (
            "feeds/organizations?limit=0".to_owned(),
            "/limit",
            "from 1 to 1000",
        ),
        (
            "feeds/organizations?limit=1001".to_owned(),
            "/limit",
            "from 1 to 1000",
        ),
        (
            "feeds/organizations?afterChangeNumber=-1".to_owned(),
            "/afterChangeNumber",
            "from 0 to",
        ),
        (
            "feeds/organizations?afterChangeNumber=9007199254740992".to_owned(),
            "/afterChangeNumber",
            "from 0 to",
        ),
        (
            "feeds/organizations?afterChangenumber=1".to_owned(),
            "/afterChangenumber",
            "did you mean \"afterChangeNumber\"?",
        ),
    ];
    for (path, pointer, detail) in cases {
        let answer = server.get(&format!("/v1/{path}")).await;
        let shown: String = path.chars().take(80).collect();
        let faults = faults(&answer);
        assert_eq!(faults.len(), 1, "{shown}: {faults:?}");
        assert_eq!(faults[0].0, pointer, "{shown}");
        assert!(faults[0].1.contains(detail), "{shown}: {faults:?}");
    }
    let all = server
        .get("/v1/organizations?contry=GB&q=&limit=0&near=x&sector=nope")
        .await;
    let mut pointers: Vec<_> = faults(&all)
        .into_iter()
        .map(|(pointer, _)| pointer)
        .collect();
    pointers.sort();
    assert_eq!(pointers, ["/contry", "/limit", "/near", "/q", "/sector"]);
    // Parameters of writes are read as strictly.
    let token = server.token(Role::Moderator).await;
    for query in ["refresh=true", "refresh=", "refesh=wait_for"] {
        let refused = server
            .post(
                &format!("/v1/organizations?{query}"),
                Some(&token),
                &organization("Never"),
            )
            .await;
        assert_eq!(faults(&refused).len(), 1, "{query}");
    }
}

async fn an_unknown_code_gets_a_suggestion_in_every_filter(server: Server) {
    for (query, near) in [
        ("country=UK", "GB"),
        ("country=gb", "GB"),
        ("country=Germany", "DE"),
        ("sector=hostng", "hosting"),
        ("organization_type=worker_coop", "worker_cooperative"),
        ("network=cotec", "cotech"),
        ("verification=verifid", "verified"),
        ("ica_region=europ", "europe"),
    ] {
        let answer = server.get(&format!("/v1/organizations?{query}")).await;
        let faults = faults(&answer);
        assert_eq!(faults.len(), 1, "{query}");
        assert_eq!(
            faults[0].0,
            format!("/{}", query.split('=').next().unwrap())
        );
        assert!(
            faults[0].1.ends_with(&format!("did you mean \"{near}\"?")),
            "{query}: {faults:?}"
        );
    }
    for query in [
        "country=ZZ",
        "sector=zzzzzz",
        "language=not%20a%20tag",
        "network=zzzzzz",
        "ica_region=mars",
    ] {
        let faults = faults(
            &server
                .get(&format!("/v1/organizations?{query}&country=GB"))
                .await,
        );
        assert_eq!(faults.len(), 1, "{query}");
        assert!(!faults[0].1.contains("did you mean"), "{query}: {faults:?}");
    }
}

async fn a_language_is_found_by_each_of_its_codes(server: Server) {
    let token = server.token(Role::Moderator).await;
    let languages = [
        ("de", vec!["de", "deu", "ger"]),
        ("en", vec!["en", "eng", "EN"]),
        ("fr", vec!["fr", "fra", "fre"]),
        ("he", vec!["he", "iw", "heb"]),
        ("id", vec!["id", "in"]),
        ("pt-BR", vec!["pt-BR", "pt-br", "por-BR"]),
        ("x-guild", vec!["x-guild", "X-Guild"]),
        ("yi", vec!["yi", "ji"]),
        ("zh", vec!["zh", "zho", "chi", "cmn"]),
        ("de-CH-1996", vec!["de-CH-1996", "deu-ch-1996"]),
        ("sl-biske-rozaj", vec!["sl-rozaj-biske"]),
        ("es-419", vec!["es-419", "spa-419"]),
    ];
    for (code, tags) in &languages {
        for tag in tags {
            let mut body = organization("Guild of Letters");
            body["languages"] = json!([tag]);
            let path = "/v1/organizations?refresh=wait_for";
            let created = server.post(path, Some(&token), &body).await;
            assert_eq!(created.status, 201, "{tag}: {}", created.text());
            assert_eq!(created.json()["languages"], json!([code]), "{tag}");
        }
    }
    let page = server.get("/v1/organizations?facets=language").await.json();
    for (code, tags) in &languages {
        // German has its Swiss kind besides.
        let total = tags.len() + if *code == "de" { 2 } else { 0 };
        for tag in tags {
            let path = format!("/v1/organizations?language={tag}");
            assert_eq!(server.get(&path).await.json()["total"], total, "{tag}");
        }
        let counted = json!({"value": code, "count": total});
        let facet = page["facets"]["language"].as_array().unwrap();
        assert!(facet.contains(&counted), "{counted}: {facet:?}");
    }
    // The spec allows what is sent and what comes back.
    let spec = server.get("/openapi.json").await.json();
    let schemas = &spec["components"]["schemas"];
    let tag = &schemas["OrganizationInput"]["properties"]["languages"]["items"];
    let tag = jsonschema::validator_for(tag).unwrap();
    for sent in languages.iter().flat_map(|(_, tags)| tags) {
        assert!(tag.is_valid(&json!(sent)), "{sent}");
    }
    assert!(!tag.is_valid(&json!("English language")));
}

async fn languages_are_found_in_any_case(server: Server) {
    let token = server.token(Role::Moderator).await;
    let mut body = organization("Guild of Letters");
    for languages in [json!(["EN", "pt-br"]), json!(["en", "zh-HANT"])] {
        body["languages"] = languages;
        let path = "/v1/organizations?refresh=wait_for";
        let created = server.post(path, Some(&token), &body).await;
        assert_eq!(created.status, 201, "{}", created.text());
    }
    for (filter, total) in [
        ("en", 2),
        ("EN", 2),
        ("pt-BR", 1),
        ("PT-br", 1),
        ("Pt", 1),
        ("zh-hant", 1),
        ("fr", 0),
    ] {
        let path = format!("/v1/organizations?language={filter}");
        assert_eq!(server.get(&path).await.json()["total"], total, "{filter}");
    }
    let page = server
        .get("/v1/organizations?facets=language&sort=-created_at")
        .await
        .json();
    assert_eq!(
        page["facets"]["language"],
        json!([
            {"value": "en", "count": 2},
            {"value": "pt", "count": 1},
            {"value": "pt-BR", "count": 1},
            {"value": "zh", "count": 1},
            {"value": "zh-Hant", "count": 1},
        ])
    );
    assert_eq!(page["items"][0]["languages"], json!(["en", "zh-Hant"]));
    assert_eq!(page["items"][1]["languages"], json!(["en", "pt-BR"]));
}
