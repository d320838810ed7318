//! What each message says. The words are in `api/templates/mail/`.

use crate::error::ApiError;
use crate::jobs::write::REMINDER;
use crate::mail::transport::Letter;
use crate::mail::{claims, job_alerts, tokens};
use crate::verification::seen_name::seen_name;
use crate::vocabulary::visible::line;
use askama::Template;
use chrono::{DateTime, Utc};
use entity::ids::{JobId, OrganizationId};
use entity::mail::{self, Template as Kind};
use entity::mail_token::Purpose;
use entity::membership::{self, MembershipRole};
use entity::organization::{self, Status};
use entity::{account, invitation, job, registration};
use sea_orm::{ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

/// What every letter may need.
pub struct Context<'a> {
    /// The database.
    pub db: &'a DatabaseConnection,
    /// URL under which people reach this server, without a slash at the end.
    pub public_url: &'a str,
    /// What the instance is called.
    pub instance_name: &'a str,
    /// Now.
    pub now: DateTime<Utc>,
}

#[derive(Template)]
#[template(path = "mail/verify_email.txt")]
struct VerifyEmail<'a> {
    instance_name: &'a str,
    link: String,
}

#[derive(Template)]
#[template(path = "mail/account_exists.txt")]
struct AccountExists<'a> {
    instance_name: &'a str,
    link: String,
}

#[derive(Template)]
#[template(path = "mail/reset_password.txt")]
struct ResetPassword<'a> {
    instance_name: &'a str,
    link: String,
}

#[derive(Template)]
#[template(path = "mail/change_email.txt")]
struct ChangeEmail<'a> {
    instance_name: &'a str,
    link: String,
}

#[derive(Template)]
#[template(path = "mail/email_changed.txt")]
struct EmailChanged<'a> {
    instance_name: &'a str,
}

#[derive(Template)]
#[template(path = "mail/invitation.txt")]
struct Invitation<'a> {
    inviter: &'a str,
    what: &'a str,
    instance_name: &'a str,
    link: String,
}

#[derive(Template)]
#[template(path = "mail/listing_moderated.txt")]
struct ListingModerated<'a> {
    organization: &'a str,
    what: &'a str,
    note: Option<&'a str>,
    /// Whether its owners may hand it in again.
    is_open: bool,
    /// Where the listing is seen now, if anywhere.
    seen: Option<String>,
    instance_name: &'a str,
    url: String,
}

#[derive(Template)]
#[template(path = "mail/job_expires.txt")]
struct JobExpires<'a> {
    title: &'a str,
    organization: &'a str,
    end: String,
    instance_name: &'a str,
    page: String,
    link: String,
}

/// The letter of a message; `None` when there is nothing to say any more, or nobody to say it to.
///
/// # Errors
/// Whatever the database answers.
pub async fn write(
    context: &Context<'_>,
    message: &mail::Model,
) -> Result<Option<Letter>, ApiError> {
    let instance_name = context.instance_name;
    match message.template {
        Kind::VerifyEmail => verify_email(context, message).await,
        Kind::ResetPassword => {
            let Some(account) = account(context, message).await? else {
                return Ok(None);
            };
            let link = reset_link(context, message, account).await?;
            letter(
                &format!("A new password for {instance_name}"),
                &ResetPassword {
                    instance_name,
                    link,
                },
            )
        }
        Kind::ChangeEmail => {
            let link = link(context, message, Purpose::ChangeEmail, record_id(message)?).await?;
            letter(
                &format!("Your new address at {instance_name}"),
                &ChangeEmail {
                    instance_name,
                    link,
                },
            )
        }
        Kind::EmailChanged => letter(
            &format!("Your account at {instance_name} has a new address"),
            &EmailChanged { instance_name },
        ),
        Kind::Invitation => invitation(context, message).await,
        Kind::ClaimEmail => claims::email(context, message).await,
        Kind::ClaimContested => claims::contested(context, message).await,
        Kind::ClaimDecided => claims::decided(context, message).await,
        Kind::ListingModerated => listing_moderated(context, message).await,
        Kind::JobExpires => job_expires(context, message).await,
        Kind::JobAlerts => job_alerts::write(context, message).await,
    }
}

async fn verify_email(
    context: &Context<'_>,
    message: &mail::Model,
) -> Result<Option<Letter>, ApiError> {
    let instance_name = context.instance_name;
    let subject = format!("Your account at {instance_name}");
    // Whether there is an account already is decided here, not where the answer could tell.
    if let Some(account) = account(context, message).await? {
        let link = reset_link(context, message, account).await?;
        return letter(
            &subject,
            &AccountExists {
                instance_name,
                link,
            },
        );
    }
    let id = record_id(message)?;
    let registration = registration::Entity::find_by_id(id).one(context.db).await?;
    if registration.is_none() {
        return Ok(None);
    }
    let link = link(context, message, Purpose::VerifyEmail, id).await?;
    letter(
        &subject,
        &VerifyEmail {
            instance_name,
            link,
        },
    )
}

async fn invitation(
    context: &Context<'_>,
    message: &mail::Model,
) -> Result<Option<Letter>, ApiError> {
    let id = record_id(message)?;
    let Some(invitation) = invitation::Entity::find_by_id(id).one(context.db).await? else {
        return Ok(None);
    };
    let row = organization::Entity::find_by_id(invitation.organization_id);
    let (Some(organization), Some(inviter)) = (
        row.one(context.db).await?,
        inviter(context, &invitation).await?,
    ) else {
        return Ok(None);
    };
    // A name that nobody has looked at is on the page of the link.
    let (inviter, listing) = match organization.status {
        Status::Published => match seen_name(context.db, &organization).await? {
            Some(name) => (name, "its listing"),
            None => (inviter, "a listing whose name no moderator has seen yet"),
        },
        Status::Pending | Status::Rejected | Status::Archived => {
            (inviter, "a listing that is not public")
        }
        Status::Deleted | Status::Merged => return Ok(None),
    };
    let link = link(context, message, Purpose::Invitation, id).await?;
    let what = match invitation.role {
        MembershipRole::Owner => format!("be an owner of {listing}"),
        MembershipRole::Editor => format!("edit {listing}"),
    };
    letter(
        &format!("An invitation from {inviter}"),
        &Invitation {
            inviter: &inviter,
            what: &what,
            instance_name: context.instance_name,
            link,
        },
    )
}

