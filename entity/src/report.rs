//! What people report to the moderators about a listing.

use crate::ids::OrganizationId;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What is wrong with the listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It is advertising.
    Spam,
    /// It is no co-operative, nor its kin.
    NotACooperative,
    /// The organization is no more.
    Closed,
    /// Something in it is not so.
    WrongData,
    /// It shows data of a person who does not want that.
    PersonalData,
    /// It is listed more than once.
    Duplicate,
    /// Something else.
    Other,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing had to be done.
    Dismissed,
    /// The listing was changed, or taken down.
    Acted,
}

impl Outcome {
    /// Every word, as the API writes it.
    pub const WORDS: &[(&'static str, Self)] =
        &[("dismissed", Self::Dismissed), ("acted", Self::Acted)];
}

/// One report.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "report")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The listing.
    pub organization_id: OrganizationId,
    /// What is wrong with it.
    pub reason: Reason,
    /// In the reporter's words.
    pub detail: Option<String>,
    /// Where to write to the reporter; erased some time after the report is closed.
    pub email: Option<String>,
    /// SHA-256 of reporter, listing, reason and day, while the report is open and the day lasts.
    #[sea_orm(unique)]
    pub same_as: Option<String>,
    /// SHA-256 of reporter and day, while the day lasts.
    pub reporter: Option<String>,
    /// When.
    pub created_at: DateTimeUtc,
    /// When a moderator closed it.
    pub closed_at: Option<DateTimeUtc>,
    /// The moderator's account.
    pub closed_by: Option<Uuid>,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// What the moderator noted.
    pub note: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
