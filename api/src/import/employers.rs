//! Whose a job is that a source names in its own words.

use crate::duplicates::keys;
use crate::formats::jobs::EmployerName;
use crate::vocabulary::domain::{domain_of, is_shared};
use entity::ids::OrganizationId;
use entity::organization::{Column, Entity, Model, Status};
use entity::organization_key;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect,
};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Organizations that are looked at for one batch, at most: more share a name than tell anything.
const MOST: u64 = 5_000;

/// What is found out once about each employer of an import.
pub struct Employers {
    /// For rows that name none.
    default: Option<OrganizationId>,
    known: HashMap<EmployerName, Result<OrganizationId, String>>,
}

impl Employers {
    /// Nothing is known yet.
    pub fn new(default: Option<OrganizationId>) -> Self {
        Self {
            default,
            known: HashMap::new(),
        }
    }

    /// Looks for those that were not looked for yet, in three queries however many they are.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn look_for(
        &mut self,
        db: &impl ConnectionTrait,
        names: impl Iterator<Item = &EmployerName>,
        source: &str,
    ) -> Result<(), DbErr> {
        let new: HashSet<&EmployerName> = names
            .filter(|name| !self.known.contains_key(*name))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let candidates = candidates(db, &new, source).await?;
        for name in new {
            let found = self.decide(name, &candidates, source);
            self.known.insert(name.clone(), found);
        }
        Ok(())
    }

    /// Who it is, or why that is not known.
    pub fn get(&self, name: &EmployerName) -> Result<OrganizationId, String> {
        self.known
            .get(name)
            .cloned()
            .unwrap_or_else(|| Err("its organization was not looked for".to_owned()))
    }

    /// By id, by its id at the source, by slug, by the domain of its website, by name: the first that
    /// the row has and that names a published organization here.
    fn decide(
        &self,
        name: &EmployerName,
        candidates: &[Model],
        source: &str,
    ) -> Result<OrganizationId, String> {
        if *name == EmployerName::default() {
            return self.default.ok_or_else(|| {
                "it names no organization; give --organization for such rows".to_owned()
            });
        }
        let of_source = |row: &&Model| {
            row.source_name.as_deref() == Some(source)
                && name.external_id.is_some()
                && row.external_id == name.external_id
        };
        let certain = candidates
            .iter()
            .find(|row| name.id == Some(row.id.0))
            .or_else(|| candidates.iter().find(of_source))
            .or_else(|| candidates.iter().find(|row| is_slug(name, row)));
        if let Some(row) = certain {
            return match (row.status, row.merged_into) {
                (Status::Published, _) => Ok(row.id),
                (_, Some(survivor)) => Ok(survivor),
                _ => Err(format!(
                    "its organization {:?} is not published here",
                    row.name
                )),
            };
        }
        let domains = domains(name);
        let published = || {
            candidates
                .iter()
                .filter(|row| row.status == Status::Published)
        };
        let with_domain: Vec<&Model> = published()
            .filter(|row| {
                row.website
                    .as_deref()
                    .and_then(domain_of)
                    .is_some_and(|own| domains.contains(&own))
            })
            .collect();
        if let Some(found) = one_of(&with_domain, name)? {
            return Ok(found);
        }
        let with_name: Vec<&Model> = published().filter(|row| is_name(name, row)).collect();
        if let Some(found) = one_of(&with_name, name)? {
            return Ok(found);
        }
        Err(format!("no published organization is {}", in_words(name)))
    }
}

/// The only one; of several with a domain, the only one of the name.
fn one_of(rows: &[&Model], name: &EmployerName) -> Result<Option<OrganizationId>, String> {
    match rows {
        [] => Ok(None),
        [one] => Ok(Some(one.id)),
        several => {
            let mut of_name = several.iter().filter(|row| is_name(name, row));
            match (of_name.next(), of_name.next()) {
                (Some(one), None) => Ok(Some(one.id)),
                _ => Err(format!(
                    "{} published organizations are {}; name it by organization_id",
                    several.len(),
                    in_words(name)
                )),
            }
        }
    }
}

fn in_words(name: &EmployerName) -> String {
    let mut words = Vec::new();
    words.extend(name.id.map(|id| format!("of id {id}")));
    words.extend(
        name.external_id
            .as_ref()
            .map(|id| format!("{id:?} at this source")),
    );
    words.extend(name.slug.as_ref().map(|slug| format!("of slug {slug:?}")));
    words.extend(domains(name).iter().map(|domain| format!("at {domain}")));
    words.extend(name.name.as_ref().map(|name| format!("called {name:?}")));
    words.join(" or ")
}

/// A slug from elsewhere may be somebody else's here: where the row has a name as well, that counts too.
fn is_slug(name: &EmployerName, row: &Model) -> bool {
    name.slug.as_ref() == Some(&row.slug) && (name.name.is_none() || is_name(name, row))
}

/// Case and spaces folded, the name or the registered name.
fn is_name(name: &EmployerName, row: &Model) -> bool {
    let fold = |text: &str| {
        let words: Vec<_> = text.split_whitespace().map(str::to_lowercase).collect();
        words.join(" ")
    };
    let Some(wanted) = name.name.as_deref().map(fold) else {
        return false;
    };
    [Some(&row.name), row.legal_name.as_ref()]
        .into_iter()
        .flatten()
        .any(|own| fold(own) == wanted)
}

/// Domains that tell who somebody is.
fn domains(name: &EmployerName) -> BTreeSet<String> {
    let domains = name.websites.iter().filter_map(|page| domain_of(page));
    domains.filter(|domain| !is_shared(domain)).collect()
}

/// Every organization that any of these names may mean.
async fn candidates(
    db: &impl ConnectionTrait,
    names: &HashSet<&EmployerName>,
    source: &str,
) -> Result<Vec<Model>, DbErr> {
    let ids = names.iter().filter_map(|name| name.id).map(OrganizationId);
    let slugs = names.iter().filter_map(|name| name.slug.as_deref());
    let external = names.iter().filter_map(|name| name.external_id.as_deref());
    let certain = Condition::any()
        .add(Column::Id.is_in(ids))
        .add(Column::Slug.is_in(slugs))
        .add(
            Condition::all()
                .add(Column::SourceName.eq(source))
                .add(Column::ExternalId.is_in(external)),
        );
    let mut rows = Entity::find().filter(certain).limit(MOST).all(db).await?;

    let wanted: BTreeSet<String> = names
        .iter()
        .flat_map(|name| {
            let of_name = name.name.as_deref().map(keys::of_name);
            let of_domains = domains(name)
                .into_iter()
                .map(|domain| keys::of_domain(&domain));
            of_name.into_iter().chain(of_domains)
        })
        .collect();
    let with_keys: Vec<OrganizationId> = organization_key::Entity::find()
        .select_only()
        .column(organization_key::Column::OrganizationId)
        .distinct()
        .filter(organization_key::Column::Key.is_in(wanted))
        .limit(MOST)
        .into_tuple()
        .all(db)
        .await?;
    rows.extend(
        Entity::public()
            .filter(Column::Id.is_in(with_keys))
            .all(db)
            .await?,
    );
    let mut seen = HashSet::new();
    rows.retain(|row| seen.insert(row.id));
    Ok(rows)
}
