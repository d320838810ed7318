//! `/verify-email`: completes a registration.

use crate::app::AppState;
use crate::auth::register;
use crate::error::ApiError;
use crate::mail::tokens;
use crate::web::mail_link::{Form, Page, Values, show, show_fault};
use actix_web::{HttpRequest, HttpResponse, web};
use entity::mail_token::Purpose;

/// What will happen.
pub async fn show_page(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let values = Values::parse(request.query_string().as_bytes());
    let token = values.get("token");
    let now = state.clock.now();
    match tokens::look(&state.store.db, Purpose::VerifyEmail, token, now).await {
        Ok(found) => show(&state, &page(&found.email, token)),
        Err(error) => show_fault(&state, Page::default(), error),
    }
}

/// Does it.
pub async fn act(state: web::Data<AppState>, body: web::Bytes) -> Result<HttpResponse, ApiError> {
    let values = Values::parse(&body);
    match register::complete(&state, values.get("token")).await {
        Ok(()) => show(
            &state,
            &Page {
                title: "You have an account now".to_owned(),
                text: "Log in with your address and password.".to_owned(),
                form: None,
            },
        ),
        Err(error) => show_fault(&state, page("this address", ""), error),
    }
}

fn page(email: &str, token: &str) -> Page {
    Page {
        title: "Complete your registration".to_owned(),
        text: format!("{email} gets an account with the password you chose."),
        form: Some(Form {
            action: "/verify-email",
            token: token.to_owned(),
            fields: Vec::new(),
            button: "Get the account",
        }),
    }
}
