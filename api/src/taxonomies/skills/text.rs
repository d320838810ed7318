//! Text as skills are looked for in it: its words, each between two spaces.

use std::ops::Range;

/// A word, and where it stands.
pub struct Word {
    /// Where it begins in the folded text, at the space before it.
    pub folded: usize,
    /// Where it stands in the text itself, in bytes.
    pub at: Range<usize>,
    /// Whether a phrase ends before it: no name goes on across a comma.
    pub begins: bool,
}

/// A text in lower case, as its words with a space before and after each (two between words, so
/// that each name can be looked for with its own), and a comma where a phrase ends.
#[derive(Default)]
pub struct Folded {
    /// The folded text.
    pub text: String,
    /// Its words, in order.
    pub words: Vec<Word>,
}

/// What a link begins with.
const LINKS: [&str; 5] = ["http://", "https://", "ftp://", "mailto:", "www."];

/// A run of letters, dots and hyphens that ends so is a host name. (`.net`, `.js` and `.io` are how
/// software is called.)
const HOSTS: [&str; 12] = [
    ".com", ".org", ".coop", ".co.uk", ".de", ".uk", ".eu", ".fr", ".es", ".it", ".info", ".ca",
];

/// Folds Markdown. Addresses (of pages and of people), HTML tags and fenced code (CommonMark 0.31
/// section 4.5) are left out.
pub fn fold_markdown(markdown: &str) -> Folded {
    let mut folded = Folded::default();
    let mut open: Option<Fence> = None;
    let mut at = 0;
    for line in markdown.split_inclusive('\n') {
        let fence = Fence::of(line);
        match (&open, &fence) {
            (None, Some(fence)) if fence.opens => open = Some(*fence),
            (Some(opened), Some(fence)) if fence.closes(opened) => open = None,
            (Some(_), _) => {}
            (None, _) => folded.add(line, at),
        }
        if fence.is_some() || line.starts_with('#') || line.trim().is_empty() {
            folded.pause();
        }
        at += line.len();
    }
    folded.pause();
    folded
}

/// Folds a name.
pub fn fold_name(name: &str) -> Folded {
    let mut folded = Folded::default();
    folded.add(name, 0);
    folded
}

/// A line that begins with a code fence.
#[derive(Clone, Copy)]
struct Fence {
    char: char,
    length: usize,
    /// Nothing stands behind it.
    bare: bool,
    /// What stands behind it may be the name of a language.
    opens: bool,
}

impl Fence {
    fn of(line: &str) -> Option<Self> {
        let line = line.trim();
        let char = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let behind = line.trim_start_matches(char);
        let length = line.len() - behind.len();
        (length >= 3).then_some(Self {
            char,
            length,
            bare: behind.is_empty(),
            opens: char == '~' || !behind.contains('`'),
        })
    }

    fn closes(&self, opened: &Self) -> bool {
        self.bare && self.char == opened.char && self.length >= opened.length
    }
}

impl Folded {
    /// A word, as it is folded.
    pub fn word(&self, word: &Word) -> &str {
        let rest = self.text.get(word.folded..).unwrap_or_default();
        rest.trim_start().split(' ').next().unwrap_or_default()
    }

    /// Ends a phrase.
    fn pause(&mut self) {
        if self.text.ends_with(' ') {
            self.text.push(',');
        }
    }

    /// Adds the words of a line that begins at byte `at` of the text.
    fn add(&mut self, line: &str, at: usize) {
        let mut rest = line;
        let mut before = ' ';
        // How far the line was looked at for a host name: none begins inside another.
        let mut looked = 0;
        while let Some(char) = rest.chars().next() {
            let here = line.len() - rest.len();
            let mut skipped = tag(rest).max(link(rest));
            if skipped == 0 && here >= looked {
                skipped = host(rest);
                looked = here + run(rest).len();
            }
            let length = word(rest, before);
            let (taken, behind) = if skipped > 0 {
                self.pause();
                rest.split_at(skipped)
            } else if length > 0 {
                let (word, behind) = rest.split_at(length);
                self.push(word, at + here);
                (word, behind)
            } else {
                let (sign, behind) = rest.split_at(char.len_utf8());
                if !joins(before, char, behind.chars().next()) {
                    self.pause();
                }
                (sign, behind)
            };
            before = taken.chars().next_back().unwrap_or(' ');
            rest = behind;
        }
    }

