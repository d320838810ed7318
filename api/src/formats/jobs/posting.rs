//! From schema.org's JobPosting to a job. What cannot be read is left out, with a warning; what the API
//! requires and the posting lacks is for its rules to name.

use super::{EmployerName, JobRow, html, salary, values};
use crate::formats::Reject;
use crate::formats::clean::{self, quoted};
use crate::formats::places;
use crate::jobs::rules::{MAX_LOCATIONS, MAX_SKILLS};
use crate::taxonomies::countries;
use crate::taxonomies::table::{Coded, fold};
use serde_json::{Map, Value};

/// Longest name of a skill, in characters.
const LONGEST_SKILL: usize = 60;

/// Reads one posting.
///
/// # Errors
/// A reject for one without an id, or with one that is too long.
pub fn row(line: u64, posting: &Value) -> Result<JobRow, Reject> {
    let mut reading = Reading {
        posting,
        data: Map::new(),
        warnings: Vec::new(),
    };
    let external_id = reading.external_id().ok_or_else(|| Reject {
        line,
        external_id: None,
        reason: "the posting has no identifier, @id or url to know it by".to_owned(),
    })?;
    reading.texts();
    reading.employment_types();
    reading.places();
    reading.salary();
    reading.skills();
    reading.applying();
    reading.valid_through();
    let posted_at = reading.posted_at();
    Ok(JobRow {
        line,
        external_id,
        employer: reading.employer(),
        posted_at,
        data: reading.data,
        warnings: reading.warnings,
    })
}

struct Reading<'a> {
    posting: &'a Value,
    data: Map<String, Value>,
    warnings: Vec<String>,
}

