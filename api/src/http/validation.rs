//! From validator's errors to faults with JSON Pointers, and the rules that several resources share.

use crate::formats::visible::shows;
use crate::http::problem::Fault;
use crate::http::query::{hint, shorten};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::BuildHasher;
use validator::{ValidateEmail, ValidationError, ValidationErrors, ValidationErrorsKind};

/// Longest URL taken.
pub const MAX_URL_CHARS: usize = 2000;

/// Longest e-mail address taken (RFC 5321).
pub const MAX_EMAIL_CHARS: usize = 254;

/// Name under which [`each`] hands on the faults of single items.
const ITEMS: &str = "items";

/// Every fault, sorted by pointer.
pub fn faults(errors: &ValidationErrors) -> Vec<Fault> {
    let mut faults = Vec::new();
    collect(errors, "", &mut faults);
    faults.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    faults
}

fn collect(errors: &ValidationErrors, at: &str, faults: &mut Vec<Fault>) {
    for (field, kind) in errors.errors() {
        let pointer = format!("{at}/{field}");
        match kind {
            ValidationErrorsKind::Struct(inner) => collect(inner, &pointer, faults),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    collect(inner, &format!("{pointer}/{index}"), faults);
                }
            }
            ValidationErrorsKind::Field(broken) => {
                for error in broken {
                    match error.params.get(ITEMS).and_then(|items| items.as_object()) {
                        Some(items) => faults.extend(items.iter().map(|(index, detail)| {
                            let detail = detail.as_str().unwrap_or_default();
                            Fault::new(format!("{pointer}/{index}"), detail)
                        })),
                        None => faults.push(Fault::new(pointer.clone(), describe(error))),
                    }
                }
            }
        }
    }
}

/// Our own rules bring their sentence; validator's own need one.
fn describe(error: &ValidationError) -> String {
    if let Some(message) = &error.message {
        return message.clone().into_owned();
    }
    let bound = |name: &str| error.params.get(name).filter(|value| value.is_number());
    match (error.code.as_ref(), bound("min"), bound("max")) {
        ("length", Some(min), Some(max)) => format!("must have {min} to {max} characters"),
        ("length", None, Some(max)) => format!("may have at most {max} characters"),
        ("length", Some(min), None) => format!("must have at least {min} characters"),
        ("range", Some(min), Some(max)) => format!("must be between {min} and {max}"),
        ("range", Some(min), None) => format!("must be at least {min}"),
        ("range", None, Some(max)) => format!("may be at most {max}"),
        (code, ..) => format!("breaks the rule \"{code}\""),
    }
}

/// Whether a place, or what it is a part of, could not be read.
pub fn is_unread(unread: &HashSet<String, impl BuildHasher>, pointer: &str) -> bool {
    unread.contains(pointer)
        || pointer
            .rsplit_once('/')
            .is_some_and(|(whole, _)| is_unread(unread, whole))
}

/// A broken rule with its sentence.
pub fn broken(code: &'static str, sentence: impl Into<Cow<'static, str>>) -> ValidationError {
    ValidationError::new(code).with_message(sentence.into())
}

/// Text of one line: no control characters (Unicode category Cc).
pub fn line(text: &str) -> Result<(), ValidationError> {
    if text.chars().any(char::is_control) {
        return Err(broken(
            "line",
            "may not contain control characters or line breaks",
        ));
    }
    Ok(())
}

/// Text of one line of which something can be seen.
pub fn named(text: &str) -> Result<(), ValidationError> {
    line(text)?;
    if !shows(text) {
        return Err(broken(
            "named",
            "needs at least one character that can be seen",
        ));
    }
    Ok(())
}

/// Long text: of the control characters only tab and line breaks.
pub fn prose(text: &str) -> Result<(), ValidationError> {
    if text
        .chars()
        .any(|char| char.is_control() && !matches!(char, '\t' | '\n' | '\r'))
    {
        return Err(broken(
            "prose",
            "may not contain control characters other than tab and line break",
        ));
    }
    Ok(())
}

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

/// An e-mail address as the HTML standard has it.
pub fn email_address(text: &str) -> Result<(), ValidationError> {
    if text.chars().count() > MAX_EMAIL_CHARS {
        let sentence = format!("may have at most {MAX_EMAIL_CHARS} characters");
        return Err(broken("length", sentence));
    }
    if text.validate_email() {
        Ok(())
    } else {
        Err(broken("email", "must be an e-mail address"))
    }
}

/// Applies a rule to every item of a list and names the place of each that breaks it.
pub fn each(
    items: &[String],
    rule: impl Fn(&str) -> Result<(), ValidationError>,
) -> Result<(), ValidationError> {
    let broken: serde_json::Map<_, _> = items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| {
            let error = rule(item).err()?;
            Some((index.to_string(), describe(&error).into()))
        })
        .collect();
    if broken.is_empty() {
        return Ok(());
    }
    let mut error = ValidationError::new("items");
    error.add_param(ITEMS.into(), &broken);
    Err(error)
}

/// A code of a list.
pub fn code<'a>(
    value: &str,
    is_known: bool,
    list: &str,
    near: impl FnOnce() -> Option<&'a str>,
) -> Result<(), ValidationError> {
    if is_known {
        return Ok(());
    }
    let hint = hint(near());
    let value = shorten(value);
    Err(broken(
        "code",
        format!("\"{value}\" is not a code of {list}{hint}"),
    ))
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

    #[test]
    fn addresses_have_one_at_sign_and_a_host() {
        assert!(email_address("hello@example.coop").is_ok());
        for refused in ["", "nobody", "a@b..coop", "a b@c.coop", "@b.coop"] {
            assert!(email_address(refused).is_err(), "{refused}");
        }
    }
}
