//! `GET /v1/moderation/reports`, `POST /v1/moderation/reports/{id}/close`.

use crate::auth::account::Moderator;
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::members::Members;
use crate::http::query::{FromParameters, NoParameters, Parameters, Query};
use crate::http::{cursor, pages};
use crate::moderation::note;
use crate::moderation::queue::{QueueOrganization, organizations};
use crate::organizations::managed;
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use entity::organization;
use entity::report::{self, Outcome, Reason};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What may be wrong with a listing.
pub const REASONS: [(&str, Reason); 7] = [
    ("spam", Reason::Spam),
    ("not_a_cooperative", Reason::NotACooperative),
    ("closed", Reason::Closed),
    ("wrong_data", Reason::WrongData),
    ("personal_data", Reason::PersonalData),
    ("duplicate", Reason::Duplicate),
    ("other", Reason::Other),
];

/// A report.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6072", "organization": {"id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071", "slug": "rochdale-society-of-equitable-pioneers", "name": "Rochdale Society of Equitable Pioneers", "status": "published"}, "reason": "closed", "detail": "The shop closed in spring.", "email": null, "created_at": "2026-01-02T09:30:00Z", "closed_at": null, "closed_by": null, "outcome": null, "note": null}))]
pub struct ReportView {
    /// Id.
    pub id: Uuid,
    /// The organization it is about.
    pub organization: Option<QueueOrganization>,
    /// What is said to be wrong.
    #[schema(schema_with = crate::moderation::reports::reason)]
    pub reason: Reason,
    /// In the reporter's words.
    pub detail: Option<String>,
    /// Where to write to the reporter; erased 90 days after the report is closed.
    pub email: Option<String>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When a moderator closed it.
    pub closed_at: Option<DateTime<Utc>>,
    /// The moderator's account.
    pub closed_by: Option<Uuid>,
    /// What came of it.
    #[schema(schema_with = crate::moderation::reports::outcome_or_null)]
    pub outcome: Option<Outcome>,
    /// What the moderator noted.
    pub note: Option<String>,
}

/// A page of reports.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ReportPage {
    /// Oldest first.
    #[schema(max_items = 100)]
    pub items: Vec<ReportView>,
    /// Where the next page starts; `null` on the last.
    pub next_cursor: Option<String>,
}

/// What came of a report.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"outcome": "acted", "note": "Archived."}))]
pub struct Closing {
    /// `acted` when the listing was changed or taken down, `dismissed` when nothing had to be done.
    #[schema(schema_with = crate::moderation::reports::outcome)]
    pub outcome: Outcome,
    /// In a few words, for the other moderators.
    #[schema(
        max_length = 2000,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$",
        required = false
    )]
    pub note: Option<String>,
}

/// Parameters of the list.
#[derive(Clone, Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReportParameters {
    /// Only those that are open, or only those that are closed.
    #[param(value_type = Option<String>, schema_with = crate::moderation::reports::state, required = false)]
    pub state: Option<bool>,
    /// Reports per page.
    #[param(minimum = 1, maximum = 100, default = 20, required = false)]
    pub limit: u64,
    /// `next_cursor` of the page before.
    #[param(min_length = 1, max_length = 2048, pattern = "^[A-Za-z0-9_-]+$")]
    pub cursor: Option<String>,
}

impl FromParameters for ReportParameters {
    fn from_parameters(parameters: &mut Parameters) -> Self {
        Self {
            state: parameters.choice("state", &[("open", true), ("closed", false)]),
            limit: parameters.number("limit", 1..=100, 20),
            cursor: parameters.one("cursor"),
        }
    }
}

/// Open or closed.
pub fn state() -> utoipa::openapi::Object {
    crate::vocabulary::schema::described_words(
        &["open", "closed"],
        "Only those that are open, or only those that are closed.",
    )
}

/// What may be wrong with a listing.
pub fn reason() -> utoipa::openapi::Object {
    crate::vocabulary::schema::words(REASONS.iter().map(|(word, _)| *word))
}

/// What may come of a report.
pub fn outcome() -> utoipa::openapi::Object {
    crate::vocabulary::schema::words(Outcome::WORDS.iter().map(|(word, _)| *word))
}

/// What came of a report, if it is closed.
pub fn outcome_or_null() -> utoipa::openapi::Object {
    use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .enum_values(Some([Some("dismissed"), Some("acted"), None]))
        .build()
}

