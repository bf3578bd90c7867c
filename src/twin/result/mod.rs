//! What a scenario's runs made of it, and how that is written: `result.json`, `jobs.csv`, `report.html`, and a table.

mod csv;
mod load;
mod shown;
mod sure;
mod table;

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

use serde::Serialize;

use super::account::{Figures, Tally};
use super::error::TwinError;
use super::outcome::Run;
use super::page::page;
use super::scenario::Scenario;

/// The version of the files.
const VERSION: u32 = 1;
/// The files.
const JSON: &str = "result.json";
const HTML: &str = "report.html";
const CSV: &str = "jobs.csv";

/// All runs of a scenario, with their figures.
#[derive(Debug, Default)]
pub struct Results {
    /// In the scenario's order.
    pub runs: Vec<Done>,
    /// What all are measured against.
    pub run_now: Run,
    /// Its tallies, by job.
    pub run_now_tallies: Vec<Tally>,
    /// What the reader should know, a sentence each.
    pub warnings: Vec<String>,
}

/// One run, with its figures.
#[derive(Debug, Default)]
pub struct Done {
    /// The figures.
    pub figures: Figures,
    /// What became of the jobs; nothing of a bound that no schedule reaches.
    pub run: Run,
    /// The tallies of its jobs, by number.
    pub tallies: Vec<Tally>,
}

/// Makes a directory and the files in it, where they are missing: who may not write there shall learn it before everything has
/// run.
///
/// # Errors
/// [`TwinError::Write`], with the path.
pub fn prepare(directory: &Path) -> Result<(), TwinError> {
    fs::create_dir_all(directory).map_err(failed(directory))?;
    for name in [JSON, HTML, CSV] {
        let path = directory.join(name);
        let file = OpenOptions::new().append(true).create(true).open(&path);
        file.map_err(failed(&path))?;
    }
    Ok(())
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> TwinError {
    let path = path.to_owned();
    move |error| TwinError::Write(path, error)
}

#[derive(Serialize)]
struct File<'r> {
    version: u32,
    runs: Vec<&'r Figures>,
    warnings: &'r [String],
}

impl Results {
    /// The figures of all runs as JSON.
    ///
    /// # Errors
    /// [`TwinError::Json`], which would be a fault of this program.
    pub fn json(&self) -> Result<String, TwinError> {
        let file = File {
            version: VERSION,
            runs: self.runs.iter().map(|done| &done.figures).collect(),
            warnings: &self.warnings,
        };
        let mut text = serde_json::to_string_pretty(&file).map_err(TwinError::Json)?;
        text.push('\n');
        Ok(text)
    }

    /// The figures that matter most, as a table for people.
    pub fn table(&self) -> String {
        table::table(self)
    }

    /// All of it as a page that needs no other file.
    pub fn html(&self, scenario: &Scenario) -> String {
        page(&shown::shown(self, scenario))
    }

    /// Writes `result.json`, `jobs.csv` and `report.html` into a directory, which is made where it is missing.
    ///
    /// # Errors
    /// [`TwinError::Write`], with the path.
    pub fn write(&self, scenario: &Scenario, directory: &Path) -> Result<(), TwinError> {
        fs::create_dir_all(directory).map_err(failed(directory))?;
        let (json, html) = (directory.join(JSON), directory.join(HTML));
        fs::write(&json, self.json()?).map_err(failed(&json))?;
        fs::write(&html, self.html(scenario)).map_err(failed(&html))?;
        csv::write(self, &scenario.world, &directory.join(CSV))
    }
}
