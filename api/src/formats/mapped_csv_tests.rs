use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn mapping(map: &[&str], set: &[&str], id_column: Option<&str>) -> Result<Mapping, ReadError> {
    let owned = |pairs: &[&str]| {
        pairs
            .iter()
            .map(|pair| (*pair).to_owned())
            .collect::<Vec<_>>()
    };
    Mapping::parse(&owned(map), &owned(set), id_column)
}

fn outcomes(file: &str, map: &[&str], set: &[&str]) -> Vec<Result<Row, Reject>> {
    read(file.as_bytes(), &mapping(map, set, None).unwrap())
        .unwrap()
        .collect()
}

fn row(file: &str, map: &[&str], set: &[&str]) -> Row {
    outcomes(file, map, set).remove(0).unwrap()
}

fn header_error(file: &str, map: &[&str]) -> String {
    read(file.as_bytes(), &mapping(map, &[], None).unwrap())
        .err()
        .unwrap()
        .to_string()
}

#[test]
fn our_own_header_needs_no_mapping() {
    let file = "external_id,name,address.locality,address.country,location.lat,location.lon,\
                tags,members_count,identifiers.GB-COH,links.mastodon,organization_type,sectors,\
                languages,networks\n\
                x1,Café Roja,Leeds,UK,53.8,-1.5,a;b;a,12,0123,https://a.example https://b.example,\
                Worker co-operative,Hosting and cloud;nonsense,en-gb;English,CoTech\n";
    let row = row(file, &[], &[]);
    assert_eq!(row.external_id, "x1");
    assert_eq!(
        Value::Object(row.data),
        json!({
            "name": "Café Roja",
            "address": { "locality": "Leeds", "country": "GB" },
            "tags": ["a", "b"],
            "members_count": 12,
            "identifiers": [{ "scheme": "GB-COH", "value": "0123" }],
            "links": [
                { "rel": "mastodon", "url": "https://a.example" },
                { "rel": "mastodon", "url": "https://b.example" },
            ],
            "organization_type": "worker_cooperative",
            "sectors": ["hosting"],
            "languages": ["en-GB"],
            "networks": ["cotech"],
            "location": { "lat": 53.8, "lon": -1.5 },
        })
    );
    assert_eq!(
        row.warnings,
        [
            "sectors: \"nonsense\" is not in the list; left out",
            "languages: \"English\" is no BCP 47 tag; left out",
        ]
    );
}

#[test]
fn columns_are_mapped_and_values_set() {
    let file = "\u{feff}Title;Where;What;name of boss\r\nNúcleo Ágil;Vancouver, BC, Canada;Web (PHP, Go), hosting;X\r\n";
    let map = ["Title=name", "Where=place", "What=tags"];
    let set = [
        "organization_type=worker_cooperative",
        "tags=tech",
        "address.country=US",
    ];
    let row = row(file, &map, &set);
    assert_eq!(row.external_id, "nucleo-agil");
    assert_eq!(
        Value::Object(row.data),
        json!({
            "address": { "locality": "Vancouver", "region": "BC", "country": "CA" },
            "name": "Núcleo Ágil",
            "tags": ["Web (PHP, Go)", "hosting", "tech"],
            "organization_type": "worker_cooperative",
        })
    );
    let reader = read(file.as_bytes(), &mapping(&map, &[], None).unwrap()).unwrap();
    assert_eq!(reader.unread_columns(), ["name of boss"]);
}

#[test]
fn parts_of_an_address_win_over_a_place() {
    let file = "address.locality,name,place\nKöln,A,\"Cologne, Germany\"\n";
    let row = row(file, &[], &[]);
    assert_eq!(
        row.data["address"],
        json!({ "locality": "Köln", "country": "DE" })
    );
}

#[test]
fn a_place_that_cannot_be_read_is_the_locality() {
    let row = row("name,location\nA,Cypherspace\n", &["location=place"], &[]);
    assert_eq!(row.data["address"], json!({ "locality": "Cypherspace" }));
    assert_eq!(row.warnings.len(), 1);
    assert_eq!(row.data["organization_type"], "other");
}

