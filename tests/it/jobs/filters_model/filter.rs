//! Conditions at random, as they are asked and as they are meant.

use super::draw::{
    COUNTRIES, EMPLOYMENT_TYPES, GOVERNANCES, PAY_POLICIES, SENIORITIES, SKILLS, TOWNS, TRACKS,
    WORKPLACES, degrees, often, pick, pick_some,
};
use super::model::{Facts, Job, Said, Spot, folded, kilometres};
use super::money::{PERIODS, Pay, Yearly, decimal};
use super::world::{NETWORKS, TYPES, World};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// What can be filtered by.
pub const FILTERS: [&str; 18] = [
    "skill",
    "country",
    "locality",
    "workplace",
    "employment_type",
    "seniority",
    "membership_track",
    "pay_policy",
    "governance",
    "organization_id",
    "organization_type",
    "network",
    "language",
    "near",
    "bbox",
    "utc_offset",
    "salary",
    "posted_since",
];

/// A condition.
pub enum Filter {
    /// One of these values, or all of them.
    Values {
        name: &'static str,
        wanted: Vec<Said>,
        all: Option<bool>,
        /// Whether jobs that say nothing pass.
        unspecified: Option<bool>,
    },
    Near(Spot, Option<&'static str>),
    /// From the south-west to the north-east, in millionths of degrees.
    Box(Spot, Spot),
    /// Quarters of hours.
    UtcOffset(i64),
    Salary {
        least: Option<(Pay, Yearly)>,
        unspecified: Option<bool>,
    },
    PostedSince(DateTime<Utc>),
}

/// One to three of them.
fn some_of(random: &mut ChaCha8Rng, from: &[&str]) -> Vec<Said> {
    let mut some = pick_some(random, from, 2);
    some.push(pick(random, from));
    some.into_iter().map(Said::new).collect()
}

fn maybe(random: &mut ChaCha8Rng) -> Option<bool> {
    often(random, 4).then(|| random.random())
}

impl Filter {
    pub fn draw(random: &mut ChaCha8Rng, name: &'static str, world: &World) -> Self {
        match name {
            "near" => {
                let (_, _, (lat, lon)) = pick(random, &TOWNS);
                let off = if often(random, 5) { 0 } else { 400_000 };
                let radii = ["0", "0.5", "30", "60", "120.5", "500"].map(Some);
                let radius = if often(random, 3) {
                    None
                } else {
                    pick(random, &radii)
                };
                Self::Near((lat + off, lon - off), radius)
            }
            "bbox" => Self::draw_box(random),
            "utc_offset" => Self::UtcOffset(random.random_range(-44..=52)),
            "salary" => {
                let pay = Pay {
                    period: pick(random, &PERIODS),
                    ..Pay::draw(random, &world.rates)
                };
                let least = if random.random() {
                    // The very pay of some of the jobs.
                    Pay::draw(random, &world.rates)
                } else {
                    pay
                };
                let yearly = world.rates.yearly(least, None);
                let least = yearly.map(|yearly| (least, yearly));
                Self::Salary {
                    unspecified: maybe(random).or(least.is_none().then_some(false)),
                    least,
                }
            }
            "posted_since" => {
                let job = &world.jobs[random.random_range(0..world.jobs.len())];
                let late = TimeDelta::milliseconds(random.random_range(0..2));
                Self::PostedSince(job.posted_at + late)
            }
            name => Self::draw_values(random, name, world),
        }
    }

    fn draw_box(random: &mut ChaCha8Rng) -> Self {
        // Between two towns, so that both stand on a corner.
        let (_, _, a) = pick(random, &TOWNS);
        let (_, _, b) = pick(random, &TOWNS);
        let (south, north) = (a.0.min(b.0), a.0.max(b.0));
        let (mut west, mut east) = (a.1.min(b.1), a.1.max(b.1));
        if often(random, 3) {
            // The other way around the earth.
            (west, east) = (east, west);
        }
        let more = if often(random, 5) { 0 } else { 1_000_001 };
        let corner = |(lat, lon): Spot| {
            let lat = lat.clamp(-90_000_000, 90_000_000);
            (lat, lon.clamp(-180_000_000, 180_000_000))
        };
        Self::Box(
            corner((south - more, west - more)),
            corner((north + more, east + more)),
        )
    }

    fn draw_values(random: &mut ChaCha8Rng, name: &'static str, world: &World) -> Self {
        let mut all = None;
        let wanted = match name {
            "skill" => {
                all = maybe(random);
                let mut wanted = some_of(random, &SKILLS);
                for Said { form, .. } in &mut wanted {
                    // Other writings, and a wider skill than any job names.
                    *form = match random.random_range(0..6) {
                        0 => form.to_uppercase(),
                        1 => "containers".to_owned(),
                        _ => continue,
                    };
                }
                for Said { form, value } in &mut wanted {
                    *value = folded(&world.skills.with_wider(form)[0]);
                }
                wanted
            }
            "country" => some_of(random, &[&COUNTRIES[..], &["FJ", "WS", "NO"]].concat()),
            "locality" => {
                let towns: Vec<_> = TOWNS.iter().flat_map(|town| town.0).copied().collect();
                let more = ["  são   PAULO ", "village 7", "Village 21", "Nowhere"];
                some_of(random, &[towns, more.to_vec()].concat())
            }
            "workplace" => some_of(random, &WORKPLACES),
            "employment_type" => some_of(random, &EMPLOYMENT_TYPES),
            "seniority" => some_of(random, &SENIORITIES),
            "membership_track" => some_of(random, &TRACKS),
            "pay_policy" => some_of(random, &PAY_POLICIES),
            "governance" => some_of(random, &GOVERNANCES),
            "organization_id" => {
                let ids: Vec<_> = world.employers.iter().map(|one| one.id.as_str()).collect();
                some_of(random, &ids)
            }
            "organization_type" => some_of(random, &TYPES),
            "network" => some_of(random, &NETWORKS),
            "language" => some_of(random, &["en", "EN-gb", "pt", "pt-br", "fr", "de", "es"]),
            other => panic!("{other} is no filter"),
        };
        let may_be_unsaid = [
            "seniority",
            "membership_track",
            "pay_policy",
            "governance",
            "language",
        ];
        let unspecified = may_be_unsaid.contains(&name).then(|| maybe(random));
        Self::Values {
            name,
            wanted,
            all,
            unspecified: unspecified.flatten(),
        }
    }

