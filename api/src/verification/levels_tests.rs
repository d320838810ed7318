use super::*;
use proptest::prelude::*;
use uuid::Uuid;

/// Inside are 0 to 5, outside 6 (verified) and 7 (not).
const INSIDE: u8 = 6;

fn id(number: u8) -> OrganizationId {
    OrganizationId(Uuid::from_u128(u128::from(number)))
}

fn word(issuer: u8, weight: Weight) -> Word {
    Word {
        issuer: id(issuer),
        weight,
        by: AccountId(id(issuer).0),
    }
}

fn graph(standings: Vec<Standing>) -> HashMap<OrganizationId, Standing> {
    (0..).map(id).zip(standings).collect()
}

fn computed(
    graph: &HashMap<OrganizationId, Standing>,
) -> HashMap<OrganizationId, VerificationLevel> {
    levels(graph, |issuer| issuer == id(6))
}

fn anchored() -> Standing {
    Standing {
        is_anchored: true,
        ..Standing::default()
    }
}

fn peers(issuers: &[u8]) -> Standing {
    let words = issuers.iter().map(|issuer| word(*issuer, Weight::Peer));
    Standing {
        words: words.collect(),
        ..Standing::default()
    }
}

#[test]
fn each_rule() {
    use VerificationLevel::{Itself, None, Partner, Verified};
    let proven = Standing {
        is_proven: true,
        ..Standing::default()
    };
    let member = |issuer| Standing {
        words: vec![word(issuer, Weight::Partner)],
        ..Standing::default()
    };
    for (standing, level) in [
        (Standing::default(), None),
        (proven.clone(), Itself),
        (anchored(), Verified),
        (member(6), Verified),
        (member(7), None),
        (peers(&[6]), Partner),
        (peers(&[6, 6]), Partner),
        (peers(&[6, 7]), Partner),
        (peers(&[7, 7]), None),
        (
            Standing {
                is_proven: true,
                ..peers(&[7])
            },
            Itself,
        ),
    ] {
        let graph = graph(vec![standing.clone()]);
        assert_eq!(computed(&graph)[&id(0)], level, "{standing:?}");
    }
}

#[test]
fn a_ring_holds_only_what_is_anchored_elsewhere() {
    let ring = vec![peers(&[1, 2]), peers(&[0, 2]), peers(&[0, 1])];
    let none = computed(&graph(ring.clone()));
    assert!(none.values().all(|level| *level == VerificationLevel::None));
    let mut two = ring;
    two[0].is_anchored = true;
    two[1].is_anchored = true;
    let all = computed(&graph(two));
    assert!(
        all.values()
            .all(|level| *level == VerificationLevel::Verified)
    );
}

fn standing() -> impl Strategy<Value = Standing> {
    let word = (0..8_u8, any::<bool>()).prop_map(|(issuer, partner)| {
        word(
            issuer,
            if partner {
                Weight::Partner
            } else {
                Weight::Peer
            },
        )
    });
    (
        prop::bool::weighted(0.15),
        any::<bool>(),
        prop::collection::vec(word, 0..5),
    )
        .prop_map(|(is_anchored, is_proven, words)| Standing {
            is_anchored,
            is_proven,
            words,
        })
}

/// Who is verified by the definition: those who are in every set that is closed under the rules.
fn model(graph: &HashMap<OrganizationId, Standing>) -> HashSet<OrganizationId> {
    let mut least: HashSet<_> = graph.keys().copied().collect();
    for bits in 0..1_u8 << INSIDE {
        let set: HashSet<_> = (0..INSIDE).filter(|n| bits >> n & 1 == 1).map(id).collect();
        let holds = |issuer| set.contains(&issuer) || issuer == id(6);
        let is_closed = graph.iter().all(|(id, standing)| {
            set.contains(id) || standing.level(holds) != VerificationLevel::Verified
        });
        if is_closed {
            least.retain(|id| set.contains(id));
        }
    }
    least
}

proptest! {
    #[test]
    fn the_least_fixpoint(standings in prop::collection::vec(standing(), usize::from(INSIDE))) {
        let graph = graph(standings);
        let verified = model(&graph);
        let computed = computed(&graph);
        for (id, standing) in &graph {
            let expected = standing.level(|issuer| {
                verified.contains(&issuer) || issuer == super::tests::id(6)
            });
            prop_assert_eq!(computed[id], expected, "{:?} in {:?}", id, graph);
        }
    }

    /// What is recomputed is what can have changed. The rest, taken as it stands, gives the same.
    #[test]
    fn a_part_with_the_rest_as_it_stands(standings in prop::collection::vec(standing(), usize::from(INSIDE))) {
        let whole = graph(standings);
        let levels_of_all = computed(&whole);
        // Everybody downstream of 0, the others outside.
        let mut part: HashSet<_> = HashSet::from([id(0)]);
        loop {
            let reached: HashSet<_> = whole
                .iter()
                .filter(|(_, standing)| standing.words.iter().any(|word| part.contains(&word.issuer)))
                .map(|(id, _)| *id)
                .collect();
            if reached.is_subset(&part) {
                break;
            }
            part.extend(reached);
        }
        let inside: HashMap<_, _> = whole
            .iter()
            .filter(|(id, _)| part.contains(id))
            .map(|(id, standing)| (*id, standing.clone()))
            .collect();
        let again = levels(&inside, |issuer| {
            issuer == id(6) || levels_of_all.get(&issuer) == Some(&VerificationLevel::Verified)
        });
        for (id, level) in again {
            prop_assert_eq!(level, levels_of_all[&id]);
        }
    }
}
