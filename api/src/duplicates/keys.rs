//! Keys under which the records that may be of one organization are found by index alone.
//!
//! Two records are compared only when they share a key that few have. Whoever changes which keys a record
//! has ships a migration that empties `organization_key`: every start writes what is missing
//! ([`backfill`](super::backfill)).

use crate::duplicates::facts::Facts;
use crate::duplicates::names;
use crate::organizations::input::OrganizationInput;
use entity::ids::OrganizationId;
use entity::organization_key::{ActiveModel, Column, Entity};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use std::collections::BTreeSet;

/// Names of more words are not looked for with a word less.
const MOST_WORDS: usize = 6;

/// Longest key, in bytes: some columns of an index hold no more.
const LONGEST: usize = 250;

/// Rows per statement, well under both databases' limit of bind parameters.
const ROWS_PER_INSERT: usize = 500;

/// The keys of a record, in order:
///
/// - `id:<scheme>:<value>`, one for each register number;
/// - `domain:<host>`;
/// - `name:<words>`, for each name, and the same without each single word, so that names that differ in
///   one word, however it is written, meet;
/// - `sound:<letters>`, for each name: what is left without vowels and spaces;
/// - `post:<country>:<code>`.
///
/// Every record has one: a name without letters and digits is a key as it is.
pub fn keys(record: &OrganizationInput) -> BTreeSet<String> {
    let facts = Facts::of(record);
    let mut keys = BTreeSet::new();
    for (scheme, value) in &facts.identifiers {
        keys.insert(format!("id:{scheme}:{value}"));
    }
    if let Some(domain) = &facts.domain {
        keys.insert(of_domain(domain));
    }
    for words in &facts.names {
        keys.insert(name_key(words));
        if (2..=MOST_WORDS).contains(&words.len()) {
            for leave_out in words {
                let rest: Vec<_> = words
                    .iter()
                    .filter(|word| *word != leave_out)
                    .cloned()
                    .collect();
                keys.insert(name_key(&rest));
            }
        }
    }
    for name in [Some(&record.name), record.legal_name.as_ref()] {
        if let Some(skeleton) = name.and_then(|name| names::skeleton(name)) {
            keys.insert(format!("sound:{skeleton}"));
        }
    }
    if let (Some(country), Some(code)) = (&facts.country, &facts.postal_code) {
        keys.insert(format!("post:{country}:{code}"));
    }
    if facts.names.is_empty() {
        keys.insert(format!("name:{}", record.name));
    }
    keys.into_iter().map(shortened).collect()
}

/// The key that every record of this very name has.
pub fn of_name(name: &str) -> String {
    let words = names::words(name);
    shortened(if words.is_empty() {
        format!("name:{name}")
    } else {
        name_key(&words)
    })
}

/// The key of every record whose website has this domain.
pub fn of_domain(domain: &str) -> String {
    shortened(format!("domain:{domain}"))
}

fn name_key(words: &[String]) -> String {
    format!("name:{}", words.join(" "))
}

fn shortened(mut key: String) -> String {
    if key.len() > LONGEST {
        let end = key.floor_char_boundary(LONGEST);
        key.truncate(end);
    }
    key
}

/// Writes the keys of records that have none, in the transaction that writes the records.
///
/// # Errors
/// Whatever the database answers.
pub async fn insert(
    txn: &impl ConnectionTrait,
    records: impl IntoIterator<Item = (OrganizationId, BTreeSet<String>)>,
) -> Result<(), DbErr> {
    let rows: Vec<ActiveModel> = records
        .into_iter()
        .flat_map(|(id, keys)| {
            keys.into_iter().map(move |key| ActiveModel {
                key: Set(key),
                organization_id: Set(id),
            })
        })
        .collect();
    for rows in rows.chunks(ROWS_PER_INSERT) {
        Entity::insert_many(rows.to_vec())
            .on_conflict_do_nothing()
            .exec_without_returning(txn)
            .await?;
    }
    Ok(())
}

/// Replaces the keys of a record, when they are not what they were.
///
/// # Errors
/// Whatever the database answers.
pub async fn update(
    txn: &impl ConnectionTrait,
    id: OrganizationId,
    before: &OrganizationInput,
    after: &OrganizationInput,
) -> Result<(), DbErr> {
    let wanted = keys(after);
    if keys(before) == wanted {
        return Ok(());
    }
    delete(txn, id).await?;
    insert(txn, [(id, wanted)]).await
}

/// Removes the keys of a record that is no longer one.
///
/// # Errors
/// Whatever the database answers.
pub async fn delete(txn: &impl ConnectionTrait, id: OrganizationId) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::OrganizationId.eq(id))
        .exec(txn)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::keys;
    use crate::organizations::input::{Address, Identifier, OrganizationInput};

    #[test]
    fn what_a_record_is_found_by() {
        let record = OrganizationInput {
            name: "Green City Wholefoods Ltd".to_owned(),
            website: Some("https://www.greencity.co.uk/".to_owned()),
            identifiers: vec![Identifier {
                scheme: "GB-COH".to_owned(),
                value: " 78-9012".to_owned(),
            }],
            address: Some(Address {
                postal_code: Some("g31 1nz".to_owned()),
                country: Some("GB".to_owned()),
                ..Address::default()
            }),
            ..OrganizationInput::default()
        };
        let expected = [
            "domain:greencity.co.uk",
            "id:gb-coh:00789012",
            "name:city green",
            "name:city green wholefoods",
            "name:city wholefoods",
            "name:green wholefoods",
            "post:GB:g311nz",
            "sound:grnctwlfds",
        ];
        assert_eq!(keys(&record).into_iter().collect::<Vec<_>>(), expected);
        let nameless = OrganizationInput {
            name: "!".repeat(200),
            ..OrganizationInput::default()
        };
        assert_eq!(keys(&nameless).len(), 1);
    }
}
