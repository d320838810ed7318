//! From a job to what the index knows of it: its public view and nothing else.

use crate::error::ApiError;
use crate::jobs::skills;
use crate::jobs::view::JobView;
use crate::money::Rates;
use crate::organizations::document::{LABELS, unique, with_primary};
use chrono::{DateTime, Utc};
use entity::job::{Governance, Model, PayPolicy, Seniority};
use entity::organization;
use search::{Document, Keyword, Kind, MAX_QUALITY, Point, TextField, Weight};

/// Keys of the view whose matches `highlight=true` shows.
pub const HIGHLIGHTED: &[&str] = &["title", "description", "skills", "organization.name"];

/// The search document of an open job.
///
/// # Errors
/// Never in practice: the view has a JSON form.
pub fn from(
    row: &Model,
    organization: &organization::Model,
    rates: &Rates,
    now: DateTime<Utc>,
) -> Result<Document, ApiError> {
    let view = JobView::new(row.clone(), organization, now);
    let json = serde_json::to_string(&view)
        .map_err(|_| ApiError::Internal("a record has no JSON form"))?;
    let points = view
        .locations
        .iter()
        .filter_map(|place| place.lat.zip(place.lon))
        .map(|(lat, lon)| Point { lat, lon });
    Ok(Document {
        kind: Kind::Job,
        id: view.id.to_string(),
        sort_name: view.title.clone(),
        text: text(&view),
        languages: view.languages.clone(),
        keywords: keywords(&view, organization),
        locations: points.collect(),
        created_at: view.created_at.timestamp_micros(),
        updated_at: view.updated_at.timestamp_micros(),
        posted_at: view.posted_at.map(|at| at.timestamp_micros()),
        expires_at: view.valid_through.map(|at| at.timestamp_micros()),
        salary: yearly(&view, rates),
        utc_offsets: row.utc_offset_min.zip(row.utc_offset_max),
        group: Some(view.organization_id.to_string()),
        // Who says what a job pays comes first.
        quality: if view.salary.is_some() {
            MAX_QUALITY
        } else {
            0
        },
        view: json,
    })
}

/// The top of the range, or the bottom when it is open above, in a year, in cents of the reference currency.
fn yearly(view: &JobView, rates: &Rates) -> Option<i64> {
    let salary = view.salary.as_ref()?;
    let top = salary.max.or(salary.min)?;
    rates.yearly_cents(top, &salary.currency, salary.period, view.hours_per_week)
}

fn text(view: &JobView) -> Vec<TextField> {
    let field = |name, weight, text: &str| TextField {
        name,
        weight,
        language: None,
        text: text.to_owned(),
    };
    let mut fields = vec![
        field("title", Weight::Name, &view.title),
        field("organization", Weight::Head, &view.organization.name),
        field("description", Weight::Body, &view.description),
    ];
    for skill in &view.skills {
        fields.push(field("skills", Weight::Head, skill));
        // So that words find what the employer may have typed.
        for name in skills::other_names(skill) {
            fields.push(field("skills", Weight::Body, name));
        }
    }
    for place in &view.locations {
        if let Some(locality) = &place.locality {
            fields.push(field("locality", Weight::Head, locality));
        }
        if let Some(region) = &place.region {
            fields.push(field("region", Weight::Head, region));
        }
    }
    let types = view.employment_types.iter().map(|word| word.as_str());
    for label in types.chain([view.workplace.as_str()]) {
        fields.push(TextField {
            language: Some(LABELS),
            ..field("labels", Weight::Head, &label.replace('_', " "))
        });
    }
    fields
}

fn keywords(view: &JobView, organization: &organization::Model) -> Vec<(Keyword, String)> {
    let mut keywords = Vec::new();
    let mut add = |field, values: Vec<String>| {
        keywords.extend(
            unique(values.into_iter())
                .into_iter()
                .map(|value| (field, value)),
        );
    };
    let word = |word: Option<&str>| word.map(str::to_owned).into_iter().collect::<Vec<_>>();
    let countries = view
        .locations
        .iter()
        .filter_map(|place| place.country.clone());
    add(
        Keyword::Country,
        countries.chain(view.applicant_countries.clone()).collect(),
    );
    let places = |of: fn(&crate::jobs::input::JobLocation) -> &Option<String>| {
        view.locations
            .iter()
            .filter_map(|place| of(place).clone())
            .collect()
    };
    add(Keyword::Region, places(|place| &place.region));
    add(Keyword::Locality, places(|place| &place.locality));
    add(Keyword::Workplace, word(Some(view.workplace.as_str())));
    let types = view.employment_types.iter();
    add(
        Keyword::EmploymentType,
        types.map(|word| word.as_str().to_owned()).collect(),
    );
    add(
        Keyword::Seniority,
        word(view.seniority.map(Seniority::as_str)),
    );
    add(
        Keyword::Skill,
        view.skills
            .iter()
            .flat_map(|skill| skills::with_wider(skill))
            .collect(),
    );
    add(Keyword::Language, with_primary(&view.languages));
    let membership = view.membership.as_ref();
    add(
        Keyword::MembershipTrack,
        word(membership.map(|membership| membership.track.as_str())),
    );
    add(
        Keyword::PayPolicy,
        word(view.pay_policy.map(PayPolicy::as_str)),
    );
    add(
        Keyword::Governance,
        word(view.governance.map(Governance::as_str)),
    );
    add(Keyword::Employer, vec![view.organization_id.to_string()]);
    add(
        Keyword::OrganizationType,
        vec![organization.organization_type.clone()],
    );
    add(Keyword::Network, organization.networks.0.clone());
    add(
        Keyword::Source,
        view.source
            .iter()
            .map(|source| source.name.clone())
            .collect(),
    );
    keywords
}
