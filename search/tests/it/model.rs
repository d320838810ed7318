//! The index against a plain list of records: filters, facets, orders and walks must agree, whatever was
//! added, changed and removed in however many commits.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use search::{
    Batch, Document, Filter, Histogram, Keyword, Kind, Point, Query, Sort, TextField, Weight,
    distance_km,
};

use crate::harness::TestIndex;

const COUNTRIES: &[&str] = &["GB", "FR", "DE"];
const TAGS: &[&str] = &["Food", "food", "FOOD ", "Énergie", "energie", "housing"];
const SKILLS: &[&str] = &["rust", "welding", "care"];
const WORDS: &[&str] = &["alpha", "bravo", "charlie", "delta"];
const FACETS: &[Keyword] = &[Keyword::Country, Keyword::Tag, Keyword::Skill];
const LONGITUDES: &[f64] = &[-180.0, -179.5, -1.0, 0.0, 0.5, 179.0, 180.0];
const DAY: i64 = 24 * 60 * 60 * 1_000_000;
/// Times records are published and expire at, and searches are made at.
const TIMES: &[i64] = &[
    1000 * DAY,
    1000 * DAY + 1,
    1000 * DAY + 5_000_000,
    1001 * DAY,
    1003 * DAY + 7,
    1070 * DAY,
    1100 * DAY,
];
const SALARIES: &[i64] = &[0, 1_000_000, 2_500_000, 2_500_001, 9_000_000];
const SORTS: &[Sort] = &[
    Sort::Relevance,
    Sort::Name,
    Sort::UpdatedAt,
    Sort::CreatedAt,
    Sort::Distance,
    Sort::PostedAt,
    Sort::Salary,
    Sort::ValidThrough,
];

type Id = (Kind, String);
type Model = BTreeMap<Id, Document>;

#[derive(Debug, Clone)]
enum Change {
    Put(Box<Document>),
    Delete(Id),
    Commit,
}

fn id() -> impl Strategy<Value = Id> {
    let kind = prop::sample::select(&[Kind::Organization, Kind::Job, Kind::Job][..]);
    (kind, 0..15_u8).prop_map(|(kind, id)| (kind, format!("id{id:02}")))
}

fn select<T: Copy + std::fmt::Debug + 'static>(from: &'static [T]) -> proptest::sample::Select<T> {
    prop::sample::select(from)
}

fn subset<T: Copy + std::fmt::Debug + 'static>(
    from: &'static [T],
) -> proptest::sample::Subsequence<T> {
    proptest::sample::subsequence(from, 0..=from.len().min(4))
}

fn places() -> impl Strategy<Value = Vec<Point>> {
    let place = (-3_i32..=3, select(LONGITUDES)).prop_map(|(lat, lon)| Point {
        lat: f64::from(lat),
        lon,
    });
    prop::collection::vec(place, 0..4)
}

/// What only jobs have.
fn job_fields(document: Document) -> impl Strategy<Value = Document> {
    let time = || prop::option::of(select(TIMES));
    (
        (time(), time()),
        prop::option::of(select(SALARIES)),
        prop::option::of((-8..8_i16, 0..8_i16)),
        prop::option::of(select(&["one", "two", "three"])),
        subset(SKILLS),
    )
        .prop_map(
            move |((posted_at, expires_at), salary, offsets, group, skills)| {
                let mut document = document.clone();
                if document.kind == Kind::Job {
                    let skills = skills
                        .iter()
                        .map(|skill| (Keyword::Skill, (*skill).to_owned()));
                    document.keywords.extend(skills);
                    document.posted_at = posted_at;
                    document.expires_at = expires_at;
                    document.salary = salary;
                    document.utc_offsets = offsets.map(|(from, width)| (from, from + width));
                    document.group = group.map(str::to_owned);
                }
                document
            },
        )
}

