//! Every page that is not in the spec, against the committed list: who asks makes no difference.

use crate::harness::{Answer, Person, Role, Server, on_both_databases, organization, sources};
use crate::saved_searches::{every_job, save};
use serde_json::json;
use std::fmt::Write as _;

on_both_databases!(every_page_answers_everybody_alike);

/// Method and path, as the list and the source have them.
type Route = (String, String);

fn committed() -> Vec<(Route, String)> {
    let lines = include_str!("pages.txt").lines();
    let read = lines.map(|line| {
        let mut words = line.splitn(3, ' ').map(str::to_owned);
        let mut next = || words.next().unwrap();
        ((next(), next()), next())
    });
    read.collect()
}

/// What stands in quotes after a word.
fn quoted_after<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(word)?;
    rest.split('"').next()
}

/// The routes of a source file: attributes, resources with their methods, and single routes.
fn registered(file: &str, source: &str) -> Vec<Route> {
    let mut found = Vec::new();
    let mut add = |method: &str, path: &str| found.push((method.to_uppercase(), path.to_owned()));
    let mut resource = None;
    // A route may be written on one line or on several.
    let joined = source.replace("(\n", "(").replace("( ", "(");
    for line in joined.lines().map(str::trim) {
        for method in ["get", "post", "put", "patch", "delete", "head"] {
            if let Some(path) = quoted_after(line, &format!("#[{method}(\"")) {
                add(method, path);
            }
            if let Some(path) = resource
                && line.starts_with(&format!(".{method}("))
            {
                add(method, path);
            }
        }
        if let Some((_, rest)) = line.split_once("web::resource(") {
            let path = rest.trim_start_matches([' ', '"']).split('"').next();
            resource = path.filter(|path| path.starts_with('/'));
            assert!(
                resource.is_some(),
                "{file} names a resource otherwise: {line}"
            );
        }
        if line.ends_with(';') {
            resource = None;
        }
        assert!(!line.starts_with("#[route("), "{file}: {line}");
    }
    found
}

#[test]
fn every_page_of_the_source_is_in_the_committed_list() {
    let files = sources();
    let of_spec = super::routes::routes();
    let is_of_spec = |(method, path): &Route| {
        of_spec
            .iter()
            .any(|(listed, at, _)| listed == method && (at == path || *at == format!("/v1{path}")))
    };
    // What no attribute names: the scope of the files of `/docs`, and the private feeds.
    let mut pages: Vec<Route> = [
        ("GET", "/docs/{file}"),
        ("GET", "/feeds/saved-searches/{token}.atom"),
    ]
    .map(|(method, path)| (method.to_owned(), path.to_owned()))
    .to_vec();
    let mut otherwise = Vec::new();
    for (file, source) in &files {
        let found = registered(file, source);
        let is_page = |route: &Route| file.starts_with("/web/") || !is_of_spec(route);
        pages.extend(found.into_iter().filter(is_page));
        let names = ["web::scope(", ".route(", "App::new()"];
        for (name, count) in names.map(|name| (name, source.matches(name).count())) {
            if count > 0 {
                otherwise.push(format!("{file} {name} {count}"));
            }
        }
    }
    otherwise.sort();
    assert_eq!(
        otherwise,
        [
            "/app.rs App::new() 1",
            "/duplicates/mod.rs .route( 1",
            "/openapi.rs App::new() 1",
            "/operations/docs.rs web::scope( 1",
            "/saved_searches/mod.rs .route( 1",
        ],
        "a route that this test does not read: put its page into the list"
    );
    pages.sort();
    let listed: Vec<_> = committed().into_iter().map(|(route, _)| route).collect();
    assert_eq!(
        pages, listed,
        "a page that anybody can ask for is a decision"
    );
}

/// What the pages are about: a public listing with a job, and a saved search.
struct World {
    server: Server,
    feed: String,
}

impl World {
    async fn new(server: Server, person: &Person) -> Self {
        let moderator = server.token(Role::Moderator).await;
        let posted = server
            .post(
                "/v1/organizations?refresh=wait_for",
                Some(&moderator),
                &organization("Listed"),
            )
            .await;
        let job = json!({
            "organization_id": posted.id(),
            "title": "Baker",
            "description": "You bake.",
            "employment_types": ["full_time"],
            "workplace": "on_site",
            "locations": [{"country": "GB"}],
            "apply_url": "https://jobs.example.coop/",
        });
        let path = "/v1/jobs?refresh=wait_for";
        let job = server.post(path, Some(&moderator), &job).await;
        assert_eq!(job.json()["slug"], "baker-listed", "{}", job.text());
        let saved = save(&server, person, &every_job("none", "instant")).await;
        let feed = saved.json()["feed_url"].as_str().unwrap().to_owned();
        let feed = feed.strip_prefix(&server.url).unwrap().to_owned();
        Self { server, feed }
    }

    fn filled(&self, path: &str) -> String {
        match path {
            "/docs/{file}" => "/docs/index.html".to_owned(),
            "/feeds/saved-searches/{token}.atom" => self.feed.clone(),
            "/sitemap-{number:[0-9]+}.xml" => "/sitemap-1.xml".to_owned(),
            path if path.starts_with("/organizations/") => path.replace("{id}", "listed"),
            path => path.replace("{id}", "baker-listed"),
        }
    }
}

async fn every_page_answers_everybody_alike(server: Server) {
    let member = server.person(Role::Member).await;
    let admin = server.token(Role::Admin).await;
    let world = World::new(server, &member).await;
    // What is pointed to elsewhere is not asked for.
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let client = client.build().unwrap();
    let mut now = String::new();
    for ((method, path), _) in committed() {
        let filled = world.filled(&path);
        write!(now, "{method} {path}").unwrap();
        for token in [None, Some(&member.token), Some(&admin)] {
            let url = format!("{}{filled}", world.server.url);
            let mut request = client.request(method.parse().unwrap(), url);
            if method == "POST" {
                // What is missing is the token of a mail.
                let form = "application/x-www-form-urlencoded";
                request = request.header("content-type", form).body("");
            }
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            let answer = Answer::of(request).await;
            assert!(answer.status < 500, "{method} {path}: {}", answer.text());
            write!(now, " {}", answer.status).unwrap();
        }
        now.push('\n');
    }
    assert_eq!(now, include_str!("pages.txt"), "\n{now}");
}
