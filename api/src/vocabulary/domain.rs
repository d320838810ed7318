//! The domain of a website, and whether it can tell who somebody is.

use super::mailbox_hosts::is_mailbox_host;
use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::LazyLock;
use url::{Host, Url};

/// Registrable domains under which anybody gets a page or an address.
static SHARED: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("../../data/shared_hosts.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
});

/// The domain of a website: its host in lower case, an international one in Punycode, without a leading
/// `www.` and without the root's dot; an address as it is written (RFC 5952 for IPv6, without brackets).
/// `None` when it is no absolute URL with a host.
pub fn domain_of(website: &str) -> Option<String> {
    match Url::parse(website).ok()?.host()? {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_lowercase();
            // `www.coop` is a name of its own.
            let bare = name.strip_prefix("www.").filter(|rest| rest.contains('.'));
            let domain = bare.unwrap_or(&name);
            (!domain.is_empty()).then(|| domain.to_owned())
        }
        Host::Ipv4(address) => Some(address.to_string()),
        Host::Ipv6(address) => Some(address.to_string()),
    }
}

/// Whether many who have nothing to do with each other share the domain: a public suffix such as
/// `github.io`, private ones included (<https://publicsuffix.org>), a host of pages such as `facebook.com`,
/// or [of mailboxes](is_mailbox_host).
pub fn is_shared(domain: &str) -> bool {
    psl::domain_str(domain).is_none_or(|registrable| SHARED.contains(registrable))
        || is_mailbox_host(domain)
}

/// The registrable domain of a website, or its address, where that is the organization's alone: all that is
/// below it is of the same people. `None` where [many](is_shared) share it.
pub fn own_domain(website: &str) -> Option<String> {
    let domain = domain_of(website)?;
    if domain.parse::<IpAddr>().is_ok() {
        return Some(domain);
    }
    let own = psl::domain_str(&domain).filter(|_| !is_shared(&domain));
    own.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_of_somebody_with_all_below_it() {
        for (website, own) in [
            ("https://www.example.coop/about", Some("example.coop")),
            ("https://shop.example.co.uk/", Some("example.co.uk")),
            ("https://x.github.io/y", Some("x.github.io")),
            ("https://127.0.0.1:4000/", Some("127.0.0.1")),
            ("http://[2001:db8::1]/", Some("2001:db8::1")),
            ("https://www.facebook.com/example", None),
            ("https://github.io/", None),
            ("example.coop", None),
        ] {
            assert_eq!(own_domain(website).as_deref(), own, "{website}");
        }
    }

    #[test]
    fn a_website_has_a_domain() {
        for (website, domain) in [
            ("https://Example.COOP/about?x=1", Some("example.coop")),
            ("http://www.example.coop:8080", Some("example.coop")),
            ("https://www.shop.example.coop.", Some("shop.example.coop")),
            ("https://WWW.liberté.coop/", Some("xn--libert-gva.coop")),
            ("https://wwwx.coop", Some("wwwx.coop")),
            ("https://www.coop", Some("www.coop")),
            ("http://127.1:4000/", Some("127.0.0.1")),
            ("http://[2001:DB8:0::1]/", Some("2001:db8::1")),
            ("mailto:hello@example.coop", None),
            ("example.coop", None),
            ("https://", None),
            ("", None),
        ] {
            assert_eq!(domain_of(website).as_deref(), domain, "{website}");
        }
    }

    #[test]
    fn some_domains_are_of_many() {
        for shared in [
            "coop",
            "co.uk",
            "github.io",
            "github.com",
            "gist.github.com",
            "m.facebook.com",
            "sites.google.com",
            "x.medium.com",
            "gmail.com",
            "outlook.fr",
            "mail.yahoo.ca",
            "yopmail.com",
            "wordpress.com",
            "localhost",
        ] {
            assert!(is_shared(shared), "{shared}");
        }
        for own in [
            "example.coop",
            "shop.example.co.uk",
            "x.github.io",
            "x.netlify.app",
            "notfacebook.com",
            "xn--libert-gva.coop",
        ] {
            assert!(!is_shared(own), "{own}");
        }
    }

    #[test]
    fn the_list_has_registrable_domains() {
        for domain in SHARED.iter() {
            // What became a public suffix is shared without the list.
            let registrable = psl::domain_str(domain).unwrap_or(domain);
            assert_eq!(registrable, *domain);
        }
    }
}
