//! The report: Markdown tables of what was measured.

use std::{
    fmt::Write as _,
    io::Write as _,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::{Outcome, queries::Kind};

/// Where the measurements are.
#[derive(clap::Args)]
pub struct Arguments {
    /// Tab-separated `round, kind, server, requests per second, p50 µs, p99 µs, errors`.
    #[arg(long)]
    measurements: PathBuf,
    /// Tab-separated `kind, server, share of queries with a hit in %, median total`.
    #[arg(long)]
    samples: PathBuf,
    /// Tab-separated `what, value`.
    #[arg(long)]
    facts: PathBuf,
    /// One line about the machine and the run.
    #[arg(long)]
    machine: String,
}

#[derive(Deserialize)]
struct Measurement {
    round: u32,
    kind: Kind,
    server: String,
    rate: f64,
    p50: f64,
    p99: f64,
    errors: u64,
}

#[derive(Deserialize)]
struct Sample {
    kind: Kind,
    server: String,
    share: u32,
    median: u64,
}

const SERVERS: [&str; 3] = ["toadlane", "bare", "postgres"];

/// Prints the report.
pub fn run(arguments: &Arguments) -> Outcome {
    let measurements: Vec<Measurement> = rows(&arguments.measurements)?;
    let samples: Vec<Sample> = rows(&arguments.samples)?;
    let facts: Vec<(String, String)> = rows(&arguments.facts)?;
    let mut report = format!("# Benchmark\n\n{}\n", arguments.machine);
    speeds(&mut report, &measurements)?;
    hits(&mut report, &samples)?;
    report.push_str("\n| what | value |\n|---|---:|\n");
    for (what, value) in facts {
        writeln!(report, "| {what} | {value} |")?;
    }
    std::io::stdout().write_all(report.as_bytes())?;
    Ok(())
}

fn rows<Row: serde::de::DeserializeOwned>(path: &Path) -> Outcome<Vec<Row>> {
    let rows = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .has_headers(false)
        .from_path(path)?
        .into_deserialize()
        .collect::<Result<_, _>>()?;
    Ok(rows)
}

/// One row a kind: the medians of the rounds for each server, and the median of the rounds'
/// ratios, since a pair of one round met the same weather on the machine.
fn speeds(report: &mut String, measurements: &[Measurement]) -> Outcome {
    report.push_str("\n| queries |");
    for server in SERVERS {
        write!(report, " {server} req/s | p50 ms | p99 ms |")?;
    }
    report.push_str(" toadlane / bare |\n|---|");
    report.push_str(&"---:|".repeat(SERVERS.len() * 3 + 1));
    report.push('\n');
    for kind in Kind::ALL {
        write!(report, "| {} |", label(kind))?;
        for server in SERVERS {
            let of_server = |measurement: &&Measurement| {
                measurement.kind == kind && measurement.server == server
            };
            let of_server: Vec<&Measurement> = measurements.iter().filter(of_server).collect();
            let errors: u64 = of_server.iter().map(|measurement| measurement.errors).sum();
            let rate = median(of_server.iter().map(|measurement| measurement.rate));
            let p50 = median(
                of_server
                    .iter()
                    .map(|measurement| measurement.p50 / 1_000.0),
            );
            let p99 = median(
                of_server
                    .iter()
                    .map(|measurement| measurement.p99 / 1_000.0),
            );
            match (rate, p50, p99) {
                (Some(rate), Some(p50), Some(p99)) if errors == 0 => {
                    write!(report, " {rate:.0} | {p50:.2} | {p99:.2} |")?;
                }
                (Some(_), ..) => write!(report, " {errors} errors | | |")?,
                _ => report.push_str(" not supported | | |"),
            }
        }
        match median(ratios(measurements, kind)) {
            Some(ratio) => writeln!(report, " {ratio:.2} |")?,
            None => report.push_str(" |\n"),
        }
    }
    Ok(())
}

/// toadlane's rate over the bare server's, round by round.
fn ratios(measurements: &[Measurement], kind: Kind) -> impl Iterator<Item = f64> {
    let rate = move |round, server| {
        let same = |other: &&Measurement| {
            other.round == round && other.kind == kind && other.server == server
        };
        measurements.iter().find(same).map(|found| found.rate)
    };
    measurements
        .iter()
        .filter(move |measurement| measurement.kind == kind && measurement.server == "bare")
        .filter_map(move |bare| Some(rate(bare.round, "toadlane")? / bare.rate))
}

fn hits(report: &mut String, samples: &[Sample]) -> Outcome {
    report.push_str("\n| queries | server | with a hit | median total |\n|---|---|---:|---:|\n");
    for Sample {
        kind,
        server,
        share,
        median,
    } in samples
    {
        writeln!(
            report,
            "| {} | {server} | {share} % | {median} |",
            label(*kind)
        )?;
    }
    Ok(())
}

const fn label(kind: Kind) -> &'static str {
    match kind {
        Kind::TwoWords => "(a) two words",
        Kind::FilterFacets => "(b) two words, country, facets",
        Kind::Prefix => "(c) prefix",
        Kind::Typo => "(d) one typo",
    }
}

/// The middle value, or the mean of the two in the middle.
fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    let upper = values.get(values.len() / 2)?;
    let lower = values.get((values.len() - 1) / 2)?;
    Some(f64::midpoint(*lower, *upper))
}
