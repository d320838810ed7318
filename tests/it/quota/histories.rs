//! What histories take.

use super::{decide, hand_in, path};
use crate::harness::{Role, Server, on_both_databases};
use entity::change;
use entity::change::Kind;
use serde_json::{Value, json};

on_both_databases!(
    the_history_of_a_long_text_is_what_differs,
    what_was_never_public_has_a_short_history,
);

async fn history(server: &Server, id: &str, token: &str) -> Vec<Value> {
    let page = server
        .get_as(&format!("{}/history?limit=100", path(id)), token)
        .await;
    assert_eq!(page.status, 200, "{}", page.text());
    page.json()["items"].as_array().unwrap().clone()
}

/// Bytes of the values that the log has of a record.
async fn stored(server: &Server, id: &str) -> usize {
    let rows = change::Entity::about(Kind::Organization, id.parse().unwrap());
    let rows = rows.all(&server.state.store.db).await.unwrap();
    rows.iter().map(|row| row.fields.to_string().len()).sum()
}

async fn the_history_of_a_long_text_is_what_differs(server: Server) {
    let owner = server.token(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    let id = hand_in(&server, &owner, "Long Story").await.id();
    let mut tag = decide(&server, &moderator, &id, "publish")
        .await
        .etag()
        .to_owned();
    let half = "Nós fazemos pão. ".repeat(550);
    let before = stored(&server, &id).await;
    let texts: Vec<_> = (1..=10)
        .map(|day| format!("{half}Day {day}. {half}Fim."))
        .collect();
    for text in &texts {
        let patch = json!({"description": text});
        let answer = server.patch(&path(&id), &owner, &tag, &patch).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.etag().clone_into(&mut tag);
    }
    // The first notes the whole text, once; the others what differs.
    let added = stored(&server, &id).await - before;
    assert!((20_000..25_000).contains(&added), "{added}");

    let items = history(&server, &id, &owner).await;
    let (mut text, count) = (texts[9].clone(), texts.len() - 1);
    for (item, older) in items.iter().take(count).zip(texts.iter().rev().skip(1)) {
        let field = &item["fields"][0];
        assert_eq!(field["pointer"], "/description");
        let (from, to) = (
            field["from"].as_str().unwrap(),
            field["to"].as_str().unwrap(),
        );
        let offset = usize::try_from(field["offset"].as_u64().unwrap()).unwrap();
        let begin: String = text.chars().take(offset).collect();
        let rest: String = text.chars().skip(offset).collect();
        text = begin + from + rest.strip_prefix(to).unwrap();
        assert_eq!(text, *older);
    }
    assert_eq!(items[count]["fields"][0]["from"], Value::Null);
    assert_eq!(items[count]["fields"][0]["to"], texts[0]);

    // What is taken down leaves nothing of it.
    let body = json!({"fields": ["description"]});
    let taken = format!("{}/takedown", path(&id));
    let taken = server.post(&taken, Some(&moderator), &body).await;
    assert_eq!(taken.status, 200, "{}", taken.text());
    for item in history(&server, &id, &owner).await {
        for field in item["fields"].as_array().unwrap() {
            if field["pointer"] == "/description" {
                assert_eq!(*field, json!({"pointer": "/description"}));
            }
        }
    }
}

async fn what_was_never_public_has_a_short_history(server: Server) {
    let owner = server.token(Role::Member).await;
    let moderator = server.token(Role::Moderator).await;
    let posted = hand_in(&server, &owner, "Restless").await;
    let (id, mut tag) = (posted.id(), posted.etag().to_owned());
    let put_back = json!({"summary": "Put right by a moderator"});
    let answer = server.patch(&path(&id), &moderator, &tag, &put_back).await;
    answer.etag().clone_into(&mut tag);
    for number in 1..=40 {
        let patch = json!({
            "summary": format!("Number {number}"),
            "description": (["Bread. ", "Cakes! "][number % 2]).repeat(2_500),
        });
        let answer = server.patch(&path(&id), &owner, &tag, &patch).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.etag().clone_into(&mut tag);
    }
    assert!(stored(&server, &id).await < 5_000);
    let items = history(&server, &id, &owner).await;
    // The last updates, what the moderator did, and that it was made.
    assert_eq!(items.len(), 22);
    assert_eq!(items[21]["action"], "created");
    assert_eq!(items[20]["role"], "moderator");
    let fields = items[0]["fields"].as_array().unwrap();
    let summary = json!({"pointer": "/summary", "from": "Number 39", "to": "Number 40"});
    assert!(fields.contains(&summary), "{fields:?}");
    assert!(
        fields.contains(&json!({"pointer": "/description"})),
        "{fields:?}"
    );
    assert_eq!(items[0]["version"], 42);
    assert_eq!(server.get_as(&path(&id), &owner).await.etag(), tag);

    // From the first publication on everything is kept.
    let published = decide(&server, &moderator, &id, "publish").await;
    published.etag().clone_into(&mut tag);
    for number in 1..=25 {
        let patch = json!({"summary": format!("Public {number}")});
        let answer = server.patch(&path(&id), &owner, &tag, &patch).await;
        answer.etag().clone_into(&mut tag);
    }
    assert_eq!(history(&server, &id, &owner).await.len(), 22 + 1 + 25);
}
