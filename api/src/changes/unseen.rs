//! The history of what was never public: bounded, as nobody has looked at it.

use crate::changes::diff::LONG_BYTES;
use crate::changes::record::{Change, listed};
use crate::changes::wake::Key;
use entity::change::{self, Action, ActorRole};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect};
use serde_json::Value;

/// So many of the last updates by its owners and editors are kept, and so many notes of what they did about
/// it, before another one comes.
const KEPT: u64 = 19;

/// Leaves long values out of changes to what was never public, and makes room for them by forgetting older
/// ones. What moderators did stays, and so does that it was made.
///
/// # Errors
/// Whatever the database answers.
pub async fn bound(txn: &DatabaseTransaction, changes: &mut [Change]) -> Result<(), DbErr> {
    let hidden = changes.iter().filter(|change| may_be_unseen(change));
    let hidden: Vec<Key> = hidden.map(|change| (change.kind, change.id)).collect();
    if hidden.is_empty() {
        return Ok(());
    }
    let seen = listed(txn, hidden.into_iter()).await?;
    for change in changes.iter_mut().filter(|change| may_be_unseen(change)) {
        if !seen.contains(&(change.kind, change.id)) {
            leave_long_values_out(&mut change.fields);
            forget_older(txn, change).await?;
        }
    }
    Ok(())
}

fn may_be_unseen(change: &Change) -> bool {
    !change.was_public
        && !change.public
        && matches!(change.action, Action::Updated | Action::Managed)
        && matches!(change.actor.role, ActorRole::Owner | ActorRole::Editor)
}

/// What is left says that the field changed.
fn leave_long_values_out(fields: &mut Value) {
    for field in fields.as_array_mut().into_iter().flatten() {
        if let Some(field) = field.as_object_mut()
            && ["from", "to"]
                .iter()
                .filter_map(|side| field.get(*side))
                .any(|value| value.to_string().len() > LONG_BYTES)
        {
            field.retain(|name, _| name == "pointer");
        }
    }
}

async fn forget_older(txn: &DatabaseTransaction, change: &Change) -> Result<(), DbErr> {
    let like_it = change::Entity::about(change.kind, change.id)
        .filter(change::Column::Action.eq(change.action))
        .filter(change::Column::Role.is_in([ActorRole::Owner, ActorRole::Editor]));
    let first_too_old: Option<i64> = like_it
        .select_only()
        .column(change::Column::Seq)
        .offset(KEPT)
        .limit(1)
        .into_tuple()
        .one(txn)
        .await?;
    if let Some(seq) = first_too_old {
        change::Entity::delete_many()
            .filter(change::Column::Kind.eq(change.kind))
            .filter(change::Column::Id.eq(change.id))
            .filter(change::Column::Action.eq(change.action))
            .filter(change::Column::Role.is_in([ActorRole::Owner, ActorRole::Editor]))
            .filter(change::Column::Seq.lte(seq))
            .exec(txn)
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_short_values_are_kept() {
        let long = "long ".repeat(300);
        let mut fields = json!([
            {"pointer": "/summary", "from": "a", "to": "b"},
            {"pointer": "/description", "from": null, "to": long},
            {"pointer": "/description", "from": long, "to": "b", "offset": 7},
        ]);
        leave_long_values_out(&mut fields);
        let kept = json!([
            {"pointer": "/summary", "from": "a", "to": "b"},
            {"pointer": "/description"},
            {"pointer": "/description"},
        ]);
        assert_eq!(fields, kept);
    }
}
