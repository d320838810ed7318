//! `/unsubscribe`: ends the mail about a saved search.

use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::mail::job_alerts::name;
use crate::saved_searches::rows;
use crate::state::AppState;
use crate::web::mail_link::{Form, Page, Values, show, show_fault};
use actix_web::{HttpRequest, HttpResponse, web};
use entity::saved_search::{Column, Entity, Model, Notify};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

/// What will happen.
pub async fn show_page(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let values = Values::parse(request.query_string().as_bytes());
    match search(&state.store.db, values.get("token")).await {
        Ok(search) => show(&state, &page(&search)),
        Err(error) => show_fault(&state, Page::default(), error),
    }
}

/// Does it. A mail program sends the token in the URL and nothing of interest in the body
/// (RFC 8058 section 3.2); the button sends it in the body.
pub async fn act(
    state: web::Data<AppState>,
    request: HttpRequest,
    form: Values,
) -> Result<HttpResponse, ApiError> {
    let query = Values::parse(request.query_string().as_bytes());
    let token = match form.get("token") {
        "" => query.get("token"),
        token => token,
    };
    match carry_out(&state, token).await {
        Ok(search) => show(
            &state,
            &Page {
                title: "Unsubscribed".to_owned(),
                text: format!(
                    "There is no more mail about \u{201c}{}\u{201d}. The search and its feed stay.",
                    name(&search)
                ),
                form: None,
            },
        ),
        Err(error) => show_fault(&state, Page::default(), error),
    }
}

async fn carry_out(state: &AppState, token: &str) -> Result<Model, ApiError> {
    let txn = WriteTransaction::begin(&state.store).await?;
    let search = search(&*txn, token).await?;
    rows::end_notify(&txn, search.id, Notify::Email).await?;
    txn.commit().await?;
    Ok(search)
}

/// The search of a token. It is good for ever: mail is kept, and asked to end, long after it came.
async fn search(db: &impl ConnectionTrait, token: &str) -> Result<Model, ApiError> {
    Entity::find()
        // PostgreSQL has no U+0000 in text, and no token has it.
        .filter(Column::UnsubscribeToken.eq(token.replace('\0', "")))
        .one(db)
        .await?
        .ok_or_else(|| ApiError::field("/token", "is of a search that is not there any more"))
}

fn page(search: &Model) -> Page {
    Page {
        title: "No more mail?".to_owned(),
        text: format!(
            "The search \u{201c}{}\u{201d} and its feed stay; only the mail ends.",
            name(search)
        ),
        form: Some(Form {
            action: "/unsubscribe",
            token: search.unsubscribe_token.clone(),
            fields: Vec::new(),
            button: "Unsubscribe",
        }),
    }
}
