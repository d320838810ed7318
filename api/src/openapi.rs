//! The spec, generated from the routes. Pure: needs no database.

mod code_lists;
mod shared;

use crate::http::problem::Problem;
use crate::http::rate_limit;
use entity::api_client::Scope;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{
    ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Scopes, SecurityScheme,
};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder};
use utoipa::{OpenApi as _, PartialSchema};
use utoipa_actix_web::AppExt;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "toadlane",
        description = "The directory and job board of the co-operative movement. Lists are searches; errors are problem documents (RFC 9457); a wrong method is 405 with `Allow`; changes are merge patches with `If-Match`; partners follow the change feeds.",
        contact(name = "The people who run this instance"),
    ),
    tags(
        (name = "Jobs", description = "Work at co-operatives: search, post, renew, close."),
        (name = "Organizations", description = "Co-operatives and their kin: search, list, change, history."),
        (name = "Alerts", description = "Saved searches, and being told of what is new."),
        (name = "Across kinds", description = "Completions, code lists and counts."),
        (name = "Partner sync", description = "Feeds for directories that follow this one."),
        (name = "Moderation", description = "For moderators and admins: what waits for them, and the accounts."),
        (name = "Access", description = "Logging in, and the keys tokens are signed with."),
        (name = "Operations", description = "For those who run the server."),
    ),
    servers((url = "/", description = "This server")),
    components(schemas(crate::http::problem::Problem, crate::http::refresh::Refresh)),
)]
struct Base;

/// What is not said by any route.
pub fn base() -> OpenApi {
    let mut spec = Base::openapi();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some(
            "Access token of `POST /v1/auth/login`; it lives 15 minutes.",
        ))
        .build();
    if let Some(components) = &mut spec.components {
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        components.add_security_scheme("oauth2", SecurityScheme::OAuth2(client_credentials()));
    }
    spec
}

/// How API clients come by a token (RFC 6749 section 4.4).
fn client_credentials() -> OAuth2 {
    let scopes = Scope::ALL.map(|scope| {
        let meaning = match scope {
            Scope::OrganizationsWrite => "List, change and remove organizations",
            Scope::JobsWrite => "Post, change and close jobs",
            Scope::ServicesWrite => "Offer and change services and needs",
            Scope::SourcesPush => "Write the records of a source",
            Scope::WebhooksManage => "Set up webhooks",
        };
        (scope.name(), meaning)
    });
    let flow = ClientCredentials::new("/oauth/token", Scopes::from_iter(scopes));
    OAuth2::with_description(
        [Flow::ClientCredentials(flow)],
        "For programs: make a client at `POST /v1/api-clients`.",
    )
}

/// Adds what is true of every operation: the problems that any of them can answer.
fn complete(mut spec: OpenApi) -> OpenApi {
    if let Some(components) = &mut spec.components {
        components
            .schemas
            .insert("Problem".to_owned(), Problem::schema());
        for (name, description, status) in PROBLEMS {
            components
                .responses
                .insert(name.to_owned(), RefOr::T(problem(description, status)));
        }
    }
    for (path, item) in &mut spec.paths.paths {
        for operation in operations(item) {
            add_problems(path, operation);
            leave_body_out(operation);
        }
    }
    spec
}

/// Operations that a body may be left out of. As an `Option` the derive would let it be `null`.
const BODY_IS_OPTIONAL: [&str; 3] = ["logout", "renew_job", "verify_claim"];

fn leave_body_out(operation: &mut Operation) {
    let id = operation.operation_id.as_deref().unwrap_or_default();
    if let Some(RefOr::T(body)) = &mut operation.request_body
        && BODY_IS_OPTIONAL.contains(&id)
    {
        body.required = Some(Required::False);
    }
}

/// The whole spec, saying once what stands in several operations alike.
pub fn openapi() -> OpenApi {
    shared::share(written_out())
}

/// The whole spec with everything where it is used, before any of it is shared.
pub fn written_out() -> OpenApi {
    let (_, generated) = actix_web::App::new()
        .into_utoipa_app()
        .openapi(base())
        .configure(crate::routes::routes)
        .split_for_parts();
    complete(generated)
}

