//! Fields that were taken down: how they are emptied, kept from imports, and erased from the history.

use crate::organizations::input::OrganizationInput;
use entity::change::{self, Kind};
use entity::ids::OrganizationId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect};
use serde_json::Value;
use utoipa::openapi::schema::{Array, ArrayBuilder};

/// What can be taken down: data that may be of a person.
pub const FIELDS: [&str; 7] = [
    "address.postal_code",
    "address.street",
    "description",
    "email",
    "links",
    "location",
    "phone",
];

/// Changes read at a time.
const BATCH: u64 = 200;

/// A list of such fields.
pub fn schema() -> Array {
    ArrayBuilder::new()
        .items(crate::vocabulary::schema::words(FIELDS.into_iter()))
        .max_items(Some(FIELDS.len()))
        .build()
}

/// The same, at least one.
pub fn some() -> Array {
    ArrayBuilder::from(schema()).min_items(Some(1)).build()
}

/// Empties a field.
pub fn empty(input: &mut OrganizationInput, field: &str) {
    put(input, field, &OrganizationInput::default());
}

/// Leaves what is withheld as it is here, whatever a source says of it: empty, or what the record's
/// editors wrote.
pub fn keep(withheld: &[String], before: &OrganizationInput, after: &mut OrganizationInput) {
    for field in withheld {
        put(after, field, before);
    }
}

fn put(input: &mut OrganizationInput, field: &str, from: &OrganizationInput) {
    match field {
        "description" => input.description.clone_from(&from.description),
        "email" => input.email.clone_from(&from.email),
        "links" => input.links.clone_from(&from.links),
        "location" => input.location.clone_from(&from.location),
        "phone" => input.phone.clone_from(&from.phone),
        "address.street" | "address.postal_code" => {
            let theirs = from.address.clone().unwrap_or_default();
            let mut address = input.address.take().unwrap_or_default();
            if field == "address.street" {
                address.street = theirs.street;
            } else {
                address.postal_code = theirs.postal_code;
            }
            input.address = Some(address);
        }
        _ => {}
    }
}

/// Takes the values of these fields out of a record's history. That they changed, and when, stays.
///
/// # Errors
/// Whatever the database answers.
pub async fn erase_history(
    txn: &DatabaseTransaction,
    id: OrganizationId,
    fields: &[String],
) -> Result<(), DbErr> {
    let mut before = i64::MAX;
    loop {
        let rows: Vec<(i64, Value)> = change::Entity::of(Kind::Organization, id.0)
            .filter(change::Column::Seq.lt(before))
            .select_only()
            .column(change::Column::Seq)
            .column(change::Column::Fields)
            .limit(BATCH)
            .into_tuple()
            .all(txn)
            .await?;
        let Some((last, _)) = rows.last() else {
            return Ok(());
        };
        before = *last;
        for (seq, mut changed) in rows {
            if erase(&mut changed, fields) {
                change::Entity::update_many()
                    .col_expr(change::Column::Fields, Expr::value(changed))
                    .filter(change::Column::Seq.eq(seq))
                    .exec(txn)
                    .await?;
            }
        }
    }
}

/// Whether there was anything to erase.
fn erase(changed: &mut Value, fields: &[String]) -> bool {
    let before = changed.clone();
    for change in changed.as_array_mut().into_iter().flatten() {
        let Some(change) = change.as_object_mut() else {
            continue;
        };
        let pointer = change.get("pointer").and_then(Value::as_str);
        let name = pointer
            .unwrap_or_default()
            .trim_start_matches('/')
            .to_owned();
        for field in fields {
            match field.split_once('.') {
                None if *field == name => {
                    change.remove("from");
                    change.remove("to");
                    change.remove("offset");
                }
                Some((whole, part)) if whole == name => {
                    for side in ["from", "to"] {
                        if let Some(Value::Object(value)) = change.get_mut(side) {
                            value.remove(part);
                        }
                    }
                }
                _ => {}
            }
        }
    }
    *changed != before
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_taken_down_leaves_the_history() {
        let mut changed = json!([
            {"pointer": "/summary", "from": "a", "to": "b"},
            {"pointer": "/links", "from": [{"rel": "x"}], "to": []},
            {"pointer": "/address", "from": null, "to": {"street": "1 Mill Lane", "locality": "Leeds"}},
        ]);
        let fields = ["links", "address.street"].map(str::to_owned);
        assert!(erase(&mut changed, &fields));
        assert_eq!(
            changed,
            json!([
                {"pointer": "/summary", "from": "a", "to": "b"},
                {"pointer": "/links"},
                {"pointer": "/address", "from": null, "to": {"locality": "Leeds"}},
            ])
        );
        assert!(!erase(&mut changed, &fields));
    }
}
