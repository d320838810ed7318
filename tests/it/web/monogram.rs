use super::Employer;
use super::html::{json_ld, text};
use super::xml::parse;
use crate::harness::{Answer, Server, on_both_databases};

on_both_databases!(who_has_no_logo_has_one_drawn);

async fn who_has_no_logo_has_one_drawn(server: Server) {
    let employer = Employer::named(server, "<b>Toad & \"Lane\" Stores").await;
    let server = &employer.server;
    let slug = employer.view["slug"].as_str().unwrap();
    let page = format!("/organizations/{slug}");
    let (at, logo) = (format!("{}{page}", server.url), format!("{page}/logo.svg"));
    let job = employer.page("Keeper of the till").await;
    let html = server.get(&job).await.text();
    let organization = &json_ld(&html)["hiringOrganization"];
    assert_eq!(organization["sameAs"], at);
    assert_eq!(organization["logo"], format!("{}{logo}", server.url));
    // What is marked up is on the page.
    assert!(text(&html).contains(&format!("{at}/logo.svg")), "{html}");

    let drawn = server.get(&logo).await;
    assert_eq!(drawn.status, 200, "{}", drawn.text());
    assert_eq!(drawn.header("content-type"), "image/svg+xml");
    assert_eq!(
        drawn.header("content-security-policy"),
        "default-src 'none'"
    );
    let svg = parse(&drawn.text());
    assert_eq!(svg.name, "svg");
    assert_eq!(svg.attributes["aria-label"], "<b>Toad & \"Lane\" Stores");
    assert_eq!(svg.text_of("text"), "BT");
    let again = server
        .request("GET", &logo)
        .header("if-none-match", drawn.etag());
    assert_eq!(Answer::of(again).await.status, 304);

    server
        .get("/organizations/nobody/logo.svg")
        .await
        .problem(404);
    let id = employer.view["id"].as_str().unwrap();
    let archive = format!("/v1/organizations/{id}/archive");
    let archived = server
        .post(&archive, Some(&employer.moderator), &serde_json::json!({}))
        .await;
    assert_eq!(archived.status, 200, "{}", archived.text());
    server.get(&logo).await.problem(410);
}