    /// The parameter, and the facet if there is one.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Values { name, .. } => name,
            Self::Near(..) => "near",
            Self::Box(..) => "bbox",
            Self::UtcOffset(_) => "utc_offset",
            Self::Salary { .. } => "salary",
            Self::PostedSince(_) => "posted_since",
        }
    }

    /// Its part of the query string.
    pub fn write(&self, pairs: &mut Vec<(&'static str, String)>) {
        let said = |unspecified: bool| if unspecified { "include" } else { "exclude" }.to_owned();
        match self {
            Self::Values {
                name,
                wanted,
                all,
                unspecified,
            } => {
                let typed = wanted.iter().map(|wanted| wanted.form.clone());
                pairs.extend(typed.map(|typed| (*name, typed)));
                pairs.extend(
                    all.map(|all| ("skill_mode", if all { "all" } else { "any" }.to_owned())),
                );
                let unspecified =
                    unspecified.map(|unspecified| (unspecified_of(name), said(unspecified)));
                pairs.extend(unspecified);
            }
            Self::Near((lat, lon), radius) => {
                pairs.push(("near", format!("{},{}", degrees(*lat), degrees(*lon))));
                pairs.extend(radius.map(|radius| ("radius_km", radius.to_owned())));
            }
            Self::Box((south, west), (north, east)) => {
                let corners = [west, south, east, north].map(|side| degrees(*side));
                pairs.push(("bbox", corners.join(",")));
            }
            Self::UtcOffset(quarters) => {
                let sign = if *quarters < 0 { '-' } else { '+' };
                let (hours, rest) = (quarters.abs() / 4, quarters.abs() % 4 * 15);
                pairs.push(("utc_offset", format!("{sign}{hours:02}:{rest:02}")));
            }
            Self::Salary { least, unspecified } => {
                if let Some((pay, _)) = least {
                    pairs.push(("salary_min", decimal(pay.cents)));
                    pairs.push(("salary_currency", pay.currency.to_owned()));
                    if pay.period != "year" {
                        pairs.push(("salary_period", pay.period.to_owned()));
                    }
                }
                pairs.extend(
                    unspecified.map(|unspecified| ("salary_unspecified", said(unspecified))),
                );
            }
            Self::PostedSince(time) => {
                pairs.push((
                    "posted_since",
                    time.to_rfc3339_opts(SecondsFormat::Millis, true),
                ));
            }
        }
    }

    /// Whether a job passes; `None` when it is too near to a border to say.
    pub fn passes(&self, job: &Job) -> Option<bool> {
        let facts = &job.facts;
        match self {
            Self::Values {
                name,
                wanted,
                all,
                unspecified,
            } => {
                let said = facts.values.get(name).map_or(&[][..], Vec::as_slice);
                if said.is_empty() {
                    return Some(*unspecified == Some(true));
                }
                let mut wanted = wanted.iter();
                let mut has = |one: &Said| said.iter().any(|own| own.value == one.value);
                Some(if *all == Some(true) {
                    wanted.all(&mut has)
                } else {
                    wanted.any(&mut has)
                })
            }
            Self::Near(spot, radius) => near(facts, *spot, radius.unwrap_or("25").parse().unwrap()),
            Self::Box((south, west), (north, east)) => {
                Some(facts.spots.iter().any(|(lat, lon)| {
                    let is_between = if west <= east {
                        west <= lon && lon <= east
                    } else {
                        west <= lon || lon <= east
                    };
                    is_between && south <= lat && lat <= north
                }))
            }
            Self::UtcOffset(offset) => {
                let range = facts.offsets;
                Some(range.is_none_or(|(from, to)| from <= *offset && *offset <= to))
            }
            Self::Salary { least, unspecified } => match (facts.yearly, least) {
                (None, _) => Some(*unspecified != Some(false)),
                (Some(_), None) => Some(true),
                (Some(yearly), Some((_, least))) => yearly.is_at_least(*least),
            },
            Self::PostedSince(time) => Some(job.posted_at >= *time),
        }
    }
}

fn unspecified_of(name: &str) -> &'static str {
    match name {
        "seniority" => "seniority_unspecified",
        "membership_track" => "membership_track_unspecified",
        "pay_policy" => "pay_policy_unspecified",
        "governance" => "governance_unspecified",
        "language" => "language_unspecified",
        other => panic!("{other} is always said"),
    }
}

/// Whether the nearest spot is within the radius; not said within a thousandth of it.
fn near(facts: &Facts, origin: Spot, radius: f64) -> Option<bool> {
    if facts.spots.contains(&origin) {
        return Some(true);
    }
    let distances = facts.spots.iter().map(|spot| kilometres(origin, *spot));
    let Some(nearest) = distances.min_by(f64::total_cmp) else {
        return Some(false);
    };
    let is_plain = (nearest - radius).abs() > radius / 1000.0;
    is_plain.then_some(nearest <= radius)
}
