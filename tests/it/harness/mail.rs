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
        let bytes = std::fs::read(&path).ok()?;
        let message = MessageParser::new().parse(&bytes)?;
        let to = message.to()?.first()?.address()?.to_owned();
        // A file that is still being written has no end yet.
        let body = message.body_text(0)?.replace("\r\n", "\n");
        (to == email && body.ends_with('\n')).then(|| {
            let subject = message.subject().unwrap_or_default().to_owned();
            let raw = String::from_utf8_lossy(&bytes).into_owned();
            (path, Mail { subject, body, raw })
        })
    })
}
