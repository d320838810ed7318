//! schema.org JSON-LD of a job and of an organization.

use crate::formats::markdown::{board_html, words};
use crate::jobs::input::{JobLocation, Salary};
use crate::jobs::view::JobView;
use crate::organizations::view::OrganizationView;
use crate::taxonomies::{countries, networks};
use crate::vocabulary::visible::line;
use chrono::{DateTime, SecondsFormat, Utc};
use entity::job::Workplace;
use serde_json::{Map, Value, json};

/// An object without the members that are not known.
fn object<const N: usize>(kind: &str, members: [(&str, Option<Value>); N]) -> Value {
    let mut object = Map::new();
    object.insert("@type".to_owned(), kind.into());
    for (name, value) in members {
        if let Some(value) = value {
            object.insert(name.to_owned(), value);
        }
    }
    Value::Object(object)
}

/// The same, as a document of its own.
fn document(mut object: Value) -> Value {
    if let Some(members) = object.as_object_mut() {
        members.shift_insert(0, "@context".to_owned(), "https://schema.org".into());
    }
    object
}

fn text(text: Option<&str>) -> Option<Value> {
    text.map(line)
        .filter(|text| !text.is_empty())
        .map(Value::from)
}

fn list(values: Vec<Value>) -> Option<Value> {
    (!values.is_empty()).then(|| Value::from(values))
}

/// The text of a script element that holds data. No text in it can end the element, and it is JSON all the
/// same.
pub fn script(document: &Value) -> String {
    let mut safe = String::new();
    for char in document.to_string().chars() {
        match char {
            '<' => safe.push_str("\\u003c"),
            '>' => safe.push_str("\\u003e"),
            '&' => safe.push_str("\\u0026"),
            '\u{2028}' => safe.push_str("\\u2028"),
            '\u{2029}' => safe.push_str("\\u2029"),
            other => safe.push(other),
        }
    }
    safe
}

/// A JobPosting by the rules of Google's job search. `None` for what those rules do not let be one: a job
/// that was never posted, or of no known country, or whose title or employer has no name that can be shown.
pub fn job_posting(job: &JobView, employer: &OrganizationView, public_url: &str) -> Option<Value> {
    let posted = job.posted_at?;
    let title = text(Some(&job.title))?;
    let employer_name = text(Some(&employer.name))?;
    let places: Vec<_> = job.locations.iter().filter_map(place).collect();
    let from: Vec<_> = match job.workplace {
        Workplace::Remote => applicant_countries(job)
            .into_iter()
            .map(|code| object("Country", [("name", Some(country_name(code).into()))]))
            .collect(),
        Workplace::OnSite | Workplace::Hybrid => Vec::new(),
    };
    if places.is_empty() && from.is_empty() {
        return None;
    }
    let types = job.employment_types.iter();
    let types = types.map(|kind| kind.as_str().to_uppercase().into());
    let identifier = object(
        "PropertyValue",
        [
            ("name", Some(employer_name)),
            ("value", Some(job.id.to_string().into())),
        ],
    );
    // Both or neither.
    let remote = (!from.is_empty()).then(|| "TELECOMMUTE".into());
    Some(document(object(
        "JobPosting",
        [
            ("title", Some(title)),
            ("description", Some(description(job, employer).into())),
            ("identifier", Some(identifier)),
            ("datePosted", Some(time(posted).into())),
            (
                "validThrough",
                job.valid_through.map(|end| time(end).into()),
            ),
            ("employmentType", list(types.collect())),
            (
                "hiringOrganization",
                Some(hiring_organization(employer, public_url)),
            ),
            ("jobLocation", list(places)),
            ("jobLocationType", remote),
            ("applicantLocationRequirements", list(from)),
            ("baseSalary", job.salary.as_ref().map(base_salary)),
            ("directApply", Some(job.direct_apply.into())),
        ],
    )))
}

