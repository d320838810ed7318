//! What is sent to attest something.

use crate::error::ApiError;
use crate::http::broken_rules;
use crate::http::members::Members;
use crate::http::problem::{Fault, Faults};
use crate::vocabulary::schema;
use crate::vocabulary::url::{http_url, normal_url};
use crate::vocabulary::validation::named;
use chrono::{DateTime, Months, SubsecRound, Utc};
use entity::attestation::Kind;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::Validate;

/// How far ahead an attestation may reach.
const LONGEST: Months = Months::new(5 * 12);

/// An attestation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "registration", "issuer": "Registry of Friendly Societies", "evidence_url": "https://example.coop/register/1844", "valid_to": null}))]
pub struct AttestationInput {
    /// What is vouched for.
    #[schema(schema_with = crate::organizations::schema::attestation_kind)]
    pub kind: Kind,
    /// Who vouches. The id or slug of an organization you edit; from moderators, any name.
    #[validate(length(max = 200), custom(function = named))]
    #[schema(schema_with = schema::issuer)]
    pub issuer: String,
    /// Where it can be checked.
    #[validate(custom(function = http_url))]
    #[schema(schema_with = schema::http_url_or_null)]
    pub evidence_url: Option<String>,
    /// From when it counts; now when it is left out. At most five years ahead.
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub valid_from: DateTime<Utc>,
    /// Until when it counts; until it is revoked when it is left out. Later than `valid_from` and
    /// than now, at most five years ahead.
    pub valid_to: Option<DateTime<Utc>>,
}

impl AttestationInput {
    /// Reads and checks an object.
    ///
    /// # Errors
    /// [`ApiError::Validation`] with every fault.
    pub fn read(object: Map<String, Value>, now: DateTime<Utc>) -> Result<Self, ApiError> {
        let mut members = Members::new(object);
        let kind = members.required_choice("kind", Kind::WORDS);
        let issuer = members.text("issuer");
        let evidence_url = members.text("evidence_url");
        let times = [members.text("valid_from"), members.text("valid_to")];
        let mut faults = members.finish();
        if issuer.is_none() && !faults.tell_of("/issuer") {
            faults.push(Fault::new("/issuer", "is required"));
        }
        let [from, to] = times;
        let valid_from = time("/valid_from", from, now, &mut faults);
        let valid_to = time("/valid_to", to, now, &mut faults);
        let input = Self {
            kind: kind.unwrap_or(Kind::Document),
            issuer: issuer.unwrap_or_else(|| "nobody".to_owned()),
            evidence_url,
            valid_from: valid_from.unwrap_or(now),
            valid_to,
        };
        if let Err(errors) = input.validate() {
            faults.extend(broken_rules::faults(&errors));
        }
        if valid_to.is_some_and(|to| to <= now || to <= input.valid_from) {
            faults.push(Fault::new(
                "/valid_to",
                "must be later than valid_from and than now",
            ));
        }
        faults.or_none(input.normalized())
    }

    fn normalized(mut self) -> Self {
        self.evidence_url = self.evidence_url.map(|url| normal_url(&url).unwrap_or(url));
        self
    }
}

/// A time to the millisecond, as the clock has it.
fn time(
    pointer: &str,
    text: Option<String>,
    now: DateTime<Utc>,
    faults: &mut Faults,
) -> Option<DateTime<Utc>> {
    let text = text?;
    let read = DateTime::parse_from_rfc3339(&text).map(|time| time.to_utc().trunc_subsecs(3));
    match read {
        Ok(time)
            if now
                .checked_add_months(LONGEST)
                .is_some_and(|latest| time > latest) =>
        {
            faults.push(Fault::new(pointer, "may be at most five years ahead"));
            None
        }
        Ok(time) => Some(time),
        Err(_) => {
            let detail = "must be a time such as 2026-01-02T09:30:00Z (RFC 3339)";
            faults.push(Fault::new(pointer, detail));
            None
        }
    }
}
