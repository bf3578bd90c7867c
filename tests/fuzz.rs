//! The short form of the fuzz targets: their seeds, damaged in thousands of ways, and any bytes; the same in every run.
//!
//! `make fuzz` runs the same functions under libFuzzer, which looks for new ways through the code and needs minutes to build.

#![expect(clippy::expect_used, reason = "a test ends with what it did not expect")]

#[path = "../fuzz/src/targets/mod.rs"]
mod targets;

use fastrand::Rng;

/// Damaged inputs of each target, and such as never were whole.
const TRIES: u64 = 2_000;
/// Changes to one input, at most.
const CHANGES: usize = 4;
/// Bytes cut out in one change, at most.
const CUT: usize = 40;
/// Bytes that are no seed at all, fewer than this.
const MOST_BYTES: usize = 300;
/// What may stand where something else stood.
const DAMAGE: [&[u8]; 20] = [
    b"",
    b"null",
    b"-1",
    b"0",
    b"1e308",
    b"\"NaN\"",
    b"{}",
    b"[[[[",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"2026-03-29T01:00:00Z",
    b"9999-12-30T22:00:00Z",
    b"-009999-01-02T01:59:59Z",
    b"</Period>",
    b"PT0S",
    b",",
    b"\n",
    b"\"",
    b"\0",
    b"\xff",
];

/// A seed with some of it cut out, doubled or replaced.
fn damaged(seed: &[u8], lots: &mut Rng) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..lots.usize(1..=CHANGES) {
        let from = lots.usize(..=bytes.len());
        let until = (from + lots.usize(..CUT)).min(bytes.len());
        let piece = bytes[from..until].to_vec();
        let instead = match lots.usize(..3) {
            0 => piece.repeat(2),
            1 => vec![lots.u8(..)],
            _ => DAMAGE[lots.usize(..DAMAGE.len())].to_vec(),
        };
        bytes.splice(from..until, instead);
    }
    bytes
}

#[test]
fn every_target_reads_its_seeds() {
    for (name, target) in targets::TARGETS {
        let seeds = targets::seeds(name);
        assert!(!seeds.is_empty(), "{name} has no seed");
        for seed in seeds {
            assert!(target(&seed), "{name} cannot read {}", String::from_utf8_lossy(&seed));
        }
    }
}

#[test]
fn no_damage_makes_a_parser_panic_or_say_what_cannot_be() {
    for (name, target) in targets::TARGETS {
        let seeds = targets::seeds(name);
        let mut lots = Rng::with_seed(TRIES);
        let mut read = 0;
        for _ in 0..TRIES {
            let seed = &seeds[lots.usize(..seeds.len())];
            read += usize::from(target(&damaged(seed, &mut lots)));
        }
        println!("{name}: {read} of {TRIES} damaged inputs were read, the others refused");
    }
}

#[test]
fn no_bytes_make_a_parser_panic_or_say_what_cannot_be() {
    for (_, target) in targets::TARGETS {
        let mut lots = Rng::with_seed(TRIES);
        for _ in 0..TRIES {
            let length = lots.usize(..MOST_BYTES);
            let bytes: Vec<u8> = (0..length).map(|_| lots.u8(..)).collect();
            target(&bytes);
        }
    }
}

#[test]
fn every_target_is_a_file_that_libfuzzer_is_given() {
    let manifest = include_str!("../fuzz/Cargo.toml");
    let targets = manifest
        .lines()
        .filter_map(|line| line.strip_prefix("path = \"fuzz_targets/"));
    let targets: Vec<&str> = targets.filter_map(|path| path.strip_suffix(".rs\"")).collect();
    assert_eq!(targets, targets::TARGETS.map(|(name, _)| name));
}
