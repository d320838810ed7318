use crate::harness::{Answer, Role, Server, on_both_databases, organization};
use serde_json::json;

on_both_databases!(
    hostile_bodies_get_a_problem_document,
    bodies_of_another_type_are_refused,
    large_bodies_are_refused,
    logins_take_no_harm,
);

/// Bodies that are not JSON, or not JSON one can agree on.
fn malformed() -> Vec<Vec<u8>> {
    let mut bodies: Vec<Vec<u8>> = [
        "", " ", "{", "}", "[]", "null", "\"x\"", "1", "{\"name\"", "{name: 1}", "{'name': 1}",
        "{\"name\": \"a\"}}", "{\"name\": \"a\",}", "{\"name\": NaN}", "{\"name\": 1e400}", "{\"name\": 01}",
        "{\"name\": -1e999}", "{\"name\": +1}", "{\"name\": 0x1}", "{\"name\": \"\\ud800\"}",
        "{\"name\": \"\\udc00\\ud800\"}", "{\"name\": \"\\u00\"}", "{\"name\": \"\\x00\"}", "{\"\\ud800\": 1}",
        "{\"name\": \"a\u{0}b\"}", "{\"name\": \"a\nb\"}", "{\"name\": \"a\", \"name\": \"b\"}",
        "{\"name\": \"a\", \"\\u006eame\": \"b\"}", "{\"address\": {\"country\": \"GB\", \"country\": \"DE\"}}",
        "{\"name\": \"a\"} {\"name\": \"b\"}", "\u{feff}{\"name\": \"a\"}", "// comment\n{}", "<xml/>",
        "{\"__proto__\": {}} x",
    ]
    .into_iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        bodies.push(open.repeat(10_000).into_bytes());
        bodies.push(format!("{}1{}", open.repeat(10_000), close.repeat(10_000)).into_bytes());
        bodies.push(format!("{{\"name\": {}1{}}}", open.repeat(10_000), close.repeat(10_000)).into_bytes());
    }
    bodies.push(b"{\"name\": \"\xff\xfe\"}".to_vec());
    bodies.push(b"{\"name\": \"\xed\xa0\x80\"}".to_vec());
    bodies.push(b"{\"name\": \"\xc0\x80\"}".to_vec());
    bodies.push(b"{\"\xf0\x28\x8c\x28\": 1}".to_vec());
    bodies.push(vec![0; 1000]);
    bodies.push("{\"name\": \"a\"}".encode_utf16().flat_map(u16::to_le_bytes).collect());
    bodies
}

