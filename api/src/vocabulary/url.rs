//! URLs as records may have them.

use crate::vocabulary::validation::{broken, line};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use validator::ValidationError;

/// Longest URL taken.
pub const MAX_URL_CHARS: usize = 2000;

/// An absolute http or https URL with a host and without credentials.
pub fn http_url(text: &str) -> Result<(), ValidationError> {
    normal_url(text).map(drop)
}

/// The same in its normal form: a URI (RFC 3986) with scheme and host in lower case, an
/// international host in Punycode, and everything that has to be percent-encoded so. The slash
/// after a bare host is not added.
///
/// # Errors
/// When [`http_url`] does not take it.
pub fn normal_url(text: &str) -> Result<String, ValidationError> {
    let wrong = || {
        broken(
            "url",
            "must be an absolute http or https URL, such as https://example.coop/",
        )
    };
    line(text)?;
    // The parser forgives blanks and missing slashes; people who meant something else do not.
    let is_strict = text.split_once("://").is_some_and(|(scheme, _)| {
        scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
    }) && !text.contains([' ', '\\', '<', '>', '"']);
    let url = url::Url::parse(text).map_err(|_| wrong())?;
    let is_public = url.username().is_empty() && url.password().is_none();
    if !(is_strict && is_public && has_plain_host(&url)) {
        return Err(wrong());
    }
    let mut normal = encoded(&url);
    let (end, normal_end) = (authority_end(text), authority_end(&normal));
    if !text[end..].starts_with('/') && normal[normal_end..].starts_with('/') {
        normal.remove(normal_end);
    }
    if text.chars().count().max(normal.len()) > MAX_URL_CHARS {
        return Err(broken(
            "url",
            format!("may have at most {MAX_URL_CHARS} characters, percent-encoded"),
        ));
    }
    Ok(normal)
}

/// Where the path of a URL begins, or what comes in its place.
fn authority_end(url: &str) -> usize {
    let start = url.find("://").map_or(0, |at| at + 3);
    url[start..]
        .find(['/', '?', '#'])
        .map_or(url.len(), |length| start + length)
}

/// Whether the host is an address or a name of letters, digits, hyphens and underscores; the
/// parser takes `{` and others too.
fn has_plain_host(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.')),
        Some(url::Host::Ipv4(_) | url::Host::Ipv6(_)) => true,
        None => false,
    }
}

/// The parser leaves alone what browsers send as it is, such as `|` and a lone `%`. Here they are
/// encoded too.
fn encoded(url: &url::Url) -> String {
    let mut text = url[..url::Position::BeforePath].to_owned();
    let rest = &url[url::Position::BeforePath..];
    let mut in_fragment = false;
    for (at, char) in rest.char_indices() {
        let is_allowed = match char {
            '%' => rest
                .get(at + 1..at + 3)
                .is_some_and(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit())),
            '#' => !std::mem::replace(&mut in_fragment, true),
            _ => char.is_ascii_alphanumeric() || "-._~:/?@!$&'()*+,;=".contains(char),
        };
        if is_allowed {
            text.push(char);
        } else {
            text.extend(utf8_percent_encode(
                char.encode_utf8(&mut [0; 4]),
                NON_ALPHANUMERIC,
            ));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_in_their_normal_form() {
        for (typed, normal) in [
            ("https://example.coop", "https://example.coop"),
            ("https://example.coop/", "https://example.coop/"),
            ("HTTP://Example.COOP", "http://example.coop"),
            ("https://example.coop?a=/#b", "https://example.coop?a=/#b"),
            ("https://x.coop:12345/é", "https://x.coop:12345/%C3%A9"),
            ("https://liberté.coop/a", "https://xn--libert-gva.coop/a"),
            ("https://192.0.2.7/", "https://192.0.2.7/"),
            ("https://[2001:DB8::1]/", "https://[2001:db8::1]/"),
            (
                "https://x.coop/100%?a|b={}#c#d",
                "https://x.coop/100%25?a%7Cb=%7B%7D#c%23d",
            ),
            (
                "https://x.coop/[a]^`%41%",
                "https://x.coop/%5Ba%5D%5E%60%41%25",
            ),
        ] {
            assert_eq!(normal_url(typed).as_deref(), Ok(normal), "{typed}");
            assert_eq!(normal_url(normal).as_deref(), Ok(normal), "{typed}");
        }
        let long = format!("https://x.coop/{}", "é".repeat(400));
        for refused in [
            "example.coop",
            "https:/example.coop/",
            "https://",
            "ftp://example.coop/",
            "https://u:p@example.coop/",
            "https://example.coop/<x>",
            "https://example.coop/ a",
            "https://a{b}.coop/",
            long.as_str(),
        ] {
            assert!(http_url(refused).is_err(), "{refused}");
        }
    }
}
