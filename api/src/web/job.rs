//! `/jobs/{id or slug}`: a job, for people and crawlers.

use crate::error::ApiError;
use crate::formats::markdown;
use crate::jobs::editor::{JobReader, read};
use crate::jobs::view::JobView;
use crate::organizations::view::OrganizationView;
use crate::state::AppState;
use crate::vocabulary::visible::line;
use crate::web::facts::{self, Fact};
use crate::web::job_facts;
use crate::web::json_ld;
use crate::web::page::{self, Link};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, web};
use askama::Template;
use entity::job::Status;
use entity::organization::Viewer;
use uuid::Uuid;

/// Characters of the text that search engines show.
const SUMMARY_CHARS: usize = 160;

#[derive(Template)]
#[template(path = "job.html")]
struct View<'a> {
    instance_name: &'a str,
    id: Uuid,
    slug: &'a str,
    url: String,
    title: String,
    employer: String,
    employer_slug: &'a str,
    in_short: String,
    summary: String,
    json_ld: Option<String>,
    /// The last segment of where to apply, and what its link says.
    apply: (&'static str, String),
    facts: Vec<Fact>,
    description: String,
}

/// The page of an open job; 410 for one that is closed.
#[get("/jobs/{id}")]
pub async fn show_job(
    state: web::Data<AppState>,
    request: HttpRequest,
    name: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let reader = match open(&state, &name).await? {
        Ok(reader) => reader,
        Err(answer) => return Ok(answer),
    };
    let job = JobView::new(reader.job, &reader.organization, state.clock.now());
    let employer = OrganizationView::from(reader.organization);
    let json_ld = json_ld::job_posting(&job, &employer, &state.public_url);
    page::public(
        &request,
        &View {
            instance_name: state.post.instance_name(),
            id: job.id,
            slug: &job.slug,
            url: format!("{}/jobs/{}", state.public_url, job.slug),
            title: line(&job.title),
            employer: line(&employer.name),
            employer_slug: &employer.slug,
            in_short: line(&job_facts::in_short(&job)),
            summary: shortened(&markdown::words(&job.description)),
            json_ld: json_ld.as_ref().map(json_ld::script),
            apply: apply(&job),
            facts: job_facts::facts(&job, &employer, &state.public_url),
            description: markdown::page_html(&job.description),
        },
    )
}

/// An open job, or the page that says why there is none.
///
/// # Errors
/// Those that are no fault of the person.
pub async fn open(
    state: &AppState,
    name: &str,
) -> Result<Result<JobReader, HttpResponse>, ApiError> {
    match read(state, name, Viewer::Anonymous).await {
        Ok((reader, _)) if reader.job.is_open(state.clock.now()) => Ok(Ok(reader)),
        Ok((reader, _)) => closed(state, &reader).map(Err),
        Err(ApiError::Gone(_)) => {
            let words = (
                "This job is no longer listed",
                "It was taken down, or its employer is not listed here any more.",
            );
            page::notice(state, StatusCode::GONE, words, &[all_jobs()]).map(Err)
        }
        Err(ApiError::NotFound(_)) => {
            let words = (
                "There is no such job",
                "The address may be misspelt, or the job is not public.",
            );
            page::notice(state, StatusCode::NOT_FOUND, words, &[all_jobs()]).map(Err)
        }
        Err(error) => Err(error),
    }
}

fn closed(state: &AppState, reader: &JobReader) -> Result<HttpResponse, ApiError> {
    let (job, employer) = (&reader.job, &reader.organization);
    let name = line(&employer.name);
    let why = match (job.status, job.valid_through) {
        (Status::Filled, _) => format!("{name} has found somebody for it."),
        (Status::Withdrawn, _) => format!("{name} has taken it back."),
        (_, Some(end)) => format!("{name} took applications until {}.", facts::moment(end)),
        (_, None) => format!("{name} takes no more applications for it."),
    };
    let text = format!("\u{201c}{}\u{201d} is closed: {why}", line(&job.title));
    let links = [
        Link {
            url: format!("/organizations/{}", employer.slug),
            text: format!("{name} and its open jobs"),
        },
        Link {
            url: format!("/v1/jobs?organization_id={}", employer.id),
            text: "Its open jobs as data".to_owned(),
        },
        all_jobs(),
    ];
    let words = ("This job is no longer open", text.as_str());
    page::notice(state, StatusCode::GONE, words, &links)
}

fn all_jobs() -> Link {
    Link {
        url: "/feeds/jobs.atom".to_owned(),
        text: "All new jobs as a feed".to_owned(),
    }
}

fn apply(job: &JobView) -> (&'static str, String) {
    let Some(url) = &job.apply_url else {
        return ("email", "Apply by mail".to_owned());
    };
    let url = url::Url::parse(url).ok();
    let host = url
        .as_ref()
        .and_then(url::Url::host_str)
        .unwrap_or_default();
    ("apply", format!("Apply at {host}"))
}

/// The beginning, up to a word's end.
pub fn shortened(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(SUMMARY_CHARS) else {
        return text.to_owned();
    };
    let start = text.get(..end).unwrap_or_default();
    let start = start.rsplit_once(' ').map_or(start, |(start, _)| start);
    format!("{start}\u{2026}")
}
