//! What nobody should send.

/// Bodies that are not JSON, or not JSON one can agree on.
pub fn malformed() -> Vec<Vec<u8>> {
    let mut bodies: Vec<Vec<u8>> = [
        "",
        " ",
        "{",
        "}",
        "[]",
        "null",
        "\"x\"",
        "1",
        "{\"name\"",
        "{name: 1}",
        "{'name': 1}",
        "{\"name\": \"a\"}}",
        "{\"name\": \"a\",}",
        "{\"name\": NaN}",
        "{\"name\": 1e400}",
        "{\"name\": 01}",
        "{\"name\": -1e999}",
        "{\"name\": +1}",
        "{\"name\": 0x1}",
        "{\"name\": \"\\ud800\"}",
        "{\"name\": \"\\udc00\\ud800\"}",
        "{\"name\": \"\\u00\"}",
        "{\"name\": \"\\x00\"}",
        "{\"\\ud800\": 1}",
        "{\"name\": \"a\u{0}b\"}",
        "{\"name\": \"a\nb\"}",
        "{\"name\": \"a\", \"name\": \"b\"}",
        "{\"name\": \"a\", \"\\u006eame\": \"b\"}",
        "{\"address\": {\"country\": \"GB\", \"country\": \"DE\"}}",
        "{\"name\": \"a\"} {\"name\": \"b\"}",
        "\u{feff}{\"name\": \"a\"}",
        "// comment\n{}",
        "<xml/>",
        "{\"__proto__\": {}} x",
    ]
    .into_iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        bodies.push(open.repeat(10_000).into_bytes());
        bodies.push(format!("{}1{}", open.repeat(10_000), close.repeat(10_000)).into_bytes());
        bodies.push(
            format!(
                "{{\"name\": {}1{}}}",
                open.repeat(10_000),
                close.repeat(10_000)
            )
            .into_bytes(),
        );
    }
    bodies.push(b"{\"name\": \"\xff\xfe\"}".to_vec());
    bodies.push(b"{\"name\": \"\xed\xa0\x80\"}".to_vec());
    bodies.push(b"{\"name\": \"\xc0\x80\"}".to_vec());
    bodies.push(b"{\"\xf0\x28\x8c\x28\": 1}".to_vec());
    bodies.push(vec![0; 1000]);
    bodies.push(
        "{\"name\": \"a\"}"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect(),
    );
    bodies
}

/// JSON that breaks the rules of an organization.
#[expect(clippy::too_many_lines, reason = "a table")]
pub fn invalid() -> Vec<String> {
    let mut bodies = Vec::new();
    for value in [
        "\"nul \\u0000\"",
        "\"esc \\u001b\"",
        "\"del \\u007f\"",
        "\"c1 \\u0085\"",
        "\"\\r\\n\"",
        "-0",
        "1e308",
        "18446744073709551616",
        "[]",
        "{}",
        "true",
        "[[[[]]]]",
    ] {
        bodies.push(format!(
            "{{\"organization_type\": \"other\", \"name\": {value}}}"
        ));
        bodies.push(format!(
            "{{\"organization_type\": \"other\", \"name\": \"a\", \"{{\\\"$gt\\\": 1}}\": {value}}}"
        ));
    }
    for value in [
        "{\"lat\": 1e308, \"lon\": 0}",
        "{\"lat\": -1e308, \"lon\": -1e308}",
        "{\"lat\": 90.0000001, \"lon\": 0}",
        "{\"lat\": 0, \"lon\": 180.0000001}",
        "{\"lat\": \"0\", \"lon\": \"0\"}",
        "{\"lat\": null, \"lon\": 0}",
        "[1, 2]",
        "\"1,2\"",
        "[]",
        "{}",
        "0",
    ] {
        bodies.push(format!(
            "{{\"organization_type\": \"other\", \"name\": \"a\", \"location\": {value}}}"
        ));
    }
    for value in [
        "-0.5",
        "1e308",
        "1e-308",
        "99999999999999999999",
        "-99999999999999999999",
        "\"1\"",
        "[1]",
        "0.15e1",
    ] {
        bodies.push(format!(
            "{{\"organization_type\": \"other\", \"name\": \"a\", \"members_count\": {value}}}"
        ));
    }
    for (field, value) in [
        ("address", "[\"a\", \"b\", \"c\", \"d\", \"GB\"]"),
        ("address", "[]"),
        ("links", "[[\"x\", \"https://x.example/\"]]"),
        ("links", "{}"),
        ("identifiers", "[[\"GB-COH\", \"1\"]]"),
        ("identifiers", "[null]"),
        ("tags", "{\"0\": \"a\"}"),
        ("tags", "[null]"),
        ("tags", "[[]]"),
        ("status", "0"),
        ("status", "{\"pending\": null}"),
        ("founded_on", "0"),
        ("founded_on", "\"-9999-01-01\""),
        ("founded_on", "\"+262143-01-01\""),
        ("founded_on", "\"2020-01-01T00:00:00Z\""),
        ("website", "\"https://[::1\""),
        ("website", "\"https://%00/\""),
        ("website", "\"https://a b/\""),
        ("website", "\"https://\\u202ea\\u0000/\""),
        ("email", "\"a@b@c\""),
        ("email", "\"\\u0000@b.example\""),
    ] {
        bodies.push(format!(
            "{{\"organization_type\": \"other\", \"name\": \"a\", \"{field}\": {value}}}"
        ));
    }
    let long = "x".repeat(900_000);
    bodies.push(format!(
        "{{\"organization_type\": \"other\", \"name\": \"{long}\"}}"
    ));
    bodies.push(format!(
        "{{\"organization_type\": \"{long}\", \"name\": \"a\"}}"
    ));
    bodies.push(format!(
        "{{\"organization_type\": \"other\", \"name\": \"a\", \"{long}\": 1}}"
    ));
    bodies.push(format!(
        "{{\"organization_type\": \"other\", \"name\": \"a\", \"website\": \"https://{long}/\"}}"
    ));
    bodies.push(format!(
        "{{\"organization_type\": \"other\", \"name\": \"a\", \"sectors\": [\"{long}\"]}}"
    ));
    bodies.push(format!(
        "{{\"organization_type\": \"other\", \"name\": \"a\", \"tags\": [{}\"a\"]}}",
        "\"a\",".repeat(200_000)
    ));
    bodies.push(format!(
        "{{\"organization_type\": \"other\", \"name\": \"a\", \"sectors\": [{}\"a\"]}}",
        "\"a\",".repeat(20_000)
    ));
    bodies.push(format!(
        "{{\"organization_type\": \"other\", \"name\": \"a\", \"links\": [{}1], \"tags\": [{}1]}}",
        "1,".repeat(200_000),
        "\"\",".repeat(200_000),
    ));
    bodies.push(format!(
        "{{\"organization_type\": \"other\", \"name\": \"a\", \"address\": {}}}",
        many_members()
    ));
    bodies.push(format!(
        "{{\"organization_type\": \"other\", \"name\": \"a\", \"members_count\": \"{long}\"}}"
    ));
    bodies.push(format!(
        "{{\"organization_type\": \"other\", \"name\": \"a\", \"status\": \"{long}\"}}"
    ));
    bodies.push(many_members());
    bodies
}

/// An object with more members than anything has, of names that cost much to quote.
pub fn many_members() -> String {
    let hard = "\\u0001".repeat(64);
    let members: Vec<_> = (0..2_000)
        .map(|number| format!("\"{hard}{number}\": 1"))
        .chain((0..20_000).map(|number| format!("\"m{number}\": 1")))
        .collect();
    format!("{{{}}}", members.join(","))
}