impl<'a> Reading<'a> {
    fn get(&self, name: &str) -> &'a Value {
        &self.posting[name]
    }

    fn text(&self, name: &str) -> Option<String> {
        values::text(self.get(name))
    }

    fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.data.insert(name.to_owned(), value.into());
    }

    fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    /// `identifier`, with the name of who gave it if it says so; else `@id`; else `url`.
    fn external_id(&self) -> Option<String> {
        let identifier = values::each(self.get("identifier")).first();
        let of_identifier = identifier.and_then(|identifier| match identifier.get("value") {
            Some(value) => {
                let value = values::text(value)?;
                Some(match identifier.get("name").and_then(values::text) {
                    Some(name) => format!("{name}:{value}"),
                    None => value,
                })
            }
            None => values::text(identifier),
        });
        of_identifier
            .or_else(|| self.text("@id"))
            .or_else(|| self.text("url"))
    }

    /// `hiringOrganization`: a name, or something with a name and pages.
    fn employer(&self) -> EmployerName {
        let organization = values::each(self.get("hiringOrganization")).first();
        let Some(organization) = organization else {
            return EmployerName::default();
        };
        let pages = ["url", "sameAs"]
            .iter()
            .filter_map(|name| organization.get(*name));
        let mut websites: Vec<String> = Vec::new();
        for (page, _) in pages
            .flat_map(values::texts)
            .filter_map(|page| clean::web_address(page.trim()))
        {
            if !websites.contains(&page) && !is_listing(&page) {
                websites.push(page);
            }
        }
        let name = match organization {
            Value::String(name) => Some(name.clone()),
            other => other.get("name").and_then(values::text),
        };
        EmployerName {
            name: name
                .map(|name| clean::one_line(&html::plain(&name)).text)
                .filter(|name| !name.is_empty()),
            websites,
            ..EmployerName::default()
        }
    }

    fn texts(&mut self) {
        if let Some(title) = self.text("title") {
            let title = clean::one_line(&html::plain(&title));
            self.set("title", title.text);
        }
        let description = values::texts(self.get("description")).join("\n\n");
        let description = clean::many_lines(&html::markdown(&description));
        if description.lost_controls {
            self.warn("description: control characters were taken out".to_owned());
        }
        if !description.text.is_empty() {
            self.set("description", description.text);
        }
    }

    /// In any spelling: `FULL_TIME`, `Full-time`, `full time, part time`. Without any it is `other`.
    fn employment_types(&mut self) {
        let mut types: Vec<&str> = Vec::new();
        for typed in values::texts(self.get("employmentType"))
            .iter()
            .flat_map(|text| clean::list(text))
        {
            match employment_type(&typed) {
                Some(known) if types.contains(&known) => {}
                Some(known) => types.push(known),
                None => self.warn(format!(
                    "employment_types: {} is unknown; left out",
                    quoted(&typed)
                )),
            }
        }
        if types.is_empty() {
            self.warn("employment_types: none was named; read as other".to_owned());
            types.push("other");
        }
        self.set("employment_types", types);
    }

    /// `TELECOMMUTE` is remote; everything else is on site, as the vocabulary knows nothing between.
    fn places(&mut self) {
        let mut locations: Vec<Value> = Vec::new();
        for place in values::each(self.get("jobLocation")) {
            let location = self.location(place);
            if location
                .as_object()
                .is_some_and(|location| !location.is_empty())
                && !locations.contains(&location)
            {
                locations.push(location);
            }
        }
        if locations.len() > MAX_LOCATIONS {
            let count = locations.len();
            self.warn(format!(
                "locations: only the first {MAX_LOCATIONS} of {count} were read"
            ));
            locations.truncate(MAX_LOCATIONS);
        }
        let mut applicants: Vec<&str> = Vec::new();
        for place in values::each(self.get("applicantLocationRequirements")) {
            match country(place) {
                Some(code) if applicants.contains(&code) => {}
                Some(code) => applicants.push(code),
                None => {
                    let place = quoted(&values::text(place).unwrap_or_default());
                    self.warn(format!(
                        "applicant_countries: no country was found in {place}; left out"
                    ));
                }
            }
        }
        let is_remote = values::texts(self.get("jobLocationType"))
            .iter()
            .any(|kind| kind.trim().eq_ignore_ascii_case("TELECOMMUTE"));
        self.set("workplace", if is_remote { "remote" } else { "on_site" });
        self.set("locations", locations);
        self.set("applicant_countries", applicants);
    }

    /// A `Place`, its `PostalAddress`, or a text.
    fn location(&mut self, place: &Value) -> Value {
        let address = place.get("address").unwrap_or(place);
        let mut location = Map::new();
        if let Value::String(text) = address {
            let read = places::read(&clean::one_line(text).text);
            self.warnings.extend(read.warnings);
            let parts = [("locality", read.locality), ("region", read.region)];
            for (name, part) in parts {
                if let Some(part) = part.filter(|part| !part.is_empty()) {
                    location.insert(name.to_owned(), part.into());
                }
            }
            if let Some(country) = read.country {
                location.insert("country".to_owned(), country.into());
            }
        } else {
            let parts = [("locality", "addressLocality"), ("region", "addressRegion")];
            for (name, term) in parts {
                if let Some(part) = address.get(term).and_then(values::text) {
                    location.insert(name.to_owned(), part.into());
                }
            }
            if let Some(written) = address.get("addressCountry").and_then(values::text) {
                match countries::by_code_or_name(&written) {
                    Some(country) => {
                        location.insert("country".to_owned(), country.code.clone().into());
                    }
                    None => self.warn(format!(
                        "locations: {} is no country; left out",
                        quoted(&written)
                    )),
                }
            }
        }
        let geo = place
            .get("geo")
            .or_else(|| address.get("geo"))
            .unwrap_or(place);
        let degrees = |term: &str| geo.get(term).and_then(values::text);
        if let (Some(latitude), Some(longitude)) = (degrees("latitude"), degrees("longitude")) {
            match clean::location(&latitude, &longitude) {
                Some((lat, lon)) => {
                    location.insert("lat".to_owned(), lat.into());
                    location.insert("lon".to_owned(), lon.into());
                }
                None => self.warn(format!(
                    "locations: {}, {} is no place on earth; left out",
                    quoted(&latitude),
                    quoted(&longitude)
                )),
            }
        }
        location.into()
    }

    /// `baseSalary`: a `MonetaryAmount` with a value or a range. In part it would mislead; then it is
    /// left out.
    fn salary(&mut self) {
        let Some(written) = values::each(self.get("baseSalary")).first() else {
            return;
        };
        match salary::read(written, self.posting) {
            Ok(salary) => self.set("salary", salary),
            Err(reason) => self.warn(format!("salary: {reason}; left out")),
        }
    }

    fn skills(&mut self) {
        let mut skills: Vec<String> = Vec::new();
        for skill in values::texts(self.get("skills"))
            .iter()
            .flat_map(|text| clean::list(text))
        {
            let skill = clean::one_line(&html::plain(&skill)).text;
            if skill.is_empty() || skills.contains(&skill) {
                continue;
            }
            if skill.chars().count() > LONGEST_SKILL || skills.len() == MAX_SKILLS {
                self.warn(format!("skills: {} was left out", quoted(&skill)));
            } else {
                skills.push(skill);
            }
        }
        self.set("skills", skills);
    }

    /// `url`; without one the address of `applicationContact`.
    fn applying(&mut self) {
        if let Some(direct) = self.get("directApply").as_bool() {
            self.set("direct_apply", direct);
        }
        let url = self.text("url");
        if let Some(url) = url.as_deref().and_then(clean::web_address) {
            self.set("apply_url", url.0);
            return;
        }
        if let Some(url) = url {
            self.warn(format!(
                "apply_url: {} is no web address; left out",
                quoted(&url)
            ));
        }
        let contact = values::each(self.get("applicationContact")).first();
        let email = contact
            .and_then(|contact| contact.get("email"))
            .and_then(values::text);
        let email = email.map(|email| email.trim_start_matches("mailto:").to_owned());
        if let Some(email) = email.as_deref().and_then(clean::email) {
            self.set("apply_email", email);
        }
    }

    fn valid_through(&mut self) {
        let Some(written) = self.text("validThrough") else {
            return;
        };
        match values::end(&written) {
            Some(end) => self.set("valid_through", end.to_rfc3339()),
            None => self.warn(format!(
                "valid_through: {} is no time; left out",
                quoted(&written)
            )),
        }
    }

    fn posted_at(&mut self) -> Option<chrono::DateTime<chrono::Utc>> {
        let written = self.text("datePosted")?;
        let time = values::time(&written);
        if time.is_none() {
            self.warn(format!(
                "posted_at: {} is no time; left out",
                quoted(&written)
            ));
        }
        time
    }
}

