//! What holds for every service.

use proptest::prelude::*;

use super::samples::{Sample, all, noon};
use crate::grid::ask::read_saved;
use crate::planner::Point;

fn read(sample: &Sample, bodies: &[Vec<u8>]) -> Result<Vec<Point>, String> {
    read_saved(&sample.spec, bodies, noon())
}

fn bytes(bodies: &[String]) -> Vec<Vec<u8>> {
    bodies.iter().map(|body| body.clone().into_bytes()).collect()
}

#[test]
fn the_answer_of_each_service_means_what_it_says() {
    for sample in all() {
        let name = sample.spec.name();
        let points = read(&sample, &bytes(&sample.bodies)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let at_noon = points.iter().find(|point| point.slot.contains(noon()));
        let value = at_noon.unwrap_or_else(|| panic!("{name}: {points:?}")).value;
        assert!((value - sample.at_noon).abs() < 1e-9, "{name}: {value}");
    }
}

#[test]
fn no_service_shows_its_key_in_what_it_asks() {
    for sample in all() {
        let service = sample.spec.kind.service().unwrap();
        let requests = service
            .requests(sample.spec.signal, sample.spec.counts(), noon())
            .unwrap();
        assert!(
            !requests.is_empty() && !format!("{requests:?}").contains("token"),
            "{requests:?}"
        );
    }
}

#[test]
fn pages_and_emptiness_are_no_forecast() {
    for sample in all() {
        for body in [
            "<!DOCTYPE html><p>secret",
            "<html>secret</html>",
            "{}",
            "[]",
            "null",
            "",
            "\"secret\"",
        ] {
            let bodies = vec![body.as_bytes().to_vec(); sample.bodies.len()];
            let error = read(&sample, &bodies).expect_err(&sample.spec.name());
            assert!(!error.contains("secret"), "{}: {error}", sample.spec.name());
        }
        assert!(read(&sample, &[]).is_err());
    }
}

/// What may stand where something else stood.
const DAMAGE: [&[u8]; 12] = [
    b"",
    b"null",
    b"-1",
    b"1e308",
    b"\"NaN\"",
    b"{}",
    b"[[[[",
    b"9223372036854775807",
    b"2026-03-29T01:00:00Z",
    b"</Period>",
    b"PT0S",
    b"\xff",
];

/// One change somewhere in a text: bytes cut out, doubled or replaced.
fn damaged(text: &str, place: usize, length: usize, instead: &[u8]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    let from = place % (bytes.len() + 1);
    let until = (from + length).min(bytes.len());
    bytes.splice(from..until, instead.iter().copied());
    bytes
}

proptest! {
    #[test]
    fn no_bytes_make_any_service_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for sample in all() {
            let _ = read(&sample, &vec![bytes.clone(); sample.bodies.len()]);
        }
    }

    #[test]
    fn no_damage_makes_any_service_panic_or_say_what_cannot_be(
        place in 0usize..4000,
        length in 0usize..40,
        instead in proptest::sample::select(&DAMAGE[..]),
    ) {
        for sample in all() {
            let mut bodies = bytes(&sample.bodies);
            let which = place % bodies.len();
            bodies[which] = damaged(&sample.bodies[which], place, length, instead);
            if let Ok(points) = read(&sample, &bodies) {
                for pair in points.windows(2) {
                    prop_assert!(pair[0].slot.end <= pair[1].slot.start);
                }
                prop_assert!(points.iter().all(|p| p.value.is_finite() && p.slot.start < p.slot.end));
            }
        }
    }
}
