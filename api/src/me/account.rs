//! `GET|PATCH|DELETE /v1/me`.

use crate::app::AppState;
use crate::auth::account::{Account, lock_account};
use crate::auth::password_reset;
use crate::auth::passwords;
use crate::auth::register::{check_email, check_name, check_password};
use crate::auth::throttle::Attempt;
use crate::changes::{Actor, WriteTransaction};
use crate::error::ApiError;
use crate::http::body::MergePatch;
use crate::http::client_address::client_address;
use crate::http::idempotency;
use crate::http::members::Members;
use crate::http::problem::Fault;
use crate::http::query::{NoParameters, Query};
use crate::mail::{self, Message};
use crate::moderation::standing;
use crate::organizations::{self, managed};
use crate::verification;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, web};
use chrono::{DateTime, Utc};
use entity::account::{self as row, Role};
use entity::change::ActorRole;
use entity::claim;
use entity::ids::AccountId;
use entity::mail::Template;
use entity::{
    account_usage, invitation, mail as letter, mail_token, membership, organization, registration,
    report,
};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait,
    QueryFilter, QuerySelect,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use utoipa::ToSchema;
use uuid::Uuid;

/// One's own account.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071", "email": "ada@example.coop", "name": "Ada", "role": "member", "created_at": "2026-01-01T09:00:00Z"}))]
pub struct Me {
    /// Id.
    pub id: Uuid,
    /// E-mail address; the login name.
    pub email: String,
    /// What to call you.
    pub name: Option<String>,
    /// What you may do on this instance.
    #[schema(schema_with = crate::moderation::users::role)]
    pub role: Role,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

/// What one may change of one's account. A member that is left out stays.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ada L."}))]
pub struct MePatch {
    /// What to call you; `null` for nothing.
    #[schema(
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        required = false
    )]
    pub name: Option<String>,
    /// New address. It is taken when the link in the mail to it is followed.
    #[schema(max_length = 254, format = Email, required = false)]
    pub email: Option<String>,
    /// New password, at least 12 characters. Every other log-in ends.
    #[schema(min_length = 12, max_length = 1024, format = Password, required = false)]
    pub password: Option<String>,
    /// The password as it is, for a new address or password.
    #[schema(max_length = 1024, format = Password, required = false)]
    pub current_password: Option<String>,
}

impl From<row::Model> for Me {
    fn from(row: row::Model) -> Self {
        Self {
            id: row.id.0,
            email: row.email,
            name: row.name,
            role: row.role,
            created_at: row.created_at,
        }
    }
}

const NOT_PRESENT: &str = "must be the present password, for a new address or password";

/// Your account
///
/// Your address, your name, and what you may do on this instance.
#[utoipa::path(
    tag = "Access",
    responses((status = 200, description = "Your account", body = Me)),
    security(("bearer" = []))
)]
#[get("/me")]
pub async fn get_me(
    state: web::Data<AppState>,
    account: Account,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    Ok(answer(load(&state, account).await?))
}

