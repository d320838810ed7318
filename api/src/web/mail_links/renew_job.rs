//! `/renew-job`: gives a job more time.

use crate::changes::{Actor, WriteTransaction};
use crate::error::ApiError;
use crate::jobs::renew::{Renewal, renew};
use crate::mail::tokens;
use crate::state::AppState;
use crate::vocabulary::visible::line;
use crate::web::mail_link::{Form, Page, Values, show, show_fault};
use actix_web::{HttpRequest, HttpResponse, web};
use entity::ids::JobId;
use entity::job::{self, Status};
use entity::mail_token::{Model, Purpose};
use entity::membership;
use entity::{account, organization};
use sea_orm::{ConnectionTrait, EntityTrait};

/// Which job, and how long.
pub async fn show_page(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let values = Values::parse(request.query_string().as_bytes());
    match page(&state, values.get("token")).await {
        Ok(page) => show(&state, &page),
        Err(error) => show_fault(&state, Page::default(), error),
    }
}

/// Renews it.
pub async fn act(state: web::Data<AppState>, values: Values) -> Result<HttpResponse, ApiError> {
    let token = values.get("token");
    let page = match page(&state, token).await {
        Ok(page) => page,
        Err(error) => return show_fault(&state, Page::default(), error),
    };
    match carry_out(&state, token).await {
        Ok(end) => show(
            &state,
            &Page {
                title: "Renewed".to_owned(),
                text: format!("The job is open until {end}."),
                form: None,
            },
        ),
        Err(ApiError::JobPosted(twin)) => {
            let fault = posted_anew(&state, twin).await?;
            show_fault(&state, page, fault)
        }
        Err(error) => show_fault(&state, page, error),
    }
}

async fn carry_out(state: &AppState, token: &str) -> Result<String, ApiError> {
    let now = state.clock.now();
    let mut txn = WriteTransaction::begin(&state.store).await?;
    let found = tokens::take(&*txn, Purpose::RenewJob, token, now).await?;
    let (job, actor) = job_and_editor(&*txn, &found).await?;
    let renewal = Renewal {
        asked: None,
        allow_duplicate: false,
        actor,
        at: now,
    };
    let (row, _) = renew(&mut txn, &job, renewal).await?;
    txn.commit().await?;
    let end = row.valid_through.unwrap_or(now);
    Ok(end.format("%-d %B %Y").to_string())
}

async fn posted_anew(state: &AppState, twin: JobId) -> Result<ApiError, ApiError> {
    let twin = job::Entity::find_by_id(twin).one(&state.store.db).await?;
    let slug = twin.map_or_else(String::new, |twin| twin.slug);
    Ok(ApiError::Conflict(format!(
        "the same job is posted already, at {}/jobs/{slug}; close that one first if you want this one to be open",
        state.public_url
    )))
}

/// The job of a token, and whoever got it, if they still edit for its organization.
async fn job_and_editor(
    db: &impl ConnectionTrait,
    token: &Model,
) -> Result<(job::Model, Actor), ApiError> {
    let lapsed = || ApiError::field("/token", "is of a job that you do not edit any more");
    let job = job::Entity::find_by_id(JobId(token.record_id))
        .one(db)
        .await?
        .filter(|job| job.status != Status::Deleted)
        .ok_or_else(lapsed)?;
    let account = account::Entity::find_by_login(&token.email)
        .one(db)
        .await?
        .filter(|account| account.suspended_at.is_none())
        .ok_or_else(lapsed)?;
    let membership = membership::Entity::find_by_id((job.organization_id, account.id))
        .one(db)
        .await?
        .ok_or_else(lapsed)?;
    let actor = Actor {
        account: Some(account.id.0),
        role: membership.role.into(),
        source: None,
    };
    Ok((job, actor))
}

async fn page(state: &AppState, token: &str) -> Result<Page, ApiError> {
    let db = &state.store.db;
    let found = tokens::look(db, Purpose::RenewJob, token, state.clock.now()).await?;
    let (job, _) = job_and_editor(db, &found).await?;
    let employer = organization::Entity::find_by_id(job.organization_id)
        .one(db)
        .await?
        .map_or_else(String::new, |row| line(&row.name));
    Ok(Page {
        title: format!(
            "Is the job \u{201c}{}\u{201d} still open?",
            line(&job.title)
        ),
        text: format!("Then it stays listed for {employer} for at least 60 days from today."),
        form: Some(Form {
            action: "/renew-job",
            token: token.to_owned(),
            fields: Vec::new(),
            button: "Renew it",
        }),
    })
}
