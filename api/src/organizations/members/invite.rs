//! `POST /v1/organizations/{id}/members`.

use super::rows::MOST;
use super::view::MemberView;
use crate::auth::account::ByPerson;
use crate::auth::register::check_email;
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::idempotency::{Answer, IdempotencyKey};
use crate::http::members::Members;
use crate::http::query::{NoParameters, Query};
use crate::mail::{self, Message, Sender, tokens};
use crate::organizations::editor::OrganizationOwner;
use crate::organizations::{self, managed};
use crate::outbound::Reach;
use crate::state::AppState;
use actix_web::{HttpRequest, HttpResponse, post, web};
use chrono::{DateTime, Utc};
use entity::ids::OrganizationId;
use entity::mail::Template;
use entity::mail_token::Purpose;
use entity::membership::{self, MembershipRole};
use entity::{account, invitation};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

/// Whom to invite.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "grace@example.coop", "role": "editor"}))]
pub struct NewMember {
    /// E-mail address the invitation goes to.
    #[schema(max_length = 254, format = Email)]
    pub email: String,
    /// What they will be able to do.
    #[schema(schema_with = crate::organizations::schema::membership_role)]
    pub role: MembershipRole,
}

impl NewMember {
    fn read(body: JsonObject, reach: Reach) -> Result<Self, ApiError> {
        let mut members = Members::new(body.members);
        let email = members.required_text("email").trim().to_lowercase();
        let role = members.required_choice("role", MembershipRole::WORDS);
        let mut faults = members.finish();
        if !faults.tell_of("/email") {
            check_email(&email, reach, &mut faults);
        }
        faults.or_none(Self {
            email,
            role: role.unwrap_or(MembershipRole::Editor),
        })
    }
}

