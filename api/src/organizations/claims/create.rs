//! `POST /v1/organizations/{id}/claims`.

use super::access::Visitor;
use super::rows::{self, AFTER_A_REFUSAL, LIFETIME, MOST_OPEN};
use super::view::ClaimView;
use crate::auth::account::{Account, lock_account};
use crate::auth::register::check_email;
use crate::auth::secrets;
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::idempotency::{Answer, IdempotencyKey};
use crate::http::members::Members;
use crate::http::problem::Fault;
use crate::http::query::{NoParameters, Query};
use crate::mail::{self, Message, Sender, tokens};
use crate::outbound::Reach;
use crate::state::AppState;
use crate::vocabulary::domain::{domain_of, is_shared};
use crate::vocabulary::schema::described_words;
use crate::vocabulary::validation::MAX_EMAIL_CHARS;
use actix_web::{HttpRequest, HttpResponse, post, web};
use entity::claim::{self, Method, Status};
use entity::mail::Template;
use entity::mail_token::Purpose;
use entity::organization;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use std::borrow::Cow;
use std::net::IpAddr;
use url::Host;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, KnownFormat, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, Type,
};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

/// How you will prove that the listing is yours.
pub struct NewClaim {
    /// The way.
    pub method: Method,
    /// For `email`: the address.
    pub email: Option<String>,
}

impl PartialSchema for NewClaim {
    fn schema() -> RefOr<Schema> {
        let object = |methods: &[&str], meaning: &str, email: ObjectBuilder| {
            ObjectBuilder::new()
                .property("method", described_words(methods, meaning))
                .required("method")
                .property("email", email)
                .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        };
        let published = object(
            &["well_known", "dns_txt"],
            "`well_known`: a file at the website. `dns_txt`: a record of its domain.",
            ObjectBuilder::new().schema_type(Type::Null),
        );
        let address = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Email)))
            .max_length(Some(MAX_EMAIL_CHARS));
        let mailed = object(
            &["email"],
            "`email`: a link in a mail to an address at exactly the website's domain.",
            address,
        );
        OneOfBuilder::new()
            .item(published)
            .item(mailed.required("email"))
            .description(Some("How you will prove that the listing is yours."))
            .examples([
                json!({"method": "dns_txt"}),
                json!({"method": "email", "email": "hello@example.coop"}),
            ])
            .into()
    }
}

impl ToSchema for NewClaim {
    fn name() -> Cow<'static, str> {
        "NewClaim".into()
    }
}

impl NewClaim {
    fn read(body: JsonObject, reach: Reach) -> Result<Self, ApiError> {
        let mut members = Members::new(body.members);
        let method = members.required_choice("method", Method::WORDS);
        let email = members
            .text("email")
            .map(|email| email.trim().to_lowercase());
        let mut faults = members.finish();
        match (method, &email) {
            (Some(Method::Email), None) => {
                faults.push(Fault::new("/email", "is required for this method"));
            }
            (Some(Method::Email), Some(email)) => check_email(email, reach, &mut faults),
            (Some(_), Some(_)) => {
                faults.push(Fault::new(
                    "/email",
                    "is for the method email; leave it out",
                ));
            }
            (Some(_) | None, None) | (None, Some(_)) => {}
        }
        faults.or_none(Self {
            method: method.unwrap_or(Method::WellKnown),
            email,
        })
    }
}

