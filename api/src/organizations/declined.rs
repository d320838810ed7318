//! Websites whose listings a moderator kept or took from the public.
//!
//! A proof of the domain publishes what nobody has looked at yet. What a moderator has decided, a moderator
//! undoes, also when the listing was deleted and posted anew. So the domain is remembered, and nothing else,
//! until a moderator publishes a listing with a website there.

use crate::vocabulary::domain::own_domain;
use chrono::{DateTime, Utc};
use entity::declined_domain::{ActiveModel, Column, Entity};
use entity::organization::Status;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use std::collections::HashSet;

/// Remembers, or forgets, a website whose listing a moderator has given this status.
///
/// # Errors
/// Whatever the database answers.
pub async fn moderated(
    txn: &impl ConnectionTrait,
    website: Option<&str>,
    status: Status,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let Some(domain) = website.and_then(own_domain) else {
        return Ok(());
    };
    match status {
        Status::Published => {
            Entity::delete_by_id(domain).exec(txn).await?;
        }
        Status::Pending | Status::Rejected | Status::Archived => {
            Entity::insert(ActiveModel {
                domain: Set(domain),
                declined_at: Set(now),
            })
            .on_conflict(
                OnConflict::column(Column::Domain)
                    .update_column(Column::DeclinedAt)
                    .to_owned(),
            )
            .exec_without_returning(txn)
            .await?;
        }
        Status::Deleted | Status::Merged => {}
    }
    Ok(())
}

/// Those of these websites that are remembered.
///
/// # Errors
/// Whatever the database answers.
pub async fn among<'a>(
    db: &impl ConnectionTrait,
    websites: impl Iterator<Item = &'a str>,
) -> Result<HashSet<&'a str>, DbErr> {
    let domains: Vec<_> = websites
        .filter_map(|website| Some((website, own_domain(website)?)))
        .collect();
    if domains.is_empty() {
        return Ok(HashSet::new());
    }
    let declined: HashSet<String> = Entity::find()
        .filter(Column::Domain.is_in(domains.iter().map(|(_, domain)| domain)))
        .all(db)
        .await?
        .into_iter()
        .map(|row| row.domain)
        .collect();
    Ok(domains
        .into_iter()
        .filter(|(_, domain)| declined.contains(domain))
        .map(|(website, _)| website)
        .collect())
}
