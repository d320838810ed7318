//! Domains at which anybody gets a mailbox: whoever proves an address there proves nothing about a listing.

use psl::Type;
use std::collections::HashSet;
use std::sync::LazyLock;

/// Domains of free and of disposable mailboxes, from two packages; `api/data/refresh_mail_domains.sh` writes
/// them anew.
static LISTED: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    [
        include_str!("../../data/free_mail_domains.txt"),
        include_str!("../../data/disposable_mail_domains.txt"),
    ]
    .into_iter()
    .flat_map(str::lines)
    .filter(|line| !line.is_empty() && !line.starts_with('#'))
    .collect()
});

/// Providers with a made-up name, which nobody else would take: theirs under whatever suffix.
const COINED: [&str; 22] = [
    "fastmail",
    "gmail",
    "googlemail",
    "guerrillamail",
    "hotmail",
    "hushmail",
    "icloud",
    "mailinator",
    "onmicrosoft",
    "protonmail",
    "rediffmail",
    "rocketmail",
    "t-online",
    "tutanota",
    "tutamail",
    "windowslive",
    "yahoo",
    "yahoomail",
    "yandex",
    "ymail",
    "yopmail",
    "zohomail",
];

/// Providers whose name is a word or an abbreviation that others have too: theirs under `com`, `net` and the
/// suffixes of countries (`fr`, `co.uk`, `com.br`), where they take it everywhere. An organization that is
/// called so has another suffix, or asks a moderator.
const WORDS: [&str; 6] = ["aol", "gmx", "live", "msn", "outlook", "zoho"];

/// Whether anybody gets a mailbox at the domain: it is on a list, or some name above it is; or a known
/// provider's name is registered under a public suffix.
pub fn is_mailbox_host(domain: &str) -> bool {
    is_listed(domain) || is_brand(domain)
}

fn is_listed(domain: &str) -> bool {
    let dots = domain.match_indices('.').map(|(dot, _)| dot + 1);
    let names = std::iter::once(0)
        .chain(dots)
        .filter_map(|at| domain.get(at..));
    // The lists have public suffixes such as `net.ua`: whoever registered a name there has it alone.
    let shortest = psl::domain_str(domain).map_or(0, str::len);
    names
        .take_while(|name| name.len() >= shortest)
        .any(|name| LISTED.contains(name))
}

fn is_brand(domain: &str) -> bool {
    let Some(registrable) = psl::domain(domain.as_bytes()) else {
        return false;
    };
    let suffix = registrable.suffix();
    // Under a private suffix such as `github.io` names are those of its users.
    if suffix.typ() == Some(Type::Private) {
        return false;
    }
    let (Ok(registrable), Ok(suffix)) = (
        std::str::from_utf8(registrable.as_bytes()),
        std::str::from_utf8(suffix.as_bytes()),
    ) else {
        return false;
    };
    // Only co-operatives register under `coop` (https://identity.coop).
    let Some((label, _)) = registrable.split_once('.').filter(|_| suffix != "coop") else {
        return false;
    };
    COINED.contains(&label) || (WORDS.contains(&label) && is_general(suffix))
}

/// `com`, `net`, a country's (two letters, ISO 3166-1), or the `com` or `co` of a country's.
fn is_general(suffix: &str) -> bool {
    match suffix.split_once('.') {
        None => matches!(suffix, "com" | "net") || suffix.len() == 2,
        Some((second, country)) => matches!(second, "co" | "com") && country.len() == 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anybody_gets_a_mailbox_there() {
        for host in [
            "outlook.fr",
            "yahoo.ca",
            "hotmail.de",
            "o2.pl",
            "ukr.net",
            "bigpond.com",
            "mailinator.com",
            // Of brands, under suffixes that are on no list.
            "yahoo.com.pa",
            "hotmail.com.pa",
            "outlook.com.pa",
            "live.com.pa",
            "gmx.com.pa",
            "yahoo.berlin",
            "mail.yahoo.com.pa",
            "x.hotmail.de",
        ] {
            assert!(is_mailbox_host(host), "{host}");
        }
    }

    #[test]
    fn others_have_similar_names() {
        for own in [
            "live.coop",
            "yahoo.coop",
            "live.org",
            "live.org.uk",
            "outlook.farm",
            "yahoo.github.io",
            "outlook-housing.com",
            "notyahoo.com",
            "livewell.com",
            "example.com",
            "example.coop",
            "suma.coop",
            "coop.co.uk",
            // Under suffixes that are on the lists.
            "spilka.net.ua",
            "coop.za.com",
        ] {
            assert!(!is_mailbox_host(own), "{own}");
        }
    }

    #[test]
    fn the_lists_are_of_domains() {
        assert!(LISTED.len() > 15_000);
        for domain in LISTED.iter() {
            let is_domain = domain.contains('.') && domain.is_ascii();
            assert!(is_domain && *domain == domain.to_lowercase(), "{domain}");
        }
    }
}
