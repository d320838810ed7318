//! `GET /v1/me/jobs`.

use crate::auth::account::Account;
use crate::error::ApiError;
use crate::http::pages::PageParameters;
use crate::http::query::Query;
use crate::http::{cursor, pages};
use crate::jobs::rows::with_employers;
use crate::jobs::view::JobView;
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use entity::ids::JobId;
use entity::job::{Column, Entity, Status};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A page of the jobs you can change.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MyJobPage {
    /// The newest first.
    pub items: Vec<JobView>,
    /// Where the next page starts; `null` on the last.
    pub next_cursor: Option<String>,
}

/// Your jobs
///
/// Those of the organizations you own or edit, whatever their status: drafts, and closed ones too.
#[utoipa::path(
    tag = "Access",
    params(PageParameters),
    responses((status = 200, description = "Your jobs", body = MyJobPage)),
    security(("bearer" = []))
)]
#[get("/me/jobs")]
pub async fn list_my_jobs(
    state: web::Data<AppState>,
    account: Account,
    request: HttpRequest,
    Query(parameters): Query<PageParameters>,
) -> Result<HttpResponse, ApiError> {
    let db = &state.store.db;
    let mut query = Entity::edited_by(account.id).filter(Column::Status.ne(Status::Deleted));
    if let Some(cursor) = &parameters.cursor {
        query = query.filter(Column::Id.lt(JobId(cursor::decode::<Uuid>(cursor)?)));
    }
    let mut rows = query
        .order_by_desc(Column::Id)
        .limit(parameters.limit + 1)
        .all(db)
        .await?;
    let next_cursor = pages::cut(&mut rows, parameters.limit, |last| last.id.0)?;
    let now = state.clock.now();
    let items = with_employers(db, rows)
        .await?
        .into_iter()
        .map(|(row, employer)| JobView::new(row, &employer, now))
        .collect();
    Ok(pages::begin(&state, &request, next_cursor.as_deref())
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(MyJobPage { items, next_cursor }))
}
