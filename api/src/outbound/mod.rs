//! The one way out: every request to a server that somebody else names goes through here.
//!
//! Such a request must not reach what only we can reach. So it goes to public addresses alone, checked
//! after names are resolved; redirects are not followed, no proxy is asked, nothing is remembered from one
//! request to the next, and an answer may neither be large nor take long. It is hyper that sends, which
//! does one request and nothing else by itself.

mod addresses;
mod dns;
pub mod signature;

use actix_web::web::Bytes;
use hickory_resolver::TokioResolver;
use http::header::{HeaderMap, HeaderValue, USER_AGENT};
use http::{Method, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// Where we go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses.
    Public,
    /// Private ones too, and loopback without TLS: for tests, and for those who have their neighbours in a
    /// private network.
    Everywhere,
}

impl Reach {
    fn allows(self, address: IpAddr) -> bool {
        self == Self::Everywhere || addresses::is_public(address)
    }
}

/// Whether a host can be one of the public internet, as far as its name tells: a public address, or a name
/// under a top-level domain that is not kept for private use (RFC 6761, RFC 6762, RFC 8375).
pub fn is_public_name<S: AsRef<str>>(host: &Host<S>) -> bool {
    const PRIVATE: [&str; 8] = [
        "localhost",
        "local",
        "internal",
        "test",
        "invalid",
        "home.arpa",
        "onion",
        "lan",
    ];
    match host {
        Host::Ipv4(address) => addresses::is_public((*address).into()),
        Host::Ipv6(address) => addresses::is_public((*address).into()),
        Host::Domain(name) => {
            let name = name.as_ref().trim_end_matches('.').to_ascii_lowercase();
            let is_private = |suffix: &&str| {
                name.strip_suffix(*suffix)
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            };
            name.contains('.') && !PRIVATE.iter().any(is_private)
        }
    }
}

/// What an answer may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the body.
    pub bytes: usize,
    /// From looking up the name to the end of the body.
    pub time: Duration,
}

/// A request to somebody else's server.
#[derive(Clone, Debug)]
pub struct Request {
    /// What to do.
    pub method: Method,
    /// Where.
    pub url: Url,
    /// Besides `Host` and `User-Agent`.
    pub headers: HeaderMap,
    /// What is sent along.
    pub body: Bytes,
}

impl Request {
    /// A request for what is there.
    pub fn get(url: Url) -> Self {
        Self {
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// As it came.
    pub body: Bytes,
}

/// Why there is no answer. The sentences are for whoever named the target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// Neither https nor something else that is allowed.
    #[error("only https is spoken")]
    Scheme,
    /// It is, or resolves to, an address that is not public.
    #[error("{0} is not a public address and has none")]
    Private(String),
    /// The name has no address.
    #[error("the name {0} has no address")]
    Unresolved(String),
    /// The DNS server answers with an error, or not at all.
    #[error("DNS has no answer for {0}")]
    Dns(String),
    /// Too slow.
    #[error("there was no answer within {} s", .0.as_secs())]
    Timeout(Duration),
    /// Too much.
    #[error("the answer has more than {0} bytes")]
    TooLarge(usize),
    /// The certificate is wrong, or TLS is.
    #[error("no secure connection: {0}")]
    Tls(String),
    /// Anything else on the way.
    #[error("the connection could not be made, or broke off")]
    Broken,
}

/// Sends requests to servers that others name.
pub struct Outbound {
    client: Client<HttpsConnector<HttpConnector<dns::Guarded>>, Full<Bytes>>,
    dns: TokioResolver,
    reach: Reach,
    user_agent: HeaderValue,
}

impl Outbound {
    /// A client that asks this DNS server, or those of the system, and says whose it is.
    ///
    /// # Errors
    /// What is missing on this machine.
    pub fn new(
        reach: Reach,
        dns_server: Option<SocketAddr>,
        public_url: &str,
    ) -> Result<Self, String> {
        let dns = dns::resolver(dns_server).map_err(|error| error.to_string())?;
        let mut http = HttpConnector::new_with_resolver(dns::Guarded {
            dns: dns.clone(),
            reach,
        });
        http.enforce_http(false);
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls().map_err(|error| error.to_string())?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .retry_canceled_requests(false)
            .build(https);
        let user_agent = format!("toadlane/{} (+{public_url})", env!("CARGO_PKG_VERSION"));
        Ok(Self {
            client,
            dns,
            reach,
            user_agent: HeaderValue::try_from(user_agent).map_err(|error| error.to_string())?,
        })
    }

