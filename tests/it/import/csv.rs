//! `--format csv`.

use super::{counts, file, import, record, summary, told};
use crate::changes::support::{head, public_list};
use crate::harness::{Server, on_both_databases};
use serde_json::{Value, json};

on_both_databases!(
    columns_are_mapped_and_values_set,
    our_own_header_needs_no_mapping,
    addresses_that_the_api_refuses_are_left_out,
    a_mapping_that_does_not_fit_changes_nothing,
);

const TECH: &str = "\
title,web,area,where,ref,notes
Lantern Web,http://lantern.example.coop/,\"Web development, Hosting\",\"Bristol, UK\",L-1,Makes sites
Nube Libre,nube.example.coop,Hosting,somewhere nice,N-2,
,http://nobody.example.coop/,Hosting,Leeds,X-3,has no name
";

const MAPPING: [&str; 20] = [
    "--format",
    "csv",
    "--source",
    "tech",
    "--map",
    "title=name",
    "--map",
    "web=website",
    "--map",
    "area=tags",
    "--map",
    "where=place",
    "--set",
    "organization_type=worker_cooperative",
    "--set",
    "sectors=information_technology",
    "--set",
    "tags=tech",
    "--id-column",
    "ref",
];

async fn columns_are_mapped_and_values_set(server: Server) {
    let rows = file(TECH);
    let output = import(&server, &MAPPING, &[rows.path()]);
    assert_eq!(summary(&output), counts(2, 0, 0, 1));
    assert_eq!(output.status.code(), Some(1));
    assert!(
        told(&output).contains("not read: notes"),
        "{}",
        told(&output)
    );

    let lantern = record(&server, "tech", "L-1").await;
    assert_eq!(lantern["name"], "Lantern Web");
    assert_eq!(lantern["website"], "http://lantern.example.coop/");
    assert_eq!(lantern["organization_type"], "worker_cooperative");
    assert_eq!(
        lantern["tags"],
        json!(["Web development", "Hosting", "tech"])
    );
    assert_eq!(lantern["address"]["locality"], "Bristol");
    assert_eq!(lantern["address"]["country"], "GB");
    let nube = record(&server, "tech", "N-2").await;
    assert_eq!(nube["website"], "http://nube.example.coop");
    // What cannot be read as a place is kept as it stands, and said.
    assert_eq!(nube["address"]["locality"], "somewhere nice");
    let warning = format!("{}:3: warning: ", rows.path().display());
    assert!(told(&output).contains(&warning), "{}", told(&output));

    let rejects = std::fs::read_to_string(server.data_dir().join("rejects/tech.csv")).unwrap();
    let row = rejects.lines().nth(1).unwrap();
    assert!(row.contains(",4,X-3,") && row.contains("name"), "{rejects}");
    assert_eq!(
        summary(&import(&server, &MAPPING, &[rows.path()])),
        counts(0, 0, 2, 1)
    );
}

async fn our_own_header_needs_no_mapping(server: Server) {
    let rows = file(
        "external_id,name,organization_type,sectors,address.locality,address.country,location.lat,location.lon,identifiers.GB-COH,links.mastodon,members_count\r\n\
         k1,Kiln,worker_cooperative,crafts; retail,Leeds,GB,53.79,-1.54,01234567,https://social.example/@kiln,12\r\n\
         k2,\"Kiln, the Second\",,,,,,,,,\r\n",
    );
    let output = import(&server, &["--format", "csv"], &[rows.path()]);
    assert_eq!(summary(&output), counts(2, 0, 0, 0), "{}", told(&output));
    let kiln = record(&server, "csv", "k1").await;
    assert_eq!(kiln["sectors"], json!(["crafts", "retail"]));
    assert_eq!(kiln["address"]["locality"], "Leeds");
    assert_eq!(kiln["location"], json!({"lat": 53.79, "lon": -1.54}));
    assert_eq!(
        kiln["identifiers"],
        json!([{"scheme": "GB-COH", "value": "01234567"}])
    );
    assert_eq!(
        kiln["links"],
        json!([{"rel": "mastodon", "url": "https://social.example/@kiln"}])
    );
    assert_eq!(kiln["members_count"], 12);
    let second = record(&server, "csv", "k2").await;
    assert_eq!(second["name"], "Kiln, the Second");
    assert_eq!(second["organization_type"], "other");
    assert_eq!(second.get("location").unwrap_or(&Value::Null), &Value::Null);
}

async fn addresses_that_the_api_refuses_are_left_out(server: Server) {
    let rows = file(
        "external_id,name,website,email,founded_on\n\
         1,Upper Case,HTTP://example.coop,a@b.coop,\n\
         2,Password,https://u:p@example.coop/,a@b..coop,\n\
         3,Brackets,https://example.coop/<x>,a@b.coop,0000-01-01\n",
    );
    let output = import(&server, &["--format", "csv"], &[rows.path()]);
    assert_eq!(summary(&output), counts(3, 0, 0, 0), "{}", told(&output));
    let upper = record(&server, "csv", "1").await;
    assert_eq!(upper["website"], "http://example.coop");
    let password = record(&server, "csv", "2").await;
    assert_eq!(
        (&password["website"], &password["email"]),
        (&Value::Null, &Value::Null)
    );
    let brackets = record(&server, "csv", "3").await;
    assert_eq!(brackets["website"], Value::Null);
    for warning in [
        ":3: warning: website: ",
        ":3: warning: email: ",
        ":4: warning: website: ",
        ":4: warning: founded_on: ",
    ] {
        assert!(
            told(&output).contains(warning),
            "{warning}: {}",
            told(&output)
        );
    }
}

async fn a_mapping_that_does_not_fit_changes_nothing(server: Server) {
    let rows = file(TECH);
    for (args, said) in [
        (&["--map", "title=nme"][..], "name"),
        (&["--map", "titel=name"], "title"),
        (&["--map", "title"], "column=field"),
        (&["--map", "web=website"], "name"),
        (
            &["--map", "title=name", "--set", "organization_type=castle"],
            "organization_type",
        ),
        (&["--map", "title=name", "--id-column", "reff"], "ref"),
        (&["--map", "title=name", "--source", "a/b"], "--source"),
        (&[], "title"),
    ] {
        let output = import(
            &server,
            &[&["--format", "csv"], args].concat(),
            &[rows.path()],
        );
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        let told = told(&output);
        let last = told.lines().last().unwrap();
        assert!(
            last.starts_with("toadlane: ") && last.contains(said),
            "{args:?}: {told}"
        );
    }
    let mapped = import(
        &server,
        &["--format", "ndjson", "--map", "a=name"],
        &[rows.path()],
    );
    assert_eq!(mapped.status.code(), Some(1));
    assert!(told(&mapped).contains("--format csv"), "{}", told(&mapped));
    assert_eq!(head(&server).await, 0);
    assert_eq!(public_list(&server).await.len(), 0);
}
