//! Reading single values that people typed.

use chrono::NaiveDate;
use url::Url;

use crate::vocabulary::rules;
use crate::vocabulary::url::normal_url;
use crate::vocabulary::validation::email_address;

/// Text and what had to be done to it.
#[derive(Debug, PartialEq, Eq)]
pub struct Cleaned {
    /// The text, trimmed.
    pub text: String,
    /// Whether control characters other than tabs and line ends were taken out.
    pub lost_controls: bool,
}

/// Text for one line: tabs and line ends become a space.
pub fn one_line(raw: &str) -> Cleaned {
    let spaced = raw.replace(['\r', '\n', '\t'], " ");
    without_controls(&spaced, |_| false)
}

/// Text of several lines, which end in LF; tabs stay.
pub fn many_lines(raw: &str) -> Cleaned {
    let lines = raw.replace("\r\n", "\n").replace('\r', "\n");
    without_controls(&lines, |c| matches!(c, '\n' | '\t'))
}

/// An address of several lines on one, with a comma and a space between them.
pub fn joined_lines(raw: &str) -> Cleaned {
    let lines: Vec<&str> = raw
        .split(['\r', '\n'])
        .map(|line| line.trim().trim_end_matches(',').trim_end())
        .filter(|line| !line.is_empty())
        .collect();
    one_line(&lines.join(", "))
}

fn without_controls(text: &str, keep: fn(char) -> bool) -> Cleaned {
    let kept: String = text
        .chars()
        .filter(|c| !c.is_control() || keep(*c))
        .collect();
    let lost_controls = kept.len() != text.len();
    Cleaned {
        text: kept.trim().to_owned(),
        lost_controls,
    }
}

/// A value as a warning quotes it: at most 80 characters of it, on one line.
pub fn quoted(value: &str) -> String {
    let value = one_line(value).text;
    if value.chars().count() > 80 {
        format!("\"{}…\"", value.chars().take(79).collect::<String>())
    } else {
        format!("\"{value}\"")
    }
}

/// A web address in its normal form, and whether its scheme is a guess.
///
/// What has no scheme but looks like a host (`example.coop/shop`) is read as `http://`:
/// servers lead from there to HTTPS where they have it, not the other way round.
/// None for anything that the API would not take.
pub fn web_address(text: &str) -> Option<(String, bool)> {
    if let Ok(url) = Url::parse(text)
        && matches!(url.scheme(), "http" | "https")
    {
        // The parser also mends blanks and `https:/example.coop`; then its reading is the address.
        let written_out = text.contains("://") && !text.contains(char::is_whitespace);
        let address = if written_out { text } else { url.as_str() };
        return normal_url(address).ok().map(|address| (address, false));
    }
    let host = text.split(['/', '?', '#']).next().unwrap_or_default();
    let like_a_host = host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && !host.contains(['@', ':', ' ']);
    if !like_a_host || text.contains(char::is_whitespace) {
        return None;
    }
    let guess = normal_url(&format!("http://{text}"));
    guess.ok().map(|address| (address, true))
}

/// An e-mail address that the API would take.
pub fn email(text: &str) -> Option<String> {
    email_address(text).ok().map(|()| text.to_owned())
}

/// A calendar date (ISO 8601, `2003-03-25`), also where a time follows it.
pub fn date(text: &str) -> Option<String> {
    let day = text.split(['T', ' ']).next().unwrap_or_default();
    NaiveDate::parse_from_str(day, "%Y-%m-%d")
        .ok()
        .filter(|date| rules::day(date).is_ok())
        .map(|date| date.format("%Y-%m-%d").to_string())
}

/// A count of people.
pub fn count(text: &str) -> Option<u64> {
    let digits: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}'))
        .collect();
    digits
        .parse::<i32>()
        .ok()
        .and_then(|count| u64::try_from(count).ok())
}

