//! Jobs in Indeed's XML.

use crate::jobs::input::{JobLocation, Salary};
use crate::jobs::view::JobView;
use crate::organizations::view::OrganizationView;
use crate::vocabulary::visible::{line, visible};
use crate::web::json_ld::{applicant_countries, description};
use chrono::{DateTime, SecondsFormat, Utc};
use entity::job::{EmploymentType, Workplace};
use quick_xml::Writer;
use quick_xml::events::{BytesCData, BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io;

/// Who publishes the jobs.
pub struct Publisher<'a> {
    /// What the instance is called.
    pub name: &'a str,
    /// Its URL, without a slash at the end.
    pub url: &'a str,
    /// Where people reach it by mail.
    pub email: &'a str,
}

/// How the document begins.
///
/// # Errors
/// Never in practice: memory takes all that is written.
pub fn head(publisher: &Publisher, now: DateTime<Utc>) -> io::Result<Vec<u8>> {
    let mut xml = Writer::new(Vec::new());
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    xml.write_event(Event::Start(BytesStart::new("source")))?;
    for (name, text) in [
        ("publisher", publisher.name.to_owned()),
        ("publisherurl", publisher.url.to_owned()),
        ("lastBuildDate", time(now)),
    ] {
        xml.create_element(name)
            .write_text_content(BytesText::new(&text))?;
    }
    Ok(xml.into_inner())
}

/// How it ends.
pub const END: &str = "</source>";

/// One `job` for each place one can work at; of a job that is done from anywhere, for each country.
///
/// # Errors
/// Never in practice: memory takes all that is written.
pub fn job(
    job: &JobView,
    employer: &OrganizationView,
    publisher: &Publisher,
) -> io::Result<Vec<u8>> {
    let mut xml = Writer::new(Vec::new());
    let description = description(job, employer);
    for place in places(job) {
        write_job(&mut xml, job, employer, publisher, &place, &description)?;
    }
    Ok(xml.into_inner())
}

/// What Indeed tells places apart by.
struct Place {
    city: String,
    state: String,
    country: String,
}

impl Place {
    /// Two that differ in nothing but case are one.
    fn folded(&self) -> [String; 3] {
        [&self.city, &self.state, &self.country].map(|part| part.to_lowercase())
    }
}

fn places(job: &JobView) -> Vec<Place> {
    let part = |text: &Option<String>| text.as_deref().map(line).unwrap_or_default();
    let of = |place: &JobLocation| Place {
        city: part(&place.locality),
        state: part(&place.region),
        country: part(&place.country),
    };
    let all: Vec<_> = match job.workplace {
        Workplace::Remote => {
            let anywhere = |code: &str| Place {
                city: String::new(),
                state: String::new(),
                country: code.to_owned(),
            };
            applicant_countries(job).into_iter().map(anywhere).collect()
        }
        Workplace::OnSite | Workplace::Hybrid => job.locations.iter().map(of).collect(),
    };
    let mut places: Vec<Place> = Vec::with_capacity(all.len());
    for place in all {
        let is_known = |place: &Place| places.iter().any(|known| known.folded() == place.folded());
        if !place.country.is_empty() && !is_known(&place) {
            places.push(place);
        }
    }
    places
}

/// The same as long as job and place are, whatever other places come or go.
fn reference(job: &JobView, place: &Place) -> String {
    let digest = Sha256::digest(place.folded().join("\n"));
    let mut reference = job.id.to_string();
    reference.push('-');
    for byte in digest.iter().take(6) {
        let _ = write!(reference, "{byte:02x}");
    }
    reference
}

fn write_job(
    xml: &mut Writer<Vec<u8>>,
    job: &JobView,
    employer: &OrganizationView,
    publisher: &Publisher,
    place: &Place,
    description: &str,
) -> io::Result<()> {
    let name = line(&employer.name);
    let required = [
        ("title", line(&job.title)),
        ("date", job.posted_at.map(time).unwrap_or_default()),
        ("referencenumber", reference(job, place)),
        ("requisitionid", job.id.to_string()),
        ("url", format!("{}/jobs/{}", publisher.url, job.slug)),
        ("company", name.clone()),
        ("sourcename", name),
        ("city", place.city.clone()),
        ("state", place.state.clone()),
        ("country", place.country.clone()),
        ("email", publisher.email.to_owned()),
        ("description", description.to_owned()),
    ];
    let optional = [
        ("salary", job.salary.as_ref().map(salary)),
        (
            "jobtype",
            job_type(&job.employment_types).map(str::to_owned),
        ),
        ("expirationdate", job.valid_through.map(time)),
        ("remotetype", remote_type(job.workplace).map(str::to_owned)),
    ];
    xml.write_event(Event::Start(BytesStart::new("job")))?;
    for (name, text) in required {
        element(xml, name, &text)?;
    }
    for (name, text) in optional {
        if let Some(text) = text {
            element(xml, name, &text)?;
        }
    }
    xml.write_event(Event::End(BytesEnd::new("job")))
}

/// An element whose text is in CDATA sections: two where it says `]]>`.
fn element(xml: &mut Writer<Vec<u8>>, name: &str, text: &str) -> io::Result<()> {
    xml.create_element(name).write_inner_content(|xml| {
        for section in BytesCData::escaped(&visible(text)) {
            xml.write_event(Event::CData(section))?;
        }
        Ok(())
    })?;
    Ok(())
}

/// As Indeed writes it: `GBP 38000 - 42000 per year`.
fn salary(salary: &Salary) -> String {
    let range = match (salary.min, salary.max) {
        (Some(min), Some(max)) if min != max => format!("{min} - {max}"),
        (Some(min), None) => format!("from {min}"),
        (None, Some(max)) => format!("up to {max}"),
        (value, _) => value.map_or_else(String::new, |value| value.to_string()),
    };
    format!("{} {range} per {}", salary.currency, salary.period.as_str())
}

fn job_type(types: &[EmploymentType]) -> Option<&'static str> {
    types.iter().find_map(|kind| match kind {
        EmploymentType::FullTime => Some("fulltime"),
        EmploymentType::PartTime => Some("parttime"),
        EmploymentType::Contractor => Some("contract"),
        EmploymentType::Temporary | EmploymentType::PerDiem => Some("temporary"),
        EmploymentType::Intern => Some("internship"),
        EmploymentType::Volunteer => Some("volunteer"),
        EmploymentType::Other => None,
    })
}

fn remote_type(workplace: Workplace) -> Option<&'static str> {
    match workplace {
        Workplace::Remote => Some("Fully remote"),
        Workplace::Hybrid => Some("Hybrid remote"),
        Workplace::OnSite => None,
    }
}

/// ISO 8601, as Indeed asks for.
fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
