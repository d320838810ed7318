//! Getting an account: nothing tells whether an address has one already.

use crate::auth::passwords;
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::client_address::client_address;
use crate::http::members::Members;
use crate::http::problem::{Fault, Faults};
use crate::http::query::{NoParameters, Query};
use crate::mail::address::is_recipient;
use crate::mail::{self, Message, Sender, tokens};
use crate::outbound::Reach;
use crate::state::AppState;
use crate::vocabulary::validation::{self, email_address};
use actix_web::{HttpRequest, HttpResponse, post, web};
use chrono::{DateTime, TimeDelta, Utc};
use entity::account::{self, Role};
use entity::ids::AccountId;
use entity::mail::Template;
use entity::mail_token::Purpose;
use entity::registration;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, SqlErr,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// Longest name of a person, in characters.
pub const MAX_NAME_CHARS: usize = 100;

/// What an account is made from.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "ada@example.coop", "password": "correct horse battery", "name": "Ada"}))]
pub struct NewAccount {
    /// E-mail address; the login name.
    #[schema(max_length = 254, format = Email)]
    pub email: String,
    /// At least 12 characters; there is no other rule.
    #[schema(min_length = 12, max_length = 1024, format = Password)]
    pub password: String,
    /// What to call you.
    #[schema(
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        required = false
    )]
    pub name: Option<String>,
}

/// A token that came by mail.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA"}))]
pub struct MailedToken {
    /// The token of the link.
    #[schema(pattern = "^[A-Za-z0-9_-]{43}$")]
    pub token: String,
}

impl MailedToken {
    /// Reads it from a body.
    ///
    /// # Errors
    /// Every fault of the body.
    pub fn read(body: JsonObject) -> Result<Self, ApiError> {
        let mut members = Members::new(body.members);
        let token = members.required_text("token");
        members.finish().or_none(Self { token })
    }
}

impl NewAccount {
    fn read(body: JsonObject, reach: Reach) -> Result<Self, ApiError> {
        let mut members = Members::new(body.members);
        let new = Self {
            email: members.required_text("email").trim().to_lowercase(),
            password: members.required_text("password"),
            name: members.text("name"),
        };
        let mut faults = members.finish();
        if !faults.tell_of("/email") {
            check_email(&new.email, reach, &mut faults);
        }
        if !faults.tell_of("/password") {
            check_password(&new.password, "/password", &mut faults);
        }
        check_name(new.name.as_deref(), &mut faults);
        faults.or_none(new)
    }
}

/// Notes what is wrong with an address that mail is to go to, the member `email`.
pub fn check_email(email: &str, reach: Reach, faults: &mut Faults) {
    let is_sendable = email.parse::<lettre::Address>().is_ok();
    if email_address(email).is_err() || !is_sendable {
        faults.push(Fault::new("/email", "must be an e-mail address"));
    } else if !is_recipient(email, reach) {
        faults.push(Fault::new(
            "/email",
            "must be at a domain of the public Internet, such as example.coop",
        ));
    }
}

/// Notes what is wrong with a password that somebody chooses.
pub fn check_password(password: &str, pointer: &str, faults: &mut Faults) {
    if let Err(fault) = passwords::check(password) {
        faults.push(Fault::new(pointer, fault));
    }
}

/// Notes what is wrong with a person's name.
pub fn check_name(name: Option<&str>, faults: &mut Faults) {
    let Some(name) = name else {
        return;
    };
    if name.chars().count() > MAX_NAME_CHARS {
        let detail = format!("may have at most {MAX_NAME_CHARS} characters");
        faults.push(Fault::new("/name", detail));
    } else if validation::line(name).is_err() {
        faults.push(Fault::new("/name", "may not contain control characters"));
    }
}

