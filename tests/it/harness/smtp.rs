//! An SMTP server (RFC 5321), without TLS, that answers as a test says.

use super::mail::Mail;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// How it is disposed.
#[derive(Clone, Copy)]
pub enum Mood {
    /// It takes every message.
    Takes,
    /// To this command, or to `.`, the end of a message, it answers this instead.
    Says(&'static str, &'static str),
    /// It hangs up in the middle of a message.
    HangsUp,
    /// It says nothing about recipients at this domain while it is in this mood.
    Holds(&'static str),
}

/// A message as it came over the wire.
#[derive(Debug)]
pub struct Taken {
    /// What stands in `MAIL FROM`.
    pub from: String,
    /// What stands in `RCPT TO`.
    pub to: Vec<String>,
    /// Between `DATA` and the line with the dot.
    pub wire: Vec<u8>,
}

/// A server that runs until dropped.
pub struct Smtp {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

struct Shared {
    mood: Mutex<Mood>,
    taken: Mutex<Vec<Taken>>,
    refused: Mutex<Vec<Taken>>,
    tries: Mutex<usize>,
}

impl Taken {
    /// The message without what SMTP adds (RFC 5321 section 4.5.2).
    pub fn mail(&self) -> Mail {
        let wire = String::from_utf8(self.wire.clone()).unwrap();
        let unstuffed = wire.split_inclusive("\r\n").map(|line| {
            let is_stuffed = line.starts_with('.');
            line.strip_prefix('.')
                .filter(|_| is_stuffed)
                .unwrap_or(line)
        });
        let text: String = unstuffed.collect();
        let (to, mail) = Mail::read(text.as_bytes()).expect("not a whole message");
        assert_eq!([to], *self.to, "head and envelope");
        mail
    }
}

impl Smtp {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            mood: Mutex::new(Mood::Takes),
            taken: Mutex::default(),
            refused: Mutex::default(),
            tries: Mutex::default(),
        });
        let all = shared.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = all.clone();
                // Whoever hangs up ends the conversation, be it the other side or this one.
                tokio::spawn(async move { converse(stream, &shared).await.unwrap_or_default() });
            }
        });
        Self {
            address,
            shared,
            task,
        }
    }

    /// As `--smtp-url`.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// From now on it is disposed like this.
    pub fn set(&self, mood: Mood) {
        *self.shared.mood.lock().unwrap() = mood;
    }

    /// Messages that somebody began to send.
    pub fn tries(&self) -> usize {
        *self.shared.tries.lock().unwrap()
    }

    /// The first message that was taken and not read. Waits until it is there.
    ///
    /// # Panics
    /// After ten seconds.
    pub async fn next(&self) -> Taken {
        first(&self.shared.taken).await
    }

    /// The same for one whose end was not answered well.
    pub async fn next_refused(&self) -> Taken {
        first(&self.shared.refused).await
    }

    /// Whether a message was taken that was not read.
    pub fn has_more(&self) -> bool {
        !self.shared.taken.lock().unwrap().is_empty()
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn first(of: &Mutex<Vec<Taken>>) -> Taken {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let taken = {
            let mut all = of.lock().unwrap();
            (!all.is_empty()).then(|| all.remove(0))
        };
        if let Some(taken) = taken {
            return taken;
        }
        assert!(Instant::now() < deadline, "no mail");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn converse(stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut from, mut to) = (String::new(), Vec::new());
    stream.write_all(b"220 here ESMTP\r\n").await?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.get(..4).unwrap_or_default().to_uppercase();
        let mood = *shared.mood.lock().unwrap();
        if command == "MAIL" {
            *shared.tries.lock().unwrap() += 1;
        }
        let answer = match (command.as_str(), mood) {
            (command, Mood::Says(to, answer)) if command == to => answer,
            ("EHLO", _) => "250-here\r\n250-8BITMIME\r\n250 AUTH PLAIN",
            ("AUTH", _) => "235 2.7.0 welcome",
            ("MAIL", _) => {
                (from, to) = (path(&line), Vec::new());
                "250 2.1.0 ok"
            }
            ("RCPT", _) => {
                while holds(shared, &line) {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                to.push(path(&line));
                "250 2.1.5 ok"
            }
            ("DATA", _) => {
                stream.write_all(b"354 go on\r\n").await?;
                let Some(wire) = message(&mut stream, mood).await? else {
                    return Ok(());
                };
                let (from, to) = (from.clone(), to.clone());
                let taken = Taken { from, to, wire };
                if let Mood::Says(".", answer) = mood {
                    shared.refused.lock().unwrap().push(taken);
                    answer
                } else {
                    shared.taken.lock().unwrap().push(taken);
                    "250 2.0.0 taken"
                }
            }
            ("QUIT", _) => "221 2.0.0 bye",
            _ => "500 5.5.1 what?",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}

fn holds(shared: &Shared, line: &str) -> bool {
    let mood = *shared.mood.lock().unwrap();
    matches!(mood, Mood::Holds(domain) if path(line).ends_with(domain))
}

/// What is between the angle brackets.
fn path(line: &str) -> String {
    let (_, rest) = line.split_once('<').unwrap();
    rest.split('>').next().unwrap().to_owned()
}

/// Reads up to the line with the dot; nothing when it hangs up before.
async fn message(
    stream: &mut BufReader<TcpStream>,
    mood: Mood,
) -> std::io::Result<Option<Vec<u8>>> {
    let mut wire = Vec::new();
    loop {
        let mut line = Vec::new();
        let is_over = stream.read_until(b'\n', &mut line).await? == 0;
        if is_over || matches!(mood, Mood::HangsUp) {
            return Ok(None);
        }
        if line == b".\r\n" {
            return Ok(Some(wire));
        }
        wire.extend(line);
    }
}
