use crate::harness::{Role, Server, on_both_databases, organization};

on_both_databases!(query_syntax_bombs_are_plain_words);

#[expect(clippy::too_many_lines, reason = "a table")]
async fn query_syntax_bombs_are_plain_words(server: Server) {
    let token = server.token(Role::Moderator).await;
    let path = "/v1/organizations?refresh=wait_for";
    assert_eq!(
        server
            .post(path, Some(&token), &organization("Fortress"))
            .await
            .status,
        201
    );
    let repeated = |text: &str, times: usize| text.repeat(times);
    let bombs = [
        repeated("\"", 10_000),
        repeated("\"", 512),
        repeated("(", 512),
        repeated("((", 4),
        repeated("a* -", 128),
        repeated("-", 512),
        repeated("- ", 256),
        repeated("\"a\" ", 128),
        repeated("\"a ", 170),
        repeated("a ", 256),
        repeated("aaaaaaaa ", 56),
        repeated("🌱", 512),
        repeated("\u{301}", 512),
        repeated("ab", 256),
        repeated("a~2 ", 128),
        repeated("é", 512),
        repeated("\u{200b}", 512),
        repeated("字", 512),
        "\"".to_owned(),
        "\"\"".to_owned(),
        "-".to_owned(),
        "--".to_owned(),
        "-\"".to_owned(),
        "-\"\"".to_owned(),
        "\"-\"".to_owned(),
        "*".to_owned(),
        "?".to_owned(),
        "**:**".to_owned(),
        "name:*".to_owned(),
        "name:fortress OR 1".to_owned(),
        "[a TO z]".to_owned(),
        "{a TO *}".to_owned(),
        "fortress^1e308".to_owned(),
        "fortress~99".to_owned(),
        "AND".to_owned(),
        "OR OR OR".to_owned(),
        "NOT".to_owned(),
        "a AND (b OR (c".to_owned(),
        "\\".to_owned(),
        "\\\"".to_owned(),
        "/.*/".to_owned(),
        "'; DROP TABLE organization; --".to_owned(),
        "${jndi:ldap://x}".to_owned(),
        "\u{fffd}\u{ffff}".to_owned(),
        "\u{202e}".to_owned(),
        "\t\n\r".to_owned(),
        "+".to_owned(),
        "&&||!".to_owned(),
        "fortress -fortress".to_owned(),
        "\u{1}".to_owned(),
    ];
    let url = |path: &str, q: &str| {
        let url = reqwest::Url::parse_with_params("http://any", [("q", q)]).unwrap();
        format!("{path}?{}", url.query().unwrap())
    };
    for q in bombs {
        let shown: String = q.chars().take(20).collect();
        for extra in [
            "",
            "&prefix=true",
            "&highlight=true",
            "&facets=country,tag,sector",
        ] {
            let answer = server
                .get(&format!("{}{extra}", url("/v1/organizations", &q)))
                .await;
            if answer.status != 200 {
                answer.problem(400);
                continue;
            }
            if !q.contains("fortress") {
                assert_eq!(
                    answer.json()["total"],
                    0,
                    "{shown:?} does not mean everything"
                );
            }
        }
        let answer = server.get(&url("/v1/suggest", &q)).await;
        if answer.status != 200 {
            answer.problem(400);
        }
    }
    assert_eq!(
        server.get("/v1/organizations?q=fortress").await.json()["total"],
        1
    );
    assert_eq!(
        server
            .get("/v1/organizations?q=fortress%20-fortress")
            .await
            .json()["total"],
        0
    );
}
