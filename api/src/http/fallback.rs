//! What no route answers: `OPTIONS`, 405 with `Allow` where the path exists, else 404.

use crate::error::ApiError;
use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, web};
use std::collections::BTreeSet;
use utoipa::openapi::{OpenApi, PathItem};

/// The paths of the spec, to tell a wrong method from a wrong path.
pub struct Paths(Vec<(Vec<String>, BTreeSet<&'static str>)>);

impl Paths {
    /// Reads the spec's own table of paths, and adds the pages that are not in it.
    pub fn of(spec: &OpenApi) -> Self {
        let listed = spec.paths.paths.iter();
        let listed = listed.map(|(path, item)| (split(path), methods(item)));
        let pages = UNLISTED.iter().map(|path| {
            let mut methods = BTreeSet::from(["GET", "HEAD", "OPTIONS"]);
            methods.extend((*path == EMAIL_PAGE).then_some("POST"));
            (split(path), methods)
        });
        Self(listed.chain(pages).collect())
    }

    /// Methods of the most literal path that matches, none when no path does.
    fn allowed(&self, path: &str) -> BTreeSet<&'static str> {
        let segments: Vec<_> = path.split('/').collect();
        let fitting = self.0.iter();
        let fitting = fitting.filter(|(template, _)| matches(template, &segments));
        let most_literal = fitting.min_by_key(|(template, _)| {
            let variables = template.iter().filter(|part| part.starts_with('{'));
            variables.count()
        });
        most_literal.map_or_else(BTreeSet::new, |(_, methods)| methods.clone())
    }
}

/// See [`crate::routes::unlisted`].
const UNLISTED: [&str; 12] = [
    "/docs",
    "/docs/",
    "/feeds/indeed.xml",
    "/feeds/jobs.atom",
    "/feeds/organizations.atom",
    "/jobs/{id}",
    "/jobs/{id}/apply",
    EMAIL_PAGE,
    "/organizations/{id}",
    "/robots.txt",
    "/sitemap.xml",
    "/style.css",
];

/// Its button is pressed.
const EMAIL_PAGE: &str = "/jobs/{id}/email";

fn split(path: &str) -> Vec<String> {
    path.split('/').map(str::to_owned).collect()
}

fn matches(template: &[String], segments: &[&str]) -> bool {
    template.len() == segments.len()
        && template.iter().zip(segments).all(|(expected, given)| {
            (expected.starts_with('{') && !given.is_empty()) || expected == given
        })
}

fn methods(item: &PathItem) -> BTreeSet<&'static str> {
    let mut methods = BTreeSet::from(["OPTIONS"]);
    if item.get.is_some() {
        methods.extend(["GET", "HEAD"]);
    }
    for (operation, method) in [
        (&item.post, "POST"),
        (&item.put, "PUT"),
        (&item.patch, "PATCH"),
        (&item.delete, "DELETE"),
    ] {
        if operation.is_some() {
            methods.insert(method);
        }
    }
    methods
}

/// The default service: also answers `OPTIONS`, with what the path allows.
///
/// # Errors
/// 405 where the path exists, else 404.
pub async fn fallback(
    request: HttpRequest,
    paths: web::Data<Paths>,
) -> Result<HttpResponse, ApiError> {
    let allowed = paths.allowed(request.path());
    if allowed.is_empty() {
        return Err(ApiError::NotFound(
            "there is nothing at this path; see /docs".to_owned(),
        ));
    }
    let allow = allowed.into_iter().collect::<Vec<_>>().join(", ");
    if request.method() == Method::OPTIONS {
        return Ok(HttpResponse::NoContent()
            .insert_header((header::ALLOW, allow))
            .finish());
    }
    Err(ApiError::MethodNotAllowed { allow })
}
