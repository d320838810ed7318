//! The organizations whose level may change, and what speaks for them, from the database.

use crate::verification::levels::{Standing, Weight, Word, levels};
use crate::vocabulary::domain::domain_of;
use chrono::{DateTime, Utc};
use entity::attestation::{self, Authority, Summaries};
use entity::claim;
use entity::ids::OrganizationId;
use entity::organization::{Column, Entity, Status, VerificationLevel};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::{HashMap, HashSet};

/// Ids per query.
pub const BATCH: usize = 500;

/// What matters of an organization, as its row has it.
pub struct Row {
    status: Status,
    organization_type: String,
    website: Option<String>,
    /// Level that is stored.
    pub level: VerificationLevel,
    /// Attestations that are stored.
    pub attestations: Summaries,
}

/// Organizations whose level is looked at anew, with all who vouch for them.
pub struct Graph {
    now: DateTime<Utc>,
    rows: HashMap<OrganizationId, Row>,
    inside: HashMap<OrganizationId, Vec<attestation::Model>>,
    proven: HashSet<OrganizationId>,
}

impl Graph {
    /// The organizations that changed and those downstream of them whose level may change with
    /// theirs, and the level of each. Whoever is neither verified before nor after is not walked
    /// past: nobody stands on it.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn around(
        txn: &DatabaseTransaction,
        changed: &[OrganizationId],
        now: DateTime<Utc>,
    ) -> Result<(Self, HashMap<OrganizationId, VerificationLevel>), DbErr> {
        let mut graph = Self {
            now,
            rows: HashMap::new(),
            inside: HashMap::new(),
            proven: HashSet::new(),
        };
        let changed: HashSet<_> = changed.iter().copied().collect();
        graph
            .take_in(txn, changed.iter().copied().collect())
            .await?;
        let mut walked = HashSet::new();
        loop {
            let levels = graph.levels();
            let next: Vec<_> = levels
                .iter()
                .filter(|(id, level)| {
                    changed.contains(id)
                        || **level == VerificationLevel::Verified
                        || graph.was_verified(**id)
                })
                .map(|(id, _)| *id)
                .filter(|id| !walked.contains(id))
                .collect();
            if next.is_empty() {
                return Ok((graph, levels));
            }
            let reached = graph.reached_from(txn, &next).await?;
            walked.extend(next);
            graph.take_in(txn, reached).await?;
        }
    }

    /// What the row of an organization says now; `None` of one that is not there.
    pub fn row(&self, id: OrganizationId) -> Option<&Row> {
        self.rows.get(&id)
    }

    /// What its row should list: the attestations that hold, oldest first, of issuers that are public.
    pub fn attestations(&self, id: OrganizationId) -> Summaries {
        let held = self.inside.get(&id).into_iter().flatten();
        Summaries(
            held.filter(|attestation| self.is_shown(attestation))
                .cloned()
                .map(Into::into)
                .collect(),
        )
    }

    fn was_verified(&self, id: OrganizationId) -> bool {
        self.rows
            .get(&id)
            .is_some_and(|row| row.level == VerificationLevel::Verified)
    }

    fn is_shown(&self, attestation: &attestation::Model) -> bool {
        attestation
            .issuer_organization_id
            .is_none_or(|issuer| self.is_public(issuer))
    }

    fn is_public(&self, id: OrganizationId) -> bool {
        self.rows
            .get(&id)
            .is_some_and(|row| row.status == Status::Published)
    }

    fn levels(&self) -> HashMap<OrganizationId, VerificationLevel> {
        let standings: HashMap<_, _> = self
            .inside
            .iter()
            .map(|(id, held)| (*id, self.standing(*id, held)))
            .collect();
        levels(&standings, |id| self.was_verified(id))
    }

    fn standing(&self, id: OrganizationId, held: &[attestation::Model]) -> Standing {
        Standing {
            is_anchored: held
                .iter()
                .any(|attestation| attestation.authority == Authority::Moderator),
            is_proven: self.proven.contains(&id),
            words: held.iter().filter_map(|held| self.word(held)).collect(),
        }
    }

    fn word(&self, attestation: &attestation::Model) -> Option<Word> {
        let issuer = attestation.issuer_organization_id?;
        let row = self.rows.get(&issuer)?;
        let weight = match attestation.authority {
            // Once a federation is none any more, its word is not that of one.
            Authority::Partner if row.organization_type == FEDERATION => Weight::Partner,
            Authority::Peer => Weight::Peer,
            Authority::Partner | Authority::Moderator => return None,
        };
        self.is_public(issuer).then_some(Word {
            issuer,
            weight,
            by: attestation.issued_by,
        })
    }

    /// Organizations that these vouch for and that are not looked at yet.
    async fn reached_from(
        &self,
        txn: &DatabaseTransaction,
        issuers: &[OrganizationId],
    ) -> Result<Vec<OrganizationId>, DbErr> {
        let mut reached = HashSet::new();
        for issuers in issuers.chunks(BATCH) {
            let ids: Vec<OrganizationId> = attestation::Entity::live(self.now)
                .select_only()
                .column(attestation::Column::OrganizationId)
                .filter(attestation::Column::IssuerOrganizationId.is_in(issuers.iter().copied()))
                .distinct()
                .into_tuple()
                .all(txn)
                .await?;
            reached.extend(ids);
        }
        reached.retain(|id| !self.inside.contains_key(id));
        Ok(reached.into_iter().collect())
    }

    async fn take_in(
        &mut self,
        txn: &DatabaseTransaction,
        ids: Vec<OrganizationId>,
    ) -> Result<(), DbErr> {
        for ids in ids.chunks(BATCH) {
            self.load_rows(txn, ids).await?;
            self.inside.extend(ids.iter().map(|id| (*id, Vec::new())));
            // Nobody vouches for a tombstone.
            let ids: Vec<_> = ids
                .iter()
                .copied()
                .filter(|id| self.rows.get(id).is_some_and(is_kept))
                .collect();
            let held = attestation::Entity::holding(self.now)
                .filter(attestation::Column::OrganizationId.is_in(ids.iter().copied()))
                .order_by_asc(attestation::Column::Id)
                .all(txn)
                .await?;
            let issuers: HashSet<_> = held
                .iter()
                .filter_map(|attestation| attestation.issuer_organization_id)
                .filter(|id| !self.rows.contains_key(id))
                .collect();
            let issuers: Vec<_> = issuers.into_iter().collect();
            for issuers in issuers.chunks(BATCH) {
                self.load_rows(txn, issuers).await?;
            }
            for attestation in held {
                if let Some(held) = self.inside.get_mut(&attestation.organization_id) {
                    held.push(attestation);
                }
            }
            self.load_claims(txn, &ids).await?;
        }
        Ok(())
    }

    async fn load_rows(
        &mut self,
        txn: &DatabaseTransaction,
        ids: &[OrganizationId],
    ) -> Result<(), DbErr> {
        type Columns = (
            OrganizationId,
            Status,
            String,
            Option<String>,
            VerificationLevel,
            Summaries,
        );
        let rows: Vec<Columns> = Entity::find()
            .select_only()
            .columns([
                Column::Id,
                Column::Status,
                Column::OrganizationType,
                Column::Website,
                Column::VerificationLevel,
                Column::Attestations,
            ])
            .filter(Column::Id.is_in(ids.iter().copied()))
            .into_tuple()
            .all(txn)
            .await?;
        self.rows.extend(rows.into_iter().map(
            |(id, status, organization_type, website, level, attestations)| {
                let row = Row {
                    status,
                    organization_type,
                    website,
                    level,
                    attestations,
                };
                (id, row)
            },
        ));
        Ok(())
    }

    /// Whose domain is proven: that of the website as it is now.
    async fn load_claims(
        &mut self,
        txn: &DatabaseTransaction,
        ids: &[OrganizationId],
    ) -> Result<(), DbErr> {
        let claims: Vec<(OrganizationId, String)> = claim::Entity::find()
            .select_only()
            .columns([claim::Column::OrganizationId, claim::Column::Domain])
            .filter(claim::Column::OrganizationId.is_in(ids.iter().copied()))
            .filter(claim::Column::Status.eq(claim::Status::Verified))
            .into_tuple()
            .all(txn)
            .await?;
        for (id, domain) in claims {
            let website = self.rows.get(&id).and_then(|row| row.website.as_deref());
            if website.and_then(domain_of) == Some(domain) {
                self.proven.insert(id);
            }
        }
        Ok(())
    }
}

/// The organization type whose members it may speak of.
pub const FEDERATION: &str = "federation";

fn is_kept(row: &Row) -> bool {
    !matches!(row.status, Status::Deleted | Status::Merged)
}
