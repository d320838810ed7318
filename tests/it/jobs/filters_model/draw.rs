//! Jobs at random: what is sent, and what it says.

use super::model::{Facts, Said, Spot};
use super::money::{Pay, Rates, number};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A town: the ways people write it, its country, and millionths of degrees.
type Town = (&'static [&'static str], &'static str, Spot);

pub const TOWNS: [Town; 16] = [
    (&["Leeds", "LEEDS"], "GB", (53_800_800, -1_549_100)),
    (&["Elland"], "GB", (53_683_300, -1_839_700)),
    (&["Rochdale"], "GB", (53_618_700, -2_156_100)),
    (&["London", "london"], "GB", (51_507_400, -127_800)),
    (&["Paris", "PARIS"], "FR", (48_856_600, 2_352_200)),
    (
        &["Zürich", "Zurich", "ZÜRICH"],
        "CH",
        (47_376_900, 8_541_700),
    ),
    (&["Berlin"], "DE", (52_520_000, 13_405_000)),
    (&["Malmö", "Malmo"], "SE", (55_605_000, 13_003_800)),
    (&["København", "kobenhavn"], "DK", (55_676_100, 12_568_300)),
    (&["Montréal", "Montreal"], "CA", (45_501_700, -73_567_300)),
    (&["New York"], "US", (40_712_800, -74_006_000)),
    (
        &["São Paulo", "Sao Paulo"],
        "BR",
        (-23_550_500, -46_633_300),
    ),
    (&["Tokyo"], "JP", (35_676_200, 139_650_300)),
    (&["Auckland"], "NZ", (-36_848_500, 174_763_300)),
    (&["Suva"], "FJ", (-18_141_600, 178_441_900)),
    (&["Apia"], "WS", (-13_833_300, -171_766_700)),
];

/// By code, label, alias, in any case; wider and narrower ones; and some that are in no list.
pub const SKILLS: [&str; 17] = [
    "k8s",
    "Kubernetes",
    "KUBERNETES",
    "docker",
    "Argo CD",
    "postgres",
    "PostGIS",
    "sql",
    "Python",
    "django",
    "Wagtail",
    "rust",
    "Debian",
    "linux",
    "weaving",
    "Weaving",
    "Schweißen",
];

pub const WORKPLACES: [&str; 3] = ["on_site", "hybrid", "remote"];
pub const EMPLOYMENT_TYPES: [&str; 8] = [
    "full_time",
    "part_time",
    "contractor",
    "temporary",
    "intern",
    "volunteer",
    "per_diem",
    "other",
];
pub const SENIORITIES: [&str; 4] = ["junior", "mid", "senior", "lead"];
pub const TRACKS: [&str; 4] = ["none", "open", "expected", "required"];
pub const PAY_POLICIES: [&str; 4] = ["flat", "banded", "individual", "revenue_share"];
pub const GOVERNANCES: [&str; 5] = ["collective", "consensus", "sociocratic", "board", "other"];
pub const LANGUAGES: [&str; 7] = ["en", "en-GB", "pt", "pt-BR", "fr", "de", "gsw"];
pub const COUNTRIES: [&str; 9] = ["GB", "FR", "CH", "DE", "SE", "DK", "US", "BR", "IN"];
/// Words that are like nothing else.
pub const WORDS: [&str; 3] = ["plimsol", "quorvex", "brandwick"];

/// With the towns, more than a facet shows.
const VILLAGES: u32 = 110;

/// Hundredths of hours.
const HOURS: [i64; 5] = [2_000, 3_750, 4_000, 16_800, 50];

/// One of them.
pub fn pick<T: Copy>(random: &mut ChaCha8Rng, from: &[T]) -> T {
    from[random.random_range(0..from.len())]
}

/// Up to `most` of them, each once.
pub fn pick_some<T: Copy + PartialEq>(random: &mut ChaCha8Rng, from: &[T], most: usize) -> Vec<T> {
    let mut some = Vec::new();
    for _ in 0..random.random_range(0..=most) {
        let one = pick(random, from);
        if !some.contains(&one) {
            some.push(one);
        }
    }
    some
}

/// In so many of ten cases.
pub fn often(random: &mut ChaCha8Rng, tenths: u32) -> bool {
    random.random_ratio(tenths, 10)
}

