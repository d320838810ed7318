//! Without a certificate that somebody vouches for, a file proves nothing.

use super::{claimed, conflict, for_each_database, imported, members, verify, with_neighbours};
use crate::harness::{Database, Role};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

for_each_database!(a_certificate_of_ones_own_proves_nothing);

/// A website with a certificate that it made itself.
#[derive(Default)]
struct Secure {
    text: Mutex<String>,
    connections: AtomicUsize,
    requests: AtomicUsize,
}

fn config() -> ServerConfig {
    let certificate = CertificateDer::from_pem_slice(include_bytes!("tls/certificate.pem"));
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/key.pem"));
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.unwrap()], key.unwrap())
        .unwrap()
}

impl Secure {
    /// Runs until the test ends.
    fn start() -> (Arc<Self>, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let site = Arc::new(Self::default());
        let shared = site.clone();
        let config = Arc::new(config());
        std::thread::spawn(move || {
            for tcp in listener.incoming() {
                shared.connections.fetch_add(1, Ordering::SeqCst);
                let mut tls = ServerConnection::new(config.clone()).unwrap();
                // Whoever does not trust the certificate hangs up.
                let _ = shared.answer(&mut Stream::new(&mut tls, &mut tcp.unwrap()));
            }
        });
        (site, address)
    }

    fn answer(&self, stream: &mut (impl Read + Write)) -> std::io::Result<()> {
        let mut request = [0; 4096];
        if stream.read(&mut request)? > 0 {
            self.requests.fetch_add(1, Ordering::SeqCst);
        }
        let text = self.text.lock().unwrap().clone();
        let length = text.len();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{text}");
        stream.write_all(head.as_bytes())
    }
}

async fn a_certificate_of_ones_own_proves_nothing(database: Database) {
    let server = with_neighbours(database).await;
    let (site, address) = Secure::start();
    let path = imported(&server, &format!("https://{address}/")).await;
    let ada = server.person(Role::Member).await;
    let (at, made) = claimed(&server, &path, &ada, "well_known").await;
    let file = format!("https://{address}/.well-known/toadlane-claim.txt");
    assert_eq!(made["where"], file);
    let challenge = made["challenge"].as_str().unwrap();
    challenge.clone_into(&mut site.text.lock().unwrap());
    let missed = conflict(&verify(&server, &at, &ada).await);
    assert!(missed.contains("no secure connection"), "{missed}");
    assert!(missed.contains("UnknownIssuer"), "{missed}");
    assert!(members(&server, &path).await.is_empty());
    // Not even what is asked for is told to such a server.
    assert_eq!(site.connections.load(Ordering::SeqCst), 1);
    assert_eq!(site.requests.load(Ordering::SeqCst), 0);
}