fn document() -> impl Strategy<Value = Document> {
    (
        id(),
        select(&["Zebra", "ábaco", "Abaco", "mill", "Mill"]),
        subset(WORDS),
        prop::option::of(select(COUNTRIES)),
        subset(TAGS),
        places(),
        (0..5_i64, -3..5_i64),
    )
        .prop_map(
            |((kind, id), name, words, country, tags, locations, (created_at, updated_at))| {
                let mut keywords: Vec<(Keyword, String)> = Vec::new();
                keywords.extend(country.map(|country| (Keyword::Country, country.to_owned())));
                keywords.extend(tags.iter().map(|tag| (Keyword::Tag, (*tag).to_owned())));
                Document {
                    kind,
                    view: format!("{{\"id\":\"{id}\"}}"),
                    id,
                    sort_name: name.to_owned(),
                    text: vec![TextField {
                        name: "description",
                        weight: Weight::Body,
                        language: None,
                        text: words.join(" "),
                    }],
                    languages: Vec::new(),
                    keywords,
                    locations,
                    created_at,
                    updated_at,
                    posted_at: None,
                    expires_at: None,
                    salary: None,
                    utc_offsets: None,
                    group: None,
                    quality: 0,
                }
            },
        )
        .prop_flat_map(job_fields)
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        8 => document().prop_map(|document| Change::Put(Box::new(document))),
        1 => id().prop_map(Change::Delete),
        2 => Just(Change::Commit),
    ];
    prop::collection::vec(change, 0..60)
}

fn filter() -> impl Strategy<Value = Filter> {
    let keyword = |field, values: &'static [&'static str]| {
        (prop::collection::vec(select(values), 0..3), any::<bool>()).prop_map(
            move |(values, or_missing)| Filter::Keyword {
                field,
                any_of: values.into_iter().map(str::to_owned).collect(),
                or_missing,
            },
        )
    };
    prop_oneof![
        keyword(Keyword::Country, &["GB", "FR", "XX"]),
        keyword(Keyword::Tag, &["food", "ENERGIE", "Housing", "none"]),
        keyword(Keyword::Skill, &["rust", "care", "Care"]),
        (-3..5_i64).prop_map(Filter::UpdatedSince),
        select(TIMES).prop_map(Filter::PostedSince),
        (-10..16_i16).prop_map(Filter::UtcOffset),
        (select(SALARIES), any::<bool>())
            .prop_map(|(cents, unspecified)| Filter::SalaryAtLeast { cents, unspecified }),
        (select(LONGITUDES), select(LONGITUDES), -3..3_i32, 0..4_i32).prop_map(
            |(min_lon, max_lon, south, height)| Filter::BoundingBox {
                min_lon,
                max_lon,
                min_lat: f64::from(south),
                max_lat: f64::from(south + height),
            }
        ),
        (
            select(LONGITUDES),
            -3..3_i32,
            select(&[0.0, 60.0, 120.0, 500.0])
        )
            .prop_map(|(lon, lat, radius_km)| Filter::Near {
                point: Point {
                    lat: f64::from(lat),
                    lon,
                },
                radius_km,
            }),
    ]
}

/// A search but for its order, so that more of them are tried on each index.
fn query() -> impl Strategy<Value = Query> {
    (
        prop::collection::vec(filter(), 0..3),
        prop::option::of(select(WORDS)),
        subset(&[Kind::Organization, Kind::Job]),
        prop_oneof![Just(i64::MIN), select(TIMES)],
        prop::option::of(subset(SALARIES)),
        any::<bool>(),
    )
        .prop_map(|(filters, word, kinds, now, edges, collapse)| Query {
            text: word.map(str::to_owned),
            filters,
            kinds,
            now,
            histogram: edges.map(|edges| Histogram { edges }),
            collapse,
            time_budget: Duration::from_mins(1),
            ..Query::default()
        })
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
        Filter::Keyword {
            field,
            any_of,
            or_missing,
        } => {
            let values = values(document, *field);
            (*or_missing && values.is_empty())
                || any_of.iter().any(|wanted| {
                    values.contains(&if field.typed_freely() {
                        folded(wanted)
                    } else {
                        wanted.clone()
                    })
                })
        }
        Filter::UpdatedSince(time) => document.updated_at >= *time,
        Filter::PostedSince(time) => document.posted_at.is_some_and(|at| at >= *time),
        Filter::UtcOffset(offset) => document
            .utc_offsets
            .is_none_or(|(from, to)| from <= *offset && *offset <= to),
        Filter::SalaryAtLeast { cents, unspecified } => document
            .salary
            .map_or(*unspecified, |salary| salary >= *cents),
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
    }
}