fn employment_type(typed: &str) -> Option<&'static str> {
    let letters: String = fold(values::local(typed))
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    Some(match letters.as_str() {
        "fulltime" | "permanent" | "perm" | "regular" => "full_time",
        "parttime" => "part_time",
        "contractor" | "contract" | "freelance" | "freelancer" => "contractor",
        "temporary" | "temp" | "seasonal" | "fixedterm" => "temporary",
        "intern" | "internship" | "apprenticeship" | "trainee" => "intern",
        "volunteer" | "voluntary" => "volunteer",
        "perdiem" => "per_diem",
        "other" => "other",
        _ => return None,
    })
}

/// Whether it is the page of a listing here or at another instance, which stands in for a website: what its
/// domain says is who runs the directory.
fn is_listing(page: &str) -> bool {
    url::Url::parse(page).is_ok_and(|page| page.path().starts_with("/organizations/"))
}

/// The country of a `Country`, of an `AdministrativeArea` with an address, or of a text.
fn country(place: &Value) -> Option<&'static str> {
    let named = place
        .get("address")
        .and_then(|address| address.get("addressCountry"));
    let text = values::text(named.unwrap_or(place))?;
    match countries::by_code_or_name(&text) {
        Some(country) => Some(country.code()),
        None => places::read(&text).country,
    }
}

#[cfg(test)]
#[path = "posting_tests.rs"]
mod tests;
