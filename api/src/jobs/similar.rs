//! `GET /v1/jobs/{id}/similar`.

use crate::error::ApiError;
use crate::http::pages::refused;
use crate::http::query::{NoParameters, Query};
use crate::jobs::editor::JobReader;
use crate::jobs::view::JobView;
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use entity::job::Model;
use search::{Filter, Keyword, Kind, SearchIndex, Sort};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use utoipa::ToSchema;

/// Jobs that are answered.
const LIMIT: usize = 10;

/// Candidates with its words, or with any of its skills, that are looked at.
const CANDIDATES: usize = 100;

/// Candidates with one word of the title, with the same skills, or with all but one of them, that are looked
/// at: each.
const CLOSE_CANDIDATES: usize = 20;

/// What all searches for candidates may take together; then the best so far are answered.
const TIME: Duration = Duration::from_millis(500);

/// Skills that are left out in turn, and words that are looked for by themselves.
const EACH: usize = 8;

/// Jobs like another.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SimilarJobs {
    /// The most alike first.
    #[schema(max_items = 10)]
    pub items: Vec<JobView>,
}

/// Jobs like this one
///
/// Open jobs that ask for the same skills or have the same words in the title, the most alike first.
#[utoipa::path(
    tag = "Jobs",
    params(
        ("id" = String, Path, description = "Id or slug", example = "systems-administrator-rochdale", min_length = 1, max_length = 200),
    ),
    responses(
        (status = 200, description = "At most ten jobs", body = SimilarJobs),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security((), ("bearer" = []))
)]
#[get("/jobs/{id}/similar")]
pub async fn list_similar_jobs(
    state: web::Data<AppState>,
    reader: JobReader,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let index = state.index.index.clone();
    let now = state.clock.now().timestamp_micros();
    let items = web::block(move || similar(&index, &reader.job, now))
        .await
        .map_err(|_| ApiError::Internal("a search was cancelled"))??;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .json(SimilarJobs { items }))
}

fn similar(index: &SearchIndex, job: &Model, now: i64) -> Result<Vec<JobView>, ApiError> {
    let own = job.id.to_string();
    let mut found: BTreeMap<String, JobView> = BTreeMap::new();
    let start = Instant::now();
    for mut query in queries(job, now) {
        let left = TIME.saturating_sub(start.elapsed());
        if left.is_zero() {
            break;
        }
        query.time_budget = left;
        for hit in index.search(&query).map_err(refused)?.hits {
            if hit.id == own || found.contains_key(&hit.id) {
                continue;
            }
            let view = serde_json::from_str(&hit.view)
                .map_err(|_| ApiError::Internal("a view cannot be read"))?;
            found.insert(hit.id, view);
        }
    }
    let mut ranked: Vec<(u32, JobView)> = found
        .into_values()
        .map(|view| (likeness(job, &view), view))
        .filter(|(likeness, _)| *likeness > 0)
        .collect();
    // The newest of those that are equally alike; ids tell the rest apart, everywhere the same.
    ranked.sort_by(|(a, one), (b, other)| {
        (b, other.posted_at, other.id).cmp(&(a, one.posted_at, one.id))
    });
    Ok(ranked
        .into_iter()
        .take(LIMIT)
        .map(|(_, view)| view)
        .collect())
}

/// The newest that ask for its skills: all of them, all but one, any of them; and the best for its title. A
/// common skill has more new jobs than are looked at, while the most alike may be old. And where some have the
/// whole title, a search shows no others.
fn queries(job: &Model, now: i64) -> Vec<search::Query> {
    let query = search::Query {
        kinds: vec![Kind::Job],
        now,
        limit: CANDIDATES,
        ..search::Query::default()
    };
    let title = plain(&job.title);
    let mut queries = vec![search::Query {
        text: Some(title.clone()),
        sort: Sort::Relevance,
        ..query.clone()
    }];
    let words: BTreeSet<_> = title.split(' ').filter(|word| !word.is_empty()).collect();
    let mut words: Vec<_> = words.into_iter().collect();
    // Long words say most.
    words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    if words.len() > 1 {
        queries.extend(words.into_iter().take(EACH).map(|word| search::Query {
            text: Some(word.to_owned()),
            sort: Sort::Relevance,
            limit: CLOSE_CANDIDATES,
            ..query.clone()
        }));
    }
    let skills = &job.skills.0;
    if skills.is_empty() {
        return queries;
    }
    let newest = |filters, limit| search::Query {
        filters,
        limit,
        sort: Sort::PostedAt,
        ..query.clone()
    };
    queries.push(newest(vec![skill(skills)], CANDIDATES));
    let each: Vec<_> = skills.iter().map(std::slice::from_ref).map(skill).collect();
    if each.len() > 1 {
        queries.push(newest(each.clone(), CLOSE_CANDIDATES));
    }
    if each.len() > 2 {
        for left_out in 0..each.len().min(EACH) {
            let mut others = each.clone();
            others.remove(left_out);
            queries.push(newest(others, CLOSE_CANDIDATES));
        }
    }
    queries
}

/// Jobs that ask for any of these.
fn skill(any_of: &[String]) -> Filter {
    Filter::Keyword {
        field: Keyword::Skill,
        any_of: any_of.to_vec(),
        or_missing: false,
    }
}

/// The words of a title, without what a query means something by.
fn plain(title: &str) -> String {
    let words = title.split(|char: char| !char.is_alphanumeric());
    words
        .filter(|word| !word.is_empty())
        .take(search::MAX_QUERY_WORDS)
        .collect::<Vec<_>>()
        .join(" ")
}

/// How much two jobs are alike, from 0; skills count most, then the title.
fn likeness(job: &Model, view: &JobView) -> u32 {
    let fold = |words: &[String]| -> BTreeSet<String> {
        words.iter().map(|word| word.to_lowercase()).collect()
    };
    let words = |title: &str| -> BTreeSet<String> {
        plain(&title.to_lowercase())
            .split(' ')
            .map(str::to_owned)
            .collect()
    };
    let skills = share(&fold(&job.skills.0), &fold(&view.skills), 600);
    let title = share(&words(&job.title), &words(&view.title), 400);
    if skills + title == 0 {
        return 0;
    }
    let countries = |view: &JobView| -> BTreeSet<String> {
        let places = view
            .locations
            .iter()
            .filter_map(|place| place.country.clone());
        places.chain(view.applicant_countries.clone()).collect()
    };
    let places = job
        .locations
        .0
        .iter()
        .filter_map(|place| place.country.clone());
    let own: BTreeSet<String> = places.chain(job.applicant_countries.0.clone()).collect();
    let is_near = own.intersection(&countries(view)).next().is_some();
    skills
        + title
        + u32::from(is_near) * 60
        + u32::from(job.workplace == view.workplace) * 40
        + u32::from(job.seniority.is_some() && job.seniority == view.seniority) * 40
}

/// What two sets have in common, of all they have (Jaccard index), in parts of `whole`.
fn share(a: &BTreeSet<String>, b: &BTreeSet<String>, whole: u32) -> u32 {
    let common = u32::try_from(a.intersection(b).count()).unwrap_or(u32::MAX);
    let all = u32::try_from(a.union(b).count()).unwrap_or(u32::MAX);
    common.saturating_mul(whole).checked_div(all).unwrap_or(0)
}
