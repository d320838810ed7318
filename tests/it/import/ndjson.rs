//! `--format ndjson`, and what all formats share.

use super::{counts, file, import, lines, record, summary, told};
use crate::changes::support::{caught_up, head, public_list};
use crate::harness::{Role, Server, on_both_databases};
use serde_json::json;

on_both_databases!(
    all_fields_are_read,
    bad_lines_are_rejected_with_line_and_reason,
    pending_records_are_not_public,
    rows_that_say_they_are_not_public_are_not_published,
    ids_that_no_index_can_hold_are_rejected,
    rejects_start_no_formula,
    equal_names_get_slugs_of_their_own,
    a_file_that_is_not_there_changes_nothing,
);

async fn all_fields_are_read(server: Server) {
    let data = json!({
        "name": "Zeta Kiln", "legal_name": "Zeta Kiln Limited", "summary": "Pots",
        "description": "Pots and *bowls*", "organization_type": "worker_cooperative",
        "sectors": ["crafts"], "tags": ["pots"], "technologies": ["wheel"], "languages": ["en"],
        "website": "https://zeta.example.coop/", "email": "hello@zeta.example.coop",
        "phone": "+44 20 7946 0000", "links": [{"rel": "mastodon", "url": "https://social.example/@zeta"}],
        "founded_on": "1999-02-01", "members_count": 7, "employees_count": 3,
        "logo_url": "https://zeta.example.coop/logo.png", "legal_form": "Society",
        "identifiers": [{"scheme": "GB-COH", "value": "01234567"}],
        "address": {"street": "1 Mill Lane", "locality": "Leeds", "region": "Yorkshire", "postal_code": "LS1 1AA", "country": "GB"},
        "location": {"lat": 53.79, "lon": -1.54}
    });
    let line = json!({"external_id": "z-1", "data": data}).to_string();
    let output = import(
        &server,
        &["--format", "ndjson", "--source", "friends"],
        &[file(&line).path()],
    );
    assert!(output.status.success(), "{output:?}");
    assert_eq!(summary(&output), counts(1, 0, 0, 0));

    let listed = record(&server, "friends", "z-1").await;
    for (field, value) in data.as_object().unwrap() {
        assert_eq!(&listed[field], value, "{field}");
    }
    assert_eq!(listed["slug"], "zeta-kiln");
    assert_eq!(listed["status"], "published");
    assert_eq!(listed["version"], 1);
    let history = server
        .get("/v1/organizations/zeta-kiln/history")
        .await
        .json();
    assert_eq!(history["items"][0]["role"], "import");
    assert_eq!(history["items"][0]["source"], "friends");
}