fn origin(filters: &[Filter]) -> Option<Point> {
    filters.iter().find_map(|filter| match filter {
        Filter::Near { point, .. } => Some(*point),
        _ => None,
    })
}

/// Lower comes first.
fn rank(document: &Document, query: &Query) -> (i64, i64) {
    let newest_first = |time: i64| -time;
    match query.sort {
        // The word counts the same in each record, so only their ages tell them apart.
        Sort::Relevance if query.text.is_some() => match document.posted_at {
            Some(at) => {
                let age = query.now.div_euclid(DAY) - at.div_euclid(DAY);
                (age.clamp(0, 60), newest_first(at / 1_000_000))
            }
            None => (0, 0),
        },
        Sort::Name | Sort::Relevance => (0, 0),
        Sort::UpdatedAt => (newest_first(document.updated_at), 0),
        Sort::CreatedAt => (newest_first(document.created_at), 0),
        Sort::PostedAt => (document.posted_at.map_or(i64::MAX, newest_first), 0),
        Sort::Salary => (document.salary.map_or(i64::MAX, |salary| -salary), 0),
        Sort::ValidThrough => (document.expires_at.unwrap_or(i64::MAX), 0),
        Sort::Distance => {
            let distances = document.locations.iter().map(|place| {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "less than 2^63 millimetres"
                )]
                let millimetres =
                    (distance_km(origin(&query.filters).unwrap(), *place) * 1e6).round() as i64;
                millimetres
            });
            (distances.min().unwrap_or(i64::MAX), 0)
        }
    }
}

/// Keeps groups apart: of five in a row one at most, or else the one that was away longest.
fn spread(hits: Vec<&Document>) -> Vec<&Document> {
    let mut left = hits;
    let mut shown: Vec<&Document> = Vec::new();
    while !left.is_empty() {
        let since = |hit: &Document| {
            let back = shown.iter().rev();
            let mut back = back.map(|other| hit.group.is_some() && other.group == hit.group);
            back.position(|same| same).filter(|since| *since < 4)
        };
        let next = left
            .iter()
            .position(|hit| since(hit).is_none())
            .unwrap_or_else(|| {
                let longest = left.iter().map(|hit| since(hit)).max().unwrap();
                left.iter().position(|hit| since(hit) == longest).unwrap()
            });
        let hit = left.remove(next);
        shown.push(hit);
    }
    shown
}

fn sorted<'a>(mut found: Vec<&'a Document>, query: &Query) -> Vec<&'a Document> {
    found.sort_by_key(|document| {
        let name = folded(&document.sort_name);
        (
            rank(document, query),
            name,
            document.kind.as_str(),
            document.id.clone(),
        )
    });
    if query.collapse {
        let mut seen = BTreeSet::new();
        found.retain(|document| {
            let group = document.group.as_ref();
            group.is_none_or(|group| seen.insert(group.clone()))
        });
        return found;
    }
    if query.sort == Sort::Relevance && query.text.is_some() && query.kinds != [Kind::Organization]
    {
        return spread(found);
    }
    found
}

fn pass_all_but(
    documents: &[&Document],
    filters: &[Filter],
    ignored: impl Fn(&Filter) -> bool,
) -> Vec<Document> {
    let others: Vec<&Filter> = filters.iter().filter(|filter| !ignored(filter)).collect();
    let passing = documents
        .iter()
        .filter(|document| others.iter().all(|filter| passes(document, filter)));
    passing.map(|document| (*document).clone()).collect()
}

/// What the list of records says the facet is.
fn facet(documents: &[&Document], filters: &[Filter], field: Keyword) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    let on_field =
        |filter: &Filter| matches!(filter, Filter::Keyword { field: on, .. } if *on == field);
    for document in pass_all_but(documents, filters, on_field) {
        for value in values(&document, field) {
            *counts.entry(value).or_default() += 1;
        }
    }
    counts
}

