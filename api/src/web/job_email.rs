//! `/jobs/{id or slug}/email`: the address of a job that is applied to by mail. Looking shows a button, and
//! pressing it the address: those who gather addresses follow links.

use crate::error::ApiError;
use crate::state::AppState;
use crate::vocabulary::visible::line;
use crate::web::{job, page};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpResponse, get, post, web};
use askama::Template;

#[derive(Template)]
#[template(path = "job_email.html")]
struct View<'a> {
    instance_name: &'a str,
    title: String,
    employer: String,
    slug: &'a str,
    email: Option<String>,
}

/// The button.
#[get("/jobs/{id}/email")]
pub async fn ask_job_email(
    state: web::Data<AppState>,
    name: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    answer(&state, &name, false).await
}

/// The address.
#[post("/jobs/{id}/email")]
pub async fn show_job_email(
    state: web::Data<AppState>,
    name: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    answer(&state, &name, true).await
}

async fn answer(state: &AppState, name: &str, shows: bool) -> Result<HttpResponse, ApiError> {
    let reader = match job::open(state, name).await? {
        Ok(reader) => reader,
        Err(answer) => return Ok(unindexed(answer)),
    };
    let Some(email) = reader.job.apply_email else {
        let words = (
            "This job is not applied to by mail",
            "Its page says where to apply.",
        );
        let links = [page::Link {
            url: format!("/jobs/{}", reader.job.slug),
            text: "To the job".to_owned(),
        }];
        return page::notice(state, StatusCode::NOT_FOUND, words, &links).map(unindexed);
    };
    let view = View {
        instance_name: state.post.instance_name(),
        title: format!("Apply for \u{201c}{}\u{201d}", line(&reader.job.title)),
        employer: line(&reader.organization.name),
        slug: &reader.job.slug,
        email: shows.then_some(email),
    };
    page::private(StatusCode::OK, &view).map(unindexed)
}

fn unindexed(mut answer: HttpResponse) -> HttpResponse {
    answer.headers_mut().insert(
        HeaderName::from_static("x-robots-tag"),
        HeaderValue::from_static("noindex"),
    );
    answer
}
