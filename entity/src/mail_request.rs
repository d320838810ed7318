//! What somebody caused to be mailed to others: counted for two days, whatever became of the message and of
//! what it was about.

use crate::mail::Template;
use sea_orm::entity::prelude::*;

/// One message.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail_request")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What it says.
    pub template: Template,
    /// SHA-256 of the mailbox it goes to, in hex: all spellings of an address are one.
    pub mailbox: String,
    /// Who caused it: `account:<id>`, or `network:` and the SHA-256 of one, in hex.
    pub sender: String,
    /// When.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
