use crate::harness::{Answer, Server, on_both_databases};

on_both_databases!(pages_of_other_sites_may_read_and_not_write);

const ORIGIN: &str = "https://elsewhere.example";

async fn pages_of_other_sites_may_read_and_not_write(server: Server) {
    for path in [
        "/v1/organizations",
        "/v1/organizations/nobody",
        "/v1/feeds/organizations",
        "/v1/stats",
        "/openapi.json",
    ] {
        let answer = Answer::of(server.request("GET", path).header("origin", ORIGIN)).await;
        assert!(
            ["*", ORIGIN].contains(&answer.header("access-control-allow-origin")),
            "{path}"
        );
        let exposed = answer
            .header("access-control-expose-headers")
            .to_lowercase();
        for name in ["etag", "link", "retry-after", "ratelimit"] {
            assert!(exposed.contains(name), "{path}: {exposed}");
        }
        assert_eq!(
            answer.header("access-control-allow-credentials"),
            "",
            "{path}"
        );
    }
    let preflight = |method: &'static str| {
        server
            .request("OPTIONS", "/v1/organizations")
            .header("origin", ORIGIN)
            .header("access-control-request-method", method)
            .header(
                "access-control-request-headers",
                "if-none-match, authorization",
            )
    };
    for method in ["GET", "HEAD"] {
        let answer = Answer::of(preflight(method)).await;
        assert_eq!(answer.status, 200, "{method}: {}", answer.text());
        let allowed = answer.header("access-control-allow-headers").to_lowercase();
        assert!(allowed.contains("if-none-match"), "{allowed}");
        assert!(!answer.header("access-control-max-age").is_empty());
    }
    for method in ["POST", "PATCH", "DELETE", "PUT"] {
        let answer = Answer::of(preflight(method)).await;
        answer.problem(400);
        assert!(
            !answer
                .header("access-control-allow-methods")
                .contains(method),
            "{method}"
        );
    }
}
