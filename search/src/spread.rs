//! Hits of one group kept apart, so that an employer with many jobs does not crowd out the others.

use std::collections::HashMap;

/// The best so many hits are spread; those after them stay as they are. They are the same whatever page is
/// asked for, so that pages of any size show one order.
pub(crate) const SPREAD_HITS: usize = 100;

/// Of so many hits in a row at most one is of a group, as long as there are others.
const APART: usize = 5;

/// The order in which to show hits, best first, given the group of each: their places in `groups`.
///
/// At each place comes the best of the hits left whose group has none among the four before. When every
/// group has, the one that was shown longest ago. Hits without a group are never moved back.
pub(crate) fn order(groups: &[Option<u64>]) -> Vec<usize> {
    let mut last_shown: HashMap<u64, usize> = HashMap::new();
    let mut left: Vec<usize> = (0..groups.len()).collect();
    let mut order = Vec::with_capacity(groups.len());
    while !left.is_empty() {
        let shown = order.len();
        // 0: may come now; else when its group was last shown, counted from 1.
        let wait = |hit: &usize| -> usize {
            let group = groups.get(*hit).copied().flatten();
            let last = group.and_then(|group| last_shown.get(&group));
            last.map_or(0, |&last| if last + APART > shown { last + 1 } else { 0 })
        };
        let next = match left.iter().position(|hit| wait(hit) == 0) {
            Some(next) => Some(next),
            None => (0..left.len()).min_by_key(|&at| left.get(at).map(wait)),
        };
        let Some(next) = next else { break };
        let hit = left.remove(next);
        if let Some(group) = groups.get(hit).copied().flatten() {
            last_shown.insert(group, shown);
        }
        order.push(hit);
    }
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn show(groups: &str) -> String {
        let of = |letter: char| (letter != '-').then(|| u64::from(letter));
        let groups: Vec<Option<u64>> = groups.chars().map(of).collect();
        let shown = order(&groups).into_iter().map(|hit| groups[hit]);
        shown
            .map(|group| group.map_or('-', |group| char::from(u8::try_from(group).unwrap())))
            .collect()
    }

    #[test]
    fn groups_are_kept_apart_as_far_as_there_are_others() {
        for (groups, shown) in [
            ("", ""),
            ("aaa", "aaa"),
            ("abcdefabc", "abcdefabc"),
            ("aaaabcde", "abcdeaaa"),
            ("aaaabb", "ababaa"),
            ("aa------", "a----a--"),
            ("--------", "--------"),
            ("aaabbbcccdddeee", "abcdeabcdeabcde"),
        ] {
            assert_eq!(show(groups), shown, "{groups}");
        }
    }

    proptest! {
        #[test]
        fn every_hit_is_shown_once_and_groups_keep_their_order(groups in prop::collection::vec(prop::option::of(0..6_u64), 0..100)) {
            let order = order(&groups);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            prop_assert!(sorted.into_iter().eq(0..groups.len()));
            for group in (0..6).map(Some).chain([None]) {
                let of_group: Vec<usize> = order.iter().copied().filter(|&hit| groups[hit] == group).collect();
                prop_assert!(of_group.is_sorted());
            }
        }
    }
}
