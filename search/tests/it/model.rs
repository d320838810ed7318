//! The index against a plain list of records: filters, facets, orders and walks must agree, whatever was
//! added, changed and removed in however many commits.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use search::{Document, Filter, Keyword, Kind, Point, Query, Sort, TextField, Weight, distance_km};

use crate::harness::TestIndex;

const COUNTRIES: &[&str] = &["GB", "FR", "DE"];
const TAGS: &[&str] = &["Food", "food", "FOOD ", "Énergie", "energie", "housing"];
const SECTORS: &[&str] = &["agriculture", "software", "retail"];
const WORDS: &[&str] = &["alpha", "bravo", "charlie", "delta"];
const FACETS: &[Keyword] = &[Keyword::Country, Keyword::Tag, Keyword::Sector];

#[derive(Debug, Clone)]
enum Change {
    Put(Document),
    Delete(String),
    Commit,
}

fn document() -> impl Strategy<Value = Document> {
    let subset =
        |from: &'static [&'static str], most| proptest::sample::subsequence(from, 0..=most);
    (
        0..25_u8,
        prop::sample::select(&["Zebra", "ábaco", "Abaco", "mill", "Mill"][..]),
        subset(WORDS, 4),
        prop::option::of(prop::sample::select(COUNTRIES)),
        subset(TAGS, 4),
        subset(SECTORS, 3),
        prop::option::of((
            -3_i32..=3,
            prop::sample::select(&[-180.0, -179.5, -1.0, 0.0, 0.5, 179.0, 180.0][..]),
        )),
        (0..5_i64, -3..5_i64),
    )
        .prop_map(
            |(id, name, words, country, tags, sectors, place, (created_at, updated_at))| {
                let id = format!("id{id:02}");
                let mut keywords: Vec<(Keyword, String)> = Vec::new();
                keywords.extend(country.map(|country| (Keyword::Country, country.to_owned())));
                keywords.extend(tags.iter().map(|tag| (Keyword::Tag, (*tag).to_owned())));
                keywords.extend(
                    sectors
                        .iter()
                        .map(|sector| (Keyword::Sector, (*sector).to_owned())),
                );
                Document {
                    kind: Kind::Organization,
                    view: format!("{{\"id\":\"{id}\"}}"),
                    id,
                    sort_name: name.to_owned(),
                    text: vec![TextField {
                        name: "description",
                        weight: Weight::Body,
                        text: words.join(" "),
                    }],
                    languages: Vec::new(),
                    keywords,
                    locations: place
                        .iter()
                        .map(|&(lat, lon)| Point {
                            lat: f64::from(lat),
                            lon,
                        })
                        .collect(),
                    created_at,
                    updated_at,
                    posted_at: None,
                    expires_at: None,
                    salary: None,
                    utc_offsets: None,
                    group: None,
                }
            },
        )
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        8 => document().prop_map(Change::Put),
        1 => (0..25_u8).prop_map(|id| Change::Delete(format!("id{id:02}"))),
        2 => Just(Change::Commit),
    ];
    prop::collection::vec(change, 0..60)
}

fn filter() -> impl Strategy<Value = Filter> {
    let keyword = |field, values: &'static [&'static str]| {
        prop::collection::vec(prop::sample::select(values), 1..3).prop_map(move |values| {
            Filter::Keyword {
                field,
                any_of: values.into_iter().map(str::to_owned).collect(),
                or_missing: false,
            }
        })
    };
    let lon = || prop::sample::select(&[-180.0, -179.5, -1.0, 0.0, 1.0, 179.0, 180.0][..]);
    prop_oneof![
        keyword(Keyword::Country, &["GB", "FR", "XX"]),
        keyword(Keyword::Tag, &["food", "ENERGIE", "Housing", "none"]),
        keyword(Keyword::Sector, &["software", "retail", "Retail"]),
        (-3..5_i64).prop_map(Filter::UpdatedSince),
        (lon(), lon(), -3..3_i32, 0..4_i32).prop_map(|(min_lon, max_lon, south, height)| {
            Filter::BoundingBox {
                min_lon,
                max_lon,
                min_lat: f64::from(south),
                max_lat: f64::from(south + height),
            }
        }),
        (
            lon(),
            -3..3_i32,
            prop::sample::select(&[0.0, 60.0, 120.0, 500.0][..])
        )
            .prop_map(|(lon, lat, radius_km)| {
                Filter::Near {
                    point: Point {
                        lat: f64::from(lat),
                        lon,
                    },
                    radius_km,
                }
            }),
    ]
}

fn folded(value: &str) -> String {
    value
        .trim()
        .to_lowercase()
        .replace('é', "e")
        .replace('á', "a")
}

fn values(document: &Document, field: Keyword) -> Vec<String> {
    let own = document
        .keywords
        .iter()
        .filter(|(keyword, _)| *keyword == field);
    let mut values: Vec<String> = own
        .map(|(_, value)| {
            if field.typed_freely() {
                folded(value)
            } else {
                value.clone()
            }
        })
        .collect();
    values.sort();
    values.dedup();
    values
}

