//! toadlane: the directory and job board of the co-operative movement, as an API.
//!
//! `ARCHITECTURE.md` has the map. In short: SQL holds the truth, every write goes through the
//! change log, the search index and the partner feeds follow the log.

pub mod api_clients;
pub mod app;
pub mod auth;
pub mod changes;
pub mod checkpoints;
pub mod cli;
pub mod clock;
pub mod config;
pub mod duplicates;
pub mod error;
pub mod feeds;
pub mod formats;
pub mod http;
pub mod import;
pub mod jobs;
pub mod mail;
pub mod me;
pub mod moderation;
pub mod money;
pub mod openapi;
pub mod operations;
pub mod organizations;
pub mod outage;
pub mod outbound;
pub mod routes;
pub mod saved_searches;
pub mod slug;
pub mod state;
pub mod stats;
pub mod store;
pub mod suggest;
pub mod sweep;
pub mod taxonomies;
pub mod telemetry;
pub mod verification;
pub mod vocabulary;
pub mod web;
