use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const HEADER: &str = "Identifier,Name,Description,Organisational Structure,Primary Activity,Activities,\
Street Address,Locality,Region,Postcode,Country ID,Website,Phone,Email,Twitter,Facebook,\
Companies House Number,Latitude,Longitude,Geo Container Latitude,Geo Container Longitude,Sector,\
SIC Section,Ownership Classification,Legal Form,Legal Form Subcategory 1,Legal Form Subcategory 1,\
Registered Number,Registrar,Incorporation Date,Dissolved Date,Organisation Name";

/// A file with one row that has these cells and is otherwise empty but for its id and name.
fn file(cells: &[(&str, &str)]) -> String {
    let names = HEADER.split(',');
    let row: Vec<String> = names
        .map(|name| {
            let given = cells
                .iter()
                .find(|(column, _)| *column == name)
                .map(|(_, cell)| *cell);
            let cell = given.unwrap_or(match name {
                "Identifier" => "R1",
                "Name" => "Mill Lane Bakers",
                _ => "",
            });
            format!("\"{}\"", cell.replace('"', "\"\""))
        })
        .collect();
    format!("{HEADER}\n{}\n", row.join(","))
}

fn outcomes(file: &[u8]) -> Vec<Result<Row, Reject>> {
    read(file).unwrap().collect()
}

fn row(cells: &[(&str, &str)]) -> Row {
    outcomes(file(cells).as_bytes()).remove(0).unwrap()
}

fn data(cells: &[(&str, &str)]) -> Value {
    Value::Object(row(cells).data)
}

#[test]
fn a_full_row() {
    let ess = "https://dev.lod.coop/essglobal/2.1/standard";
    let structure = format!("{ess}/organisational-structure/OS50");
    let activity = format!("{ess}/activities-ica/ICA90");
    let row = row(&[
        ("Name", "Mill Lane Bakers"),
        ("Organisation Name", "Mill Lane Bakers Limited"),
        ("Description", "Bread.\r\n\r\nAnd cake."),
        ("Organisational Structure", &structure),
        ("Primary Activity", &activity),
        ("Street Address", "The Old Mill \nMill Lane,\nByford"),
        ("Locality", "Hereford"),
        ("Region", "Herefordshire"),
        ("Postcode", "HR4 7XX"),
        ("Country ID", "GB"),
        ("Website", "http://millbakers.example"),
        ("Email", "bread@millbakers.example"),
        ("Twitter", "@millbakers"),
        ("Facebook", "https://facebook.com/millbakers"),
        ("Companies House Number", "01234567"),
        ("Geo Container Latitude", "52.1"),
        ("Geo Container Longitude", "-2.9"),
        ("Sector", "Manufacturing"),
        ("Ownership Classification", "Workers"),
        ("Legal Form", "Company"),
        ("Registered Number", "01234567"),
        ("Registrar", "Companies House"),
        ("Incorporation Date", "1987-06-05"),
    ]);
    assert_eq!((row.line, row.external_id.as_str()), (2, "R1"));
    assert_eq!(row.warnings, Vec::<String>::new());
    assert_eq!(
        Value::Object(row.data),
        json!({
            "identifiers": [
                { "scheme": "coops-uk", "value": "R1" },
                { "scheme": "GB-COH", "value": "01234567" },
            ],
            "name": "Mill Lane Bakers",
            "legal_name": "Mill Lane Bakers Limited",
            "description": "Bread.\n\nAnd cake.",
            "address": {
                "street": "The Old Mill, Mill Lane, Byford",
                "locality": "Hereford",
                "region": "Herefordshire",
                "postal_code": "HR4 7XX",
                "country": "GB",
            },
            "website": "http://millbakers.example",
            "email": "bread@millbakers.example",
            "legal_form": "Company",
            "founded_on": "1987-06-05",
            "links": [
                { "rel": "twitter", "url": "https://twitter.com/millbakers" },
                { "rel": "facebook", "url": "https://facebook.com/millbakers" },
            ],
            "organization_type": "worker_cooperative",
            "sectors": ["manufacturing"],
            "location": { "lat": 52.1, "lon": -2.9 },
        })
    );
}

#[test]
fn ownership_decides_the_type_then_structure_then_it_is_other() {
    for (ownership, structure, expected) in [
        ("Workers", "OS130", "worker_cooperative"),
        ("Tenants", "", "housing_cooperative"),
        ("Consumers", "", "consumer_cooperative"),
        ("Community of Interest", "", "community_cooperative"),
        ("Enterprises", "", "producer_cooperative"),
        ("Self-employed", "", "producer_cooperative"),
        ("Employee Trust", "", "employee_owned"),
        ("Co-operatives", "", "federation"),
        ("Multi-stakeholder", "", "multi_stakeholder_cooperative"),
        (
            "",
            "https://dev.lod.coop/essglobal/2.1/standard/organisational-structure/OS60",
            "worker_cooperative",
        ),
        ("Aliens", "OS140", "employee_owned"),
        ("", "OS50", "other"),
        ("", "", "other"),
    ] {
        let data = data(&[
            ("Ownership Classification", ownership),
            ("Organisational Structure", structure),
        ]);
        assert_eq!(
            data["organization_type"], expected,
            "{ownership} {structure}"
        );
    }
    assert_eq!(
        row(&[("Ownership Classification", "Aliens")])
            .warnings
            .len(),
        1
    );
}

