//! From validator's errors to faults with JSON Pointers, and the rules that several resources share.

use crate::http::problem::Fault;
use crate::http::query::{hint, shorten};
use std::borrow::Cow;
use validator::{ValidationError, ValidationErrors, ValidationErrorsKind};

/// Longest URL taken.
pub const MAX_URL_CHARS: u64 = 2000;

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
        ("email", ..) => "must be an e-mail address".to_owned(),
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

/// Text of one line that is more than blanks.
pub fn named(text: &str) -> Result<(), ValidationError> {
    line(text)?;
    if text.trim().is_empty() {
        return Err(broken("named", "may not be blank"));
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
    let wrong = || {
        broken(
            "url",
            "must be an absolute http or https URL, such as https://example.coop/",
        )
    };
    line(text)?;
    if u64::try_from(text.len()).is_ok_and(|bytes| bytes > MAX_URL_CHARS) {
        return Err(broken(
            "url",
            format!("may have at most {MAX_URL_CHARS} characters"),
        ));
    }
    // The parser forgives blanks and missing slashes; other readers of the record do not.
    let strict = (text.starts_with("http://") || text.starts_with("https://"))
        && !text.contains([' ', '\\', '<', '>', '"']);
    let url = url::Url::parse(text).map_err(|_| wrong())?;
    if strict
        && url.host_str().is_some_and(|host| !host.is_empty())
        && url.username().is_empty()
        && url.password().is_none()
    {
        Ok(())
    } else {
        Err(wrong())
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
