//! Everything a hostile stranger would do at once, within bounds, beside one honest user. It fails when the
//! honest user notices, when memory or disk grow past their bounds, or when something is left over afterwards.

mod attackers;
mod honest;
mod mailbox;
mod tally;
mod watch;
mod world;

use crate::Outcome;
use futures_util::future::join_all;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tally::Tally;
use watch::Watch;
use world::World;

/// Which programs, and for how long.
#[derive(clap::Args)]
pub struct Arguments {
    /// The server's program.
    #[arg(long, default_value = "target/release/toadlane")]
    toadlane: PathBuf,
    /// Folder of the server's data; it is emptied first.
    #[arg(long, default_value = "target/hostile")]
    work: PathBuf,
    /// Seconds of hostility.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Jobs of the organization that is renamed.
    #[arg(long, default_value_t = 1_000)]
    jobs: usize,
}

/// What the honest user may wait at the 99th percentile of all they ask for.
const P99: Duration = Duration::from_millis(500);
/// MiB the server may hold at its peak.
const MEMORY_MIB: u64 = 512;
/// MiB by which the data dir may grow, mail that has left for the outbox aside.
const DISK_MIB: u64 = 256;
/// How long what is queued may take to drain.
const DRAIN: Duration = Duration::from_mins(2);

/// Prints what happened as lines of `what<TAB>value`.
///
/// # Errors
/// When a bound was passed; every one that was is named.
pub fn run(arguments: &Arguments) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(attack(arguments))
}

async fn attack(arguments: &Arguments) -> Outcome {
    eprintln!("preparing: accounts, two listings, {} jobs", arguments.jobs);
    let mut world = World::new(arguments).await?;
    let watch = Watch::begin(&world)?;
    let end = Instant::now() + Duration::from_secs(arguments.seconds);
    eprintln!("attacking for {} s", arguments.seconds);
    let (honest, hostile, peak) = tokio::join!(
        honest::live(&world, end),
        join_all(attackers::all(&world, end)),
        watch.peak_until(end),
    );
    let drained = watch.drained_within(&world, DRAIN).await?;
    let grown = watch.grown()?;
    world.stop()?;
    let left = world.write_ahead_log();

    let mut output = std::io::stdout();
    for tally in &hostile {
        writeln!(output, "{}\t{}", tally.name, tally.answers())?;
    }
    let mut faults = Vec::new();
    let mut all = Tally::new("in all");
    for mut tally in honest? {
        writeln!(output, "honest {}", tally.times())?;
        if tally.count() == 0 {
            faults.push(format!("honest {}: nothing was asked", tally.name));
        }
        for failure in tally.failures().iter().take(3) {
            faults.push(format!("honest {}: {failure}", tally.name));
        }
        all.add(tally);
    }
    writeln!(output, "honest {}", all.times())?;
    let p99 = all.percentile(99);
    if p99 > P99 {
        faults.push(format!("honest: p99 of {p99:?}, more than {P99:?}"));
    }
    writeln!(
        output,
        "memory at the peak\t{peak} MiB (at most {MEMORY_MIB})"
    )?;
    writeln!(output, "disk grown by\t{grown} MiB (at most {DISK_MIB})")?;
    writeln!(output, "write-ahead log after the stop\t{left} bytes")?;
    match drained {
        Some(after) => writeln!(output, "queues drained after\t{after:.1?}")?,
        None => faults.push(format!("queues are not drained {DRAIN:?} after the end")),
    }
    if peak > MEMORY_MIB {
        faults.push(format!("memory: {peak} MiB"));
    }
    if grown > DISK_MIB {
        faults.push(format!("disk: grown by {grown} MiB"));
    }
    if faults.is_empty() {
        return Ok(());
    }
    Err(faults.join("\n").into())
}
