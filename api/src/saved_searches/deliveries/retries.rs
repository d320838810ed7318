//! When a request that was not taken is sent again.

use chrono::{DateTime, TimeDelta, Utc};
use http::header::{HeaderMap, RETRY_AFTER};
use uuid::Uuid;

/// A request that was not taken is sent again after so many seconds, give or take a tenth, then given up
/// (Standard Webhooks 1.0.0).
const RETRIES_SECONDS: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// Seconds or a date (RFC 9110 section 10.2.3), at most a day.
pub fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<TimeDelta> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<u32>() {
        Ok(seconds) => TimeDelta::seconds(i64::from(seconds)),
        Err(_) => DateTime::parse_from_rfc2822(text).ok()?.to_utc() - now,
    };
    Some(wait.clamp(TimeDelta::zero(), TimeDelta::days(1)))
}

/// When to try again after so many attempts; `None` to give up.
pub fn next_wait(id: Uuid, attempts: i32, asked: Option<TimeDelta>) -> Option<TimeDelta> {
    let tried = usize::try_from(attempts).ok()?.checked_sub(1)?;
    let seconds = *RETRIES_SECONDS.get(tried)?;
    // What failed together is not sent again together: ids end in random bits.
    let share = id
        .as_bytes()
        .iter()
        .rev()
        .nth(tried % 6)
        .copied()
        .map_or(0, i64::from);
    let jitter = TimeDelta::milliseconds(seconds * 200 * (share - 128) / 256);
    let wait = TimeDelta::seconds(seconds) + jitter;
    Some(asked.map_or(wait, |asked| wait.max(asked)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_longer_each_time_and_then_gives_up() {
        let id = Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
        for (tried, seconds) in RETRIES_SECONDS.iter().enumerate() {
            let attempts = i32::try_from(tried).unwrap() + 1;
            let wait = next_wait(id, attempts, None).unwrap().num_milliseconds();
            let expected = seconds * 900..=seconds * 1100;
            assert!(expected.contains(&wait), "{attempts}: {wait}");
        }
        assert_eq!(next_wait(id, 10, None), None);
        let asked = Some(TimeDelta::minutes(10));
        assert_eq!(next_wait(id, 1, asked), asked);
    }

    #[test]
    fn waits_as_long_as_it_is_asked_to() {
        let now = DateTime::from_timestamp(784_111_777, 0).unwrap();
        for (text, seconds) in [
            ("120", Some(120)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("999999999", Some(86_400)),
            ("soon", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            let wait = retry_after(&headers, now);
            assert_eq!(wait.map(|wait| wait.num_seconds()), seconds, "{text}");
        }
    }
}
