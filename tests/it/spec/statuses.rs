use super::{faults, resolve, spec};
use crate::changes::support::ready;
use crate::harness::{Answer, Role, Server, on_both_databases, organization};
use serde_json::{Value, json};

on_both_databases!(what_is_answered_is_documented);

/// The spec, and every answer met so far.
struct Met {
    spec: Value,
    count: usize,
}

impl Met {
    /// The status, the media type, the headers and the body are those of the spec.
    fn check(&mut self, method: &str, path: &str, answer: &Answer, expected: u16) {
        let at = format!("{expected} of {method} {path}");
        assert_eq!(answer.status, expected, "{at}: {}", answer.text());
        let operation = &self.spec["paths"][path][method];
        let response = resolve(&self.spec, &operation["responses"][expected.to_string()]);
        assert!(response.is_object(), "{at} is not documented");
        for name in response["headers"]
            .as_object()
            .into_iter()
            .flat_map(|headers| headers.keys())
        {
            // A page has a next one only if there is one.
            assert!(
                name == "Link" || !answer.header(name).is_empty(),
                "{at} has no {name}"
            );
        }
        let media_type = answer.header("content-type").split(';').next().unwrap();
        match response["content"].as_object() {
            None => assert_eq!(answer.text(), "", "{at}"),
            Some(content) => {
                let media = content.get(media_type);
                let schema = &media
                    .unwrap_or_else(|| panic!("{at}: {media_type} is not documented"))["schema"];
                if media_type.ends_with("json") {
                    let faults = faults(&self.spec, schema, &answer.json());
                    assert!(faults.is_empty(), "{at}: {faults:?} in {}", answer.text());
                }
            }
        }
        self.count += 1;
    }
}

async fn what_is_answered_is_documented(server: Server) {
    let mut met = Met {
        spec: spec(),
        count: 0,
    };
    let moderator = server.token(Role::Moderator).await;
    let member = server.token(Role::Member).await;
    reads(&server, &mut met, &moderator).await;
    creates(&server, &mut met, &moderator).await;
    changes(&server, &mut met, &moderator, &member).await;
    clients(&server, &mut met, &member).await;
    assert!(met.count >= 80, "{}", met.count);
}

#[expect(clippy::too_many_lines, reason = "a table")]
async fn reads(server: &Server, met: &mut Met, moderator: &str) {
    let mut body = toadlane::organizations::view::sample_input();
    body["name"] = json!("Listed");
    let listed = server
        .post("/v1/organizations?refresh=wait_for", Some(moderator), &body)
        .await;
    met.check("post", "/v1/organizations", &listed, 201);
    ready(server).await;
    for path in [
        "/.well-known/api-catalog",
        "/.well-known/jwks.json",
        "/healthz",
        "/metrics",
        "/openapi.json",
        "/openapi.yaml",
        "/readyz",
        "/v1/feeds/organizations",
        "/v1/organizations",
        "/v1/stats",
    ] {
        met.check("get", path, &server.get(path).await, 200);
    }
    for list in [
        "sectors",
        "skills",
        "organization-types",
        "networks",
        "ica-regions",
    ] {
        met.check(
            "get",
            "/v1/taxonomies/{taxonomy}",
            &server.get(&format!("/v1/taxonomies/{list}")).await,
            200,
        );
    }
    for (template, path, status) in [
        ("/problems/{kind}", "/problems/gone", 200),
        ("/problems/{kind}", "/problems/nothing", 404),
        (
            "/.well-known/security.txt",
            "/.well-known/security.txt",
            404,
        ),
        ("/v1/taxonomies/{taxonomy}", "/v1/taxonomies/nothing", 404),
        (
            "/v1/taxonomies/{taxonomy}",
            "/v1/taxonomies/sectors?x=1",
            400,
        ),
        ("/v1/stats", "/v1/stats?x=1", 400),
        ("/v1/suggest", "/v1/suggest?q=list", 200),
        ("/v1/suggest", "/v1/suggest", 400),
        (
            "/v1/feeds/organizations",
            "/v1/feeds/organizations?limit=0",
            400,
        ),
        (
            "/v1/organizations",
            "/v1/organizations?q=listd&highlight=true&facets=country,sector,network",
            200,
        ),
        (
            "/v1/organizations",
            "/v1/organizations?q=rochdale+zebra&highlight=true",
            200,
        ),
        ("/v1/organizations", "/v1/organizations?limit=0", 400),
        ("/v1/organizations", "/v1/organizations?status=pending", 401),
        ("/v1/organizations/{id}", "/v1/organizations/listed", 200),
        (
            "/v1/organizations/{id}",
            "/v1/organizations/listed?x=1",
            400,
        ),
        ("/v1/organizations/{id}", "/v1/organizations/nobody", 404),
        (
            "/v1/organizations/{id}/history",
            "/v1/organizations/listed/history",
            200,
        ),
        (
            "/v1/organizations/{id}/history",
            "/v1/organizations/listed/history?limit=0",
            400,
        ),
        (
            "/v1/organizations/{id}/history",
            "/v1/organizations/nobody/history",
            404,
        ),
    ] {
        met.check("get", template, &server.get(path).await, status);
    }
    let queue = server
        .get_as("/v1/organizations?status=archived", moderator)
        .await;
    met.check("get", "/v1/organizations", &queue, 200);
    for (template, path) in [
        ("/v1/organizations", "/v1/organizations"),
        ("/v1/organizations/{id}", "/v1/organizations/listed"),
        (
            "/v1/organizations/{id}/history",
            "/v1/organizations/listed/history",
        ),
    ] {
        met.check("get", template, &server.get_as(path, "x").await, 401);
    }
    for (template, path) in [
        ("/v1/organizations/{id}", "/v1/organizations/listed"),
        ("/v1/feeds/organizations", "/v1/feeds/organizations"),
    ] {
        let known = Answer::of(server.request("GET", path).header("if-none-match", "*")).await;
        met.check("get", template, &known, 304);
    }
}