/// Change your account
///
/// A merge patch. A new address gets a mail with a link and is taken when that is followed; a new address
/// or password needs `current_password`. After some wrong ones in a row it waits longer and longer, as the
/// log-in does.
#[utoipa::path(
    tag = "Access",
    request_body(content = MePatch, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "Your account", body = Me),
    ),
    security(("bearer" = []))
)]
#[patch("/me")]
pub async fn update_me(
    state: web::Data<AppState>,
    account: Account,
    request: HttpRequest,
    _: Query<NoParameters>,
    MergePatch(patch): MergePatch,
) -> Result<HttpResponse, ApiError> {
    let sets_name = patch.contains_key("name");
    let mut members = Members::new(patch);
    let patch = MePatch {
        name: members.text("name"),
        email: members
            .text("email")
            .map(|email| email.trim().to_lowercase()),
        password: members.text("password"),
        current_password: members.text("current_password"),
    };
    let mut faults = members.finish();
    check_name(patch.name.as_deref(), &mut faults);
    if let Some(email) = &patch.email {
        check_email(email, "/email", &mut faults);
    }
    if let Some(password) = &patch.password {
        check_password(password, "/password", &mut faults);
    }
    let row = load(&state, account).await?;
    let mut proven = None;
    let is_too_long = patch
        .current_password
        .as_deref()
        .is_some_and(passwords::is_too_long);
    if is_too_long {
        let detail = format!("may have at most {} characters", passwords::MAX_CHARS);
        faults.push(Fault::new("/current_password", detail));
    } else if patch.email.is_some() || patch.password.is_some() {
        proven = verify(&state, &request, patch.current_password, &row).await?;
        if proven.is_none() {
            faults.push(Fault::new("/current_password", NOT_PRESENT));
        }
    }
    faults.or_none(())?;

    let hash = match patch.password {
        Some(password) => Some(passwords::hash(password).await.map_err(|_| busy())?),
        None => None,
    };
    let now = state.clock.now();
    let txn = WriteTransaction::begin(&state.store).await?;
    if let Some(attempt) = proven {
        // Somebody may have set another password meanwhile: then the present one was not given.
        let present = lock_account(&txn, account.id).await?;
        if present.is_none_or(|present| present.password_hash != row.password_hash) {
            return Err(ApiError::field("/current_password", NOT_PRESENT));
        }
        attempt.succeeded(&txn).await?;
    }
    if sets_name {
        row::ActiveModel {
            id: Set(account.id),
            name: Set(patch.name),
            ..Default::default()
        }
        .update(&*txn)
        .await?;
    }
    if let Some(hash) = hash {
        password_reset::change(&txn, account.id, hash, Some(account.session), now).await?;
    }
    if let Some(recipient) = patch.email.filter(|email| *email != row.email) {
        let message = Message {
            template: Template::ChangeEmail,
            recipient,
            parameters: json!({"record_id": account.id}),
        };
        mail::queue(&*txn, state.clock.new_id(), message, now).await?;
    }
    txn.commit().await?;
    state.post.wake();
    Ok(answer(load(&state, account).await?))
}