async fn bad_lines_are_rejected_with_line_and_reason(server: Server) {
    let good =
        r#"{"external_id": "1", "data": {"name": "Good One", "organization_type": "other"}}"#;
    let text = format!(
        "{good}\n\n{{\"external_id\": \"2\", \"data\": {{\"organization_type\": \"other\"}}}}\nnot json\n{}\n{}\n",
        r#"{"external_id": "3", "data": {"name": "Wrong", "organization_type": "castle", "location": {"lat": 91, "lon": 0}}}"#,
        good,
    );
    let file = file(&text);
    let output = import(&server, &["--format", "ndjson"], &[file.path()]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(summary(&output), counts(1, 0, 0, 4));

    let rejects = server.data_dir().join("rejects").join("ndjson.csv");
    assert!(
        told(&output).contains(rejects.to_str().unwrap()),
        "{}",
        told(&output)
    );
    let rejected = std::fs::read_to_string(&rejects).unwrap();
    let rows: Vec<&str> = rejected.lines().collect();
    let name = file.path().to_str().unwrap();
    assert_eq!(rows[0], "file,line,external_id,reason");
    assert!(
        rows[1].starts_with(&format!("{name},3,2,")) && rows[1].contains("/name"),
        "{rejected}"
    );
    assert!(rows[2].starts_with(&format!("{name},4,,")), "{rejected}");
    // Every fault of the row at once.
    assert!(rows[3].starts_with(&format!("{name},5,3,")), "{rejected}");
    assert!(
        rows[3].contains("/organization_type") && rows[3].contains("/location/lat"),
        "{rejected}"
    );
    assert!(rows[4].starts_with(&format!("{name},6,1,")), "{rejected}");
    assert_eq!(rows.len(), 5);

    let allowed = import(
        &server,
        &["--format", "ndjson", "--allow-rejects"],
        &[file.path()],
    );
    assert_eq!(allowed.status.code(), Some(0));
    assert_eq!(summary(&allowed), counts(0, 0, 1, 4));

    // A run without rejects leaves none of an earlier one behind.
    let clean = import(
        &server,
        &["--format", "ndjson"],
        &[lines([(9, json!({}))]).path()],
    );
    assert_eq!(clean.status.code(), Some(0));
    assert!(!rejects.exists());
}

async fn pending_records_are_not_public(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let file = lines([(1, json!({"name": "Waiting Weavers"}))]);
    let output = import(
        &server,
        &["--format", "ndjson", "--status", "pending"],
        &[file.path()],
    );
    assert_eq!(summary(&output), counts(1, 0, 0, 0));
    caught_up(&server).await;
    assert_eq!(public_list(&server).await.len(), 0);
    assert_eq!(
        server.get("/v1/feeds/organizations").await.json()["items"],
        json!([])
    );
    server
        .get("/v1/organizations/waiting-weavers")
        .await
        .problem(404);
    let queue = server
        .get_as("/v1/organizations?status=pending", &moderator)
        .await
        .json();
    assert_eq!(queue["items"][0]["name"], "Waiting Weavers");

    // A second run as published leaves it to the moderators.
    let again = import(&server, &["--format", "ndjson"], &[file.path()]);
    assert_eq!(summary(&again), counts(0, 0, 1, 0));
    caught_up(&server).await;
    assert_eq!(public_list(&server).await.len(), 0);
}

async fn rows_that_say_they_are_not_public_are_not_published(server: Server) {
    let moderator = server.token(Role::Moderator).await;
    let rows = || {
        lines([
            (1, json!({"name": "Waiting Weavers", "status": "pending"})),
            (2, json!({"name": "Former Fullers", "status": "archived"})),
            (3, json!({"name": "Present Potters", "status": "published"})),
        ])
    };
    let output = import(&server, &["--format", "ndjson"], &[rows().path()]);
    assert_eq!(summary(&output), counts(3, 0, 0, 0));
    caught_up(&server).await;
    let public = public_list(&server).await;
    let names: Vec<_> = public.values().map(|item| &item["name"]).collect();
    assert_eq!(names, ["Present Potters"]);
    let feed = server.get("/v1/feeds/organizations").await;
    assert!(!feed.text().contains("Weavers") && !feed.text().contains("Fullers"));
    let mut paths = Vec::new();
    for (name, status) in [
        ("Waiting Weavers", "pending"),
        ("Former Fullers", "archived"),
    ] {
        let hidden = format!("/v1/organizations?status={status}");
        let hidden = server.get_as(&hidden, &moderator).await.json()["items"][0].clone();
        assert_eq!(hidden["name"], name);
        let path = |name: &str| format!("/v1/organizations/{}", hidden[name].as_str().unwrap());
        server.get(&path("slug")).await.problem(404);
        let seen = server.get_as(&path("slug"), &moderator).await.json();
        assert_eq!(seen["status"], status);
        paths.push(path("id"));
    }

    // A moderator has published it since; the next run leaves that alone.
    let path = paths[0].as_str();
    let published = server
        .patch(path, &moderator, "*", &json!({"status": "published"}))
        .await;
    assert_eq!(published.status, 200, "{}", published.text());
    let again = import(&server, &["--format", "ndjson"], &[rows().path()]);
    assert_eq!(summary(&again), counts(0, 0, 3, 0));
    assert_eq!(server.get(path).await.json()["status"], "published");

    let waiting = lines([(4, json!({"name": "Later Lacers", "status": "published"}))]);
    let output = import(
        &server,
        &["--format", "ndjson", "--status", "pending"],
        &[waiting.path()],
    );
    assert_eq!(summary(&output), counts(1, 0, 0, 0));
    server
        .get("/v1/organizations/later-lacers")
        .await
        .problem(404);
    caught_up(&server).await;
    let public = public_list(&server).await;
    let mut names = public.values().map(|item| &item["name"]);
    assert!(names.all(|name| name != "Later Lacers"));
}

async fn ids_that_no_index_can_hold_are_rejected(server: Server) {
    // PostgreSQL compresses what repeats; this does not.
    let long: String = (0..1_000_u32)
        .map(|number| number.wrapping_mul(2_654_435_761).to_string())
        .collect();
    let record = |id: &str| {
        let data = json!({"name": "Long Id", "organization_type": "other"});
        json!({"external_id": id, "data": data}).to_string()
    };
    let rows = file(&format!("{}\n{}\n", record(&long), record("short")));
    let output = import(&server, &["--format", "ndjson"], &[rows.path()]);
    assert_eq!(summary(&output), counts(1, 0, 0, 1), "{}", told(&output));
    let csv = file(&format!("ref,name\n{long},Long Id\nshort,Short Id\n"));
    let args = [
        "--format",
        "csv",
        "--id-column",
        "ref",
        "--map",
        "name=name",
    ];
    let output = import(&server, &args, &[csv.path()]);
    assert_eq!(summary(&output), counts(1, 0, 0, 1), "{}", told(&output));
    let rejects = std::fs::read_to_string(server.data_dir().join("rejects/csv.csv")).unwrap();
    assert!(rejects.contains("more than 200 characters"), "{rejects}");
}

/// What strangers wrote is quoted in the rejects, which people open in spreadsheets.
async fn rejects_start_no_formula(server: Server) {
    let ids = ["=1+1", "+1", "-1", "@SUM(A1)", "'=1"];
    let rows = ids.map(|id| json!({"external_id": id, "data": {"name": ""}}).to_string());
    let rows = file(&rows.join("\n"));
    let output = import(&server, &["--format", "ndjson"], &[rows.path()]);
    assert!(!output.status.success());
    let mut rejects = csv::Reader::from_path(server.data_dir().join("rejects/ndjson.csv")).unwrap();
    let written: Vec<_> = rejects
        .records()
        .map(|row| row.unwrap()[2].to_owned())
        .collect();
    assert_eq!(written, ids.map(|id| format!("'{id}")));
}

async fn equal_names_get_slugs_of_their_own(server: Server) {
    let file = lines((0..5).map(|number| (number, json!({"name": "Same Name"}))));
    assert!(
        import(&server, &["--format", "ndjson"], &[file.path()])
            .status
            .success()
    );
    let more = lines([
        (7, json!({"name": "Same  name!"})),
        (8, json!({"name": "Same Name 3"})),
    ]);
    assert!(
        import(&server, &["--format", "ndjson"], &[more.path()])
            .status
            .success()
    );
    caught_up(&server).await;
    let mut slugs: Vec<String> = public_list(&server)
        .await
        .values()
        .map(|item| item["slug"].as_str().unwrap().to_owned())
        .collect();
    slugs.sort();
    let expected = [
        "same-name",
        "same-name-2",
        "same-name-3",
        "same-name-3-2",
        "same-name-4",
        "same-name-5",
        "same-name-6",
    ];
    assert_eq!(slugs, expected);
}

async fn a_file_that_is_not_there_changes_nothing(server: Server) {
    let good = lines([(1, json!({}))]);
    let missing = good.path().with_extension("missing");
    let output = import(&server, &["--format", "ndjson"], &[good.path(), &missing]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        told(&output).contains(missing.to_str().unwrap()),
        "{}",
        told(&output)
    );
    assert_eq!(head(&server).await, 0);
}
