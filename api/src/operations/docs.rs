//! `/docs`: the spec to browse, with nothing loaded from elsewhere.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::{Error, HttpResponse, get, web};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// What the page needs: its own files, and the styles it sets by script.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/// `/docs` to `/docs/`, which its files are relative to.
#[get("/docs")]
pub async fn redirect_to_docs() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, "/docs/"))
        .finish()
}

/// The page and its files.
pub fn pages() -> impl actix_web::dev::HttpServiceFactory {
    let config = Config::new(["/openapi.json"])
        // The badge of the default is an image from another site.
        .validator_url("none")
        .display_operation_id(true)
        .try_it_out_enabled(true);
    web::scope("/docs")
        .wrap(from_fn(allow_own_files))
        .service(SwaggerUi::new("/{_:.*}").config(config))
}

async fn allow_own_files(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    Ok(response)
}
