//! An organization's data as it is put together from cells.

use csv::ByteRecord;
use oxilangtag::LanguageTag;
use serde_json::{Map, Value, json};

use super::{
    Reject, Row,
    clean::{self, Cleaned, quoted},
    fields::{Field, Kind},
    places,
};
use crate::taxonomies::{
    countries, networks, organization_types, sectors,
    table::{Coded, Table},
};
use crate::vocabulary::rules::language_tags;

/// The most values that are read from a cell that holds a list.
const MAX_VALUES: usize = 200;

/// The data read so far, and what was left out of it or guessed.
#[derive(Default)]
pub struct Record {
    data: Map<String, Value>,
    warnings: Vec<String>,
}

impl Record {
    /// Notes what was left out or guessed.
    pub fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    /// The text of a cell, empty where there is none. Bytes that are not UTF-8 become
    /// U+FFFD, with a warning.
    pub fn cell(&mut self, cells: &ByteRecord, column: usize, name: &str) -> String {
        let bytes = cells.get(column).unwrap_or_default();
        let text = String::from_utf8_lossy(bytes);
        if std::str::from_utf8(bytes).is_err() {
            self.warn(format!("{name}: bytes that are not UTF-8 were replaced"));
        }
        text.into_owned()
    }

    /// Reads a cell's text into a field. Text that the field cannot take is left out,
    /// with a warning; empty text changes nothing.
    pub fn put(&mut self, field: &Field, raw: &str) {
        let name = field.name.as_str();
        let text = self.cleaned(field, raw);
        if text.is_empty() {
            return;
        }
        match field.kind {
            Kind::Line | Kind::Text | Kind::Street => self.set(name, text.into()),
            Kind::Country => {
                let country = countries::by_code_or_name(&text);
                self.set_or_warn(name, &text, country.map(Coded::code), "no country");
            }
            Kind::Web => self.put_web_address(name, &text),
            Kind::Email => self.set_or_warn(name, &text, clean::email(&text), "no e-mail address"),
            Kind::Date => {
                self.set_or_warn(
                    name,
                    &text,
                    clean::date(&text),
                    "no date such as 2003-03-25",
                );
            }
            Kind::Count => {
                self.set_or_warn(
                    name,
                    &text,
                    clean::count(&text),
                    "no whole number of people",
                );
            }
            Kind::OrganizationType => self.put_organization_type(&text),
            Kind::Sectors => self.add_codes(name, sectors::table(), &text),
            Kind::Networks => self.add_codes(name, networks::table(), &text),
            Kind::Languages => self.add_languages(&text),
            Kind::Words => self
                .parts(name, clean::list(&text))
                .into_iter()
                .for_each(|word| self.add(name, word.into())),
            Kind::Identifiers => self.add_identifiers(&text),
            Kind::Identifier => self.add_identifier(field.suffix(), &text),
            Kind::Links => self.add_links(field.suffix(), &text),
            Kind::Place => self.put_place(&text),
            // The reader takes these from their columns itself.
            Kind::Degrees | Kind::ExternalId => {}
        }
    }

    /// Sets the coordinates from two cells; those that cannot be are left out with a
    /// warning. Whether there were any.
    pub fn put_location(&mut self, latitude: &str, longitude: &str) -> bool {
        let (latitude, longitude) = (latitude.trim(), longitude.trim());
        if latitude.is_empty() && longitude.is_empty() {
            return false;
        }
        let location = clean::location(latitude, longitude);
        if let Some((lat, lon)) = location {
            self.set("location.lat", lat.into());
            self.set("location.lon", lon.into());
        } else {
            let (latitude, longitude) = (quoted(latitude), quoted(longitude));
            self.warn(format!(
                "location: {latitude}, {longitude} is no place on earth; left out"
            ));
        }
        location.is_some()
    }

    /// Sets a field by its dotted name.
    pub fn set(&mut self, name: &str, value: Value) {
        match name.split_once('.') {
            None => self.data.insert(name.to_owned(), value),
            Some((parent, child)) => {
                let parent = self.data.entry(parent).or_insert_with(|| json!({}));
                parent
                    .as_object_mut()
                    .and_then(|parent| parent.insert(child.to_owned(), value))
            }
        };
    }

    /// Adds to a list, unless it is there already.
    pub fn add(&mut self, list: &str, value: Value) {
        let list = self.data.entry(list).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut()
            && !list.contains(&value)
        {
            list.push(value);
        }
    }

    /// Adds an identifier of a scheme (org-id.guide list code or another).
    pub fn add_identifier(&mut self, scheme: &str, value: &str) {
        self.add("identifiers", json!({ "scheme": scheme, "value": value }));
    }

    /// What was noted so far.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Whether a field, by its dotted name, has a value.
    pub fn has(&self, name: &str) -> bool {
        match name.split_once('.') {
            None => self.data.contains_key(name),
            Some((parent, child)) => self
                .data
                .get(parent)
                .is_some_and(|p| p.get(child).is_some()),
        }
    }

