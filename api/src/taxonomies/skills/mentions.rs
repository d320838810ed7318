//! Skills that a text mentions.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use aho_corasick::{AhoCorasick, MatchKind};

use super::{
    InProse, Skill, all,
    text::{Folded, fold_markdown, fold_name},
};

/// Suggestions at most.
const LIMIT: usize = 30;

/// What stands behind a skill that a sentence or heading begins with, and not behind the same word
/// in its everyday sense.
const FOLLOWERS: [&str; 33] = [
    "and",
    "app",
    "application",
    "applications",
    "apps",
    "architect",
    "backend",
    "code",
    "codebase",
    "consultant",
    "developer",
    "developers",
    "development",
    "engineer",
    "engineering",
    "engineers",
    "entwickler",
    "entwicklerin",
    "desarrollador",
    "desarrolladora",
    "developpeur",
    "developpeuse",
    "experience",
    "expert",
    "expertise",
    "framework",
    "frontend",
    "knowledge",
    "or",
    "programmer",
    "programmers",
    "programming",
    "skills",
];

/// A name to look for.
struct Name {
    skill: &'static Skill,
    /// It is the label, and an everyday word too.
    cautious: bool,
}

/// All names, as they are looked for.
struct Names {
    automaton: AhoCorasick,
    names: Vec<Name>,
}

static NAMES: LazyLock<Names> = LazyLock::new(Names::new);

impl Names {
    #[expect(
        clippy::expect_used,
        reason = "compiled-in data, proven readable by the tests of the list"
    )]
    fn new() -> Self {
        let mut patterns = HashMap::new();
        for skill in all() {
            for alias in &skill.aliases {
                add(&mut patterns, alias, skill, false);
            }
            match skill.in_prose {
                InProse::Anywhere => add(&mut patterns, &skill.label, skill, false),
                InProse::Name => add(&mut patterns, &skill.label, skill, true),
                InProse::Never => {}
            }
        }
        let (patterns, names): (Vec<_>, Vec<_>) = patterns.into_iter().unzip();
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(patterns)
            .expect("the names of the list are few and short");
        Self { automaton, names }
    }
}

/// A name is looked for by its words, and written as one word: `Node.js` finds `node js` and
/// `nodejs`.
fn add(names: &mut HashMap<String, Name>, name: &str, skill: &'static Skill, cautious: bool) {
    let words = fold_name(name).text;
    let words = words.trim_matches(',');
    let joined: String = words.split([' ', ',']).collect();
    for pattern in [words.to_owned(), format!(" {joined} ")] {
        names.entry(pattern).or_insert(Name { skill, cautious });
    }
}

/// The skills that a title and a description (Markdown) mention, in the order of their first
/// mention, at most 30. Of names that begin at one place the longest counts: `Ruby on Rails` does
/// not mention Ruby. Takes time in proportion to the text.
pub fn suggested(text: &str) -> Vec<&'static Skill> {
    let folded = fold_markdown(text);
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    let mut first = 0;
    for hit in NAMES.automaton.find_iter(&folded.text) {
        let before = |at: usize, end: usize| folded.words.get(at).is_some_and(|w| w.folded < end);
        while before(first, hit.start()) {
            first += 1;
        }
        let mut next = first;
        while before(next, hit.end()) {
            next += 1;
        }
        let Some(Name { skill, cautious }) = NAMES.names.get(hit.pattern().as_usize()) else {
            continue;
        };
        if *cautious && !is_name(text, &folded, &skill.label, first, next) {
            continue;
        }
        if seen.insert(skill.code.as_str()) {
            found.push(*skill);
        }
        if found.len() == LIMIT {
            break;
        }
    }
    found
}

