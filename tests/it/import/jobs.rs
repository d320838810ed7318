//! Jobs from files: our own format.

use super::{counts, file, import, summary, told};
use crate::changes::support::{caught_up, head};
use crate::harness::{Role, Server, on_both_databases};
use crate::jobs::{Coop, coop, in_feed, listed, path, state_in_feed};
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use toadlane::clock::Clock;

on_both_databases!(
    jobs_come_again_and_only_what_differs_is_written,
    an_employer_is_named_in_many_ways,
    a_row_that_breaks_a_rule_names_the_field,
    old_jobs_keep_their_day_and_get_new_time,
    what_was_closed_here_stays_closed,
    what_is_posted_here_is_not_imported_again,
    copies_for_several_places_are_one_job,
    jobs_may_wait_for_somebody_to_look,
    what_another_server_exported_is_read,
    more_rows_than_a_batch,
);

const JOBS: [&str; 4] = ["--format", "jobs_ndjson", "--source", "board"];

/// A job of this organization with some members replaced.
fn line(coop: &Coop, id: &str, members: &Value) -> Value {
    let mut job = crate::jobs::job(coop, &format!("Baker {id}"));
    let job_members = job.as_object_mut().unwrap();
    job_members.insert("external_id".to_owned(), json!(id));
    job_members.extend(members.as_object().unwrap().clone());
    job
}

fn lines(lines: impl IntoIterator<Item = Value>) -> NamedTempFile {
    let lines: Vec<_> = lines.into_iter().map(|line| line.to_string()).collect();
    file(&lines.join("\n"))
}

fn rejects(server: &Server) -> Vec<[String; 3]> {
    let path = server.data_dir().join("rejects/board.csv");
    let mut reader = csv::Reader::from_path(path).unwrap();
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        [1, 2, 3].map(|at| row[at].to_owned())
    });
    rows.collect()
}

/// The public job that an import made of this id.
async fn imported(server: &Server, external_id: &str) -> Value {
    caught_up(server).await;
    let page = server.get("/v1/jobs?limit=100").await.json();
    let mut items = page["items"].as_array().unwrap().iter();
    let found = items.find(|item| item["source"]["external_id"] == external_id);
    found
        .unwrap_or_else(|| panic!("{external_id} is not listed"))
        .clone()
}

async fn jobs_come_again_and_only_what_differs_is_written(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let all = |title: &str| {
        let rows = (0..5).map(|number| match number {
            3 => line(&ada, "3", &json!({"title": title})),
            other => line(&ada, &other.to_string(), &json!({})),
        });
        lines(rows.collect::<Vec<_>>())
    };
    let first = import(&server, &JOBS, &[all("Cook").path()]);
    assert_eq!(summary(&first), counts(5, 0, 0, 0), "{}", told(&first));
    assert!(first.status.success());
    let cook = imported(&server, "3").await;
    assert_eq!(cook["source"]["name"], "board");
    assert_eq!(cook["organization"]["slug"], ada.slug);
    assert_eq!(cook["slug"], "cook-ada-bakery");
    let before = head(&server).await;
    let again = import(&server, &JOBS, &[all("Cook").path()]);
    assert_eq!(summary(&again), counts(0, 0, 5, 0));
    assert_eq!(head(&server).await, before);
    let changed = import(&server, &JOBS, &[all("Night cook").path()]);
    assert_eq!(summary(&changed), counts(0, 1, 4, 0));
    assert_eq!(head(&server).await, before + 1);
    let now = imported(&server, "3").await;
    assert_eq!(now["title"], "Night cook");
    for same in ["id", "slug", "posted_at", "valid_through"] {
        assert_eq!(now[same], cook[same], "{same}");
    }
    let history = format!("{}/history", path(now["id"].as_str().unwrap()));
    let history = server.get(&history).await.json();
    assert_eq!(history["items"][0]["role"], "import");
    assert_eq!(history["items"][0]["source"], "board");
    assert_eq!(
        history["items"][0]["fields"],
        json!([{"pointer": "/title", "from": "Cook", "to": "Night cook"}])
    );
}

