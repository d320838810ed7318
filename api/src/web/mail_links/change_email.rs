//! `/change-email`: gives an account a new address.

use crate::error::ApiError;
use crate::mail::tokens;
use crate::me;
use crate::state::AppState;
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
    match tokens::look(&state.store.db, Purpose::ChangeEmail, token, now).await {
        Ok(found) => show(&state, &page(&found.email, token)),
        Err(error) => show_fault(&state, Page::default(), error),
    }
}

/// Does it.
pub async fn act(state: web::Data<AppState>, values: Values) -> Result<HttpResponse, ApiError> {
    match me::confirm_email(&state, values.get("token")).await {
        Ok(()) => show(
            &state,
            &Page {
                title: "Your account has a new address".to_owned(),
                text: "From now on, log in with it.".to_owned(),
                form: None,
            },
        ),
        Err(error) => show_fault(&state, page("this address", ""), error),
    }
}

fn page(email: &str, token: &str) -> Page {
    Page {
        title: "Change your address".to_owned(),
        text: format!("{email} becomes the address that you log in with and that mail goes to."),
        form: Some(Form {
            action: "/change-email",
            token: token.to_owned(),
            fields: Vec::new(),
            button: "Change the address",
        }),
    }
}
