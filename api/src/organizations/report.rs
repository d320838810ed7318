//! `POST /v1/organizations/{id}/reports`.

use crate::auth::account::Viewer;
use crate::auth::register::check_email;
use crate::changes::{Actor, WriteTransaction};
use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::client_address::client_address;
use crate::http::idempotency::{Answer, IdempotencyKey};
use crate::http::members::Members;
use crate::http::query::{NoParameters, Query};
use crate::http::rate_limit::network;
use crate::moderation::note;
use crate::moderation::reports::REASONS;
use crate::organizations::editor::{OrganizationReader, not_found};
use crate::outbound::Reach;
use crate::state::AppState;
use actix_web::{HttpRequest, HttpResponse, post, web};
use chrono::{DateTime, TimeDelta, Utc};
use entity::change::ActorRole;
use entity::ids::OrganizationId;
use entity::organization::{self, Status};
use entity::report::{self, Reason};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait,
    QueryFilter,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

/// How long after it is closed the reporter's address is kept.
const KEEP_ADDRESS: TimeDelta = TimeDelta::days(90);

/// Reports that an account, or the network of whoever has none here, may send in a day.
const MOST_A_DAY: u64 = 30;

/// What is wrong with a listing.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "closed", "detail": "The shop closed in spring."}))]
pub struct NewReport {
    /// What is wrong.
    #[schema(schema_with = crate::moderation::reports::reason)]
    pub reason: Reason,
    /// In your words.
    #[schema(
        max_length = 2000,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$",
        required = false
    )]
    pub detail: Option<String>,
    /// Where the moderators may write to you. Only they see it, and it is erased 90 days after the report
    /// is closed.
    #[schema(max_length = 254, format = Email, required = false)]
    pub email: Option<String>,
}

impl NewReport {
    fn read(body: JsonObject, reach: Reach) -> Result<Self, ApiError> {
        let mut members = Members::new(body.members);
        let reason = members.required_choice("reason", &REASONS);
        let report = Self {
            // One that is missing or unknown is a fault, and then this one is never used.
            reason: reason.unwrap_or(Reason::Other),
            detail: note::read(&mut members, "detail"),
            email: members
                .text("email")
                .map(|email| email.trim().to_lowercase()),
        };
        let mut faults = members.finish();
        if let Some(email) = &report.email {
            check_email(email, reach, &mut faults);
        }
        faults.or_none(report)
    }
}

