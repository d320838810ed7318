//! Checks that the servers find something: a fast answer that is empty proves nothing.

use std::{
    io::{BufRead, BufReader, Write},
    path::PathBuf,
};

use crate::Outcome;

/// Which server, which queries.
#[derive(clap::Args)]
pub struct Arguments {
    /// Base URL of the server.
    #[arg(long)]
    url: String,
    /// File of URL paths, as `queries` wrote it.
    #[arg(long)]
    paths: PathBuf,
    /// How many of the paths, from the first.
    #[arg(long, default_value_t = 500)]
    count: usize,
}

/// Prints the share of queries with a hit, in percent, and the median total, with a tab
/// between them.
pub fn run(arguments: &Arguments) -> Outcome {
    let totals = tokio::runtime::Runtime::new()?.block_on(totals(arguments))?;
    let found = totals.iter().filter(|total| **total > 0).count();
    let median = totals.get(totals.len() / 2).ok_or("no queries")?;
    let share = found * 100 / totals.len();
    writeln!(std::io::stdout(), "{share}\t{median}")?;
    Ok(())
}

/// The totals of the answers, in ascending order.
async fn totals(arguments: &Arguments) -> Outcome<Vec<u64>> {
    let client = reqwest::Client::new();
    let paths = BufReader::new(std::fs::File::open(&arguments.paths)?);
    let mut totals = Vec::new();
    for path in paths.lines().take(arguments.count) {
        let url = format!("{}{}", arguments.url, path?);
        let answer = client.get(url).send().await?.error_for_status()?;
        let answer: serde_json::Value = answer.json().await?;
        let total = answer.get("total").and_then(serde_json::Value::as_u64);
        totals.push(total.ok_or("an answer without a total")?);
    }
    totals.sort_unstable();
    Ok(totals)
}
