use super::{operations, spec};
use crate::harness::{Answer, Role, Server, on_both_databases, organization};
use std::path::Path;

on_both_databases!(what_the_spec_names_is_there);

async fn what_the_spec_names_is_there(server: Server) {
    let token = server.token(Role::Moderator).await;
    let listed = server
        .post(
            "/v1/organizations?refresh=wait_for",
            Some(&token),
            &organization("Listed"),
        )
        .await;
    assert_eq!(listed.status, 201);
    for (path, method, _) in operations(&spec()) {
        let filled = path
            .replace("{id}", "listed")
            .replace("{taxonomy}", "sectors")
            .replace("{kind}", "validation")
            .replace("{other}", "listed");
        let request = server
            .request(&method.to_uppercase(), &filled)
            .bearer_auth(&token);
        let answer = Answer::of(request).await;
        // A record that is not there is another matter than a route that is not.
        let missing = answer.status == 404
            && answer.json()["detail"] == "there is nothing at this path; see /docs";
        assert!(
            !missing && answer.status != 405,
            "{method} {path}: {}",
            answer.text()
        );
    }
}

/// Every `#[get("…")]` and the like of the source: method and path as written there.
fn attributes(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // Pages for people are not in the spec.
        if path.is_dir() && path.ends_with("src/web") {
            continue;
        }
        if path.is_dir() {
            attributes(&path, found);
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        for line in source.lines() {
            for method in ["get", "post", "put", "patch", "delete", "head"] {
                if let Some(rest) = line.strip_prefix(&format!("#[{method}(\"")) {
                    found.push((
                        method.to_owned(),
                        rest.split('"').next().unwrap().to_owned(),
                    ));
                }
            }
            assert!(
                !line.starts_with("#[route("),
                "{} uses a form this test does not read",
                path.display()
            );
        }
    }
}

#[test]
fn every_route_of_the_source_is_in_the_spec() {
    let mut found = Vec::new();
    attributes(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../api/src")),
        &mut found,
    );
    let operations = operations(&spec());
    let mut listed = 0;
    for (method, path) in found {
        if path == "/docs" {
            continue;
        }
        let is_listed = operations.iter().any(|(listed, listed_method, _)| {
            *listed_method == method && (*listed == path || *listed == format!("/v1{path}"))
        });
        assert!(
            is_listed,
            "{method} {path} is not in the spec: register it in routes()"
        );
        listed += 1;
    }
    assert_eq!(listed, operations.len());
}