/// JSON that breaks the rules of an organization.
fn invalid() -> Vec<String> {
    let mut bodies = Vec::new();
    for value in [
        "\"nul \\u0000\"", "\"esc \\u001b\"", "\"del \\u007f\"", "\"c1 \\u0085\"", "\"\\r\\n\"", "-0", "1e308",
        "18446744073709551616", "[]", "{}", "true", "[[[[]]]]",
    ] {
        bodies.push(format!("{{\"organization_type\": \"other\", \"name\": {value}}}"));
        bodies.push(format!("{{\"organization_type\": \"other\", \"name\": \"a\", \"{{\\\"$gt\\\": 1}}\": {value}}}"));
    }
    for value in [
        "{\"lat\": 1e308, \"lon\": 0}", "{\"lat\": -1e308, \"lon\": -1e308}", "{\"lat\": 90.0000001, \"lon\": 0}",
        "{\"lat\": 0, \"lon\": 180.0000001}", "{\"lat\": \"0\", \"lon\": \"0\"}", "{\"lat\": null, \"lon\": 0}",
        "[1, 2]", "\"1,2\"", "[]", "{}", "0",
    ] {
        bodies.push(format!("{{\"organization_type\": \"other\", \"name\": \"a\", \"location\": {value}}}"));
    }
    for value in ["-0.5", "1e308", "1e-308", "99999999999999999999", "-99999999999999999999", "\"1\"", "[1]", "0.1e1"] {
        bodies.push(format!("{{\"organization_type\": \"other\", \"name\": \"a\", \"members_count\": {value}}}"));
    }
    for (field, value) in [
        ("address", "[\"a\", \"b\", \"c\", \"d\", \"GB\"]"), ("address", "[]"), ("links", "[[\"x\", \"https://x.example/\"]]"),
        ("links", "{}"), ("identifiers", "[[\"GB-COH\", \"1\"]]"), ("identifiers", "[null]"), ("tags", "{\"0\": \"a\"}"),
        ("tags", "[null]"), ("tags", "[[]]"), ("status", "0"), ("status", "{\"pending\": null}"), ("founded_on", "0"),
        ("founded_on", "\"-9999-01-01\""), ("founded_on", "\"+262143-01-01\""), ("founded_on", "\"2020-01-01T00:00:00Z\""),
        ("website", "\"https://[::1\""), ("website", "\"https://%00/\""), ("website", "\"https://a b/\""),
        ("website", "\"https://\\u202ea\\u0000/\""), ("email", "\"a@b@c\""), ("email", "\"\\u0000@b.example\""),
    ] {
        bodies.push(format!("{{\"organization_type\": \"other\", \"name\": \"a\", \"{field}\": {value}}}"));
    }
    let long = "x".repeat(900_000);
    bodies.push(format!("{{\"organization_type\": \"other\", \"name\": \"{long}\"}}"));
    bodies.push(format!("{{\"organization_type\": \"{long}\", \"name\": \"a\"}}"));
    bodies.push(format!("{{\"organization_type\": \"other\", \"name\": \"a\", \"{long}\": 1}}"));
    bodies.push(format!("{{\"organization_type\": \"other\", \"name\": \"a\", \"website\": \"https://{long}/\"}}"));
    bodies.push(format!("{{\"organization_type\": \"other\", \"name\": \"a\", \"sectors\": [\"{long}\"]}}"));
    bodies.push(format!("{{\"organization_type\": \"other\", \"name\": \"a\", \"tags\": [{}\"a\"]}}", "\"a\",".repeat(200_000)));
    bodies.push(format!("{{\"organization_type\": \"other\", \"name\": \"a\", \"sectors\": [{}\"a\"]}}", "\"a\",".repeat(20_000)));
    let members: Vec<_> = (0..20_000).map(|number| format!("\"m{number}\": 1")).collect();
    bodies.push(format!("{{{}}}", members.join(",")));
    bodies
}

async fn send(server: &Server, method: &str, path: &str, token: &str, media_type: &str, body: impl Into<reqwest::Body>) -> Answer {
    let request = server.request(method, path).bearer_auth(token).header("if-match", "*");
    Answer::of(request.header("content-type", media_type).body(body)).await
}

async fn hostile_bodies_get_a_problem_document(server: Server) {
    let token = server.token(Role::Moderator).await;
    let listed = server.post("/v1/organizations", Some(&token), &organization("Fortress")).await;
    let path = listed.header("location");
    for body in malformed() {
        let shown = String::from_utf8_lossy(&body).chars().take(60).collect::<String>();
        for (method, path, media_type) in [
            ("POST", "/v1/organizations", "application/json"),
            ("PATCH", path, "application/merge-patch+json"),
            ("POST", "/v1/auth/login", "application/json"),
        ] {
            let answer = send(&server, method, path, &token, media_type, body.clone()).await;
            assert_eq!(answer.problem(400)["type"], "/problems/malformed", "{method} {path} {shown}");
        }
    }
    for body in invalid() {
        let shown: String = body.chars().take(90).collect();
        let answer = send(&server, "POST", "/v1/organizations", &token, "application/json", body.clone()).await;
        let problem = answer.problem(400);
        assert_eq!(problem["type"], "/problems/validation", "POST {shown}");
        assert!(!problem["errors"].as_array().unwrap().is_empty(), "{shown}");
        // As a patch some of it means nothing; it may never fail on our side.
        let answer = send(&server, "PATCH", path, &token, "application/merge-patch+json", body).await;
        assert!(answer.status == 400 || answer.status == 200, "PATCH {shown}: {}", answer.text());
    }
    let count = server.get("/v1/feeds/organizations").await.json()["items"].as_array().unwrap().len();
    assert_eq!(count, 1, "nothing hostile was stored");
}

