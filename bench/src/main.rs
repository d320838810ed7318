//! Corpus, queries and yardsticks for toadlane's benchmark. `bench/run.sh` drives the
//! subcommands in order; `bench/README.md` says what is measured and how to read it.

mod accounts;
mod alerts;
mod bare;
mod corpus;
mod hostile;
mod job_queries;
mod jobs;
mod percentile;
mod postgres;
mod queries;
mod report;
mod sample;
mod searchable;
mod vocabulary;

use clap::{Parser, Subcommand};

/// What can go wrong here is told to the person at the terminal, so any error will do.
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(Parser)]
#[command(about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write generated organizations, one JSON line each.
    Corpus(corpus::Arguments),
    /// Write distinct queries of four kinds for each server.
    Queries(queries::Arguments),
    /// Write generated employers and jobs, and what people ask a job board.
    Jobs(jobs::Arguments),
    /// Serve the corpus with nothing but tantivy behind actix-web.
    Bare(bare::Arguments),
    /// Load the corpus into PostgreSQL, or measure its full-text search.
    #[command(subcommand)]
    Postgres(postgres::Command),
    /// Tell how many hits a server finds for a sample of the queries.
    Sample(sample::Arguments),
    /// Measure the time from a write to its being found, while another command runs.
    Searchable(searchable::Arguments),
    /// Save searches, post a burst of jobs, and measure until everybody is told.
    Alerts(alerts::Arguments),
    /// Do all that a hostile stranger would, beside one honest user.
    Hostile(hostile::Arguments),
    /// Turn the measurements into the report.
    Report(report::Arguments),
}

fn main() -> Outcome {
    match Arguments::parse().command {
        Command::Corpus(arguments) => corpus::run(&arguments),
        Command::Queries(arguments) => queries::run(&arguments),
        Command::Jobs(arguments) => jobs::run(&arguments),
        Command::Bare(arguments) => bare::run(&arguments),
        Command::Postgres(command) => postgres::run(&command),
        Command::Sample(arguments) => sample::run(&arguments),
        Command::Searchable(arguments) => searchable::run(&arguments),
        Command::Alerts(arguments) => alerts::run(&arguments),
        Command::Hostile(arguments) => hostile::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
    }
}
