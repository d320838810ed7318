use super::Employer;
use super::html::{all, elements, json_ld, text};
use crate::harness::{Answer, Server, on_both_databases, organization};
use serde_json::json;

on_both_databases!(an_organization_has_a_page, what_left_or_moved_says_so,);

async fn an_organization_has_a_page(server: Server) {
    let mut body = organization("Toad Lane Stores");
    body["legal_name"] = json!("Toad Lane Stores Limited");
    body["summary"] = json!("Flour and butter, honestly weighed.");
    body["description"] = json!("# Weavers\n\n**Honest** weights.");
    body["website"] = json!("https://stores.example.coop/");
    body["founded_on"] = json!("1844-08-15");
    body["address"] = json!({"street": "31 Toad Lane", "locality": "Rochdale", "country": "GB"});
    body["identifiers"] = json!([{"scheme": "GB-MPR", "value": "1"}]);
    body["networks"] = json!(["coops-uk"]);
    let employer = Employer::new(server, body).await;
    let server = &employer.server;
    let (id, slug) = (
        employer.view["id"].as_str().unwrap(),
        employer.view["slug"].as_str().unwrap(),
    );
    let attestation = json!({"kind": "registration", "issuer": "The register", "evidence_url": "https://register.example.org/1"});
    let attested = server
        .post(
            &format!("/v1/organizations/{id}/attestations"),
            Some(&employer.moderator),
            &attestation,
        )
        .await;
    assert_eq!(attested.status, 201, "{}", attested.text());
    let first = employer.page("First job").await;
    let second = employer.page("Second job").await;
    let page = server.get(&format!("/organizations/{slug}")).await;
    assert_eq!(page.status, 200);
    let html = page.text();
    let by_id = server.get(&format!("/organizations/{id}")).await;
    assert_eq!(by_id.text(), html);
    let elements = elements(&html);
    let links = all(&elements, "a");
    let at = |to: &str| {
        links
            .iter()
            .position(|link| link.attributes["href"] == to)
            .unwrap_or_else(|| panic!("{to}: {html}"))
    };
    assert!(at(&second) < at(&first), "the newest first");
    at("https://register.example.org/1");
    let document = json_ld(&html);
    assert_eq!(document["@type"], "Organization");
    assert_eq!(document["name"], "Toad Lane Stores");
    assert_eq!(document["url"], "https://stores.example.coop/");
    assert_eq!(document["address"]["addressCountry"], "GB");
    let shown = text(&html);
    for words in [
        "Toad Lane Stores Limited",
        "Flour and butter, honestly weighed.",
        "Weavers",
        "31 Toad Lane, Rochdale, United Kingdom",
        "15 August 1844",
        "GB-MPR 1",
        "The register",
        "This organization is verified.",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let known = server
        .request("GET", &format!("/organizations/{slug}"))
        .header("if-none-match", page.etag());
    assert_eq!(Answer::of(known).await.status, 304);
}

async fn what_left_or_moved_says_so(server: Server) {
    let employer = Employer::named(server, "Stores").await;
    let server = &employer.server;
    let other = server
        .post(
            "/v1/organizations",
            Some(&employer.moderator),
            &organization("The Mill"),
        )
        .await;
    let id = employer.view["id"].as_str().unwrap();
    let merged = server
        .post(
            &format!("/v1/organizations/{}/merge", other.id()),
            Some(&employer.moderator),
            &json!({"into": id, "note": "the same shop"}),
        )
        .await;
    assert_eq!(merged.status, 200, "{}", merged.text());
    let path = format!("{}/organizations/{}", server.url, other.id());
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let moved = Answer::of(client.get(path)).await;
    assert_eq!(moved.status, 308, "{}", moved.text());
    let slug = employer.view["slug"].as_str().unwrap();
    assert_eq!(moved.header("location"), format!("/organizations/{slug}"));
    let job = employer.page("A job").await;
    let archived = server
        .post(
            &format!("/v1/organizations/{id}/archive"),
            Some(&employer.moderator),
            &json!({"note": "closed"}),
        )
        .await;
    assert!(archived.status < 300, "{}", archived.text());
    for path in [format!("/organizations/{id}"), job] {
        let page = server.get(&path).await;
        assert_eq!(page.status, 410, "{path}");
        assert!(page.text().contains("no longer listed"), "{path}");
    }
    let page = server.get("/organizations/nobody").await;
    assert_eq!(page.status, 404);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
}