async fn an_employer_is_named_in_many_ways(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let moderator = server.token(Role::Moderator).await;
    let website =
        json!({"website": "https://www.ada-bakery.coop/", "legal_name": "Ada Bakery Limited"});
    server.patch(&ada.path(), &moderator, "*", &website).await;
    for name in ["Twin Mill", "Twin Mill"] {
        coop(&server, name).await;
    }
    let pending = server
        .post(
            "/v1/organizations",
            Some(&ada.token),
            &crate::harness::organization("Quiet Mill"),
        )
        .await;
    let member = super::lines([(77, json!({"name": "From The Board"}))]);
    let listed = import(
        &server,
        &["--format", "ndjson", "--source", "board"],
        &[member.path()],
    );
    assert_eq!(summary(&listed), counts(1, 0, 0, 0));
    let found = [
        json!({"organization_id": ada.id}),
        json!({"organization": {"id": ada.id, "name": "Whatever"}}),
        json!({"organization": {"slug": "ada-bakery"}}),
        json!({"organization": {"slug": "ada-bakery", "name": "ada  BAKERY"}}),
        json!({"organization": {"website": "http://ada-bakery.coop/jobs"}}),
        json!({"organization": {"name": "Ada bakery limited"}}),
        json!({"organization": {"external_id": "77"}}),
    ];
    let lost = [
        (
            json!({"organization": {"name": "Ada Baker"}}),
            "no published organization is called \"Ada Baker\"",
        ),
        (
            json!({"organization": {"slug": "ada-bakery", "name": "Other"}}),
            "no published organization is",
        ),
        (
            json!({"organization": {"name": "Twin Mill"}}),
            "2 published organizations are called \"Twin Mill\"",
        ),
        (
            json!({"organization": {"name": "Quiet Mill"}}),
            "no published organization is",
        ),
        (
            json!({"organization_id": pending.id()}),
            "is not published here",
        ),
        (
            json!({"organization": {"website": "https://github.com/ada"}}),
            "no published organization is",
        ),
        (json!({}), "it names no organization"),
    ];
    let named = |members: &Value, number: usize| {
        let mut line = line(&ada, &format!("n{number}"), &json!({}));
        line.as_object_mut().unwrap().remove("organization_id");
        line.as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        line
    };
    let rows = found.iter().chain(lost.iter().map(|(row, _)| row));
    let file = lines(rows.enumerate().map(|(number, row)| named(row, number)));
    let output = import(&server, &JOBS, &[file.path()]);
    assert_eq!(
        summary(&output),
        counts(7, 0, 0, 7),
        "{:?}",
        rejects(&server)
    );
    assert_eq!(output.status.code(), Some(1));
    for (number, (reject, (_, reason))) in rejects(&server).iter().zip(&lost).enumerate() {
        assert_eq!(reject[0], (number + 8).to_string());
        assert!(reject[2].contains(reason), "{reject:?}");
    }
    // Whoever names nobody is the one of --organization.
    let args = [JOBS.as_slice(), &["--organization", "ada-bakery"]].concat();
    let nobody = lines([named(&json!({}), 13)]);
    let output = import(&server, &args, &[nobody.path()]);
    assert_eq!(summary(&output), counts(1, 0, 0, 0));
    let args = [JOBS.as_slice(), &["--organization", "quiet-mill"]].concat();
    let output = import(&server, &args, &[nobody.path()]);
    assert!(
        told(&output).contains("no published organization"),
        "{}",
        told(&output)
    );
}