/// The spec as YAML that readers of YAML 1.1, for whom a bare `NO` is false, read alike.
///
/// # Errors
/// Never in practice: the spec has a YAML form.
pub fn yaml(spec: &OpenApi) -> Result<String, String> {
    let yaml = spec.to_yaml().map_err(|error| error.to_string())?;
    let mut text = String::with_capacity(yaml.len());
    for line in yaml.lines() {
        match line.trim_start().strip_prefix("- ") {
            Some(word @ ("NO" | "No" | "no" | "ON" | "On" | "on" | "Y" | "y" | "N" | "n")) => {
                text.push_str(line.strip_suffix(word).unwrap_or(line));
                text.push('\'');
                text.push_str(word);
                text.push('\'');
            }
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    Ok(text)
}

/// Problems with one shape wherever they occur: component, description, status.
const PROBLEMS: [(&str, &str, u16); 13] = [
    (
        "Malformed",
        "The request cannot be read, or breaks the rules of the resource; `errors` names every fault",
        400,
    ),
    ("Unauthorized", "A valid bearer token is needed", 401),
    ("Forbidden", "Not allowed", 403),
    ("NotFound", "Not there, or not to be known of", 404),
    ("RequestTimeout", "The body did not arrive in time", 408),
    (
        "PreconditionFailed",
        "The record has changed since the version in `If-Match`",
        412,
    ),
    ("PayloadTooLarge", "The body is too large", 413),
    (
        "UnsupportedMediaType",
        "The body is of another type than the resource reads, as `Accept` tells, or it is encoded, and \
         `Accept-Encoding` tells that it must not be",
        415,
    ),
    ("PreconditionRequired", "`If-Match` is missing", 428),
    (
        "TooManyRequests",
        "Too many requests; `Retry-After` says when to try again",
        429,
    ),
    ("Internal", "Something went wrong on our side", 500),
    (
        "Unavailable",
        "Not available at the moment; `Retry-After` says when to try again",
        503,
    ),
    (
        "InsufficientStorage",
        "The server's storage is full; `Retry-After` says when to try again",
        507,
    ),
];

fn problem(description: &str, status: u16) -> Response {
    let mut example = serde_json::json!(Problem::sample());
    if let Some(example) = example.as_object_mut()
        && status != 400
    {
        example.insert("type".to_owned(), "/problems/example".into());
        example.insert("title".to_owned(), description.into());
        example.insert("status".to_owned(), status.into());
        example.insert("detail".to_owned(), description.into());
        example.remove("errors");
    }
    let mut content = Content::new(Some(Ref::from_schema_name("Problem")));
    content.example = Some(example);
    ResponseBuilder::new()
        .description(description)
        .content(crate::http::problem::MEDIA_TYPE, content)
        .build()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        item.get.as_mut(),
        item.post.as_mut(),
        item.put.as_mut(),
        item.patch.as_mut(),
        item.delete.as_mut(),
    ]
    .into_iter()
    .flatten()
}

fn add_problems(path: &str, operation: &mut Operation) {
    // Any request can say that it has a body, and that it is encoded.
    let mut names = vec![
        "Internal",
        "Unavailable",
        "InsufficientStorage",
        "UnsupportedMediaType",
    ];
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    let has = |name: &str| {
        parameters
            .iter()
            .any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.name == name))
    };
    if path.starts_with("/v1") {
        names.push("Malformed");
    }
    if path.contains('{') {
        names.push("NotFound");
    }
    if operation.security.is_some() {
        names.extend(["Unauthorized", "Forbidden"]);
    }
    if operation.request_body.is_some() {
        names.extend(["RequestTimeout", "PayloadTooLarge"]);
    }
    if has("If-Match") {
        names.extend(["PreconditionFailed", "PreconditionRequired"]);
    }
    if rate_limit::is_limited(path) {
        names.push("TooManyRequests");
    }
    for (name, _, status) in PROBLEMS.iter().filter(|(name, ..)| names.contains(name)) {
        operation
            .responses
            .responses
            .entry(status.to_string())
            .or_insert_with(|| RefOr::Ref(Ref::from_response_name(*name)));
    }
}
