//! Ordinary words that no record of the demo has find nothing there: no stem of one language is a word of another.

use super::{demo, folder};
use crate::harness::Server;
use serde_json::Value;

/// Words that find something nevertheless, and why.
const REASONS: &[(&str, &str)] = &[
    ("music", "synonym: a co-operative of musicians"),
    ("música", "synonym: a co-operative of musicians"),
    ("musique", "synonym: a co-operative of musicians"),
    ("Musik", "synonym: a co-operative of musicians"),
    ("doctor", "synonym: a co-operative of physicians"),
    ("médecin", "synonym: a co-operative of physicians"),
    ("Arzt", "synonym: a co-operative of physicians"),
    ("Gesundheit", "synonym: health"),
    ("computer", "synonym: computing"),
    (
        "second",
        "a name of the skill technical support: second line",
    ),
    ("maestro", "synonym: a trainer"),
    ("Lehrer", "synonym: a trainer"),
    ("banque", "synonym: a bank"),
    ("Kunst", "synonym: art"),
    ("Käse", "synonym: cheese"),
    ("oeste", "the beginning of oesterreichisch"),
];

/// How much of a word may be its ending.
const ENDING: usize = 3;

/// A beginning of fewer letters is no sign that a text has a form of the word.
const MIN_LETTERS: usize = 4;

/// Everything that can be read in the demo, without case and accents.
async fn texts(server: &Server) -> String {
    let mut texts = String::new();
    for list in ["organizations", "jobs"] {
        let page = server.get(&format!("/v1/{list}?limit=100")).await.json();
        assert!(page["next_cursor"].is_null());
        texts.push_str(&page["items"].to_string());
    }
    plain(&texts)
}

fn plain(text: &str) -> String {
    let letter = |c: char| match c {
        'à' | 'á' | 'â' | 'ä' | 'ã' => 'a',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ò' | 'ó' | 'ô' | 'ö' | 'õ' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ñ' => 'n',
        'ç' => 'c',
        c => c,
    };
    text.to_lowercase()
        .replace('œ', "oe")
        .replace('ß', "ss")
        .chars()
        .map(letter)
        .collect()
}

/// How a word begins in all its forms.
fn beginning(word: &str) -> String {
    let word = plain(word);
    let letters = word.chars().count().saturating_sub(ENDING).max(MIN_LETTERS);
    word.chars().take(letters).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ordinary_words_that_no_record_has_find_nothing() {
    let (server, _serving) = demo().await;
    let texts = texts(&server).await;
    let file = std::fs::read_to_string(folder().join("ordinary_words.txt")).unwrap();
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    let words = lines.flat_map(|line| line.split_once(':').unwrap().1.split_whitespace());
    let mut tried = 0;
    let mut false_finds = Vec::new();
    for word in words.filter(|word| !texts.contains(&beginning(word))) {
        tried += 1;
        for list in ["organizations", "jobs"] {
            let q: String = url::form_urlencoded::byte_serialize(word.as_bytes()).collect();
            let page: Value = server
                .get(&format!("/v1/{list}?limit=3&q={q}"))
                .await
                .json();
            let as_typed = page["relaxed"] != true && page["corrections"].is_null();
            if as_typed && page["total"] != 0 {
                let names: Vec<&Value> = page["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|item| &item["slug"])
                    .collect();
                false_finds.push((
                    word.to_owned(),
                    names.iter().map(ToString::to_string).collect::<Vec<_>>(),
                ));
            }
        }
    }
    false_finds.retain(|(word, _)| REASONS.iter().all(|(known, _)| known != word));
    assert!(tried >= 200, "only {tried} words are in no record");
    assert!(false_finds.is_empty(), "{false_finds:#?}");
}
