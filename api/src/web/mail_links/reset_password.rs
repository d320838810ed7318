//! `/reset-password`: chooses a new password.

use crate::auth::password_reset;
use crate::auth::passwords;
use crate::error::ApiError;
use crate::http::client_address::client_address;
use crate::mail::tokens;
use crate::state::AppState;
use crate::web::mail_link::{Field, Form, Page, Values, show, show_fault};
use actix_web::{HttpRequest, HttpResponse, web};
use entity::mail_token::Purpose;

/// The form.
pub async fn show_page(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let values = Values::parse(request.query_string().as_bytes());
    let token = values.get("token");
    let now = state.clock.now();
    match tokens::look(&state.store.db, Purpose::ResetPassword, token, now).await {
        Ok(_) => show(&state, &page(token)),
        Err(error) => show_fault(&state, Page::default(), error),
    }
}

/// Stores the new password.
pub async fn act(
    state: web::Data<AppState>,
    request: HttpRequest,
    values: Values,
) -> Result<HttpResponse, ApiError> {
    let (token, password) = (values.get("token"), values.get("password"));
    let done = match passwords::check(password) {
        Ok(()) => {
            let client = client_address(request.head(), &state.trusted_proxies);
            password_reset::reset(&state, token, password.to_owned(), client).await
        }
        Err(fault) => Err(ApiError::field("/password", fault)),
    };
    match done {
        Ok(()) => show(
            &state,
            &Page {
                title: "Your new password is valid".to_owned(),
                text: "Log in with it. Wherever you were logged in, you no longer are.".to_owned(),
                form: None,
            },
        ),
        Err(error) => show_fault(&state, page(token), error),
    }
}

fn page(token: &str) -> Page {
    Page {
        title: "Choose a new password".to_owned(),
        text: format!(
            "It has at least {} characters; there is no other rule.",
            passwords::MIN_CHARS
        ),
        form: Some(Form {
            action: "/reset-password",
            token: token.to_owned(),
            fields: vec![new_password()],
            button: "Use this password",
        }),
    }
}

/// The field for a password that is chosen.
pub fn new_password() -> Field {
    Field {
        name: "password",
        label: "New password",
        kind: "password",
        autocomplete: "new-password",
        min: passwords::MIN_CHARS,
        max: passwords::MAX_CHARS,
    }
}
