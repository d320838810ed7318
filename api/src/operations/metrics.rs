//! `/metrics`: Prometheus text.

use crate::changes::{alerts, index};
use crate::error::ApiError;
use crate::mail::classes::Class;
use crate::state::AppState;
use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, Utc};
use entity::mail::{self, Template};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use sea_orm::{ColumnTrait, DbErr, QuerySelect};
use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Duration;

/// Upper bounds of the buckets of durations, in seconds.
const BUCKETS: [f64; 12] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];

/// How long the database may take to tell how far followers are behind.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is shown when it does not.
const UNKNOWN: (f64, f64) = (f64::NAN, f64::NAN);

/// The recorder of this process, installed on first use.
pub fn recorder() -> PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    RECORDER.get_or_init(install).clone()
}

fn install() -> PrometheusHandle {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)
        .unwrap_or_else(|_| PrometheusBuilder::new())
        .build_recorder();
    let handle = recorder.handle();
    // Somebody else in this process records already: ours stays empty, nothing breaks.
    let _ = metrics::set_global_recorder(recorder);
    metrics::describe_counter!("toadlane_http_requests_total", "Requests answered");
    metrics::describe_histogram!(
        "toadlane_http_request_duration_seconds",
        "Time to the answer's head"
    );
    metrics::describe_gauge!("toadlane_http_connections", "Open connections");
    metrics::describe_counter!(
        "toadlane_http_connections_refused_total",
        "Connections there was no room for"
    );
    metrics::describe_counter!(
        "toadlane_http_connections_closed_total",
        "Connections whose client kept the server waiting"
    );
    metrics::describe_gauge!(
        "toadlane_http_unread_bytes",
        "Memory of large bodies under way"
    );
    metrics::describe_counter!(
        "toadlane_http_unread_refused_total",
        "Requests there was no memory for"
    );
    metrics::describe_histogram!(
        "toadlane_search_duration_seconds",
        "Time of a search in the index"
    );
    metrics::describe_gauge!(
        "toadlane_index_lag_changes",
        "Changes that are not searchable yet"
    );
    metrics::describe_gauge!(
        "toadlane_alerts_lag_changes",
        "How far behind saved searches are, in change numbers"
    );
    metrics::describe_gauge!(
        "toadlane_mail_queue_length",
        "Messages that are not sent yet"
    );
    metrics::describe_gauge!(
        "toadlane_mail_queue_oldest_seconds",
        "For how long the oldest of them waits"
    );
    metrics::describe_counter!(
        "toadlane_mail_refused_total",
        "Messages that were asked for and are not sent, by the bound that was met"
    );
    metrics::describe_gauge!("toadlane_index_documents", "Records in the index");
    metrics::describe_gauge!(
        "toadlane_database_connections",
        "Open database connections, by state"
    );
    metrics::describe_gauge!(
        "toadlane_database_log_bytes",
        "Size of SQLite's log; 0 on PostgreSQL"
    );
    handle
}

/// Metrics
///
/// Requests, search latency, index lag and database pool, in the Prometheus text format.
#[utoipa::path(
    tag = "Operations",
    responses((status = 200, description = "Prometheus text", body = String, content_type = "text/plain"))
)]
#[get("/metrics")]
pub async fn get_metrics(
    state: web::Data<AppState>,
    recorder: web::Data<PrometheusHandle>,
) -> Result<HttpResponse, ApiError> {
    // While the database does not answer the others are wanted most.
    let (lags, queue) = tokio::join!(
        tokio::time::timeout(PATIENCE, lags(&state)),
        tokio::time::timeout(PATIENCE, mail_queue(&state)),
    );
    let (index_lag, alerts_lag) = lags.unwrap_or(Ok(UNKNOWN)).unwrap_or(UNKNOWN);
    let queue = queue.ok().and_then(Result::ok);
    for class in Class::ALL {
        let (length, oldest) = queue.as_ref().map_or(UNKNOWN, |queue| {
            queue.get(class.name()).copied().unwrap_or_default()
        });
        metrics::gauge!("toadlane_mail_queue_length", "class" => class.name()).set(length);
        metrics::gauge!("toadlane_mail_queue_oldest_seconds", "class" => class.name()).set(oldest);
    }
    metrics::gauge!("toadlane_index_lag_changes").set(index_lag);
    metrics::gauge!("toadlane_alerts_lag_changes").set(alerts_lag);
    #[expect(clippy::cast_precision_loss, reason = "gauges are floats")]
    metrics::gauge!("toadlane_index_documents").set(state.index.index.document_count() as f64);
    let log = state.store.log_file().map_or(0, |log| log.len());
    #[expect(clippy::cast_precision_loss, reason = "gauges are floats")]
    metrics::gauge!("toadlane_database_log_bytes").set(log as f64);
    let (open, idle) = state.store.connections();
    metrics::gauge!("toadlane_database_connections", "state" => "idle").set(f64::from(idle));
    metrics::gauge!("toadlane_database_connections", "state" => "used")
        .set(f64::from(open.saturating_sub(idle)));
    Ok(HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(recorder.render()))
}

/// How far the index and the alerts are behind, in change numbers.
#[expect(clippy::cast_precision_loss, reason = "gauges are floats")]
async fn lags(state: &AppState) -> Result<(f64, f64), DbErr> {
    let head = index::head(&state.store.db).await?;
    let alerts = alerts::lag(&state.store.db).await?;
    Ok(((head - state.index.position()).max(0) as f64, alerts as f64))
}

/// How many messages of each class wait, and the oldest for how many seconds.
#[expect(clippy::cast_precision_loss, reason = "gauges are floats")]
async fn mail_queue(state: &AppState) -> Result<HashMap<&'static str, (f64, f64)>, DbErr> {
    let rows: Vec<(Template, i64, DateTime<Utc>)> = mail::Entity::waiting()
        .select_only()
        .column(mail::Column::Template)
        .column_as(mail::Column::Id.count(), "messages")
        .column_as(mail::Column::CreatedAt.min(), "oldest")
        .group_by(mail::Column::Template)
        .into_tuple()
        .all(&state.store.db)
        .await?;
    let now = state.clock.now();
    let mut classes: HashMap<_, (f64, f64)> = HashMap::new();
    for (template, messages, oldest) in rows {
        let (length, age) = classes.entry(Class::of(template).name()).or_default();
        *length += messages as f64;
        *age = age.max((now - oldest).as_seconds_f64());
    }
    Ok(classes)
}