fn histogram(documents: &[&Document], filters: &[Filter], edges: &[i64]) -> Vec<u64> {
    let mut counts = vec![0; edges.len() + 1];
    let on_salary = |filter: &Filter| matches!(filter, Filter::SalaryAtLeast { .. });
    for document in pass_all_but(documents, filters, on_salary) {
        if let Some(salary) = document.salary {
            counts[edges.iter().filter(|edge| **edge <= salary).count()] += 1;
        }
    }
    counts
}

/// The records of which a query asks for some, filters aside.
fn matching_text<'a>(model: &'a Model, query: &Query) -> Vec<&'a Document> {
    let found = model.values().filter(|document| {
        let text = &document.text[0].text;
        (query.kinds.is_empty() || query.kinds.contains(&document.kind))
            && document.expires_at.is_none_or(|at| at > query.now)
            && query
                .text
                .as_ref()
                .is_none_or(|word| text.split(' ').any(|w| w == word))
    });
    found.collect()
}

fn check(index: &TestIndex, model: &Model, query: &Query) {
    let text_matches = matching_text(model, query);
    let found: Vec<&Document> = text_matches
        .iter()
        .copied()
        .filter(|document| query.filters.iter().all(|filter| passes(document, filter)))
        .collect();
    if query.text.is_some() && found.is_empty() {
        return; // Later stages answer.
    }
    let total = found.len() as u64;
    let expected: Vec<Id> = sorted(found, query)
        .iter()
        .map(|document| (document.kind, document.id.clone()))
        .collect();
    for limit in [1, 3, 100] {
        let mut query = Query {
            // Without facets some searches take a shorter way.
            facets: if limit == 3 {
                Vec::new()
            } else {
                FACETS.to_vec()
            },
            limit,
            ..query.clone()
        };
        let mut walked = Vec::new();
        loop {
            let page = index.search.search(&query).unwrap();
            assert_eq!(page.total, total);
            assert!(page.hits.len() <= limit);
            for (field, counts) in &page.facets {
                let expected = facet(&text_matches, &query.filters, *field);
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
            let edges = query.histogram.as_ref().map(|asked| &asked.edges);
            let expected_histogram =
                edges.map(|edges| histogram(&text_matches, &query.filters, edges));
            assert_eq!(page.histogram, expected_histogram);
            walked.extend(page.hits.into_iter().map(|hit| (hit.kind, hit.id)));
            let Some(next) = page.next else { break };
            assert!(
                walked.len() < expected.len(),
                "a next page, but nothing left"
            );
            query.after = Some(next);
        }
        assert_eq!(walked, expected, "{query:?}");
    }
}

/// A batch of the same records finds the same.
fn check_batch(batch: &Batch, model: &Model, query: &Query) {
    let found = matching_text(model, query).into_iter();
    let expected: Vec<Id> = found
        .filter(|document| query.filters.iter().all(|filter| passes(document, filter)))
        .map(|document| (document.kind, document.id.clone()))
        .collect();
    assert_eq!(batch.matching(query, None).unwrap(), expected, "{query:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn the_index_agrees_with_a_list(
        changes in changes(),
        queries in prop::collection::vec(query(), 1..6),
    ) {
        let mut index = TestIndex::new();
        let mut model = Model::new();
        for (at, change) in changes.into_iter().chain([Change::Commit]).enumerate() {
            match change {
                Change::Put(document) => {
                    index.writer.put(&document).unwrap();
                    model.insert((document.kind, document.id.clone()), *document);
                }
                Change::Delete((kind, id)) => {
                    index.writer.delete(kind, &id).unwrap();
                    model.remove(&(kind, id));
                }
                Change::Commit => {
                    index.writer.commit(1).unwrap();
                    // What is kept ready must follow what is deleted.
                    let query = Query {
                        filters: Vec::new(),
                        text: None,
                        sort: SORTS[at % 3 + 5],
                        ..queries[0].clone()
                    };
                    check(&index, &model, &query);
                }
            }
        }
        prop_assert_eq!(index.search.document_count(), model.len() as u64);
        let documents: Vec<Document> = model.values().cloned().collect();
        let batch = Batch::new(&documents).unwrap();
        for query in &queries {
            check_batch(&batch, &model, query);
            for &sort in SORTS {
                if sort != Sort::Distance || origin(&query.filters).is_some() {
                    check(&index, &model, &Query { sort, ..query.clone() });
                }
            }
        }
    }
}
