//! Whether a job is posted already.

use crate::error::ApiError;
use crate::http::query::{FromParameters, Parameters};
use crate::jobs::input::JobInput;
use chrono::{DateTime, Utc};
use entity::ids::{JobId, OrganizationId};
use entity::job::{Column, Entity, Status};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use utoipa::IntoParams;

/// What a request that opens a job says of others like it.
#[derive(Clone, Copy, Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DuplicateParameters {
    /// Opens it although an open job of the organization has the same title, workplace, locations and
    /// employment types.
    #[param(required = false, default = false)]
    pub allow_duplicate: bool,
}

impl FromParameters for DuplicateParameters {
    fn from_parameters(parameters: &mut Parameters) -> Self {
        Self {
            allow_duplicate: parameters.flag("allow_duplicate"),
        }
    }
}

/// Equal for posts of the same job by one employer: the same title (case and spaces folded), workplace,
/// locations and employment types, in whatever order. 64 hexadecimal digits.
pub fn fingerprint(job: &JobInput) -> String {
    let fold = |text: &str| {
        let words: Vec<_> = text.split_whitespace().map(str::to_lowercase).collect();
        words.join(" ")
    };
    let fold_or_none = |text: &Option<String>| text.as_deref().map(fold);
    let mut locations: Vec<String> = job
        .locations
        .iter()
        .map(|place| {
            // A place with a name is the same wherever its centre is said to be.
            let point = match (&place.locality, &place.region) {
                (None, None) => place.lat.zip(place.lon),
                _ => None,
            };
            format!(
                "{:?} {:?} {:?} {point:?}",
                fold_or_none(&place.locality),
                fold_or_none(&place.region),
                place.country
            )
        })
        .collect();
    locations.sort_unstable();
    locations.dedup();
    let mut types = job.employment_types.clone();
    types.sort_unstable();
    let facts = format!(
        "{:?} {:?} {types:?} {locations:?}",
        fold(&job.title),
        job.workplace
    );
    let digest = Sha256::digest(facts);
    digest
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

/// Refuses a job that would be open beside another of this organization that is the same; `except` is the job
/// itself.
///
/// # Errors
/// [`ApiError::JobPosted`].
pub async fn refuse_twin(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    fingerprint: &str,
    except: Option<JobId>,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    let mut query = Entity::find()
        .filter(Column::OrganizationId.eq(organization))
        .filter(Column::Fingerprint.eq(fingerprint))
        .filter(Column::Status.eq(Status::Published))
        .filter(
            Condition::any()
                .add(Column::ValidThrough.is_null())
                .add(Column::ValidThrough.gt(now)),
        )
        .order_by_asc(Column::Id);
    if let Some(id) = except {
        query = query.filter(Column::Id.ne(id));
    }
    match query.one(db).await? {
        Some(twin) => Err(ApiError::JobPosted(twin.id)),
        None => Ok(()),
    }
}
