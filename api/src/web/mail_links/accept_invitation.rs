//! `/accept-invitation`: somebody begins to speak for an organization.

use super::reset_password::new_password;
use crate::auth::passwords;
use crate::auth::register::{MAX_NAME_CHARS, check_name, check_password};
use crate::error::ApiError;
use crate::http::problem::Faults;
use crate::mail::tokens;
use crate::organizations::members::{Newcomer, accept_as_newcomer};
use crate::state::AppState;
use crate::web::mail_link::{Field, Form, Page, Values, show, show_fault};
use actix_web::{HttpRequest, HttpResponse, web};
use entity::mail_token::Purpose;
use entity::membership::MembershipRole;
use entity::{account, invitation, organization};
use sea_orm::EntityTrait;

/// Who invites whom to what.
pub async fn show_page(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let values = Values::parse(request.query_string().as_bytes());
    match page(&state, values.get("token")).await {
        Ok((page, _)) => show(&state, &page),
        Err(error) => show_fault(&state, Page::default(), error),
    }
}

/// Accepts. Whoever has no account yet chooses a password for one.
pub async fn act(state: web::Data<AppState>, values: Values) -> Result<HttpResponse, ApiError> {
    let token = values.get("token");
    let (page, is_known) = match page(&state, token).await {
        Ok(page) => page,
        Err(error) => return show_fault(&state, Page::default(), error),
    };
    match accept(&state, token, is_known, &values).await {
        Ok(()) => show(
            &state,
            &Page {
                title: "Welcome".to_owned(),
                text: "From now on you speak for the organization. Log in to do so.".to_owned(),
                form: None,
            },
        ),
        Err(error) => show_fault(&state, page, error),
    }
}

async fn accept(
    state: &AppState,
    token: &str,
    is_known: bool,
    values: &Values,
) -> Result<(), ApiError> {
    let newcomer = if is_known {
        None
    } else {
        Some(newcomer(values).await?)
    };
    accept_as_newcomer(state, token, newcomer).await
}

async fn newcomer(values: &Values) -> Result<Newcomer, ApiError> {
    let name = Some(values.get("name"))
        .filter(|name| !name.trim().is_empty())
        .map(str::to_owned);
    let password = values.get("password");
    let mut faults = Faults::default();
    check_name(name.as_deref(), &mut faults);
    check_password(password, "/password", &mut faults);
    faults.or_none(())?;
    let password_hash = passwords::hash(password.to_owned())
        .await
        .map_err(|_| ApiError::Unavailable("passwords cannot be hashed at the moment"))?;
    Ok(Newcomer {
        name,
        password_hash,
    })
}

/// The page, and whether the invited address has an account. It is shown to whoever has the mail only.
async fn page(state: &AppState, token: &str) -> Result<(Page, bool), ApiError> {
    let db = &state.store.db;
    let now = state.clock.now();
    let withdrawn = || ApiError::field("/token", "is of an invitation that was withdrawn");
    let found = tokens::look(db, Purpose::Invitation, token, now).await?;
    let invitation = invitation::Entity::find_by_id(found.record_id)
        .one(db)
        .await?
        .ok_or_else(withdrawn)?;
    let organization = organization::Entity::find_by_id(invitation.organization_id)
        .one(db)
        .await?
        .ok_or_else(withdrawn)?;
    let account = account::Entity::find_by_login(&invitation.email)
        .one(db)
        .await?;
    let what = match invitation.role {
        MembershipRole::Owner => "change its listing, remove it, and say who else speaks for it",
        MembershipRole::Editor => "change its listing",
    };
    let name = Field {
        name: "name",
        label: "Your name (may stay empty)",
        kind: "text",
        autocomplete: "name",
        min: 0,
        max: MAX_NAME_CHARS,
    };
    let (email, organization) = (&invitation.email, &organization.name);
    let (text, fields) = if account.is_some() {
        let text = format!("The account {email} will be able to {what}.");
        (text, Vec::new())
    } else {
        let text = format!("{email} gets an account, which will be able to {what}.");
        (text, vec![name, new_password()])
    };
    let page = Page {
        title: format!("Speak for {organization}"),
        text,
        form: Some(Form {
            action: "/accept-invitation",
            token: token.to_owned(),
            fields,
            button: "Accept the invitation",
        }),
    };
    Ok((page, account.is_some()))
}
