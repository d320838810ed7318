use super::Employer;
use super::xml::parse;
use crate::changes::support::caught_up;
use crate::harness::{Server, on_both_databases};
use chrono::DateTime;
use entity::ids::OrganizationId;
use entity::organization;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::json;
use std::collections::HashSet;

on_both_databases!(
    what_is_public_is_on_the_map,
    a_part_is_read_once_while_the_index_stays_as_it_is,
    robots_are_told_where_it_is,
);

async fn what_is_public_is_on_the_map(server: Server) {
    let employer = Employer::named(server, "Stores").await;
    let server = &employer.server;
    let open = employer.page("Open").await;
    let closed = employer.post(&employer.job("Closed")).await;
    let path = format!("/v1/jobs/{}/close", closed["id"].as_str().unwrap());
    let token = Some(employer.editor.token.as_str());
    server
        .post(&path, token, &json!({"reason": "filled"}))
        .await;
    let answer = server.get("/sitemap.xml").await;
    assert_eq!(
        answer.header("content-type"),
        "application/xml; charset=utf-8"
    );
    assert_eq!(answer.header("cache-control"), "no-cache");
    let map = parse(&answer.text());
    assert_eq!(map.name, "urlset");
    assert_eq!(
        map.attributes["xmlns"],
        "http://www.sitemaps.org/schemas/sitemap/0.9"
    );
    let urls: Vec<_> = map
        .all("url")
        .iter()
        .map(|url| url.text_of("loc"))
        .collect();
    let slug = employer.view["slug"].as_str().unwrap();
    assert_eq!(
        urls,
        [
            format!("{}/organizations/{slug}", server.url),
            format!("{}{open}", server.url),
        ]
    );
    for url in map.all("url") {
        DateTime::parse_from_rfc3339(url.text_of("lastmod")).unwrap();
    }
    // The parts are there as well, and no others.
    for (part, urls) in [("1", 1), ("2", 1)] {
        let part = server.get(&format!("/sitemap-{part}.xml")).await;
        assert_eq!(parse(&part.text()).all("url").len(), urls);
    }
    for path in [
        "/sitemap-0.xml",
        "/sitemap-3.xml",
        "/sitemap-99999999999999999999999.xml",
    ] {
        server.get(path).await.problem(404);
    }
}

async fn a_part_is_read_once_while_the_index_stays_as_it_is(server: Server) {
    let employer = Employer::named(server, "Stores").await;
    let server = &employer.server;
    let urls = |path: &'static str| async move {
        let map = server.get(path).await;
        assert_eq!(map.status, 200, "{}", map.text());
        parse(&map.text()).all("url").len()
    };
    employer.page("Open").await;
    caught_up(server).await;
    for path in ["/sitemap.xml", "/sitemap-1.xml"] {
        let before = urls(path).await;
        // Rows that the index does not know of tell whether anybody reads them.
        list_many(&employer, before).await;
        assert_eq!(urls(path).await, before, "{path}");
        remove_copies(&employer).await;
    }
    // What changes the index is on the map.
    list_many(&employer, 3).await;
    employer.page("Another").await;
    caught_up(server).await;
    assert_eq!(urls("/sitemap.xml").await, 6);
    assert_eq!(urls("/sitemap-1.xml").await, 4);
}

async fn robots_are_told_where_it_is(server: Server) {
    let robots = server.get("/robots.txt").await;
    assert_eq!(robots.header("content-type"), "text/plain; charset=utf-8");
    let text = robots.text();
    for line in [
        "User-agent: *".to_owned(),
        "Disallow: /v1/".to_owned(),
        "Disallow: /jobs/*/apply".to_owned(),
        "Disallow: /jobs/*/email".to_owned(),
        format!("Sitemap: {}/sitemap.xml", server.url),
    ] {
        assert!(text.lines().any(|given| given == line), "{line}: {text}");
    }
}

/// Rows without a change log: only the map reads them.
async fn list_many(employer: &Employer, many: usize) {
    let state = &employer.server.state;
    let db = &state.store.db;
    let id = OrganizationId(employer.view["id"].as_str().unwrap().parse().unwrap());
    let row = organization::Entity::find_by_id(id).one(db).await.unwrap();
    let row = row.unwrap();
    let rows: Vec<_> = (0..many)
        .map(|number| {
            let mut copy = row.clone().into_active_model();
            copy.id = Set(OrganizationId(state.clock.new_id()));
            copy.slug = Set(format!("copy-{number}"));
            copy
        })
        .collect();
    for rows in rows.chunks(400) {
        organization::Entity::insert_many(rows.to_vec())
            .exec_without_returning(db)
            .await
            .unwrap();
    }
}

async fn remove_copies(employer: &Employer) {
    organization::Entity::delete_many()
        .filter(organization::Column::Slug.starts_with("copy-"))
        .exec(&employer.server.state.store.db)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_map_has_parts() {
    let server = Server::start(crate::harness::Database::Sqlite).await;
    let employer = Employer::named(server, "Stores").await;
    let server = &employer.server;
    employer.page("Open").await;
    list_many(&employer, 50_500).await;
    let index = parse(&server.get("/sitemap.xml").await.text());
    assert_eq!(index.name, "sitemapindex");
    let parts = index.all("sitemap");
    assert_eq!(parts.len(), 3);
    let mut urls = HashSet::new();
    for (part, expected) in parts.iter().zip([50_000, 501, 1]) {
        let path = part.text_of("loc").strip_prefix(&server.url).unwrap();
        let map = parse(&server.get(path).await.text());
        assert_eq!(map.all("url").len(), expected);
        urls.extend(
            map.all("url")
                .iter()
                .map(|url| url.text_of("loc").to_owned()),
        );
    }
    assert_eq!(urls.len(), 50_502);
}
