//! Configuration: flags, `TOADLANE_*` variables and `toadlane.toml`, in that order of strength.

use clap::builder::BoolishValueParser;
use ipnet::IpNet;
use lettre::message::Mailbox;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use url::Url;

/// Where the data is. Every command that opens the database takes these.
#[derive(Clone, Debug, clap::Args)]
pub struct StoreArgs {
    /// Folder of the database, the index, the keys and the outbox
    #[arg(
        long,
        env = "TOADLANE_DATA_DIR",
        default_value = "./data",
        value_name = "DIR"
    )]
    pub data_dir: PathBuf,

    /// sqlite://FILE or postgres://USER@HOST/NAME [default: sqlite://<data-dir>/toadlane.db]
    #[arg(long, env = "TOADLANE_DATABASE_URL", value_name = "URL", hide_env_values = true, value_parser = database_url)]
    pub database_url: Option<String>,
}

/// What a server needs besides the store.
#[derive(Clone, Debug, clap::Args)]
pub struct ServeArgs {
    /// Address to listen on
    #[arg(
        long,
        env = "TOADLANE_LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "ADDRESS:PORT"
    )]
    pub listen: SocketAddr,

    /// URL under which clients reach this server [default: http://<listen>]
    #[arg(long, env = "TOADLANE_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub public_url: Option<String>,

    /// URL of the licence of the compilation, named in every feed page
    #[arg(
        long,
        env = "TOADLANE_LICENSE",
        default_value = "https://creativecommons.org/licenses/by/4.0/",
        value_name = "URL",
        value_parser = absolute_url
    )]
    pub license: String,

    /// Request budgets; off is for benchmarks and tests
    #[arg(
        long,
        env = "TOADLANE_RATE_LIMIT",
        default_value = "on",
        value_name = "on|off"
    )]
    pub rate_limit: Switch,

    /// How to reach the people who run this server about security, for /.well-known/security.txt
    #[arg(long, env = "TOADLANE_SECURITY_CONTACT", value_name = "URI", value_parser = absolute_url)]
    pub security_contact: Option<String>,

    /// Proxies in front of the server, whose X-Forwarded-For is believed: addresses and networks, with commas between
    #[arg(
        long,
        env = "TOADLANE_TRUSTED_PROXIES",
        value_name = "CIDR,…",
        value_delimiter = ',',
        value_parser = network
    )]
    pub trusted_proxies: Vec<IpNet>,

    #[command(flatten)]
    /// Where the private key is.
    pub key: KeyArgs,
    /// Let webhooks, sources and claims reach private addresses, and loopback without TLS
    #[arg(long, env = "TOADLANE_ALLOW_PRIVATE_WEBHOOKS", value_parser = BoolishValueParser::new())]
    pub allow_private_webhooks: bool,

    /// DNS server to ask [default: those of the system]
    #[arg(long, env = "TOADLANE_DNS_RESOLVER", value_name = "ADDRESS:PORT")]
    pub dns_resolver: Option<SocketAddr>,

    #[command(flatten)]
    /// How mail is sent.
    pub mail: MailArgs,
}

/// Where the private key is.
#[derive(Clone, Debug, clap::Args)]
pub struct KeyArgs {
    /// Private key that tokens are signed with, Ed25519 in PKCS#8 PEM [default: one that is made in <data-dir>/keys/]
    #[arg(long, env = "TOADLANE_SIGNING_KEY_FILE", value_name = "FILE")]
    pub signing_key_file: Option<PathBuf>,
}

/// How mail is sent.
#[derive(Clone, Debug, clap::Args)]
pub struct MailArgs {
    /// Mail server: smtps://USER:PASSWORD@HOST, or smtp://HOST?tls=required [default: files in <data-dir>/outbox/]
    #[arg(
        long,
        env = "TOADLANE_SMTP_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub smtp_url: Option<String>,

    /// Sender of mail
    #[arg(
        long,
        env = "TOADLANE_MAIL_FROM",
        default_value = "toadlane <toadlane@localhost>",
        value_name = "ADDRESS"
    )]
    pub mail_from: Mailbox,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// Everything a server is built from.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the data is.
    pub store: StoreArgs,
    /// How it is served.
    pub serve: ServeArgs,
}

/// What is written as it is in the path of a URL.
const IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

impl StoreArgs {
    /// The database, the default spelled out.
    pub fn database_url(&self) -> String {
        self.database_url.clone().unwrap_or_else(|| {
            let file = self.data_dir.join("toadlane.db");
            // A folder's name may have characters that mean something in a URL.
            let path = utf8_percent_encode(&file.to_string_lossy(), IN_PATHS).to_string();
            format!("sqlite://{path}")
        })
    }
}

fn database_url(text: &str) -> Result<String, String> {
    let scheme = text.split(':').next().unwrap_or_default();
    if matches!(scheme, "sqlite" | "postgres" | "postgresql") {
        Ok(text.to_owned())
    } else {
        Err("must begin with sqlite:// or postgres://".to_owned())
    }
}

/// A network, or an address: the network of that address alone.
fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    text.parse()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| {
            "must be an address such as 10.0.0.1, or a network such as 10.0.0.0/8".to_owned()
        })
}

fn absolute_url(text: &str) -> Result<String, String> {
    Url::parse(text)
        .map(|_| text.to_owned())
        .map_err(|error| error.to_string())
}

/// Without a slash at the end: paths are appended to it.
fn public_url(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("must be an http or https URL".to_owned());
    }
    Ok(text.trim_end_matches('/').to_owned())
}