async fn a_row_that_breaks_a_rule_names_the_field(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let yesterday = Clock::System.now() - TimeDelta::days(1);
    let cases = [
        (json!({"title": ""}), "/title"),
        (
            json!({"workplace": "remote", "locations": []}),
            "/applicant_countries",
        ),
        (
            json!({"salary": {"min": 2, "max": 1, "currency": "EUR", "period": "year"}}),
            "/salary/max",
        ),
        (json!({"apply_url": null}), "/apply_url"),
        (
            json!({"valid_through": yesterday}),
            "/valid_through ran out on",
        ),
        (json!({"status": "filled"}), "/status is \"filled\""),
        (json!({"wage": 5}), "/wage"),
        (json!({"organization_id": "ada"}), "/organization_id"),
    ];
    let mut rows = vec![line(&ada, "good", &json!({}))];
    for (number, (members, _)) in cases.iter().enumerate() {
        rows.push(line(&ada, &number.to_string(), members));
    }
    rows.push(line(&ada, "also good", &json!({})));
    let file = lines(rows);
    let output = import(&server, &JOBS, &[file.path()]);
    assert_eq!(summary(&output), counts(2, 0, 0, cases.len()));
    let mut told = rejects(&server);
    told.sort_by_key(|reject| reject[0].parse::<usize>().unwrap());
    for (number, (reject, (_, reason))) in told.iter().zip(&cases).enumerate() {
        assert_eq!(reject[..2], [(number + 2).to_string(), number.to_string()]);
        assert!(reject[2].contains(reason), "{reject:?}");
    }
}

async fn old_jobs_keep_their_day_and_get_new_time(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let now = Clock::System.now();
    let days = |days: i64| now + TimeDelta::days(days);
    let file = lines([
        line(&ada, "old", &json!({"posted_at": "2015-03-01T10:00:00Z"})),
        line(&ada, "far", &json!({"valid_through": days(400)})),
        line(&ada, "near", &json!({"valid_through": days(10)})),
        line(&ada, "future", &json!({"posted_at": days(5)})),
    ]);
    let output = import(&server, &JOBS, &[file.path()]);
    assert_eq!(summary(&output), counts(4, 0, 0, 0));
    let time = |job: &Value, name: &str| {
        let text = job[name].as_str().unwrap();
        chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    };
    let about = |time: chrono::DateTime<Utc>, day: i64| {
        let off = (time - days(day)).num_minutes().abs();
        assert!(off < 5, "{time} is not in {day} days");
    };
    let old = imported(&server, "old").await;
    assert_eq!(old["posted_at"], "2015-03-01T10:00:00Z");
    about(time(&old, "valid_through"), 60);
    about(time(&imported(&server, "far").await, "valid_through"), 180);
    about(time(&imported(&server, "near").await, "valid_through"), 10);
    about(time(&imported(&server, "future").await, "posted_at"), 0);
    // What was cut or set here does not differ the next time.
    let again = import(&server, &JOBS, &[file.path()]);
    assert_eq!(summary(&again), counts(0, 0, 4, 0));
    // Its editors may change it as any other.
    let id = old["id"].as_str().unwrap();
    let change = json!({"seniority": "mid", "valid_through": days(100)});
    let changed = server.patch(&path(id), &ada.token, "*", &change).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(changed.json()["posted_at"], "2015-03-01T10:00:00Z");
}

async fn what_was_closed_here_stays_closed(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let file = lines([line(&ada, "1", &json!({})), line(&ada, "2", &json!({}))]);
    import(&server, &JOBS, &[file.path()]);
    let filled = imported(&server, "1").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let deleted = imported(&server, "2").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    crate::jobs::act(
        &server,
        &ada,
        &filled,
        "close",
        &json!({"reason": "filled"}),
    )
    .await;
    server.delete(&path(&deleted), &ada.token, "*").await;
    let file = lines([
        line(&ada, "1", &json!({"title": "New"})),
        line(&ada, "2", &json!({"title": "New too"})),
    ]);
    let again = import(&server, &JOBS, &[file.path()]);
    assert_eq!(summary(&again), counts(0, 0, 1, 1));
    assert!(rejects(&server)[0][2].contains("deleted here"));
    caught_up(&server).await;
    assert_eq!(listed(&server).await, Vec::<String>::new());
    assert_eq!(state_in_feed(&server, &filled).await.unwrap(), "deleted");
}

async fn what_is_posted_here_is_not_imported_again(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let own = crate::jobs::post(&server, &ada, &crate::jobs::job(&ada, "BAKER 1")).await;
    let file = lines([line(&ada, "1", &json!({})), line(&ada, "2", &json!({}))]);
    let output = import(&server, &JOBS, &[file.path()]);
    assert_eq!(summary(&output), counts(1, 0, 0, 1));
    let reason = format!("posted here already: {}", path(&own.id()));
    assert!(rejects(&server)[0][2].contains(&reason));
}

