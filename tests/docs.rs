//! The documentation for users is true to the code.

#![expect(clippy::unwrap_used, reason = "a test ends with what it did not expect")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use alize::api::{GridZone, Source, Wishes};
use alize::planner::Reason;
use jiff::Timestamp;
use serde_json::Value;

const PAGES: [&str; 12] = [
    "annotations.md",
    "forecasts.md",
    "gitops.md",
    "how-it-decides.md",
    "metrics.md",
    "providers.md",
    "reasons.md",
    "rivals.md",
    "troubleshooting.md",
    "twin.md",
    "weather-model.md",
    "what-it-learns.md",
];

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The blocks of YAML on a page.
fn examples(page: &str) -> Vec<Value> {
    let text = read(&format!("docs/{page}"));
    let blocks = text
        .split("```yaml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or_default());
    blocks.map(|block| serde_saphyr::from_str(block).unwrap()).collect()
}

fn strings(value: &Value) -> BTreeMap<String, String> {
    serde_json::from_value(value.clone()).unwrap_or_default()
}

#[test]
fn every_reason_has_its_row_in_the_order_of_the_list() {
    let text = read("docs/reasons.md");
    let rows: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    assert_eq!(rows, Reason::ALL.map(Reason::as_str));
}

#[test]
fn every_label_and_annotation_of_the_api_is_explained() {
    let page = read("docs/annotations.md");
    let code = read("src/api/job.rs");
    let names: Vec<_> = code
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub const ")?.split('"').nth(1))
        .collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        assert!(
            page.contains(&format!("\n| `{name}` |")),
            "docs/annotations.md lacks a row for {name}"
        );
    }
}

#[test]
fn the_examples_of_jobs_are_deferrable_and_can_be_read() {
    let mut jobs = 0;
    for example in examples("annotations.md").into_iter().chain(examples("gitops.md")) {
        let metadata = match example["kind"].as_str() {
            Some("Job") => &example["metadata"],
            Some("CronJob") => &example["spec"]["jobTemplate"]["metadata"],
            _ => continue,
        };
        jobs += 1;
        assert_eq!(metadata["labels"]["alize.dev/deferrable"], "true", "{example}");
        Wishes::read(&strings(&metadata["annotations"]), Timestamp::UNIX_EPOCH).unwrap();
        assert!(
            !example.to_string().contains("suspend"),
            "a deferrable job leaves suspend out: {example}"
        );
    }
    assert_eq!(jobs, 3);
}

#[test]
fn there_is_a_ready_zone_for_each_country_that_is_asked_for_and_it_can_be_read() {
    let mut countries = Vec::new();
    for example in examples("providers.md")
        .iter()
        .filter(|example| example["kind"] == "GridZone")
    {
        let zone: GridZone = serde_json::from_value(example.clone()).unwrap();
        countries.push(zone.spec.location.unwrap().country.unwrap());
    }
    assert_eq!(countries, ["MA", "ES", "FR", "DE", "GB", "US"]);
}

#[test]
fn every_kind_of_source_has_a_row_that_says_what_it_costs() {
    let page = read("docs/providers.md");
    let schema = serde_json::to_value(schemars::schema_for!(Source)).unwrap();
    let kinds = schema["properties"].as_object().unwrap().keys();
    for kind in kinds.filter(|kind| !["signal", "basis", "flow", "refresh"].contains(&kind.as_str())) {
        let has_row = page.lines().any(|line| {
            let cells: Vec<&str> = line.split(" | ").collect();
            cells.len() == 8 && cells[0].contains(&format!("`{kind}`"))
        });
        assert!(has_row, "docs/providers.md lacks a row for {kind}");
    }
}

#[test]
fn every_link_between_the_pages_leads_somewhere() {
    for page in PAGES {
        let text = read(&format!("docs/{page}"));
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.starts_with("https://")) {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(link);
            assert!(file.is_file(), "docs/{page} links to {link}");
        }
    }
}
