//! Slugs: readable, unique for ever, and never an id.

use entity::change::Kind;
use entity::{feed_entry, job, organization};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, QueryFilter,
    QuerySelect,
};
use std::collections::HashSet;
use std::hash::BuildHasher;
use uuid::Uuid;

/// Longest slug before a number is appended.
const MAX_CHARS: usize = 80;

/// Slugs that are looked up at first, and at most, to find a free one: by their exact text, which
/// the unique index answers, whatever the database's collation.
const FIRST_LOOK: u64 = 8;
const MAX_LOOK: u64 = 512;

/// Key of the PostgreSQL advisory lock that makes "look and take" of slugs and source ids one step.
const NAMING_LOCK: i64 = 0x746f_6164_736c_7567;

/// Keeps other writers from naming new records until this transaction ends. Taken before any row.
///
/// # Errors
/// Whatever the database answers.
pub async fn lock(txn: &DatabaseTransaction) -> Result<(), DbErr> {
    // On SQLite this transaction is the only writer already.
    if txn.get_database_backend() == DbBackend::Postgres {
        txn.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({NAMING_LOCK})"))
            .await?;
    }
    Ok(())
}

/// Whose slugs: those of each are unique for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Records {
    /// Organizations.
    Organizations,
    /// Jobs.
    Jobs,
}

impl Records {
    fn kind(self) -> Kind {
        match self {
            Self::Organizations => Kind::Organization,
            Self::Jobs => Kind::Job,
        }
    }
}

/// What the slug of a new record begins with. Of what is not public yet it has a random end, which `id` is
/// taken for: neither does it tell what else there is, nor does another's slug tell of it.
pub fn of_new(base: String, is_public: bool, id: Uuid) -> String {
    if is_public {
        return base;
    }
    // The last digits of a UUIDv7 are random (RFC 9562 section 5.7).
    let (_, random) = id.as_u64_pair();
    format!("{base}-{:08x}", random & 0xffff_ffff)
}

/// The slug that a record has from its first publication on; none when it was public before, as its slug
/// never changes again. Hold [`lock`] while calling it.
///
/// # Errors
/// Whatever the database answers.
pub async fn on_publication(
    txn: &DatabaseTransaction,
    records: Records,
    id: Uuid,
    base: &str,
) -> Result<Option<String>, DbErr> {
    let listed = feed_entry::Entity::find_by_id((records.kind(), id));
    if listed.one(txn).await?.is_some() {
        return Ok(None);
    }
    let slug = free(txn, records, base, &HashSet::new()).await?;
    Ok(Some(slug))
}

/// The name in lower-case ASCII letters, digits and hyphens, whatever script it is written in; `nameless`
/// when none of it can be.
pub fn base(name: &str, nameless: &str) -> String {
    let mut slug = String::new();
    for char in deunicode::deunicode(name).chars() {
        if slug.len() >= MAX_CHARS {
            break;
        }
        if char.is_ascii_alphanumeric() {
            slug.push(char.to_ascii_lowercase());
        } else if matches!(char, '\'' | '.') {
            // "Workers' Co-op" is "workers-co-op", "S.C.O.P." is "scop".
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    if slug.is_empty() {
        return nameless.to_owned();
    }
    // Ids, slugs and `POST /v1/organizations/duplicates` share one place in the path.
    if Uuid::try_parse(&slug).is_ok() || slug == "duplicates" {
        return format!("{nameless}-{slug}");
    }
    slug
}

/// The first of `base`, `base-2`, `base-3`, … that nobody has or had, here or in `taken`.
/// Hold [`lock`] while calling it.
///
/// # Errors
/// Whatever the database answers.
pub async fn free(
    txn: &DatabaseTransaction,
    records: Records,
    base: &str,
    taken: &HashSet<String, impl BuildHasher>,
) -> Result<String, DbErr> {
    let (mut from, mut count) = (1_u64, FIRST_LOOK);
    loop {
        let candidates: Vec<String> = (from..from + count)
            .map(|number| match number {
                1 => base.to_owned(),
                number => format!("{base}-{number}"),
            })
            .collect();
        let used = used(txn, records, &candidates).await?;
        if let Some(free) = candidates
            .into_iter()
            .find(|slug| !used.contains(slug) && !taken.contains(slug))
        {
            return Ok(free);
        }
        from += count;
        count = (count * 2).min(MAX_LOOK);
    }
}

/// Those of these slugs that somebody has or had. At most 1,000 at a time.
///
/// # Errors
/// Whatever the database answers.
pub async fn used(
    txn: &DatabaseTransaction,
    records: Records,
    slugs: &[String],
) -> Result<HashSet<String>, DbErr> {
    let used: Vec<String> = match records {
        Records::Organizations => {
            organization::Entity::find()
                .select_only()
                .column(organization::Column::Slug)
                .filter(organization::Column::Slug.is_in(slugs))
                .into_tuple()
                .all(txn)
                .await?
        }
        Records::Jobs => {
            job::Entity::find()
                .select_only()
                .column(job::Column::Slug)
                .filter(job::Column::Slug.is_in(slugs))
                .into_tuple()
                .all(txn)
                .await?
        }
    };
    Ok(used.into_iter().collect())
}

#[cfg(test)]
mod tests {
    fn base(name: &str) -> String {
        super::base(name, "organization")
    }

    #[test]
    fn names_of_every_script() {
        assert_eq!(base("Graphics Co-op Ltd"), "graphics-co-op-ltd");
        assert_eq!(
            base("  Cambá — Cooperativa de Trabajo "),
            "camba-cooperativa-de-trabajo"
        );
        assert_eq!(base("Workers' Co-op (S.C.O.P.)"), "workers-co-op-scop");
        assert_eq!(base("コープこうべ"), "kopukoube");
        assert_eq!(base("!!!"), "organization");
        assert_eq!(
            base("0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071"),
            "organization-0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071"
        );
        assert_eq!(base("Duplicates!"), "organization-duplicates");
        assert!(base(&"long name ".repeat(50)).len() <= 80);
    }
}
