//! `toadlane demo`.

use super::{Failure, say, serve, warn};
use crate::app::{self, Application};
use crate::clock::Clock;
use crate::config::{Config, ServeArgs, StoreArgs};
use crate::formats::{jobs, ndjson};
use crate::import::{Context, Importer, Jobs, Organizations, Settings};
use crate::store::COMMAND_CONNECTIONS;
use crate::store::Store;
use crate::telemetry;
use chrono::{DateTime, TimeDelta, Utc};
use clap::ArgMatches;
use clap::parser::ValueSource;
use entity::{account, instance, organization};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, PaginatorTrait,
    QueryFilter,
};
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Real co-operatives: facts, in our own words.
const DATA: &str = include_str!("../../data/demo.ndjson");

/// Jobs at some of them, all of them invented.
const JOBS: &str = include_str!("../../data/demo_jobs.ndjson");

/// Source of the demo's records.
const SOURCE: &str = "demo";

/// Serve a demo: real co-operatives from all continents, loaded once into a store of its own
///
/// A store that holds users or records is served as it is; nothing is added to it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the demo's database, index and keys
    #[arg(
        long,
        env = "TOADLANE_DATA_DIR",
        default_value = "./data-demo",
        value_name = "DIR"
    )]
    data_dir: PathBuf,

    /// Another database than sqlite://<data-dir>/toadlane.db; the environment's counts only
    /// together with TOADLANE_DATA_DIR
    #[arg(
        long,
        env = "TOADLANE_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    database_url: Option<String>,

    #[command(flatten)]
    serve: ServeArgs,
}

/// How long the start waits for the index.
const READY: Duration = Duration::from_secs(20);

pub async fn run(args: Args, matches: &ArgMatches) -> Result<ExitCode, Failure> {
    telemetry::init();
    let store = StoreArgs {
        data_dir: args.data_dir,
        database_url: args.database_url.filter(|_| is_meant_for_demo(matches)),
    };
    load_once(
        &app::open_store(&store, COMMAND_CONNECTIONS).await?,
        &Clock::System,
    )
    .await?;
    let application = Application::build(
        Config {
            store,
            serve: args.serve,
        },
        Clock::System,
    )
    .await?;
    // Whoever tries the commands below at once should find something.
    let _ = tokio::time::timeout(READY, application.state().index.catch_up()).await;
    let url = format!("http://{}", application.address());
    say(format_args!("listening on {url}"));
    say(format_args!(
        "\nTry:\n  curl '{url}/v1/organizations?q=hosting&highlight=true'\n  curl '{url}/v1/organizations?near=53.48,-2.24&radius_km=100&sort=distance&facets=country,sector'\n  curl '{url}/v1/jobs?workplace=remote&facets=skill,salary,membership_track'\n  {url}/docs\n"
    ));
    serve::until_told(application).await?;
    Ok(ExitCode::SUCCESS)
}

/// A database named in the environment is somebody's real one, unless the data dir is named there too.
fn is_meant_for_demo(matches: &ArgMatches) -> bool {
    let Some(("demo", demo)) = matches.subcommand() else {
        return false;
    };
    match demo.value_source("database_url") {
        Some(ValueSource::CommandLine) => true,
        Some(ValueSource::EnvVariable) => {
            demo.value_source("data_dir") == Some(ValueSource::EnvVariable)
        }
        _ => false,
    }
}

/// Whether the store holds no users, and no records but those of a demo that was not loaded to its
/// end: an import goes on where it was stopped.
async fn is_unused(store: &Store) -> Result<bool, Failure> {
    let others = organization::Entity::find()
        .filter(
            Condition::any()
                .add(organization::Column::SourceName.is_null())
                .add(organization::Column::SourceName.ne(SOURCE)),
        )
        .count(&store.db)
        .await?;
    let users = account::Entity::find().count(&store.db).await?;
    Ok(others == 0 && users == 0)
}

async fn load_once(store: &Store, clock: &Clock) -> Result<(), Failure> {
    let instance = app::instance(store, clock).await?;
    if instance.demo_loaded_at.is_some() || !is_unused(store).await? {
        return Ok(());
    }
    let context = Context {
        store: store.clone(),
        clock: clock.clone(),
        settings: Settings {
            source: SOURCE.to_owned(),
            publish: true,
        },
    };
    let mut importer = Importer::new(context.clone(), Organizations);
    for row in ndjson::read(DATA.as_bytes()) {
        importer.take(row).await?;
    }
    let organizations = importer.finish().await?;
    let mut importer = Importer::new(context, Jobs::new(None));
    for row in jobs::ndjson::read(dated(JOBS, clock.now())?.as_bytes())?.rows {
        importer.take(row).await?;
    }
    let jobs = importer.finish().await?;
    instance::ActiveModel {
        one: Set(instance.one),
        demo_loaded_at: Set(Some(clock.now())),
        ..Default::default()
    }
    .update(&store.db)
    .await?;
    say(format_args!(
        "loaded {} real co-operatives and {} invented jobs as a demo",
        organizations.rows() - organizations.rejects.len(),
        jobs.rows() - jobs.rejects.len()
    ));
    for reject in organizations.rejects.iter().chain(&jobs.rejects) {
        warn(format_args!(
            "demo record {}: {}",
            reject.line, reject.reason
        ));
    }
    Ok(())
}

/// The demo's jobs with times of today: its file says how many days ago each was posted, and for how many
/// more it is open.
fn dated(jobs: &str, now: DateTime<Utc>) -> Result<String, Failure> {
    let mut lines = String::new();
    for line in jobs.lines() {
        let mut job: Map<String, Value> = serde_json::from_str(line)?;
        let mut days = |name: &str| {
            job.remove(name)
                .and_then(|days| days.as_i64())
                .unwrap_or_default()
        };
        let posted_at = now - TimeDelta::days(days("posted_days_ago"));
        let valid_through = now + TimeDelta::days(days("open_for_days"));
        job.insert("posted_at".to_owned(), json!(posted_at));
        job.insert("valid_through".to_owned(), json!(valid_through));
        lines.push_str(&Value::Object(job).to_string());
        lines.push('\n');
    }
    Ok(lines)
}
