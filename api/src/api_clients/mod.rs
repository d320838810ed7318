//! `/v1/api-clients`: programs that act for an account.

mod create;
mod delete;
pub mod input;
mod list;
pub mod rows;
mod secrets;
mod view;

use utoipa_actix_web::service_config::ServiceConfig;

/// The routes of API clients.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(create::create_api_client)
        .service(list::list_api_clients)
        .service(list::get_api_client)
        .service(delete::delete_api_client)
        .service(secrets::create_api_client_secret);
}
