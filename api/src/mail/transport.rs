//! Where mail goes: an SMTP server, or files in the data dir when none is configured.

use crate::config::MailArgs;
use crate::mail::address::is_recipient;
use crate::outbound::Reach;
use lettre::message::header::{
    ContentTransferEncoding, ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0,
};
use lettre::message::{Body, Mailbox};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncFileTransport, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;
use url::Url;
use uuid::Uuid;

/// How long an SMTP server may take over one message, from the connection on.
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
    reach: Reach,
    from: Mailbox,
    way: Way,
    timeout: Duration,
}

enum Way {
    Smtp(Box<AsyncSmtpTransport<Tokio1Executor>>),
    /// Each message is a file `<message id>.eml`.
    Outbox(AsyncFileTransport<Tokio1Executor>),
}

impl Transport {
    /// The transport of a configuration, for recipients within reach; `outbox` is where files go when no SMTP server is named.
    ///
    /// # Errors
    /// What is wrong with the URL of the SMTP server.
    pub fn new(args: &MailArgs, outbox: &Path, reach: Reach) -> Result<Self, String> {
        if let Some(url) = &args.smtp_url {
            check(url)?;
        }
        let way = match &args.smtp_url {
            Some(url) => Way::Smtp(Box::new(
                AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
                    .map_err(|error| error.to_string())?
                    // A message has a connection of its own: what a slow server says to one is never
                    // taken for the answer to the next.
                    .pool_config(PoolConfig::new().max_size(0))
                    // RFC 5321 section 4.1.4: the name that mail comes from.
                    .hello_name(ClientId::Domain(args.mail_from.email.domain().to_owned()))
                    .build(),
            )),
            None => Way::Outbox(AsyncFileTransport::new(outbox)),
        };
        Ok(Self {
            reach,
            from: args.mail_from.clone(),
            way,
            timeout: TIMEOUT,
        })
    }

    /// Sends one letter. With the same id it is the same message to whoever gets it twice.
    ///
    /// # Errors
    /// See [`SendError`].
    pub async fn send(&self, id: Uuid, recipient: &str, letter: Letter) -> Result<(), SendError> {
        let message = self.write(id, recipient, letter)?;
        match &self.way {
            // lettre itself waits for the connection only so long, and for answers for ever.
            Way::Smtp(smtp) => match tokio::time::timeout(self.timeout, smtp.send(message)).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) if is_refused(&error) => Err(SendError::Refused(told(&error))),
                Ok(Err(error)) => Err(SendError::Later(told(&error))),
                Err(_) => Err(SendError::Later("it took too long".to_owned())),
            },
            Way::Outbox(files) => files
                .send(message)
                .await
                .map(|_| ())
                .map_err(|error| SendError::Later(error.to_string())),
        }
    }

    fn write(&self, id: Uuid, recipient: &str, letter: Letter) -> Result<Message, SendError> {
        let unwritable = |error: &dyn std::fmt::Display| SendError::Unwritable(error.to_string());
        // Whoever let the address in: mail is no way to our neighbours.
        if !is_recipient(recipient, self.reach) {
            return Err(unwritable(
                &"the address is at no domain of the public Internet",
            ));
        }
        let recipient = recipient
            .parse::<lettre::Address>()
            .map_err(|error| unwritable(&error))?;
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, recipient))
            .subject(letter.subject)
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .header(MIME_VERSION_1_0)
            .header(ContentType::TEXT_PLAIN)
            .body(body(&letter.body))
            .map_err(|error| unwritable(&error))?;
        let mut insert = |name, value: &str| {
            let name = HeaderName::new_from_ascii_str(name);
            let value = HeaderValue::new(name, value.to_owned());
            message.headers_mut().insert_raw(value);
        };
        // RFC 3834 section 5: whoever is away does not answer a program.
        insert("Auto-Submitted", "auto-generated");
        if let Some(url) = letter.unsubscribe {
            // RFC 8058 section 3.1.
            insert("List-Unsubscribe", &format!("<{url}>"));
            insert("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
        }
        Ok(message)
    }
}

