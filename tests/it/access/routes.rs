use crate::harness::{Answer, Role, Server, filled, on_both_databases, organization};
use serde_json::Value;

on_both_databases!(every_other_route_needs_a_token);

/// Method, path, and whether the spec asks for a token.
pub fn routes() -> Vec<(String, String, bool)> {
    let spec: Value =
        serde_json::from_str(&toadlane::openapi::openapi().to_json().unwrap()).unwrap();
    let mut routes = Vec::new();
    for (path, item) in spec["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let schemes = operation["security"].as_array();
            // An empty alternative, or no list at all, means that nobody has to log in.
            let needs = schemes.is_some_and(|schemes| {
                schemes
                    .iter()
                    .all(|scheme| scheme != &serde_json::json!({}))
            });
            routes.push((method.to_uppercase(), path.clone(), needs));
        }
    }
    routes.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    routes
}

#[test]
fn routes_without_login_are_those_of_the_committed_list() {
    let open: Vec<_> = routes()
        .into_iter()
        .filter(|(_, _, needs)| !needs)
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    let committed: Vec<_> = include_str!("routes_without_login.txt").lines().collect();
    assert_eq!(
        open, committed,
        "a route that needs no login is a decision: change the list with it"
    );
}

async fn every_other_route_needs_a_token(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let listed = server
        .post(
            "/v1/organizations?refresh=wait_for",
            Some(&moderator),
            &organization("Listed"),
        )
        .await;
    let mut guarded = 0;
    for (method, path, needs) in routes() {
        let path = filled(&path);
        let media_type = if method == "PATCH" {
            "application/merge-patch+json"
        } else {
            "application/json"
        };
        let request = || {
            server
                .request(&method, &path)
                .header("if-match", listed.etag())
                .header("content-type", media_type)
                .body(organization("Intruder").to_string())
        };
        let anonymous = Answer::of(request()).await;
        if needs {
            guarded += 1;
            assert_eq!(
                anonymous.problem(401)["type"],
                "/problems/unauthorized",
                "{method} {path}"
            );
            assert_eq!(
                anonymous.header("www-authenticate"),
                "Bearer",
                "{method} {path}"
            );
            for credentials in [
                "Bearer",
                "Bearer ",
                "Bearer x",
                "Bearer a.b.c",
                "Basic YTpi",
                "x",
                "bearer  ",
            ] {
                let answer = Answer::of(request().header("authorization", credentials)).await;
                answer.problem(401);
                assert_eq!(
                    answer.header("www-authenticate"),
                    "Bearer error=\"invalid_token\"",
                    "{method} {path} {credentials}"
                );
            }
        } else {
            let guarded_anyway = anonymous.status == 401 && path != "/v1/auth/login";
            assert!(
                !guarded_anyway,
                "{method} {path} asks for a token that the spec does not mention"
            );
        }
    }
    assert!(guarded >= 3, "{guarded}");
    assert_eq!(
        server.get("/v1/organizations/listed").await.text(),
        listed.text()
    );
    assert_eq!(server.get("/v1/organizations").await.json()["total"], 1);
    // Reading with a token that is not valid is refused too, not answered as for nobody.
    server
        .get_as("/v1/organizations/listed", "x")
        .await
        .problem(401);
    server.get_as("/v1/organizations", "x").await.problem(401);
    server
        .get_as("/v1/organizations/listed/history", "x")
        .await
        .problem(401);
}
