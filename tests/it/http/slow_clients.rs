//! Clients that connect and say nothing, ask and do not read, or begin and do not end.

use crate::changes::support::eventually;
use crate::harness::{Command, Serving};
use std::net::SocketAddr;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// The largest answer that every server has.
const LARGE: &str = "/docs/swagger-ui-bundle.js";

/// A server of its own process, which may have so many files open.
struct Small {
    serving: Serving,
    _data: TempDir,
}

impl Small {
    fn start(files: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", data.path().join("toadlane.db").display());
        let serving = Command::with_open_files(&["serve"], files)
            .on(data.path(), &url)
            .serve();
        Self {
            serving,
            _data: data,
        }
    }

    fn address(&self) -> SocketAddr {
        let address = self.serving.url.strip_prefix("http://").unwrap();
        address.parse().unwrap()
    }

    /// A connection from this address of the loopback network, with hardly any buffer.
    async fn connect_from(&self, from: [u8; 4]) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from((from, 0))).unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        socket.connect(self.address()).await.unwrap()
    }

    async fn ask_from(&self, from: [u8; 4], path: &str) -> TcpStream {
        let mut stream = self.connect_from(from).await;
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        // It may be turned away meanwhile.
        let _ = stream.write_all(request.as_bytes()).await;
        stream
    }

    /// What somebody else gets, from an address of their own.
    async fn honest(&self, path: &str) -> (u16, Vec<u8>) {
        let client = reqwest::Client::builder()
            .local_address(Some([127, 0, 0, 99].into()))
            .timeout(Duration::from_secs(10))
            .build()
            .unwrap();
        let url = format!("{}{path}", self.serving.url);
        let answer = client
            .get(url)
            .send()
            .await
            .expect("somebody else is served");
        (
            answer.status().as_u16(),
            answer.bytes().await.unwrap().to_vec(),
        )
    }

    /// The value of a metric, as it is written.
    async fn metric(&self, name: &str) -> u64 {
        let (_, text) = self.honest("/metrics").await;
        let text = String::from_utf8(text).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.map_or(0, |value| value.trim().parse().unwrap())
    }

    /// Memory that it has, in MiB.
    fn memory(&self) -> usize {
        let path = format!("/proc/{}/status", self.serving.id());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: usize = line
            .unwrap()
            .split_whitespace()
            .next()
            .unwrap()
            .parse()
            .unwrap();
        kib / 1024
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_holds_all_connections_they_can_keeps_nobody_out() {
    // Both limits: it cannot be raised.
    let server = Small::start("-n 400");
    eventually("it is ready", || async {
        server.honest("/readyz").await.0 == 200
    })
    .await;
    let mut idle = Vec::new();
    for _ in 0..500 {
        idle.push(server.connect_from([127, 0, 0, 1]).await);
    }
    for path in ["/healthz", "/v1/organizations", "/readyz"] {
        assert_eq!(server.honest(path).await.0, 200, "{path}");
    }
    let refused = "toadlane_http_connections_refused_total{reason=\"network\"}";
    eventually("who has too many is turned away", || async {
        server.metric(refused).await == 450
    })
    .await;
    let mut told = String::new();
    let last = idle.last_mut().unwrap();
    last.read_to_string(&mut told).await.unwrap();
    assert!(told.starts_with("HTTP/1.1 503 "), "{told}");
    assert!(told.contains("retry-after: 5\r\n"), "{told}");
    assert!(
        told.contains("your network has as many connections"),
        "{told}"
    );
    // What is let go is there for others.
    drop(idle);
    eventually("there is room again", || async {
        let mut stream = server.ask_from([127, 0, 0, 1], "/healthz").await;
        let mut start = [0; 12];
        stream.read_exact(&mut start).await.is_ok() && &start == b"HTTP/1.1 200"
    })
    .await;
}

#[tokio::test]
async fn the_soft_limit_of_open_files_is_raised_to_the_hard_one() {
    let server = Small::start("-S -n 100");
    let path = format!("/proc/{}/limits", server.serving.id());
    let limits = std::fs::read_to_string(path).unwrap();
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .unwrap();
    let mut limits = line.split_whitespace();
    assert_eq!(limits.next(), limits.next(), "{line}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_nobody_reads_hold_little_memory() {
    let server = Small::start("-S -n 1024");
    let (status, whole) = server.honest(LARGE).await;
    assert_eq!(status, 200);
    assert!(whole.len() > 1 << 20);
    let before = server.memory();
    let mut silent = Vec::new();
    for from in [1, 2] {
        for _ in 0..120 {
            silent.push(server.ask_from([127, 0, 0, from], LARGE).await);
        }
    }
    eventually("all were answered", || async {
        let (_, text) = server.honest("/metrics").await;
        let text = String::from_utf8(text).unwrap();
        let answered = text
            .lines()
            .filter(|line| {
                line.starts_with("toadlane_http_requests_total{") && line.contains("/docs/")
            })
            .filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok());
        answered.sum::<usize>() > silent.len()
    })
    .await;
    let held = server.memory().saturating_sub(before);
    // 240 answers have some 340 MiB. Of each network 32 MiB wait, besides a little of each connection.
    assert!(held < 160, "{held} MiB");
    assert_eq!(server.honest(LARGE).await, (200, whole));
}

/// The timers that this waits for are those of the server's process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_keeps_the_server_waiting_is_cut_off() {
    let server = Small::start("-S -n 1024");
    // One reads nothing, one a byte now and then, one begins a second request and does not end it.
    let _silent = server.ask_from([127, 0, 0, 1], LARGE).await;
    let mut trickling = server.ask_from([127, 0, 0, 1], LARGE).await;
    let mut unfinished = server.ask_from([127, 0, 0, 1], "/healthz").await;
    let mut answer = [0; 512];
    assert!(unfinished.read(&mut answer).await.unwrap() > 0);
    unfinished.write_all(b"GET /healthz HT").await.unwrap();
    let mut closed = async |reason: &str, count| {
        let _ = trickling.read_u8().await;
        let name = format!("toadlane_http_connections_closed_total{{reason=\"{reason}\"}}");
        server.metric(&name).await == count
    };
    for (reason, count) in [("unfinished", 1), ("unread", 2)] {
        let mut tries = 0;
        while !closed(reason, count).await {
            tries += 1;
            assert!(tries < 400, "{reason}: not within 40 s");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    let mut end = Vec::new();
    let ended = unfinished.read_to_end(&mut end).await;
    assert!(ended.is_ok() || end.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_nobody_waits_for_stay_with_their_client() {
    let server = Small::start("-S -n 1024");
    let before = server.memory();
    let request = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n".repeat(8_000);
    let mut flooding = Vec::new();
    for _ in 0..100 {
        let mut stream = server.connect_from([127, 0, 0, 1]).await;
        // As much as goes without reading an answer.
        let write = stream.write_all(request.as_bytes());
        let _ = tokio::time::timeout(Duration::from_millis(100), write).await;
        flooding.push(stream);
    }
    let held = server.memory().saturating_sub(before);
    assert!(held < 100, "{held} MiB");
    assert_eq!(server.honest("/healthz").await.0, 200);
}
