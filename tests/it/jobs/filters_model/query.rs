//! Queries at random.

use super::draw::{WORDS, often, pick, pick_some};
use super::filter::{FILTERS, Filter};
use super::model::Spot;
use super::money::CURRENCIES;
use super::world::World;
use rand_chacha::ChaCha8Rng;

/// What can be counted, but for the salaries.
const FACETS: [&str; 9] = [
    "country",
    "locality",
    "skill",
    "workplace",
    "employment_type",
    "seniority",
    "membership_track",
    "pay_policy",
    "organization_type",
];

/// A query of the list.
pub struct Query {
    pub q: Option<&'static str>,
    pub filters: Vec<Filter>,
    pub sort: Option<&'static str>,
    pub facets: Vec<&'static str>,
    /// The salaries are counted, in this currency.
    pub histogram: Option<&'static str>,
    pub limit: usize,
}

impl Query {
    /// No conditions, and everything is counted.
    pub fn of_everything() -> Self {
        Self {
            q: None,
            filters: Vec::new(),
            sort: None,
            facets: FACETS.to_vec(),
            histogram: Some("EUR"),
            limit: 100,
        }
    }

    pub fn draw(random: &mut ChaCha8Rng, world: &World) -> Self {
        let mut names = vec![pick(random, &FILTERS)];
        for name in pick_some(random, &FILTERS, 2) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let filters: Vec<_> = names
            .into_iter()
            .map(|name| Filter::draw(random, name, world))
            .collect();
        let mut sorts = vec![
            None,
            Some("-posted_at"),
            Some("-salary"),
            Some("valid_through"),
        ];
        if filters.iter().any(|filter| filter.name() == "near") {
            sorts.extend([Some("distance"); 4]);
        }
        let asked = filters.iter().find_map(|filter| match filter {
            Filter::Salary { least, .. } => least.map(|(pay, _)| pay.currency),
            _ => None,
        });
        let currency = pick(random, &CURRENCIES[..7]);
        let q = often(random, 1).then(|| pick(random, &WORDS));
        let sort = pick(random, &sorts);
        Self {
            // By relevance there is an order of its own.
            sort: sort.or(q.map(|_| "-posted_at")),
            q,
            filters,
            facets: pick_some(random, &FACETS, 4),
            histogram: often(random, 5).then(|| asked.unwrap_or(currency)),
            limit: pick(random, &[100, 100, 60, 17]),
        }
    }

    /// Names and values of the query string.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = vec![("limit", self.limit.to_string())];
        pairs.extend(self.q.map(|word| ("q", word.to_owned())));
        pairs.extend(self.sort.map(|sort| ("sort", sort.to_owned())));
        for filter in &self.filters {
            filter.write(&mut pairs);
        }
        let mut facets = self.facets.clone();
        if let Some(currency) = self.histogram {
            facets.push("salary");
            if !pairs.iter().any(|(name, _)| *name == "salary_currency") {
                pairs.push(("salary_currency", currency.to_owned()));
            }
        }
        if !facets.is_empty() {
            pairs.push(("facets", facets.join(",")));
        }
        pairs
    }

    /// Where distances are measured from.
    pub fn origin(&self) -> Option<Spot> {
        self.filters.iter().find_map(|filter| match filter {
            Filter::Near(spot, _) => Some(*spot),
            _ => None,
        })
    }
}
