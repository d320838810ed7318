//! Imports go down the floors that ARCHITECTURE.md draws.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// From the ground up. Those on one floor may know each other.
const FLOORS: [&[&str]; 10] = [
    &["changes", "store", "clock", "outage"],
    &["state", "config", "telemetry"],
    &[
        "vocabulary",
        "taxonomies",
        "formats",
        "money",
        "mail",
        "outbound",
        "slug",
    ],
    &["http", "error"],
    &["auth"],
    &["organizations", "jobs", "verification"],
    &[
        "duplicates",
        "moderation",
        "saved_searches",
        "import",
        "feeds",
        "stats",
        "suggest",
        "me",
        "api_clients",
    ],
    &["web"],
    &[
        "app",
        "routes",
        "sweep",
        "checkpoints",
        "openapi",
        "operations",
    ],
    &["cli"],
];

/// What still looks up: a file, and what it knows. Nothing is to be added here.
const STILL_UP: &[(&str, &str)] = &[
    ("changes/alerts.rs", "error"),
    ("changes/alerts.rs", "jobs"),
    ("changes/alerts.rs", "money"),
    ("changes/alerts.rs", "saved_searches"),
    ("changes/alerts.rs", "state"),
    ("changes/deadlines.rs", "error"),
    ("changes/deadlines.rs", "jobs"),
    ("changes/deadlines.rs", "saved_searches"),
    ("changes/deadlines.rs", "verification"),
    ("changes/diff.rs", "error"),
    ("changes/follower.rs", "error"),
    ("changes/index.rs", "error"),
    ("changes/index.rs", "jobs"),
    ("changes/index.rs", "money"),
    ("changes/index.rs", "organizations"),
    ("changes/mend.rs", "error"),
    ("changes/open_index.rs", "app"),
    ("changes/open_index.rs", "money"),
    ("changes/recomparison.rs", "error"),
    ("changes/recomparison.rs", "jobs"),
    ("changes/recomparison.rs", "money"),
    ("error.rs", "duplicates"),
    ("formats/jobs/mod.rs", "jobs"),
    ("formats/jobs/ndjson.rs", "http"),
    ("formats/jobs/ndjson.rs", "jobs"),
    ("formats/jobs/posting.rs", "jobs"),
    ("formats/jobs/salary.rs", "jobs"),
    ("formats/ndjson.rs", "http"),
    ("http/envelope.rs", "auth"),
    ("http/pages.rs", "auth"),
    ("http/problem.rs", "duplicates"),
    ("http/rate_limit.rs", "auth"),
    ("http/rate_limit.rs", "web"),
    ("import/mod.rs", "app"),
    ("mail/allowance.rs", "error"),
    ("mail/allowance.rs", "http"),
    ("mail/claims.rs", "error"),
    ("mail/claims.rs", "verification"),
    ("mail/job_alerts.rs", "error"),
    ("mail/job_alerts.rs", "jobs"),
    ("mail/job_alerts.rs", "saved_searches"),
    ("mail/letters.rs", "error"),
    ("mail/letters.rs", "jobs"),
    ("mail/letters.rs", "verification"),
    ("mail/post.rs", "error"),
    ("mail/tokens.rs", "auth"),
    ("mail/tokens.rs", "error"),
    ("organizations/create.rs", "duplicates"),
    ("organizations/delete.rs", "duplicates"),
    ("organizations/moderate.rs", "moderation"),
    ("organizations/report.rs", "moderation"),
    ("organizations/takedown.rs", "duplicates"),
    ("organizations/takedown.rs", "moderation"),
    ("organizations/update.rs", "duplicates"),
    ("saved_searches/feed.rs", "web"),
    ("saved_searches/words.rs", "web"),
    ("state.rs", "auth"),
    ("state.rs", "http"),
    ("state.rs", "jobs"),
    ("state.rs", "mail"),
    ("state.rs", "money"),
    ("state.rs", "outbound"),
    ("state.rs", "saved_searches"),
    ("taxonomies/list.rs", "error"),
    ("taxonomies/list.rs", "http"),
];

#[test]
fn imports_go_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../api/src");
    let mut up = BTreeSet::new();
    for file in files(&root) {
        let name = file.strip_prefix(&root).unwrap().to_str().unwrap();
        if ["lib.rs", "main.rs"].contains(&name) {
            continue;
        }
        let own = floor(name.split('/').next().unwrap().trim_end_matches(".rs"));
        let source: TokenStream = fs::read_to_string(&file).unwrap().parse().unwrap();
        let mut known = BTreeSet::new();
        imports(source, &mut known);
        let above = known.into_iter().filter(|part| floor(part) > own);
        up.extend(above.map(|part| (name.to_owned(), part)));
    }
    let listed = STILL_UP
        .iter()
        .map(|(file, part)| ((*file).to_owned(), (*part).to_owned()));
    let listed: BTreeSet<_> = listed.collect();
    let new: Vec<_> = up.difference(&listed).collect();
    assert!(new.is_empty(), "these look up to a higher floor: {new:#?}");
    let gone: Vec<_> = listed.difference(&up).collect();
    assert!(
        gone.is_empty(),
        "these look up no more, take them off the list: {gone:#?}"
    );
}

fn floor(part: &str) -> usize {
    let floor = FLOORS.iter().position(|parts| parts.contains(&part));
    floor.unwrap_or_else(|| panic!("{part} is on no floor"))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The parts of the crate that paths name, in attributes and macros as well: `crate::a::…` and `crate::{a::…, b}`.
fn imports(source: TokenStream, found: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = source.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        if let TokenTree::Group(group) = token {
            imports(group.stream(), found);
        }
        if !matches!(token, TokenTree::Ident(word) if word == "crate") {
            continue;
        }
        // Two colons come between.
        match tokens.get(at + 3) {
            Some(TokenTree::Ident(part)) => {
                found.insert(part.to_string());
            }
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                found.extend(first_words(group.stream()));
            }
            _ => {}
        }
    }
}

/// Of `a::b, c::{d, e}` the words `a` and `c`.
fn first_words(source: TokenStream) -> Vec<String> {
    let mut words = Vec::new();
    let mut is_first = true;
    for token in source {
        match token {
            TokenTree::Ident(word) if is_first => words.push(word.to_string()),
            TokenTree::Punct(sign) if sign.as_char() == ',' => {
                is_first = true;
                continue;
            }
            _ => {}
        }
        is_first = false;
    }
    words
}