fn passes(document: &Document, filter: &Filter) -> bool {
    match filter {
        Filter::Keyword { field, any_of, .. } => any_of.iter().any(|wanted| {
            let wanted = if field.typed_freely() {
                folded(wanted)
            } else {
                wanted.clone()
            };
            values(document, *field).contains(&wanted)
        }),
        Filter::UpdatedSince(time) => document.updated_at >= *time,
        Filter::BoundingBox {
            min_lon,
            min_lat,
            max_lon,
            max_lat,
        } => document.locations.iter().any(|place| {
            let east = place.lon >= *min_lon;
            let west = place.lon <= *max_lon;
            (if min_lon <= max_lon {
                east && west
            } else {
                east || west
            }) && place.lat >= *min_lat
                && place.lat <= *max_lat
        }),
        Filter::Near { point, radius_km } => document
            .locations
            .iter()
            .any(|place| distance_km(*point, *place) <= *radius_km),
        _ => true,
    }
}

fn origin(filters: &[Filter]) -> Option<Point> {
    filters.iter().find_map(|filter| match filter {
        Filter::Near { point, .. } => Some(*point),
        _ => None,
    })
}

fn sorted<'a>(mut found: Vec<&'a Document>, sort: Sort, filters: &[Filter]) -> Vec<&'a Document> {
    let millimetres = |document: &Document| {
        let km = origin(filters)
            .zip(document.locations.first().copied())
            .map_or(0.0, |(a, b)| distance_km(a, b));
        (km * 1e6).round()
    };
    found.sort_by(|a, b| {
        let by = match sort {
            Sort::UpdatedAt => b.updated_at.cmp(&a.updated_at),
            Sort::CreatedAt => b.created_at.cmp(&a.created_at),
            Sort::Distance => millimetres(a).total_cmp(&millimetres(b)),
            _ => std::cmp::Ordering::Equal,
        };
        by.then_with(|| folded(&a.sort_name).cmp(&folded(&b.sort_name)))
            .then_with(|| a.id.cmp(&b.id))
    });
    found
}

/// What the list of records says the facet is.
fn facet(documents: &[&Document], filters: &[Filter], field: Keyword) -> BTreeMap<String, u64> {
    let others = filters
        .iter()
        .filter(|filter| !matches!(filter, Filter::Keyword { field: on, .. } if *on == field));
    let others: Vec<&Filter> = others.collect();
    let mut counts = BTreeMap::new();
    for document in documents {
        if others.iter().all(|filter| passes(document, filter)) {
            for value in values(document, field) {
                *counts.entry(value).or_default() += 1;
            }
        }
    }
    counts
}

fn check(
    index: &TestIndex,
    model: &BTreeMap<String, Document>,
    filters: &[Filter],
    sort: Sort,
    word: Option<&str>,
) {
    let text_matches: Vec<&Document> = model
        .values()
        .filter(|document| {
            word.is_none_or(|word| document.text[0].text.split(' ').any(|w| w == word))
        })
        .collect();
    let found: Vec<&Document> = text_matches
        .iter()
        .copied()
        .filter(|document| filters.iter().all(|filter| passes(document, filter)))
        .collect();
    if word.is_some() && found.is_empty() {
        return; // Later stages answer.
    }
    let expected: Vec<&str> = sorted(found, sort, filters)
        .iter()
        .map(|document| document.id.as_str())
        .collect();
    for limit in [1, 3, 100] {
        let mut query = Query {
            text: word.map(str::to_owned),
            filters: filters.to_vec(),
            sort,
            // Without facets some searches take a shorter way.
            facets: if limit == 3 {
                Vec::new()
            } else {
                FACETS.to_vec()
            },
            limit,
            time_budget: Duration::from_mins(1),
            ..Query::default()
        };
        let mut walked = Vec::new();
        loop {
            let page = index.search.search(&query).unwrap();
            assert_eq!(page.total, expected.len() as u64);
            assert!(page.hits.len() <= limit);
            for (field, counts) in &page.facets {
                let expected = facet(&text_matches, filters, *field);
                let mut got = BTreeMap::new();
                for count in counts {
                    let value = if field.typed_freely() {
                        folded(&count.value)
                    } else {
                        count.value.clone()
                    };
                    assert!(got.insert(value, count.count).is_none(), "a value twice");
                }
                assert_eq!(got, expected, "{field:?}");
                assert!(counts.is_sorted_by(|a, b| (b.count, &a.value) <= (a.count, &b.value)));
            }
            walked.extend(page.hits.into_iter().map(|hit| hit.id));
            let Some(next) = page.next else { break };
            assert!(
                walked.len() < expected.len(),
                "a next page, but nothing left"
            );
            query.after = Some(next);
        }
        // The word counts the same in each record, so by relevance all of them tie.
        assert_eq!(walked, expected, "{sort:?} {limit}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn the_index_agrees_with_a_list(
        changes in changes(),
        searches in prop::collection::vec(
            (
                prop::collection::vec(filter(), 0..3),
                prop::sample::select(&[Sort::Relevance, Sort::Name, Sort::UpdatedAt, Sort::CreatedAt, Sort::Distance][..]),
                prop::option::of(prop::sample::select(WORDS)),
            ),
            1..6,
        ),
    ) {
        let mut index = TestIndex::new();
        let mut model = BTreeMap::new();
        for change in changes.into_iter().chain([Change::Commit]) {
            match change {
                Change::Put(document) => {
                    index.writer.put(&document).unwrap();
                    model.insert(document.id.clone(), document);
                }
                Change::Delete(id) => {
                    index.writer.delete(Kind::Organization, &id).unwrap();
                    model.remove(&id);
                }
                Change::Commit => index.writer.commit(1).unwrap(),
            }
        }
        prop_assert_eq!(index.search.document_count(), model.len() as u64);
        for (filters, sort, word) in &searches {
            let sort = if *sort == Sort::Distance && origin(filters).is_none() { Sort::Name } else { *sort };
            check(&index, &model, filters, sort, *word);
        }
    }
}
