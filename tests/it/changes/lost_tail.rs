//! A database that was taken back to an earlier state: its numbers are never given again.

use super::support::{caught_up, eventually, head, ready};
use crate::harness::{Answer, Role, Server, on_both_databases, organization};
use crate::import::{import, lines};
use sea_orm::ConnectionTrait;
use serde_json::json;

on_both_databases!(
    numbers_go_on_beyond_what_the_index_has_seen,
    an_import_that_comes_first_raises_them,
    a_running_server_raises_them,
);

async fn list(server: &Server, name: &str) -> Answer {
    let token = server.token(Role::Moderator).await;
    let path = "/v1/organizations?refresh=wait_for";
    let created = server.post(path, Some(&token), &organization(name)).await;
    assert_eq!(created.status, 201, "{}", created.text());
    created
}

fn number(answer: &Answer) -> i64 {
    // Of an encoded answer the tag goes on after the number.
    let tag = answer.etag().trim_start_matches("W/").trim_matches('"');
    tag.split('-').next().unwrap().parse().unwrap()
}

async fn found(server: &Server, words: &str) -> i64 {
    let path = format!("/v1/organizations?q={words}");
    let found = server.get(&path).await;
    assert_eq!(found.status, 200, "{}", found.text());
    found.json()["total"].as_i64().unwrap()
}

/// Takes the database back to how it was when the log ended at `seq`, as a backup of then would.
async fn restore(server: &Server, seq: i64) {
    let db = sea_orm::Database::connect(server.database_url())
        .await
        .unwrap();
    let sequence = if server.state.store.is_postgres() {
        "SELECT setval(pg_get_serial_sequence('change', 'seq'), $)"
    } else {
        "UPDATE sqlite_sequence SET seq = $ WHERE name = 'change'"
    };
    for sql in [
        "DELETE FROM membership WHERE organization_id IN (SELECT id FROM feed_entry WHERE seq > $)",
        "DELETE FROM organization_key WHERE organization_id IN (SELECT id FROM feed_entry WHERE seq > $)",
        "DELETE FROM organization WHERE id IN (SELECT id FROM feed_entry WHERE seq > $)",
        "DELETE FROM feed_entry WHERE seq > $",
        "DELETE FROM change WHERE seq > $",
        sequence,
    ] {
        let sql = sql.replace('$', &seq.to_string());
        db.execute_unprepared(&sql).await.unwrap();
    }
    db.close().await.unwrap();
}

async fn numbers_go_on_beyond_what_the_index_has_seen(mut server: Server) {
    list(&server, "Kept Weavers").await;
    let backup = head(&server).await;
    let another = if server.state.store.is_postgres() {
        Some(server.start_another().await)
    } else {
        None
    };
    list(&server, "Lost Dyers").await;
    let lost = number(&list(&server, "Lost Spinners").await);
    if let Some(mut another) = another {
        caught_up(&another).await;
        another.stop().await;
    }
    server.stop().await;
    restore(&server, backup).await;

    let server = server.restart().await;
    ready(&server).await;
    assert_eq!(
        (found(&server, "kept").await, found(&server, "lost").await),
        (1, 0)
    );
    // Whoever keeps only the last number they saw misses nothing.
    let new = list(&server, "New Carders").await;
    assert!(number(&new) > lost, "{} is not above {lost}", number(&new));
    let page = format!("/v1/feeds/organizations?afterChangeNumber={lost}");
    let page = server.get(&page).await.json();
    assert_eq!(page["items"][0]["id"], new.id());
    // The index of another server has seen what is lost as well.
    if server.state.store.is_postgres() {
        let other = server.start_another().await;
        ready(&other).await;
        caught_up(&other).await;
        assert_eq!(
            (found(&other, "new").await, found(&other, "lost").await),
            (1, 0)
        );
    }
    // Once is enough.
    let head_before = head(&server).await;
    let server = server.restart().await;
    ready(&server).await;
    let next = number(&list(&server, "Next Fullers").await);
    assert!(
        next < head_before + 1000,
        "{next} is far above {head_before}"
    );
}

async fn an_import_that_comes_first_raises_them(mut server: Server) {
    list(&server, "Kept Weavers").await;
    let backup = head(&server).await;
    list(&server, "Lost Dyers").await;
    let lost = number(&list(&server, "Lost Spinners").await);
    server.stop().await;
    restore(&server, backup).await;

    let file = lines((0..20).map(|number| (number, json!({}))));
    let output = import(&server, &["--format", "ndjson"], &[file.path()]);
    assert!(output.status.success(), "{output:?}");
    let server = server.restart().await;
    ready(&server).await;
    caught_up(&server).await;
    assert_eq!(found(&server, "lost").await, 0);
    let page = format!("/v1/feeds/organizations?afterChangeNumber={lost}");
    let page = server.get(&page).await.json();
    assert_eq!(page["items"].as_array().unwrap().len(), 20);
}

async fn a_running_server_raises_them(server: Server) {
    list(&server, "Kept Weavers").await;
    let backup = head(&server).await;
    let lost = number(&list(&server, "Lost Dyers").await);
    assert_eq!(found(&server, "lost").await, 1);
    restore(&server, backup).await;
    eventually("the index forgets what is lost", || async {
        found(&server, "lost").await == 0
    })
    .await;
    ready(&server).await;
    assert_eq!(found(&server, "kept").await, 1);
    let new = number(&list(&server, "New Carders").await);
    assert!(new > lost, "{new} is not above {lost}");
    assert_eq!(found(&server, "new").await, 1);
}
