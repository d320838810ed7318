//! What a text finds, stage by stage.

use search::{Correction, Error, Query, TextField, Weight};

use crate::harness::{TestIndex, doc, doc_in, ids, text_query};

fn directory() -> TestIndex {
    TestIndex::with(&[
        doc(
            "a",
            "Webarchitects",
            "Web hosting and server administration by a worker co-operative in Sheffield",
        ),
        doc("b", "Hosting Partners", "Domains, email and backups"),
        doc("c", "Bakery of the Commons", "Organic bread, baked daily"),
        doc_in(
            "fr",
            "d",
            "Boulangerie coopérative du Marché",
            "Pains biologiques et pâtisseries",
        ),
        doc_in(
            "de",
            "e",
            "Wohnungsgenossenschaft Köln",
            "Bezahlbare Wohnungen für alle",
        ),
        doc_in("", "f", "Ålesund Samvirkelag", "Butikker"),
        doc(
            "g",
            "Signal & Noise",
            "C++ and node.js programmers, .NET too",
        ),
        doc("h", "North Valley Credit Union", "Savings and loans"),
    ])
}

#[test]
fn words_match_exactly_by_stem_and_by_synonym() {
    let index = directory();
    for (text, expected) in [
        ("sheffield", vec!["a"]),
        ("SHEFFIELD", vec!["a"]),
        ("hosting", vec!["a", "b"]),
        ("hosts", vec!["a", "b"]),
        ("hosting server", vec!["a"]),
        ("koln", vec!["e"]),
        ("Köln", vec!["e"]),
        ("alesund", vec!["f"]),
        ("patisserie", vec!["d"]),
        ("coop", vec!["a", "d", "e"]),
        ("co-op", vec!["a", "d", "e"]),
        ("genossenschaft", vec!["a", "d", "e"]),
        ("housing co-op", vec!["e"]),
        ("housing cooperative", vec!["e"]),
        ("bakery", vec!["c", "d"]),
        ("c++", vec!["g"]),
        (".net", vec!["g"]),
        ("node.js", vec!["g"]),
        ("node", vec!["g"]),
        ("nodejs", vec!["g"]),
        ("caisse populaire", vec!["h"]),
        ("volksbank", vec!["h"]),
    ] {
        let page = index.page(text);
        let mut found = ids(&page);
        found.sort();
        assert_eq!(found, expected, "{text}");
        assert_eq!(page.total, expected.len() as u64, "{text}");
        assert!(
            !page.relaxed && !page.partial && page.corrections.is_empty(),
            "{text}"
        );
    }
}

#[test]
fn names_come_first_then_summaries_then_descriptions() {
    let mut with_summary = doc("summary", "Three", "x");
    with_summary.text.push(TextField {
        name: "summary",
        weight: Weight::Head,
        language: None,
        text: "a printing house among many other things that are said here at some length".into(),
    });
    let long = "filler words of no meaning ".repeat(100);
    let index = TestIndex::with(&[
        doc("body", "One", "printing printing printing printing"),
        with_summary,
        doc(
            "name",
            "The very long name of a printing house in the far north of the country",
            &long,
        ),
        doc("short", "Printing", &long),
    ]);
    assert_eq!(index.ids("printing"), ["short", "name", "summary", "body"]);
}

#[test]
fn a_name_that_equals_the_query_comes_first() {
    let index = TestIndex::with(&[
        doc(
            "a",
            "Unicorn Grocery Unicorn",
            "unicorn grocery unicorn grocery",
        ),
        doc("b", "Unicorn Grocery", "x"),
        doc("c", "Grocery Unicorn", "unicorn"),
        doc("d", "Unicorn Grocery Limited", "unicorn"),
    ]);
    assert_eq!(index.ids("unicorn grocery")[0], "b");
    assert_eq!(index.ids("UNICORN  grocéry")[0], "b");
    assert_eq!(index.ids("grocery unicorn")[0], "c");
}

#[test]
fn a_word_as_typed_comes_before_its_stem() {
    let index = TestIndex::with(&[
        doc("a", "x", "we host things"),
        doc("b", "y", "hosting things"),
        doc("c", "z", "hosted things"),
    ]);
    assert_eq!(index.ids("hosting")[0], "b");
    assert_eq!(index.ids("hosted")[0], "c");
    assert_eq!(index.page("hosting").total, 3);
}

#[test]
fn phrases_and_exclusions() {
    let index = directory();
    for (text, expected) in [
        ("\"web hosting\"", vec!["a"]),
        ("\"hosting web\"", vec![]),
        ("\"worker co-operative\"", vec!["a"]),
        ("\"hosting\"", vec!["a", "b"]),
        ("\"hosts\"", vec![]),
        ("hosting -sheffield", vec!["b"]),
        ("hosting -\"web hosting\"", vec!["b"]),
        ("-hosting -bread -coop", vec!["d", "e", "f", "g", "h"]),
    ] {
        let page = index.page(text);
        let mut found = ids(&page);
        found.sort();
        if expected.is_empty() {
            assert!(page.total == 0 || page.relaxed, "{text}: {found:?}");
        } else {
            assert_eq!(found, expected, "{text}");
        }
    }
}

#[test]
fn phrases_do_not_cross_texts() {
    let index = TestIndex::with(&[doc("a", "Green Valley", "Farm shop")]);
    assert_eq!(index.page("\"green valley\"").total, 1);
    assert!(index.page("\"valley farm\"").relaxed);
}

