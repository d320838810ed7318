//! Generated organizations with realistic text, one import line each. The same seed gives
//! the same bytes.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::PathBuf,
};

use rand::{
    Rng, SeedableRng,
    distr::{Distribution, weighted::WeightedIndex},
    seq::IndexedRandom,
};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::{
    Outcome,
    vocabulary::{Language, Vocabulary},
};

const SECTORS: &str = include_str!("../../api/data/sectors.csv");
const PLACES: &str = include_str!("../data/places.csv");
/// With their shares, in percent, from the commonest.
const ORGANIZATION_TYPES: [(&str, u32); 12] = [
    ("worker_cooperative", 26),
    ("consumer_cooperative", 16),
    ("community_cooperative", 14),
    ("housing_cooperative", 12),
    ("producer_cooperative", 10),
    ("multi_stakeholder_cooperative", 7),
    ("credit_union", 5),
    ("social_enterprise", 4),
    ("employee_owned", 2),
    ("federation", 2),
    ("platform_cooperative", 1),
    ("nonprofit", 1),
];
const TECHNOLOGIES: [&str; 24] = [
    "php",
    "wordpress",
    "javascript",
    "python",
    "postgresql",
    "drupal",
    "django",
    "nextcloud",
    "docker",
    "linux",
    "react",
    "rust",
    "ruby-on-rails",
    "odoo",
    "civicrm",
    "kubernetes",
    "matrix",
    "mastodon",
    "discourse",
    "proxmox",
    "ansible",
    "openstreetmap",
    "elixir",
    "moodle",
];

/// How many organizations, from which seed, to which file.
#[derive(clap::Args)]
pub struct Arguments {
    /// Number of organizations.
    #[arg(long, default_value_t = 100_000)]
    organizations: u32,
    /// Seed of the random numbers; part of every `external_id`.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// File to write (NDJSON).
    #[arg(short, long)]
    output: PathBuf,
}

/// What the organizations are drawn from.
pub struct Generator {
    english: Vocabulary,
    spanish: Vocabulary,
    french: Vocabulary,
    german: Vocabulary,
    /// Places by country, the commonest country first.
    countries: Vec<Vec<Place>>,
    country_shares: WeightedIndex<f64>,
    type_shares: WeightedIndex<u32>,
    sectors: Vec<String>,
}

/// A real town.
#[derive(Clone, serde::Deserialize)]
pub struct Place {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Town.
    pub locality: String,
    /// Degrees.
    pub lat: f64,
    /// Degrees.
    pub lon: f64,
}

#[derive(serde::Deserialize)]
struct Sector {
    code: String,
}

/// Writes the corpus.
pub fn run(arguments: &Arguments) -> Outcome {
    let generator = Generator::new()?;
    let mut random = ChaCha8Rng::seed_from_u64(arguments.seed);
    let mut output = BufWriter::new(File::create(&arguments.output)?);
    for number in 0..arguments.organizations {
        let line = json!({
            "external_id": format!("{}-{number:06}", arguments.seed),
            "data": generator.organization(number, &mut random)?,
        });
        serde_json::to_writer(&mut output, &line)?;
        output.write_all(b"\n")?;
    }
    output.flush()?;
    Ok(())
}

impl Generator {
    /// Reads the places and makes up the words.
    pub fn new() -> Outcome<Self> {
        // The words are always the same, as the words of a language are.
        let mut words = ChaCha8Rng::seed_from_u64(0);
        let countries = places_by_country()?;
        let country_shares = std::iter::successors(Some(1.0), |rank| Some(rank + 1.0_f64))
            .map(|rank| 1.0 / rank)
            .take(countries.len());
        let sectors = csv::Reader::from_reader(SECTORS.as_bytes())
            .deserialize()
            .map(|row| row.map(|sector: Sector| sector.code))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            english: Vocabulary::new(Language::En, &mut words)?,
            spanish: Vocabulary::new(Language::Es, &mut words)?,
            french: Vocabulary::new(Language::Fr, &mut words)?,
            german: Vocabulary::new(Language::De, &mut words)?,
            country_shares: WeightedIndex::new(country_shares)?,
            countries,
            type_shares: WeightedIndex::new(ORGANIZATION_TYPES.map(|(_, share)| share))?,
            sectors,
        })
    }

    /// A town, in a country that is drawn by its share.
    pub fn place(&self, random: &mut ChaCha8Rng) -> Outcome<&Place> {
        let places = self.countries.get(self.country_shares.sample(random));
        let place = places.and_then(|places| places.choose(random));
        place.ok_or_else(|| "a country without places".into())
    }

    /// The words of a language.
    pub fn words(&self, language: Language) -> &Vocabulary {
        match language {
            Language::En => &self.english,
            Language::Es => &self.spanish,
            Language::Fr => &self.french,
            Language::De => &self.german,
        }
    }

    /// The organization of this number.
    pub fn organization(&self, number: u32, random: &mut ChaCha8Rng) -> Outcome<Value> {
        let place = self.place(random)?;
        let language = language_of(&place.country, random);
        let words = self.words(language);
        let name = name(words, language, place, random)?;
        let organization_type = ORGANIZATION_TYPES
            .get(self.type_shares.sample(random))
            .map(|(code, _)| *code);
        let languages = match language {
            Language::En => vec!["en"],
            other if random.random_bool(0.3) => vec![other.tag(), "en"],
            other => vec![other.tag()],
        };
        let sector_count = random.random_range(1..=3);
        let technology_count = *[0, 0, 0, 1, 2, 4].choose(random).unwrap_or(&0);
        let tag_count = random.random_range(0..=4);
        let mut tags: Vec<&str> = (0..tag_count).map(|_| words.domain_word(random)).collect();
        tags.sort_unstable();
        tags.dedup();
        Ok(json!({
            "name": name,
            "summary": summary(words, random),
            "description": description(words, random),
            "organization_type": organization_type,
            "sectors": self.sectors.choose_multiple(random, sector_count).collect::<Vec<_>>(),
            "tags": tags,
            "technologies": TECHNOLOGIES.choose_multiple(random, technology_count).collect::<Vec<_>>(),
            "languages": languages,
            "website": format!("https://organization-{number}.example/"),
            "founded_on": format!(
                "{}-{:02}-{:02}",
                random.random_range(1890..=2024),
                random.random_range(1..=12),
                random.random_range(1..=28),
            ),
            "members_count": random.random_range(3..=4_000),
            "address": { "locality": place.locality, "country": place.country },
            "location": {
                "lat": nearby(place.lat, random),
                "lon": nearby(place.lon, random),
            },
        }))
    }
}

