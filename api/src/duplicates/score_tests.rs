use super::{THRESHOLD, score};
use crate::duplicates::facts::Facts;
use crate::organizations::input::{Address, Identifier, Location, OrganizationInput};
use proptest::prelude::*;

/// Records that agree and differ in everything, often enough to meet.
fn record() -> impl Strategy<Value = OrganizationInput> {
    let name = prop_oneof![
        "[A-Z][a-z]{3,8} (Bakery|Housing|Energy)( Ltd| Co-op)?",
        Just("Unicorn Grocery Limited".to_owned()),
        Just("Unicorn Grocerry Co-operative".to_owned()),
        "\\PC{0,12}",
    ];
    let website = proptest::option::of(prop_oneof![
        Just("https://unicorn.coop/".to_owned()),
        Just("https://www.unicorn.coop/about".to_owned()),
        "https://[a-z]{3,5}\\.coop/",
    ]);
    let number = proptest::option::of((prop_oneof!["GB-COH", "FR-RCS"], "[0-9]{1,2}"));
    let place = (
        proptest::option::of((50.0..54.0, -3.0..0.0)),
        proptest::option::of(prop_oneof!["M21 [0-9]AA", Just("M21 9EG".to_owned())]),
        proptest::option::of(prop_oneof!["Leeds", "York"]),
        proptest::option::of(prop_oneof!["GB", "FR"]),
    );
    (name, website, number, place).prop_map(
        |(name, website, number, (point, code, town, country))| OrganizationInput {
            name,
            website,
            identifiers: number
                .map(|(scheme, value)| Identifier { scheme, value })
                .into_iter()
                .collect(),
            location: point.map(|(lat, lon)| Location { lat, lon }),
            address: Some(Address {
                street: None,
                region: None,
                postal_code: code,
                locality: town,
                country,
            }),
            ..OrganizationInput::default()
        },
    )
}

proptest! {
    #[test]
    fn symmetric_and_within_bounds(a in record(), b in record(), shared in 2_usize..6) {
        let (a, b) = (Facts::of(&a), Facts::of(&b));
        let one = score(&a, &b, shared);
        prop_assert_eq!(&one, &score(&b, &a, shared));
        prop_assert!((0.0..=1.0).contains(&one.score));
    }

    #[test]
    fn what_says_the_same_is_the_same(a in record()) {
        let facts = Facts::of(&a);
        prop_assume!(!facts.names.is_empty());
        prop_assert!((score(&facts, &facts, 2).score - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn other_numbers_in_one_register_need_more_than_name_and_place(a in record(), b in record()) {
        let number = |value: &str| vec![Identifier { scheme: "GB-COH".to_owned(), value: value.to_owned() }];
        let a = Facts::of(&OrganizationInput { identifiers: number("123"), website: None, ..a });
        let mut b = Facts::of(&OrganizationInput { identifiers: number("124"), ..b });
        prop_assert!(score(&a, &b, 2).score < THRESHOLD);
        b = Facts { identifiers: b.identifiers, ..a.clone() };
        prop_assert!(score(&a, &b, 2).score < THRESHOLD);
    }

    #[test]
    fn a_number_in_common_is_enough(a in record(), b in record()) {
        let number = || vec![Identifier { scheme: "GB-COH".to_owned(), value: "123".to_owned() }];
        let a = Facts::of(&OrganizationInput { identifiers: number(), ..a });
        let mut b = Facts::of(&OrganizationInput { identifiers: number(), ..b });
        b.country.clone_from(&a.country);
        b.point = a.point;
        prop_assert!(score(&a, &b, 2).score >= THRESHOLD);
    }
}

fn facts(name: &str, website: &str, postal_code: &str, point: Option<(f64, f64)>) -> Facts {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Facts::of(&OrganizationInput {
        name: name.to_owned(),
        website: some(website),
        address: Some(Address {
            postal_code: some(postal_code),
            country: some("GB"),
            ..Address::default()
        }),
        location: point.map(|(lat, lon)| Location { lat, lon }),
        ..OrganizationInput::default()
    })
}

#[test]
fn what_is_proposed_and_what_is_not() {
    let (leeds, london) = (Some((53.80, -1.55)), Some((51.51, -0.13)));
    let site = "https://calder.coop/";
    let shop = facts("Calder Bakery Ltd", site, "HX7 8AD", leeds);
    let proposed = |other: &Facts, shared: usize| score(&shop, other, shared).score >= THRESHOLD;
    // The same name, and nothing against it.
    assert!(proposed(
        &facts("Calder Bakery Co-operative", "", "", None),
        0
    ));
    // The same name far away.
    assert!(!proposed(&facts("Calder Bakery", "", "", london), 0));
    // A slip at the same address; at an unknown one.
    assert!(proposed(&facts("Calder Bakry", "", "HX7 8AD", None), 0));
    assert!(!proposed(&facts("Calder Bakry", "", "", None), 0));
    // Another name at the same address.
    assert!(!proposed(&facts("Hebden Brewery", "", "HX7 8AD", leeds), 0));
    // A similar name on the same site; and when the site is that of many.
    assert!(proposed(
        &facts("Calder Valley Bakery", site, "HX7 8AD", None),
        2
    ));
    assert!(!proposed(&facts("Calder Valley Bakery", site, "", None), 9));
    // Another name on the same site.
    assert!(!proposed(
        &facts("Hebden Brewery", site, "HX7 8AD", leeds),
        2
    ));
}