async fn creates(server: &Server, met: &mut Met, moderator: &str) {
    let path = "/v1/organizations";
    let with_key = |body: Value| {
        server
            .request("POST", path)
            .bearer_auth(moderator)
            .header("idempotency-key", "\"k\"")
            .json(&body)
    };
    met.check(
        "post",
        path,
        &Answer::of(with_key(organization("Keyed"))).await,
        201,
    );
    met.check(
        "post",
        path,
        &Answer::of(with_key(organization("Other"))).await,
        422,
    );
    met.check(
        "post",
        path,
        &server.post(path, None, &organization("x")).await,
        401,
    );
    met.check(
        "post",
        path,
        &server.post(path, Some(moderator), &json!({})).await,
        400,
    );
    let typed = |media_type: &str, body: String| {
        server
            .request("POST", path)
            .bearer_auth(moderator)
            .header("content-type", media_type)
            .body(body)
    };
    met.check(
        "post",
        path,
        &Answer::of(typed("text/plain", "x".to_owned())).await,
        415,
    );
    met.check(
        "post",
        path,
        &Answer::of(typed("application/json", " ".repeat(2 << 20))).await,
        413,
    );
    let login = "/v1/auth/login";
    met.check(
        "post",
        login,
        &server.post(login, None, &json!({})).await,
        400,
    );
    let nobody = json!({"email": "nobody@example.coop", "password": "a long enough password"});
    met.check("post", login, &server.post(login, None, &nobody).await, 401);
    met.check(
        "post",
        login,
        &Answer::of(server.request("POST", login).body("x")).await,
        415,
    );
    let large = server
        .request("POST", login)
        .header("content-type", "application/json")
        .body(" ".repeat(2 << 20));
    met.check("post", login, &Answer::of(large).await, 413);
}