#[test]
fn the_id_is_chosen_or_made_of_the_name() {
    let file = "nr,name\n7,A\n,B\n";
    let mapping = mapping(&["name=name"], &[], Some("nr")).unwrap();
    let outcomes: Vec<_> = read(file.as_bytes(), &mapping).unwrap().collect();
    assert_eq!(outcomes[0].as_ref().unwrap().external_id, "7");
    assert_eq!(outcomes[1].as_ref().unwrap_err().reason, "the id is empty");

    let outcomes = self::outcomes("name\nThe A.B & C\nthe a b c!\n***\n\"\t\"\n", &[], &[]);
    assert_eq!(outcomes[0].as_ref().unwrap().external_id, "the-a-b-c");
    assert_eq!(
        outcomes[1].as_ref().unwrap_err().reason,
        "the id was used already in line 2"
    );
    assert!(
        outcomes[2]
            .as_ref()
            .unwrap_err()
            .reason
            .contains("--id-column")
    );
    assert_eq!(
        outcomes[3].as_ref().unwrap_err().reason,
        "the name is empty"
    );
}

#[test]
fn values_that_cannot_be_are_left_out_with_a_warning() {
    for (field, cell) in [
        ("members_count", "a dozen"),
        ("website", "soon"),
        ("address.country", "Atlantis"),
        ("founded_on", "1999"),
        ("identifiers", "12345"),
        ("links.blog", "-"),
    ] {
        let row = row(&format!("name,{field}\nA,{cell}\n"), &[], &[]);
        assert_eq!(row.warnings.len(), 1, "{field}: {:?}", row.warnings);
        assert_eq!(row.data.len(), 2, "{field}: {:?}", row.data);
    }
    let row = row(
        "name,organization_type,location.lat,location.lon\nA,club,91,0\n",
        &[],
        &[],
    );
    assert_eq!(row.data["organization_type"], "other");
    assert_eq!(row.warnings.len(), 2);
}

#[test]
fn an_endless_list_is_cut_with_a_warning() {
    let many: Vec<String> = (0..100_000).map(|n| n.to_string()).collect();
    let row = row(&format!("name,tags\nA,{}\n", many.join(";")), &[], &[]);
    assert_eq!(row.data["tags"].as_array().unwrap().len(), 200);
    assert_eq!(
        row.warnings,
        ["tags: only the first 200 of 100000 values were read"]
    );
}

#[test]
fn mistakes_in_the_mapping_are_named() {
    for (map, set, part) in [
        ("a", "", "--map \"a\" is not column=field"),
        (
            "a=webiste",
            "",
            "there is no field \"webiste\"; did you mean \"website\"?",
        ),
        ("", "name", "--set \"name\" is not field=value"),
        ("", "tgas=x", "did you mean \"tags\"?"),
        ("", "sectors=hostin", "\"hostin\" is not in the list"),
        ("", "address.country=Atlantis", "\"Atlantis\" is no country"),
        ("", "external_id=1", "not the same for every row"),
    ] {
        let of = |pair: &'static str| if pair.is_empty() { vec![] } else { vec![pair] };
        let error = mapping(&of(map), &of(set), None).err().unwrap().to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn mistakes_in_the_header_are_named() {
    for (file, map, part) in [
        (
            "name,webiste\n",
            &[][..],
            "\"webiste\" is no field; did you mean \"website\"?",
        ),
        (
            "title\n",
            &["titel=name"],
            "no column \"titel\"; did you mean \"title\"?",
        ),
        ("a,a\n", &["a=name"], "several columns \"a\""),
        (
            "a,b\n",
            &["a=name", "b=name"],
            "two columns are read into name",
        ),
        ("a\n", &["a=summary"], "no column is read into name"),
        ("name,location.lat\n", &[], "none into location.lon"),
        ("", &[], "the file is empty"),
    ] {
        let error = header_error(file, map);
        assert!(error.contains(part), "{error}");
    }
    let chosen = mapping(&["a=name"], &[], Some("id")).unwrap();
    let error = read("a\n".as_bytes(), &chosen).err().unwrap().to_string();
    assert!(error.contains("no column \"id\""), "{error}");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mapping = mapping(&["a=name", "b=place", "c=location.lat", "d=location.lon"], &[], None).unwrap();
        let file = [b"a,b,c,d,tags,website\n", body.as_slice()].concat();
        read(file.as_slice(), &mapping).unwrap().for_each(drop);
        let _ = read(body.as_slice(), &mapping).map(|rows| rows.for_each(drop));
    }

    #[test]
    fn no_text_makes_it_panic(name in ".{0,40}", place in ".{0,60}", list in ".{0,60}", number in ".{0,10}") {
        let mapping = mapping(&[], &[], None).unwrap();
        let cell = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let cells: Vec<String> = [&name, &place, &list, &list, &number].into_iter().map(|c| cell(c)).collect();
        let file = format!("name,place,tags,languages,members_count\n{}\n", cells.join(","));
        read(file.as_bytes(), &mapping).unwrap().for_each(drop);
    }
}
