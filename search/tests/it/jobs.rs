//! What only jobs have: ages, employers, and an end.

use search::{Batch, Document, Filter, Histogram, Keyword, Kind, Query, Sort, SuggestQuery};

use crate::harness::{TestIndex, doc, ids, job, text_query};

const DAY: i64 = 24 * 60 * 60 * 1_000_000;
const NOW: i64 = 20_000 * DAY;

fn found(index: &TestIndex, text: &str, now: i64) -> Vec<String> {
    let query = Query {
        now,
        ..text_query(text)
    };
    ids(&index.search.search(&query).unwrap())
}

#[test]
fn of_equal_matches_the_newer_comes_first_but_a_much_better_old_one_wins() {
    let index = TestIndex::with(&[
        job("a-old", "Baker", "bread", "x", NOW - 30 * DAY),
        job("b-new", "Baker", "bread", "y", NOW - DAY),
        job("c-newest", "Baker", "bread", "z", NOW - DAY + 2_000_000),
        job("d-ancient", "Baker", "bread", "w", NOW - 900 * DAY),
        job("e-old-title", "Senior welder", "steel", "x", NOW - 90 * DAY),
        job("f-new-body", "Driver", "knows a welder", "y", NOW),
    ]);
    assert_eq!(
        found(&index, "bread", NOW),
        ["c-newest", "b-new", "a-old", "d-ancient"]
    );
    assert_eq!(found(&index, "welder", NOW), ["e-old-title", "f-new-body"]);
    // Long before all of them, none is older than the others: only the moment tells them apart.
    assert_eq!(
        found(&index, "bread", i64::MIN),
        ["c-newest", "b-new", "a-old", "d-ancient"]
    );
}

#[test]
fn age_counts_less_than_how_many_words_are_found() {
    let index = TestIndex::with(&[
        job("old", "Baker", "bread rolls", "x", NOW - 90 * DAY),
        job("new", "Bread", "bread bread", "y", NOW),
    ]);
    // No record has all three.
    assert_eq!(found(&index, "bread rolls pizza", NOW), ["old", "new"]);
}

#[test]
fn organizations_do_not_age() {
    let documents = [doc("a", "Bread", "rolls"), doc("b", "Rolls", "bread")];
    let index = TestIndex::with(&documents);
    assert_eq!(
        found(&index, "bread", NOW),
        found(&index, "bread", i64::MIN)
    );
}

/// Jobs of one employer that match best, and more of others.
fn flood() -> Vec<Document> {
    let best = (0..50).map(|i| job(&format!("flood{i:02}"), "Welder", "welder", "big", NOW));
    let others = (0..130).map(|i| {
        let employer = format!("small{}", i % 30);
        job(&format!("small{i:03}"), "Maker", "welder", &employer, NOW)
    });
    best.chain(others).collect()
}

#[test]
fn no_employer_crowds_out_the_others() {
    let documents = flood();
    let index = TestIndex::with(&documents);
    let shown = found(&index, "welder", NOW);
    assert_eq!(shown.len(), 100);
    for hits in shown[..60].windows(5) {
        let of_one = hits.iter().filter(|id| id.starts_with("flood")).count();
        assert_eq!(of_one, 1, "{hits:?}");
    }
    assert!(shown[0].starts_with("flood"), "the best comes first");
}

#[test]
fn pages_of_any_size_show_one_order_with_every_match_once() {
    let documents = flood();
    let mut index = TestIndex::with(&documents[..100]);
    index.add(&documents[100..]);
    let walk = |limit| {
        let mut query = Query {
            limit,
            now: NOW,
            ..text_query("welder")
        };
        let mut walked = Vec::new();
        loop {
            let page = index.search.search(&query).unwrap();
            assert_eq!(page.total, 180);
            walked.extend(ids(&page));
            match page.next {
                Some(next) => query.after = Some(next),
                None => return walked,
            }
        }
    };
    let all = walk(1000);
    for limit in [7, 20, 99, 100, 101] {
        assert_eq!(walk(limit), all, "{limit}");
    }
    let mut unique = all;
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), 180);
}

