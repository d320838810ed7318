//! Tokens that were mailed, stored as hashes.

use sea_orm::entity::prelude::*;

/// What a mailed token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
pub enum Purpose {
    /// Completes a registration.
    VerifyEmail,
    /// Chooses a new password.
    ResetPassword,
    /// Gives an account a new address.
    ChangeEmail,
    /// Accepts an invitation.
    Invitation,
    /// Proves an address at an organization's domain.
    Claim,
    /// Gives a job more time.
    RenewJob,
}

/// One mailed token. It is used once.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail_token")]
pub struct Model {
    /// SHA-256 of the token, hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: String,
    /// What it is for.
    pub purpose: Purpose,
    /// The registration, account, invitation, claim or job it is about.
    pub record_id: Uuid,
    /// The address it was sent to.
    pub email: String,
    /// When.
    pub created_at: DateTimeUtc,
    /// When it ends.
    pub expires_at: DateTimeUtc,
    /// When it was used.
    pub used_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