    fn push(&mut self, word: &str, at: usize) {
        let begins = self.text.is_empty() || self.text.ends_with(',');
        self.words.push(Word {
            folded: self.text.len(),
            at: at..at + word.len(),
            begins,
        });
        self.text.push(' ');
        for char in word.chars() {
            match char {
                '\u{300}'..='\u{36f}' => {}
                'A'..='Z' => self.text.push(char.to_ascii_lowercase()),
                // Latin letters with accents; other scripts would read like Latin words.
                '\u{c0}'..='\u{24f}' => {
                    let plain = deunicode::deunicode_char(char).unwrap_or_default();
                    self.text.push_str(&plain.to_ascii_lowercase());
                }
                _ => self.text.push(char),
            }
        }
        self.text.push(' ');
    }
}

/// Whether a name may go on across this: `Ruby on Rails`, `node.js`, `back-end`, `TCP/IP`.
fn joins(before: char, char: char, next: Option<char>) -> bool {
    char.is_whitespace()
        || matches!(char, '.' | '-' | '_' | '/' | '\'' | '’' | '+')
            && (before.is_alphanumeric() || matches!(before, '+' | '#'))
            && next.is_some_and(|next| next.is_alphanumeric() || next == '.')
}

/// Length of the word at the beginning of `rest`, 0 when there is none. `+` and `#` belong to one
/// where languages have them (`C++`, `C#`), a dot to `.NET`.
fn word(rest: &str, before: char) -> usize {
    let dot = usize::from(rest.starts_with('.') && !before.is_alphanumeric() && before != '.');
    let letters = rest.get(dot..).unwrap_or_default();
    let wide = letters.chars().next().is_some_and(is_wide);
    let length: usize = letters
        .chars()
        .take_while(|c| is_word(*c) && is_wide(*c) == wide)
        .map(char::len_utf8)
        .sum();
    if length == 0 {
        return 0;
    }
    let behind = letters.get(length..).unwrap_or_default();
    let follows = |sign: &str| {
        let next = behind.strip_prefix(sign)?.chars().next();
        let ends = next.is_none_or(|c| !is_word(c) || sign == "++" && c.is_ascii_digit());
        ends.then_some(sign.len())
    };
    let sign = if length == 1 {
        follows("++").or_else(|| follows("#"))
    } else {
        None
    };
    dot + length + sign.unwrap_or(0)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36f}')
}

/// A script that puts no spaces between words: a Latin word in it ends where the script changes.
fn is_wide(c: char) -> bool {
    c >= '\u{2e80}'
}

/// What may be one address: up to a space or what a link in Markdown or HTML ends with.
fn run(rest: &str) -> &str {
    let ends = |c: char| c.is_whitespace() || "()<>[]\"\\,;|*`".contains(c);
    rest.get(..rest.find(ends).unwrap_or(rest.len()))
        .unwrap_or_default()
}

/// Length of the link at the beginning of `rest`, 0 when there is none.
fn link(rest: &str) -> usize {
    let begins = |start: &&str| {
        rest.get(..start.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(start))
    };
    if LINKS.iter().any(begins) {
        run(rest).len()
    } else {
        0
    }
}

/// Length of the host name (with what stands behind it) or mail address at the beginning of
/// `rest`, 0 when there is none.
fn host(rest: &str) -> usize {
    let run = run(rest);
    let host = run.split(['/', ':', '?']).next().unwrap_or_default();
    let host = host.trim_end_matches(['.', '!', '\'']).to_lowercase();
    let is_host = |end: &&str| host.len() > end.len() && host.ends_with(*end);
    let is_person = host.find('@').is_some_and(|at| at > 0);
    if is_person || HOSTS.iter().any(is_host) {
        run.len()
    } else {
        0
    }
}

/// Length of the HTML tag at the beginning of `rest`, 0 when there is none.
fn tag(rest: &str) -> usize {
    let Some(inside) = rest.strip_prefix('<') else {
        return 0;
    };
    let name = inside.strip_prefix('/').unwrap_or(inside);
    match inside.find(['<', '>']) {
        Some(end) if name.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            let closed = inside.as_bytes().get(end) == Some(&b'>');
            if closed { end + 2 } else { 0 }
        }
        _ => 0,
    }
}
