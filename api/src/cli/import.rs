//! `toadlane import`.

use super::{Failure, say, warn};
use crate::app;
use crate::checkpoints;
use crate::clock::Clock;
use crate::config::StoreArgs;
use crate::formats::csv_cells::neutral;
use crate::formats::jobs::{self, json_ld};
use crate::formats::{Reject, Row, essglobal_csv, mapped_csv, ndjson};
use crate::import::{Context, Importer, Jobs, Organizations, Settings, Summary, Target};
use crate::organizations::editor;
use crate::store::{COMMAND_CONNECTIONS, Store};
use crate::telemetry;
use entity::ids::OrganizationId;
use entity::organization::{Entity, Status};
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Where no bar can be shown, a line is printed once in so many rows.
const ROWS_PER_LINE: usize = 2_000;

/// Read organizations or jobs from files, and bring the directory in line with them
///
/// A record is known by its source and its id there: what is new is created, what differs is
/// updated, what is the same is left alone. Rows that break a rule are written to a rejects file
/// with their line and the reason.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  toadlane import --format essglobal_csv --source coops-uk coops-uk.csv\n  toadlane import --format csv --source tech --map name=name --map website=website --map location=place --set organization_type=worker_cooperative tech-coops.csv\n  toadlane import --format ndjson --source friends friends.ndjson\n  toadlane import --format jobs_ndjson --source friends jobs.ndjson\n  toadlane import --format json_ld --source suma --organization suma careers.html\n\n`--map column=field` takes fields of the API (dotted: address.locality, location.lat), and `place`,\nwhich reads a free-text place. ndjson lines look like {\"external_id\": \"1\", \"data\": {\"name\": …}}.\n\njobs_ndjson and json_ld read jobs of organizations that are published here: see docs/importing.md.\n\nA running server finds small imports within a second, large ones bit by bit."
)]
pub struct Args {
    /// How the files are written
    #[arg(long, value_enum)]
    format: Format,

    /// Name of the source, part of each record's identity [default: the format's name]
    #[arg(long, env = "TOADLANE_SOURCE")]
    source: Option<String>,

    /// Whether new records are public at once
    #[arg(long, value_enum, default_value = "published")]
    status: StatusArg,

    /// csv: read a column into a field
    #[arg(long, value_name = "COLUMN=FIELD")]
    map: Vec<String>,

    /// csv: give every record this value
    #[arg(long, value_name = "FIELD=VALUE")]
    set: Vec<String>,

    /// csv: the column that names a record for good [default: external_id, else made from the name]
    #[arg(long, value_name = "COLUMN")]
    id_column: Option<String>,

    /// jobs: whose the jobs are that name no organization
    #[arg(long, value_name = "ID_OR_SLUG")]
    organization: Option<String>,

    /// Exit with 0 although rows were rejected
    #[arg(long)]
    allow_rejects: bool,

    #[command(flatten)]
    store: StoreArgs,

    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// CSV with the ESSGlobal header of the co-operative open data
    #[value(name = "essglobal_csv")]
    EssglobalCsv,
    /// Any CSV, with --map and --set, or with our field names as header
    Csv,
    /// One {"external_id", "data"} object a line
    Ndjson,
    /// Jobs as the API writes them, one a line
    #[value(name = "jobs_ndjson")]
    JobsNdjson,
    /// Jobs as schema.org JobPostings: JSON-LD, or pages that have it
    #[value(name = "json_ld")]
    JsonLd,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::EssglobalCsv => "essglobal_csv",
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::JobsNdjson => "jobs_ndjson",
            Self::JsonLd => "json_ld",
        }
    }

    fn is_of_jobs(self) -> bool {
        matches!(self, Self::JobsNdjson | Self::JsonLd)
    }
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum StatusArg {
    /// Public at once
    Published,
    /// Waiting for a moderator
    Pending,
}

type Rows<'a> = Box<dyn Iterator<Item = Result<Row, Reject>> + 'a>;

