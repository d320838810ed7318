//! Atom feeds (RFC 4287) of the lists, for readers.

use crate::error::ApiError;
use crate::formats::markdown::page_html;
use crate::http::pages;
use crate::http::problem::{Fault, Faults};
use crate::http::query::Query;
use crate::jobs::view::JobView;
use crate::organizations::view::OrganizationView;
use crate::state::AppState;
use crate::vocabulary::visible::line;
use crate::web::page::tagged;
use crate::{jobs, organizations};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use atom_syndication::{Content, Entry, Feed, Generator, Link, Person, Text};
use chrono::{DateTime, Utc};
use entity::{job, organization};
use search::Sort;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Open jobs, the newest first.
#[get("/feeds/jobs.atom")]
pub async fn show_jobs_feed(
    state: web::Data<AppState>,
    request: HttpRequest,
    Query(parameters): Query<jobs::parameters::ListParameters>,
) -> Result<HttpResponse, ApiError> {
    refuse(&[
        ("sort", parameters.sort.is_some()),
        ("facets", !parameters.facets.is_empty()),
        ("highlight", parameters.highlight),
        ("explain", parameters.explain),
        ("cursor", parameters.cursor.is_some()),
        (
            "status",
            parameters
                .status
                .is_some_and(|status| status != job::Status::Published),
        ),
    ])?;
    let mut query = jobs::list::query(&state, parameters, &state.rates.current())?;
    query.sort = Sort::PostedAt;
    let jobs: Vec<JobView> = search(&state, query).await?;
    let entries = jobs.iter().map(|job| job_entry(&state, job)).collect();
    Ok(answer(&state, &request, ("Jobs", "/v1/jobs"), entries))
}

/// Organizations, the latest changed first.
#[get("/feeds/organizations.atom")]
pub async fn show_organizations_feed(
    state: web::Data<AppState>,
    request: HttpRequest,
    Query(parameters): Query<organizations::parameters::ListParameters>,
) -> Result<HttpResponse, ApiError> {
    refuse(&[
        ("sort", parameters.sort.is_some()),
        ("facets", !parameters.facets.is_empty()),
        ("highlight", parameters.highlight),
        ("explain", parameters.explain),
        ("cursor", parameters.cursor.is_some()),
        (
            "status",
            parameters
                .status
                .is_some_and(|status| status != organization::Status::Published),
        ),
    ])?;
    let mut query = organizations::list::query(parameters)?;
    query.sort = Sort::UpdatedAt;
    let organizations: Vec<OrganizationView> = search(&state, query).await?;
    let entries = organizations
        .iter()
        .map(|organization| organization_entry(&state, organization))
        .collect();
    let list = ("Organizations", "/v1/organizations");
    Ok(answer(&state, &request, list, entries))
}

/// What a list takes and a feed has no use for is a fault, not ignored.
fn refuse(given: &[(&str, bool)]) -> Result<(), ApiError> {
    let mut faults = Faults::default();
    for (name, _) in given.iter().filter(|(_, is_given)| *is_given) {
        faults.push(Fault::new(
            format!("/{name}"),
            "is not for feeds, which have one page of public records, the newest first; leave it out",
        ));
    }
    faults.or_none(())
}

async fn search<T: DeserializeOwned>(
    state: &AppState,
    query: search::Query,
) -> Result<Vec<T>, ApiError> {
    let page = pages::search(state, query).await?;
    let views = page.hits.iter().map(|hit| serde_json::from_str(&hit.view));
    views
        .collect::<Result<_, _>>()
        .map_err(|_| ApiError::Internal("a stored view cannot be read"))
}

/// A job as an entry.
pub fn job_entry(state: &AppState, job: &JobView) -> Entry {
    let employer = line(&job.organization.name);
    Entry {
        title: Text::plain(format!("{}, {employer}", line(&job.title))),
        published: job.posted_at.map(|at| at.fixed_offset()),
        links: vec![page_link(format!("{}/jobs/{}", state.public_url, job.slug))],
        ..entry(job.id, job.updated_at, employer, &job.description)
    }
}

fn organization_entry(state: &AppState, view: &OrganizationView) -> Entry {
    let name = line(&view.name);
    let about = view.description.as_deref().or(view.summary.as_deref());
    let url = format!("{}/organizations/{}", state.public_url, view.slug);
    Entry {
        title: Text::plain(name.clone()),
        published: Some(view.created_at.fixed_offset()),
        links: vec![page_link(url)],
        summary: view
            .summary
            .as_deref()
            .map(|summary| Text::plain(line(summary))),
        ..entry(view.id, view.updated_at, name, about.unwrap_or_default())
    }
}

fn entry(id: Uuid, updated: DateTime<Utc>, author: String, markdown: &str) -> Entry {
    Entry {
        id: id.urn().to_string(),
        updated: updated.fixed_offset(),
        authors: vec![Person {
            name: author,
            ..Person::default()
        }],
        content: Some(Content {
            value: Some(page_html(markdown)),
            content_type: Some("html".to_owned()),
            ..Content::default()
        }),
        ..Entry::default()
    }
}

fn page_link(href: String) -> Link {
    Link {
        href,
        rel: "alternate".to_owned(),
        mime_type: Some("text/html".to_owned()),
        ..Link::default()
    }
}

fn answer(
    state: &AppState,
    request: &HttpRequest,
    (name, list): (&str, &str),
    entries: Vec<Entry>,
) -> HttpResponse {
    let query = match request.query_string() {
        "" => String::new(),
        query => format!("?{query}"),
    };
    let link = |rel: &str, href: String, mime_type: Option<&str>| Link {
        href,
        rel: rel.to_owned(),
        mime_type: mime_type.map(str::to_owned),
        ..Link::default()
    };
    let base = &state.public_url;
    let own = format!("{base}{}{query}", request.path());
    let updated = entries.iter().map(|entry| entry.updated).max();
    let feed = Feed {
        id: feed_id(state.instance, request.path(), &query)
            .urn()
            .to_string(),
        title: Text::plain(format!("{name} · {}", state.post.instance_name())),
        updated: updated.unwrap_or_else(|| began(state.instance).fixed_offset()),
        links: vec![
            link("self", own, Some("application/atom+xml")),
            link(
                "alternate",
                format!("{base}{list}{query}"),
                Some("application/json"),
            ),
            link("license", state.license.clone(), None),
        ],
        generator: Some(Generator {
            value: "toadlane".to_owned(),
            ..Generator::default()
        }),
        entries,
        ..Feed::default()
    };
    let mut head = HttpResponse::Ok();
    // As the pages: it may be kept, but is asked about each time. A job may end at any moment.
    head.content_type("application/atom+xml; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-cache"));
    tagged(request, head, feed.to_string())
}

/// The same for the same question to the same instance, wherever it is served (RFC 4287 section 4.2.6).
fn feed_id(instance: Uuid, path: &str, query: &str) -> Uuid {
    let digest = Sha256::digest(format!("{instance}{path}{query}"));
    let mut bytes = [0; 16];
    for (byte, digested) in bytes.iter_mut().zip(digest) {
        *byte = digested;
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// When the instance was made, as its id says.
fn began(instance: Uuid) -> DateTime<Utc> {
    let (seconds, _) = instance.get_timestamp().map_or((0, 0), |at| at.to_unix());
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .unwrap_or_default()
}
