//! From who vouches for whom to levels. Pure.

use entity::ids::{AccountId, OrganizationId};
use entity::organization::VerificationLevel;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::BuildHasher;

/// So many organizations that are verified make another one verified.
const PEERS: usize = 2;

/// What the word of an organization counts for, if it is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// A federation speaks of its member: enough alone.
    Partner,
    /// One of several that are needed.
    Peer,
}

/// The word of an organization for another; it counts if the issuer is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Who vouches.
    pub issuer: OrganizationId,
    /// What for.
    pub weight: Weight,
    /// The person who wrote it down for the issuer.
    pub by: AccountId,
}

/// What speaks for an organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// A moderator vouches.
    pub is_anchored: bool,
    /// Its domain is proven.
    pub is_proven: bool,
    /// Other organizations vouch.
    pub words: Vec<Word>,
}

impl Standing {
    /// The level if exactly these others are verified.
    fn level(&self, is_verified: impl Fn(OrganizationId) -> bool) -> VerificationLevel {
        let heard = || self.words.iter().filter(|word| is_verified(word.issuer));
        let vouches = || heard().filter(|word| word.weight == Weight::Peer);
        let issuers: HashSet<_> = vouches().map(|word| word.issuer).collect();
        // One person who speaks for two organizations is one voice.
        let people: HashSet<_> = vouches().map(|word| word.by).collect();
        let peers = issuers.len().min(people.len());
        let is_partners = heard().any(|word| word.weight == Weight::Partner);
        if self.is_anchored || is_partners || peers >= PEERS {
            VerificationLevel::Verified
        } else if peers > 0 {
            VerificationLevel::Partner
        } else if self.is_proven {
            VerificationLevel::Itself
        } else {
            VerificationLevel::None
        }
    }
}

/// The level of each: the least there can be. It starts from those whom a moderator vouches for, and
/// from `outside` (who is verified and does not depend on any of these), and grows; so a ring of
/// organizations that vouch for each other, and for whom nobody else does, is not verified.
pub fn levels<S: BuildHasher>(
    inside: &HashMap<OrganizationId, Standing, S>,
    outside: impl Fn(OrganizationId) -> bool,
) -> HashMap<OrganizationId, VerificationLevel> {
    let mut hopeful: HashMap<OrganizationId, Vec<OrganizationId>> = HashMap::new();
    for (id, standing) in inside {
        for word in &standing.words {
            hopeful.entry(word.issuer).or_default().push(*id);
        }
    }
    let mut levels: HashMap<_, _> = inside
        .keys()
        .map(|id| (*id, VerificationLevel::None))
        .collect();
    let mut open: VecDeque<_> = inside.keys().copied().collect();
    while let Some(id) = open.pop_front() {
        let (Some(standing), Some(before)) = (inside.get(&id), levels.get(&id).copied()) else {
            continue;
        };
        let level = standing.level(|issuer| {
            levels.get(&issuer).map_or_else(
                || outside(issuer),
                |level| *level == VerificationLevel::Verified,
            )
        });
        if level == before {
            continue;
        }
        levels.insert(id, level);
        if level == VerificationLevel::Verified {
            open.extend(hopeful.get(&id).into_iter().flatten());
        }
    }
    levels
}

#[cfg(test)]
#[path = "levels_tests.rs"]
mod tests;