/// Where one may live who works from anywhere: what the job says, else the countries of its places.
pub fn applicant_countries(job: &JobView) -> Vec<&str> {
    let mut codes: Vec<&str> = job.applicant_countries.iter().map(String::as_str).collect();
    if codes.is_empty() {
        for code in job
            .locations
            .iter()
            .filter_map(|place| place.country.as_deref())
        {
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
    }
    codes
}

/// The country's common name, or its code.
pub fn country_name(code: &str) -> &str {
    countries::country(code).map_or(code, |country| &country.name)
}

/// The description, which says more than the title.
pub fn description(job: &JobView, employer: &OrganizationView) -> String {
    let mut html = board_html(&job.description);
    let said = words(&job.description).to_lowercase();
    let title = line(&job.title);
    if said.is_empty() || said == title.to_lowercase() {
        html.push_str(&board_html(&format!(
            "{}, {}",
            escaped(&title),
            escaped(&employer.name)
        )));
    }
    html
}

/// Plain text as Markdown (CommonMark section 2.4).
fn escaped(text: &str) -> String {
    let mut markdown = String::new();
    for char in text.chars() {
        if char.is_ascii_punctuation() {
            markdown.push('\\');
        }
        markdown.push(char);
    }
    markdown
}

fn place(place: &JobLocation) -> Option<Value> {
    let country = place.country.as_deref()?;
    let address = object(
        "PostalAddress",
        [
            ("addressLocality", text(place.locality.as_deref())),
            ("addressRegion", text(place.region.as_deref())),
            ("addressCountry", Some(country.into())),
        ],
    );
    Some(object("Place", [("address", Some(address))]))
}

/// The page and the picture that are here stand in for a website and a logo: the rules ask for both.
fn hiring_organization(employer: &OrganizationView, public_url: &str) -> Value {
    let website = employer.website.clone();
    let website = website.unwrap_or_else(|| employer.page(public_url));
    object(
        "Organization",
        [
            ("name", text(Some(&employer.name))),
            ("sameAs", Some(website.into())),
            ("logo", Some(employer.shown_logo(public_url).into())),
        ],
    )
}

fn base_salary(salary: &Salary) -> Value {
    let range = match (salary.min, salary.max) {
        (Some(min), Some(max)) if min != max => [
            ("minValue", Some(json!(min))),
            ("maxValue", Some(json!(max))),
        ],
        (Some(min), None) => [("minValue", Some(json!(min))), ("maxValue", None)],
        (None, Some(max)) => [("minValue", None), ("maxValue", Some(json!(max)))],
        (value, _) => [
            ("value", value.map(|value| json!(value))),
            ("maxValue", None),
        ],
    };
    let mut value = object("QuantitativeValue", range);
    if let Some(members) = value.as_object_mut() {
        let unit = salary.period.as_str().to_uppercase();
        members.insert("unitText".to_owned(), unit.into());
    }
    object(
        "MonetaryAmount",
        [
            ("currency", Some(salary.currency.clone().into())),
            ("value", Some(value)),
        ],
    )
}

/// RFC 3339, which is ISO 8601.
fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// An Organization; `url` is its page here.
pub fn organization(view: &OrganizationView, url: &str) -> Value {
    let links = view.links.iter().map(|link| link.url.clone().into());
    let identifiers = view.identifiers.iter().map(|identifier| {
        object(
            "PropertyValue",
            [
                ("propertyID", text(Some(&identifier.scheme))),
                ("value", text(Some(&identifier.value))),
            ],
        )
    });
    let networks = view
        .networks
        .iter()
        .filter_map(|code| networks::network(code));
    let networks = networks.map(|network| {
        object(
            "Organization",
            [
                ("name", Some(network.name.clone().into())),
                ("url", network.website.clone().map(Value::from)),
            ],
        )
    });
    let employees = view
        .employees_count
        .map(|count| object("QuantitativeValue", [("value", Some(count.into()))]));
    let website = view.website.clone().unwrap_or_else(|| url.to_owned());
    document(object(
        "Organization",
        [
            ("@id", Some(url.into())),
            ("name", text(Some(&view.name))),
            ("legalName", text(view.legal_name.as_deref())),
            ("description", text(view.summary.as_deref())),
            ("url", Some(website.into())),
            ("logo", view.logo_url.clone().map(Value::from)),
            ("email", text(view.email.as_deref())),
            ("telephone", text(view.phone.as_deref())),
            (
                "foundingDate",
                view.founded_on.map(|day| day.to_string().into()),
            ),
            (
                "dissolutionDate",
                view.dissolved_on.map(|day| day.to_string().into()),
            ),
            ("numberOfEmployees", employees),
            ("address", address(view)),
            ("sameAs", list(links.collect())),
            ("identifier", list(identifiers.collect())),
            ("memberOf", list(networks.collect())),
        ],
    ))
}

fn address(view: &OrganizationView) -> Option<Value> {
    let address = view.address.as_ref()?;
    Some(object(
        "PostalAddress",
        [
            ("streetAddress", text(address.street.as_deref())),
            ("addressLocality", text(address.locality.as_deref())),
            ("addressRegion", text(address.region.as_deref())),
            ("postalCode", text(address.postal_code.as_deref())),
            ("addressCountry", text(address.country.as_deref())),
        ],
    ))
}

#[cfg(test)]
#[path = "json_ld_tests.rs"]
mod tests;