fn expiring(id: &str, name: &str, expires_at: i64) -> Document {
    let mut document = job(id, name, "", id, NOW - DAY);
    document.expires_at = Some(expires_at);
    document.salary = Some(5);
    document
        .keywords
        .push((Keyword::Workplace, "remote".to_owned()));
    document
}

#[test]
fn what_has_expired_is_neither_found_nor_counted_nor_suggested() {
    let index = TestIndex::with(&[
        expiring("a", "Kilner", NOW),
        expiring("b", "Kilness", NOW + 1),
        doc("c", "Kilnworks", ""),
    ]);
    let suggested = |now| {
        let query = SuggestQuery {
            text: "kiln".to_owned(),
            kinds: Vec::new(),
            now,
            limit: 10,
        };
        let suggestions = index.search.suggest(&query).unwrap();
        let mut texts: Vec<String> = suggestions
            .into_iter()
            .map(|s| s.text.to_lowercase())
            .collect();
        texts.sort();
        texts.dedup();
        texts
    };
    for (now, left) in [
        (NOW - 1, &["a", "b", "c"][..]),
        (NOW, &["b", "c"]),
        (NOW + 1, &["c"]),
    ] {
        let names: Vec<&str> = left
            .iter()
            .map(|id| match *id {
                "a" => "kilner",
                "b" => "kilness",
                _ => "kilnworks",
            })
            .collect();
        assert_eq!(suggested(now), names);
        for text in [None, Some("kiln".to_owned())] {
            let query = Query {
                text,
                now,
                facets: vec![Keyword::Workplace],
                histogram: Some(Histogram { edges: vec![3] }),
                ..Query::default()
            };
            let page = index.search.search(&query).unwrap();
            assert_eq!(ids(&page), left);
            assert_eq!(page.total, left.len() as u64);
            let jobs = left.len() as u64 - 1;
            let counted: u64 = page.facets[0].1.iter().map(|value| value.count).sum();
            assert_eq!(counted, jobs);
            assert_eq!(page.histogram, Some(vec![0, jobs]));
        }
    }
    // The index still has all of them.
    assert_eq!(index.search.document_count(), 3);
}

#[test]
fn a_job_is_as_near_as_the_nearest_of_its_places() {
    let place = |lat, lon| search::Point { lat, lon };
    let mut both = job("both", "Both", "", "x", NOW);
    // Crossed, the two would make a third place.
    both.locations = vec![place(50.0, 10.0), place(10.0, 50.0)];
    let mut other = job("other", "Other", "", "y", NOW);
    other.locations = vec![place(10.0, 52.0)];
    let index = TestIndex::with(&[both, other]);
    let near = |point, radius_km| {
        let query = Query {
            filters: vec![Filter::Near { point, radius_km }],
            sort: Sort::Distance,
            ..Query::default()
        };
        index.search.search(&query).unwrap()
    };
    assert_eq!(ids(&near(place(10.0, 50.0), 1.0)), ["both"]);
    assert_eq!(ids(&near(place(50.0, 10.0), 1.0)), ["both"]);
    assert!(near(place(10.0, 10.0), 100.0).hits.is_empty());
    assert!(near(place(50.0, 50.0), 100.0).hits.is_empty());
    let page = near(place(10.0, 51.5), 500.0);
    assert_eq!(ids(&page), ["other", "both"]);
    let distance = page.hits[1].distance_km.unwrap();
    assert!((160.0..170.0).contains(&distance), "{distance}");
}

#[test]
fn a_batch_never_guesses() {
    let batch = Batch::new(&[
        job("a", "Welder", "steel", "x", NOW),
        job("b", "Baker", "bread", "y", NOW),
    ])
    .unwrap();
    let matching = |text: &str| batch.matching(&text_query(text), None).unwrap();
    let a = [(Kind::Job, "a".to_owned())];
    assert_eq!(matching("welders"), a);
    assert_eq!(matching("steel -bread"), a);
    for text in ["weldin", "wleder", "steel bread", "", "-"] {
        assert!(matching(text).is_empty(), "{text}");
    }
    assert!(batch.matching(&text_query(&"x".repeat(513)), None).is_err());
}
