//! Every route, one line per resource.

use crate::{
    api_clients, auth, duplicates, feeds, jobs, me, moderation, operations, organizations,
    saved_searches, stats, suggest, taxonomies,
};
use actix_web::App;
use actix_web::dev::{ServiceFactory, ServiceRequest};
use utoipa_actix_web::scope;
use utoipa_actix_web::service_config::ServiceConfig;

/// The routes of the spec.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(operations::health::get_health)
        .service(operations::health::get_readiness)
        .service(operations::metrics::get_metrics)
        .service(operations::spec::get_openapi_yaml)
        .service(operations::spec::get_openapi_json)
        .service(operations::well_known::get_api_catalog)
        .service(operations::well_known::get_security_txt)
        .service(auth::login::get_jwks)
        .service(auth::oauth::create_token)
        .service(operations::problems::get_problem)
        .service(
            scope::scope("/v1")
                .configure(auth::routes)
                .configure(me::routes)
                .configure(api_clients::routes)
                .configure(duplicates::routes)
                .configure(organizations::routes)
                .configure(jobs::routes)
                .configure(saved_searches::routes)
                .configure(moderation::routes)
                .service(feeds::organizations::get_organizations_feed)
                .service(feeds::jobs::get_jobs_feed)
                .service(suggest::suggest)
                .service(taxonomies::list::list_taxonomy)
                .service(stats::get_stats),
        );
}

/// Pages for people, which are not in the spec.
pub fn unlisted<T>(app: App<T>) -> App<T>
where
    T: ServiceFactory<ServiceRequest, Config = (), Error = actix_web::Error, InitError = ()>,
{
    app.service(operations::docs::redirect_to_docs)
        .service(operations::docs::pages())
        .configure(crate::web::routes)
        .configure(saved_searches::feeds)
}
