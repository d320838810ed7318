//! What is done about a record without changing it: who speaks for it, what became of a claim or a report.
//!
//! It stands in the record's history for its owners and moderators alone. Readers, feeds and entity tags
//! do not see it, as nothing they could see has changed.

use crate::changes::{Actor, Change, WriteTransaction, record};
use chrono::{DateTime, Utc};
use entity::change::{Action, Kind};
use entity::ids::AccountId;
use entity::membership::MembershipRole;
use entity::organization::Model;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// One thing that is not what it was, as the history says it.
pub fn field(name: &str, id: Uuid, from: impl Serialize, to: impl Serialize) -> Value {
    json!({"pointer": format!("/{name}/{id}"), "from": from, "to": to})
}

/// A member who came, went or has another role; `None` is nobody.
pub fn member(
    account: AccountId,
    from: Option<MembershipRole>,
    to: Option<MembershipRole>,
) -> Value {
    field("members", account.0, from, to)
}

/// An invitation that was sent, ended or is for another role; without the address, which is of a person.
pub fn invitation(id: Uuid, from: Option<MembershipRole>, to: Option<MembershipRole>) -> Value {
    field("invitations", id, from, to)
}

/// Notes it; nothing if there is nothing to note. The record is as `row` says.
pub fn note(
    txn: &mut WriteTransaction,
    row: &Model,
    actor: Actor,
    fields: Vec<Value>,
    at: DateTime<Utc>,
) {
    if fields.is_empty() {
        return;
    }
    record(
        txn,
        Change {
            kind: Kind::Organization,
            id: row.id.0,
            action: Action::Managed,
            version: row.version,
            actor,
            fields: Value::Array(fields),
            note: None,
            was_public: false,
            public: false,
            at,
        },
    );
}
