//! Somebody's webhook. It echoes challenges, unless it is mute.

use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A request that came.
#[derive(Clone, Debug)]
pub struct Received {
    pub headers: HashMap<String, String>,
    pub body: String,
}

/// A server that runs until dropped.
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    received: Mutex<Vec<Received>>,
    /// Status lines with further headers; then 204.
    answers: Mutex<VecDeque<&'static str>>,
    challenges: Mutex<Vec<Received>>,
    is_mute: AtomicBool,
}

impl Receiver {
    pub async fn start(answers: impl IntoIterator<Item = &'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            received: Mutex::default(),
            answers: Mutex::new(answers.into_iter().collect()),
            challenges: Mutex::default(),
            is_mute: AtomicBool::new(false),
        });
        let all = shared.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, all.clone()));
            }
        });
        Self {
            address,
            shared,
            task,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// Whether it echoes no challenge from now on, and takes them all the same.
    pub fn set_mute(&self, is_mute: bool) {
        self.shared.is_mute.store(is_mute, Ordering::SeqCst);
    }

    /// The challenges that came so far.
    pub fn challenges(&self) -> Vec<Received> {
        self.shared.challenges.lock().unwrap().clone()
    }

    /// What came so far, but for challenges.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(stream: TcpStream, shared: Arc<Shared>) {
    let mut stream = BufReader::new(stream);
    let mut headers = HashMap::new();
    let mut line = String::new();
    while stream.read_line(&mut line).await.unwrap() > 2 {
        if let Some((name, value)) = line.trim().split_once(": ") {
            headers.insert(name.to_lowercase(), value.to_owned());
        }
        line.clear();
    }
    let length = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let request = Received {
        headers,
        body: String::from_utf8(body).unwrap(),
    };
    let body: Value = serde_json::from_str(&request.body).unwrap();
    if body["type"] == "webhook.verification" {
        shared.challenges.lock().unwrap().push(request);
        let is_mute = shared.is_mute.load(Ordering::SeqCst);
        let echo = if is_mute {
            json!({})
        } else {
            json!({"challenge": body["data"]["challenge"]})
        };
        let (echo, length) = (echo.to_string(), echo.to_string().len());
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{echo}"
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
        return;
    }
    shared.received.lock().unwrap().push(request);
    let next = shared.answers.lock().unwrap().pop_front();
    let head = next.unwrap_or("204 No Content");
    let answer = format!("HTTP/1.1 {head}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes()).await.unwrap();
}
