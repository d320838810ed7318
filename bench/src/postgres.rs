//! PostgreSQL full-text search over the same rows, as its manual recommends it: a generated
//! `tsvector` with a GIN index, and trigrams of the distinct words for typos.

use std::{
    fs::File,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use futures_util::future::try_join_all;
use serde_json::Value;
use sqlx::{Connection, PgConnection};

use crate::{Outcome, percentile::percentile, queries::Kind};

/// Connections that ask at the same time, as many as the HTTP servers get.
const CONNECTIONS: usize = 8;

const SCHEMA: &str = "
    CREATE TABLE organization (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text NOT NULL,
        summary text NOT NULL,
        description text NOT NULL,
        country text NOT NULL,
        record text NOT NULL,
        document tsvector NOT NULL GENERATED ALWAYS AS (
            setweight(to_tsvector('english', name), 'A') ||
            setweight(to_tsvector('english', summary || ' ' || description), 'B')
        ) STORED
    )";
const INDEXES: [&str; 3] = [
    "CREATE INDEX ON organization USING gin (document)",
    "CREATE INDEX ON organization (country)",
    "VACUUM ANALYZE organization",
];
/// The distinct words with their trigrams, for typos.
const WORDS: [&str; 4] = [
    "CREATE EXTENSION pg_trgm",
    "CREATE TABLE word AS SELECT word, ndoc AS documents FROM ts_stat(
        'SELECT to_tsvector(''simple'', name || '' '' || description) FROM organization')",
    "CREATE INDEX ON word USING gin (word gin_trgm_ops)",
    "VACUUM ANALYZE word",
];

const TWO_WORDS: &str = "
    WITH hits AS (
        SELECT id, ts_rank(document, query) AS rank, count(*) OVER () AS total
        FROM organization, websearch_to_tsquery('english', $1) AS query
        WHERE document @@ query
        ORDER BY rank DESC LIMIT 10
    )
    SELECT total, record FROM hits JOIN organization USING (id) ORDER BY rank DESC";
const FILTER_FACETS: &str = "
    WITH hits AS MATERIALIZED (
        SELECT id, country, ts_rank(document, query) AS rank
        FROM organization, websearch_to_tsquery('english', $1) AS query
        WHERE document @@ query AND country = $2
    ),
    best AS (SELECT id, rank FROM hits ORDER BY rank DESC LIMIT 10),
    facet AS (SELECT country, count(*) AS hits FROM hits GROUP BY country)
    SELECT (SELECT count(*) FROM hits) AS total,
        record,
        (SELECT json_object_agg(country, hits)::text FROM facet) AS countries
    FROM best JOIN organization USING (id) ORDER BY rank DESC";
const PREFIX: &str = "
    WITH hits AS (
        SELECT id, ts_rank(document, query) AS rank, count(*) OVER () AS total
        FROM organization, to_tsquery('english', $1) AS query
        WHERE document @@ query
        ORDER BY rank DESC LIMIT 10
    )
    SELECT total, record FROM hits JOIN organization USING (id) ORDER BY rank DESC";
const TYPO: &str = "
    WITH alternatives AS (
        SELECT string_agg(quote_literal(near.word), ' | ') AS alternatives
        FROM unnest(string_to_array($1, ' ')) AS typed, LATERAL (
            SELECT word FROM word WHERE word % typed
            ORDER BY similarity(word, typed) DESC, documents DESC LIMIT 10
        ) AS near
        GROUP BY typed
    ),
    meant AS MATERIALIZED (
        SELECT to_tsquery('english', string_agg('(' || alternatives || ')', ' & ')) AS query
        FROM alternatives
    ),
    hits AS (
        SELECT id, ts_rank(document, query) AS rank, count(*) OVER () AS total
        FROM organization, meant
        WHERE document @@ query
        ORDER BY rank DESC LIMIT 10
    )
    SELECT total, record FROM hits JOIN organization USING (id) ORDER BY rank DESC";

/// Loading and measuring.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Load the corpus into an empty database.
    Load {
        /// URL of the database.
        #[arg(long)]
        url: String,
        /// The corpus, as `corpus` wrote it.
        #[arg(long)]
        corpus: PathBuf,
    },
    /// Ask for some seconds, and print requests per second, p50 and p99 in microseconds, and
    /// the number of errors, separated by tabs; nothing if the kind is not supported.
    Measure(Measure),
}