async fn bodies_of_another_type_are_refused(server: Server) {
    let token = server.token(Role::Moderator).await;
    let listed = server.post("/v1/organizations", Some(&token), &organization("Typed")).await;
    let body = organization("Typed too").to_string();
    for media_type in [
        "text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
        "application/merge-patch+json", "application/vnd.api+json", "application/jsonx", "json", "*/*", "\u{fc}",
    ] {
        let answer = send(&server, "POST", "/v1/organizations", &token, media_type, body.clone()).await;
        assert_eq!(answer.problem(415)["type"], "/problems/unsupported-media-type", "{media_type}");
        assert_eq!(answer.header("accept"), "application/json");
    }
    let missing = server.request("POST", "/v1/organizations").bearer_auth(&token).body(body.clone());
    Answer::of(missing).await.problem(415);
    for media_type in ["application/json", "application/json-patch+json", "text/plain"] {
        let answer = send(&server, "PATCH", listed.header("location"), &token, media_type, "{}").await;
        answer.problem(415);
        assert_eq!(answer.header("accept-patch"), "application/merge-patch+json");
    }
    for media_type in ["application/json; charset=utf-8", "Application/JSON", "application/json;charset=\"UTF-8\"; x=y"] {
        let answer = send(&server, "POST", "/v1/organizations", &token, media_type, body.clone()).await;
        assert_eq!(answer.status, 201, "{media_type}: {}", answer.text());
    }
}

async fn large_bodies_are_refused(server: Server) {
    let token = server.token(Role::Moderator).await;
    let body = |bytes: usize| {
        let mut text = organization("Large").to_string();
        text.push_str(&" ".repeat(bytes - text.len()));
        text
    };
    let fits = send(&server, "POST", "/v1/organizations", &token, "application/json", body(1 << 20)).await;
    assert_eq!(fits.status, 201, "{}", fits.text());
    let over = send(&server, "POST", "/v1/organizations", &token, "application/json", body((1 << 20) + 1)).await;
    assert_eq!(over.problem(413)["type"], "/problems/payload-too-large");
    let over = send(&server, "POST", "/v1/auth/login", &token, "application/json", body((1 << 20) + 1)).await;
    over.problem(413);
}

async fn logins_take_no_harm(server: Server) {
    for email in ["a\u{0}b@example.coop", "\u{0}", "\u{1b}", "", " ", "' OR 1=1 --", "a@b", "\u{202e}", "%", "_"] {
        let body = json!({"email": email, "password": "a long enough password"});
        let answer = server.post("/v1/auth/login", None, &body).await;
        assert_eq!(answer.problem(401)["type"], "/problems/unauthorized", "{email:?}");
    }
    let long = "x".repeat(1_000_000);
    let answer = server.post("/v1/auth/login", None, &json!({"email": long, "password": "x"})).await;
    assert_eq!(answer.status, 401, "{}", answer.status);
    let answer = server.post("/v1/auth/login", None, &json!({"email": "a@b", "password": long})).await;
    assert_eq!(answer.status, 401, "{}", answer.status);
    for body in [
        json!({}), json!({"email": null, "password": null}), json!({"email": ["a"], "password": {}}),
        json!({"email": "a"}), json!({"email": "a", "password": "b", "role": "admin"}),
    ] {
        let answer = server.post("/v1/auth/login", None, &body).await;
        assert_eq!(answer.problem(400)["type"], "/problems/validation", "{body}");
    }
}
