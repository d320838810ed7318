//! `toadlane demo`.

use crate::changes::support::{eventually, head, public_list, ready};
use crate::harness::{Command, Role, Server, Serving, on_both_databases};
use crate::import::{import, lines};
use entity::instance;
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::json;

on_both_databases!(
    the_demo_is_loaded_once,
    a_store_with_users_is_served_as_it_is,
    a_store_with_records_is_served_as_it_is,
    a_demo_that_was_stopped_while_loading_is_completed,
);

/// Puts a demo in the place of the server in this process.
async fn demo(server: &mut Server) -> Serving {
    server.stop().await;
    let serving = Command::new(&["demo"])
        .on(server.data_dir(), &server.database_url())
        .serve();
    server.url.clone_from(&serving.url);
    ready(server).await;
    serving
}

async fn the_demo_is_loaded_once(mut server: Server) {
    let serving = demo(&mut server).await;
    // Ready means searchable.
    let listed = public_list(&server).await;
    assert!(listed.len() >= 60, "{} records", listed.len());
    assert_ne!(
        server.get("/v1/organizations?q=hosting").await.json()["total"],
        0
    );
    assert!(listed.values().all(|item| item["source"]["name"] == "demo"));
    let jobs = server
        .get("/v1/jobs?limit=100&facets=workplace,country,membership_track")
        .await
        .json();
    is_a_believable_board(&jobs);
    let loaded = head(&server).await;
    drop(serving);
    let _serving = demo(&mut server).await;
    assert_eq!(head(&server).await, loaded);
    assert_eq!(public_list(&server).await, listed);
    let again = server.get("/v1/jobs?limit=100").await.json();
    assert_eq!(again["items"], jobs["items"]);
}

/// Enough jobs of enough kinds, each of which says that it is invented.
fn is_a_believable_board(jobs: &serde_json::Value) {
    let items = jobs["items"].as_array().unwrap();
    assert!(items.len() >= 25, "{} jobs", items.len());
    for (facet, least) in [("workplace", 3), ("country", 10), ("membership_track", 3)] {
        let values = jobs["facets"][facet].as_array().unwrap().len();
        assert!(values >= least, "{values} values of {facet}");
    }
    let different = |pointer: &str| {
        let values = items
            .iter()
            .filter_map(|item| item.pointer(pointer)?.as_str());
        values.collect::<std::collections::HashSet<_>>().len()
    };
    assert!(different("/salary/currency") >= 8);
    assert!(different("/posted_at") >= 10);
    assert!(different("/governance") >= 3);
    let words = ["invented", "inventado", "inventat", "inventée", "Erfundene"];
    for item in items {
        let description = item["description"].as_str().unwrap();
        let last = description.lines().last().unwrap();
        assert!(
            words.iter().any(|word| last.contains(word)),
            "{description}"
        );
        assert!(
            item["apply_url"]
                .as_str()
                .unwrap()
                .starts_with("https://example.org/")
        );
    }
}

async fn a_store_with_users_is_served_as_it_is(mut server: Server) {
    server.token(Role::Member).await;
    let _serving = demo(&mut server).await;
    assert_eq!(head(&server).await, 0);
    assert_eq!(public_list(&server).await.len(), 0);
}

async fn a_store_with_records_is_served_as_it_is(mut server: Server) {
    let file = lines([(1, json!({}))]);
    assert!(
        import(&server, &["--format", "ndjson"], &[file.path()])
            .status
            .success()
    );
    let _serving = demo(&mut server).await;
    assert_eq!(public_list(&server).await.len(), 1);
}

/// The store as a demo leaves it that is stopped between two batches.
async fn a_demo_that_was_stopped_while_loading_is_completed(mut server: Server) {
    let serving = demo(&mut server).await;
    let listed = public_list(&server).await;
    drop(serving);
    let db = server.state.store.db.clone();
    for sql in [
        "UPDATE instance SET demo_loaded_at = NULL",
        "DELETE FROM feed_entry WHERE seq > 50",
        "DELETE FROM job",
        "DELETE FROM organization WHERE id NOT IN (SELECT id FROM feed_entry)",
        "DELETE FROM change WHERE seq > 50",
    ] {
        db.execute_unprepared(sql).await.unwrap();
    }
    // Nothing was indexed then.
    server.lose_index();
    let serving = demo(&mut server).await;
    let names = |list: &std::collections::BTreeMap<_, serde_json::Value>| {
        let mut names: Vec<_> = list.values().map(|item| item["name"].to_string()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&public_list(&server).await), names(&listed));
    drop(serving);
    let loaded_at = instance::Entity::find_by_id(1)
        .one(&db)
        .await
        .unwrap()
        .unwrap()
        .demo_loaded_at;
    assert!(loaded_at.is_some());
}

/// `kill -9` as soon as anything is in the store, on a store that is new.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demo_that_is_killed_is_completed_by_the_next() {
    for looks in [0, 1, 2, 4, 8, 16, 32, 64] {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("toadlane.db");
        let url = format!("sqlite://{}", database.display());
        let mut child = Command::new(&["demo", "--listen", "127.0.0.1:0"])
            .on(folder.path(), &url)
            .spawn();
        eventually("the database is there", || async { database.exists() }).await;
        for _ in 0..looks {
            tokio::time::sleep(std::time::Duration::from_millis(3)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let serving = Command::new(&["demo"]).on(folder.path(), &url).serve();
        let total = async || {
            let answer = reqwest::get(format!("{}/v1/organizations?limit=1", serving.url))
                .await
                .unwrap();
            answer.json::<serde_json::Value>().await.unwrap()["total"]
                .as_u64()
                .unwrap()
        };
        eventually("the demo is searchable", || async { total().await >= 60 }).await;
    }
}

/// A database in the environment is somebody's real one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_the_environment_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().join("real.db");
    let url = format!("sqlite://{}", real.display());
    let serving = Command::new(&["demo"])
        .current_dir(folder.path())
        .env("TOADLANE_DATABASE_URL", &url)
        .serve();
    assert!(!real.exists());
    assert!(folder.path().join("data-demo").join("toadlane.db").exists());
    drop(serving);
    // Named together with a data dir, it is meant.
    let data_dir = folder.path().join("named");
    let serving = Command::new(&["demo"])
        .current_dir(folder.path())
        .env("TOADLANE_DATABASE_URL", &url)
        .env("TOADLANE_DATA_DIR", data_dir.to_str().unwrap())
        .serve();
    assert!(real.exists());
    assert!(!data_dir.join("toadlane.db").exists());
    drop(serving);
}
