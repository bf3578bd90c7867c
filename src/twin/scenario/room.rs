//! Whether a job finds room in any of its zones at any time, and in words why it does not.

use crate::twin::amounts::{Need, capacity_at, whole};
use crate::twin::series::Ms;
use crate::twin::world::{Amounts, Job, World, Zone};

/// What a zone never has enough of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scarce {
    Cpus,
    Memory,
    Gpus,
    /// Accelerators of the job's model.
    Model,
    /// Nothing alone, but all of it at one time.
    Together,
}

/// Whether one of these zones holds a job at any time from its submission on, were it alone.
pub(super) fn fits(world: &World, job: &Job, zones: &[usize]) -> bool {
    zones.iter().map(|zone| &world.zones[*zone]).any(|zone| {
        let need = Need::of(job, zone, 0, 1.0);
        let holds = |at: Ms| {
            let whole = whole(zone, at);
            need.fits(&whole, &vec![0; whole.len()])
        };
        times(job, zone).any(holds)
    })
}

/// The submission of a job, and all later instants at which a zone's capacity changes.
fn times(job: &Job, zone: &Zone) -> impl Iterator<Item = Ms> {
    let changes = zone.capacity.iter().map(|(from, _)| *from);
    let later = changes.filter(|from| *from > job.submit);
    std::iter::once(job.submit).chain(later)
}

/// Why a job fits into none of these zones, and what to do; and what they all lack, if that is one thing.
pub(super) fn too_large(world: &World, job: &Job, zones: &[usize]) -> (String, Option<Scarce>) {
    let reasons: Vec<(Scarce, String)> = zones.iter().map(|zone| lacks(job, &world.zones[*zone])).collect();
    let first = reasons.first().map(|(scarce, _)| *scarce);
    let same = first.filter(|first| reasons.iter().all(|(scarce, _)| scarce == first));
    let is_there = |model: &String| {
        let models = zones.iter().flat_map(|zone| &world.zones[*zone].gpu_models);
        models.map(|(known, _)| known).any(|known| known == model)
    };
    let expected = match (&job.gpu_model, same) {
        (Some(model), Some(Scarce::Model)) if !is_there(model) => {
            format!("one of the models that capacity.gpuModels names, or there a number for {model:?}")
        }
        _ => "a smaller job, or more capacity".to_owned(),
    };
    let told: Vec<String> = reasons.into_iter().map(|(_, told)| told).collect();
    let what = format!(
        "finds room nowhere, at any time: {}; expected {expected}",
        told.join("; ")
    );
    (what, same)
}

/// What a zone never has enough of for a job.
fn lacks(job: &Job, zone: &Zone) -> (Scarce, String) {
    let (name, need) = (&zone.name, &job.need);
    if let Some(model) = job.gpu_model.as_ref().filter(|_| !zone.gpu_models.is_empty()) {
        let of_model = zone.gpu_models.iter().find(|(known, _)| known == model);
        match of_model {
            None if need.gpus > 0.0 => {
                let known: Vec<&str> = zone.gpu_models.iter().map(|(known, _)| known.as_str()).collect();
                let told = format!(
                    "{name} has no accelerators of the model {model:?}, only {}",
                    known.join(", ")
                );
                return (Scarce::Model, told);
            }
            Some((_, count)) if need.gpus > *count => {
                let told = format!(
                    "{name} has {count} accelerators of the model {model:?}, and it takes {}",
                    need.gpus
                );
                return (Scarce::Model, told);
            }
            _ => {}
        }
    }
    let most = |of: fn(&Amounts) -> f64| {
        times(job, zone)
            .map(|at| of(&capacity_at(zone, at)))
            .fold(0.0, f64::max)
    };
    let common = [
        (Scarce::Cpus, need.cpus, most(|amounts| amounts.cpus), "cores"),
        (
            Scarce::Memory,
            need.memory_gib,
            most(|amounts| amounts.memory_gib),
            "GiB of memory",
        ),
        (Scarce::Gpus, need.gpus, most(|amounts| amounts.gpus), "accelerators"),
    ];
    let over = common.into_iter().find(|(_, taken, held, _)| taken > held);
    match over {
        Some((scarce, taken, held, what)) => (
            scarce,
            format!("{name} has {held} {what} at most from its submission on, and it takes {taken}"),
        ),
        None => (
            Scarce::Together,
            format!("{name} never has all that it takes at one time"),
        ),
    }
}
