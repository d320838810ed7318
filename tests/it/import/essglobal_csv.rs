//! `--format essglobal_csv`: rows as in the open data, made up.

use super::{counts, file, import, record, summary, told};
use crate::changes::support::public_list;
use crate::harness::{Server, on_both_databases};
use serde_json::json;

on_both_databases!(
    a_co_operative_of_the_open_data_is_listed,
    dirty_rows_spoil_no_others
);

const HEADER: &str = "Identifier,Name,Description,Organisational Structure,Primary Activity,Activities,Street Address,Locality,Region,Postcode,Country ID,Territory ID,Website,Phone,Email,Twitter,Facebook,Companies House Number,Qualifiers,Membership Type,Latitude,Longitude,Geo Container,Geo Container Latitude,Geo Container Longitude,Sector,SIC Section,SIC Code,Ownership Classification,Legal Form";

const ESS: &str = "https://dev.lod.coop/essglobal/2.1/standard";

/// A row: identifier, name, structure, activity, street, website, company, ownership, and where.
fn row(id: &str, name: &str, middle: [&str; 6], place: [&str; 4]) -> String {
    let [structure, activity, street, website, company, ownership] = middle;
    let [latitude, longitude, container_latitude, container_longitude] = place;
    format!(
        "{id},{name},,{ESS}/organisational-structure/{structure},{ESS}/activities-ica/{activity},,{street},Leeds,West Yorkshire,LS1 1AA,GB,,{website},,,,,{company},,,{latitude},{longitude},,{container_latitude},{container_longitude},Agriculture,,,{ownership},Society"
    )
}

async fn a_co_operative_of_the_open_data_is_listed(server: Server) {
    let rows = [
        HEADER.to_owned(),
        row(
            "R1",
            "Lantern Dairy",
            [
                "OS50",
                "ICA20",
                "\"1 Mill Lane\nThe Yard\"",
                "http://dairy.example.coop",
                "01234567",
                "Workers",
            ],
            ["", "", "53.79", "-1.54"],
        ),
        row(
            "R2",
            "Candle Homes",
            ["OS130", "ICA10", "", "", "", "Tenants"],
            ["52.0", "-1.0", "53.79", "-1.54"],
        ),
        row(
            "R3",
            "Odd Society",
            ["OS999", "ICA20", "", "", "", "Who knows"],
            ["", "", "", ""],
        ),
    ];
    let rows = file(&rows.join("\n"));
    let args = ["--format", "essglobal_csv", "--source", "coops-uk"];
    let output = import(&server, &args, &[rows.path()]);
    assert_eq!(summary(&output), counts(3, 0, 0, 0), "{}", told(&output));

    let dairy = record(&server, "coops-uk", "R1").await;
    assert_eq!(dairy["name"], "Lantern Dairy");
    assert_eq!(dairy["organization_type"], "worker_cooperative");
    assert_eq!(dairy["legal_form"], "Society");
    assert_eq!(dairy["website"], "http://dairy.example.coop");
    let identifiers = dairy["identifiers"].as_array().unwrap();
    assert!(identifiers.contains(&json!({"scheme": "coops-uk", "value": "R1"})));
    assert!(identifiers.contains(&json!({"scheme": "GB-COH", "value": "01234567"})));
    assert!(
        dairy["sectors"]
            .as_array()
            .unwrap()
            .contains(&json!("dairy")),
        "{dairy}"
    );
    assert_eq!(dairy["address"]["street"], "1 Mill Lane, The Yard");
    assert_eq!(dairy["address"]["country"], "GB");
    assert_eq!(dairy["location"], json!({"lat": 53.79, "lon": -1.54}));

    let homes = record(&server, "coops-uk", "R2").await;
    assert_eq!(homes["organization_type"], "housing_cooperative");
    // Its own coordinates win over those of its postcode.
    assert_eq!(homes["location"], json!({"lat": 52.0, "lon": -1.0}));
    assert_eq!(
        record(&server, "coops-uk", "R3").await["organization_type"],
        "other"
    );
    assert_eq!(
        summary(&import(&server, &args, &[rows.path()])),
        counts(0, 0, 3, 0)
    );
}

async fn dirty_rows_spoil_no_others(server: Server) {
    let good = row(
        "R9",
        "Good One",
        ["OS50", "ICA20", "", "", "", "Workers"],
        ["", "", "", ""],
    );
    let rows = [
        HEADER.to_owned(),
        row(
            "R1",
            "",
            ["OS50", "ICA20", "", "", "", "Workers"],
            ["", "", "", ""],
        ),
        row(
            "",
            "No Number",
            ["OS50", "ICA20", "", "", "", "Workers"],
            ["", "", "", ""],
        ),
        row(
            "R3",
            "Bad Web",
            ["OS50", "ICA20", "", "not a website", "", "Workers"],
            ["abc", "999", "", ""],
        ),
        "R4,Too,Short".to_owned(),
        good.clone(),
        good,
    ];
    let mut text = rows.join("\n").into_bytes();
    text.extend(b"\nR5,Latin \xe9glise,,");
    text.extend(",".repeat(26).bytes());
    let rows = file("");
    std::fs::write(rows.path(), text).unwrap();
    let output = import(&server, &["--format", "essglobal_csv"], &[rows.path()]);
    let listed: Vec<String> = {
        record(&server, "essglobal_csv", "R9").await;
        public_list(&server)
            .await
            .values()
            .map(|item| item["name"].to_string())
            .collect()
    };
    // What can be used is, with a warning; what cannot is a reject. Seven rows are accounted for.
    let rejects =
        std::fs::read_to_string(server.data_dir().join("rejects/essglobal_csv.csv")).unwrap();
    let rejected = rejects.lines().count() - 1;
    assert_eq!(listed.len() + rejected, 7, "{rejects} {listed:?}");
    assert_eq!(summary(&output), counts(listed.len(), 0, 0, rejected));
    assert!(listed.contains(&"\"Bad Web\"".to_owned()), "{rejects}");
    for line in [",2,R1,", ",3,,", ",7,R9,"] {
        assert!(rejects.contains(line), "{line}: {rejects}");
    }
    let bad = record(&server, "essglobal_csv", "R3").await;
    assert_eq!(bad["website"], json!(null));
    assert!(told(&output).contains(":4: warning: "), "{}", told(&output));
}