#[test]
fn the_last_word_may_be_unfinished() {
    let index = directory();
    assert_eq!(index.set("sheff"), ["a"]);
    assert_eq!(index.set("hosting admin"), ["a"]);
    // In the first stage a whole word wins.
    let index = TestIndex::with(&[doc("a", "Art", ""), doc("b", "Artisans", "")]);
    assert_eq!(index.set("art"), ["a"]);
    let query = Query {
        prefix: true,
        ..text_query("art")
    };
    assert_eq!(ids(&index.search.search(&query).unwrap()), ["a", "b"]);
}

#[test]
fn typos_are_corrected_by_length() {
    let index = TestIndex::with(&[
        doc("a", "Tea", "x"),
        doc("b", "Farm", "x"),
        doc("c", "Sheffield", "x"),
        doc_in("fr", "d", "Épicerie", "x"),
    ]);
    let correction = |from: &str, to: &str| {
        vec![Correction {
            from: from.into(),
            to: to.into(),
        }]
    };
    for (text, found, corrections) in [
        ("tee", vec![], vec![]),
        ("fram", vec!["b"], correction("fram", "farm")),
        ("farmm", vec!["b"], correction("farmm", "farm")),
        ("garm", vec!["b"], correction("garm", "farm")),
        ("fxxm", vec![], vec![]),
        ("shefield", vec!["c"], correction("shefield", "sheffield")),
        ("Shefeild", vec!["c"], correction("Shefeild", "sheffield")),
        ("shxffixld", vec!["c"], correction("shxffixld", "sheffield")),
        ("shxffxxld", vec![], vec![]),
        ("zheffixld", vec!["c"], correction("zheffixld", "sheffield")),
        ("hseffixld", vec!["c"], correction("hseffixld", "sheffield")),
        ("epicorie", vec!["d"], correction("epicorie", "épicerie")),
    ] {
        let page = index.page(text);
        assert_eq!(ids(&page), found, "{text}");
        assert_eq!(page.corrections, corrections, "{text}");
        assert!(!page.relaxed);
    }
}

#[test]
fn an_unfinished_word_may_follow_a_misspelt_one() {
    let index = directory();
    let query = Query {
        prefix: true,
        ..text_query("sheffeild hos")
    };
    let page = index.search.search(&query).unwrap();
    assert_eq!(ids(&page), ["a"]);
    assert_eq!(page.corrections.len(), 1);
    // The last word itself, misspelt and unfinished.
    let query = Query {
        prefix: true,
        ..text_query("sheffxel")
    };
    assert_eq!(ids(&index.search.search(&query).unwrap()), ["a"]);
}

#[test]
fn right_words_are_left_alone_unless_they_never_meet() {
    let index = TestIndex::with(&[
        doc("a", "Solar Farm", "x"),
        doc("b", "Polar Expeditions", "x"),
        doc("c", "Solar Expeditioms", "x"),
    ]);
    // Both words exist, but only with a typo do they meet.
    let page = index.page("polar farm");
    assert_eq!(ids(&page), ["a"]);
    assert_eq!(page.corrections.len(), 1);
    assert_eq!(
        (
            page.corrections[0].from.as_str(),
            page.corrections[0].to.as_str()
        ),
        ("polar", "solar")
    );
    // One word is wrong, the other stays.
    let page = index.page("polar expeditoins");
    assert_eq!(ids(&page), ["b"]);
    assert_eq!(page.corrections.len(), 1);
}

#[test]
fn at_last_some_of_the_words() {
    let index = directory();
    let page = index.page("hosting sheffield bread");
    assert!(page.relaxed);
    assert_eq!(ids(&page)[0], "a");
    assert_eq!(page.total, 3);
    let page = index.page("hosting xyzzyx");
    assert!(page.relaxed);
    assert_eq!(page.total, 2);
    let page = index.page("xyzzyx");
    assert_eq!((page.total, page.relaxed), (0, false));
}

#[test]
fn text_without_words_finds_nothing() {
    let index = directory();
    for text in [
        "",
        "   ",
        "\"",
        "\"\"",
        "-",
        "- -",
        "*",
        "()",
        "🎉",
        "+ - && || ! ( ) { } [ ] ^ ~ ? : \\ /",
        "-\"\"",
    ] {
        assert_eq!(index.page(text).total, 0, "{text}");
    }
    // Operators of other languages are words like any other, and never everything.
    assert!(index.page("AND OR NOT").total < 8);
}

#[test]
fn too_long_queries_are_refused() {
    let index = directory();
    let query = text_query(&"word ".repeat(200));
    assert!(matches!(
        index.search.search(&query),
        Err(Error::QueryTooLong)
    ));
}

#[test]
fn words_of_deleted_records_do_not_count_as_known() {
    let mut index = TestIndex::with(&[
        doc("a", "Farm", "x"),
        doc("b", "Fram", "x"),
        doc("c", "Other", "x"),
    ]);
    index
        .writer
        .delete(search::Kind::Organization, "b")
        .unwrap();
    index.writer.commit(9).unwrap();
    let page = index.page("fram");
    assert_eq!(ids(&page), ["a"]);
    assert_eq!(page.corrections.len(), 1);
}

#[test]
fn a_corrected_word_finds_what_it_would_have_found_if_typed_right() {
    let index = directory();
    for (typo, right) in [
        ("hostng", "hosting"),
        ("administratoin", "administration"),
        ("coopertaive", "cooperative"),
        ("programmrs", "programmers"),
    ] {
        let page = index.page(typo);
        assert_eq!(index.set(typo), index.set(right), "{typo}");
        assert_eq!(page.corrections[0].to, right, "{typo}");
    }
}
