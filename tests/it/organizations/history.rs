use super::path;
use crate::harness::{Role, Server, on_both_databases, organization};
use serde_json::{Value, json};

on_both_databases!(
    history_says_what_changed_and_hides_who,
    what_was_written_in_hiding_stays_hidden,
    history_comes_in_pages
);

async fn history_says_what_changed_and_hides_who(server: Server) {
    let owner = server.token(Role::Member).await;
    let other = server.token(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    let mut body = organization("Paper Trail");
    body["email"] = json!("first@example.coop");
    let posted = server.post("/v1/organizations", Some(&owner), &body).await;
    let id = posted.id();
    let patch =
        json!({"summary": "New", "email": "second@example.coop", "phone": "+44 1", "tags": ["a"]});
    let published = server
        .patch(
            &path(&id),
            &moderator,
            posted.etag(),
            &json!({"status": "published"}),
        )
        .await;
    assert_eq!(published.status, 200, "{}", published.text());
    let patched = server
        .patch(&path(&id), &owner, published.etag(), &patch)
        .await;

    let history = format!("{}/history", path(&id));
    let public = server.get(&history).await;
    assert_eq!(public.status, 200, "{}", public.text());
    let items = public.json()["items"].as_array().unwrap().clone();
    let told = |key: &str| {
        items
            .iter()
            .map(|item| item[key].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(told("action"), ["updated", "published", "created"]);
    assert_eq!(told("version"), [3, 2, 1]);
    assert_eq!(told("role"), ["owner", "moderator", "owner"]);
    assert_eq!(told("source"), [Value::Null, Value::Null, Value::Null]);
    assert_eq!(told("at")[0], patched.json()["updated_at"]);
    let mut numbers: Vec<_> = told("number")
        .iter()
        .map(|number| number.as_i64().unwrap())
        .collect();
    assert_eq!(
        format!("\"{}\"", numbers[0]),
        patched.etag().replace("-br", "").replace("-gzip", "")
    );
    numbers.reverse();
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");

    assert_eq!(
        items[1]["fields"],
        json!([{"pointer": "/status", "from": "pending", "to": "published"}])
    );
    let fields = items[0]["fields"].as_array().unwrap();
    assert_eq!(fields.len(), 4, "{fields:?}");
    for field in [
        json!({"pointer": "/summary", "from": null, "to": "New"}),
        json!({"pointer": "/tags", "from": [], "to": ["a"]}),
        json!({"pointer": "/email"}),
        json!({"pointer": "/phone"}),
    ] {
        assert!(fields.contains(&field), "{field} in {fields:?}");
    }
    assert!(
        !public.text().contains("@example.coop") && !public.text().contains("+44"),
        "{}",
        public.text()
    );

    for (token, knows_who) in [
        (None, false),
        (Some(&other), false),
        (Some(&owner), true),
        (Some(&moderator), true),
    ] {
        let answer = match token {
            None => server.get(&history).await,
            Some(token) => server.get_as(&history, token).await,
        };
        let items = answer.json()["items"].as_array().unwrap().clone();
        assert!(
            items
                .iter()
                .all(|item| item.get("actor").is_some_and(Value::is_string) == knows_who),
            "{items:?}"
        );
        assert!(
            answer
                .header("vary")
                .to_lowercase()
                .contains("authorization"),
            "{}",
            answer.header("vary")
        );
    }
    let known = server.get_as(&history, &owner).await.json();
    assert_ne!(known["items"][0]["actor"], known["items"][1]["actor"]);
    assert_eq!(known["items"][0]["actor"], known["items"][2]["actor"]);
}

async fn what_was_written_in_hiding_stays_hidden(server: Server) {
    let owner = server.token(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    let mut body = organization("Refuge");
    body["summary"] = json!("12 Secret Lane");
    let posted = server.post("/v1/organizations", Some(&owner), &body).await;
    let place = path(&posted.id());
    let mut tag = posted.etag().to_owned();
    for (token, patch) in [
        (&owner, json!({"summary": "Safe"})),
        (
            &moderator,
            json!({"status": "published", "tags": ["quiet"]}),
        ),
        (&owner, json!({"summary": "Open to all"})),
        (
            &moderator,
            json!({"status": "archived", "tags": ["closing"]}),
        ),
        (&owner, json!({"summary": "34 Hidden Road"})),
        (&owner, json!({"summary": "Open to all"})),
        (&moderator, json!({"status": "published"})),
    ] {
        let answer = server.patch(&place, token, &tag, &patch).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.etag().clone_into(&mut tag);
    }
    let history = format!("{place}/history");
    let public = server.get(&history).await;
    for word in ["Secret", "quiet", "closing", "Hidden"] {
        assert!(!public.text().contains(word), "{}", public.text());
    }
    let status = |from, to| json!([{"pointer": "/status", "from": from, "to": to}]);
    let fields = |answer: &Value| -> Vec<Value> {
        let items = answer["items"].as_array().unwrap();
        items.iter().map(|item| item["fields"].clone()).collect()
    };
    assert_eq!(
        fields(&public.json()),
        vec![
            status("archived", "published"),
            json!([]),
            json!([]),
            status("published", "archived"),
            json!([{"pointer": "/summary", "from": "Safe", "to": "Open to all"}]),
            status("pending", "published"),
            json!([]),
            json!([]),
        ]
    );
    let known = server.get_as(&history, &owner).await;
    assert!(known.text().contains("12 Secret Lane") && known.text().contains("34 Hidden Road"));
}

async fn history_comes_in_pages(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let created = server
        .post(
            "/v1/organizations",
            Some(&moderator),
            &organization("Pages"),
        )
        .await;
    let mut etag = created.etag().to_owned();
    for count in 1..=6 {
        let patched = server
            .patch(
                &path(&created.id()),
                &moderator,
                &etag,
                &json!({"members_count": count}),
            )
            .await;
        patched.etag().clone_into(&mut etag);
    }
    let path = format!("{}/history", path(&created.id()));
    let whole = server.get(&path).await.json();
    assert_eq!(whole["items"].as_array().unwrap().len(), 7);
    assert_eq!(whole["next_cursor"], Value::Null);
    let mut walked = Vec::new();
    let mut page = server.get(&format!("{path}?limit=3")).await.json();
    loop {
        walked.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        page = server
            .get(&format!("{path}?limit=3&cursor={cursor}"))
            .await
            .json();
    }
    assert_eq!(Value::Array(walked), whole["items"]);
    for refused in ["cursor=x", "cursor=", "limit=0", "limit=101", "page=2"] {
        server.get(&format!("{path}?{refused}")).await.problem(400);
    }
}