/// Erase your account
///
/// Your name, address and password are erased, your log-ins end, and you no longer speak for any
/// organization. The organizations' listings stay, even if nobody is left who speaks for them: they are theirs,
/// and can be claimed. What you proved for them no longer counts.
#[utoipa::path(
    tag = "Access",
    responses(
        (status = 204, description = "Erased"),
        (status = 409, description = "This is the last admin", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[delete("/me")]
pub async fn delete_me(
    state: web::Data<AppState>,
    account: Account,
    _: Query<NoParameters>,
) -> Result<HttpResponse, ApiError> {
    let mut txn = WriteTransaction::begin(&state.store).await?;
    verification::lock(&txn).await?;
    let claimed = claim::Entity::proven_by(account.id).all(&*txn).await?;
    let claimed: BTreeSet<_> = claimed
        .into_iter()
        .map(|claim| claim.organization_id)
        .collect();
    for id in &claimed {
        organizations::rows::lock(&txn, *id).await?;
    }
    standing::check_not_last_admin(&txn, account.id).await?;
    // As it is now: its address may have changed since the request came.
    let row = lock_account(&txn, account.id)
        .await?
        .ok_or_else(crate::auth::tokens::invalid_token)?;
    note_leaving(&mut txn, row.id, state.clock.now()).await?;
    erase(&*txn, row).await?;
    // The proofs went with the account.
    let actor = Actor {
        account: None,
        role: ActorRole::Owner,
        source: None,
    };
    let claimed: Vec<_> = claimed.into_iter().collect();
    verification::recompute(&mut txn, &claimed, &state.clock, &actor).await?;
    txn.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The histories of those it spoke for tell that it left.
async fn note_leaving(
    txn: &mut WriteTransaction,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let memberships = membership::Entity::find()
        .filter(membership::Column::AccountId.eq(account))
        .all(&**txn)
        .await?;
    let ids = memberships
        .iter()
        .map(|membership| membership.organization_id);
    let listings = organization::Entity::find()
        .filter(organization::Column::Id.is_in(ids))
        .all(&**txn)
        .await?;
    let listings: HashMap<_, _> = listings.into_iter().map(|row| (row.id, row)).collect();
    for membership in memberships {
        let Some(listing) = listings.get(&membership.organization_id) else {
            continue;
        };
        let actor = Actor {
            account: None,
            role: membership.role.into(),
            source: None,
        };
        let left = managed::member(account, Some(membership.role), None);
        managed::note(txn, listing, actor, vec![left], now);
    }
    Ok(())
}

/// Removes an account and whatever else knows its address. Log-ins and memberships go with the row.
async fn erase(txn: &impl ConnectionTrait, row: row::Model) -> Result<(), DbErr> {
    registration::Entity::delete_many()
        .filter(registration::Column::Email.eq(&row.email))
        .exec(txn)
        .await?;
    letter::Entity::delete_many()
        .filter(letter::Column::Recipient.eq(&row.email))
        .exec(txn)
        .await?;
    mail_token::Entity::delete_many()
        .filter(mail_token::Column::Email.eq(&row.email))
        .exec(txn)
        .await?;
    // After their tokens, as whoever accepts one takes them.
    invitation::Entity::delete_many()
        .filter(invitation::Column::Email.eq(&row.email))
        .exec(txn)
        .await?;
    idempotency::forget_address(txn, &row.email).await?;
    mail::queue::withdraw_change_of_email(txn, row.id).await?;
    // What went to an address that was to be the new one.
    let asked: Vec<String> = mail_token::Entity::find()
        .select_only()
        .column(mail_token::Column::Email)
        .filter(mail_token::Column::RecordId.eq(row.id.0))
        .into_tuple()
        .all(txn)
        .await?;
    let sent = letter::Entity::find()
        .filter(letter::Column::Template.eq(Template::ChangeEmail))
        .filter(letter::Column::Recipient.is_in(asked))
        .all(txn)
        .await?;
    let record_id = json!(row.id);
    let own = sent
        .into_iter()
        .filter(|letter| letter.parameters["record_id"] == record_id);
    letter::Entity::delete_many()
        .filter(letter::Column::Id.is_in(own.map(|letter| letter.id)))
        .exec(txn)
        .await?;
    mail_token::Entity::delete_many()
        .filter(mail_token::Column::RecordId.eq(row.id.0))
        .exec(txn)
        .await?;
    report::Entity::update_many()
        .col_expr(report::Column::Email, Expr::value(None::<String>))
        .filter(report::Column::Email.eq(&row.email))
        .exec(txn)
        .await?;
    organization::Entity::update_many()
        .col_expr(
            organization::Column::PostedBy,
            Expr::value(None::<AccountId>),
        )
        .filter(organization::Column::PostedBy.eq(row.id))
        .exec(txn)
        .await?;
    account_usage::Entity::delete_many()
        .filter(account_usage::Column::AccountId.eq(row.id))
        .exec(txn)
        .await?;
    row::Entity::delete_by_id(row.id).exec(txn).await?;
    Ok(())
}

async fn load(state: &AppState, account: Account) -> Result<row::Model, ApiError> {
    row::Entity::find_by_id(account.id)
        .one(&state.store.db)
        .await?
        .ok_or_else(crate::auth::tokens::invalid_token)
}

/// Whether this is the password: guesses are as slow as at the log-in, and count together with those there.
async fn verify(
    state: &AppState,
    request: &HttpRequest,
    password: Option<String>,
    row: &row::Model,
) -> Result<Option<Attempt>, ApiError> {
    // Nothing is no guess.
    let Some(password) = password else {
        return Ok(None);
    };
    let client = client_address(request.head(), &state.trusted_proxies);
    let attempt = Attempt::new(&row.email, client);
    attempt.check(&state.store, state.clock.now()).await?;
    let is_right = passwords::verify(password, Some(row.password_hash.clone()))
        .await
        .map_err(|_| busy())?;
    // As at the log-in.
    attempt.check(&state.store, state.clock.now()).await?;
    if is_right {
        return Ok(Some(attempt));
    }
    attempt.failed(&state.store, state.clock.now()).await?;
    Ok(None)
}

fn busy() -> ApiError {
    ApiError::Unavailable("passwords cannot be checked at the moment")
}

fn answer(row: row::Model) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Me::from(row))
}
