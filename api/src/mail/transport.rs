//! Where mail goes: an SMTP server, or files in the data dir when none is configured.

use crate::config::MailArgs;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox};
use lettre::{AsyncFileTransport, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::path::Path;
use std::time::Duration;

/// How long an SMTP server may take over one message.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Why a message could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The message cannot be written: an address or a subject that mail has no form for.
    #[error("the message cannot be written: {0}")]
    Unwritable(String),
    /// The SMTP server refuses it for good.
    #[error("the mail server refuses it: {0}")]
    Refused(String),
    /// It may go later.
    #[error("it could not be sent: {0}")]
    Later(String),
}

/// A message, written out.
#[derive(Clone, Debug)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// URL where a POST ends mail of this kind, without asking (RFC 8058).
    pub unsubscribe: Option<String>,
}

/// Sends letters.
pub struct Transport {
    from: Mailbox,
    way: Way,
}

enum Way {
    Smtp(Box<AsyncSmtpTransport<Tokio1Executor>>),
    /// Each message is a file `<message id>.eml`.
    Outbox(AsyncFileTransport<Tokio1Executor>),
}

impl Transport {
    /// The transport of a configuration; `outbox` is where files go when no SMTP server is named.
    ///
    /// # Errors
    /// What is wrong with the URL of the SMTP server.
    pub fn new(args: &MailArgs, outbox: &Path) -> Result<Self, String> {
        let way = match &args.smtp_url {
            Some(url) => Way::Smtp(Box::new(
                AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
                    .map_err(|error| error.to_string())?
                    .timeout(Some(TIMEOUT))
                    .build(),
            )),
            None => Way::Outbox(AsyncFileTransport::new(outbox)),
        };
        Ok(Self {
            from: args.mail_from.clone(),
            way,
        })
    }

    /// Sends one letter.
    ///
    /// # Errors
    /// See [`SendError`].
    pub async fn send(&self, recipient: &str, letter: Letter) -> Result<(), SendError> {
        let message = self.write(recipient, letter)?;
        match &self.way {
            Way::Smtp(smtp) => match smtp.send(message).await {
                Ok(_) => Ok(()),
                Err(error) if error.is_permanent() => Err(SendError::Refused(told(&error))),
                Err(error) => Err(SendError::Later(told(&error))),
            },
            Way::Outbox(files) => files
                .send(message)
                .await
                .map(|_| ())
                .map_err(|error| SendError::Later(error.to_string())),
        }
    }

    fn write(&self, recipient: &str, letter: Letter) -> Result<Message, SendError> {
        let unwritable = |error: &dyn std::fmt::Display| SendError::Unwritable(error.to_string());
        let recipient = recipient
            .parse::<lettre::Address>()
            .map_err(|error| unwritable(&error))?;
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, recipient))
            .subject(letter.subject)
            .message_id(None)
            .header(ContentType::TEXT_PLAIN)
            .body(body(letter.body))
            .map_err(|error| unwritable(&error))?;
        if let Some(url) = letter.unsubscribe {
            // RFC 8058 section 3.1.
            for (name, value) in [
                ("List-Unsubscribe", format!("<{url}>")),
                (
                    "List-Unsubscribe-Post",
                    "List-Unsubscribe=One-Click".to_owned(),
                ),
            ] {
                let name = HeaderName::new_from_ascii_str(name);
                message
                    .headers_mut()
                    .insert_raw(HeaderValue::new(name, value));
            }
        }
        Ok(message)
    }
}

/// What may be logged of an error: of an answer of the server only its code, as its text names recipients.
fn told(error: &lettre::transport::smtp::Error) -> String {
    error
        .status()
        .map_or_else(|| error.to_string(), |code| format!("it answered {code}"))
}

/// Lines of mail have at most 998 bytes (RFC 5322 section 2.1.1).
const MAX_LINE: usize = 998;

/// As it is, where mail allows it: quoted-printable would break links in two for readers that do not decode.
fn body(text: String) -> Body {
    if text.contains('\0') || text.lines().any(|line| line.len() > MAX_LINE) {
        return Body::new(text);
    }
    let encoding = if text.is_ascii() {
        ContentTransferEncoding::SevenBit
    } else {
        ContentTransferEncoding::EightBit
    };
    let lines: Vec<_> = text.lines().collect();
    Body::dangerous_pre_encoded((lines.join("\r\n") + "\r\n").into_bytes(), encoding)
}
