//! Completions.

use search::{SuggestQuery, Suggestion};

use crate::harness::{TestIndex, doc, doc_in};

fn suggest(index: &TestIndex, text: &str) -> Vec<Suggestion> {
    let query = SuggestQuery {
        text: text.to_owned(),
        kinds: Vec::new(),
        now: i64::MIN,
        limit: 10,
    };
    index.search.suggest(&query).unwrap()
}

fn directory() -> TestIndex {
    TestIndex::with(&[
        doc("a", "Webarchitects", "web hosting and hosting advice"),
        doc("b", "Hostwell", "hosting of shops"),
        doc("c", "Green Host", "hospitality and hotels"),
        doc_in("fr", "d", "Le Marché", "hébergement et pâtisserie"),
        doc_in("fr", "e", "Autre Marché", "pâtisserie"),
    ])
}

#[test]
fn words_by_how_many_records_they_find_and_names() {
    let index = directory();
    let found = suggest(&index, "hos");
    let words: Vec<(&str, u64)> = found
        .iter()
        .filter(|s| s.id.is_none())
        .map(|s| (s.text.as_str(), s.count))
        .collect();
    assert_eq!(words[0].0, "hosting");
    assert!(words.contains(&("hospitality", 1)), "{words:?}");
    let names: Vec<&str> = found
        .iter()
        .filter(|s| s.id.is_some())
        .map(|s| s.text.as_str())
        .collect();
    assert!(
        names.contains(&"Hostwell") && names.contains(&"Green Host"),
        "{names:?}"
    );
}

#[test]
fn every_suggestion_finds_as_many_as_it_says() {
    let index = directory();
    for text in [
        "h",
        "hos",
        "hosting",
        "web ho",
        "pat",
        "le mar",
        "Marche",
        "hsot",
        "hostign sh",
    ] {
        let found = suggest(&index, text);
        assert!(found.len() <= 10);
        for suggestion in &found {
            assert!(suggestion.count > 0);
            assert_eq!(
                index.page(&suggestion.text).total,
                suggestion.count,
                "{text}: {suggestion:?}"
            );
        }
        let mut texts: Vec<&str> = found.iter().map(|s| s.text.as_str()).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), found.len(), "{text}: {found:?}");
    }
}

#[test]
fn earlier_words_are_kept_and_narrow() {
    let index = directory();
    let found = suggest(&index, "Web hos");
    assert_eq!(found[0].text, "Web hosting");
    assert!(
        found.iter().all(|s| s.text != "Web hospitality"),
        "{found:?}"
    );
}

#[test]
fn words_are_shown_with_their_accents() {
    let found = suggest(&directory(), "patis");
    assert_eq!((found[0].text.as_str(), found[0].count), ("pâtisserie", 2));
}

#[test]
fn typos_are_forgiven_when_nothing_completes() {
    let found = suggest(&directory(), "hotsing");
    assert_eq!(found[0].text, "hosting", "{found:?}");
    assert!(suggest(&directory(), "xqzw").is_empty());
    assert!(suggest(&directory(), "").is_empty());
    assert!(suggest(&directory(), "-").is_empty());
    assert!(suggest(&directory(), "web -hos").is_empty());
    assert!(suggest(&directory(), "hos -hos").is_empty());
}

#[test]
fn words_that_are_there_are_not_offered_again() {
    let index = TestIndex::with(&[
        doc("a", "Bristol Bakers", "bristol bread"),
        doc("b", "Bristol Builders", "bristol homes"),
    ]);
    for text in ["bristol b", "Bristol br", "bakers b", "bread br"] {
        for suggestion in suggest(&index, text) {
            let mut words: Vec<String> = suggestion
                .text
                .to_lowercase()
                .split(' ')
                .map(str::to_owned)
                .collect();
            words.sort();
            let all = words.len();
            words.dedup();
            assert_eq!(words.len(), all, "{text}: {suggestion:?}");
        }
    }
}

#[test]
fn names_are_completed_however_they_are_joined() {
    let index = TestIndex::with(&[
        doc_in("de", "a", "Bio-Laden Mitte", ""),
        doc_in("fr", "b", "Coop'Alsace", ""),
        doc_in("ja", "c", "東京生活クラブ", ""),
        doc_in("ja", "d", "本田商店", ""),
        doc("e", "Mid-Counties Dairy", ""),
    ]);
    for (text, id) in [
        ("bio-l", "a"),
        ("bio l", "a"),
        ("Bio-Laden m", "a"),
        ("coop'al", "b"),
        ("東京", "c"),
        ("本田", "d"),
        ("mid-c", "e"),
    ] {
        let found = suggest(&index, text);
        let named = found.iter().any(|s| s.id.as_deref() == Some(id));
        assert!(named, "{text}: {found:?}");
    }
}

#[test]
fn names_sort_where_people_look_for_them() {
    let index = TestIndex::with(&[
        doc("quoted", "\"Beehive\" Club", ""),
        doc("dashed", "– Apple Press", ""),
        doc("plain", "Cart Wrights", ""),
        doc_in("ru", "cyrillic", "Дом", ""),
        doc("low", "„Aardvark“ Books", ""),
    ]);
    let page = index.search.search(&search::Query::default()).unwrap();
    let ids: Vec<&str> = page.hits.iter().map(|hit| hit.id.as_str()).collect();
    assert_eq!(ids, ["low", "dashed", "quoted", "plain", "cyrillic"]);
}