/// Who invites: an owner by their address, as whom they invite knows them; a moderator as one of many. `None`
/// for somebody who is suspended.
async fn inviter(
    context: &Context<'_>,
    invitation: &invitation::Model,
) -> Result<Option<String>, DbErr> {
    let account = account::Entity::find_by_id(invitation.invited_by);
    let Some(account) = account.one(context.db).await? else {
        return Ok(None);
    };
    let ids = (invitation.organization_id, invitation.invited_by);
    let membership = membership::Entity::find_by_id(ids).one(context.db).await?;
    Ok(match membership {
        _ if account.suspended_at.is_some() => None,
        Some(_) => Some(account.email),
        None => Some(format!("the moderators of {}", context.instance_name)),
    })
}

async fn listing_moderated(
    context: &Context<'_>,
    message: &mail::Model,
) -> Result<Option<Letter>, ApiError> {
    let id = record_id(message)?;
    let organization = text(message, "organization")?;
    let what = text(message, "what")?;
    let row = organization::Entity::find_by_id(OrganizationId(id));
    let status = row.one(context.db).await?.map(|row| row.status);
    let seen = match status {
        Some(Status::Published | Status::Merged) => Some(format!("/organizations/{id}")),
        Some(Status::Pending | Status::Rejected | Status::Archived) => {
            Some(format!("/v1/organizations/{id}"))
        }
        Some(Status::Deleted) | None => None,
    };
    let seen = seen.map(|path| format!("{}{path}", context.public_url));
    letter(
        &format!("Your listing of {organization} was {what}"),
        &ListingModerated {
            organization,
            what,
            note: message.parameters["note"].as_str(),
            is_open: matches!(what, "declined" | "archived"),
            seen,
            instance_name: context.instance_name,
            url: format!("{}/v1/organizations/{id}", context.public_url),
        },
    )
}

async fn job_expires(
    context: &Context<'_>,
    message: &mail::Model,
) -> Result<Option<Letter>, ApiError> {
    let id = record_id(message)?;
    // Closed or renewed in between: nothing to say.
    let Some(job) = job::Entity::public(context.now)
        .filter(job::Column::Id.eq(JobId(id)))
        .one(context.db)
        .await?
    else {
        return Ok(None);
    };
    let (Some(end), Some(organization)) = (
        job.valid_through
            .filter(|end| *end <= context.now + REMINDER),
        name(context, job.organization_id).await?,
    ) else {
        return Ok(None);
    };
    let link = link(context, message, Purpose::RenewJob, id).await?;
    let title = line(&job.title);
    letter(
        &format!("Your job \u{201c}{title}\u{201d} ends in a week"),
        &JobExpires {
            title: &title,
            organization: &organization,
            end: end.format("%-d %B %Y").to_string(),
            instance_name: context.instance_name,
            page: format!("{}/jobs/{}", context.public_url, job.slug),
            link,
        },
    )
}

pub(super) fn letter(subject: &str, body: &impl Template) -> Result<Option<Letter>, ApiError> {
    let body = body
        .render()
        .map_err(|_| ApiError::Internal("a letter could not be written"))?;
    // A header is one line (RFC 5322 section 2.2).
    let subject = subject.replace(char::is_control, " ");
    Ok(Some(Letter {
        subject,
        body,
        unsubscribe: None,
    }))
}

async fn account(
    context: &Context<'_>,
    message: &mail::Model,
) -> Result<Option<account::Model>, DbErr> {
    account::Entity::find_by_login(&message.recipient)
        .one(context.db)
        .await
}

async fn reset_link(
    context: &Context<'_>,
    message: &mail::Model,
    account: account::Model,
) -> Result<String, ApiError> {
    link(context, message, Purpose::ResetPassword, account.id.0).await
}

/// A link with a new token to the page of ours that uses it.
pub(super) async fn link(
    context: &Context<'_>,
    message: &mail::Model,
    purpose: Purpose,
    record_id: Uuid,
) -> Result<String, ApiError> {
    let page = match purpose {
        Purpose::VerifyEmail => "verify-email",
        Purpose::ResetPassword => "reset-password",
        Purpose::ChangeEmail => "change-email",
        Purpose::Invitation => "accept-invitation",
        Purpose::Claim => "confirm-claim",
        Purpose::RenewJob => "renew-job",
    };
    let token = tokens::issue(
        context.db,
        purpose,
        record_id,
        &message.recipient,
        context.now,
    )
    .await?;
    Ok(format!("{}/{page}?token={token}", context.public_url))
}

async fn name(context: &Context<'_>, id: OrganizationId) -> Result<Option<String>, DbErr> {
    let row = organization::Entity::find_by_id(id).one(context.db).await?;
    Ok(row.map(|row| row.name))
}

pub(super) fn record_id(message: &mail::Model) -> Result<Uuid, ApiError> {
    text(message, "record_id")?
        .parse()
        .map_err(|_| ApiError::Internal("a message names no record"))
}

pub(super) fn text<'a>(message: &'a mail::Model, name: &str) -> Result<&'a str, ApiError> {
    message.parameters[name]
        .as_str()
        .ok_or(ApiError::Internal("a message lacks a parameter"))
}