fn maybe(random: &mut ChaCha8Rng, from: &[&'static str]) -> Option<&'static str> {
    often(random, 6).then(|| pick(random, from))
}

/// Degrees as a decimal.
pub fn degrees(millionths: i64) -> String {
    let sign = if millionths < 0 { "-" } else { "" };
    let size = millionths.abs();
    format!("{sign}{}.{:06}", size / 1_000_000, size % 1_000_000)
}

fn coordinate(millionths: i64) -> Value {
    serde_json::from_str(&degrees(millionths)).unwrap()
}

/// What a job says, but whose it is and when. Every member is there, `null` when it says nothing: sent as a
/// merge patch, it replaces everything.
pub struct Drawn {
    pub members: Value,
    pub facts: Facts,
}

impl Drawn {
    pub fn new(random: &mut ChaCha8Rng, rates: &Rates, skills: &super::world::Skills) -> Self {
        let mut values: BTreeMap<&'static str, Vec<Said>> = BTreeMap::new();
        let mut says = |name, said: &[&str]| {
            let said = said.iter().map(|form| Said::new(form));
            values.entry(name).or_default().extend(said);
        };
        let workplace = pick(random, &WORKPLACES);
        let (locations, mut places, spots) = draw_places(random, workplace);
        let mut applicants = Vec::new();
        if often(random, 3) || (workplace == "remote" && places.countries.is_empty()) {
            applicants = pick_some(random, &COUNTRIES, 3);
            if applicants.is_empty() {
                applicants.push("IN");
            }
        }
        places.countries.extend(&applicants);
        let employment_types = some_and(random, &EMPLOYMENT_TYPES);
        let seniority = maybe(random, &SENIORITIES);
        let track = maybe(random, &TRACKS);
        let pay_policy = maybe(random, &PAY_POLICIES);
        let governance = maybe(random, &GOVERNANCES);
        let languages = pick_some(random, &LANGUAGES, 2);
        let typed = pick_some(random, &SKILLS, 3);
        let words = pick_some(random, &WORDS, 3);
        says("workplace", &[workplace]);
        says("country", &places.countries);
        says("employment_type", &employment_types);
        says("seniority", seniority.as_slice());
        says("membership_track", track.as_slice());
        says("pay_policy", pay_policy.as_slice());
        says("governance", governance.as_slice());
        says("language", &languages);
        let primary = languages.iter().filter_map(|tag| tag.split('-').next());
        says("language", &primary.collect::<Vec<_>>());
        values.insert("locality", places.localities);
        let named = typed.iter().flat_map(|skill| skills.with_wider(skill));
        let named = named.map(|name| Said::new(&name));
        values.insert("skill", named.collect());
        let offsets = often(random, 5).then(|| {
            let from = random.random_range(-48..=56);
            (from, random.random_range(from..=(from + 24).min(56)))
        });
        let (salary, pay) = draw_salary(random, rates);
        let hours = often(random, 5).then(|| pick(random, &HOURS));
        let members = json!({
            "description": format!("Work of many kinds. {}", words.join(" ")),
            "employment_types": employment_types,
            "workplace": workplace,
            "locations": locations,
            "applicant_countries": applicants,
            "utc_offset_range": offsets.map(|(from, to)| json!({
                "min": quarters(from), "max": quarters(to),
            })),
            "salary": salary,
            "hours_per_week": hours.map(number),
            "pay_policy": pay_policy,
            "seniority": seniority,
            "skills": typed,
            "languages": languages,
            "membership": track.map(|track| json!({"track": track})),
            "governance": governance,
            "apply_url": "https://jobs.example.coop/apply",
        });
        let facts = Facts {
            words,
            values,
            spots,
            offsets,
            yearly: pay.and_then(|pay| rates.yearly(pay, hours)),
        };
        Self { members, facts }
    }
}

/// Hours as JSON.
fn quarters(quarters: i64) -> Value {
    number_of(quarters * 25)
}

fn number_of(hundredths: i64) -> Value {
    let sign = if hundredths < 0 { "-" } else { "" };
    let text = format!("{sign}{}", super::money::decimal(hundredths.abs()));
    serde_json::from_str(&text).unwrap()
}

fn some_and(random: &mut ChaCha8Rng, from: &[&'static str]) -> Vec<&'static str> {
    let mut some = pick_some(random, from, 2);
    if some.is_empty() {
        some.push(pick(random, from));
    }
    some
}

/// What places say of themselves.
#[derive(Default)]
struct Places {
    countries: Vec<&'static str>,
    localities: Vec<Said>,
}

/// Places as they are sent, what they say, and where they are.
fn draw_places(random: &mut ChaCha8Rng, workplace: &str) -> (Vec<Value>, Places, Vec<Spot>) {
    let least = usize::from(workplace != "remote");
    let mut said = Places::default();
    let (mut sent, mut spots) = (Vec::new(), Vec::new());
    for number in 0..random.random_range(least..least + 4) {
        let (forms, country, (lat, lon)) = pick(random, &TOWNS);
        let is_village = often(random, 5);
        let locality = if is_village {
            format!("Village {}", random.random_range(0..VILLAGES))
        } else {
            pick(random, forms).to_owned()
        };
        // A village is within two degrees of a town, and few are at its very point.
        let around = match (is_village, often(random, 5)) {
            (true, _) => 2_000_000,
            (false, true) => 300_000,
            (false, false) => 0,
        };
        let (near_lat, near_lon) = (
            lat + random.random_range(-around..=around),
            (lon + random.random_range(-around..=around)).clamp(-180_000_000, 180_000_000),
        );
        let has_locality = often(random, 9);
        let has_country = (number == 0 && least == 1) || often(random, 8) || !has_locality;
        let has_spot = often(random, 7);
        if has_country {
            said.countries.push(country);
        }
        if has_locality {
            said.localities.push(Said::new(&locality));
        }
        if has_spot {
            spots.push((near_lat, near_lon));
        }
        sent.push(json!({
            "locality": has_locality.then_some(locality),
            "country": has_country.then_some(country),
            "lat": has_spot.then(|| coordinate(near_lat)),
            "lon": has_spot.then(|| coordinate(near_lon)),
        }));
    }
    (sent, said, spots)
}

/// A salary as it is sent, and the top of its range.
fn draw_salary(random: &mut ChaCha8Rng, rates: &Rates) -> (Option<Value>, Option<Pay>) {
    if often(random, 3) {
        return (None, None);
    }
    let top = Pay::draw(random, rates);
    // A range, one that is open below or above, or a single amount.
    let (min, max) = match random.random_range(0..4) {
        0 => (Some(top.cents * 3 / 4), Some(top.cents)),
        1 => (None, Some(top.cents)),
        2 => (Some(top.cents), None),
        _ => (Some(top.cents), Some(top.cents)),
    };
    let sent = json!({
        "min": min.map(number),
        "max": max.map(number),
        "currency": top.currency,
        "period": top.period,
    });
    (Some(sent), Some(top))
}
