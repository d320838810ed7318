//! The address of whoever asks, through the proxies that we trust.

use actix_web::dev::RequestHead;
use actix_web::http::header::X_FORWARDED_FOR;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// Address of the client. That is the peer of the connection, unless it is a trusted proxy: then the last
/// address of `X-Forwarded-For` that is not one. What is before that, anybody can have written. A header
/// that cannot be read counts for nothing.
pub fn client_address(head: &RequestHead, trusted: &[IpNet]) -> Option<IpAddr> {
    let peer = head.peer_addr?.ip().to_canonical();
    if !is_trusted(peer, trusted) {
        return Some(peer);
    }
    let lines: Vec<_> = head.headers().get_all(X_FORWARDED_FOR).collect();
    let mut client = peer;
    // Each proxy adds whom it was asked by at the end.
    for line in lines.into_iter().rev() {
        let Ok(line) = line.to_str() else {
            return Some(peer);
        };
        for entry in line.rsplit(',') {
            let Some(address) = read(entry.trim()) else {
                return Some(peer);
            };
            client = address;
            if !is_trusted(address, trusted) {
                return Some(client);
            }
        }
    }
    Some(client)
}

/// Whether this is one of our proxies.
pub fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

/// An address; some proxies add the port, or write brackets as in URLs.
fn read(entry: &str) -> Option<IpAddr> {
    let bare = entry
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(entry);
    bare.parse()
        .or_else(|_| entry.parse().map(|address: SocketAddr| address.ip()))
        .ok()
        .map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let trusted = ["10.0.0.0/8", "2001:db8::/32"].map(|network| network.parse().unwrap());
        let mut request =
            TestRequest::default().peer_addr(SocketAddr::new(peer.parse().unwrap(), 1));
        for line in forwarded {
            request = request.append_header((X_FORWARDED_FOR, *line));
        }
        let request = request.to_srv_request();
        client_address(request.head(), &trusted)
            .unwrap()
            .to_string()
    }

    #[test]
    fn only_what_trusted_proxies_add_counts() {
        for (peer, forwarded, expected) in [
            ("192.0.2.1", &[][..], "192.0.2.1"),
            ("192.0.2.1", &["198.51.100.1"], "192.0.2.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
            (
                "10.0.0.1",
                &["203.0.113.9, 198.51.100.1, 10.9.9.9"],
                "198.51.100.1",
            ),
            (
                "10.0.0.1",
                &["203.0.113.9", "198.51.100.1,10.9.9.9"],
                "198.51.100.1",
            ),
            ("10.0.0.1", &["nonsense, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1, nonsense"], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1, "], "10.0.0.1"),
            ("10.0.0.1", &["10.0.0.7, 10.0.0.8"], "10.0.0.7"),
            ("10.0.0.1", &["198.51.100.1:4711"], "198.51.100.1"),
            ("10.0.0.1", &["[2001:db9::1]:4711"], "2001:db9::1"),
            ("10.0.0.1", &["[2001:db9::1]"], "2001:db9::1"),
            ("2001:db8::1", &["::ffff:198.51.100.1"], "198.51.100.1"),
            ("::ffff:10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
        ] {
            assert_eq!(client(peer, forwarded), expected, "{peer} {forwarded:?}");
        }
    }
}
