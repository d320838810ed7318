use super::query::faults;
use crate::harness::{Role, Server, on_both_databases, organization};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

on_both_databases!(
    a_page_links_to_the_next,
    a_cursor_belongs_to_its_list,
    cursors_of_the_longest_names_are_taken_back,
);

async fn a_page_links_to_the_next(server: Server) {
    let token = server.token(Role::Moderator).await;
    let names: Vec<_> = (0..7).map(|number| format!("Guild {number}")).collect();
    for (number, name) in names.iter().enumerate() {
        let mut body = organization(name);
        body["tags"] = serde_json::json!(["a&b=c", "häkeln"]);
        let refresh = if number == 6 { "?refresh=wait_for" } else { "" };
        server
            .post(&format!("/v1/organizations{refresh}"), Some(&token), &body)
            .await;
    }
    let mut path = "/v1/organizations?tag=a%26b%3Dc&tag=h%C3%A4keln&limit=3&sort=name".to_owned();
    let mut walked = Vec::new();
    for size in [3, 3, 1] {
        let page = server.get(&path).await;
        assert_eq!(page.json()["total"], 7);
        let items = page.json()["items"].as_array().unwrap().clone();
        assert_eq!(items.len(), size);
        walked.extend(
            items
                .into_iter()
                .map(|item| item["name"].as_str().unwrap().to_owned()),
        );
        if page.json()["next_cursor"].is_null() {
            assert_eq!(page.header("link"), "");
            break;
        }
        let link = page.header("link").to_owned();
        let url = link
            .strip_prefix('<')
            .unwrap()
            .strip_suffix(">; rel=\"next\"")
            .unwrap();
        url.strip_prefix(&server.url).unwrap().clone_into(&mut path);
        assert!(
            path.ends_with(page.json()["next_cursor"].as_str().unwrap()),
            "{path}"
        );
    }
    assert_eq!(walked, names);
}

async fn a_cursor_belongs_to_its_list(server: Server) {
    let token = server.token(Role::Moderator).await;
    for number in 0..3 {
        let path = "/v1/organizations?refresh=wait_for";
        server
            .post(
                path,
                Some(&token),
                &organization(&format!("Guild {number}")),
            )
            .await;
    }
    let page = server
        .get("/v1/organizations?limit=1&sort=name")
        .await
        .json();
    let cursor = page["next_cursor"].as_str().unwrap();
    assert_eq!(
        server
            .get(&format!(
                "/v1/organizations?limit=1&sort=name&cursor={cursor}"
            ))
            .await
            .status,
        200
    );
    for other in [
        "sort=-updated_at",
        "sort=-created_at",
        "q=guild",
        "q=guild&sort=relevance",
        "near=1,1&sort=distance",
    ] {
        let answer = server
            .get(&format!(
                "/v1/organizations?limit=1&{other}&cursor={cursor}"
            ))
            .await;
        assert_eq!(faults(&answer)[0].0, "/cursor", "{other}");
    }
    // Another list's, and one that somebody wrote themselves.
    let history = server.get("/v1/organizations/guild-0/history").await;
    assert_eq!(history.status, 200);
    for json in [
        "1",
        "null",
        "{}",
        "[]",
        "\"x\"",
        "{\"sort\":\"name\"}",
        "[1e308]",
    ] {
        let cursor = BASE64.encode(json);
        let answer = server
            .get(&format!("/v1/organizations?cursor={cursor}"))
            .await;
        assert_eq!(faults(&answer)[0].0, "/cursor", "{json}");
    }
}

async fn cursors_of_the_longest_names_are_taken_back(server: Server) {
    let token = server.token(Role::Moderator).await;
    // Letters that fold to many, and those that JSON escapes.
    let letters = ["㌖", "\u{fdfa}", "\"", "\\", "𐍈"];
    for letter in letters {
        let mut body = organization(&letter.repeat(200));
        body["location"] = serde_json::json!({"lat": 51.5, "lon": -0.1});
        let path = "/v1/organizations?refresh=wait_for";
        let created = server.post(path, Some(&token), &body).await;
        assert_eq!(created.status, 201, "{}", created.text());
    }
    for sort in ["name", "-updated_at", "-created_at", "distance"] {
        let first = format!("/v1/organizations?limit=1&near=51.5,3&radius_km=500&sort={sort}");
        let mut path = first.clone();
        for _ in letters {
            let page = server.get(&path).await;
            assert_eq!(page.status, 200, "{sort}: {}", page.text());
            assert_eq!(page.json()["items"].as_array().unwrap().len(), 1);
            let next = page.json()["next_cursor"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            path = format!("{first}&cursor={next}");
        }
        assert!(path.ends_with("&cursor="), "{sort}: nothing is left");
    }
}
