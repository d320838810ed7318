use super::{every_field, path, pointers};
use crate::harness::{Role, Server, on_both_databases, organization};
use serde_json::{Value, json};

on_both_databases!(
    every_rule_names_its_field,
    all_faults_are_named_at_once,
    all_faults_within_a_member_are_named_at_once,
    a_list_that_is_too_long_is_one_fault,
    unknown_members_are_refused_with_a_suggestion,
    only_the_server_sets_its_members,
    limits_themselves_are_allowed,
);

/// Field, a value that breaks a rule, and where the fault is.
#[expect(clippy::too_many_lines, reason = "a table")]
fn broken() -> Vec<(&'static str, Value, &'static str)> {
    let long = |chars: usize| Value::String("x".repeat(chars));
    let many = |items: usize, of: Value| Value::Array(vec![of; items]);
    let link = json!({"rel": "x", "url": "https://x.example/"});
    vec![
        ("name", Value::Null, "/name"),
        ("name", json!(""), "/name"),
        ("name", json!(" \u{a0} "), "/name"),
        ("name", json!("two\nlines"), "/name"),
        ("name", json!("nul\u{0}"), "/name"),
        ("name", json!("next\u{85}line"), "/name"),
        ("name", json!(5), "/name"),
        ("name", long(201), "/name"),
        ("legal_name", long(201), "/legal_name"),
        ("legal_name", json!("\u{7f}"), "/legal_name"),
        ("summary", long(281), "/summary"),
        ("summary", json!("bell\u{7}"), "/summary"),
        ("description", long(20_001), "/description"),
        ("description", json!("nul \u{0}"), "/description"),
        ("description", json!("\u{1b}[31m"), "/description"),
        ("organization_type", Value::Null, "/organization_type"),
        (
            "organization_type",
            json!("worker_coperative"),
            "/organization_type",
        ),
        ("organization_type", json!(""), "/organization_type"),
        ("sectors", json!(["hosting", "hostng"]), "/sectors/1"),
        ("sectors", json!("hosting"), "/sectors"),
        ("sectors", many(21, json!("hosting")), "/sectors"),
        ("tags", json!(["a", ""]), "/tags/1"),
        ("tags", json!([long(61)]), "/tags/0"),
        ("tags", json!(["\u{0}"]), "/tags/0"),
        ("tags", json!([1]), "/tags/0"),
        ("tags", many(31, json!("a")), "/tags"),
        ("technologies", json!([" "]), "/technologies/0"),
        ("technologies", many(51, json!("a")), "/technologies"),
        (
            "languages",
            json!(["en", "English language"]),
            "/languages/1",
        ),
        ("languages", many(21, json!("en")), "/languages"),
        ("website", json!("example.coop"), "/website"),
        ("website", json!("ftp://example.coop/"), "/website"),
        ("website", json!("javascript:alert(1)"), "/website"),
        ("website", json!("https://"), "/website"),
        (
            "website",
            json!("https://user:secret@example.coop/"),
            "/website",
        ),
        ("website", json!("https://example.coop/ a"), "/website"),
        ("website", json!("https://example.coop/\n"), "/website"),
        (
            "website",
            json!(format!("https://example.coop/{}", "x".repeat(2000))),
            "/website",
        ),
        ("email", json!("nobody"), "/email"),
        ("email", json!("a@b\u{0}.example"), "/email"),
        (
            "email",
            json!(format!("{}@{}coop", "x".repeat(60), "b.".repeat(98))),
            "/email",
        ),
        ("phone", long(41), "/phone"),
        ("phone", json!("1\t2"), "/phone"),
        (
            "links",
            json!([link, {"rel": "x", "url": "nowhere"}]),
            "/links/1/url",
        ),
        (
            "links",
            json!([{"rel": "", "url": "https://x.example/"}]),
            "/links/0/rel",
        ),
        ("links", many(21, link.clone()), "/links"),
        ("founded_on", json!("2020-02-30"), "/founded_on"),
        ("founded_on", json!("1844"), "/founded_on"),
        ("founded_on", json!("-0044-03-15"), "/founded_on"),
        ("dissolved_on", json!("+12026-01-01"), "/dissolved_on"),
        ("dissolved_on", json!("1998-02-27"), "/dissolved_on"),
        ("members_count", json!(-1), "/members_count"),
        ("members_count", json!(1.5), "/members_count"),
        ("members_count", json!("3"), "/members_count"),
        ("members_count", json!(2_147_483_648_u64), "/members_count"),
        ("employees_count", json!(-1), "/employees_count"),
        ("logo_url", json!("data:image/png;base64,AAAA"), "/logo_url"),
        ("legal_form", long(101), "/legal_form"),
        (
            "identifiers",
            json!([{"scheme": "1 COH", "value": "x"}]),
            "/identifiers/0/scheme",
        ),
        (
            "identifiers",
            json!([{"scheme": "GB-COH", "value": " "}]),
            "/identifiers/0/value",
        ),
        (
            "identifiers",
            many(21, json!({"scheme": "GB-COH", "value": "1"})),
            "/identifiers",
        ),
        ("address", json!({"country": "UK"}), "/address/country"),
        (
            "address",
            json!({"street": "x".repeat(201)}),
            "/address/street",
        ),
        (
            "address",
            json!({"locality": "x".repeat(101)}),
            "/address/locality",
        ),
        ("address", json!({"region": "\u{0}"}), "/address/region"),
        (
            "address",
            json!({"postal_code": "x".repeat(21)}),
            "/address/postal_code",
        ),
        ("address", json!("31 Toad Lane"), "/address"),
        (
            "location",
            json!({"lat": 90.001, "lon": 0}),
            "/location/lat",
        ),
        (
            "location",
            json!({"lat": 0, "lon": -180.001}),
            "/location/lon",
        ),
        ("location", json!({"lat": 1e308, "lon": 0}), "/location/lat"),
        ("location", json!([1, 2]), "/location"),
        ("networks", json!(["cotec"]), "/networks/0"),
        ("networks", many(31, json!("cotech")), "/networks"),
        ("status", json!("deleted"), "/status"),
        ("status", json!("draft"), "/status"),
    ]
}