/// Invite somebody
///
/// Sends a mail with a link to speak for the organization: as an editor, who changes the listing, or as an
/// owner, who also removes it and says who else speaks for it. An invitation that is open is renewed. You can
/// invite 30 times a day, and the same address 4 times an hour and 8 a day; withdrawn invitations count.
#[utoipa::path(
    tag = "Access",
    params(
        ("id" = String, Path, description = "Id or slug of the organization", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        ("Idempotency-Key" = Option<String>, Header, description = "A quoted string of your choice: the same request with the same key is done once and answered again from store for 48 hours", max_length = 255, pattern = r#"^([!#-+\x2d-:<-~]{1,255}|"([ !#-\[\]-~]|\\["\\]){1,120}")$"#),
    ),
    request_body = NewMember,
    responses(
        (status = 201, description = "Invited", body = MemberView,
            headers(("Location" = String, description = "Path of the invitation among the members")),
            links(
                ("get" = (operation_id = "get_member", parameters(("id" = "$request.path.id"), ("member_id" = "$response.body#/id")))),
                ("change" = (operation_id = "update_member", parameters(("id" = "$request.path.id"), ("member_id" = "$response.body#/id")))),
                ("withdraw" = (operation_id = "remove_member", parameters(("id" = "$request.path.id"), ("member_id" = "$response.body#/id")))),
            )),
        (status = 409, description = "They speak for it already, there are too many members, or a request with this Idempotency-Key is still running", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 422, description = "The Idempotency-Key came with another request before", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests, or too many mails from you or to this address; `Retry-After` says when to try again", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/organizations/{id}/members")]
pub async fn invite_member(
    state: web::Data<AppState>,
    ByPerson(owner): ByPerson<OrganizationOwner>,
    request: HttpRequest,
    _: Query<NoParameters>,
    key: IdempotencyKey,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let key = key.claim(owner.account.id.0, &request, &body.raw)?;
    let new = NewMember::read(body, state.outbound.reach())?;
    let mut txn = WriteTransaction::begin(&state.store).await?;
    if let Some(claim) = &key
        && let Some(answer) = claim
            .stored(&mut txn, &owner.actor(), state.clock.now())
            .await?
    {
        return Ok(answer);
    }
    let organization = owner.organization.id;
    let invitation = invite(&state, &mut txn, &owner, new).await?;
    let location = format!("/v1/organizations/{organization}/members/{}", invitation.id);
    let answer = Answer::created(location, &MemberView::invited(invitation))?;
    if let Some(claim) = &key {
        let now = state.clock.now();
        claim.store(&txn, &answer, organization.0, now).await?;
    }
    txn.commit().await?;
    state.post.wake();
    answer.respond()
}

/// Puts an invitation in the place of the one there was, and queues the mail.
async fn invite(
    state: &AppState,
    txn: &mut WriteTransaction,
    owner: &OrganizationOwner,
    NewMember { email, role }: NewMember,
) -> Result<invitation::Model, ApiError> {
    let (organization, now) = (owner.organization.id, state.clock.now());
    let row = organizations::rows::lock_present(txn, organization).await?;
    let withdrawn = withdraw(&**txn, organization, &email).await?;
    check_room(&**txn, organization, &email, role, now).await?;
    let invitation = invitation::Model {
        id: state.clock.new_id(),
        organization_id: organization,
        email: email.clone(),
        role,
        invited_by: owner.account.id,
        created_at: now,
        expires_at: now + tokens::lifetime(Purpose::Invitation),
    };
    invitation::Entity::insert(invitation::ActiveModel {
        id: Set(invitation.id),
        organization_id: Set(organization),
        email: Set(email.clone()),
        role: Set(role),
        invited_by: Set(invitation.invited_by),
        created_at: Set(now),
        expires_at: Set(invitation.expires_at),
    })
    .exec_without_returning(&**txn)
    .await?;
    let message = Message {
        template: Template::Invitation,
        recipient: email,
        parameters: json!({"record_id": invitation.id}),
    };
    let sender = Sender::Account(owner.account.id, owner.account.role);
    mail::request(txn, &state.clock, message, sender).await??;
    let sent = managed::invitation(invitation.id, None, Some(role));
    let fields = withdrawn.into_iter().chain([sent]).collect();
    managed::note(txn, &row, owner.actor(), fields, now);
    Ok(invitation)
}

async fn check_room(
    txn: &impl ConnectionTrait,
    organization: OrganizationId,
    email: &str,
    role: MembershipRole,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    let members =
        membership::Entity::find().filter(membership::Column::OrganizationId.eq(organization));
    let same = members
        .clone()
        .find_also_related(account::Entity)
        .filter(account::Column::Email.eq(email))
        .one(txn)
        .await?;
    if same.is_some_and(|(membership, _)| membership.role >= role) {
        return Err(ApiError::Conflict(
            "this person speaks for the organization already".to_owned(),
        ));
    }
    let invited = invitation::Entity::find()
        .filter(invitation::Column::OrganizationId.eq(organization))
        .filter(invitation::Column::ExpiresAt.gt(now))
        .count(txn)
        .await?;
    if members.count(txn).await? + invited >= MOST {
        return Err(ApiError::Conflict(format!(
            "an organization has at most {MOST} members and invitations"
        )));
    }
    Ok(())
}

/// Ends an open invitation to the address: there is one at a time. Answers with what the history tells of it.
async fn withdraw(
    txn: &impl ConnectionTrait,
    organization: OrganizationId,
    email: &str,
) -> Result<Option<Value>, ApiError> {
    let open = invitation::Entity::find()
        .filter(invitation::Column::OrganizationId.eq(organization))
        .filter(invitation::Column::Email.eq(email))
        .one(txn)
        .await?;
    let Some(open) = open else {
        return Ok(None);
    };
    tokens::end(txn, Purpose::Invitation, open.id).await?;
    invitation::Entity::delete_by_id(open.id).exec(txn).await?;
    Ok(Some(managed::invitation(open.id, Some(open.role), None)))
}
