//! What the server takes: memory, disk, and what waits in its queues.

use super::world::World;
use crate::Outcome;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Gauges that are 0 when nothing waits.
const QUEUES: [&str; 3] = [
    "toadlane_index_lag_changes",
    "toadlane_alerts_lag_changes",
    "toadlane_mail_queue_length",
];

/// A server that is looked at.
pub struct Watch {
    process: u32,
    data_dir: PathBuf,
    before: u64,
}

impl Watch {
    /// Notes how large its data is now.
    pub fn begin(world: &World) -> Outcome<Self> {
        Ok(Self {
            process: world.process(),
            data_dir: world.data_dir.clone(),
            before: size(&world.data_dir)?,
        })
    }

    /// The most it holds until then, in MiB: its own memory, and what of its files is mapped.
    pub async fn peak_until(&self, end: Instant) -> u64 {
        let mut peak = 0;
        while Instant::now() < end {
            peak = peak.max(resident(self.process));
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        peak
    }

    /// MiB by which its data grew; mail that lies in the outbox has left.
    pub fn grown(&self) -> Outcome<u64> {
        let mail = size(&self.data_dir.join("outbox"))?;
        Ok(size(&self.data_dir)?.saturating_sub(self.before + mail) >> 20)
    }

    /// How long it took until every queue was empty.
    pub async fn drained_within(
        &self,
        world: &World,
        patience: Duration,
    ) -> Outcome<Option<Duration>> {
        let begun = Instant::now();
        while begun.elapsed() < patience {
            let metrics = world
                .client
                .get(format!("{}/metrics", world.url))
                .send()
                .await?;
            let metrics = metrics.text().await?;
            if QUEUES.iter().all(|queue| is_empty(&metrics, queue)) {
                return Ok(Some(begun.elapsed()));
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(None)
    }
}

/// Whether every sample of a gauge is 0, and there is one.
fn is_empty(metrics: &str, gauge: &str) -> bool {
    let mut samples = metrics
        .lines()
        .filter(|line| line.starts_with(gauge))
        .peekable();
    samples.peek().is_some() && samples.all(|line| line.ends_with(" 0"))
}

/// MiB.
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.unwrap_or_default() >> 10
}

/// Bytes of a folder's files.
fn size(folder: &Path) -> Outcome<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        // Files of the index come and go.
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        bytes += if metadata.is_dir() {
            size(&entry.path()).unwrap_or_default()
        } else {
            metadata.len()
        };
    }
    Ok(bytes)
}