async fn copies_for_several_places_are_one_job(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let at = |id: &str, town: &str| {
        line(
            &ada,
            id,
            &json!({"title": "Baker", "locations": [{"locality": town, "country": "GB"}]}),
        )
    };
    let file = lines([
        at("l", "Leeds"),
        at("y", "York"),
        at("h", "Hull"),
        at("l2", "Leeds"),
    ]);
    for expected in [counts(1, 0, 0, 0), counts(0, 0, 1, 0)] {
        let output = import(&server, &JOBS, &[file.path()]);
        assert_eq!(
            summary(&output),
            format!("{expected}, folded into others: 3")
        );
    }
    let job = imported(&server, "l").await;
    let towns: Vec<_> = job["locations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|place| place["locality"].as_str().unwrap())
        .collect();
    assert_eq!(towns, ["Leeds", "York", "Hull"]);
    assert_eq!(listed(&server).await.len(), 1);
    assert_eq!(
        server.get("/v1/jobs?locality=York").await.json()["total"],
        1
    );
}

async fn jobs_may_wait_for_somebody_to_look(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let moderator = server.token(Role::Moderator).await;
    let args = [JOBS.as_slice(), &["--status", "pending"]].concat();
    let file = lines([line(
        &ada,
        "1",
        &json!({"posted_at": "2015-03-01T10:00:00Z"}),
    )]);
    assert_eq!(
        summary(&import(&server, &args, &[file.path()])),
        counts(1, 0, 0, 0)
    );
    caught_up(&server).await;
    assert_eq!(listed(&server).await, Vec::<String>::new());
    let waiting = server
        .get_as("/v1/jobs?status=pending", &moderator)
        .await
        .json();
    let id = waiting["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(in_feed(&server, &id).await, None);
    let publish = json!({"status": "published"});
    let published = server.patch(&path(&id), &moderator, "*", &publish).await;
    assert_eq!(published.status, 200, "{}", published.text());
    // Its time here counts from today.
    assert_eq!(published.json()["status"], "published");
    assert_eq!(published.json()["posted_at"], "2015-03-01T10:00:00Z");
    assert_eq!(imported(&server, "1").await["id"], id.as_str());
    assert_eq!(
        summary(&import(&server, &args, &[file.path()])),
        counts(0, 0, 1, 0)
    );
}

async fn what_another_server_exported_is_read(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let posted = crate::jobs::post(&server, &ada, &crate::jobs::job(&ada, "Baker")).await;
    let mut view = server.get(&path(&posted.id())).await.json();
    let deleted = server.delete(&path(&posted.id()), &ada.token, "*").await;
    assert_eq!(deleted.status, 204);
    // Elsewhere its organization had another id.
    let unknown = "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071";
    view["organization_id"] = json!(unknown);
    view["organization"]["id"] = json!(unknown);
    let file = lines([view.clone(), json!({"complete": true, "count": 1})]);
    let output = import(&server, &JOBS, &[file.path()]);
    assert_eq!(summary(&output), counts(1, 0, 0, 0));
    let job = imported(&server, &posted.id()).await;
    assert_eq!(job["organization_id"], ada.id);
    for same in [
        "title",
        "description",
        "locations",
        "posted_at",
        "valid_through",
    ] {
        assert_eq!(job[same], view[same], "{same}");
    }
}

async fn more_rows_than_a_batch(server: Server) {
    let ada = coop(&server, "Ada Bakery").await;
    let rows = || {
        let rows = (0..450).map(|number| {
            // A few names: their slugs are told apart.
            let title = format!("Baker {}", number % 7);
            let text = format!("Shift {number}.");
            line(
                &ada,
                &number.to_string(),
                &json!({"title": title, "description": text}),
            )
        });
        lines(rows.collect::<Vec<_>>())
    };
    assert_eq!(
        summary(&import(&server, &JOBS, &[rows().path()])),
        counts(450, 0, 0, 0)
    );
    assert_eq!(
        summary(&import(&server, &JOBS, &[rows().path()])),
        counts(0, 0, 450, 0)
    );
    caught_up(&server).await;
    assert_eq!(server.get("/v1/jobs?limit=1").await.json()["total"], 450);
}
