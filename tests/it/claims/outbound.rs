//! The way out, without a server around it.

use super::{Dns, Page, Site};
use std::time::{Duration, Instant};
use toadlane::outbound::{Limits, Outbound, OutboundError, Reach, Request};

const LIMITS: Limits = Limits {
    bytes: 1000,
    time: Duration::from_millis(300),
};

async fn get(outbound: &Outbound, url: &str) -> Result<u16, OutboundError> {
    let request = Request::get(url.parse().unwrap());
    outbound
        .send(request, LIMITS)
        .await
        .map(|answer| answer.status)
}

#[tokio::test]
async fn an_answer_is_neither_large_nor_slow() {
    let outbound = Outbound::new(Reach::Everywhere, None, "http://directory.example").unwrap();
    let site = Site::start(Page::Text("x".repeat(1000))).await;
    assert_eq!(get(&outbound, &site.url()).await, Ok(200));
    site.publish(Page::Text("x".repeat(1001)));
    assert_eq!(
        get(&outbound, &site.url()).await,
        Err(OutboundError::TooLarge(1000))
    );
    site.publish(Page::Endless);
    assert_eq!(
        get(&outbound, &site.url()).await,
        Err(OutboundError::TooLarge(1000))
    );
    site.publish(Page::Dripping);
    let start = Instant::now();
    assert_eq!(
        get(&outbound, &site.url()).await,
        Err(OutboundError::Timeout(LIMITS.time))
    );
    assert!(start.elapsed() >= LIMITS.time);
    site.publish(Page::Redirect(site.url()));
    assert_eq!(get(&outbound, &site.url()).await, Ok(302));
    assert_eq!(site.requests(), 5);
    let local = format!("http://localhost:{}/", site.address.port());
    assert_eq!(get(&outbound, &local).await, Ok(302));
}

#[tokio::test]
async fn without_tls_it_goes_to_loopback_only_and_only_when_told() {
    let everywhere = Outbound::new(Reach::Everywhere, None, "http://directory.example").unwrap();
    let public = Outbound::new(Reach::Public, None, "http://directory.example").unwrap();
    let site = Site::start(Page::Missing).await;
    for url in [
        site.url(),
        "http://10.0.0.1/".to_owned(),
        "http://example.coop/".to_owned(),
        "ftp://example.coop/".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        assert_eq!(
            get(&public, &url).await,
            Err(OutboundError::Scheme),
            "{url}"
        );
        if url != site.url() {
            assert_eq!(
                get(&everywhere, &url).await,
                Err(OutboundError::Scheme),
                "{url}"
            );
        }
    }
    assert_eq!(site.requests(), 0);
    // What is not TLS is no answer.
    let secure = format!("https://{}/", site.address);
    let error = get(&everywhere, &secure).await.unwrap_err();
    let is_refused = matches!(error, OutboundError::Tls(_) | OutboundError::Broken);
    assert!(is_refused, "{error:?}");
}

#[tokio::test]
async fn addresses_in_urls_and_in_dns_are_checked() {
    let dns = Dns::start().await;
    let outbound =
        Outbound::new(Reach::Public, Some(dns.address), "http://directory.example").unwrap();
    for host in [
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "2130706433",
        "169.254.169.254",
        "100.100.100.200",
        "192.168.1.1",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[fd00:ec2::254]",
        "[64:ff9b::a9fe:a9fe]",
        "localhost",
    ] {
        let error = get(&outbound, &format!("https://{host}/")).await;
        assert!(
            matches!(error, Err(OutboundError::Private(_))),
            "{host}: {error:?}"
        );
    }
    dns.address_of("inside.example", "127.0.0.1");
    dns.address_of("inside.example", "10.1.2.3");
    dns.address_of("inside.example", "fe80::1");
    let error = get(&outbound, "https://inside.example/").await;
    assert_eq!(
        error,
        Err(OutboundError::Private("inside.example".to_owned()))
    );
    let error = get(&outbound, "https://nowhere.example/").await;
    assert_eq!(
        error,
        Err(OutboundError::Unresolved("nowhere.example".to_owned()))
    );
}
