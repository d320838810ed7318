//! A record is known by its source and its id there.

use super::{counts, import, lines, record, summary, told};
use crate::changes::support::{caught_up, head, public_list};
use crate::harness::{Role, Server, on_both_databases};
use entity::ids::{AccountId, OrganizationId};
use entity::membership::{self, MembershipRole};
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::json;

on_both_databases!(
    a_second_run_writes_nothing,
    one_row_that_differs_is_the_only_one_written,
    a_deleted_record_stays_deleted,
    an_archived_record_stays_archived,
    what_has_an_owner_is_as_the_owner_says,
    the_same_id_in_a_second_file_is_the_same_record,
    the_same_id_of_another_source_is_another_record,
    a_run_of_many_batches_says_how_far_it_is,
);

const NDJSON: [&str; 2] = ["--format", "ndjson"];

async fn a_second_run_writes_nothing(server: Server) {
    let file = lines((0..30).map(|number| {
        (
            number,
            json!({"tags": ["b", "a"], "address": {"country": "GB"}}),
        )
    }));
    assert_eq!(
        summary(&import(&server, &NDJSON, &[file.path()])),
        counts(30, 0, 0, 0)
    );
    caught_up(&server).await;
    let (before, listed) = (head(&server).await, public_list(&server).await);
    let again = import(&server, &NDJSON, &[file.path()]);
    assert!(again.status.success());
    assert_eq!(summary(&again), counts(0, 0, 30, 0));
    assert_eq!(head(&server).await, before);
    assert_eq!(public_list(&server).await, listed);
}

async fn one_row_that_differs_is_the_only_one_written(server: Server) {
    let all = |summary: &str| {
        let summary = summary.to_owned();
        lines((0..20).map(move |number| {
            let text = if number == 7 {
                summary.as_str()
            } else {
                "the same"
            };
            (number, json!({"summary": text}))
        }))
    };
    let first = import(&server, &NDJSON, &[all("old").path()]);
    assert_eq!(summary(&first), counts(20, 0, 0, 0));
    let before = head(&server).await;
    let second = import(&server, &NDJSON, &[all("new").path()]);
    assert_eq!(summary(&second), counts(0, 1, 19, 0));
    assert_eq!(head(&server).await, before + 1);

    let changed = record(&server, "ndjson", "7").await;
    assert_eq!(changed["summary"], "new");
    assert_eq!(changed["version"], 2);
    let path = format!(
        "/v1/organizations/{}/history",
        changed["id"].as_str().unwrap()
    );
    let history = server.get(&path).await.json();
    let fields = json!([{"pointer": "/summary", "from": "old", "to": "new"}]);
    assert_eq!(history["items"][0]["fields"], fields);
    assert_eq!(history["items"][0]["action"], "updated");
    assert_eq!(history["items"][1]["action"], "created");
}

async fn a_deleted_record_stays_deleted(server: Server) {
    let token = server.token(Role::Moderator).await;
    let file = lines((0..3).map(|number| (number, json!({}))));
    import(&server, &NDJSON, &[file.path()]);
    let path = format!(
        "/v1/organizations/{}",
        record(&server, "ndjson", "1").await["id"].as_str().unwrap()
    );
    let etag = server.get(&path).await.etag().to_owned();
    assert_eq!(server.delete(&path, &token, &etag).await.status, 204);

    let before = head(&server).await;
    let again = import(&server, &NDJSON, &[file.path()]);
    assert_eq!(summary(&again), counts(0, 0, 2, 1));
    assert_eq!(again.status.code(), Some(1));
    let rejects = std::fs::read_to_string(server.data_dir().join("rejects/ndjson.csv")).unwrap();
    assert!(rejects.contains("deleted"), "{rejects}");
    assert_eq!(head(&server).await, before);
    caught_up(&server).await;
    assert_eq!(public_list(&server).await.len(), 2);
    server.get(&path).await.problem(410);
}

