//! Mail as it lies in the outbox.

use mail_parser::MessageParser;
use std::path::{Path, PathBuf};

/// A message.
#[derive(Debug)]
pub struct Mail {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// Head and body as they are sent.
    pub raw: String,
}

impl Mail {
    /// A message as it is written, and to whom its head says it is; none when it is not whole.
    pub fn read(bytes: &[u8]) -> Option<(String, Self)> {
        let message = MessageParser::new().parse(bytes)?;
        let to = message.to()?.first()?.address()?.to_owned();
        let subject = message.subject().unwrap_or_default().to_owned();
        let body = message.body_text(0)?.replace("\r\n", "\n");
        let raw = String::from_utf8_lossy(bytes).into_owned();
        // A file that is still being written has no end yet.
        let is_whole = body.ends_with('\n');
        is_whole.then_some((to, Self { subject, body, raw }))
    }

    /// A header, unfolded (RFC 5322 section 2.2.3), as it is encoded; empty when it is not there.
    pub fn header(&self, name: &str) -> String {
        let head = self.raw.split("\r\n\r\n").next().unwrap();
        let head = head.replace("\r\n ", " ");
        let prefix = format!("{name}: ");
        let line = head.lines().find_map(|line| line.strip_prefix(&prefix));
        line.unwrap_or_default().to_owned()
    }

    /// The link in it.
    pub fn link(&self) -> &str {
        let start = self.body.find("http").expect("no link");
        self.body[start..].split_whitespace().next().unwrap()
    }

    /// The token in the link.
    pub fn token(&self) -> &str {
        let (_, token) = self.link().split_once("token=").expect("no token");
        token
    }
}

/// The oldest message to an address; it is removed.
pub fn take(outbox: &Path, email: &str) -> Option<Mail> {
    let (path, mail) = find(outbox, email)?;
    std::fs::remove_file(path).unwrap();
    Some(mail)
}

/// The oldest message to an address.
pub fn find(outbox: &Path, email: &str) -> Option<(PathBuf, Mail)> {
    let mut files: Vec<_> = std::fs::read_dir(outbox)
        .unwrap()
        .filter_map(|entry| {
            let path = entry.unwrap().path();
            let written = std::fs::metadata(&path).ok()?.modified().ok()?;
            path.extension()
                .is_some_and(|extension| extension == "eml")
                .then_some((written, path))
        })
        .collect();
    files.sort();
    files.into_iter().find_map(|(_, path)| {
        let (to, mail) = Mail::read(&std::fs::read(&path).ok()?)?;
        (to == email).then_some((path, mail))
    })
}
