//! The schema of toadlane, one migration per change, forward only.
//!
//! A migration must work while the previous version of the server still runs
//! against the same database: expand first, contract in a later release.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};

mod m20260101_000001_create_instance;
mod m20260101_000002_create_account;
mod m20260101_000003_create_signing_key;
mod m20260101_000004_create_organization;
mod m20260101_000005_create_membership;
mod m20260101_000006_create_change;
mod m20260101_000007_create_feed_entry;
mod m20260101_000008_create_idempotency_key;
mod m20260101_000009_alter_change_add_disclosed;
mod m20260101_000010_alter_idempotency_key_add_record_id;
mod m20260101_000011_alter_organization_add_trust;
mod m20260101_000012_alter_account_add_suspended_at;
mod m20260101_000013_create_session;
mod m20260101_000014_create_mail;
mod m20260101_000015_create_registration;
mod m20260101_000016_create_login_failure;
mod m20260101_000017_create_invitation;
mod m20260101_000018_alter_change_add_note;
mod m20260101_000020_create_claim;
mod m20260101_000021_create_attestation;
mod m20260101_000022_create_organization_key;
mod m20260101_000023_create_api_client;
mod m20260101_000024_alter_signing_key_add_retired_at;
mod m20260101_000025_create_report;
mod m20260101_000026_alter_claim_add_attempts;
mod m20260101_000027_alter_organization_add_attestations;
mod m20260101_000028_create_distinct_pair;
mod m20260101_000029_create_account_event;
mod m20260101_000030_create_job;
mod m20260101_000031_create_exchange_rate;
mod m20260101_000032_create_job_apply_count;
mod m20260101_000033_create_saved_search;
mod m20260101_000034_create_alert;
mod m20260101_000040_alter_claim_add_owners_refused_at;
mod m20260101_000041_create_declined_domain;
mod m20260101_000042_create_identity_change;
mod m20260101_000043_delete_claim_deadlines;
mod m20260101_000044_alter_refresh_token_index_used_at;
mod m20260101_000045_alter_job_index_fingerprint;
mod m20260101_000046_create_told_job;
mod m20260101_000047_alter_session_add_network;
mod m20261130_000001_create_identity_edit;
mod m20261130_000002_create_lost_tail;
mod m20261130_000011_alter_organization_add_posted_by;
mod m20261130_000012_create_account_usage;
mod m20261130_000013_update_hidden_slugs;
mod m20261130_000014_alter_report_add_reporter;
mod m20261130_000021_delete_organization_keys;
mod m20261130_000022_alter_mail_add_sender;
mod m20261130_000023_create_mail_request;
mod m20261130_000031_alter_saved_search_add_webhook_verified_at;
mod m20261130_000032_create_told_webhook;

/// All migrations, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20260101_000001_create_instance::Migration),
            Box::new(m20260101_000002_create_account::Migration),
            Box::new(m20260101_000003_create_signing_key::Migration),
            Box::new(m20260101_000004_create_organization::Migration),
            Box::new(m20260101_000005_create_membership::Migration),
            Box::new(m20260101_000006_create_change::Migration),
            Box::new(m20260101_000007_create_feed_entry::Migration),
            Box::new(m20260101_000008_create_idempotency_key::Migration),
            Box::new(m20260101_000009_alter_change_add_disclosed::Migration),
            Box::new(m20260101_000010_alter_idempotency_key_add_record_id::Migration),
            Box::new(m20260101_000011_alter_organization_add_trust::Migration),
            Box::new(m20260101_000012_alter_account_add_suspended_at::Migration),
            Box::new(m20260101_000013_create_session::Migration),
            Box::new(m20260101_000014_create_mail::Migration),
            Box::new(m20260101_000015_create_registration::Migration),
            Box::new(m20260101_000016_create_login_failure::Migration),
            Box::new(m20260101_000017_create_invitation::Migration),
            Box::new(m20260101_000018_alter_change_add_note::Migration),
            Box::new(m20260101_000020_create_claim::Migration),
            Box::new(m20260101_000021_create_attestation::Migration),
            Box::new(m20260101_000022_create_organization_key::Migration),
            Box::new(m20260101_000023_create_api_client::Migration),
            Box::new(m20260101_000024_alter_signing_key_add_retired_at::Migration),
            Box::new(m20260101_000025_create_report::Migration),
            Box::new(m20260101_000026_alter_claim_add_attempts::Migration),
            Box::new(m20260101_000027_alter_organization_add_attestations::Migration),
            Box::new(m20260101_000028_create_distinct_pair::Migration),
            Box::new(m20260101_000029_create_account_event::Migration),
            Box::new(m20260101_000030_create_job::Migration),
            Box::new(m20260101_000031_create_exchange_rate::Migration),
            Box::new(m20260101_000032_create_job_apply_count::Migration),
            Box::new(m20260101_000033_create_saved_search::Migration),
            Box::new(m20260101_000034_create_alert::Migration),
            Box::new(m20260101_000040_alter_claim_add_owners_refused_at::Migration),
            Box::new(m20260101_000041_create_declined_domain::Migration),
            Box::new(m20260101_000042_create_identity_change::Migration),
            Box::new(m20260101_000043_delete_claim_deadlines::Migration),
            Box::new(m20260101_000044_alter_refresh_token_index_used_at::Migration),
            Box::new(m20260101_000045_alter_job_index_fingerprint::Migration),
            Box::new(m20260101_000046_create_told_job::Migration),
            Box::new(m20260101_000047_alter_session_add_network::Migration),
            Box::new(m20261130_000001_create_identity_edit::Migration),
            Box::new(m20261130_000002_create_lost_tail::Migration),
            Box::new(m20261130_000011_alter_organization_add_posted_by::Migration),
            Box::new(m20261130_000012_create_account_usage::Migration),
            Box::new(m20261130_000013_update_hidden_slugs::Migration),
            Box::new(m20261130_000014_alter_report_add_reporter::Migration),
            Box::new(m20261130_000021_delete_organization_keys::Migration),
            Box::new(m20261130_000022_alter_mail_add_sender::Migration),
            Box::new(m20261130_000023_create_mail_request::Migration),
            Box::new(m20261130_000031_alter_saved_search_add_webhook_verified_at::Migration),
            Box::new(m20261130_000032_create_told_webhook::Migration),
        ]
    }
}

/// Key of the PostgreSQL advisory lock that lets one process migrate at a time.
const MIGRATION_LOCK: i64 = 0x746f_6164_6d69_6772;

/// Applies every pending migration, all or none; concurrent callers wait for each other.
///
/// # Errors
/// Whatever the database answers; nothing has been applied then.
pub async fn migrate(db: &DatabaseConnection) -> Result<(), DbErr> {
    let txn = db
        .begin_with_options(TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        })
        .await?;
    if txn.get_database_backend() == DbBackend::Postgres {
        txn.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
            .await?;
    }
    Migrator::up(&txn, None).await?;
    txn.commit().await
}
