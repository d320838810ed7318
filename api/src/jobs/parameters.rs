//! The query string of the list of jobs.

use crate::error::ApiError;
use crate::http::query::{FromParameters, Parameters};
use crate::jobs::filters::filters;
use crate::jobs::salary_filter::SalaryFilter;
use crate::money::Rates;
use entity::job::Status;
use search::{Filter, Keyword, Sort};
use utoipa::IntoParams;
use uuid::Uuid;

/// A field whose values are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Facet {
    /// One with values.
    Keyword(Keyword),
    /// Salaries by how much, in the asked currency, per year.
    Salary,
}

/// What to list, in which order, how much of it.
///
/// A filter that is repeated is OR within it; different filters are AND. A job that does not state a value
/// is left out by a filter on it, unless `…_unspecified=include`.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct ListParameters {
    /// Words to search for; `"a phrase"`, `-without`.
    #[param(
        min_length = 1,
        max_length = 512,
        pattern = r"^[^\x00]*$",
        example = "administrator"
    )]
    pub q: Option<String>,
    /// Search as you type: the last word of `q` is a prefix from the start.
    #[param(required = false, default = false)]
    pub prefix: bool,
    /// Adds `highlights` to each item.
    #[param(required = false, default = false)]
    pub highlight: bool,
    /// Prefers records that have what words of `q` stand for (a place, a skill, a way to work) among those that
    /// match as well; what they were taken for is in `interpreted`.
    #[param(required = false, default = true)]
    pub interpret: bool,
    /// Moderators only: adds `explanation`, why these were found.
    #[param(required = false, default = false)]
    pub explain: bool,
    /// `organization` shows the best job of each organization only; `total` and facets still count all.
    #[param(value_type = Option<String>, schema_with = collapse_schema, required = false)]
    pub collapse: bool,
    /// `relevance` is the default with `q`, `-posted_at` without; `distance` needs `near`.
    #[param(value_type = Option<String>, schema_with = sort_schema, required = false)]
    pub sort: Option<Sort>,
    /// Comma-separated: fields whose values are counted. `salary` counts by yearly pay, in `salary_currency`.
    #[param(value_type = Option<String>, required = false, pattern = "^(country|locality|skill|workplace|employment_type|seniority|membership_track|pay_policy|organization_type|salary)(,(country|locality|skill|workplace|employment_type|seniority|membership_track|pay_policy|organization_type|salary))*$", example = "country,skill")]
    pub facets: Vec<Facet>,
    /// Items per page.
    #[param(minimum = 1, maximum = 100, default = 20, required = false)]
    pub limit: usize,
    /// `next_cursor` of the page before; keep the other parameters.
    #[param(min_length = 1, max_length = 2048, pattern = "^[A-Za-z0-9_-]+$")]
    pub cursor: Option<String>,
    /// Only moderators may ask for anything but `published`; combines with `organization_id`, `limit` and
    /// `cursor` only.
    #[param(value_type = Option<String>, schema_with = crate::jobs::schema::status, required = false)]
    pub status: Option<Status>,
    /// Whose jobs.
    #[param(value_type = Vec<Uuid>, required = false, max_items = 100)]
    pub organization_id: Vec<String>,
    /// The filters below, but for the salary.
    #[param(ignore)]
    pub filters: Vec<Filter>,
    /// What a job must pay.
    #[param(ignore)]
    pub salary: SalaryFilter,
}

const SORTS: [(&str, Sort); 5] = [
    ("relevance", Sort::Relevance),
    ("-posted_at", Sort::PostedAt),
    ("-salary", Sort::Salary),
    ("valid_through", Sort::ValidThrough),
    ("distance", Sort::Distance),
];

const FACETS: [(&str, Facet); 10] = [
    ("country", Facet::Keyword(Keyword::Country)),
    ("locality", Facet::Keyword(Keyword::Locality)),
    ("skill", Facet::Keyword(Keyword::Skill)),
    ("workplace", Facet::Keyword(Keyword::Workplace)),
    ("employment_type", Facet::Keyword(Keyword::EmploymentType)),
    ("seniority", Facet::Keyword(Keyword::Seniority)),
    ("membership_track", Facet::Keyword(Keyword::MembershipTrack)),
    ("pay_policy", Facet::Keyword(Keyword::PayPolicy)),
    (
        "organization_type",
        Facet::Keyword(Keyword::OrganizationType),
    ),
    ("salary", Facet::Salary),
];

impl FromParameters for ListParameters {
    fn from_parameters(parameters: &mut Parameters) -> Self {
        let q = parameters.one("q");
        let (prefix, highlight) = (parameters.flag("prefix"), parameters.flag("highlight"));
        let interpret = parameters.flag_or("interpret", true);
        let explain = parameters.flag("explain");
        let collapse = parameters.choice("collapse", &[("organization", ())]);
        let sort = parameters.choice("sort", &SORTS);
        let mut facets: Vec<Facet> = Vec::new();
        for facet in parameters.choices("facets", &FACETS) {
            if !facets.contains(&facet) {
                facets.push(facet);
            }
        }
        let status = parameters.choice("status", &statuses());
        let organization_id = organizations(parameters);
        let filters = filters(parameters, &organization_id);
        let has_near = filters
            .iter()
            .any(|filter| matches!(filter, Filter::Near { .. }));
        if sort == Some(Sort::Distance) && !has_near {
            parameters.fault("sort", "distance needs near=lat,lon");
        }
        Self {
            q,
            prefix,
            highlight,
            interpret,
            explain,
            collapse: collapse.is_some(),
            sort,
            facets,
            limit: parameters.number("limit", 1..=100, 20),
            cursor: parameters.one("cursor"),
            status,
            salary: SalaryFilter::read(parameters),
            organization_id,
            filters,
        }
    }
}

impl ListParameters {
    /// All filters, the salary converted.
    ///
    /// # Errors
    /// A fault of `/salary_currency` when there is no rate for it.
    pub fn filters(&self, rates: &Rates) -> Result<Vec<Filter>, ApiError> {
        let mut filters = self.filters.clone();
        filters.extend(self.salary.filter(rates)?);
        Ok(filters)
    }
}

fn statuses() -> Vec<(&'static str, Status)> {
    let listed = Status::WORDS.iter().copied();
    listed
        .filter(|(_, status)| *status != Status::Deleted)
        .collect()
}

fn organizations(parameters: &mut Parameters) -> Vec<String> {
    let ids = parameters.many("organization_id");
    let read = |id: &String| Uuid::try_parse(id).ok().map(|id| id.to_string());
    if ids.iter().any(|id| read(id).is_none()) {
        parameters.fault(
            "organization_id",
            "must be the id of an organization, a UUID",
        );
    }
    ids.iter().filter_map(read).collect()
}

fn sort_schema() -> utoipa::openapi::Object {
    utoipa::openapi::ObjectBuilder::from(crate::vocabulary::schema::words(
        SORTS.iter().map(|(word, _)| *word),
    ))
    .description(Some(
        "`relevance` is the default with `q`, `-posted_at` without; `distance` needs `near`.",
    ))
    .build()
}

fn collapse_schema() -> utoipa::openapi::Object {
    crate::vocabulary::schema::described_words(
        &["organization"],
        "Shows the best job of each organization only.",
    )
}