async fn every_rule_names_its_field(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let good = server
        .post("/v1/organizations", Some(&moderator), &every_field())
        .await;
    assert_eq!(good.status, 201, "{}", good.text());
    for (field, value, pointer) in broken() {
        let mut body = every_field();
        body[field] = value.clone();
        let shown = value.to_string().chars().take(80).collect::<String>();
        let refused = server
            .post("/v1/organizations", Some(&moderator), &body)
            .await;
        assert_eq!(pointers(&refused), [pointer], "POST {field}: {shown}");
        let patch = json!({ field: value });
        let refused = server
            .patch(&path(&good.id()), &moderator, good.etag(), &patch)
            .await;
        assert_eq!(pointers(&refused), [pointer], "PATCH {field}: {shown}");
    }
    let after = server.get(&path(&good.id())).await;
    assert_eq!(after.text(), good.text());
    assert_eq!(after.etag(), good.etag());
}

async fn all_faults_are_named_at_once(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let body = json!({
        "name": "", "organization_type": "coop", "sectors": ["nope", "hosting", "neither"], "tags": [3],
        "website": "x", "email": "x", "links": [{"rel": "", "url": "x"}], "founded_on": "2020-01-01",
        "dissolved_on": "2019-01-01", "members_count": -1, "address": {"country": "XX", "street": "\u{0}"},
        "location": {"lat": 91, "lon": 181}, "nmae": "x", "id": "x", "status": "deleted",
    });
    let refused = server
        .post("/v1/organizations", Some(&moderator), &body)
        .await;
    let mut named = pointers(&refused);
    named.sort();
    assert_eq!(
        named,
        [
            "/address/country",
            "/address/street",
            "/dissolved_on",
            "/email",
            "/id",
            "/links/0/rel",
            "/links/0/url",
            "/location/lat",
            "/location/lon",
            "/members_count",
            "/name",
            "/nmae",
            "/organization_type",
            "/sectors/0",
            "/sectors/2",
            "/status",
            "/tags/0",
            "/website",
        ]
    );
    let problem = refused.problem(400);
    assert_eq!(problem["instance"], "/v1/organizations");
    // One sentence each.
    assert_eq!(
        problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .find(|fault| fault["pointer"] == "/name"),
        Some(
            &json!({"pointer": "/name", "detail": "needs at least one character that can be seen"})
        )
    );
    for fault in problem["errors"].as_array().unwrap() {
        assert!(!fault["detail"].as_str().unwrap().is_empty(), "{fault}");
    }
}

async fn all_faults_within_a_member_are_named_at_once(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let body = json!({
        "name": "Somebody", "organization_type": "other",
        "tags": [1, "flour", 2, ""],
        "address": {"street": 1, "locality": 2, "zip": 3, "country": "XX"},
        "location": {"lon": 200},
        "links": [1, {"rel": "", "url": 2}, {"url": "nowhere", "title": "x"}],
    });
    let refused = server
        .post("/v1/organizations", Some(&moderator), &body)
        .await;
    let mut named = pointers(&refused);
    named.sort();
    assert_eq!(
        named,
        [
            "/address/country",
            "/address/locality",
            "/address/street",
            "/address/zip",
            "/links/0",
            "/links/1/rel",
            "/links/1/url",
            "/links/2/rel",
            "/links/2/title",
            "/links/2/url",
            "/location/lat",
            "/location/lon",
            "/tags/0",
            "/tags/2",
            "/tags/3",
        ]
    );
}