/// Register
///
/// Sends a mail with a link that completes the registration. The answer is the same whether or not the
/// address has an account; whoever reads its mail is told. It is the same, too, when so much mail was asked for
/// the address, or from your network, that no more is sent: look into your mail, and try again in an hour.
#[utoipa::path(
    tag = "Access",
    request_body = NewAccount,
    responses((status = 202, description = "Look into your mail")),
)]
#[post("/auth/register")]
pub async fn register(
    state: web::Data<AppState>,
    request: HttpRequest,
    _: Query<NoParameters>,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let NewAccount {
        email,
        password,
        name,
    } = NewAccount::read(body, state.outbound.reach())?;
    let password_hash = passwords::hash(password)
        .await
        .map_err(|_| ApiError::Unavailable("passwords cannot be hashed at the moment"))?;
    let (id, now) = (state.clock.new_id(), state.clock.now());
    let txn = WriteTransaction::begin(&state.store).await?;
    let message = Message {
        template: Template::VerifyEmail,
        recipient: email.clone(),
        parameters: json!({"record_id": id}),
    };
    let sender = Sender::Stranger(client_address(request.head(), &state.trusted_proxies));
    // With too much mail nothing is written, and nothing is said: the answer is the same.
    let is_queued = mail::request(&txn, &state.clock, message, sender)
        .await?
        .is_ok();
    if is_queued {
        registration::Entity::insert(registration::ActiveModel {
            id: Set(id),
            email: Set(email),
            name: Set(name),
            password_hash: Set(password_hash),
            created_at: Set(now),
        })
        .exec_without_returning(&*txn)
        .await?;
    }
    txn.commit().await?;
    if is_queued {
        state.post.wake();
    }
    Ok(HttpResponse::Accepted().finish())
}

/// Verify an address
///
/// Completes a registration with the token of the mail: from now on you can log in.
#[utoipa::path(
    tag = "Access",
    request_body = MailedToken,
    responses(
        (status = 204, description = "There is an account now"),
        (status = 409, description = "The address has got an account meanwhile", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
)]
#[post("/auth/verify-email")]
pub async fn verify_email(
    state: web::Data<AppState>,
    _: Query<NoParameters>,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    complete(&state, &MailedToken::read(body)?.token).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Makes the account of a registration.
///
/// # Errors
/// A fault of `/token`, or a conflict when the address has an account by now.
pub async fn complete(state: &AppState, token: &str) -> Result<(), ApiError> {
    let now = state.clock.now();
    let txn = WriteTransaction::begin(&state.store).await?;
    let token = tokens::take(&*txn, Purpose::VerifyEmail, token, now).await?;
    let registration = registration::Entity::find_by_id(token.record_id)
        .one(&*txn)
        .await?
        .ok_or_else(|| ApiError::field("/token", "is of a registration that has lapsed"))?;
    let account = account::ActiveModel {
        id: Set(AccountId(state.clock.new_id())),
        email: Set(registration.email.clone()),
        name: Set(registration.name),
        role: Set(Role::Member),
        password_hash: Set(registration.password_hash),
        created_at: Set(now),
        suspended_at: Set(None),
    };
    insert(&*txn, account).await?;
    forget(&*txn, &registration.email).await?;
    txn.commit().await?;
    Ok(())
}

/// Adds an account.
///
/// # Errors
/// A conflict when the address has one.
pub async fn insert(
    txn: &impl ConnectionTrait,
    account: account::ActiveModel,
) -> Result<(), ApiError> {
    let inserted = account::Entity::insert(account)
        .exec_without_returning(txn)
        .await;
    match inserted {
        Ok(_) => Ok(()),
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            Err(ApiError::Conflict(
                "there is an account with this address already; log in, or ask for a new password"
                    .to_owned(),
            ))
        }
        Err(error) => Err(error.into()),
    }
}

/// Forgets registrations whose link has lapsed.
///
/// # Errors
/// Whatever the database answers.
pub async fn sweep(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    // The mail with the link may have been on its way for two days.
    let lapsed = now - tokens::lifetime(Purpose::VerifyEmail) - TimeDelta::days(2);
    registration::Entity::delete_many()
        .filter(registration::Column::CreatedAt.lt(lapsed))
        .exec(db)
        .await?;
    Ok(())
}

/// Forgets every registration of an address.
///
/// # Errors
/// Whatever the database answers.
pub async fn forget(txn: &impl ConnectionTrait, email: &str) -> Result<(), DbErr> {
    registration::Entity::delete_many()
        .filter(registration::Column::Email.eq(email))
        .exec(txn)
        .await?;
    Ok(())
}
