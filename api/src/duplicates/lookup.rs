//! `POST /v1/organizations/duplicates` and `GET /v1/organizations/{id}/duplicates`.

use crate::auth::account::Viewer;
use crate::duplicates::candidates::{Among, Duplicate, duplicates_of};
use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::query::{NoParameters, Query};
use crate::organizations::editor::OrganizationEditor;
use crate::organizations::input::OrganizationInput;
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpResponse, get, post, web};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::borrow::Cow;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Records that may be of the same organization.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DuplicateList {
    /// The most likely first.
    #[schema(max_items = 20)]
    pub items: Vec<Duplicate>,
}

/// What to look for: any of what `POST /v1/organizations` takes, and a name.
pub struct OrganizationDraft;

impl PartialSchema for OrganizationDraft {
    fn schema() -> RefOr<Schema> {
        let mut schema = OrganizationInput::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            object.required = vec!["name".to_owned()];
            object.examples = vec![json!({
                "name": "Rochdale Pioneers Ltd",
                "website": "https://www.rochdalepioneersmuseum.coop/",
            })];
            object.description = Some("An organization as it would be posted.".to_owned());
        }
        schema
    }
}

impl ToSchema for OrganizationDraft {
    fn name() -> Cow<'static, str> {
        "OrganizationDraft".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        OrganizationInput::schemas(schemas);
    }
}

/// Find duplicates of a draft
///
/// The listings that are likely of the same organization, with the reasons: ask before you post. Public
/// ones; moderators are also told of those that wait.
#[utoipa::path(
    tag = "Organizations",
    request_body(content = OrganizationDraft, content_type = "application/json"),
    responses((status = 200, description = "Likely duplicates", body = DuplicateList)),
    security((), ("bearer" = []))
)]
#[post("/organizations/duplicates")]
pub async fn find_duplicates(
    state: web::Data<AppState>,
    viewer: Viewer,
    _: Query<NoParameters>,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let mut members = body.members;
    // Which kind it is does not matter here.
    members
        .entry("organization_type")
        .or_insert_with(|| json!("other"));
    let draft = OrganizationInput::read(members, None)?.normalized();
    let among = Among::for_moderator(viewer.0.is_moderator());
    let items = duplicates_of(&state.store.db, &draft, None, among).await?;
    Ok(answer(DuplicateList { items }))
}

/// Find duplicates of an organization
///
/// The other listings that are likely of the same organization, except those that a moderator told apart.
#[utoipa::path(
    tag = "Organizations",
    params(("id" = String, Path, description = "Id or slug", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200)),
    responses(
        (status = 200, description = "Likely duplicates", body = DuplicateList),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/organizations/{id}/duplicates")]
pub async fn list_organization_duplicates(
    state: web::Data<AppState>,
    editor: OrganizationEditor,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let id = editor.organization.id;
    let among = Among::for_moderator(editor.account.is_moderator());
    let record = editor.organization.into();
    let items = duplicates_of(&state.store.db, &record, Some(id), among).await?;
    Ok(answer(DuplicateList { items }))
}

fn answer(list: DuplicateList) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(list)
}
