//! `GET /v1/jobs/{id}/clicks`.

use crate::error::ApiError;
use crate::http::query::{NoParameters, Query};
use crate::jobs::editor::JobEditor;
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use chrono::NaiveDate;
use entity::job_apply_count::{Column, Entity};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Days that are listed.
const DAYS: u64 = 366;

/// The clicks of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DayOfClicks {
    /// The day, in UTC.
    pub day: NaiveDate,
    /// How many people went on.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub clicks: i64,
}

/// How often people went on to where a job is applied to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"items": [{"day": "2026-01-02", "clicks": 12}], "total": 12}))]
pub struct Clicks {
    /// The days with clicks, the latest first.
    #[schema(max_items = 366)]
    pub items: Vec<DayOfClicks>,
    /// All of these days together.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub total: i64,
}

/// Count who went on to apply
///
/// How often somebody followed the job's page to where it is applied to, on each of the last 366 days that
/// somebody did. Counted without cookies and addresses, so one person may count twice; up to a minute late.
#[utoipa::path(
    tag = "Jobs",
    params(
        ("id" = String, Path, description = "Id or slug", example = "systems-administrator-rochdale", min_length = 1, max_length = 200),
    ),
    responses(
        (status = 200, description = "The clicks per day", body = Clicks),
        (status = 403, description = "Not yours", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/jobs/{id}/clicks")]
pub async fn list_job_clicks(
    state: web::Data<AppState>,
    editor: JobEditor,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let days = Entity::find()
        .filter(Column::JobId.eq(editor.job.id))
        .order_by_desc(Column::Day)
        .limit(DAYS)
        .all(&state.store.db)
        .await?;
    let items: Vec<_> = days
        .into_iter()
        .map(|row| DayOfClicks {
            day: row.day,
            clicks: row.clicks,
        })
        .collect();
    let total = items.iter().map(|day| day.clicks).sum();
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Clicks { items, total }))
}
