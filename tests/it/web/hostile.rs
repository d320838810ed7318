use super::Employer;
use super::html::{all, assert_harmless, elements, json_ld, text};
use super::xml::parse;
use crate::harness::{Server, on_both_databases, organization};
use serde_json::json;

on_both_databases!(no_text_breaks_out);

const TEXTS: [&str; 7] = [
    "<!-- <script> & &lt;b&gt;",
    "</script><script>alert(1)</script>",
    "]]><job>",
    "<img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)",
    "a\u{202e}b\u{2066}c\u{2028}d\u{ffff}e",
    "{{ title }} {% raw %}",
];

async fn no_text_breaks_out(server: Server) {
    let all_of_them = TEXTS.join(" ");
    let mut body = organization(&all_of_them);
    body["summary"] = json!(all_of_them);
    body["legal_name"] = json!(all_of_them);
    body["tags"] = json!(TEXTS.map(|text| text.chars().take(30).collect::<String>()));
    // Last of all the one that hides whatever follows it in Markdown.
    let markdown = format!(
        "{}\n\n[x](javascript:alert(1)) [y](/v1/me) [z](https://example.org/?a=1&b=2)\n\n\
         ![a boat](https://example.org/boat.png)\n\n<svg onload=alert(1)>\n\n# {}\n\n{}",
        TEXTS[1..].join("\n\n"),
        TEXTS[1],
        TEXTS[0],
    );
    body["description"] = json!(markdown);
    let employer = Employer::new(server, body).await;
    let server = &employer.server;
    let mut job = employer.job(&TEXTS.join(" "));
    job["description"] = json!(markdown);
    job["locations"] = json!([{"locality": TEXTS[3], "region": TEXTS[4], "country": "GB"}]);
    job["skills"] = json!([TEXTS[2], TEXTS[3]]);
    let job = employer.post(&job).await;

    // What people read: the text as it was typed, but for what turns it around.
    let typed = all_of_them.replace(['\u{202e}', '\u{2066}', '\u{ffff}'], "");
    let typed = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    for path in [
        format!("/jobs/{}", job["slug"].as_str().unwrap()),
        format!("/organizations/{}", employer.view["slug"].as_str().unwrap()),
    ] {
        let html = server.get(&path).await.text();
        assert_harmless(&html);
        let elements = elements(&html);
        assert_eq!(all(&elements, "h1")[0].text.trim(), typed, "{path}");
        assert!(all(&elements, "title")[0].text.contains(&typed));
        let document = json_ld(&html);
        let name = document.get("title").or(document.get("name")).unwrap();
        assert_eq!(*name, typed);
        assert!(text(&html).contains("<svg onload=alert(1)>"), "{html}");
        let links = all(&elements, "a");
        let link = links.iter().find(|link| link.text.trim() == "z").unwrap();
        assert_eq!(link.attributes["href"], "https://example.org/?a=1&b=2");
        assert_eq!(link.attributes["rel"], "nofollow noopener ugc");
        assert!(
            links
                .iter()
                .any(|link| link.text.trim() == "x" && !link.attributes.contains_key("href"))
        );
        assert!(text(&html).contains("a boat"));
    }
    // What readers and job boards read.
    for kind in ["jobs", "organizations"] {
        let feed = parse(&server.get(&format!("/feeds/{kind}.atom")).await.text());
        let entries = feed.all("entry");
        assert_eq!(entries.len(), 1);
        assert!(entries[0].text_of("title").starts_with(&typed), "{kind}");
        assert_harmless(entries[0].text_of("content"));
    }
    let source = parse(&server.get("/feeds/indeed.xml").await.text());
    let jobs = source.all("job");
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].text_of("title"), typed);
    assert_eq!(jobs[0].text_of("company"), typed);
    let description = elements(jobs[0].text_of("description"));
    assert!(
        description
            .iter()
            .all(|element| ["p", "ul", "li", "br"].contains(&element.name.as_str()))
    );
    assert!(
        jobs[0]
            .children
            .iter()
            .all(|child| child.children.is_empty())
    );
}
