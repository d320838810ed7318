//! The rules of single texts that several kinds of records share.

use crate::vocabulary::hint::{hint, shorten};
use crate::vocabulary::visible::shows;
use std::borrow::Cow;
use validator::{ValidateEmail, ValidationError};

/// Longest e-mail address taken (RFC 5321).
pub const MAX_EMAIL_CHARS: usize = 254;

/// Name under which [`each`] hands on the faults of single items.
pub const ITEMS: &str = "items";

/// Our own rules bring their sentence; validator's own need one.
pub fn describe(error: &ValidationError) -> String {
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
    fn addresses_have_one_at_sign_and_a_host() {
        assert!(email_address("hello@example.coop").is_ok());
        for refused in ["", "nobody", "a@b..coop", "a b@c.coop", "@b.coop"] {
            assert!(email_address(refused).is_err(), "{refused}");
        }
    }
}
