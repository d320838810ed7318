//! `/organizations/{id or slug}`: an organization, for people and crawlers.

use crate::error::ApiError;
use crate::formats::markdown;
use crate::jobs::view::JobView;
use crate::organizations::attestations::view::Attestation;
use crate::organizations::editor::{Found, read};
use crate::organizations::view::OrganizationView;
use crate::state::AppState;
use crate::vocabulary::visible::line;
use crate::web::facts::{Fact, day, is_link};
use crate::web::job::shortened;
use crate::web::json_ld;
use crate::web::page::{self, Link};
use crate::web::{job_facts, organization_facts};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, get, web};
use askama::Template;
use entity::attestation::Kind;
use entity::ids::OrganizationId;
use entity::job;
use entity::organization::{self, VerificationLevel, Viewer};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// Jobs that are listed.
const MAX_JOBS: u64 = 100;

#[derive(Template)]
#[template(path = "organization.html")]
struct View<'a> {
    instance_name: &'a str,
    id: Uuid,
    url: String,
    name: String,
    summary: String,
    /// What search engines show.
    about: String,
    json_ld: String,
    facts: Vec<Fact>,
    description: String,
    jobs: Vec<Job>,
    verification: &'static str,
    attestations: Vec<Vouch>,
}

/// A job of the list.
struct Job {
    slug: String,
    title: String,
    about: String,
}

/// Somebody's word.
struct Vouch {
    kind: &'static str,
    issuer: String,
    issuer_url: Option<String>,
    evidence_url: Option<String>,
    since: String,
}

/// The page of a public organization. That of one that was merged is its survivor's; 410 for one that is no
/// longer public.
#[get("/organizations/{id}")]
pub async fn show_organization(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let row = match read(&request, Viewer::Anonymous).await {
        Ok(Found::Here(found)) => found.0.organization,
        Ok(Found::Merged(survivor)) => return moved(&state, survivor, "").await,
        Err(ApiError::Gone(_)) => {
            let words = (
                "This organization is no longer listed",
                "It closed, asked to leave, or a moderator took it down.",
            );
            return page::notice(&state, StatusCode::GONE, words, &[others()]);
        }
        Err(ApiError::NotFound(_)) => {
            let words = (
                "There is no such organization",
                "The address may be misspelt, or the listing is not public.",
            );
            return page::notice(&state, StatusCode::NOT_FOUND, words, &[others()]);
        }
        Err(error) => return Err(error),
    };
    let jobs = open_jobs(&state, &row).await?;
    let view = OrganizationView::from(row);
    let url = view.page(&state.public_url);
    let summary = view.summary.as_deref().map(line).unwrap_or_default();
    let description = view.description.as_deref().unwrap_or_default();
    let about = match summary.as_str() {
        "" => markdown::words(description),
        summary => summary.to_owned(),
    };
    page::public(
        &request,
        &View {
            instance_name: state.post.instance_name(),
            id: view.id,
            name: line(&view.name),
            summary,
            about: shortened(&about),
            json_ld: json_ld::script(&json_ld::organization(&view, &url)),
            url,
            facts: organization_facts::facts(&view),
            description: markdown::page_html(description),
            jobs,
            verification: level(view.verification.level),
            attestations: view.verification.attestations.iter().map(vouch).collect(),
        },
    )
}

/// Leads to the survivor's page, or to what is `below` it.
///
/// # Errors
/// Whatever the database answers.
pub async fn moved(
    state: &AppState,
    survivor: OrganizationId,
    below: &str,
) -> Result<HttpResponse, ApiError> {
    let row = organization::Entity::find_by_id(survivor)
        .one(&state.store.db)
        .await?;
    let name = row.map_or_else(|| survivor.to_string(), |row| row.slug);
    Ok(HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, format!("/organizations/{name}{below}")))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .finish())
}

fn others() -> Link {
    Link {
        url: "/feeds/organizations.atom".to_owned(),
        text: "Other organizations, as a feed".to_owned(),
    }
}

/// The newest first.
async fn open_jobs(
    state: &AppState,
    organization: &organization::Model,
) -> Result<Vec<Job>, ApiError> {
    let now = state.clock.now();
    let rows = job::Entity::public(now)
        .filter(job::Column::OrganizationId.eq(organization.id))
        .order_by_desc(job::Column::PostedAt)
        .order_by_desc(job::Column::Id)
        .limit(MAX_JOBS)
        .all(&state.store.db)
        .await?;
    let jobs = rows.into_iter().map(|row| {
        let job = JobView::new(row, organization, now);
        Job {
            title: line(&job.title),
            about: line(&job_facts::in_short(&job)),
            slug: job.slug,
        }
    });
    Ok(jobs.collect())
}

fn level(level: VerificationLevel) -> &'static str {
    match level {
        VerificationLevel::None => "Nobody yet.",
        VerificationLevel::Itself => {
            "The organization itself: it has shown that its website is its own."
        }
        VerificationLevel::Partner => "One verified organization does.",
        VerificationLevel::Verified => "This organization is verified.",
    }
}

fn vouch(attestation: &Attestation) -> Vouch {
    Vouch {
        kind: match attestation.kind {
            Kind::Membership => "Member",
            Kind::Registration => "In a register",
            Kind::PeerVouch => "Known to",
            Kind::Document => "By a document",
        },
        issuer: line(&attestation.issuer),
        issuer_url: attestation
            .issuer_organization_id
            .map(|id| format!("/organizations/{id}")),
        evidence_url: attestation.evidence_url.clone().filter(|url| is_link(url)),
        since: day(attestation.valid_from.date_naive()),
    }
}
