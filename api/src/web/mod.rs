//! The pages people look at.

mod mail_link;
mod mail_links;
mod page;
mod style;

use actix_web::web::{self, ServiceConfig};

/// The pages. They are for people and not in the spec.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/style.css", web::get().to(style::style))
        .configure(mail_links::routes);
}