fn places_by_country() -> Outcome<Vec<Vec<Place>>> {
    let mut countries: Vec<Vec<Place>> = Vec::new();
    for place in csv::Reader::from_reader(PLACES.as_bytes()).into_deserialize() {
        let place: Place = place?;
        match countries
            .iter_mut()
            .find(|places| places.iter().any(|other| other.country == place.country))
        {
            Some(places) => places.push(place),
            None => countries.push(vec![place]),
        }
    }
    Ok(countries)
}

/// A coordinate within about 20 km, in degrees to four decimals.
fn nearby(coordinate: f64, random: &mut ChaCha8Rng) -> f64 {
    ((coordinate + random.random_range(-0.2..0.2)) * 10_000.0).round() / 10_000.0
}

/// The one of the country, or now and then English.
pub fn language_of(country: &str, random: &mut ChaCha8Rng) -> Language {
    let local = match country {
        "ES" | "AR" | "MX" | "CO" | "CL" | "UY" | "PE" | "CR" => Language::Es,
        "FR" | "BE" => Language::Fr,
        "DE" | "AT" | "CH" => Language::De,
        _ => Language::En,
    };
    if random.random_bool(0.75) {
        local
    } else {
        Language::En
    }
}

fn name(
    words: &Vocabulary,
    language: Language,
    place: &Place,
    random: &mut ChaCha8Rng,
) -> Outcome<String> {
    let kinds: &[&str] = match language {
        Language::En => &[
            "Cooperative",
            "Co-operative Limited",
            "Co-op",
            "Collective",
            "Society",
            "Community Benefit Society",
            "Workers' Cooperative",
        ],
        Language::Es => &["Cooperativa", "Sociedad Cooperativa", "S. Coop."],
        Language::Fr => &["Coopérative", "SCOP", "SCIC"],
        Language::De => &["eG", "Genossenschaft", "Kollektiv"],
    };
    let kind = kinds.choose(random).unwrap_or(&"");
    let first = match random.random_range(0..10) {
        0..5 => words.proper_name(random)?,
        5..7 => place.locality.clone(),
        _ => words.content_word(random).to_owned(),
    };
    let second = words.domain_word(random);
    Ok(if random.random_bool(0.3) {
        let third = words.content_word(random);
        format!(
            "{} {} {} {kind}",
            title(&first),
            title(second),
            title(third)
        )
    } else {
        format!("{} {} {kind}", title(&first), title(second))
    })
}

/// 10–25 words in one sentence, cut at a word to the 280 characters a summary may have.
fn summary(words: &Vocabulary, random: &mut ChaCha8Rng) -> String {
    let length = random.random_range(10..=25);
    let mut summary = sentence(words, length, random);
    while summary.chars().count() > 280 {
        let end = summary.rfind(' ').unwrap_or(0);
        summary.truncate(end);
        summary.push('.');
    }
    summary
}

/// 40–150 words in sentences of 6–18, in paragraphs.
pub fn description(words: &Vocabulary, random: &mut ChaCha8Rng) -> String {
    let mut left = random.random_range(40..=150_usize);
    let mut description = String::new();
    while left > 0 {
        let length = random.random_range(6..=18).min(left);
        left -= length;
        if !description.is_empty() {
            description.push_str(if random.random_bool(0.2) { "\n\n" } else { " " });
        }
        description.push_str(&sentence(words, length, random));
    }
    description
}

fn sentence(words: &Vocabulary, length: usize, random: &mut ChaCha8Rng) -> String {
    let mut sentence = title(words.word(random));
    for _ in 1..length {
        if random.random_bool(0.06) {
            sentence.push(',');
        }
        sentence.push(' ');
        sentence.push_str(words.word(random));
    }
    sentence.push('.');
    sentence
}

/// The word with a capital.
pub fn title(word: &str) -> String {
    let mut characters = word.chars();
    characters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(characters)
        .collect()
}
