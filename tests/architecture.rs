//! The walls between the rooms, as tests: the design's table is data here, and the source is read against it.

#![expect(clippy::unwrap_used, reason = "a test ends with what it did not expect")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Room | the rooms that it may use besides itself | the words that its code never contains. From the inside out: arrows
/// point upwards only. "planner" stands for its inputs and outputs; who may call `plan` is said below. The planner gives the
/// same plan for the same snapshot, so it has no hash order either; `index` is driven by tests without client or runtime;
/// `controllers` wires all together, counts in the metrics and keeps the server's `View` up to date.
const TABLE: &str = "
units       |                                        | kube:: k8s_openapi:: tokio:: tracing::
planner     | units                                  | kube:: k8s_openapi:: tokio:: tracing:: HashMap HashSet SystemClock fs::
learn       | units planner                          | kube:: k8s_openapi:: SystemClock
energy      | units planner                          | kube:: k8s_openapi::
grid        | units planner                          | kube:: k8s_openapi::
api         | units                                  | kube::Client kube::Api tokio::
index       | units api learn planner                | kube::Client kube::Api tokio:: .await
admission   | units api                              | kube::Client kube::Api tokio::
metrics     | units planner                          | kube:: k8s_openapi:: tokio::
report      | units energy                           | kube:: tokio::
twin        | units api learn planner energy grid    | kube::Client kube::Api SystemClock
server      | units metrics                          | kube:: k8s_openapi::
controllers | units planner learn energy grid api index admission metrics server | println!
cli         | units planner learn energy grid api index admission metrics report twin server controllers |
";

/// Words | the only rooms whose code may contain them | why.
const ONLY_IN: &str = "
PostParams PatchParams DeleteParams | controllers                  | only controllers write to the API server
reqwest::                           | grid energy                  | only forecasts and meters are asked over HTTP
plan(&                              | planner controllers twin cli | only the cycle, the twin and a replay plan
";

/// The rows of one of the tables above, cell by cell.
fn rows(table: &'static str) -> impl Iterator<Item = [&'static str; 3]> {
    table.lines().filter(|line| !line.is_empty()).map(|line| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        cells.try_into().unwrap()
    })
}

fn words(cell: &'static str) -> Vec<&'static str> {
    cell.split_whitespace().collect()
}

const MOST_LINES: usize = 500;

/// What is wrong with one file of a room, a sentence each.
fn faults(path: &str, source: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let lines = source.lines().count();
    if lines > MOST_LINES {
        faults.push(format!(
            "{path} has {lines} lines, more than {MOST_LINES}: split it by ideas"
        ));
    }
    if source.contains(concat!("[al", "low(")) {
        faults.push(format!("{path} allows a lint; use #[expect(.., reason = \"..\")]"));
    }
    let Some(name) = room_of(path) else { return faults };
    let Some([_, may_use, never]) = rows(TABLE).find(|row| row[0] == name) else {
        faults.push(format!("{path} lies in a room that the table does not know"));
        return faults;
    };
    let code = without_comments(source);
    for used in rooms_used(&code) {
        if used != name && !words(may_use).contains(&used.as_str()) {
            faults.push(format!("{path} uses crate::{used}; {name} may use only: {may_use}"));
        }
    }
    for word in words(never).into_iter().filter(|word| code.contains(word)) {
        faults.push(format!("{path} contains {word}, which {name} never does"));
    }
    for [only, rooms, why] in rows(ONLY_IN).filter(|row| !words(row[1]).contains(&name)) {
        for word in words(only).into_iter().filter(|word| code.contains(word)) {
            faults.push(format!("{path} contains {word}, but {why}: {rooms}"));
        }
    }
    faults
}

/// `src/grid/cache.rs` and `src/grid.rs` lie in `grid`; `src/lib.rs` and `src/main.rs` in no room.
fn room_of(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("src/")?;
    let name = inside.split('/').next()?.trim_end_matches(".rs");
    (name != "lib" && name != "main").then_some(name)
}

/// Links in comments are no arrows. A `//` after a colon is an address in a string.
fn without_comments(source: &str) -> String {
    let code = |line: &str| {
        let comment = line
            .match_indices("//")
            .map(|(at, _)| at)
            .find(|at| !line[..*at].ends_with(':'));
        line[..comment.unwrap_or(line.len())].to_owned() + "\n"
    };
    source.lines().map(code).collect()
}

/// The first segment of every `crate::..`, also within `crate::{a, b::c}`.
fn rooms_used(code: &str) -> BTreeSet<String> {
    let after = code
        .match_indices("crate::")
        .map(|(at, found)| &code[at + found.len()..]);
    let names = after.flat_map(|rest| match rest.strip_prefix('{') {
        Some(group) => first_segments(group),
        None => vec![segment(rest)],
    });
    names
        .filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))
        .collect()
}

