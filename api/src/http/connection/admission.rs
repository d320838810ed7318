//! How many connections there may be: in all, below the limit of open files, and of one network.

use crate::http::client_address::is_trusted;
use crate::http::rate_limit::network;
use ipnet::IpNet;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// There are never more connections than this.
const MOST: usize = 4096;

/// Nor more of one network than this.
const MOST_OF_ONE: usize = 256;

/// What is assumed when the system does not tell how many files may be open.
const USUAL_FILES: u64 = 1024;

/// Raises the limit of open files as far as we may, and tells what it is.
pub fn raise_open_files() -> usize {
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or_else(|error| {
        tracing::warn!(%error, "the limit of open files cannot be raised");
        USUAL_FILES
    });
    usize::try_from(files).unwrap_or(usize::MAX)
}

/// The connections there are.
#[derive(Debug)]
pub struct Connections {
    most: usize,
    most_of_one: usize,
    trusted_proxies: Vec<IpNet>,
    open: AtomicUsize,
    /// By network; trusted proxies are not counted.
    of_network: Mutex<HashMap<IpAddr, usize>>,
}

/// Why there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// The network has as many as it may have.
    Network,
    /// The server has.
    Server,
}

impl Full {
    /// The label of the metric.
    pub fn label(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Server => "server",
        }
    }
}

/// The room that a connection takes.
#[derive(Debug)]
pub struct Room {
    connections: Arc<Connections>,
    network: Option<IpAddr>,
}

impl Connections {
    /// Room for connections where so many files may be open: half of them are left for the database, the
    /// index and what we ask of others. A network gets at most a quarter of it.
    pub fn new(open_files: usize, trusted_proxies: Vec<IpNet>) -> Arc<Self> {
        let most = MOST.min(open_files / 2);
        Arc::new(Self {
            most,
            most_of_one: MOST_OF_ONE.min(most / 4).max(1),
            trusted_proxies,
            open: AtomicUsize::new(0),
            of_network: Mutex::default(),
        })
    }

    /// Connections that there may be.
    pub fn most(&self) -> usize {
        self.most
    }

    /// Room for a connection with this peer, until it is dropped.
    ///
    /// # Errors
    /// Who has too many.
    pub fn admit(self: &Arc<Self>, peer: Option<IpAddr>) -> Result<Room, Full> {
        let network = peer
            .map(|peer| peer.to_canonical())
            .filter(|peer| !is_trusted(*peer, &self.trusted_proxies))
            .map(network);
        let mut of_network = self
            .of_network
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if self.open.load(Ordering::Relaxed) >= self.most {
            return Err(Full::Server);
        }
        if let Some(network) = network {
            let count = of_network.entry(network).or_default();
            if *count >= self.most_of_one {
                return Err(Full::Network);
            }
            *count += 1;
        }
        self.open.fetch_add(1, Ordering::Relaxed);
        metrics::gauge!("toadlane_http_connections").increment(1);
        Ok(Room {
            connections: self.clone(),
            network,
        })
    }

    /// Whether three quarters of the room are taken.
    pub fn is_crowded(&self) -> bool {
        self.open.load(Ordering::Relaxed) >= self.most - self.most / 4
    }
}

impl Room {
    /// Whether others need it.
    pub fn is_crowded(&self) -> bool {
        self.connections.is_crowded()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let of_network = &self.connections.of_network;
        let mut of_network = of_network.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(network) = self.network
            && let Some(count) = of_network.get_mut(&network)
        {
            *count -= 1;
            if *count == 0 {
                of_network.remove(&network);
            }
        }
        self.connections.open.fetch_sub(1, Ordering::Relaxed);
        metrics::gauge!("toadlane_http_connections").decrement(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_network_has_a_quarter_at_most() {
        let connections = Connections::new(32, Vec::new());
        let open = |text: &str| connections.admit(Some(address(text)));
        let rooms: Vec<_> = (0..4).map(|_| open("192.0.2.1").unwrap()).collect();
        assert_eq!(open("192.0.2.1").unwrap_err(), Full::Network);
        assert_eq!(open("::ffff:192.0.2.1").unwrap_err(), Full::Network);
        let _six: Vec<_> = (1..=4)
            .map(|n| open(&format!("2001:db8::{n}")).unwrap())
            .collect();
        assert_eq!(open("2001:db8::9").unwrap_err(), Full::Network);
        assert!(!connections.is_crowded());
        let _other: Vec<_> = (0..4).map(|_| open("192.0.2.2").unwrap()).collect();
        assert!(connections.is_crowded());
        drop(rooms);
        assert!(!connections.is_crowded());
        open("192.0.2.1").unwrap();
        assert_eq!(connections.of_network.lock().unwrap().len(), 2);
    }

    #[test]
    fn a_trusted_proxy_has_as_many_as_there_are() {
        let proxies = vec!["10.0.0.0/8".parse().unwrap()];
        let connections = Connections::new(32, proxies);
        let open = |text: &str| connections.admit(Some(address(text)));
        let _rooms: Vec<_> = (0..16).map(|_| open("10.1.2.3").unwrap()).collect();
        assert_eq!(open("10.1.2.3").unwrap_err(), Full::Server);
        assert_eq!(open("192.0.2.1").unwrap_err(), Full::Server);
    }
}
