//! Made-up records: words with the frequencies of a language, the same every time.

use search::{Document, Keyword, Kind, Point, TextField, Weight};

pub const COUNTRIES: &[&str] = &[
    "GB", "FR", "DE", "ES", "IT", "US", "CA", "NL", "BE", "SE", "PL", "BR",
];
const SECTORS: &[&str] = &[
    "agriculture",
    "software",
    "retail",
    "housing",
    "energy",
    "finance",
    "care",
    "transport",
];
const LANGUAGES: &[&str] = &["en", "en", "en", "fr", "de", "es"];
const TRADES: &[&str] = &[
    "cooperative",
    "hosting",
    "bakery",
    "housing",
    "collective",
    "union",
    "farm",
    "bike",
    "design",
];

/// `SplitMix64`.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

pub struct Record {
    pub name: String,
    pub description: String,
    pub country: &'static str,
    sector: &'static str,
    language: &'static str,
    place: Point,
}

pub struct Corpus {
    pub records: Vec<Record>,
}

/// A word by its rank: syllables that spell the number, so that ranks and words are one to one.
fn word(mut rank: usize) -> String {
    const SYLLABLES: &[&str] = &[
        "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu",
        "va", "we", "xi", "yo", "zu", "bra", "cle", "dri", "flo", "gru",
    ];
    if let Some(trade) = TRADES.get(rank) {
        return (*trade).to_owned();
    }
    rank += SYLLABLES.len();
    let mut word = String::new();
    while rank > 0 {
        word.push_str(SYLLABLES[rank % SYLLABLES.len()]);
        rank /= SYLLABLES.len();
    }
    word.push_str(["", "s", "n", "r", "ing"][word.len() % 5]);
    word
}

/// A rank from 0 to 130,000, by Zipf's law.
fn rank(random: &mut Random) -> usize {
    (130_000_f64.powf(random.unit()) - 1.0) as usize
}

impl Corpus {
    pub fn new(records: usize) -> Corpus {
        let mut random = Random::new(42);
        let words = |random: &mut Random, count: usize| {
            let words: Vec<String> = (0..count).map(|_| word(rank(random))).collect();
            words.join(" ")
        };
        let records = (0..records)
            .map(|_| {
                let length = 20 + random.below(80);
                Record {
                    name: words(&mut random, 3),
                    description: words(&mut random, length),
                    country: COUNTRIES[random
                        .below(COUNTRIES.len())
                        .min(random.below(COUNTRIES.len()))],
                    sector: SECTORS[random.below(SECTORS.len())],
                    language: LANGUAGES[random.below(LANGUAGES.len())],
                    place: Point {
                        lat: random.unit() * 140.0 - 70.0,
                        lon: random.unit() * 360.0 - 180.0,
                    },
                }
            })
            .collect();
        Corpus { records }
    }

    fn some_word(&self, random: &mut Random) -> (String, usize) {
        let record = random.below(self.records.len());
        (self.word_of(record, random), record)
    }

    /// A word people would search for: not one of the short ones that every text is full of.
    fn word_of(&self, record: usize, random: &mut Random) -> String {
        let words: Vec<&str> = self.records[record].description.split(' ').collect();
        loop {
            let word = words[random.below(words.len())];
            if word.len() > 5 || random.below(10) == 0 {
                return word.to_owned();
            }
        }
    }

    /// Two words of one record.
    pub fn two_words(&self, random: &mut Random) -> String {
        let (first, record) = self.some_word(random);
        format!("{first} {}", self.word_of(record, random))
    }

    /// The beginning of a word.
    pub fn prefix(&self, random: &mut Random) -> String {
        let (word, _) = self.some_word(random);
        word.chars().take(2 + random.below(4)).collect()
    }

    /// A word of five letters or more with two letters swapped.
    pub fn typo(&self, random: &mut Random) -> String {
        loop {
            let (word, _) = self.some_word(random);
            if word.len() < 5 {
                continue;
            }
            let mut letters: Vec<char> = word.chars().collect();
            let at = 1 + random.below(letters.len() - 2);
            letters[at] = if letters[at] == 'q' { 'x' } else { 'q' };
            return letters.into_iter().collect();
        }
    }
}

impl Record {
    pub fn document(&self, number: usize) -> Document {
        let text = |name, weight, text: &str| TextField {
            name,
            weight,
            language: None,
            text: text.to_owned(),
        };
        let id = format!("01890000-0000-7000-8000-{number:012}");
        let view = serde_json::json!({
            "id": id, "slug": self.name.replace(' ', "-"), "name": self.name, "description": self.description,
            "organization_type": "worker_cooperative", "sectors": [self.sector], "tags": [], "technologies": [],
            "languages": [self.language], "website": "https://example.coop", "email": null, "phone": null,
            "address": {"street": null, "locality": "Somewhere", "region": null, "country": self.country},
            "location": {"lat": self.place.lat, "lon": self.place.lon}, "status": "published",
            "verification": {"level": "none", "attestations": []}, "version": 1,
        });
        Document {
            kind: Kind::Organization,
            id,
            sort_name: self.name.clone(),
            text: vec![
                text("name", Weight::Name, &self.name),
                text("sectors", Weight::Head, self.sector),
                text("description", Weight::Body, &self.description),
            ],
            languages: vec![self.language.to_owned()],
            keywords: vec![
                (Keyword::Country, self.country.to_owned()),
                (Keyword::Sector, self.sector.to_owned()),
                (Keyword::OrganizationType, "worker_cooperative".to_owned()),
                (Keyword::Language, self.language.to_owned()),
            ],
            locations: vec![self.place],
            created_at: 0,
            updated_at: i64::try_from(number).unwrap_or_default(),
            posted_at: None,
            expires_at: None,
            salary: None,
            utc_offsets: None,
            group: None,
            quality: 0,
            view: view.to_string(),
        }
    }
}
