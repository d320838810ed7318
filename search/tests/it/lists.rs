//! Filters, orders and pages in cases the model does not reach.

use std::time::Duration;

use search::{Error, Filter, Keyword, Kind, Point, Query, Sort};

use crate::harness::{TestIndex, at, doc, ids, text_query};

#[test]
fn boxes_and_circles_across_the_antimeridian() {
    let index = TestIndex::with(&[
        at(doc("fiji", "Fiji", ""), -17.7, 178.0),
        at(doc("samoa", "Samoa", ""), -13.8, -171.8),
        at(doc("london", "London", ""), 51.5, -0.1),
        doc("nowhere", "Nowhere", ""),
    ]);
    let find = |filter| {
        let query = Query {
            filters: vec![filter],
            ..Query::default()
        };
        ids(&index.search.search(&query).unwrap())
    };
    let pacific = Filter::BoundingBox {
        min_lon: 170.0,
        min_lat: -30.0,
        max_lon: -160.0,
        max_lat: 0.0,
    };
    assert_eq!(find(pacific), ["fiji", "samoa"]);
    let near = Filter::Near {
        point: Point {
            lat: -17.0,
            lon: -179.0,
        },
        radius_km: 400.0,
    };
    assert_eq!(find(near.clone()), ["fiji"]);
    let query = Query {
        filters: vec![near],
        sort: Sort::Distance,
        ..Query::default()
    };
    let hit = index.search.search(&query).unwrap().hits.remove(0);
    assert!((300.0..400.0).contains(&hit.distance_km.unwrap()));
}

#[test]
fn a_walk_by_relevance_goes_through_all_pages() {
    let documents: Vec<_> = (0..57)
        .map(|i| doc(&format!("{i:02}"), &format!("Farm {i}"), "x"))
        .collect();
    let mut index = TestIndex::with(&documents[..30]);
    index.add(&documents[30..]);
    let mut query = Query {
        limit: 10,
        ..text_query("farm")
    };
    let mut seen = Vec::new();
    loop {
        let page = index.search.search(&query).unwrap();
        assert_eq!(page.total, 57);
        seen.extend(ids(&page));
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 57);
}

#[test]
fn cursors_of_another_search_are_refused() {
    let index = TestIndex::with(&[doc("a", "A", ""), doc("b", "B", "")]);
    let query = Query {
        limit: 1,
        ..Query::default()
    };
    let next = index.search.search(&query).unwrap().next;
    let other = Query {
        sort: Sort::UpdatedAt,
        after: next.clone(),
        ..query
    };
    assert!(matches!(
        index.search.search(&other),
        Err(Error::InvalidCursor)
    ));
    for garbage in [
        serde_json::json!({"name": {"order": "\u{10ffff}\u{10ffff}"}}),
        serde_json::json!({"name": {"order": ""}}),
        serde_json::json!({"name": {"order": "a\u{0}organization:"}}),
    ] {
        let query = Query {
            after: Some(serde_json::from_value(garbage).unwrap()),
            ..Query::default()
        };
        index.search.search(&query).unwrap();
    }
    assert!(serde_json::from_value::<search::Cursor>(serde_json::json!({"order": 5})).is_err());
}

#[test]
fn distance_needs_a_point() {
    let query = Query {
        sort: Sort::Distance,
        ..Query::default()
    };
    let index = TestIndex::new();
    assert!(matches!(
        index.search.search(&query),
        Err(Error::DistanceWithoutPoint)
    ));
}

#[test]
fn a_search_without_time_says_it_is_partial() {
    let documents: Vec<_> = (0..5000)
        .map(|i| doc(&format!("{i}"), "Farm", ""))
        .collect();
    let index = TestIndex::with(&documents);
    let query = Query {
        time_budget: Duration::ZERO,
        ..text_query("farm")
    };
    let page = index.search.search(&query).unwrap();
    assert!(page.partial && page.total < 5000);
    let in_time = index.search.search_within(Duration::ZERO, &query).unwrap();
    assert_eq!(in_time, None);
}

#[test]
fn facets_show_what_the_filters_leave_out() {
    let with = |id: &str, name: &str, country: &str| {
        let mut document = doc(id, name, "");
        document
            .keywords
            .push((Keyword::Country, country.to_owned()));
        document
    };
    let index = TestIndex::with(&[with("a", "Farm", "GB"), with("b", "Mill", "FR")]);
    let query = Query {
        filters: vec![Filter::Keyword {
            field: Keyword::Country,
            any_of: vec!["FR".to_owned()],
            or_missing: false,
        }],
        facets: vec![Keyword::Country],
        ..text_query("farm")
    };
    let page = index.search.search(&query).unwrap();
    assert_eq!(page.total, 0);
    assert_eq!(page.facets[0].1[0].value, "GB");
}

/// Records of which many score the same, in an order of their own.
fn alike() -> Vec<search::Document> {
    let description =
        |i: u32| ["farm and mill", "mill farm bakery", "farm mill bread press"][i as usize % 3];
    (0..60)
        .map(|i| {
            doc(
                &format!("{:02}", i * 7 % 60),
                &format!("Guild {}", i % 4),
                description(i),
            )
        })
        .collect()
}

#[test]
fn ties_by_relevance_do_not_depend_on_how_the_index_was_written() {
    let documents = alike();
    let whole = TestIndex::with(&documents);
    let mut parts = TestIndex::new();
    for some in documents.rchunks(13) {
        parts.add(some);
    }
    assert!(whole.search.segment_count() < parts.search.segment_count());
    for text in [
        "farm",
        "farm mill",
        "mill farm bread",
        "\"farm mill\"",
        "farn",
        "bread bakery",
        "guil",
    ] {
        let ids = whole.ids(text);
        assert!(ids.len() > 10, "{text}");
        assert_eq!(ids, parts.ids(text), "{text}");
    }
}

#[test]
fn a_few_deleted_records_do_not_change_the_order() {
    let documents = alike();
    let whole = TestIndex::with(&documents);
    let mut edited = TestIndex::with(&documents);
    edited.add(&documents[10..14]);
    edited.add(&[doc("gone", "Guild of Bread", "bread")]);
    edited.writer.delete(Kind::Organization, "gone").unwrap();
    edited.writer.commit(9).unwrap();
    for text in ["farm bread", "bread farm mill", "bakery farm"] {
        assert_eq!(whole.ids(text), edited.ids(text), "{text}");
    }
}