/// What is wrong with the URL of a mail server. Not told by the reader of flags, which would show the password.
fn check(text: &str) -> Result<(), String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "smtp" | "smtps") || !url.has_host() {
        return Err("must be an smtp or smtps URL".to_owned());
    }
    let is_encrypted = url.scheme() == "smtps"
        || url
            .query_pairs()
            .any(|pair| pair == ("tls".into(), "required".into()));
    // An IPv6 address stands in brackets.
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_matches(['[', ']']);
    let is_here = host == "localhost"
        || host
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback());
    if url.password().is_some() && !is_encrypted && !is_here {
        return Err(
            "would send the password in clear: write smtps://…, or add ?tls=required".to_owned(),
        );
    }
    Ok(())
}

/// Whether the server refuses the message for good. That it does not let us in (RFC 4954 section 6) is no
/// fault of the message, and can be mended.
fn is_refused(error: &lettre::transport::smtp::Error) -> bool {
    let code = error.status().map(u16::from);
    error.is_permanent() && !matches!(code, Some(530 | 534 | 535 | 538))
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
fn body(text: &str) -> Body {
    // A line ends with CR LF, and neither stands alone (RFC 5321 section 2.3.8): there are servers that take
    // either for the end of a line, and a dot between two of them for the end of the message.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
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

#[cfg(test)]
mod tests {
    use super::{Letter, SendError, Transport, check};
    use crate::config::MailArgs;
    use crate::outbound::Reach;
    use std::path::Path;
    use std::time::Duration;
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;
    use uuid::Uuid;

    fn letter() -> Letter {
        Letter {
            subject: "Hello".to_owned(),
            body: "You are well.\n".to_owned(),
            unsubscribe: None,
        }
    }

    /// It says this much, and then nothing more.
    #[tokio::test]
    async fn a_server_that_falls_silent_does_not_hold_up_the_mail() {
        for says in ["", "220 here\r\n", "220 here\r\n250 here\r\n250 ok\r\n"] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("smtp://{}", listener.local_addr().unwrap());
            let args = MailArgs {
                smtp_url: Some(url),
                mail_from: "toadlane@example.coop".parse().unwrap(),
            };
            let mut transport = Transport::new(&args, Path::new("nowhere"), Reach::Public).unwrap();
            transport.timeout = Duration::from_millis(300);
            let server = tokio::spawn(async move {
                let mut open = Vec::new();
                for _ in 0..2 {
                    let (mut stream, _) = listener.accept().await.unwrap();
                    stream.write_all(says.as_bytes()).await.unwrap();
                    open.push(stream);
                }
                open
            });
            // Each has a connection of its own.
            for _ in 0..2 {
                let sent = transport.send(Uuid::nil(), "ada@example.coop", letter());
                let sent = tokio::time::timeout(Duration::from_secs(20), sent).await;
                let sent = sent.expect("it waits for ever");
                assert!(matches!(sent, Err(SendError::Later(_))), "{sent:?}");
            }
            assert_eq!(server.await.unwrap().len(), 2);
        }
    }

    #[test]
    fn a_password_is_not_sent_in_clear() {
        for url in [
            "smtps://ada:secret@mail.example.coop",
            "smtp://ada:secret@mail.example.coop:587?tls=required",
            "smtp://ada:secret@127.0.0.1:1025",
            "smtp://ada:secret@[::1]:1025",
            "smtp://ada:secret@localhost",
            "smtp://relay.internal",
        ] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
        for url in [
            "smtp://ada:secret@mail.example.coop",
            "smtp://ada:secret@mail.example.coop?tls=opportunistic",
            "smtp://ada:secret@192.0.2.1",
            "https://mail.example.coop",
            "smtp:",
        ] {
            assert!(check(url).is_err(), "{url}");
        }
    }
}
