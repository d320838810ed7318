//! Marks around what matched.

use std::time::Duration;

use search::{Highlight, Query};

use crate::harness::{TestIndex, doc, doc_in, text_query};

const FIELDS: &[&str] = &["name", "description", "tags", "address.locality"];

fn highlights(index: &TestIndex, text: &str) -> Vec<(String, Highlight)> {
    let query = Query {
        highlight: Some(FIELDS),
        ..text_query(text)
    };
    index
        .search
        .search(&query)
        .unwrap()
        .hits
        .remove(0)
        .highlights
}

fn description(index: &TestIndex, text: &str) -> String {
    match highlights(index, text)
        .into_iter()
        .find(|(field, _)| field == "description")
    {
        Some((_, Highlight::Text(text))) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn whatever_matched_is_marked() {
    let index = TestIndex::with(&[doc_in(
        "en",
        "a",
        "x",
        "Web hosting & domains by a worker co-operative, \"node.js\" <b>too</b>: l'Économie",
    )]);
    for (text, marked) in [
        ("hosts", "Web <em>hosting</em> &amp;"),
        ("coop", "worker <em>co-operative</em>,"),
        (
            "worker coop",
            "a <em>worker</em> <em>co-operative</em>, &quot;",
        ),
        ("domai", "&amp; <em>domains</em> by"),
        ("hostnig", "<em>hosting</em>"),
        ("\"web hosting\"", "<em>Web</em> <em>hosting</em>"),
        (
            "node.js",
            "&quot;<em>node.js</em>&quot; &lt;b&gt;too&lt;/b&gt;",
        ),
        ("economie", "l&#39;<em>Économie</em>"),
        ("scop", "<em>worker</em> <em>co-operative</em>"),
    ] {
        let shown = description(&index, text);
        assert!(shown.contains(marked), "{text}: {shown}");
    }
}

#[test]
fn lists_and_nested_fields_and_nothing_for_fields_without_a_match() {
    let mut document = doc("a", "x", "bread and butter");
    document.view = serde_json::json!({
        "name": "Bread <3",
        "description": "nothing here",
        "tags": ["organic bread", "cake", 5, "Breads"],
        "address": {"locality": "Breadtown bread"},
    })
    .to_string();
    let index = TestIndex::with(&[document]);
    assert_eq!(
        highlights(&index, "bread"),
        [
            (
                "name".to_owned(),
                Highlight::Text("<em>Bread</em> &lt;3".into())
            ),
            (
                "tags".to_owned(),
                Highlight::List(vec![
                    "organic <em>bread</em>".into(),
                    "<em>Breads</em>".into()
                ])
            ),
            (
                "address.locality".to_owned(),
                Highlight::Text("Breadtown <em>bread</em>".into())
            ),
        ]
    );
}

#[test]
fn of_long_texts_a_fragment_around_the_best_match() {
    let filler = "lorem ipsum dolor sit amet ".repeat(30);
    let text = format!("bread {filler} butter and bread <here> {filler}");
    let index = TestIndex::with(&[doc("a", "x", &text)]);
    let shown = description(&index, "bread butter");
    assert!(shown.starts_with('…') && shown.ends_with('…'), "{shown}");
    assert!(
        shown.contains("<em>butter</em> and <em>bread</em> &lt;here&gt;"),
        "{shown}"
    );
    let plain = shown
        .replace("<em>", "")
        .replace("</em>", "")
        .replace("&lt;", "<")
        .replace("&gt;", ">");
    assert!(
        (150..=205).contains(&plain.chars().count()),
        "{}: {shown}",
        plain.chars().count()
    );
    let inner = plain.trim_matches('…');
    assert!(
        text.contains(&format!(" {inner} ")),
        "cut within a word: {shown}"
    );
}

#[test]
fn fragments_of_texts_without_spaces() {
    let text = format!("{}bread{}", "社".repeat(60), "社".repeat(300));
    let index = TestIndex::with(&[doc("a", "x", &text)]);
    let shown = description(&index, "bread");
    assert!(
        shown.contains("<em>bread</em>") && shown.chars().count() < 220,
        "{shown}"
    );
}

#[test]
fn no_highlight_is_lost_for_lack_of_time() {
    let documents: Vec<_> = (0..100)
        .map(|i| doc(&format!("{i:02}"), "x", &"bread and butter ".repeat(300)))
        .collect();
    let index = TestIndex::with(&documents);
    let query = Query {
        highlight: Some(FIELDS),
        ..text_query("bread")
    };
    // The search itself takes microseconds, the highlights more than a millisecond.
    let short = Duration::from_millis(1);
    assert_eq!(index.search.search_within(short, &query).unwrap(), None);
    let query = Query {
        time_budget: short,
        ..query
    };
    let page = index.search.search(&query).unwrap();
    assert_eq!(page.hits.len(), 100);
    assert!(page.hits.iter().all(|hit| hit.highlights.len() == 1));
    let long = Duration::from_mins(1);
    assert_eq!(
        index.search.search_within(long, &query).unwrap(),
        Some(page)
    );
}
