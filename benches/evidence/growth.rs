//! How cost grows with the jobs: wall time inside `plan()`, of the whole run, and the peak of memory.

use std::time::Instant;

use super::Asked;
use super::process::memory;
use super::scene::{Scene, ours};
use super::trace::Trace;

/// Hours at the end of the year in which nobody submits, so that every job can end.
const TAIL: f64 = 100.0;

/// From a thousand jobs to a year of them, with unlimited zones and with full ones. Memory is the peak of the process so far.
pub fn growth(asked: &Asked, trace: &Trace) {
    println!(
        "\n## growth: {}, DE-LU_2022 + GB_2022, online, from 1 January",
        trace.name
    );
    for head_room in [None, Some(2.5)] {
        for count in [1_000, 10_000, 100_000] {
            let mut part = trace.part(0.0, count, 1.0).without_giants(asked.widest);
            part.jobs.retain(|job| job.submit < 365.0 * 24.0 - TAIL);
            let scene = Scene {
                folder: &asked.folder,
                zones: &["DE-LU_2022", "GB_2022"],
                start: "2022-01-01T00:00:00Z".parse().unwrap(),
                forecast: "perfect",
                head_room,
                arrivals: "online",
                lengths: "known",
                pausable: (0.0, "0s"),
                scalable: 0.0,
                prices: &[0.0],
                rivals: &[],
            };
            let begun = Instant::now();
            let played = scene.play(&part);
            println!(
                "{:>7} jobs, head-room {:9}: plan {:8.2} s, all {:8.2} s, peak {:5.0} MiB",
                played.jobs(),
                head_room.map_or("unlimited".to_owned(), |factor| factor.to_string()),
                played.of(&ours(0.0)).plan_seconds.unwrap_or(f64::NAN),
                begun.elapsed().as_secs_f64(),
                memory("self", "VmHWM:"),
            );
        }
    }
}