/// Whether words that may mean something else are the name of a skill: an item of a list, or
/// written as the name is (`REST`), and not only with a capital because a sentence begins.
fn is_name(text: &str, folded: &Folded, label: &str, first: usize, next: usize) -> bool {
    let words = folded.words.get(first..next).unwrap_or_default();
    let (Some(begin), Some(end)) = (words.first(), words.last()) else {
        return false;
    };
    let behind = folded.words.get(next).filter(|word| !word.begins);
    if begin.begins && behind.is_none() {
        return true;
    }
    if text.get(begin.at.start..end.at.end) != Some(label) {
        return false;
    }
    let is_only_a_capital_away = label.chars().skip(1).all(char::is_lowercase);
    !begin.begins
        || !is_only_a_capital_away
        || behind.is_some_and(|word| {
            let word = folded.word(word);
            FOLLOWERS.contains(&word) || word.chars().all(|c| c.is_ascii_digit())
        })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use proptest::prelude::*;

    fn codes(text: &str) -> Vec<&str> {
        suggested(text).iter().map(|s| s.code.as_str()).collect()
    }

    #[test]
    fn everyday_words_are_no_skills() {
        for text in [
            "We go to market",
            "Vitamin C and D, plan B",
            "R&D, H&R",
            "Spring in Berlin. We meet in spring.",
            "Please express interest; we answer to each express mail",
            "a rusty bike, and the rust on it",
            "You react to incidents. React to changes quickly.",
            "The rest of the team. Rest assured",
            "a swift answer, an angular face, a flask of tea",
            "Git it done; the node in the tree; an elastic band",
            "Julia and Ada are your contacts; Dart and Crystal are their cats",
            "We excel at word games, access for all, less is more",
            "docs at https://python.org/django, www.example.com/react and ruby-lang.org/en/",
            "Write to python@example.coop or jobs@postgresql.org",
            "<a class=\"docker\" href='kubernetes'>here</a>",
            "```python\nimport django\n```\nand\n~~~\nreact\n```\ndocker",
            "pythonic, dockerize, javascripty, MySQLish",
            "Пишите нам. 日本語 Pythonista",
        ] {
            assert_eq!(codes(text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn mentions() {
        for (text, expected) in [
            (
                "React Developer\n\nRuby on Rails, too",
                &["react", "rails"][..],
            ),
            (
                "You know React Native and Redux",
                &["react-native", "redux"],
            ),
            (
                "C/C++, C#, .NET, ASP.NET and F#",
                &["cpp", "c-sharp", "dotnet", "asp-net", "f-sharp"],
            ),
            ("C++17 or Go (golang)", &["cpp", "go"]),
            ("node.js, NodeJS, Node JS; vue.js", &["node", "vue"]),
            (
                "**Python**/_Django_, [Postgres](https://www.postgresql.org)",
                &["python", "django", "postgresql"],
            ),
            (
                "- react\n- rust\n- REST\n* Flask",
                &["react", "rust", "rest", "flask"],
            ),
            ("our REST interfaces in Rust", &["rest", "rust"]),
            ("Python's CI/CD on k8s.", &["python", "ci-cd", "kubernetes"]),
            ("使用Python开发 и Django", &["python", "django"]),
            ("HTML5+CSS3, `docker`", &["html", "css", "docker"]),
            ("React, Native speakers", &["react"]),
            ("Angular 12 and Ruby 3", &["angular", "ruby"]),
            ("```\nreact\n```\nDrupal", &["drupal"]),
            ("iOS/Android", &["ios", "android"]),
            ("python python PYTHON", &["python"]),
        ] {
            assert_eq!(codes(text), expected, "{text}");
        }
    }

    #[test]
    fn at_most_thirty() {
        let names: Vec<_> = all().iter().map(|skill| skill.label.as_str()).collect();
        assert_eq!(suggested(&names.join(", ")).len(), LIMIT);
    }

    #[test]
    fn every_trusted_name_is_found() {
        for skill in all().iter().filter(|s| s.in_prose != InProse::Never) {
            assert_eq!(codes(&format!("- {}\n", skill.label)), [&skill.code]);
        }
        for skill in all() {
            for alias in &skill.aliases {
                assert_eq!(
                    codes(&format!("We use {alias} here.")),
                    [&skill.code],
                    "{alias}"
                );
            }
        }
    }

    /// Something that takes the square of the length would take hours.
    #[test]
    fn a_long_text_of_anything_takes_no_time() {
        for unit in [
            "a", "<", "<a", "http:", "a.", "a@", "react ", "`", "```\n", "é", "c++ ", ". ",
            "ruby on ",
        ] {
            let text = unit.repeat(300_000 / unit.len());
            let start = Instant::now();
            suggested(&text);
            assert!(start.elapsed() < Duration::from_secs(20), "{unit}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(.|react|C\\+\\+|<a|https://|```|\n|[.,+#@/ -]){0,60}") {
            prop_assert!(suggested(&text).len() <= LIMIT);
        }
    }
}
