//! `/verify-email`: completes a registration.

use crate::auth::{passwords, register};
use crate::error::ApiError;
use crate::mail::tokens;
use crate::state::AppState;
use crate::web::mail_link::{Field, Form, Page, Values, show, show_fault};
use actix_web::{HttpRequest, HttpResponse, web};
use entity::mail_token::Purpose;
use entity::registration;
use sea_orm::EntityTrait;

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
pub async fn act(state: web::Data<AppState>, values: Values) -> Result<HttpResponse, ApiError> {
    let token = values.get("token");
    let done = match check_password(&state, token, values.get("password")).await {
        Ok(()) => register::complete(&state, token).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => show(
            &state,
            &Page {
                title: "You have an account now".to_owned(),
                text: "Log in with your address and password.".to_owned(),
                form: None,
            },
        ),
        Err(error) => show_fault(&state, page("This address", token), error),
    }
}

/// Somebody else may have registered the address as well, with a password of theirs: their mail looks the same.
async fn check_password(state: &AppState, token: &str, password: &str) -> Result<(), ApiError> {
    let db = &state.store.db;
    let found = tokens::look(db, Purpose::VerifyEmail, token, state.clock.now()).await?;
    let registration = registration::Entity::find_by_id(found.record_id)
        .one(db)
        .await?;
    let hash = registration.map(|registration| registration.password_hash);
    let fits = !passwords::is_too_long(password);
    let is_right = fits
        && passwords::verify(password.to_owned(), hash)
            .await
            .map_err(|_| ApiError::Unavailable("passwords cannot be checked at the moment"))?;
    if is_right {
        return Ok(());
    }
    Err(ApiError::field(
        "/password",
        "is not the one of this registration; if you have a second mail, its link may be yours",
    ))
}

fn page(email: &str, token: &str) -> Page {
    Page {
        title: "Complete your registration".to_owned(),
        text: format!("{email} gets an account with the password you chose."),
        form: Some(Form {
            action: "/verify-email",
            token: token.to_owned(),
            fields: vec![Field {
                name: "password",
                label: "The password you chose",
                kind: "password",
                autocomplete: "current-password",
                min: 1,
                max: passwords::MAX_CHARS,
            }],
            button: "Get the account",
        }),
    }
}
