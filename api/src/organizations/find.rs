//! `GET /v1/organizations/{id}`.

use crate::error::ApiError;
use crate::http::etag::{etag, none_match};
use crate::http::query::{NoParameters, Query};
use crate::organizations::editor::OrganizationReader;
use crate::organizations::view::OrganizationView;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get};

/// Get an organization
///
/// By id or slug. A record that was merged leads to its survivor; one that left the public set is 410; one that never was public is 404 to
/// everybody but its editors and moderators.
#[utoipa::path(
    tag = "Organizations",
    params(
        ("id" = String, Path, description = "Id or slug", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        ("If-None-Match" = Option<String>, Header, description = "Entity tag of the version you have"),
    ),
    responses(
        (status = 200, description = "The organization", body = OrganizationView,
            headers(("ETag" = String, description = "Entity tag, for If-Match and If-None-Match")),
            links(
                ("update" = (operation_id = "update_organization", parameters(("id" = "$response.body#/id")))),
                ("history" = (operation_id = "list_organization_history", parameters(("id" = "$response.body#/id")))),
            )),
        (status = 304, description = "You have this version already"),
        (status = 308, description = "Merged into another record: `Location` is the same of that one",
            headers(("Location" = String, description = "Path of the survivor's"))),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security((), ("bearer" = []))
)]
#[get("/organizations/{id}")]
pub async fn get_organization(
    reader: OrganizationReader,
    request: HttpRequest,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let OrganizationReader {
        organization,
        number,
        ..
    } = reader;
    let is_known = none_match(&request, &number.to_string());
    let mut answer = if is_known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    answer
        .insert_header((header::ETAG, etag(number)))
        // Kept, but asked about each time: what somebody may see can change at any moment.
        .insert_header((header::CACHE_CONTROL, "no-cache"));
    if is_known {
        return Ok(answer.finish());
    }
    Ok(answer
        .insert_header(("Accept-Patch", crate::http::body::MERGE_PATCH))
        .json(OrganizationView::from(organization)))
}
