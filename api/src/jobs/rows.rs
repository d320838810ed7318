//! Between rows and what clients set.

use crate::error::ApiError;
use crate::jobs::input::{BuyIn, JobInput, JobLocation, Membership, Salary, UtcOffsetRange};
use crate::vocabulary::rules::canonical_language;
use crate::vocabulary::url::normal_url;
use chrono::{DateTime, SubsecRound, Utc};
use entity::change::{self, Kind};
use entity::ids::JobId;
use entity::job::{
    self, ActiveModel, EmploymentTypes, Location, Locations, Model, Status, Workplace,
};
use entity::organization::{self, Strings};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr,
    EntityTrait, QueryFilter, QuerySelect,
};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use uuid::Uuid;

/// Quarter hours in hours.
fn hours(quarters: i16) -> f64 {
    f64::from(quarters) / 4.0
}

/// Hours in quarter hours; [`crate::jobs::rules::quarter_hours`] has checked them.
#[expect(
    clippy::cast_possible_truncation,
    reason = "from -48 to 56, as was checked"
)]
fn quarters(hours: f64) -> i16 {
    (hours * 4.0).clamp(-48.0, 56.0) as i16
}

/// What a client set of a row, the hidden address included.
pub fn input_of(row: Model) -> JobInput {
    let salary = row
        .salary_currency
        .zip(row.salary_period)
        .map(|(currency, period)| Salary {
            min: row.salary_min,
            max: row.salary_max,
            currency,
            period,
        });
    JobInput {
        organization_id: Some(row.organization_id.0),
        title: row.title,
        description: row.description,
        employment_types: row.employment_types.0,
        workplace: Some(row.workplace),
        locations: row.locations.0.into_iter().map(Into::into).collect(),
        applicant_countries: row.applicant_countries.0,
        utc_offset_range: row
            .utc_offset_min
            .zip(row.utc_offset_max)
            .map(|(min, max)| UtcOffsetRange {
                min: hours(min),
                max: hours(max),
            }),
        salary,
        pay_policy: row.pay_policy,
        pay_ratio: row.pay_ratio,
        surplus_share: row.surplus_share,
        hours_per_week: row.hours_per_week,
        seniority: row.seniority,
        skills: row.skills.0,
        languages: row.languages.0,
        membership: row.membership.map(Into::into),
        governance: row.governance,
        visa_sponsorship: row.visa_sponsorship,
        apply_url: row.apply_url,
        apply_email: row.apply_email,
        direct_apply: Some(row.direct_apply),
        valid_through: row.valid_through,
        status: Some(row.status),
    }
}

impl JobInput {
    /// The same in the form it has once stored: skills and languages by their usual names, URLs as URIs,
    /// times to the millisecond, one zero (SQLite keeps no sign of it).
    #[must_use]
    pub fn normalized(mut self) -> Self {
        if let Some(url) = &mut self.apply_url
            && let Ok(normal) = normal_url(url)
        {
            *url = normal;
        }
        for tag in &mut self.languages {
            *tag = canonical_language(tag);
        }
        for location in &mut self.locations {
            location.lat = location.lat.map(|degrees| degrees + 0.0);
            location.lon = location.lon.map(|degrees| degrees + 0.0);
        }
        if let Some(range) = &mut self.utc_offset_range {
            range.min += 0.0;
            range.max += 0.0;
        }
        self.valid_through = self.valid_through.map(|end| end.trunc_subsecs(3));
        self.skills = super::skills::names(self.skills);
        self.employment_types.sort_unstable();
        let mut seen = HashSet::new();
        self.applicant_countries
            .retain(|code| seen.insert(code.clone()));
        self.direct_apply = Some(self.direct_apply.unwrap_or_default());
        self
    }

    /// The columns a client sets. Status, times and the record's own columns are left alone.
    pub fn into_columns(self) -> ActiveModel {
        let fingerprint = super::duplicate::fingerprint(&self);
        let Self {
            organization_id: _,
            title,
            description,
            employment_types,
            workplace,
            locations,
            applicant_countries,
            utc_offset_range,
            salary,
            pay_policy,
            pay_ratio,
            surplus_share,
            hours_per_week,
            seniority,
            skills,
            languages,
            membership,
            governance,
            visa_sponsorship,
            apply_url,
            apply_email,
            direct_apply,
            valid_through: _,
            status: _,
        } = self;
        ActiveModel {
            title: Set(title),
            description: Set(description),
            employment_types: Set(EmploymentTypes(employment_types)),
            workplace: Set(workplace.unwrap_or(Workplace::OnSite)),
            locations: Set(Locations(locations.into_iter().map(Into::into).collect())),
            applicant_countries: Set(Strings(applicant_countries)),
            utc_offset_min: Set(utc_offset_range.map(|range| quarters(range.min))),
            utc_offset_max: Set(utc_offset_range.map(|range| quarters(range.max))),
            salary_min: Set(salary.as_ref().and_then(|salary| salary.min)),
            salary_max: Set(salary.as_ref().and_then(|salary| salary.max)),
            salary_currency: Set(salary.as_ref().map(|salary| salary.currency.clone())),
            salary_period: Set(salary.as_ref().map(|salary| salary.period)),
            pay_policy: Set(pay_policy),
            pay_ratio: Set(pay_ratio),
            surplus_share: Set(surplus_share),
            hours_per_week: Set(hours_per_week),
            seniority: Set(seniority),
            skills: Set(Strings(skills)),
            languages: Set(Strings(languages)),
            membership: Set(membership.map(Into::into)),
            governance: Set(governance),
            visa_sponsorship: Set(visa_sponsorship),
            apply_url: Set(apply_url),
            apply_email: Set(apply_email),
            direct_apply: Set(direct_apply.unwrap_or_default()),
            fingerprint: Set(fingerprint),
            ..Default::default()
        }
    }
}

