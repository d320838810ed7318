//! Looking up names, and refusing those that lead where we do not go.

use super::{OutboundError, Reach};
use futures_util::future::BoxFuture;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{Name, RData};
use hyper_util::client::legacy::connect;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::task::{Context, Poll};
use std::time::Duration;
use std::vec::IntoIter;
use tower_service::Service;

/// How long a DNS server may take before it is asked again.
const TIMEOUT: Duration = Duration::from_secs(3);

/// A resolver that asks this server, or those of the system. It remembers nothing: whoever has just
/// published a record wants it to be seen.
///
/// # Errors
/// When there is no way to ask.
pub fn resolver(server: Option<SocketAddr>) -> Result<TokioResolver, NetError> {
    let (config, mut options) = match server {
        Some(server) => (only(server), ResolverOpts::default()),
        // resolv.conf(5): without the file, the server on this machine is asked.
        None => hickory_resolver::system_conf::read_system_conf().unwrap_or_else(|_| {
            let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 53));
            (only(here), ResolverOpts::default())
        }),
    };
    if server.is_some() {
        options.use_hosts_file = ResolveHosts::Never;
    }
    options.cache_size = 0;
    options.timeout = TIMEOUT;
    options.attempts = 2;
    options.try_tcp_on_error = true;
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    *builder.options_mut() = options;
    builder.build()
}

fn only(server: SocketAddr) -> ResolverConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = server.port();
        connection
    });
    let server = NameServerConfig::new(server.ip(), true, connections.to_vec());
    ResolverConfig::from_parts(None, Vec::new(), vec![server])
}

/// The texts of a name's TXT records; none when it has no such record. The strings of one record are one
/// text (RFC 7208 section 3.3).
///
/// # Errors
/// When the name is none, or DNS does not answer.
pub async fn texts(dns: &TokioResolver, name: &str) -> Result<Vec<String>, OutboundError> {
    let lookup = match dns.txt_lookup(absolute(name)?).await {
        Ok(lookup) => lookup,
        Err(error) if error.is_no_records_found() => return Ok(Vec::new()),
        Err(_) => return Err(OutboundError::Dns(name.to_owned())),
    };
    let texts = lookup
        .answers()
        .iter()
        .filter_map(|record| match &record.data {
            RData::TXT(record) => {
                Some(String::from_utf8_lossy(&record.txt_data.concat()).into_owned())
            }
            _ => None,
        });
    Ok(texts.collect())
}

/// The addresses of a name that may be connected to.
async fn addresses(
    dns: &TokioResolver,
    reach: Reach,
    name: &str,
) -> Result<Vec<IpAddr>, OutboundError> {
    let found: Vec<IpAddr> = match dns.lookup_ip(absolute(name)?).await {
        Ok(lookup) => lookup.iter().collect(),
        Err(error) if error.is_no_records_found() => Vec::new(),
        Err(_) => return Err(OutboundError::Dns(name.to_owned())),
    };
    if found.is_empty() {
        return Err(OutboundError::Unresolved(name.to_owned()));
    }
    let allowed: Vec<_> = found
        .into_iter()
        .filter(|address| reach.allows(*address))
        .collect();
    if allowed.is_empty() {
        return Err(OutboundError::Private(name.to_owned()));
    }
    Ok(allowed)
}

/// The name as it is: search domains of the system are not appended.
fn absolute(name: &str) -> Result<Name, OutboundError> {
    let mut absolute =
        Name::from_ascii(name).map_err(|_| OutboundError::Unresolved(name.to_owned()))?;
    absolute.set_fqdn(true);
    Ok(absolute)
}

/// What the HTTP client resolves names with. The addresses that were checked are those it connects to: a
/// name that has others a moment later (DNS rebinding) gains nothing.
#[derive(Clone)]
pub struct Guarded {
    /// Looks them up.
    pub dns: TokioResolver,
    /// Where we go.
    pub reach: Reach,
}

impl Service<connect::dns::Name> for Guarded {
    type Response = IntoIter<SocketAddr>;
    type Error = OutboundError;
    type Future = BoxFuture<'static, Result<Self::Response, OutboundError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), OutboundError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: connect::dns::Name) -> Self::Future {
        let Self { dns, reach } = self.clone();
        Box::pin(async move {
            let addresses = addresses(&dns, reach, name.as_str()).await?;
            // The port is that of the URL.
            let addresses: Vec<_> = addresses
                .into_iter()
                .map(|address| SocketAddr::new(address, 0))
                .collect();
            Ok(addresses.into_iter())
        })
    }
}
