//! Who is asking: passwords, tokens, keys, and the extractors that tell handlers.

pub mod account;
pub mod caller;
pub mod ed25519;
pub mod key_file;
pub mod keys;
pub mod last_uses;
pub mod login;
pub mod oauth;
pub mod password_reset;
pub mod passwords;
pub mod register;
pub mod secrets;
pub mod sessions;
pub mod throttle;
pub mod tokens;

use utoipa_actix_web::service_config::ServiceConfig;

/// The routes of registering and logging in.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(register::register)
        .service(register::verify_email)
        .service(login::login)
        .service(login::refresh)
        .service(login::logout)
        .service(password_reset::forgot_password)
        .service(password_reset::reset_password);
}
