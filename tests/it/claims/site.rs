//! An HTTP server that answers every request alike.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What it answers.
#[derive(Clone)]
pub enum Page {
    Missing,
    Text(String),
    /// A text with another status than 200.
    Status(u16, String),
    /// A text of which the end is missing when the connection is.
    CutOff(String),
    Redirect(String),
    /// A body without end, as fast as it is read.
    Endless,
    /// A byte now and then.
    Dripping,
}

/// A server that runs until dropped.
pub struct Site {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

struct Shared {
    page: Mutex<Page>,
    requests: AtomicUsize,
}

impl Site {
    pub async fn start(page: Page) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            page: Mutex::new(page),
            requests: AtomicUsize::new(0),
        });
        let all = shared.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                all.requests.fetch_add(1, Ordering::SeqCst);
                let page = all.page.lock().unwrap().clone();
                tokio::spawn(answer(stream, page));
            }
        });
        Self {
            address,
            shared,
            task,
        }
    }

    /// As a website.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// From now on it answers this.
    pub fn publish(&self, page: Page) {
        *self.shared.page.lock().unwrap() = page;
    }

    /// Connections so far.
    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(mut stream: TcpStream, page: Page) {
    let mut request = Vec::new();
    // A TLS handshake (RFC 8446 section 5.1) is answered too, though not in TLS.
    while !request.ends_with(b"\r\n\r\n") && !request.starts_with(b"\x16") {
        match stream.read_u8().await {
            Ok(byte) => request.push(byte),
            Err(_) => return,
        }
    }
    if request.starts_with(b"\x16") {
        // What is left unread when the connection is closed would reset it.
        let _ = stream.read(&mut [0; 4096]).await;
    }
    // The other side hangs up when it has enough.
    let _ = match page {
        Page::Missing => {
            let head = "HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\nnone";
            stream.write_all(head.as_bytes()).await
        }
        Page::Text(text) => {
            let length = text.len();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{text}");
            stream.write_all(head.as_bytes()).await
        }
        Page::Status(status, text) => {
            let length = text.len();
            let head = format!("HTTP/1.1 {status} So\r\ncontent-length: {length}\r\n\r\n{text}");
            stream.write_all(head.as_bytes()).await
        }
        Page::CutOff(text) => {
            let length = text.len() + 1;
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{text}");
            stream.write_all(head.as_bytes()).await
        }
        Page::Redirect(to) => {
            let head = format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(head.as_bytes()).await
        }
        Page::Endless => pour(&mut stream, &[b'x'; 8192], Duration::ZERO).await,
        Page::Dripping => pour(&mut stream, b"x", Duration::from_millis(20)).await,
    };
}

async fn pour(stream: &mut TcpStream, drop: &[u8], pause: Duration) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    loop {
        stream.write_all(drop).await?;
        tokio::time::sleep(pause).await;
    }
}