async fn clients(server: &Server, met: &mut Met, member: &str) {
    let path = "/v1/api-clients";
    let body = json!({"name": "Program", "scopes": ["jobs:write"]});
    let made = server.post(path, Some(member), &body).await;
    met.check("post", path, &made, 201);
    met.check("post", path, &server.post(path, None, &body).await, 401);
    for (name, value, status) in [
        ("name", json!(1), 400),
        ("source", json!("friends"), 403),
        ("organization_id", json!(uuid::Uuid::nil()), 404),
    ] {
        let mut body = body.clone();
        body[name] = value;
        let answer = server.post(path, Some(member), &body).await;
        met.check("post", path, &answer, status);
    }
    let client = made.json();
    let id = client["client_id"].as_str().unwrap();
    let token = |form: &str| {
        let secret = client["client_secret"].as_str();
        server
            .request("POST", "/oauth/token")
            .basic_auth(id, secret)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned())
    };
    let grant = "grant_type=client_credentials";
    let granted = Answer::of(token(grant)).await;
    met.check("post", "/oauth/token", &granted, 200);
    let wrong = Answer::of(token("grant_type=password")).await;
    met.check("post", "/oauth/token", &wrong, 400);
    let access = granted.json()["access_token"].as_str().unwrap().to_owned();

    met.check("get", path, &server.get_as(path, member).await, 200);
    met.check("get", path, &server.get_as(path, &access).await, 403);
    let one = format!("{path}/{id}");
    let template = "/v1/api-clients/{client_id}";
    met.check("get", template, &server.get_as(&one, member).await, 200);
    let secrets = "/v1/api-clients/{client_id}/secrets";
    let answer = server
        .post(&format!("{one}/secrets"), Some(member), &json!({}))
        .await;
    met.check("post", secrets, &answer, 201);
    let answer = server
        .post(&format!("{one}/secrets"), Some(member), &json!({"a": 1}))
        .await;
    met.check("post", secrets, &answer, 400);
    met.check(
        "delete",
        template,
        &server.delete(&one, member, "").await,
        204,
    );
    for method in ["get", "delete"] {
        let request = server.request(&method.to_uppercase(), &one);
        let gone = Answer::of(request.bearer_auth(member)).await;
        met.check(method, template, &gone, 404);
    }
    let ended = Answer::of(token(grant)).await;
    met.check("post", "/oauth/token", &ended, 401);
}

#[expect(clippy::too_many_lines, reason = "one status after the other")]
async fn changes(server: &Server, met: &mut Met, moderator: &str, member: &str) {
    let template = "/v1/organizations/{id}";
    let created = server
        .post(
            "/v1/organizations",
            Some(moderator),
            &organization("Changing"),
        )
        .await;
    let path = created.header("location").to_owned();
    let body = json!({"members_count": 1});
    let patched = server.patch(&path, moderator, created.etag(), &body).await;
    met.check("patch", template, &patched, 200);
    met.check(
        "patch",
        template,
        &server.patch(&path, moderator, created.etag(), &body).await,
        412,
    );
    met.check(
        "patch",
        template,
        &server
            .patch(&path, moderator, "*", &json!({"name": null}))
            .await,
        400,
    );
    for (method, media_type) in [("patch", "application/merge-patch+json"), ("delete", "")] {
        let request = |token: &str, path: &str| {
            let request = server
                .request(&method.to_uppercase(), path)
                .bearer_auth(token);
            if media_type.is_empty() {
                request
            } else {
                request.header("content-type", media_type).body("{}")
            }
        };
        met.check(
            method,
            template,
            &Answer::of(request(moderator, &path)).await,
            428,
        );
        met.check(
            method,
            template,
            &Answer::of(request("x", &path).header("if-match", "*")).await,
            401,
        );
        met.check(
            method,
            template,
            &Answer::of(request(member, &path).header("if-match", "*")).await,
            403,
        );
        let nobody = "/v1/organizations/nobody";
        met.check(
            method,
            template,
            &Answer::of(request(moderator, nobody).header("if-match", "*")).await,
            404,
        );
        let unknown = format!("{path}?x=1");
        met.check(
            method,
            template,
            &Answer::of(request(moderator, &unknown).header("if-match", "*")).await,
            400,
        );
    }
    let typed = server
        .request("PATCH", &path)
        .bearer_auth(moderator)
        .header("if-match", "*")
        .body("{}");
    met.check("patch", template, &Answer::of(typed).await, 415);
    let large = server
        .request("PATCH", &path)
        .bearer_auth(moderator)
        .header("if-match", "*")
        .header("content-type", "application/merge-patch+json")
        .body(" ".repeat(2 << 20));
    met.check("patch", template, &Answer::of(large).await, 413);
    met.check(
        "delete",
        template,
        &server.delete(&path, moderator, created.etag()).await,
        412,
    );
    met.check(
        "delete",
        template,
        &server.delete(&path, moderator, patched.etag()).await,
        204,
    );
    met.check(
        "delete",
        template,
        &server.delete(&path, moderator, "*").await,
        410,
    );
    met.check(
        "patch",
        template,
        &server.patch(&path, moderator, "*", &body).await,
        410,
    );
    met.check("get", template, &server.get(&path).await, 410);
    let history = format!("{path}/history");
    met.check(
        "get",
        "/v1/organizations/{id}/history",
        &server.get(&history).await,
        410,
    );
}
