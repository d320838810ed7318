//! Whatever anyone types, there is an answer.

use proptest::prelude::*;
use search::{Query, SuggestQuery};

use crate::harness::{TestIndex, doc, doc_in, text_query};

const FIELDS: &[&str] = &["name", "description"];

/// Everything that means something to some query language, in wild mixtures with words that are there.
fn bomb() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(
            &[
                "\"",
                "-",
                "--",
                "+",
                "*",
                "?",
                "~2",
                "^9",
                "(",
                ")",
                "[a TO b]",
                "{",
                "}",
                ":",
                "\\",
                "/",
                "AND",
                "OR",
                "NOT",
                "&&",
                "||",
                " ",
                "\u{0}",
                "\u{a0}",
                "\u{200d}",
                "\u{202e}",
                "\u{301}",
                "co",
                "op",
                "'s",
                "l'",
                "hosting",
                "host",
                "web",
                "söcial",
                "社",
                "🏳️‍🌈",
                "\u{fdfa}",
                "İ",
                "ﬁ",
                "C++",
                ".net",
                "name:",
                "..",
            ][..]
        )
        .prop_map(str::to_owned),
        "\\PC{0,6}",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]
    #[test]
    fn bombs_do_not_go_off(texts in prop::collection::vec(bomb(), 30)) {
        let documents: Vec<_> = texts.iter().take(10).enumerate().map(|(i, text)| doc(&format!("{i}"), text, text)).collect();
        let mut index = TestIndex::with(&documents);
        index.add(&[doc("x", "Web Hosting", "söcial host"), doc_in("el", "y", "社", "C++ and .net")]);
        for text in texts {
            for prefix in [false, true] {
                let query = Query { prefix, highlight: Some(FIELDS), ..text_query(&text) };
                if let Ok(page) = index.search.search(&query) {
                    prop_assert!(page.total >= page.hits.len() as u64);
                }
            }
            let query = SuggestQuery { text, kinds: Vec::new(), now: i64::MIN, limit: 10 };
            let _ = index.search.suggest(&query);
        }
    }
}