/// Claim a listing
///
/// Answers with what to publish and where, or sends a mail to an address at the website's domain. Prove it
/// within a week with `verify`. A claim of yours by the same method that is not proven yet is renewed; its
/// challenge stays while it can be proven.
#[utoipa::path(
    tag = "Access",
    params(
        ("id" = String, Path, description = "Id or slug of the organization", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        ("Idempotency-Key" = Option<String>, Header, description = "A quoted string of your choice: the same request with the same key is done once and answered again from store for 48 hours", max_length = 255, pattern = r#"^([!#-+\x2d-:<-~]{1,255}|"([ !#-\[\]-~]|\\["\\]){1,120}")$"#),
    ),
    request_body = NewClaim,
    responses(
        (status = 201, description = "Claimed; now prove it", body = ClaimView,
            headers(("Location" = String, description = "Path of the claim")),
            links(
                ("get" = (operation_id = "get_claim", parameters(("id" = "$request.path.id"), ("claim_id" = "$response.body#/id")))),
                ("verify" = (operation_id = "verify_claim", parameters(("id" = "$request.path.id"), ("claim_id" = "$response.body#/id")))),
            )),
        (status = 409, description = "The listing has no website whose domain could be proven, you have too many claims open, or a request with this Idempotency-Key is still running", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 422, description = "The Idempotency-Key came with another request before", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many mails for this claim, to this address or from you; `Retry-After` says when to try again", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/organizations/{id}/claims")]
pub async fn create_claim(
    state: web::Data<AppState>,
    visitor: Visitor,
    request: HttpRequest,
    _: Query<NoParameters>,
    key: IdempotencyKey,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let key = key.claim(visitor.account.id.0, &request, &body.raw)?;
    let new = NewClaim::read(body, state.outbound.reach())?;
    let domain = provable_domain(&visitor.organization, state.outbound.reach())?;
    if let Some(email) = &new.email {
        check_address(email, &domain)?;
    }
    let mut txn = WriteTransaction::begin(&state.store).await?;
    if let Some(claim) = &key
        && let Some(answer) = claim
            .stored(&mut txn, &visitor.account.actor(), state.clock.now())
            .await?
    {
        return Ok(answer);
    }
    let claim = store(&state, &txn, &visitor, new, domain).await?;
    if let Some(email) = &claim.email {
        send(&state, &txn, visitor.account, claim.id, email).await?;
    }
    let organization = &visitor.organization;
    let location = format!("/v1/organizations/{}/claims/{}", organization.id, claim.id);
    let view = ClaimView::load(&state, &*txn, claim, organization).await?;
    let answer = Answer::created(location, &view)?;
    if let Some(claim) = &key {
        let now = state.clock.now();
        claim.store(&txn, &answer, organization.id.0, now).await?;
    }
    txn.commit().await?;
    state.post.wake();
    answer.respond()
}

/// The domain that proves whose a listing is.
fn provable_domain(organization: &organization::Model, reach: Reach) -> Result<String, ApiError> {
    use organization::Status::{Pending, Published};
    if !matches!(organization.status, Published | Pending) {
        return Err(ApiError::Conflict(
            "only a listing that is published or pending can be claimed".to_owned(),
        ));
    }
    let domain = organization
        .website
        .as_deref()
        .and_then(domain_of)
        .ok_or_else(|| {
            ApiError::Conflict(
                "the listing has no website, so there is no domain to prove; ask a moderator"
                    .to_owned(),
            )
        })?;
    let is_provable = if domain.parse::<IpAddr>().is_ok() {
        reach == Reach::Everywhere
    } else {
        !is_shared(&domain)
    };
    if is_provable {
        Ok(domain)
    } else {
        Err(ApiError::Conflict(format!(
            "the listing's website is at {domain}, which proves nothing about whose it is; ask a moderator"
        )))
    }
}

/// Only an address at exactly the domain says something about it.
fn check_address(email: &str, domain: &str) -> Result<(), ApiError> {
    let host = email.rsplit_once('@').map_or("", |(_, host)| host);
    if Host::parse(host).is_ok_and(|host| host.to_string() == domain) {
        Ok(())
    } else {
        Err(ApiError::field(
            "/email",
            format!("must be an address at {domain}"),
        ))
    }
}

/// Stores a claim in the place of the account's own one that is not proven yet.
async fn store(
    state: &AppState,
    txn: &WriteTransaction,
    visitor: &Visitor,
    new: NewClaim,
    domain: String,
) -> Result<claim::Model, ApiError> {
    let now = state.clock.now();
    let (organization, account) = (visitor.organization.id, visitor.account.id);
    lock_account(txn, account).await?;
    let mine = || claim::Entity::of(organization, account);
    let contested = mine().filter(claim::Column::Status.eq(Status::Contested));
    if contested.count(&**txn).await? > 0 {
        return Err(ApiError::Conflict(
            "you have proven a claim already; its owners decide".to_owned(),
        ));
    }
    let refused = mine()
        .filter(claim::Column::Status.eq(Status::Refused))
        .filter(claim::Column::Domain.eq(&domain))
        .filter(claim::Column::DecidedAt.gt(now - AFTER_A_REFUSAL));
    if refused.count(&**txn).await? > 0 {
        return Err(ApiError::Conflict(
            "your claim was refused; a month after that you may claim it again, or write to the people who run \
             this server"
                .to_owned(),
        ));
    }
    let pending = mine()
        .filter(claim::Column::Status.eq(Status::Pending))
        .filter(claim::Column::Method.eq(new.method));
    let known = rows::lock(txn, pending).await?;
    let open = claim::Entity::open_of(account, now)
        .filter(claim::Column::Id.ne(known.as_ref().map_or(Uuid::nil(), |claim| claim.id)))
        .count(&**txn)
        .await?;
    if open >= MOST_OPEN {
        return Err(ApiError::Conflict(format!(
            "you have {MOST_OPEN} claims open; prove one, or wait until one lapses"
        )));
    }
    let published = known
        .as_ref()
        .filter(|claim| claim.expires_at > now && claim.domain == domain)
        .map(|claim| claim.challenge.clone());
    let row = claim::ActiveModel {
        domain: Set(domain),
        email: Set(new.email),
        challenge: Set(published.unwrap_or_else(|| format!("toadlane-claim={}", secrets::new()))),
        expires_at: Set(now + LIFETIME),
        ..Default::default()
    };
    let stored = match known {
        Some(known) => {
            claim::ActiveModel {
                id: Set(known.id),
                ..row
            }
            .update(&**txn)
            .await?
        }
        None => {
            claim::ActiveModel {
                id: Set(state.clock.new_id()),
                organization_id: Set(organization),
                account_id: Set(account),
                method: Set(new.method),
                status: Set(Status::Pending),
                created_at: Set(now),
                proven_at: Set(None),
                decided_at: Set(None),
                attempts: Set(0),
                attempts_since: Set(None),
                ..row
            }
            .insert(&**txn)
            .await?
        }
    };
    Ok(stored)
}

/// Sends the link; those that were sent before end.
async fn send(
    state: &AppState,
    txn: &WriteTransaction,
    account: Account,
    id: Uuid,
    email: &str,
) -> Result<(), ApiError> {
    let now = state.clock.now();
    rows::spend(txn, id, now).await?;
    tokens::end(&**txn, Purpose::Claim, id).await?;
    let message = Message {
        template: Template::ClaimEmail,
        recipient: email.to_owned(),
        parameters: json!({"record_id": id}),
    };
    let sender = Sender::Account(account.id, account.role);
    mail::request(txn, &state.clock, message, sender).await??;
    Ok(())
}