async fn a_list_that_is_too_long_is_one_fault(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let mut body = organization("Somebody");
    body["tags"] = json!(vec![""; 31]);
    body["links"] = json!(vec![1; 21]);
    let refused = server
        .post("/v1/organizations", Some(&moderator), &body)
        .await;
    assert_eq!(pointers(&refused), ["/tags", "/links"]);
}

async fn unknown_members_are_refused_with_a_suggestion(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let mut body = organization("Somebody");
    body["legal_nam"] = json!("x");
    body["a/b~c"] = json!(1);
    let refused = server
        .post("/v1/organizations", Some(&moderator), &body)
        .await;
    let mut named = pointers(&refused);
    named.sort();
    assert_eq!(named, ["/a~1b~0c", "/legal_nam"]);
    assert!(
        refused.text().contains(r#"did you mean \"legal_name\"?"#),
        "{}",
        refused.text()
    );

    let suggestion = |field: &str, value: Value, expected: &str| {
        let mut body = organization("Somebody");
        body[field] = value;
        (body, format!("did you mean \"{expected}\"?"))
    };
    for (body, expected) in [
        suggestion(
            "organization_type",
            json!("worker_coperative"),
            "worker_cooperative",
        ),
        suggestion("sectors", json!(["hostng"]), "hosting"),
        suggestion("networks", json!(["cotec"]), "cotech"),
        suggestion("address", json!({"country": "UK"}), "GB"),
    ] {
        let refused = server
            .post("/v1/organizations", Some(&moderator), &body)
            .await;
        refused.problem(400);
        assert!(
            refused.text().contains(&expected.replace('"', "\\\"")),
            "{}",
            refused.text()
        );
    }
    // Members of members too.
    for (field, value) in [
        ("address", json!({"country": "GB", "planet": "Earth"})),
        ("location", json!({"lat": 1, "lon": 1, "alt": 1})),
        (
            "links",
            json!([{"rel": "x", "url": "https://x.example/", "title": "x"}]),
        ),
    ] {
        let mut body = organization("Somebody");
        body[field] = value;
        let refused = server
            .post("/v1/organizations", Some(&moderator), &body)
            .await;
        let named = pointers(&refused);
        assert!(
            named.len() == 1 && named[0].starts_with(&format!("/{field}")),
            "{named:?}"
        );
    }
}

async fn only_the_server_sets_its_members(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let created = server
        .post(
            "/v1/organizations",
            Some(&moderator),
            &organization("Somebody"),
        )
        .await;
    for (member, value) in [
        ("id", json!("0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071")),
        ("slug", json!("mine")),
        (
            "verification",
            json!({"level": "verified", "attestations": []}),
        ),
        ("source", json!({"name": "x", "external_id": "x"})),
        ("created_at", json!("2020-01-01T00:00:00Z")),
        ("updated_at", json!("2020-01-01T00:00:00Z")),
        ("version", json!(7)),
    ] {
        let mut body = organization("Somebody else");
        body[member] = value.clone();
        let refused = server
            .post("/v1/organizations", Some(&moderator), &body)
            .await;
        assert_eq!(pointers(&refused), [format!("/{member}")]);
        let patch = json!({ member: value });
        let refused = server
            .patch(&path(&created.id()), &moderator, created.etag(), &patch)
            .await;
        assert_eq!(pointers(&refused), [format!("/{member}")]);
        // As null it would be taken away. Where there is none, null says what is so.
        let patch = json!({ member: null });
        let answer = server
            .patch(&path(&created.id()), &moderator, created.etag(), &patch)
            .await;
        if created.json()[member].is_null() {
            assert_eq!(answer.text(), created.text());
        } else {
            assert_eq!(pointers(&answer), [format!("/{member}")]);
        }
    }
    let two = json!({"id": null, "slug": null, "name": "Another"});
    let refused = server
        .patch(&path(&created.id()), &moderator, created.etag(), &two)
        .await;
    assert_eq!(pointers(&refused), ["/id", "/slug"]);
    assert_eq!(
        server.get(&path(&created.id())).await.text(),
        created.text()
    );
}

async fn limits_themselves_are_allowed(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let mut body = every_field();
    // Characters count, not bytes.
    body["name"] = json!("ä".repeat(200));
    body["summary"] = json!("本".repeat(280));
    body["description"] = json!("🌱".repeat(20_000));
    body["tags"] = json!(vec!["é".repeat(60); 30]);
    body["location"] = json!({"lat": -90, "lon": 180});
    body["dissolved_on"] = body["founded_on"].clone();
    let created = server
        .post("/v1/organizations", Some(&moderator), &body)
        .await;
    assert_eq!(created.status, 201, "{}", created.text());
    assert_eq!(created.json()["description"], body["description"]);
}
