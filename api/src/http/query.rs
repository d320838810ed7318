//! Reading query strings: unknown, empty and malformed parameters are faults, all named at once.

use crate::error::ApiError;
use crate::http::problem::{Fault, Faults};
use crate::taxonomies::table::closest;
use crate::vocabulary::hint::{hint, shorten};
use crate::vocabulary::rules::MAX_VALUES;
use actix_web::{FromRequest, HttpRequest, dev};
use percent_encoding::percent_decode_str;
use std::fmt::Display;
use std::future::{Ready, ready};
use std::str::FromStr;

/// The parameters of a request that have not been read yet, and the faults so far.
pub struct Parameters {
    left: Vec<(String, String)>,
    known: Vec<&'static str>,
    faults: Faults,
}

/// A struct that is read from a query string.
pub trait FromParameters: Sized {
    /// Asks for every parameter by name; what nobody asked for is a fault.
    fn from_parameters(parameters: &mut Parameters) -> Self;
}

/// Extractor of a query string.
pub struct Query<T>(pub T);

impl<T: FromParameters> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        ready(read(request.query_string()).map(Self))
    }
}

/// Reads a query string, without the question mark.
///
/// # Errors
/// [`ApiError::Malformed`] when it is not UTF-8, [`ApiError::Validation`] with a fault for each parameter
/// that is wrong.
pub fn read<T: FromParameters>(query: &str) -> Result<T, ApiError> {
    // Decoding would put U+FFFD for what is not UTF-8, and search for that.
    if percent_decode_str(query).decode_utf8().is_err() {
        return Err(ApiError::Malformed("the query is not UTF-8".to_owned()));
    }
    let mut parameters = Parameters::parse(query);
    let value = T::from_parameters(&mut parameters);
    parameters.finish().map(|()| value)
}

/// Two groups of parameters.
impl<A: FromParameters, B: FromParameters> FromParameters for (A, B) {
    fn from_parameters(parameters: &mut Parameters) -> Self {
        (
            A::from_parameters(parameters),
            B::from_parameters(parameters),
        )
    }
}

/// A resource that takes no parameters at all.
pub struct NoParameters;

impl FromParameters for NoParameters {
    fn from_parameters(_: &mut Parameters) -> Self {
        Self
    }
}

impl Parameters {
    fn parse(query: &str) -> Self {
        Self {
            left: url::form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            known: Vec::new(),
            faults: Faults::default(),
        }
    }

    /// Notes a fault of a parameter.
    pub fn fault(&mut self, name: &str, detail: impl Into<String>) {
        self.faults.push(Fault::new(format!("/{name}"), detail));
    }

    /// Every value of a parameter that may be repeated (OR).
    pub fn many(&mut self, name: &'static str) -> Vec<String> {
        self.known.push(name);
        let (mine, left): (Vec<_>, Vec<_>) =
            self.left.drain(..).partition(|(given, _)| given == name);
        self.left = left;
        if mine.len() > MAX_VALUES {
            self.fault(name, format!("takes at most {MAX_VALUES} values"));
            return Vec::new();
        }
        let mut values = Vec::with_capacity(mine.len());
        for (_, value) in mine {
            if value.is_empty() {
                self.fault(name, "is empty; give a value or leave it out");
            } else if value.contains('\0') {
                self.fault(name, "may not contain the character U+0000");
            } else {
                values.push(value);
            }
        }
        values
    }

    /// The value of a parameter that is given once.
    pub fn one(&mut self, name: &'static str) -> Option<String> {
        let mut values = self.many(name);
        if values.len() > 1 {
            self.fault(name, "may be given only once");
        }
        values.pop()
    }

    /// The value of a parameter that must be given once.
    pub fn required(&mut self, name: &'static str) -> String {
        let before = self.faults.as_slice().len();
        let value = self.one(name);
        if value.is_none() && self.faults.as_slice().len() == before {
            self.fault(name, "is required");
        }
        value.unwrap_or_default()
    }

    /// A parameter that reads as `T`; `expected` says how it should look.
    pub fn parsed<T: FromStr>(&mut self, name: &'static str, expected: &str) -> Option<T> {
        let value = self.one(name)?;
        let parsed = value.parse().ok();
        if parsed.is_none() {
            self.fault(name, format!("must be {expected}"));
        }
        parsed
    }

    /// `true` or `false`, default `false`.
    pub fn flag(&mut self, name: &'static str) -> bool {
        self.flag_or(name, false)
    }

    /// `true` or `false`, or the default.
    pub fn flag_or(&mut self, name: &'static str, default: bool) -> bool {
        self.parsed(name, "true or false").unwrap_or(default)
    }

    /// A number within a range, or the default.
    pub fn number<T: FromStr + PartialOrd + Display + Copy>(
        &mut self,
        name: &'static str,
        range: std::ops::RangeInclusive<T>,
        default: T,
    ) -> T {
        let expected = format!("a number from {} to {}", range.start(), range.end());
        match self.parsed(name, &expected) {
            None => default,
            Some(value) if range.contains(&value) => value,
            Some(_) => {
                self.fault(name, format!("must be {expected}"));
                default
            }
        }
    }

    /// One of a fixed list of words.
    pub fn choice<T: Copy>(
        &mut self,
        name: &'static str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let value = self.one(name)?;
        self.pick(name, &value, choices)
    }

    /// Comma-separated words of a fixed list.
    pub fn choices<T: Copy>(
        &mut self,
        name: &'static str,
        choices: &[(&'static str, T)],
    ) -> Vec<T> {
        let Some(list) = self.one(name) else {
            return Vec::new();
        };
        let words: Vec<_> = list.split(',').collect();
        if words.len() > MAX_VALUES {
            self.fault(name, format!("takes at most {MAX_VALUES} values"));
            return Vec::new();
        }
        words
            .into_iter()
            .filter_map(|word| self.pick(name, word.trim(), choices))
            .collect()
    }

    /// Values that must be codes of a list; an unknown one is a fault with a suggestion.
    pub fn codes<'a>(
        &mut self,
        name: &'static str,
        is_known: impl Fn(&str) -> bool,
        suggest: impl Fn(&str) -> Option<&'a str>,
    ) -> Vec<String> {
        let values = self.many(name);
        for value in values.iter().filter(|value| !is_known(value)) {
            let hint = hint(suggest(value));
            self.fault(
                name,
                format!("\"{}\" is not a known code{hint}", shorten(value)),
            );
        }
        values
    }

    fn pick<T: Copy>(
        &mut self,
        name: &'static str,
        value: &str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let found = choices.iter().find(|(word, _)| *word == value);
        if found.is_none() {
            let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
            let hint = did_you_mean(value, words.iter().copied());
            self.fault(
                name,
                format!(
                    "\"{}\" is not one of {}{hint}",
                    shorten(value),
                    words.join(", ")
                ),
            );
        }
        found.map(|(_, choice)| *choice)
    }

    fn finish(mut self) -> Result<(), ApiError> {
        let left = std::mem::take(&mut self.left);
        for (name, _) in left.iter().take(MAX_VALUES) {
            let hint = did_you_mean(name, self.known.iter().copied());
            let name = shorten(name);
            self.fault(&name, format!("is not a parameter of this resource{hint}"));
        }
        self.faults.or_none(())
    }
}

fn did_you_mean<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    hint(closest(word, known))
}
