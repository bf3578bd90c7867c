//! The targets as libFuzzer runs them. `tests/fuzz.rs` runs the same ones over damaged seeds in every `cargo test`.

pub mod targets;

use std::env;
use std::fs;
use std::path::PathBuf;

/// Runs a target by its name.
pub fn run(name: &str, bytes: &[u8]) {
    let target = targets::TARGETS.iter().find(|(known, _)| *known == name);
    let _ = target.expect("a target of the list").1(bytes);
}

/// Writes the seeds of a target into the corpus that libFuzzer is about to read: the first argument that is no option.
pub fn sow(name: &str) {
    let corpus = env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let Some(corpus) = corpus.map(PathBuf::from).filter(|corpus| corpus.is_dir()) else {
        return;
    };
    for (number, seed) in targets::seeds(name).iter().enumerate() {
        fs::write(corpus.join(format!("seed-{number}")), seed).expect("a folder that can be written to");
    }
}
