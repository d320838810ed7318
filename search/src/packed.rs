//! Values that the index keeps as one number each.

use crate::document::Point;

/// The number of steps in a degree: the seventh decimal, about a centimetre.
const STEPS: f64 = 1e7;

/// A place as one number, so that neither of its coordinates goes without the other. `None` where it is no
/// place on earth.
pub(crate) fn place(point: Point) -> Option<u64> {
    let in_range = point.lat.abs() <= 90.0 && point.lon.abs() <= 180.0;
    in_range.then(|| (u64::from(steps(point.lat)) << 32) | u64::from(steps(point.lon)))
}

/// The place behind a number.
pub(crate) fn place_of(number: u64) -> Point {
    Point {
        lat: degrees(number >> 32),
        lon: degrees(number & u64::from(u32::MAX)),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "180 degrees are less than 2^31 steps"
)]
fn steps(degrees: f64) -> u32 {
    ((degrees * STEPS).round() as i32).cast_unsigned()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the upper half is cut off on purpose"
)]
fn degrees(steps: u64) -> f64 {
    f64::from((steps as u32).cast_signed()) / STEPS
}

/// A range of offsets as one number.
pub(crate) fn offsets(from: i16, to: i16) -> u64 {
    (u64::from(from.cast_unsigned()) << 16) | u64::from(to.cast_unsigned())
}

/// Whether the range behind a number includes `offset`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the other half is cut off on purpose"
)]
pub(crate) fn offsets_include(number: u64, offset: i16) -> bool {
    let from = ((number >> 16) as u16).cast_signed();
    let to = (number as u16).cast_signed();
    (from..=to).contains(&offset)
}

/// A group as one number, the same on every server: the 64 bit FNV-1a hash. Two of a million groups share a
/// number once in tens of millions of indexes; their hits are then spread as if they were one.
pub(crate) fn group(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn places_come_back_as_they_were_written(lat in -900_000_000..=900_000_000_i32, lon in -1_800_000_000..=1_800_000_000_i32) {
            let point = Point { lat: f64::from(lat) / 1e7, lon: f64::from(lon) / 1e7 };
            prop_assert_eq!(place_of(place(point).unwrap()), point);
        }

        #[test]
        fn offsets_include_both_ends(from in -60..60_i16, to in -60..60_i16, offset in -60..60_i16) {
            prop_assert_eq!(offsets_include(offsets(from, to), offset), from <= offset && offset <= to);
        }
    }

    #[test]
    fn what_is_no_place_is_left_out() {
        for (lat, lon) in [
            (f64::NAN, 0.0),
            (0.0, f64::INFINITY),
            (90.1, 0.0),
            (0.0, -180.1),
        ] {
            assert_eq!(place(Point { lat, lon }), None);
        }
        assert!(
            place(Point {
                lat: -90.0,
                lon: 180.0
            })
            .is_some()
        );
    }

    #[test]
    fn groups_have_numbers_of_their_own() {
        let numbers: std::collections::HashSet<u64> =
            (0..10_000).map(|i| group(&format!("018f{i:08}"))).collect();
        assert_eq!(numbers.len(), 10_000);
    }
}
