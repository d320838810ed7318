//! Whether a listing still names those whom others vouched for.

use crate::vocabulary::domain::own_domain;
use chrono::{DateTime, Utc};
use entity::attestation::{self, Column};
use entity::identity_change::{self, ActiveModel, Entity};
use entity::ids::OrganizationId;
use entity::organization::Model;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait,
    QueryFilter,
};

/// Whether readers would take it for another: its name, beyond case and punctuation, or where its website is.
pub fn differs(before: &Model, after: &Model) -> bool {
    spelled(&before.name) != spelled(&after.name) || has_moved(before, after.website.as_deref())
}

/// The letters and digits of a name, in lower case.
fn spelled(name: &str) -> String {
    let letters = name.chars().filter(|char| char.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// Whether its website is elsewhere: at another registrable domain, another page where many share one, or
/// there at all in one and not in the other.
pub fn has_moved(before: &Model, website: Option<&str>) -> bool {
    place(before.website.as_deref()) != place(website)
}

/// The domain of a website; where many share it, the page.
pub fn place(website: Option<&str>) -> Option<String> {
    let website = website?;
    Some(own_domain(website).unwrap_or_else(|| website.to_owned()))
}

/// Notes that those who speak for a listing made it name others, if anybody vouched for it: what was attested
/// until now does not count until a moderator [confirms](confirm) it. Recompute after.
///
/// # Errors
/// Whatever the database answers.
pub async fn changed(
    txn: &DatabaseTransaction,
    id: OrganizationId,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let attested = attestation::Entity::live(now)
        .filter(Column::OrganizationId.eq(id))
        .count(txn)
        .await?;
    if attested == 0 {
        return Ok(());
    }
    Entity::insert(ActiveModel {
        organization_id: Set(id),
        at: Set(now),
    })
    .on_conflict(
        OnConflict::column(identity_change::Column::OrganizationId)
            .update_column(identity_change::Column::At)
            .to_owned(),
    )
    .exec_without_returning(txn)
    .await?;
    Ok(())
}

/// Lets what was attested before count again; says whether there was anything to confirm. Recompute after.
///
/// # Errors
/// Whatever the database answers.
pub async fn confirm(txn: &DatabaseTransaction, id: OrganizationId) -> Result<bool, DbErr> {
    let confirmed = Entity::delete_by_id(id).exec(txn).await?;
    Ok(confirmed.rows_affected > 0)
}

/// Erases what was attested before the change: of a listing that is merged, it says nothing about the survivor.
///
/// # Errors
/// Whatever the database answers.
pub async fn drop_stale(txn: &DatabaseTransaction, id: OrganizationId) -> Result<(), DbErr> {
    let Some(change) = Entity::find_by_id(id).one(txn).await? else {
        return Ok(());
    };
    attestation::Entity::delete_many()
        .filter(Column::OrganizationId.eq(id))
        .filter(Column::CreatedAt.lte(change.at))
        .exec(txn)
        .await?;
    Entity::delete_by_id(id).exec(txn).await?;
    Ok(())
}
