//! What a new API client is made of.

use crate::error::ApiError;
use crate::http::body::JsonObject;
use crate::http::members::Members;
use crate::http::problem::{Fault, Faults};
use crate::vocabulary::validation;
use entity::account::Role;
use entity::api_client::{Scope, Scopes};
use entity::ids::{AccountId, OrganizationId};
use entity::membership::{self, MembershipRole};
use entity::organization::{self, Status, Viewer};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Longest name, in characters.
const MAX_NAME_CHARS: usize = 100;

/// A new API client.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Website sync", "scopes": ["organizations:write"], "organization_id": "0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071"}))]
pub struct ApiClientInput {
    /// What to call it.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub name: String,
    /// What it may do.
    #[schema(schema_with = crate::api_clients::input::scopes)]
    pub scopes: Vec<String>,
    /// The only organization it may act for. You must be its owner.
    #[schema(required = false)]
    pub organization_id: Option<Uuid>,
    /// The only source it may push to. Only admins may set it.
    #[schema(
        min_length = 1,
        max_length = 60,
        pattern = "^[A-Za-z0-9._-]+$",
        required = false
    )]
    pub source: Option<String>,
}

/// A list of scopes.
pub fn scopes() -> utoipa::openapi::Array {
    let names = crate::vocabulary::schema::words(Scope::ALL.into_iter().map(Scope::name));
    utoipa::openapi::ArrayBuilder::new()
        .items(names)
        .min_items(Some(1))
        .max_items(Some(Scope::ALL.len()))
        .unique_items(true)
        .build()
}

/// A new API client that was checked for its form.
pub struct NewClient {
    /// What to call it.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// The only organization it may act for.
    pub organization: Option<OrganizationId>,
    /// The only source it may push to.
    pub source: Option<String>,
}

impl NewClient {
    /// Reads a body.
    pub fn read(body: JsonObject) -> Result<Self, ApiError> {
        let mut members = Members::new(body.members);
        let name = members.required_text("name");
        let names = members.strings("scopes", Scope::ALL.len());
        let organization: Option<Uuid> =
            members.read("organization_id", "the id of an organization");
        let source = members.text("source");
        let mut faults = members.finish();
        let scopes = check_scopes(&names, &mut faults);
        check_name(&name, &mut faults);
        if source
            .as_deref()
            .is_some_and(|source| !is_source_name(source))
        {
            faults.push(Fault::new("/source", "use 1 to 60 letters, digits, - _ ."));
        }
        faults.or_none(Self {
            name,
            scopes,
            organization: organization.map(OrganizationId),
            source,
        })
    }

    /// Checks that an account may make this client: it gets no right that its maker has not.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`], or [`ApiError::NotFound`] for an organization one may not know of.
    pub async fn check_rights(
        &self,
        db: &impl ConnectionTrait,
        account: AccountId,
        role: Role,
    ) -> Result<(), ApiError> {
        let pushes = self.source.is_some() || self.scopes.0.contains(&Scope::SourcesPush);
        if pushes && role != Role::Admin {
            return Err(ApiError::Forbidden(
                "only admins may make clients that push to sources".to_owned(),
            ));
        }
        let Some(id) = self.organization else {
            return Ok(());
        };
        organization::Entity::visible_to(Viewer::Account(account, role))
            .filter(organization::Column::Id.eq(id))
            .filter(organization::Column::Status.is_not_in([Status::Deleted, Status::Merged]))
            .one(db)
            .await?
            .ok_or_else(|| {
                ApiError::NotFound("there is no organization with this id".to_owned())
            })?;
        let membership = membership::Entity::find_by_id((id, account))
            .one(db)
            .await?;
        match membership {
            Some(membership) if membership.role == MembershipRole::Owner => Ok(()),
            _ => Err(ApiError::Forbidden(
                "only an owner of the organization may make a client for it".to_owned(),
            )),
        }
    }
}

/// Notes what is wrong with a client's name.
pub fn check_name(name: &str, faults: &mut Faults) {
    if name.chars().count() > MAX_NAME_CHARS {
        let detail = format!("may have at most {MAX_NAME_CHARS} characters");
        faults.push(Fault::new("/name", detail));
    } else if validation::line(name).is_err() {
        faults.push(Fault::new("/name", "may not contain control characters"));
    } else if name.trim().is_empty() && !faults.tell_of("/name") {
        faults.push(Fault::new("/name", "may not be empty"));
    }
}

fn check_scopes(names: &[String], faults: &mut Faults) -> Scopes {
    let mut scopes = Vec::new();
    for (index, name) in names.iter().enumerate() {
        match Scope::named(name) {
            Some(scope) if scopes.contains(&scope) => {
                faults.push(Fault::new(format!("/scopes/{index}"), "is there twice"));
            }
            Some(scope) => scopes.push(scope),
            None => {
                let known = Scope::ALL.map(Scope::name).join(", ");
                let detail = format!("must be one of {known}");
                faults.push(Fault::new(format!("/scopes/{index}"), detail));
            }
        }
    }
    if scopes.is_empty() && !faults.tell_of("/scopes") {
        faults.push(Fault::new("/scopes", "must name at least one scope"));
    }
    Scopes(scopes)
}

/// Whether a source may be called so.
pub fn is_source_name(name: &str) -> bool {
    let known = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.');
    (1..=60).contains(&name.len()) && name.chars().all(known)
}
