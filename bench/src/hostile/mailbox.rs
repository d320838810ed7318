//! Mail that a server without an SMTP server writes to its outbox.

use crate::Outcome;
use std::path::Path;
use std::time::{Duration, Instant};

/// Between two looks.
const POLL: Duration = Duration::from_millis(50);

/// How many messages there are to an address.
pub fn count(outbox: &Path, address: &str) -> Outcome<usize> {
    let line = format!("To: {address}");
    let mut count = 0;
    for entry in std::fs::read_dir(outbox)? {
        // A message that is being written has another name.
        let text = std::fs::read(entry?.path()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        count += usize::from(text.lines().take(20).any(|of| of.trim() == line));
    }
    Ok(count)
}

/// How long it takes until there is another than the first `known`, up to `patience`.
pub async fn wait(
    outbox: &Path,
    address: &str,
    known: usize,
    patience: Duration,
) -> Outcome<Option<Duration>> {
    let begun = Instant::now();
    while begun.elapsed() < patience {
        if count(outbox, address)? > known {
            return Ok(Some(begun.elapsed()));
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(None)
}
