//! PostgreSQL that is ended in the middle of everything, and comes back.

use super::support::caught_up;
use crate::harness::{Answer, Role, Server, organization};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::Instant;

const WRITERS: usize = 8;

/// Written between one cut and the next.
const BETWEEN: usize = 40;

/// What the writers share.
#[derive(Default)]
struct Progress {
    acknowledged: AtomicUsize,
    refused: AtomicUsize,
    stop: AtomicBool,
}

fn assert_refused(answer: &Answer) {
    assert_eq!(answer.problem(503)["type"], "/problems/unavailable");
    assert!(!answer.header("retry-after").is_empty());
}

/// Writes and reads until told to stop; the paths of what was acknowledged.
async fn write(server: &Server, token: &str, number: usize, progress: &Progress) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for round in 0.. {
        if progress.stop.load(Ordering::SeqCst) {
            break;
        }
        let body = organization(&format!("Writer {number} {round}"));
        let written = server.post("/v1/organizations", Some(token), &body).await;
        if written.status == 201 {
            acknowledged.push(written.header("location").to_owned());
            progress.acknowledged.fetch_add(1, Ordering::SeqCst);
        } else {
            assert_refused(&written);
            progress.refused.fetch_add(1, Ordering::SeqCst);
        }
        if let Some(last) = acknowledged.last() {
            let read = server.get_as(last, token).await;
            if read.status != 200 {
                assert_refused(&read);
            }
        }
    }
    acknowledged
}

async fn until(is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !is_so() {
        assert!(Instant::now() < deadline, "in vain");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_are_refused_meanwhile_and_nothing_acknowledged_is_lost() {
    let (server, power) = Server::start_with_power().await;
    let token = server.token(Role::Moderator).await;
    let (server, power) = (Arc::new(server), Arc::new(power));
    let progress = Arc::new(Progress::default());
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let (server, token, progress) = (server.clone(), token.clone(), progress.clone());
        writers.spawn(async move { write(&server, &token, number, &progress).await });
    }
    let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
    for _ in 0..3 {
        let before = count(&progress.acknowledged);
        until(|| count(&progress.acknowledged) >= before + BETWEEN).await;
        let refused = count(&progress.refused);
        let cut = power.clone();
        spawn_blocking(move || cut.cut()).await.unwrap().unwrap();
        let back = power.clone();
        spawn_blocking(move || back.restore())
            .await
            .unwrap()
            .unwrap();
        until(|| count(&progress.refused) > refused).await;
    }
    progress.stop.store(true, Ordering::SeqCst);
    let acknowledged: Vec<String> = writers.join_all().await.concat();
    assert!(acknowledged.len() >= 3 * BETWEEN);
    caught_up(&server).await;
    for path in &acknowledged {
        assert_eq!(server.get(path).await.status, 200, "{path} is lost");
    }
    let all = server.get("/v1/organizations?limit=1").await.json();
    // One that was refused when only the answer was missing may be there as well.
    assert!(
        all["total"].as_u64().unwrap() >= acknowledged.len() as u64,
        "{all}"
    );
}