/// Report an organization
///
/// Tells the moderators that something is wrong with a public listing. Anybody may; who says the same
/// about it twice on a day has said it once.
#[utoipa::path(
    tag = "Organizations",
    params(
        ("id" = String, Path, description = "Id or slug", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        ("Idempotency-Key" = Option<String>, Header, description = "A quoted string of your choice: the same request with the same key is done once and answered again from store for 48 hours", max_length = 255, pattern = r#"^([!#-+\x2d-:<-~]{1,255}|"([ !#-\[\]-~]|\\["\\]){1,120}")$"#),
    ),
    request_body = NewReport,
    responses(
        (status = 202, description = "The moderators will look at it"),
        (status = 409, description = "A request with this Idempotency-Key is still running, or you have sent 30 reports today", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 422, description = "The Idempotency-Key came with another request before", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security((), ("bearer" = []))
)]
#[post("/organizations/{id}/reports")]
pub async fn report_organization(
    state: web::Data<AppState>,
    reader: OrganizationReader,
    viewer: Viewer,
    request: HttpRequest,
    _: Query<NoParameters>,
    key: IdempotencyKey,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let (actor, reporter) = (actor(viewer), reporter(&state, viewer, &request));
    let key = key.claim(caller(&reporter), &request, &body.raw)?;
    let report = NewReport::read(body, state.outbound.reach())?;
    // Its editors may read it, but there is nothing to report about what nobody sees.
    if reader.organization.status != Status::Published {
        return Err(not_found());
    }
    let (id, now) = (reader.organization.id, state.clock.now());
    let mut txn = WriteTransaction::begin(&state.store).await?;
    if let Some(claim) = &key
        && let Some(answer) = claim.stored(&mut txn, &actor, state.clock.now()).await?
    {
        return Ok(answer);
    }
    let day = reporter_of_day(&reporter, now);
    check_room(&txn, &day).await?;
    report::Entity::insert(report::ActiveModel {
        id: Set(state.clock.new_id()),
        organization_id: Set(id),
        same_as: Set(Some(same_as(&reporter, id, report.reason, now))),
        reason: Set(report.reason),
        reporter: Set(Some(day)),
        detail: Set(report.detail),
        email: Set(report.email),
        created_at: Set(now),
        closed_at: Set(None),
        closed_by: Set(None),
        outcome: Set(None),
        note: Set(None),
    })
    .on_conflict(
        OnConflict::column(report::Column::SameAs)
            .do_nothing()
            .to_owned(),
    )
    .exec_without_returning(&*txn)
    .await?;
    let answer = Answer {
        status: 202,
        headers: Vec::new(),
        body: String::new(),
    };
    if let Some(claim) = &key {
        claim.store(&txn, &answer, id.0, now).await?;
    }
    txn.commit().await?;
    answer.respond()
}

/// Whether somebody may report one more thing today.
async fn check_room(txn: &WriteTransaction, reporter: &str) -> Result<(), ApiError> {
    let sent = report::Entity::find()
        .filter(report::Column::Reporter.eq(reporter))
        .count(&**txn)
        .await?;
    if sent < MOST_A_DAY {
        return Ok(());
    }
    Err(ApiError::Conflict(format!(
        "{MOST_A_DAY} reports a day are the most; send the rest tomorrow (UTC)"
    )))
}

/// The account that reports, if one does.
fn actor(viewer: Viewer) -> Actor {
    let account = match viewer.0 {
        organization::Viewer::Account(id, _) => Some(id.0),
        organization::Viewer::Anonymous => None,
    };
    Actor {
        account,
        role: ActorRole::Owner,
        source: None,
    }
}

/// Who reports: the account, or the network of whoever has none here.
fn reporter(state: &AppState, viewer: Viewer, request: &HttpRequest) -> String {
    match viewer.0 {
        organization::Viewer::Account(id, _) => id.to_string(),
        organization::Viewer::Anonymous => client_address(request.head(), &state.trusted_proxies)
            .map(|client| network(client).to_string())
            .unwrap_or_default(),
    }
}

/// Whose `Idempotency-Key` it is.
fn caller(reporter: &str) -> Uuid {
    let mut id = [0; 16];
    id.copy_from_slice(&Sha256::digest(reporter.as_bytes())[..16]);
    Uuid::from_bytes(id)
}

fn reporter_of_day(reporter: &str, now: DateTime<Utc>) -> String {
    let text = format!("{reporter}\n{}", now.date_naive());
    format!("{:x}", Sha256::digest(text.as_bytes()))
}

fn same_as(reporter: &str, id: OrganizationId, reason: Reason, now: DateTime<Utc>) -> String {
    let day = now.date_naive();
    let text = format!("{reporter}\n{id}\n{reason:?}\n{day}");
    format!("{:x}", Sha256::digest(text.as_bytes()))
}

/// Erases the reports about an organization, with its deletion.
///
/// # Errors
/// Whatever the database answers.
pub async fn forget(txn: &impl ConnectionTrait, id: OrganizationId) -> Result<(), DbErr> {
    report::Entity::delete_many()
        .filter(report::Column::OrganizationId.eq(id))
        .exec(txn)
        .await?;
    Ok(())
}

/// Forgets who reported what when the day is over, and the addresses of reports closed 90 days ago.
///
/// # Errors
/// Whatever the database answers.
pub async fn sweep(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    report::Entity::update_many()
        .col_expr(report::Column::SameAs, Expr::value(None::<String>))
        .col_expr(report::Column::Reporter, Expr::value(None::<String>))
        .filter(
            Condition::any()
                .add(report::Column::SameAs.is_not_null())
                .add(report::Column::Reporter.is_not_null()),
        )
        .filter(report::Column::CreatedAt.lt(now - TimeDelta::days(1)))
        .exec(db)
        .await?;
    report::Entity::update_many()
        .col_expr(report::Column::Email, Expr::value(None::<String>))
        .filter(report::Column::Email.is_not_null())
        .filter(report::Column::ClosedAt.lt(now - KEEP_ADDRESS))
        .exec(db)
        .await?;
    Ok(())
}