impl ReportView {
    fn new(row: report::Model, organization: Option<QueueOrganization>) -> Self {
        Self {
            id: row.id,
            organization,
            reason: row.reason,
            detail: row.detail,
            email: row.email,
            created_at: row.created_at,
            closed_at: row.closed_at,
            closed_by: row.closed_by,
            outcome: row.outcome,
            note: row.note,
        }
    }
}

impl Closing {
    fn read(body: JsonObject) -> Result<Self, ApiError> {
        let mut members = Members::new(body.members);
        let outcome = members.required_choice("outcome", Outcome::WORDS);
        let note = note::read(&mut members, "note");
        members.finish().or_none(Self {
            outcome: outcome.unwrap_or(Outcome::Dismissed),
            note,
        })
    }
}

/// Reports
///
/// What people reported about listings, oldest first.
#[utoipa::path(
    tag = "Moderation",
    params(ReportParameters),
    responses((status = 200, description = "Reports", body = ReportPage)),
    security(("bearer" = []))
)]
#[get("/moderation/reports")]
pub async fn list_reports(
    state: web::Data<AppState>,
    _: Moderator,
    request: HttpRequest,
    Query(parameters): Query<ReportParameters>,
) -> Result<HttpResponse, ApiError> {
    let mut query = report::Entity::find();
    match parameters.state {
        None => {}
        Some(true) => query = query.filter(report::Column::ClosedAt.is_null()),
        Some(false) => query = query.filter(report::Column::ClosedAt.is_not_null()),
    }
    if let Some(cursor) = &parameters.cursor {
        query = query.filter(report::Column::Id.gt(cursor::decode::<Uuid>(cursor)?));
    }
    let db = &state.store.db;
    let mut rows = query
        .order_by_asc(report::Column::Id)
        .limit(parameters.limit + 1)
        .all(db)
        .await?;
    let next_cursor = pages::cut(&mut rows, parameters.limit, |last| last.id)?;
    let about = organizations(db, rows.iter().map(|row| row.organization_id)).await?;
    let items = rows
        .into_iter()
        .map(|row| {
            let organization = about.get(&row.organization_id).cloned();
            ReportView::new(row, organization)
        })
        .collect();
    Ok(pages::begin(&state, &request, next_cursor.as_deref())
        .json(ReportPage { items, next_cursor }))
}

/// Close a report
///
/// Once. The reporter is told nothing.
#[utoipa::path(
    tag = "Moderation",
    params(("id" = Uuid, Path, description = "Id of the report")),
    request_body = Closing,
    responses(
        (status = 200, description = "Closed", body = ReportView),
        (status = 409, description = "It is closed already", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/moderation/reports/{id}/close")]
pub async fn close_report(
    state: web::Data<AppState>,
    Moderator(moderator): Moderator,
    id: web::Path<String>,
    _: Query<NoParameters>,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let not_found = || ApiError::NotFound("there is no report with this id".to_owned());
    let id = Uuid::try_parse(&id).map_err(|_| not_found())?;
    let Closing { outcome, note } = Closing::read(body)?;
    let mut txn = WriteTransaction::begin(&state.store).await?;
    let closed = report::Entity::update_many()
        .col_expr(report::Column::ClosedAt, Expr::value(state.clock.now()))
        .col_expr(report::Column::ClosedBy, Expr::value(moderator.id.0))
        .col_expr(report::Column::Outcome, Expr::value(outcome))
        .col_expr(report::Column::Note, Expr::value(note))
        .col_expr(report::Column::SameAs, Expr::value(None::<String>))
        .filter(report::Column::Id.eq(id))
        .filter(report::Column::ClosedAt.is_null())
        .exec(&*txn)
        .await?;
    let row = report::Entity::find_by_id(id)
        .one(&*txn)
        .await?
        .ok_or_else(not_found)?;
    if closed.rows_affected == 0 {
        return Err(ApiError::Conflict(
            "this report is closed already".to_owned(),
        ));
    }
    let listing = organization::Entity::find_by_id(row.organization_id)
        .one(&*txn)
        .await?;
    if let Some(listing) = listing {
        let field = managed::field("reports", row.id, Value::Null, outcome);
        let now = state.clock.now();
        managed::note(&mut txn, &listing, moderator.actor(), vec![field], now);
    }
    let mut about = organizations(&*txn, std::iter::once(row.organization_id)).await?;
    txn.commit().await?;
    let organization = about.remove(&row.organization_id);
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(ReportView::new(row, organization)))
}
