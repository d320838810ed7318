//! Whoever types the name of a record of the demo finds it: first when it is typed right, among the first three with
//! a typo, and with its words run together or one of them split.

use super::demo;
use crate::harness::Server;

/// A word of fewer letters is not misspelt or split here.
const LONG: usize = 6;

/// The place of a record, counted from 1; 0 when it is not among the first ten. One of the same name will do.
async fn place(server: &Server, name: &str, typed: &str) -> usize {
    let q: String = url::form_urlencoded::byte_serialize(typed.as_bytes()).collect();
    let page = server
        .get(&format!("/v1/organizations?limit=10&q={q}"))
        .await;
    let page = page.json();
    let mut items = page["items"].as_array().unwrap().iter();
    items
        .position(|item| item["name"] == name)
        .map_or(0, |place| place + 1)
}

/// The longest word that can be spoilt, and what is before and after it.
fn longest(name: &str) -> Option<(&str, &str, &str)> {
    let words = name.split(' ').filter(|word| {
        word.chars().count() >= LONG && word.bytes().all(|b| b.is_ascii_alphabetic())
    });
    let word = words.max_by_key(|word| word.len())?;
    let (before, after) = name.split_once(word)?;
    Some((before, word, after))
}

fn with_typo(name: &str) -> Option<String> {
    let (before, word, after) = longest(name)?;
    let (start, end) = word.split_at(word.len() / 2);
    Some(format!("{before}{start}{}{after}", &end[1..]))
}

fn split(name: &str) -> Option<String> {
    let (before, word, after) = longest(name)?;
    let (start, end) = word.split_at(word.len() / 2);
    Some(format!("{before}{start} {end}{after}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_of_the_demo_find_their_records() {
    let (server, _serving) = demo().await;
    let list = server.get("/v1/organizations?limit=100").await.json();
    let items = list["items"].as_array().unwrap();
    let names: Vec<&str> = items
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect();
    assert!(names.len() >= 60);
    let mut missed = Vec::new();
    for name in names {
        let spoilt = [
            (Some(name.to_owned()), 1),
            (with_typo(name), 3),
            (split(name), 3),
            (Some(name.replace(' ', "")), 3),
        ];
        for (typed, last) in spoilt {
            let Some(typed) = typed else { continue };
            let place = place(&server, name, &typed).await;
            if place == 0 || place > last {
                missed.push(format!("{name} by {typed}: {place}"));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}
