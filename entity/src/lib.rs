//! The tables of toadlane and the named queries that decide who sees which row.
//!
//! Knows no HTTP and renders no views. Visibility and tenancy live in the
//! queries here (`organization::Entity::visible_to(..)`), never in handlers.

pub mod account;
pub mod account_event;
pub mod account_usage;
pub mod alert;
pub mod alert_delivery;
pub mod api_client;
pub mod api_client_secret;
pub mod attestation;
pub mod change;
pub mod claim;
pub mod counter;
pub mod deadline;
pub mod declined_domain;
pub mod distinct_pair;
pub mod exchange_rate;
pub mod feed_entry;
pub mod idempotency_key;
pub mod identity_change;
pub mod identity_edit;
pub mod ids;
pub mod instance;
pub mod invitation;
pub mod job;
pub mod job_apply_count;
pub mod login_failure;
pub mod lost_tail;
pub mod mail;
pub mod mail_request;
pub mod mail_token;
pub mod membership;
pub mod moderation;
pub mod money;
pub mod organization;
pub mod organization_key;
pub mod refresh_token;
pub mod registration;
pub mod report;
pub mod saved_search;
pub mod session;
pub mod signing_key;
pub mod told_job;
pub mod told_webhook;