    /// Where it goes.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// Whether a request to this URL is sent at all, as far as can be told without asking DNS.
    ///
    /// # Errors
    /// [`OutboundError::Scheme`] or [`OutboundError::Private`].
    pub fn check(&self, url: &Url) -> Result<(), OutboundError> {
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            // RFC 6761 section 6.3; the resolver knows it too.
            Some(Host::Domain("localhost")) => Some(IpAddr::from([127, 0, 0, 1])),
            Some(Host::Domain(_)) => None,
            None => return Err(OutboundError::Scheme),
        };
        let is_loopback = address.is_some_and(|address| address.is_loopback());
        match url.scheme() {
            "https" => {}
            "http" if is_loopback && self.reach == Reach::Everywhere => {}
            _ => return Err(OutboundError::Scheme),
        }
        if address.is_some_and(|address| !self.reach.allows(address)) {
            let host = url.host_str().unwrap_or_default();
            return Err(OutboundError::Private(host.to_owned()));
        }
        Ok(())
    }

    /// Sends a request, once, and reads the answer whole.
    ///
    /// # Errors
    /// See [`OutboundError`]. An answer of any status is none.
    pub async fn send(&self, request: Request, limits: Limits) -> Result<Answer, OutboundError> {
        self.check(&request.url)?;
        tokio::time::timeout(limits.time, self.exchange(request, limits.bytes))
            .await
            .unwrap_or(Err(OutboundError::Timeout(limits.time)))
    }

    async fn exchange(&self, request: Request, most: usize) -> Result<Answer, OutboundError> {
        let Request {
            method,
            url,
            headers,
            body,
        } = request;
        let mut request = http::Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = Uri::try_from(url.as_str()).map_err(|_| OutboundError::Scheme)?;
        *request.headers_mut() = headers;
        let user_agent = self.user_agent.clone();
        request.headers_mut().insert(USER_AGENT, user_agent);
        let response = self
            .client
            .request(request)
            .await
            .map_err(|error| cause(&error))?;
        let (head, body) = response.into_parts();
        match Limited::new(body, most).collect().await {
            Ok(body) => Ok(Answer {
                status: head.status.as_u16(),
                headers: head.headers,
                body: body.to_bytes(),
            }),
            Err(error) if error.is::<LengthLimitError>() => Err(OutboundError::TooLarge(most)),
            Err(_) => Err(OutboundError::Broken),
        }
    }

    /// The texts of a name's TXT records; none when it has none.
    ///
    /// # Errors
    /// When DNS does not answer within this time.
    pub async fn texts(&self, name: &str, time: Duration) -> Result<Vec<String>, OutboundError> {
        tokio::time::timeout(time, dns::texts(&self.dns, name))
            .await
            .unwrap_or(Err(OutboundError::Timeout(time)))
    }
}

/// TLS 1.2 and 1.3, with the certificate authorities of Mozilla.
fn tls() -> Result<ClientConfig, rustls::Error> {
    let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

/// What lies behind an error of the HTTP client.
fn cause(error: &(dyn Error + 'static)) -> OutboundError {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(ours) = error.downcast_ref::<OutboundError>() {
            return ours.clone();
        }
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return OutboundError::Tls(tls.to_string());
        }
        // An I/O error does not count what it wraps among its sources, be it another one.
        let wrapped = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
            .map(|inner| inner as &(dyn Error + 'static));
        next = wrapped.or_else(|| error.source());
    }
    OutboundError::Broken
}
