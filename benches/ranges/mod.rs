//! The reviewed ranges of `benches/ranges.yaml`: each figure is printed beside its own, and one outside wants a look.
//!
//! Nothing fails: machines are shared and noisy. Whoever changes what a figure should be changes the file, and says why.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use criterion::Criterion;
use serde::Deserialize;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/ranges.yaml");

/// What a figure is expected to be, in its own unit.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Range {
    /// What the design promises.
    budget: Option<f64>,
    least: f64,
    most: f64,
}

/// Runs benchmarks, and compares the median of each with its range.
#[expect(clippy::disallowed_methods, reason = "only what this run has written counts")]
pub fn measure(benchmarks: impl FnOnce(&mut Criterion)) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("criterion");
    let begun = SystemTime::now();
    let mut criterion = Criterion::default().output_directory(&folder).configure_from_args();
    benchmarks(&mut criterion);
    criterion.final_summary();
    let mut medians = Vec::new();
    collect(&folder, begun, &mut medians);
    medians.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, seconds) in medians {
        judge(&name, seconds, "s");
    }
}

/// Prints a figure beside its range.
pub fn judge(name: &str, figure: f64, unit: &str) {
    let ranges = std::fs::read_to_string(FILE).unwrap();
    let ranges: BTreeMap<String, Range> = serde_saphyr::from_str(&ranges).unwrap();
    let digits = if figure < 0.01 { 6 } else { 3 };
    let Some(range) = ranges.get(name) else {
        println!("{name}: {figure:.digits$} {unit}; benches/ranges.yaml says nothing of it");
        return;
    };
    let budget = range.budget.map_or_else(String::new, |budget| {
        let word = if figure <= budget { "kept" } else { "MISSED" };
        format!("; budget {budget} {unit}: {word}")
    });
    let is_within = (range.least..=range.most).contains(&figure);
    let word = if is_within { "within" } else { "OUTSIDE of" };
    println!(
        "{name}: {figure:.digits$} {unit}, {word} {} to {}{budget}",
        range.least, range.most
    );
}

/// The medians that were written since then, by the full name of the benchmark, in seconds.
fn collect(folder: &Path, since: SystemTime, medians: &mut Vec<(String, f64)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()) {
        if path.ends_with("new") {
            medians.extend(median(&path, since));
        } else {
            collect(&path, since, medians);
        }
    }
}

fn median(folder: &Path, since: SystemTime) -> Option<(String, f64)> {
    let read = |name: &str| -> Option<serde_json::Value> {
        let file: PathBuf = folder.join(name);
        let is_new = std::fs::metadata(&file).ok()?.modified().ok()? >= since;
        let text = std::fs::read_to_string(file).ok().filter(|_| is_new)?;
        serde_json::from_str(&text).ok()
    };
    let name = read("benchmark.json")?["full_id"].as_str()?.to_owned();
    let nanoseconds = read("estimates.json")?["median"]["point_estimate"].as_f64()?;
    Some((name, nanoseconds / 1e9))
}