pub async fn run(args: Args) -> Result<ExitCode, Failure> {
    telemetry::init();
    let mapping = mapped_csv::Mapping::parse(&args.map, &args.set, args.id_column.as_deref())?;
    if args.format != Format::Csv
        && !(args.map.is_empty() && args.set.is_empty() && args.id_column.is_none())
    {
        return Err("--map, --set and --id-column go with --format csv".into());
    }
    if args.organization.is_some() && !args.format.is_of_jobs() {
        return Err("--organization goes with formats of jobs".into());
    }
    let settings = Settings {
        source: source_name(&args)?,
        publish: matches!(args.status, StatusArg::Published),
    };
    // A name that is mistyped is told before anything is written.
    let files = args
        .files
        .iter()
        .map(|path| match File::open(path) {
            Ok(file) => Ok((path, file)),
            Err(error) => Err(format!("{}: {error}", path.display())),
        })
        .collect::<Result<Vec<_>, _>>()?;
    let store = app::open_store(&args.store, COMMAND_CONNECTIONS).await?;
    let employer = match &args.organization {
        Some(name) => Some(employer(&store, name).await?),
        None => None,
    };
    let mut rejects = RejectsFile::new(&args.store.data_dir, &settings.source)?;
    let context = Context {
        store: store.clone(),
        clock: Clock::System,
        settings,
    };
    let mut summary = Summary::default();
    for (path, file) in files {
        let of_file = if args.format.is_of_jobs() {
            import_jobs(args.format, path, file, employer, context.clone()).await?
        } else {
            import_organizations(args.format, path, file, &mapping, context.clone()).await?
        };
        rejects.add(path, &of_file.rejects)?;
        summary.add(of_file);
    }
    rejects.finish()?;
    // There may be many times the rows there were. A server does it as well, within the hour.
    if let Err(error) = store.optimize().await {
        tracing::warn!(%error, "the database could not be told how its tables have grown");
    }
    checkpoints::at_the_end(&store).await;
    say(&summary);
    Ok(if summary.rejects.is_empty() || args.allow_rejects {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The organization of `--organization`.
async fn employer(store: &Store, name: &str) -> Result<OrganizationId, Failure> {
    let found = editor::find(&store.db, Entity::public(), name).await?;
    found
        .filter(|row| row.status == Status::Published)
        .map(|row| row.id)
        .ok_or_else(|| format!("--organization: no published organization is {name:?}").into())
}

async fn import_organizations(
    format: Format,
    path: &Path,
    file: File,
    mapping: &mapped_csv::Mapping,
    context: Context,
) -> Result<Summary, Failure> {
    let bar = progress(path, file.metadata()?.len());
    let rows = open(format, bar.wrap_read(file), mapping)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    import_rows(path, &bar, rows, Importer::new(context, Organizations)).await
}

async fn import_jobs(
    format: Format,
    path: &Path,
    file: File,
    employer: Option<OrganizationId>,
    context: Context,
) -> Result<Summary, Failure> {
    let read = match format {
        Format::JsonLd => json_ld::read(file),
        _ => jobs::ndjson::read(file),
    };
    let read = read.map_err(|error| format!("{}: {error}", path.display()))?;
    let bar = progress(path, u64::try_from(read.rows.len())?);
    let rows = bar.wrap_iter(read.rows.into_iter());
    let importer = Importer::new(context, Jobs::new(employer));
    let mut summary = import_rows(path, &bar, rows, importer).await?;
    summary.folded = read.folded;
    Ok(summary)
}

async fn import_rows<T: Target>(
    path: &Path,
    bar: &ProgressBar,
    rows: impl Iterator<Item = Result<T::Row, Reject>>,
    mut importer: Importer<T>,
) -> Result<Summary, Failure> {
    let mut said = 0;
    for row in rows {
        if let Ok(row) = &row {
            let (line, warnings) = T::warnings(row);
            for warning in warnings {
                let path = path.display();
                bar.suspend(|| warn(format_args!("{path}:{line}: warning: {warning}")));
            }
        }
        if importer.take(row).await? && bar.is_hidden() {
            let summary = importer.summary();
            if summary.rows() >= said + ROWS_PER_LINE {
                said = summary.rows();
                warn(format_args!("{}: {summary}", path.display()));
            }
        }
    }
    let summary = importer.finish().await?;
    bar.finish_and_clear();
    Ok(summary)
}

fn source_name(args: &Args) -> Result<String, Failure> {
    let name = args.source.clone();
    let name = name.unwrap_or_else(|| args.format.name().to_owned());
    let fits = !name.is_empty()
        && name.len() <= 60
        && name
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.'));
    if fits {
        Ok(name)
    } else {
        Err("--source: use 1 to 60 letters, digits, - _ .".into())
    }
}

fn open<'a>(
    format: Format,
    file: impl Read + 'a,
    mapping: &'a mapped_csv::Mapping,
) -> Result<Rows<'a>, Failure> {
    Ok(match format {
        Format::EssglobalCsv => Box::new(essglobal_csv::read(file)?),
        Format::Csv => {
            let rows = mapped_csv::read(file, mapping)?;
            if !rows.unread_columns().is_empty() {
                warn(format_args!(
                    "note: these columns are not read: {}",
                    rows.unread_columns().join(", ")
                ));
            }
            Box::new(rows)
        }
        _ => Box::new(ndjson::read(file)),
    })
}

/// A bar on a terminal; elsewhere nothing, and now and then a plain line is printed instead.
fn progress(path: &Path, bytes: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let style = ProgressStyle::with_template("{msg} {wide_bar} {percent:>3}% {eta:>4}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(bytes).with_style(style).with_message(name)
}

/// The rows of a run that were not taken: `<data-dir>/rejects/<source>.csv`.
struct RejectsFile {
    path: PathBuf,
    writer: Option<csv::Writer<File>>,
}

impl RejectsFile {
    /// Forgets what an earlier run of the source left.
    fn new(data_dir: &Path, source: &str) -> Result<Self, Failure> {
        let path = data_dir.join("rejects").join(format!("{source}.csv"));
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(format!("{}: {error}", path.display()).into());
            }
            _ => {}
        }
        Ok(Self { path, writer: None })
    }

    fn add(&mut self, file: &Path, rejects: &[Reject]) -> Result<(), Failure> {
        if rejects.is_empty() {
            return Ok(());
        }
        let writer = if let Some(writer) = &mut self.writer {
            writer
        } else {
            if let Some(folder) = self.path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let mut writer = csv::Writer::from_path(&self.path)?;
            writer.write_record(["file", "line", "external_id", "reason"])?;
            self.writer.insert(writer)
        };
        let file = file.display().to_string();
        for reject in rejects {
            let line = reject.line.to_string();
            let id = reject.external_id.as_deref().unwrap_or_default();
            // Ids and reasons quote what strangers wrote.
            let cells = [file.as_str(), line.as_str(), id, reject.reason.as_str()];
            writer.write_record(cells.map(neutral).iter().map(|cell| cell.as_bytes()))?;
        }
        writer.flush()?;
        Ok(())
    }

    fn finish(self) -> Result<(), Failure> {
        if let Some(mut writer) = self.writer {
            writer.flush()?;
            warn(format_args!("rejected rows are in {}", self.path.display()));
        }
        Ok(())
    }
}