fn first_segments(group: &str) -> Vec<String> {
    let (mut depth, mut found, mut fresh) = (0, Vec::new(), true);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            c if fresh && !c.is_whitespace() => {
                found.push(segment(&group[at..]));
                fresh = false;
            }
            _ => {}
        }
    }
    found
}

fn segment(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect()
}

/// All Rust files below `folder`, as paths from the root of the repository, with their text.
fn sources_below(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    for entry in fs::read_dir(root.join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        let is_rust = entry.path().extension().is_some_and(|ending| ending == "rs");
        if entry.file_type().unwrap().is_dir() {
            sources.extend(sources_below(&path));
        } else if is_rust {
            sources.push((path.clone(), read(&path)));
        }
    }
    sources
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn every_room_keeps_to_its_row_of_the_table() {
    let faults: Vec<_> = sources_below("src")
        .iter()
        .flat_map(|(path, source)| faults(path, source))
        .collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn a_room_that_reaches_outward_is_found() {
    let bad = "use crate::units::Slot;\nuse crate::{grid::Ladder, units::{Share, Slot}, index};\n// crate::cli in words is no arrow\n";
    let faults = faults("src/planner/bad.rs", bad);
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(
        faults[0].starts_with("src/planner/bad.rs uses crate::grid; planner may use only: units"),
        "{faults:?}"
    );
    assert!(faults[1].contains("crate::index"), "{faults:?}");
}

#[test]
fn a_room_that_does_what_it_must_never_do_is_found() {
    for (path, source) in [
        ("src/planner/bad.rs", "use std::collections::HashMap;"),
        ("src/index/bad.rs", "async fn read() { load().await }"),
        ("src/grid/bad.rs", "let planned = plan(&snapshot);"),
        ("src/cli/bad.rs", "api.patch(name, &PatchParams::default(), &patch)"),
        (
            "src/controllers/bad.rs",
            "let body = reqwest::get(\"https://example.org\");",
        ),
        ("src/garage.rs", ""),
        ("src/units/bad.rs", concat!("#[al", "low(dead_code)]")),
    ] {
        assert_eq!(faults(path, source).len(), 1, "{path}: {:?}", faults(path, source));
        assert!(faults(path, "// https://example.org\n").len() <= usize::from(path == "src/garage.rs"));
    }
}

#[test]
fn a_file_that_is_too_long_is_found() {
    assert!(faults("src/units/long.rs", &"\n".repeat(MOST_LINES)).is_empty());
    assert_eq!(faults("src/units/long.rs", &"\n".repeat(MOST_LINES + 1)).len(), 1);
}

#[test]
fn no_file_of_tests_or_benches_is_too_long() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["tests", "benches"]
        .into_iter()
        .filter(|folder| root.join(folder).is_dir());
    for (path, source) in folders.flat_map(sources_below) {
        assert!(
            source.lines().count() <= MOST_LINES,
            "{path} is longer than {MOST_LINES} lines: split it by ideas"
        );
    }
}

#[test]
fn functions_stay_below_sixty_lines_because_clippy_counts_them() {
    assert!(read("clippy.toml").contains("too-many-lines-threshold = 60\n"));
    assert!(read("Cargo.toml").contains("pedantic = { level = \"warn\""));
}

#[test]
fn the_map_in_lib_rs_says_what_the_table_says() {
    let map = read("src/lib.rs");
    let row = |room: &str| {
        map.lines()
            .find(|line| line.starts_with(&format!("//! | [`{room}`] |")))
    };
    for room in map
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
    {
        assert!(row(room).is_some(), "the map in src/lib.rs has no row for {room}");
    }
    for [room, may_use, _] in rows(TABLE) {
        let Some(row) = row(room) else { continue };
        let uses: Vec<_> = words(may_use)
            .into_iter()
            .filter(|other| map.contains(&format!("[`{other}`]")))
            .collect();
        let uses = if uses.is_empty() {
            "nothing".to_owned()
        } else {
            uses.join(", ")
        };
        assert!(
            row.ends_with(&format!(" | {uses} |")),
            "the map in src/lib.rs should say that {room} may use: {uses}"
        );
    }
}

#[test]
fn one_library_does_all_cryptography() {
    // Cargo.lock may name ring without anything being built with it: what counts is the tree of what is built.
    let arguments = [
        "tree",
        "-p",
        "alize",
        "-e",
        "normal,build",
        "--prefix",
        "none",
        "--offline",
        "--locked",
    ];
    let tree = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).unwrap();
    let built: BTreeSet<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(built.contains("aws-lc-rs"), "{built:?}");
    for other in ["ring", "openssl", "openssl-sys", "native-tls"] {
        assert!(
            !built.contains(other),
            "{other} is built beside aws-lc-rs; see `cargo tree -i {other}`"
        );
    }
}
