//! Logs: structured, to standard error; JSON unless a person is watching.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// What is logged unless `TOADLANE_LOG` says otherwise.
const DEFAULT: &str = "info,sqlx=warn,tantivy=warn,actix_server=warn,sea_orm_migration=warn";

/// Starts logging. A second call in the same process changes nothing.
pub fn init() {
    let filter =
        EnvFilter::try_from_env("TOADLANE_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Where the log cannot be written, saying so there would end the thread that tried.
        .log_internal_errors(false);
    let started = if std::io::stderr().is_terminal() {
        logs.try_init()
    } else {
        logs.json()
            .flatten_event(true)
            .with_span_list(false)
            .try_init()
    };
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
}
