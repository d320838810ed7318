//! Typed record ids, so that an account's id never lands where an organization's is meant.

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Id of an organization, a UUIDv7.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    DeriveValueType,
)]
pub struct OrganizationId(pub Uuid);

/// Id of a person's account, a UUIDv7.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    DeriveValueType,
)]
pub struct AccountId(pub Uuid);

/// Id of a program that acts for an account, a UUIDv7; the `client_id` of OAuth.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    DeriveValueType,
)]
pub struct ClientId(pub Uuid);

/// Id of a job post, a UUIDv7.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    DeriveValueType,
)]
pub struct JobId(pub Uuid);

/// Id of a saved search, a UUIDv7.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    DeriveValueType,
)]
pub struct SavedSearchId(pub Uuid);

macro_rules! primary_key_of_uuid {
    ($($id:ident),+) => {$(
        impl sea_orm::TryFromU64 for $id {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($id)))
            }
        }

        impl std::fmt::Display for $id {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

primary_key_of_uuid!(OrganizationId, AccountId, ClientId, JobId, SavedSearchId);
