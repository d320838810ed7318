//! Whom an address is of, and whether mail may go there.

use crate::outbound::Reach;
use std::net::IpAddr;
use url::Host;

/// Names that nobody can register and that lead to machines nearby, if anywhere: RFC 6761, RFC 6762,
/// RFC 7686, RFC 8375, and `internal`, which ICANN has set aside (resolution 2024.07.29.06).
const NEARBY: [&str; 7] = [
    "home.arpa",
    "internal",
    "invalid",
    "lan",
    "local",
    "localhost",
    "onion",
];

/// Providers that ignore dots in front of the `@`.
const DOTLESS: [&str; 2] = ["gmail.com", "googlemail.com"];

/// Providers that take `-` for what others take `+` for.
const DASHED: [&str; 4] = ["yahoo.com", "ymail.com", "rocketmail.com", "aol.com"];

/// What is behind the `@`, in lower case and as the domain name system has it (RFC 5891).
pub fn domain(address: &str) -> String {
    let (_, domain) = address.rsplit_once('@').unwrap_or_default();
    let domain = domain.trim_end_matches('.').to_lowercase();
    match Host::parse(&domain) {
        Ok(Host::Domain(name)) => name,
        // Literals stay as they are.
        Ok(Host::Ipv4(_) | Host::Ipv6(_)) | Err(_) => domain,
    }
}

/// Whether mail may go to an address that a stranger names: to a domain name with a dot in it, as the public
/// Internet has them, and not to this machine or its neighbours; for tests anywhere.
pub fn is_recipient(address: &str, reach: Reach) -> bool {
    if reach == Reach::Everywhere {
        return true;
    }
    let domain = domain(address);
    // An address literal (RFC 5321 section 4.1.3) stands in brackets.
    let is_literal = domain.starts_with('[') || domain.parse::<IpAddr>().is_ok();
    let is_nearby = NEARBY.iter().any(|name| {
        domain
            .strip_suffix(name)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    });
    domain.contains('.') && !is_literal && !is_nearby
}

/// The address as its mailbox is counted: in lower case, without what stands behind a `+` (RFC 5233), and as
/// the provider reads it where that is known. Never an address to send to.
pub fn folded(address: &str) -> String {
    let address = address.to_lowercase();
    let Some((local, _)) = address.rsplit_once('@') else {
        return address;
    };
    let domain = domain(&address);
    let mut local = local
        .split_once('+')
        .map_or(local, |(bare, _)| bare)
        .to_owned();
    if DOTLESS.contains(&domain.as_str()) {
        local.retain(|char| char != '.');
        return format!("{local}@gmail.com");
    }
    if DASHED.contains(&domain.as_str())
        && let Some((bare, _)) = local.split_once('-')
    {
        local = bare.to_owned();
    }
    format!("{local}@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_goes_to_public_domains() {
        for address in [
            "ada@example.coop",
            "ada@localhost.example.coop",
            "a+b@x.museum",
        ] {
            assert!(is_recipient(address, Reach::Public), "{address}");
        }
        for address in [
            "ada@localhost",
            "ada@LOCALHOST",
            "ada@localhost.",
            "ada@mail.localhost",
            "ada@printer.local",
            "ada@nas.home.arpa",
            "ada@intranet",
            "ada@[127.0.0.1]",
            "ada@[IPv6:::1]",
            "ada@127.0.0.1",
            "ada@",
            "ada",
        ] {
            assert!(!is_recipient(address, Reach::Public), "{address}");
            assert!(is_recipient(address, Reach::Everywhere), "{address}");
        }
    }

    #[test]
    fn a_mailbox_has_one_name() {
        for (address, mailbox) in [
            ("Ada@Example.COOP", "ada@example.coop"),
            ("ada+toadlane+2@example.coop", "ada@example.coop"),
            ("a.d.a+x@gmail.com", "ada@gmail.com"),
            ("a.da@googlemail.com", "ada@gmail.com"),
            ("a.da@example.coop", "a.da@example.coop"),
            ("ada-lists@yahoo.com", "ada@yahoo.com"),
            ("ada-lists@example.coop", "ada-lists@example.coop"),
            ("+x@example.coop", "@example.coop"),
        ] {
            assert_eq!(folded(address), mailbox, "{address}");
        }
    }
}