/// WGS 84 coordinates in degrees, latitude first. None for what is out of range, and for
/// 0, 0, which stands for "not known" in directories and is in the sea.
pub fn location(latitude: &str, longitude: &str) -> Option<(f64, f64)> {
    let latitude: f64 = latitude.trim().parse().ok()?;
    let longitude: f64 = longitude.trim().parse().ok()?;
    let on_earth = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
    let nowhere = latitude == 0.0 && longitude == 0.0;
    (on_earth && !nowhere).then_some((latitude, longitude))
}

/// The parts of a list in one cell: between `;` and `|` where there are any, else between
/// commas, but not those inside parentheses (`Development (Python, Go), and Hosting`, where
/// the `and` is not kept either).
pub fn list(text: &str) -> Vec<String> {
    let separators: &[char] = if text.contains([';', '|']) {
        &[';', '|']
    } else {
        &[',']
    };
    let mut parts = vec![String::new()];
    let mut depth = 0_u32;
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && separators.contains(&c) {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    let parts = parts.iter().map(|part| part.trim());
    let parts = parts.map(|part| {
        part.strip_prefix("and ")
            .unwrap_or(part)
            .trim_start()
            .to_owned()
    });
    parts.filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters() {
        assert_eq!(one_line(" a\tb\r\nc ").text, "a b  c");
        assert_eq!(
            one_line("a\u{0}b\u{9b}"),
            Cleaned {
                text: "ab".into(),
                lost_controls: true
            }
        );
        let text = many_lines("a\r\nb\rc\td");
        assert_eq!(
            text,
            Cleaned {
                text: "a\nb\nc\td".into(),
                lost_controls: false
            }
        );
        assert_eq!(
            joined_lines("Unit 3, \r\nMill Lane\n\n").text,
            "Unit 3, Mill Lane"
        );
    }

    #[test]
    fn web_addresses() {
        let read = web_address;
        let is = |url: &str, guessed| Some((url.to_owned(), guessed));
        assert_eq!(
            read("https://Example.coop/a b"),
            is("https://example.coop/a%20b", false)
        );
        assert_eq!(
            read("HTTP://example.coop"),
            is("http://example.coop", false)
        );
        assert_eq!(
            read("http://example.coop"),
            is("http://example.coop", false)
        );
        assert_eq!(
            read("https://liberté.coop/"),
            is("https://xn--libert-gva.coop/", false)
        );
        assert_eq!(
            read("https:/example.coop"),
            is("https://example.coop/", false)
        );
        assert_eq!(
            read("www.example.coop/shop"),
            is("http://www.example.coop/shop", true)
        );
        for not in [
            "",
            "n/a",
            "none",
            "-",
            "javascript:alert(1)",
            "ftp://example.coop",
            "http://",
            "a@b.coop",
            "see our page. Thanks",
            "https://u:p@example.coop/",
            "https://example.coop/<x>",
            "example.coop/<x>",
        ] {
            assert_eq!(read(not), None, "{not}");
        }
    }

    #[test]
    fn other_values() {
        assert_eq!(date("2003-03-25T00:00:00").as_deref(), Some("2003-03-25"));
        assert_eq!(date("2003-02-30"), None);
        assert_eq!(date("25/03/2003"), None);
        assert_eq!(date("0000-01-01"), None);
        assert_eq!(count("1 200"), Some(1200));
        assert_eq!(count("-1"), None);
        assert_eq!(count("many"), None);
        assert_eq!(email("a@b.coop").as_deref(), Some("a@b.coop"));
        assert_eq!(email("a b@c.coop"), None);
        assert_eq!(email("a@b..coop"), None);
        assert_eq!(location("51.5", "-0.1"), Some((51.5, -0.1)));
        for (latitude, longitude) in [
            ("0", "0"),
            ("91", "0"),
            ("NaN", "1"),
            ("51.5", ""),
            ("1", "inf"),
        ] {
            assert_eq!(location(latitude, longitude), None);
        }
    }

    #[test]
    fn lists() {
        assert_eq!(
            list("Python (Django, Flask), and hosting,"),
            ["Python (Django, Flask)", "hosting"]
        );
        assert_eq!(list("a, b; c|d"), ["a, b", "c", "d"]);
        assert_eq!(list("a) , b"), ["a)", "b"]);
        assert!(list(" ; ").is_empty());
    }
}
