//! Which name of a listing may stand in mail.

use crate::vocabulary::visible::line;
use entity::change::{self, Action, ActorRole, Column, Kind};
use entity::organization::{Model, Status};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, QueryFilter, QuerySelect};

/// Changes that are looked at, the latest first. Whoever made more since has a name that nobody has seen.
const LOOKED_AT: u64 = 50;

/// The name by which a letter to people who do not speak for the listing may call it, on one line: anybody can
/// list anything and call it anything, and a letter would say it in our name. It is the present name of a
/// listing that is public, if a moderator published the listing or wrote the name since those who speak for it
/// last changed it, or an import brought it. `None` otherwise.
///
/// # Errors
/// Whatever the database answers.
pub async fn seen_name(
    db: &impl ConnectionTrait,
    listing: &Model,
) -> Result<Option<String>, DbErr> {
    if listing.status != Status::Published {
        return Ok(None);
    }
    let names = Expr::col(Column::Fields)
        .cast_as("text")
        .like("%\"/name\"%");
    let changes = change::Entity::about(Kind::Organization, listing.id.0)
        .filter(
            Condition::any()
                .add(Column::Action.is_in([Action::Created, Action::Published]))
                .add(names),
        )
        .limit(LOOKED_AT)
        .all(db)
        .await?;
    let is_seen = changes.iter().find_map(says).unwrap_or(false);
    Ok(is_seen.then(|| line(&listing.name)))
}

/// Whether the name was seen with this change; `None` when it says nothing about that.
fn says(change: &change::Model) -> Option<bool> {
    let mut fields = change.fields.as_array().into_iter().flatten();
    let wrote = change.action == Action::Created || fields.any(|field| field["pointer"] == "/name");
    match (change.role, change.action) {
        (ActorRole::Moderator | ActorRole::Admin, Action::Published) => Some(true),
        (ActorRole::Moderator | ActorRole::Admin | ActorRole::Import, _) if wrote => Some(true),
        (ActorRole::Owner | ActorRole::Editor, _) if wrote => Some(false),
        (
            ActorRole::Owner
            | ActorRole::Editor
            | ActorRole::Moderator
            | ActorRole::Admin
            | ActorRole::Import
            | ActorRole::Time,
            _,
        ) => None,
    }
}
