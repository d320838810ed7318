//! Distinct queries of the four kinds that are measured, drawn from the words of the corpus
//! so that they match, and written for each server in the same order.

use std::{
    collections::{BTreeSet, HashSet},
    fmt,
    fs::File,
    io::{BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
};

use rand::{Rng, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use url::form_urlencoded;

use crate::{Outcome, vocabulary::function_words};

/// Which corpus, how many queries, where to.
#[derive(clap::Args)]
pub struct Arguments {
    /// The corpus, as `corpus` wrote it.
    #[arg(long)]
    corpus: PathBuf,
    /// Seed of the random numbers.
    #[arg(long, default_value_t = 2)]
    seed: u64,
    /// Distinct queries of each kind.
    #[arg(long, default_value_t = 100_000)]
    queries: usize,
    /// Folder for `<kind>.toadlane`, `<kind>.bare` (URL paths) and `<kind>.postgres` (SQL
    /// parameters, separated by tabs), one query a line.
    #[arg(short, long)]
    output: PathBuf,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Kind {
    /// Two words of one organization's name and description.
    TwoWords,
    /// Such words, in the organization's country, with facets.
    FilterFacets,
    /// The first 3–6 letters of a word, in half of the queries after a whole word.
    Prefix,
    /// One or two words, one of which has one wrong letter.
    Typo,
}

impl Kind {
    /// In the order of the report.
    pub const ALL: [Self; 4] = [Self::TwoWords, Self::FilterFacets, Self::Prefix, Self::Typo];
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::TwoWords => "two_words",
            Self::FilterFacets => "filter_facets",
            Self::Prefix => "prefix",
            Self::Typo => "typo",
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Query {
    words: Vec<String>,
    country: String,
}

/// The organizations, and every word of the corpus.
struct Corpus {
    organizations: Vec<Organization>,
    words: BTreeSet<String>,
    function_words: HashSet<&'static str>,
}

struct Organization {
    text: String,
    country: String,
}

/// Writes the query files.
pub fn run(arguments: &Arguments) -> Outcome {
    let corpus = Corpus::read(&arguments.corpus)?;
    std::fs::create_dir_all(&arguments.output)?;
    let mut random = ChaCha8Rng::seed_from_u64(arguments.seed);
    for kind in Kind::ALL {
        let queries = corpus.draw(kind, arguments.queries, &mut random)?;
        write(kind, &queries, &arguments.output)?;
    }
    Ok(())
}

impl Corpus {
    fn read(path: &Path) -> Outcome<Self> {
        let mut corpus = Self {
            organizations: Vec::new(),
            words: BTreeSet::new(),
            function_words: function_words(),
        };
        for line in BufReader::new(File::open(path)?).lines() {
            let line: serde_json::Value = serde_json::from_str(&line?)?;
            let field = |pointer| line.pointer(pointer).and_then(|value| value.as_str());
            let name = field("/data/name").ok_or("an organization without a name")?;
            let summary = field("/data/summary").unwrap_or("");
            let description = field("/data/description").unwrap_or("");
            let country = field("/data/address/country").unwrap_or("");
            let text = format!("{name} {description}");
            for word in words(&text).chain(words(summary)) {
                if !corpus.words.contains(&word) {
                    corpus.words.insert(word);
                }
            }
            corpus.organizations.push(Organization {
                text,
                country: country.to_owned(),
            });
        }
        Ok(corpus)
    }

    fn draw(&self, kind: Kind, count: usize, random: &mut ChaCha8Rng) -> Outcome<Vec<Query>> {
        let mut seen = HashSet::new();
        let mut queries = Vec::with_capacity(count);
        for _ in 0..count.saturating_mul(100) {
            if queries.len() == count {
                return Ok(queries);
            }
            let organization = self.organizations.choose(random).ok_or("empty corpus")?;
            if let Some(words) = self.words_of_query(kind, organization, random)
                && seen.insert(words.clone())
            {
                queries.push(Query {
                    words,
                    country: organization.country.clone(),
                });
            }
        }
        Err(format!("the corpus has no {count} distinct queries of kind {kind}").into())
    }

    fn words_of_query(
        &self,
        kind: Kind,
        organization: &Organization,
        random: &mut ChaCha8Rng,
    ) -> Option<Vec<String>> {
        let candidates: Vec<String> = words(&organization.text)
            .filter(|word| word.chars().count() >= 3)
            .filter(|word| !self.function_words.contains(word.as_str()))
            .collect();
        let mut chosen: Vec<String> = candidates.choose_multiple(random, 2).cloned().collect();
        let [first, second] = chosen.as_mut_slice() else {
            return None;
        };
        if first == second {
            return None;
        }
        match kind {
            Kind::TwoWords | Kind::FilterFacets => {}
            Kind::Prefix => {
                *second = prefix(second, random)?;
                if random.random_bool(0.5) {
                    chosen.remove(0);
                }
            }
            Kind::Typo => {
                *second = self.misspelt(second, random)?;
                match random.random_range(0..4) {
                    0 | 1 => drop(chosen.remove(0)),
                    2 => chosen.reverse(),
                    _ => {}
                }
            }
        }
        Some(chosen)
    }

    /// The word with one edit, if it has five letters or more. The result is no word of the
    /// corpus, nor the start of one, so that only typo tolerance finds what was meant.
    fn misspelt(&self, word: &str, random: &mut ChaCha8Rng) -> Option<String> {
        let mut letters: Vec<char> = word.chars().collect();
        if letters.len() < 5 {
            return None;
        }
        let place = random.random_range(0..letters.len());
        let letter = char::from(random.random_range(b'a'..=b'z'));
        match random.random_range(0..4) {
            0 => *letters.get_mut(place)? = letter,
            1 => letters.insert(place, letter),
            2 => drop(letters.remove(place)),
            _ if place + 1 < letters.len() => letters.swap(place, place + 1),
            _ => return None,
        }
        let misspelt: String = letters.into_iter().collect();
        let next = self.words.range(misspelt.clone()..).next();
        let known = next.is_some_and(|next| next.starts_with(&misspelt));
        (!known).then_some(misspelt)
    }
}

/// Lower-case words, divided where a plain tokenizer divides them.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// The first 3–6 letters of a longer word.
fn prefix(word: &str, random: &mut ChaCha8Rng) -> Option<String> {
    let length = random.random_range(3..=6);
    (word.chars().count() > length).then(|| word.chars().take(length).collect())
}

fn write(kind: Kind, queries: &[Query], folder: &Path) -> Outcome {
    let create = |server| -> std::io::Result<_> {
        let file = File::create(folder.join(format!("{kind}.{server}")))?;
        Ok(BufWriter::new(file))
    };
    let mut toadlane = create("toadlane")?;
    let mut bare = create("bare")?;
    let mut postgres = create("postgres")?;
    for query in queries {
        writeln!(toadlane, "{}", toadlane_path(kind, query))?;
        writeln!(bare, "{}", bare_path(kind, query))?;
        writeln!(postgres, "{}", postgres_parameters(kind, query))?;
    }
    toadlane.flush()?;
    bare.flush()?;
    postgres.flush()?;
    Ok(())
}

fn toadlane_path(kind: Kind, query: &Query) -> String {
    let mut parameters = form_urlencoded::Serializer::new(String::new());
    parameters.append_pair("q", &query.words.join(" "));
    parameters.append_pair("limit", "10");
    match kind {
        Kind::FilterFacets => {
            parameters.append_pair("country", &query.country);
            parameters.append_pair("facets", "country,sector,organization_type");
        }
        Kind::Prefix => {
            parameters.append_pair("prefix", "true");
        }
        Kind::TwoWords | Kind::Typo => {}
    }
    format!("/v1/organizations?{}", parameters.finish())
}

fn bare_path(kind: Kind, query: &Query) -> String {
    let mut parameters = form_urlencoded::Serializer::new(String::new());
    parameters.append_pair("kind", &kind.to_string());
    parameters.append_pair("q", &query.words.join(" "));
    if kind == Kind::FilterFacets {
        parameters.append_pair("country", &query.country);
    }
    format!("/search?{}", parameters.finish())
}

fn postgres_parameters(kind: Kind, query: &Query) -> String {
    let text = match kind {
        Kind::Prefix => format!("{}:*", query.words.join(" & ")),
        Kind::TwoWords | Kind::FilterFacets | Kind::Typo => query.words.join(" "),
    };
    format!("{text}\t{}", query.country)
}
