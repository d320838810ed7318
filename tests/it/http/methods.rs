use crate::harness::{Answer, Role, Server, filled, on_both_databases, organization};
use serde_json::Value;
use std::collections::BTreeSet;

on_both_databases!(
    head_is_get_without_the_body,
    a_wrong_method_is_told_the_right_ones,
    options_are_told_on_every_path,
    an_unknown_path_is_a_problem,
);

/// Every path of the spec with its methods, its parameters filled in.
fn paths() -> Vec<(String, BTreeSet<String>)> {
    let spec: Value =
        serde_json::from_str(&toadlane::openapi::openapi().to_json().unwrap()).unwrap();
    let paths = spec["paths"].as_object().unwrap();
    paths
        .iter()
        .map(|(path, item)| {
            let methods = item
                .as_object()
                .unwrap()
                .keys()
                .map(|method| method.to_uppercase());
            (filled(path), methods.collect())
        })
        .collect()
}

async fn head_is_get_without_the_body(server: Server) {
    let token = server.token(Role::Moderator).await;
    let path = "/v1/organizations?refresh=wait_for";
    server
        .post(path, Some(&token), &organization("Listed"))
        .await;
    let mut pages: Vec<_> = paths()
        .into_iter()
        .filter(|(_, methods)| methods.contains("GET"))
        .map(|(path, _)| {
            if path == "/v1/suggest" {
                format!("{path}?q=listed")
            } else {
                path
            }
        })
        .collect();
    pages.extend(["/docs", "/docs/", "/v1/organizations/nobody", "/nowhere"].map(str::to_owned));
    for path in pages {
        let get = server.get(&path).await;
        let head = Answer::of(server.request("HEAD", &path)).await;
        assert_eq!(head.status, get.status, "{path}");
        assert_eq!(head.text(), "", "{path}");
        let names = |answer: &Answer| {
            // The exposed headers come in any order.
            let own = [
                "date",
                "x-request-id",
                "content-length",
                "transfer-encoding",
                "access-control-expose-headers",
            ];
            let names = answer
                .headers
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
            names
                .filter(|(name, _)| !own.contains(&name.as_str()))
                .collect::<BTreeSet<_>>()
        };
        assert_eq!(names(&head), names(&get), "{path}");
    }
    assert_eq!(
        Answer::of(server.request("HEAD", "/v1/auth/login"))
            .await
            .status,
        405
    );
}

async fn a_wrong_method_is_told_the_right_ones(server: Server) {
    let token = server.token(Role::Moderator).await;
    server
        .post("/v1/organizations", Some(&token), &organization("Listed"))
        .await;
    for (path, methods) in paths() {
        let mut allowed = methods.clone();
        allowed.insert("OPTIONS".to_owned());
        if methods.contains("GET") {
            allowed.insert("HEAD".to_owned());
        }
        for method in [
            "GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "QUERY",
        ] {
            if allowed.contains(method) {
                continue;
            }
            let answer = Answer::of(server.request(method, &path)).await;
            let problem = answer.problem(405);
            assert_eq!(
                problem["type"], "/problems/method-not-allowed",
                "{method} {path}"
            );
            assert_eq!(problem["instance"], path);
            let told: BTreeSet<_> = answer
                .header("allow")
                .split(", ")
                .map(str::to_owned)
                .collect();
            assert_eq!(told, allowed, "{method} {path}");
        }
    }
    for path in ["/docs", "/docs/"] {
        let answer = Answer::of(server.request("POST", path)).await;
        answer.problem(405);
        assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
    }
}

async fn options_are_told_on_every_path(server: Server) {
    for (path, methods) in paths() {
        let answer = Answer::of(server.request("OPTIONS", &path)).await;
        assert_eq!((answer.status, answer.text().as_str()), (204, ""), "{path}");
        for method in methods {
            assert!(
                answer.header("allow").contains(&method),
                "{path}: {}",
                answer.header("allow")
            );
        }
    }
    Answer::of(server.request("OPTIONS", "/nowhere"))
        .await
        .problem(404);
}

async fn an_unknown_path_is_a_problem(server: Server) {
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v2/organizations",
        "/v1/organizations/",
        "/v1/organizations/a/b",
        "/v1/taxonomies/",
        "/v1/taxonomies/nothing",
        "/problems/nothing",
        "/v1/feeds/services",
        "/favicon.ico",
        "/.env",
        "/healthz/",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let answer = Answer::of(server.request(method, path)).await;
            if method == "GET" {
                let problem = answer.problem(404);
                assert_eq!(
                    (&problem["type"], &problem["instance"]),
                    (&"/problems/not-found".into(), &path.into())
                );
            } else {
                assert!(
                    answer.status == 404 || answer.status == 405,
                    "{method} {path}"
                );
            }
        }
    }
}