    /// The text of a top-level field.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.data.get(name).and_then(Value::as_str)
    }

    /// The finished row; a reject for a record without a name.
    pub fn finish(self, line: u64, external_id: String) -> Result<Row, Reject> {
        if self.has("name") {
            return Ok(Row {
                line,
                external_id,
                data: self.data,
                warnings: self.warnings,
            });
        }
        let reason = "the name is empty".to_owned();
        Err(Reject {
            line,
            external_id: Some(external_id),
            reason,
        })
    }

    fn cleaned(&mut self, field: &Field, raw: &str) -> String {
        let Cleaned {
            text,
            lost_controls,
        } = match field.kind {
            Kind::Text => clean::many_lines(raw),
            Kind::Street => clean::joined_lines(raw),
            _ => clean::one_line(raw),
        };
        if lost_controls {
            self.warn(format!("{}: control characters were taken out", field.name));
        }
        text
    }

    fn set_or_warn<V: Into<Value>>(
        &mut self,
        name: &str,
        text: &str,
        value: Option<V>,
        lack: &str,
    ) {
        match value {
            Some(value) => self.set(name, value.into()),
            None => self.warn(format!("{name}: {} is {lack}; left out", quoted(text))),
        }
    }

    /// The values of one cell that are read; what is beyond [`MAX_VALUES`] is left out
    /// with a warning.
    fn parts<T>(&mut self, name: &str, mut parts: Vec<T>) -> Vec<T> {
        if parts.len() > MAX_VALUES {
            let count = parts.len();
            self.warn(format!(
                "{name}: only the first {MAX_VALUES} of {count} values were read"
            ));
            parts.truncate(MAX_VALUES);
        }
        parts
    }

    fn put_web_address(&mut self, name: &str, text: &str) {
        let address = clean::web_address(text);
        if let Some((address, true)) = &address {
            self.warn(format!(
                "{name}: {} has no scheme; read as {address}",
                quoted(text)
            ));
        }
        self.set_or_warn(
            name,
            text,
            address.map(|(address, _)| address),
            "no web address",
        );
    }

    /// A type is required, so an unknown one becomes `other`.
    fn put_organization_type(&mut self, text: &str) {
        let known = organization_types::table().read(text);
        if known.is_none() {
            self.warn(format!(
                "organization_type: {} is unknown; read as other",
                quoted(text)
            ));
        }
        self.set(
            "organization_type",
            known.map_or("other", Coded::code).into(),
        );
    }

    fn add_codes<T>(&mut self, name: &str, table: &Table<T>, text: &str)
    where
        T: Coded + serde::de::DeserializeOwned,
    {
        // A label may have commas of its own.
        let whole = table.read(text);
        let parts = if whole.is_some() {
            vec![text.to_owned()]
        } else {
            self.parts(name, clean::list(text))
        };
        for part in parts {
            match table.read(&part) {
                Some(row) => self.add(name, row.code().into()),
                None => self.warn(format!(
                    "{name}: {} is not in the list; left out",
                    quoted(&part)
                )),
            }
        }
    }

    fn add_languages(&mut self, text: &str) {
        for part in self.parts("languages", clean::list(text)) {
            let tag = LanguageTag::parse_and_normalize(&part);
            // Longer first parts are reserved by BCP 47 section 2.2.1 and none is registered.
            let tag = tag.ok().filter(|tag| tag.primary_language().len() <= 3);
            match tag.filter(|tag| language_tags(&[tag.to_string()]).is_ok()) {
                Some(tag) => self.add("languages", tag.as_str().into()),
                None => {
                    self.warn(format!(
                        "languages: {} is no BCP 47 tag; left out",
                        quoted(&part)
                    ));
                }
            }
        }
    }

    fn add_identifiers(&mut self, text: &str) {
        for part in self.parts("identifiers", clean::list(text)) {
            match part.split_once(':') {
                Some((scheme, value)) if !scheme.trim().is_empty() && !value.trim().is_empty() => {
                    self.add_identifier(scheme.trim(), value.trim());
                }
                _ => {
                    let part = quoted(&part);
                    self.warn(format!("identifiers: {part} is not scheme:value; left out"));
                }
            }
        }
    }

    /// One or several addresses, with spaces, commas, semicolons or `&` between them.
    fn add_links(&mut self, rel: &str, text: &str) {
        let parts = text
            .split_whitespace()
            .map(|part| part.trim_matches([',', ';', '&', '|']));
        let parts = parts.filter(|part| !part.is_empty()).collect();
        for part in self.parts("links", parts) {
            match clean::web_address(part) {
                Some((url, _)) => self.add("links", json!({ "rel": rel, "url": url })),
                None => self.warn(format!(
                    "links.{rel}: {} is no web address; left out",
                    quoted(part)
                )),
            }
        }
    }

    fn put_place(&mut self, text: &str) {
        let place = places::read(text);
        for (name, value) in [
            ("address.locality", place.locality),
            ("address.region", place.region),
            ("address.country", place.country.map(str::to_owned)),
        ] {
            if let Some(value) = value {
                self.set(name, value.into());
            }
        }
        self.warnings.extend(place.warnings);
    }
}
