//! `/confirm-claim`: proves an address at the domain of a listing.

use crate::error::ApiError;
use crate::mail::tokens;
use crate::organizations::claims;
use crate::state::AppState;
use crate::web::mail_link::{Form, Page, Values, show, show_fault};
use actix_web::{HttpRequest, HttpResponse, web};
use entity::claim::Status;
use entity::mail_token::Purpose;
use entity::{account, claim, organization};
use sea_orm::EntityTrait;

/// Who claims what.
pub async fn show_page(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let values = Values::parse(request.query_string().as_bytes());
    match page(&state, values.get("token")).await {
        Ok(page) => show(&state, &page),
        Err(error) => show_fault(&state, Page::default(), error),
    }
}

/// Confirms it.
pub async fn act(state: web::Data<AppState>, values: Values) -> Result<HttpResponse, ApiError> {
    let token = values.get("token");
    let page = match page(&state, token).await {
        Ok(page) => page,
        Err(error) => return show_fault(&state, Page::default(), error),
    };
    match claims::confirm_email(&state, token).await {
        Ok(claim) => show(&state, &done(claim.status)),
        Err(error) => show_fault(&state, page, error),
    }
}

fn done(status: Status) -> Page {
    let text = if status == Status::Contested {
        "The listing has owners already. They have been asked, and decide within a week; after that the moderators do."
    } else {
        "The account that claimed the listing is an owner of it now."
    };
    Page {
        title: "Confirmed".to_owned(),
        text: text.to_owned(),
        form: None,
    }
}

async fn page(state: &AppState, token: &str) -> Result<Page, ApiError> {
    let db = &state.store.db;
    let lapsed = || ApiError::field("/token", "is of a claim that has lapsed");
    let found = tokens::look(db, Purpose::Claim, token, state.clock.now()).await?;
    let claim = claim::Entity::find_by_id(found.record_id)
        .one(db)
        .await?
        .ok_or_else(lapsed)?;
    let organization = organization::Entity::find_by_id(claim.organization_id)
        .one(db)
        .await?
        .ok_or_else(lapsed)?;
    let claimant = account::Entity::find_by_id(claim.account_id)
        .one(db)
        .await?
        .ok_or_else(lapsed)?;
    Ok(Page {
        title: format!("Is the listing of {} yours?", organization.name),
        text: format!(
            "{} says so. If you confirm it, that account will be able to change the listing, remove it, and say who else speaks for it.",
            claimant.email
        ),
        form: Some(Form {
            action: "/confirm-claim",
            token: token.to_owned(),
            fields: Vec::new(),
            button: "Confirm",
        }),
    })
}
