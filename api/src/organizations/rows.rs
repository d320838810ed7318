//! Between rows and what clients set.

use crate::error::ApiError;
use crate::organizations::editor::gone;
use crate::organizations::input::{Address, Location, OrganizationInput};
use crate::vocabulary::rules::canonical_language;
use crate::vocabulary::url::normal_url;
use entity::attestation::Summaries;
use entity::change::{self, Kind};
use entity::ids::OrganizationId;
use entity::organization::{
    self, ActiveModel, Identifiers, Links, Model, Status, Strings, VerificationLevel,
};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr,
    EntityTrait, QueryFilter, QuerySelect,
};

impl From<Model> for OrganizationInput {
    fn from(row: Model) -> Self {
        let address = Address {
            street: row.street,
            locality: row.locality,
            region: row.region,
            postal_code: row.postal_code,
            country: row.country,
        };
        Self {
            name: row.name,
            legal_name: row.legal_name,
            summary: row.summary,
            description: row.description,
            organization_type: row.organization_type,
            sectors: row.sectors.0,
            tags: row.tags.0,
            technologies: row.technologies.0,
            languages: row.languages.0,
            website: row.website,
            email: row.email,
            phone: row.phone,
            links: row.links.0.into_iter().map(Into::into).collect(),
            founded_on: row.founded_on,
            dissolved_on: row.dissolved_on,
            members_count: row.members_count,
            employees_count: row.employees_count,
            logo_url: row.logo_url,
            legal_form: row.legal_form,
            identifiers: row.identifiers.0.into_iter().map(Into::into).collect(),
            address: (address != Address::default()).then_some(address),
            location: row.lat.zip(row.lon).map(|(lat, lon)| Location { lat, lon }),
            networks: row.networks.0,
            status: Some(row.status),
        }
    }
}

impl OrganizationInput {
    /// The same in the form it has once stored: an address without parts is no address, a language
    /// has one spelling, there is one zero (SQLite keeps no sign of it), and URLs are URIs.
    #[must_use]
    pub fn normalized(mut self) -> Self {
        let links = self.links.iter_mut().map(|link| &mut link.url);
        for url in links.chain(&mut self.website).chain(&mut self.logo_url) {
            if let Ok(normal) = normal_url(url) {
                *url = normal;
            }
        }
        self.location = self.location.map(|point| Location {
            lat: point.lat + 0.0,
            lon: point.lon + 0.0,
        });
        self.address = self
            .address
            .filter(|address| *address != Address::default());
        for tag in &mut self.languages {
            *tag = canonical_language(tag);
        }
        self
    }

    /// The columns a client sets. The status, the source and the record's own columns are left alone.
    pub fn into_columns(self) -> ActiveModel {
        let Self {
            name,
            legal_name,
            summary,
            description,
            organization_type,
            sectors,
            tags,
            technologies,
            languages,
            website,
            email,
            phone,
            links,
            founded_on,
            dissolved_on,
            members_count,
            employees_count,
            logo_url,
            legal_form,
            identifiers,
            address,
            location,
            networks,
            status: _,
        } = self;
        let Address {
            street,
            locality,
            region,
            postal_code,
            country,
        } = address.unwrap_or_default();
        ActiveModel {
            name: Set(name),
            legal_name: Set(legal_name),
            summary: Set(summary),
            description: Set(description),
            organization_type: Set(organization_type),
            sectors: Set(Strings(sectors)),
            tags: Set(Strings(tags)),
            technologies: Set(Strings(technologies)),
            languages: Set(Strings(languages)),
            networks: Set(Strings(networks)),
            links: Set(Links(links.into_iter().map(Into::into).collect())),
            identifiers: Set(Identifiers(
                identifiers.into_iter().map(Into::into).collect(),
            )),
            website: Set(website),
            email: Set(email),
            phone: Set(phone),
            logo_url: Set(logo_url),
            legal_form: Set(legal_form),
            founded_on: Set(founded_on),
            dissolved_on: Set(dissolved_on),
            members_count: Set(members_count),
            employees_count: Set(employees_count),
            street: Set(street),
            locality: Set(locality),
            region: Set(region),
            postal_code: Set(postal_code),
            country: Set(country),
            lat: Set(location.map(|point| point.lat)),
            lon: Set(location.map(|point| point.lon)),
            ..Default::default()
        }
    }
}

/// The number of the record's latest change, which its entity tag is made from.
///
/// # Errors
/// Whatever the database answers.
pub async fn change_number(db: &impl ConnectionTrait, id: OrganizationId) -> Result<i64, ApiError> {
    latest_change(db, id).await.map(|(number, _)| number)
}

/// The number of the record's latest change, and the record's version after it.
///
/// # Errors
/// Whatever the database answers.
pub async fn latest_change(
    db: &impl ConnectionTrait,
    id: OrganizationId,
) -> Result<(i64, i32), ApiError> {
    let latest: Option<(i64, i32)> = change::Entity::of(Kind::Organization, id.0)
        .select_only()
        .column(change::Column::Seq)
        .column(change::Column::Version)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    latest.ok_or(ApiError::Internal("a record is not in the change log"))
}

/// Reads a row for writing: nobody else changes it until the transaction ends.
///
/// # Errors
/// Whatever the database answers.
pub async fn lock(txn: &DatabaseTransaction, id: OrganizationId) -> Result<Option<Model>, DbErr> {
    let mut query = organization::Entity::find_by_id(id);
    // SQLite has one writer, and this transaction is it.
    if txn.get_database_backend() == DbBackend::Postgres {
        query = query.lock(LockType::Update);
    }
    query.one(txn).await
}

/// The same, of a record that is still one.
///
/// # Errors
/// 410 when it is deleted or merged, or whatever the database answers.
pub async fn lock_present(
    txn: &DatabaseTransaction,
    id: OrganizationId,
) -> Result<Model, ApiError> {
    lock(txn, id)
        .await?
        .filter(|row| !matches!(row.status, Status::Deleted | Status::Merged))
        .ok_or_else(gone)
}

/// A tombstone: what has to stay so that the slug and the source id are never given again.
pub fn tombstone() -> ActiveModel {
    let nothing = OrganizationInput {
        name: "deleted".to_owned(),
        organization_type: "other".to_owned(),
        ..OrganizationInput::default()
    };
    ActiveModel {
        status: Set(Status::Deleted),
        source_url: Set(None),
        verification_level: Set(VerificationLevel::None),
        attestations: Set(Summaries::default()),
        ..nothing.into_columns()
    }
}

/// Takes the old values out of a record's history: what is deleted is erased there too. That
/// something happened, and when, stays.
///
/// # Errors
/// Whatever the database answers.
pub async fn erase_history(txn: &DatabaseTransaction, id: OrganizationId) -> Result<(), DbErr> {
    change::Entity::update_many()
        .col_expr(change::Column::Fields, Expr::value(serde_json::json!([])))
        .col_expr(change::Column::Note, Expr::value(None::<String>))
        .filter(change::Column::Kind.eq(Kind::Organization))
        .filter(change::Column::Id.eq(id.0))
        .exec(txn)
        .await?;
    Ok(())
}