async fn an_archived_record_stays_archived(server: Server) {
    let token = server.token(Role::Moderator).await;
    import(
        &server,
        &NDJSON,
        &[lines([(1, json!({"summary": "old"}))]).path()],
    );
    let path = format!(
        "/v1/organizations/{}",
        record(&server, "ndjson", "1").await["id"].as_str().unwrap()
    );
    let etag = server.get(&path).await.etag().to_owned();
    let archived = server
        .patch(&path, &token, &etag, &json!({"status": "archived"}))
        .await;
    assert_eq!(archived.status, 200, "{}", archived.text());

    let again = import(
        &server,
        &NDJSON,
        &[lines([(1, json!({"summary": "new"}))]).path()],
    );
    assert_eq!(summary(&again), counts(0, 1, 0, 0));
    caught_up(&server).await;
    assert_eq!(public_list(&server).await.len(), 0);
    let kept = server.get_as(&path, &token).await.json();
    assert_eq!(kept["status"], "archived");
    assert_eq!(kept["summary"], "new");
    let feed = server.get("/v1/feeds/organizations").await.json();
    assert_eq!(feed["items"][0]["state"], "deleted");
}

async fn the_same_id_in_a_second_file_is_the_same_record(server: Server) {
    let one = lines([(1, json!({"summary": "one"})), (2, json!({}))]);
    let two = lines([(1, json!({"summary": "two"})), (3, json!({}))]);
    let output = import(&server, &NDJSON, &[one.path(), two.path()]);
    assert_eq!(summary(&output), counts(3, 1, 0, 0));
    assert_eq!(record(&server, "ndjson", "1").await["summary"], "two");
    assert_eq!(public_list(&server).await.len(), 3);
}

async fn the_same_id_of_another_source_is_another_record(server: Server) {
    let file = lines([(1, json!({}))]);
    for source in ["one", "two"] {
        let output = import(
            &server,
            &["--format", "ndjson", "--source", source],
            &[file.path()],
        );
        assert_eq!(summary(&output), counts(1, 0, 0, 0));
    }
    let (one, two) = (
        record(&server, "one", "1").await,
        record(&server, "two", "1").await,
    );
    assert_ne!(one["id"], two["id"]);
    assert_ne!(one["slug"], two["slug"]);
}

async fn a_run_of_many_batches_says_how_far_it_is(server: Server) {
    let file = lines((0..4_201).map(|number| (number, json!({}))));
    let output = import(&server, &NDJSON, &[file.path()]);
    assert_eq!(summary(&output), counts(4_201, 0, 0, 0));
    let printed = std::str::from_utf8(&output.stdout).unwrap();
    assert_eq!(printed.matches('\n').count(), 1);
    // Nobody watches a bar here: a line per 2,000 rows, and no control characters.
    let said = told(&output);
    let progress: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("created: "))
        .collect();
    let name = file.path().display();
    let expected = [2_000, 4_000].map(|rows| format!("{name}: {}", counts(rows, 0, 0, 0)));
    assert_eq!(progress, expected);
    assert!(
        !said.contains(|char: char| char.is_control() && char != '\n'),
        "{said}"
    );
}

async fn what_has_an_owner_is_as_the_owner_says(server: Server) {
    let owner = server.person(Role::Member).await;
    let source = |summary: &str| {
        let fields = json!({"summary": summary});
        lines([(1, fields.clone()), (2, fields)])
    };
    import(&server, &NDJSON, &[source("Old").path()]);
    caught_up(&server).await;
    let claimed = record(&server, "ndjson", "1").await;
    let id = claimed["id"].as_str().unwrap();
    membership::Entity::insert(membership::ActiveModel {
        organization_id: Set(OrganizationId(id.parse().unwrap())),
        account_id: Set(AccountId(owner.id)),
        role: Set(MembershipRole::Owner),
        created_at: Set(server.state.clock.now()),
    })
    .exec_without_returning(&server.state.store.db)
    .await
    .unwrap();
    let path = format!("/v1/organizations/{id}");
    let etag = server.get(&path).await.etag().to_owned();
    let change = json!({"summary": "What we say"});
    let changed = server.patch(&path, &owner.token, &etag, &change).await;
    assert_eq!(changed.status, 200, "{}", changed.text());

    let again = import(&server, &NDJSON, &[source("New").path()]);
    assert!(again.status.success());
    let kept = format!(
        "{}, of the unchanged their owners keep: 1",
        counts(0, 1, 1, 0)
    );
    assert_eq!(summary(&again), kept);
    let seen = server.get(&path).await;
    assert_eq!(seen.text(), changed.text());
    let other = record(&server, "ndjson", "2").await;
    assert_eq!(other["summary"], "New");
    // Where both say the same there is nothing to tell.
    let same = import(&server, &NDJSON, &[source("What we say").path()]);
    assert_eq!(summary(&same), counts(0, 1, 1, 0));
}