/// The number of a job's latest change, and the job's version after it.
///
/// # Errors
/// Whatever the database answers.
pub async fn latest_change(db: &impl ConnectionTrait, id: JobId) -> Result<(i64, i32), ApiError> {
    let latest: Option<(i64, i32)> = change::Entity::of(Kind::Job, id.0)
        .select_only()
        .column(change::Column::Seq)
        .column(change::Column::Version)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    latest.ok_or(ApiError::Internal("a record is not in the change log"))
}

/// Reads a job and its organization for writing: the one changes, the other stays as it is until the
/// transaction ends. Whoever locks both takes the organization first.
///
/// # Errors
/// Whatever the database answers.
pub async fn lock(
    txn: &DatabaseTransaction,
    job: &Model,
) -> Result<Option<(Model, organization::Model)>, DbErr> {
    let Some(organization) = lock_employer(txn, job.organization_id).await? else {
        return Ok(None);
    };
    let mut query = job::Entity::find_by_id(job.id);
    // SQLite has one writer, and this transaction is it.
    if txn.get_database_backend() == DbBackend::Postgres {
        query = query.lock(LockType::Update);
    }
    let row = query.one(txn).await?;
    // Merged away in between: its job has another employer now.
    let row = row.filter(|row| row.organization_id == organization.id);
    Ok(row.map(|row| (row, organization)))
}

/// Reads an organization whose jobs are written: it does not leave the public meanwhile.
///
/// # Errors
/// Whatever the database answers.
pub async fn lock_employer(
    txn: &DatabaseTransaction,
    id: entity::ids::OrganizationId,
) -> Result<Option<organization::Model>, DbErr> {
    let mut query = organization::Entity::find_by_id(id);
    if txn.get_database_backend() == DbBackend::Postgres {
        query = query.lock(LockType::Share);
    }
    query.one(txn).await
}

/// Takes the old values out of the history of these jobs: what is deleted is erased there too.
///
/// # Errors
/// Whatever the database answers.
pub async fn erase_history(txn: &DatabaseTransaction, ids: &[JobId]) -> Result<(), DbErr> {
    change::Entity::update_many()
        .col_expr(change::Column::Fields, Expr::value(serde_json::json!([])))
        .col_expr(change::Column::Note, Expr::value(None::<String>))
        .filter(change::Column::Kind.eq(Kind::Job))
        .filter(change::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .exec(txn)
        .await?;
    Ok(())
}

/// A tombstone: what has to stay so that the slug and the source id are never given again.
pub fn tombstone() -> ActiveModel {
    let nothing = JobInput {
        title: "deleted".to_owned(),
        ..JobInput::default()
    };
    ActiveModel {
        status: Set(Status::Deleted),
        source_url: Set(None),
        valid_through: Set(None),
        ..nothing.into_columns()
    }
}

impl From<Location> for JobLocation {
    fn from(
        Location {
            locality,
            region,
            country,
            lat,
            lon,
        }: Location,
    ) -> Self {
        Self {
            locality,
            region,
            country,
            lat,
            lon,
        }
    }
}

impl From<JobLocation> for Location {
    fn from(
        JobLocation {
            locality,
            region,
            country,
            lat,
            lon,
        }: JobLocation,
    ) -> Self {
        Self {
            locality,
            region,
            country,
            lat,
            lon,
        }
    }
}

impl From<job::Membership> for Membership {
    fn from(stored: job::Membership) -> Self {
        Self {
            track: stored.track,
            probation_months: stored.probation_months,
            buy_in: stored.buy_in.map(|buy_in| BuyIn {
                amount: buy_in.amount,
                currency: buy_in.currency,
                refundable: buy_in.refundable,
                instalments: buy_in.instalments,
            }),
            votes: stored.votes,
        }
    }
}

impl From<Membership> for job::Membership {
    fn from(given: Membership) -> Self {
        Self {
            track: given.track,
            probation_months: given.probation_months,
            buy_in: given.buy_in.map(|buy_in| job::BuyIn {
                amount: buy_in.amount,
                currency: buy_in.currency,
                refundable: buy_in.refundable,
                instalments: buy_in.instalments,
            }),
            votes: given.votes,
        }
    }
}

/// Those of these jobs that are public at a moment, each with its organization.
///
/// # Errors
/// Whatever the database answers.
pub async fn public(
    db: &impl ConnectionTrait,
    ids: Vec<Uuid>,
    now: DateTime<Utc>,
) -> Result<Vec<(Model, Arc<organization::Model>)>, DbErr> {
    let jobs = job::Entity::public(now)
        .filter(job::Column::Id.is_in(ids.into_iter().map(JobId)))
        .all(db)
        .await?;
    with_employers(db, jobs).await
}

/// Jobs, each with its organization.
///
/// # Errors
/// Whatever the database answers.
pub async fn with_employers(
    db: &impl ConnectionTrait,
    jobs: Vec<Model>,
) -> Result<Vec<(Model, Arc<organization::Model>)>, DbErr> {
    let ids: HashSet<_> = jobs.iter().map(|job| job.organization_id).collect();
    let employers: HashMap<_, _> = organization::Entity::find()
        .filter(organization::Column::Id.is_in(ids))
        .all(db)
        .await?
        .into_iter()
        .map(|row| (row.id, Arc::new(row)))
        .collect();
    let with_employer = |job: Model| {
        let employer = employers.get(&job.organization_id)?;
        Some((job, Arc::clone(employer)))
    };
    Ok(jobs.into_iter().filter_map(with_employer).collect())
}
