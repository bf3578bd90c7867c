//! What the planner saves of what could be saved, on real grids and jobs, by the twin.
//!
//! `cargo bench --bench evidence` runs the sections that take minutes; `-- SECTION..` only those: `known`, `room`, `lengths`,
//! `pieces`, `all`, `growth` (which takes long, and runs only when asked for). `--jobs 6000` says how many jobs, `--density 1`
//! how many times as fast as in the trace they come, `--widest 0.5` leaves out those that take more than this share of the mean use,
//! `--from 2022-05-02` says when they begin, `--only ES,GB` which cases, `--arrivals known` which half of `room`.
//! Data is read from `$ALIZE_DATA`, else `../shared/data`; `benches/README.md` says what was seen.
//!
//! Shares are of the saving of the offline optimum, grams summed. Where zones can be full the optimum is known as a lower bound
//! only, so that every share is at least what is printed. Promises are asserted; shares are printed beside their targets.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measures")]
#![expect(clippy::unwrap_used, reason = "a benchmark ends with what it did not expect")]
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads its own command line and environment"
)]

mod growth;
#[path = "../process/mod.rs"]
mod process;
mod scene;
mod sections;
mod trace;

use std::cell::Cell;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use trace::Trace;

/// What can be measured.
const SECTIONS: [&str; 6] = ["known", "room", "lengths", "pieces", "all", "growth"];

/// What the command line asked for.
pub struct Asked {
    /// Where the data is.
    pub folder: PathBuf,
    /// When the first job may come.
    pub start: Timestamp,
    /// How many jobs.
    pub jobs: usize,
    /// How many times as fast as in the trace they come.
    pub density: f64,
    /// The widest job, as a share of the mean use of all.
    pub widest: f64,
    /// Runs of ours in which a promise was broken.
    pub broken: Cell<usize>,
    /// What cases are named by, and whether there was such a case.
    only: Vec<(String, Cell<bool>)>,
    arrivals: Option<String>,
    sections: Vec<String>,
}

impl Asked {
    fn read() -> Self {
        let named = std::env::var_os("ALIZE_DATA").map(PathBuf::from);
        let folder = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"));
        let mut asked = Self {
            folder,
            start: "2022-05-02T00:00:00Z".parse().unwrap(),
            jobs: 6000,
            density: 1.0,
            widest: 0.5,
            broken: Cell::new(0),
            only: Vec::new(),
            arrivals: None,
            sections: Vec::new(),
        };
        let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
        while let Some(word) = words.next() {
            let mut value = || words.next().unwrap();
            match word.as_str() {
                "--jobs" => asked.jobs = value().parse().unwrap(),
                "--density" => asked.density = value().parse().unwrap(),
                "--widest" => asked.widest = value().parse().unwrap(),
                "--from" => asked.start = midnight(value().parse().unwrap()),
                "--arrivals" => asked.arrivals = Some(one_of(&["known", "online"], value())),
                "--only" => {
                    let names = value();
                    let names = names.split(',').map(|name| (name.to_owned(), Cell::new(false)));
                    asked.only = names.collect();
                }
                _ => asked.sections.push(one_of(&SECTIONS, word)),
            }
        }
        asked
    }

    /// Whether a case is asked for: one that names any of what was named, all where nothing was.
    pub fn wants(&self, case: &str) -> bool {
        let mut wants = self.only.is_empty();
        for (name, is_there) in &self.only {
            if case.contains(name.as_str()) {
                is_there.set(true);
                wants = true;
            }
        }
        wants
    }

    /// Whether jobs that are known from the start, or come online, are asked for; both where neither was named.
    pub fn wants_arrivals(&self, arrivals: &str) -> bool {
        self.arrivals.as_ref().is_none_or(|asked| asked == arrivals)
    }

    fn section(&self, name: &str) -> bool {
        self.sections.is_empty() || self.sections.iter().any(|section| section == name)
    }
}

/// A word that is one of these.
fn one_of(words: &[&str], word: String) -> String {
    assert!(words.contains(&word.as_str()), "{word} is none of {words:?}");
    word
}

fn midnight(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).unwrap().timestamp()
}

fn main() {
    let asked = Asked::read();
    if !asked.folder.join("ci").is_dir() {
        println!("SKIPPED: {} has no folder ci", asked.folder.display());
        return;
    }
    let traces = [Trace::gaia(&asked.folder), Trace::pods(&asked.folder)];
    if asked.section("known") {
        sections::known(&asked, &traces);
    }
    if asked.section("room") {
        sections::room(&asked, &traces);
    }
    if asked.section("lengths") {
        sections::lengths(&asked, &traces);
    }
    if asked.section("pieces") {
        sections::pieces(&asked, &traces);
    }
    if asked.section("all") {
        sections::all(&asked, &traces);
    }
    if asked.sections.iter().any(|section| section == "growth") {
        growth::growth(&asked, &traces[0]);
    }
    for (name, is_there) in &asked.only {
        assert!(is_there.get(), "no case that was run is named {name}");
    }
    assert_eq!(asked.broken.get(), 0, "runs in which a promise was broken");
}