#[test]
fn sectors_are_the_union_of_the_columns() {
    for (activity, activities, sector, expected) in [
        ("ICA210", "", "Housing", json!(["housing"])),
        (
            "ICA50",
            "",
            "Agriculture",
            json!(["fishing", "agriculture"]),
        ),
        (
            "ICA280",
            "",
            "Sports and Recreation",
            json!(["sports_and_recreation"]),
        ),
        ("ICA120", "", "Other", json!(["other_services"])),
        (
            "ICA10",
            "ICA20; ICA140",
            "",
            json!(["agriculture", "dairy", "finance"]),
        ),
        ("ICA280", "", "", Value::Null),
        ("", "", "", Value::Null),
    ] {
        let data = data(&[
            ("Primary Activity", activity),
            ("Activities", activities),
            ("Sector", sector),
        ]);
        assert_eq!(data.get("sectors").cloned().unwrap_or_default(), expected);
    }
    assert_eq!(row(&[("Primary Activity", "ICA999")]).warnings.len(), 1);
}

#[test]
fn coordinates_fall_back_to_the_geo_container() {
    let container = [
        ("Geo Container Latitude", "52.1"),
        ("Geo Container Longitude", "-2.9"),
    ];
    for (latitude, longitude, expected, warnings) in [
        ("51.5", "-0.5", json!({ "lat": 51.5, "lon": -0.5 }), 0),
        ("", "", json!({ "lat": 52.1, "lon": -2.9 }), 0),
        ("0", "0", json!({ "lat": 52.1, "lon": -2.9 }), 1),
        ("512.5", "-0.5", json!({ "lat": 52.1, "lon": -2.9 }), 1),
    ] {
        let cells = [
            &container[..],
            &[("Latitude", latitude), ("Longitude", longitude)],
        ]
        .concat();
        let row = row(&cells);
        assert_eq!(row.data["location"], expected);
        assert_eq!(row.warnings.len(), warnings);
    }
    assert_eq!(
        data(&[("Latitude", "x"), ("Longitude", "y")]).get("location"),
        None
    );
}

#[test]
fn values_that_cannot_be_are_left_out_with_a_warning() {
    for (column, cell, field) in [
        ("Website", "to follow", "website"),
        ("Email", "bread at millbakers", "email"),
        ("Incorporation Date", "June 1987", "founded_on"),
        ("Twitter", "we have none", "links"),
    ] {
        let row = row(&[(column, cell)]);
        assert_eq!(row.data.get(field), None, "{column}");
        assert_eq!(row.warnings.len(), 1, "{column}");
    }
    let row = row(&[("Country ID", "UK"), ("Name", "A\tB\u{7}\u{fffd}?")]);
    assert_eq!(row.data["address"]["country"], "GB");
    assert_eq!(row.data["name"], "A B\u{fffd}?");
    assert_eq!(row.warnings, ["name: control characters were taken out"]);
}

#[test]
fn the_register_gives_the_scheme() {
    let identifiers = |registrar| {
        data(&[("Registrar", registrar), ("Registered Number", "77")])["identifiers"].clone()
    };
    assert_eq!(
        identifiers("FCA")[1],
        json!({ "scheme": "GB-MPR", "value": "77" })
    );
    assert_eq!(
        identifiers("Companies House")[1],
        json!({ "scheme": "GB-COH", "value": "77" })
    );
    assert_eq!(identifiers("Unknown").as_array().unwrap().len(), 1);
}

#[test]
fn bad_rows_are_rejected_and_the_others_read() {
    let file = b"Identifier,Name\nR1,A\nR2\nR3,\n,B\nR1,C\nR4,D\xE9\nR5,\"E\nR6,F\n";
    let outcomes = outcomes(file);
    let reason = |at: usize| {
        let reject = outcomes[at].as_ref().unwrap_err();
        (
            reject.line,
            reject.external_id.as_deref(),
            reject.reason.as_str(),
        )
    };
    assert_eq!(outcomes[0].as_ref().unwrap().data["name"], "A");
    assert_eq!(
        reason(1),
        (3, None, "the line has 1 columns where the header has 2")
    );
    assert_eq!(reason(2), (4, Some("R3"), "the name is empty"));
    assert_eq!(reason(3), (5, None, "the Identifier is empty"));
    assert_eq!(
        reason(4),
        (6, Some("R1"), "the id was used already in line 2")
    );
    let lossy = outcomes[5].as_ref().unwrap();
    assert_eq!(lossy.data["name"], "D\u{fffd}");
    assert_eq!(
        lossy.warnings,
        ["name: bytes that are not UTF-8 were replaced"]
    );
    assert_eq!(reason(6).0, 8);
    assert_eq!(outcomes[7].as_ref().unwrap().external_id, "R6");
    assert_eq!(outcomes.len(), 8);
}

#[test]
fn a_header_without_an_id_says_what_to_do() {
    let error = read("identifer,Name\n1,A\n".as_bytes())
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("no column \"Identifier\" (is it \"identifer\"?)"),
        "{error}"
    );
    assert!(error.contains("--format csv"), "{error}");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let file = [b"Identifier,Name,Website,Latitude,Longitude,Sector\n", body.as_slice()].concat();
        read(file.as_slice()).unwrap().for_each(drop);
        let _ = read(body.as_slice()).map(|rows| rows.for_each(drop));
    }

    #[test]
    fn no_csv_makes_it_panic(body in "[a-z0-9,\"\\n\\r;.:/ é\u{0}-]{0,200}") {
        let file = format!("Identifier,Name,Website,Latitude,Longitude,Street Address\n{body}");
        read(file.as_bytes()).unwrap().for_each(drop);
    }
}