/// What to ask, for how long.
#[derive(clap::Args)]
pub struct Measure {
    /// URL of the database.
    #[arg(long)]
    url: String,
    /// Kind of the queries.
    #[arg(long)]
    kind: Kind,
    /// File of parameters, as `queries` wrote it.
    #[arg(long)]
    parameters: PathBuf,
    /// Which line of the file to start at.
    #[arg(long, default_value_t = 0)]
    offset: usize,
    /// How long to ask.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

/// Runs a command on a runtime of its own.
pub fn run(command: &Command) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match command {
        Command::Load { url, corpus } => runtime.block_on(load(url, corpus)),
        Command::Measure(arguments) => runtime.block_on(measure(arguments)),
    }
}

async fn load(url: &str, corpus: &Path) -> Outcome {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::query(SCHEMA).execute(&mut connection).await?;
    let mut copy = connection
        .copy_in_raw(
            "COPY organization (name, summary, description, country, record) \
             FROM STDIN (FORMAT csv)",
        )
        .await?;
    for line in BufReader::new(File::open(corpus)?).lines() {
        copy.send(row(&line?)?).await?;
    }
    copy.finish().await?;
    for statement in INDEXES {
        sqlx::query(statement).execute(&mut connection).await?;
    }
    for statement in WORDS {
        if let Err(error) = sqlx::query(statement).execute(&mut connection).await {
            writeln!(std::io::stderr(), "no typo search in PostgreSQL: {error}")?;
            break;
        }
    }
    Ok(())
}

/// A CSV row of the columns that are copied.
fn row(line: &str) -> Outcome<Vec<u8>> {
    let line: Value = serde_json::from_str(line)?;
    let data = line.get("data").ok_or("a line without data")?;
    let text = |pointer| data.pointer(pointer).and_then(Value::as_str).unwrap_or("");
    let mut row = csv::Writer::from_writer(Vec::new());
    row.write_record([
        text("/name"),
        text("/summary"),
        text("/description"),
        text("/address/country"),
        &data.to_string(),
    ])?;
    Ok(row.into_inner()?)
}

async fn measure(arguments: &Measure) -> Outcome {
    let mut connections = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        connections.push(PgConnection::connect(&arguments.url).await?);
    }
    if arguments.kind == Kind::Typo && !has_words(connections.first_mut()).await? {
        return Ok(());
    }
    let lines: Vec<String> = BufReader::new(File::open(&arguments.parameters)?)
        .lines()
        .collect::<Result<_, _>>()?;
    let next = AtomicUsize::new(arguments.offset);
    let start = Instant::now();
    let end = start + Duration::from_secs(arguments.seconds);
    let asked = connections
        .into_iter()
        .map(|connection| ask_until(end, arguments.kind, &lines, &next, connection));
    let mut times = try_join_all(asked).await?.concat();
    let rate = f64::from(u32::try_from(times.len())?) / start.elapsed().as_secs_f64();
    let p50 = percentile(&mut times, 50).as_micros();
    let p99 = percentile(&mut times, 99).as_micros();
    writeln!(std::io::stdout(), "{rate:.1}\t{p50}\t{p99}\t0")?;
    Ok(())
}

async fn has_words(connection: Option<&mut PgConnection>) -> Outcome<bool> {
    let connection = connection.ok_or("no connection")?;
    let known: bool = sqlx::query_scalar("SELECT to_regclass('word') IS NOT NULL")
        .fetch_one(connection)
        .await?;
    Ok(known)
}

/// Asks the next query of all again and again, and answers how long each took.
async fn ask_until(
    end: Instant,
    kind: Kind,
    lines: &[String],
    next: &AtomicUsize,
    mut connection: PgConnection,
) -> Outcome<Vec<Duration>> {
    let statement = match kind {
        Kind::TwoWords => TWO_WORDS,
        Kind::FilterFacets => FILTER_FACETS,
        Kind::Prefix => PREFIX,
        Kind::Typo => TYPO,
    };
    let mut times = Vec::new();
    while Instant::now() < end {
        let position = next.fetch_add(1, Ordering::Relaxed) % lines.len().max(1);
        let line = lines.get(position).ok_or("no parameters")?;
        let (text, country) = line.split_once('\t').ok_or("a line without a country")?;
        let mut query = sqlx::query(statement).bind(text);
        if kind == Kind::FilterFacets {
            query = query.bind(country);
        }
        let start = Instant::now();
        query.fetch_all(&mut connection).await?;
        times.push(start.elapsed());
    }
    Ok(times)
}
