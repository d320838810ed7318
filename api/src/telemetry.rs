//! Logs: structured, to standard error; JSON unless a person is watching.

use std::io::IsTerminal;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt};

/// What is logged unless `TOADLANE_LOG` says otherwise.
const DEFAULT: &str = "info,sqlx=warn,tantivy=warn,actix_server=warn,sea_orm_migration=warn";

/// Our own crates, which know what they must not tell.
const OURS: [&str; 4] = ["toadlane", "search", "entity", "migration"];

/// Starts logging. A second call in the same process changes nothing.
pub fn init() {
    let asked = EnvFilter::try_from_env("TOADLANE_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    // Not filters of the layer: of those one may drop the event that comes after a question of a library
    // whether it should log at all.
    let filtered = tracing_subscriber::registry().with(asked).with(tellable());
    let logs = fmt::layer()
        .with_writer(std::io::stderr)
        // Where the log cannot be written, saying so there would end the thread that tried.
        .log_internal_errors(false);
    let started = if std::io::stderr().is_terminal() {
        filtered.with(logs).try_init()
    } else {
        let logs = logs.json().flatten_event(true).with_span_list(false);
        filtered.with(logs).try_init()
    };
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
}

/// What may be told, whatever is asked for. Below `info` libraries print what they read and write: paths
/// that do not fit, heads of requests, values in statements. Any of it may be a secret.
fn tellable() -> Targets {
    Targets::new()
        .with_default(LevelFilter::INFO)
        .with_targets(OURS.map(|ours| (ours, LevelFilter::TRACE)))
}
