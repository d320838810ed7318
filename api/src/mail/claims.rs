//! Letters about claims to listings.

use crate::error::ApiError;
use crate::mail::letters::{Context, letter, link, record_id, text};
use crate::mail::transport::Letter;
use crate::verification::seen_name::seen_name;
use askama::Template;
use entity::mail_token::Purpose;
use entity::{claim, mail, organization};
use sea_orm::{DbErr, EntityTrait};

#[derive(Template)]
#[template(path = "mail/claim_email.txt")]
struct ClaimEmail<'a> {
    organization: &'a str,
    instance_name: &'a str,
    link: String,
}

#[derive(Template)]
#[template(path = "mail/claim_contested.txt")]
struct ClaimContested<'a> {
    organization: &'a str,
    domain: &'a str,
    instance_name: &'a str,
    url: String,
}

#[derive(Template)]
#[template(path = "mail/claim_decided.txt")]
struct ClaimDecided<'a> {
    organization: &'a str,
    decision: &'a str,
    instance_name: &'a str,
}

/// The letter with the link that proves a claim.
///
/// # Errors
/// Whatever the database answers.
pub async fn email(
    context: &Context<'_>,
    message: &mail::Model,
) -> Result<Option<Letter>, ApiError> {
    let id = record_id(message)?;
    let Some(claim) = claim::Entity::find_by_id(id).one(context.db).await? else {
        return Ok(None);
    };
    let Some(organization) = claimed(context, &claim).await? else {
        return Ok(None);
    };
    let link = link(context, message, Purpose::Claim, id).await?;
    letter(
        &format!("Is the listing of {organization} yours?"),
        &ClaimEmail {
            organization: &organization,
            instance_name: context.instance_name,
            link,
        },
    )
}

/// To the owners: somebody else has proven the domain.
///
/// # Errors
/// Whatever the database answers.
pub async fn contested(
    context: &Context<'_>,
    message: &mail::Model,
) -> Result<Option<Letter>, ApiError> {
    let Some(organization) = claimed_by(context, message).await? else {
        return Ok(None);
    };
    letter(
        &format!("Somebody claims the listing of {organization}"),
        &ClaimContested {
            organization: &organization,
            domain: text(message, "domain")?,
            instance_name: context.instance_name,
            url: format!("{}{}", context.public_url, text(message, "path")?),
        },
    )
}

/// To whoever claimed: what was decided.
///
/// # Errors
/// Whatever the database answers.
pub async fn decided(
    context: &Context<'_>,
    message: &mail::Model,
) -> Result<Option<Letter>, ApiError> {
    let Some(organization) = claimed_by(context, message).await? else {
        return Ok(None);
    };
    letter(
        &format!("Your claim to the listing of {organization}"),
        &ClaimDecided {
            organization: &organization,
            decision: text(message, "decision")?,
            instance_name: context.instance_name,
        },
    )
}

/// What to call the listing that is claimed: by its name if somebody has looked at that, else by its domain.
async fn claimed(context: &Context<'_>, claim: &claim::Model) -> Result<Option<String>, DbErr> {
    let row = organization::Entity::find_by_id(claim.organization_id);
    let Some(organization) = row.one(context.db).await? else {
        return Ok(None);
    };
    let name = seen_name(context.db, &organization).await?;
    Ok(name.or_else(|| Some(format!("an organization at {}", claim.domain))))
}

/// The same of the claim that a message is about.
async fn claimed_by(
    context: &Context<'_>,
    message: &mail::Model,
) -> Result<Option<String>, ApiError> {
    let claim = claim::Entity::find_by_id(record_id(message)?);
    match claim.one(context.db).await? {
        Some(claim) => Ok(claimed(context, &claim).await?),
        None => Ok(None),
    }
}
