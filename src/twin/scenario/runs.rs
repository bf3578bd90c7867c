//! What a scenario runs: policies, rivals and bounds.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::{file, place, policed, wrong_yaml, yaml};
use crate::api::{CarbonPolicy, GROUP, VERSION, documents};
use crate::twin::error::{Place, TwinError};
use crate::twin::policy::Policy;
use crate::twin::rivals::{HoursError, Options, Rival, Starts};
use crate::twin::world::World;

/// One run of a scenario.
#[derive(Clone, Debug)]
pub struct RunSpec {
    /// Its name, unique in the scenario.
    pub name: String,
    /// What runs.
    pub kind: Kind,
}

/// What runs.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Alizé under these policies.
    Policies(Vec<Policy>),
    /// Every job at once, at home.
    RunNow,
    /// Every job as soon as there is room.
    Fifo,
    /// A published policy.
    Rival(Rival, Options),
    /// The offline optimum.
    Optimum {
        /// As if all jobs could be paused, or none; left out, as each job says.
        interruptible: Option<bool>,
    },
}

/// The names of all rivals.
fn rivals() -> impl Iterator<Item = &'static str> {
    ["run-now", "fifo"].into_iter().chain(Rival::ALL.map(Rival::name))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Manifest {
    kind: Option<Spanned<String>>,
    api_version: Option<Spanned<String>>,
}

/// Reads all runs, and the manifests that they name; adds what their author should know.
pub(super) fn runs(
    path: &Path,
    runs: &[Spanned<file::Run>],
    world: &World,
    warnings: &mut Vec<String>,
) -> Result<Vec<RunSpec>, TwinError> {
    let mut read: Vec<RunSpec> = Vec::new();
    for spanned in runs {
        let here = || place(path, spanned.referenced);
        let spec = run(path, &spanned.value, &here, world, warnings)?;
        if read.iter().any(|other| other.name == spec.name) {
            return Err(here().wrong(format!("two runs are called {:?}; give one of them a name", spec.name)));
        }
        read.push(spec);
    }
    Ok(read)
}

fn run(
    path: &Path,
    run: &file::Run,
    here: &dyn Fn() -> Place,
    world: &World,
    warnings: &mut Vec<String>,
) -> Result<RunSpec, TwinError> {
    let (default, kind) = match (&run.policy, &run.rival, &run.bound) {
        (Some(files), None, None) => {
            let policies = policies(path, &files.0)?;
            let first = policies.first().map(|policy| policy.name.to_string());
            (first.unwrap_or_default(), Kind::Policies(policies))
        }
        (None, Some(kind), None) => (kind.clone(), rival(kind, run, here)?),
        (None, None, Some(bound)) if bound == "optimum" => {
            let interruptible = run.interruptible;
            ("optimum".to_owned(), Kind::Optimum { interruptible })
        }
        (None, None, Some(bound)) => return Err(here().wrong(format!("expected bound: optimum; found {bound:?}"))),
        _ => return Err(here().wrong("expected exactly one of policy, rival and bound")),
    };
    let misplaced = [
        (
            "starts",
            run.starts.is_some() && !matches!(&kind, Kind::Rival(rival, _) if rival.picks_a_start()),
        ),
        (
            "hours",
            run.hours.is_some() && !matches!(&kind, Kind::Rival(Rival::NightWindow, _)),
        ),
        (
            "interruptible",
            run.interruptible.is_some() && !matches!(&kind, Kind::Optimum { .. }),
        ),
    ];
    if let Some((key, _)) = misplaced.iter().find(|(_, misplaced)| *misplaced) {
        return Err(here().wrong(format!("the key {key:?} means nothing in this run; leave it out")));
    }
    let name = run.name.clone().unwrap_or(default);
    if let Kind::Policies(policies) = &kind {
        let said = policed::check(policies, world, here)?;
        warnings.extend(said.into_iter().map(|what| format!("run {name}: {what}")));
    }
    Ok(RunSpec { name, kind })
}

fn rival(kind: &str, run: &file::Run, here: &dyn Fn() -> Place) -> Result<Kind, TwinError> {
    let unknown = || {
        let known: Vec<&str> = rivals().collect();
        here().wrong(format!("expected a rival ({}); found {kind:?}", known.join(", ")))
    };
    match kind {
        "run-now" => return Ok(Kind::RunNow),
        "fifo" => return Ok(Kind::Fifo),
        _ => {}
    }
    let rival = Rival::named(kind).ok_or_else(unknown)?;
    let mut options = Options::default();
    match run.starts.as_deref() {
        None => {}
        Some("any") => options.starts = Starts::Any,
        Some("hourly") => options.starts = Starts::Hourly,
        Some(other) => return Err(here().wrong(format!("expected starts: hourly or any; found {other:?}"))),
    }
    if let Some(hours) = &run.hours {
        options.hours = hours
            .parse()
            .map_err(|error: HoursError| here().wrong(error.to_string()))?;
    }
    Ok(Kind::Rival(rival, options))
}

/// The policies of all documents of these files.
fn policies(path: &Path, files: &[String]) -> Result<Vec<Policy>, TwinError> {
    let mut policies: Vec<Policy> = Vec::new();
    for file in files {
        let path = path.parent().map_or_else(|| file.into(), |folder| folder.join(file));
        let text = fs::read_to_string(&path).map_err(|error| TwinError::Read(path.clone(), error))?;
        for document in documents(&text) {
            let manifest: Manifest = yaml(&path, &document)?;
            is(&path, "kind", "CarbonPolicy", manifest.kind)?;
            is(&path, "apiVersion", &format!("{GROUP}/{VERSION}"), manifest.api_version)?;
            let policy: CarbonPolicy = serde_saphyr::from_str(&document).map_err(|error| wrong_yaml(&path, &error))?;
            let unnamed = || Place::file(&path).wrong("expected metadata.name");
            let name = policy.metadata.name.clone().ok_or_else(unnamed)?;
            if policies.iter().any(|other| other.name.as_str() == name) {
                let what = format!("two policies of a run are called {name:?}; expected different names");
                return Err(Place::file(&path).wrong(what));
            }
            policies.push(Policy::of(&name, policy.spec));
        }
    }
    if policies.is_empty() {
        return Err(Place::file(path).wrong("expected a CarbonPolicy in the files of a run"));
    }
    Ok(policies)
}

/// A key of a manifest says what it must.
fn is(path: &Path, key: &str, wanted: &str, found: Option<Spanned<String>>) -> Result<(), TwinError> {
    match found {
        Some(found) if found.value == wanted => Ok(()),
        Some(found) => {
            let what = format!("expected {key}: {wanted}; found {:?}", found.value);
            Err(place(path, found.referenced).wrong(what))
        }
        None => Err(Place::file(path).wrong(format!("expected {key}: {wanted}; it is not there"))),
    }
}
