//! The sections of the table, each with the targets that were set for it.

use super::Asked;
use super::scene::{Played, Scene, ours};
use super::trace::{Part, Trace};

/// Zones of different character, alone and in pairs.
const CASES: [&[&str]; 7] = [
    &["US-CAL-CISO_2022"],
    &["ES_2022"],
    &["GB_2022"],
    &["DE-LU_2022"],
    &["ZA_2022"],
    &["ES_2022", "GB_2022"],
    &["US-CAL-CISO_2022", "DE-LU_2022"],
];

/// Traces that reach beyond this many hours are of a whole year.
const YEAR: f64 = 8000.0;

/// Prices of an hour of waiting, grams; at the last one hardly anybody waits.
const PRICES: [f64; 13] = [0.0, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.5, 2.5, 5.0, 10.0, 25.0, 99.0];

/// Rivals that plan with what we know.
const JUDGED: [&str; 6] = [
    "lowest-slot",
    "lowest-window",
    "carbon-time",
    "threshold",
    "arrival-greedy",
    "night-window",
];
/// A rival that always knows the length.
const SHOWN: [&str; 1] = ["wait-awhile"];

/// Zones with all room, and lengths that are known: nothing is left to chance, so nothing may be left.
pub fn known(asked: &Asked, traces: &[Trace]) {
    println!("\n## known: lengths known, zones unlimited, all may pause at a resume cost; target 99.95");
    for case in cases(asked, traces) {
        for cost in ["0s", "5m", "30m"] {
            let scene = Scene {
                pausable: (1.0, cost),
                rivals: &SHOWN,
                ..case.scene(asked)
            };
            let played = scene.play(&case.part(asked));
            promised(asked, &played, &[0.0]);
            let wait_awhile = played.captured("wait-awhile");
            println!(
                "{:34} resume {cost:4} {} (wait-awhile {wait_awhile:6.2})",
                case.name,
                share(played.captured(&ours(0.0)), 99.95)
            );
        }
    }
}

/// Zones that can be full.
pub fn room(asked: &Asked, traces: &[Trace]) {
    println!(
        "\n## room: lengths known, perfect forecast, none may pause; targets 97 and 96 at 2.5 known and online, 96 and 92 at 1.5"
    );
    for case in cases(asked, traces) {
        for (head_room, targets) in [(2.5, [97.0, 96.0]), (1.5, [96.0, 92.0])] {
            let both = ["known", "online"].into_iter().zip(targets);
            for (arrivals, target) in both.filter(|(arrivals, _)| asked.wants_arrivals(arrivals)) {
                let scene = Scene {
                    head_room: Some(head_room),
                    arrivals,
                    rivals: &["arrival-greedy"],
                    ..case.scene(asked)
                };
                let played = scene.play(&case.part(asked));
                promised(asked, &played, &[0.0]);
                println!(
                    "{:34} head-room {head_room} {arrivals:6} {} {} (arrival-greedy {:6.2}, fifo {:6.2}; {} jobs, plan {:.1} s)",
                    case.name,
                    share(played.captured(&ours(0.0)), target),
                    late(&played),
                    played.captured("arrival-greedy"),
                    played.captured("fifo"),
                    played.jobs(),
                    played.of(&ours(0.0)).plan_seconds.unwrap_or(f64::NAN),
                );
            }
        }
    }
}

/// Lengths that nobody knows: against the same planner that knows the true curves, and against each rival at its own wait.
pub fn lengths(asked: &Asked, traces: &[Trace]) {
    println!(
        "\n## lengths: learned, zones unlimited, perfect forecast; targets with pausing 89, and 98 of what the true curves save"
    );
    for case in cases(asked, traces) {
        for pausable in [(1.0, "0s"), (1.0, "5m"), (0.0, "0s")] {
            let scene = Scene {
                lengths: "learned",
                pausable,
                prices: &PRICES,
                rivals: &[JUDGED.as_slice(), &SHOWN].concat(),
                ..case.scene(asked)
            };
            let played = scene.play(&case.part(asked));
            let knowing = Scene {
                prices: &[0.0],
                rivals: &[],
                ..scene.clone()
            };
            let knowing = knowing.play(&case.part(asked).knowing_its_curves());
            promised(asked, &played, &PRICES);
            let (captured, curves) = (played.captured(&ours(0.0)), knowing.captured(&ours(0.0)));
            let (how, target) = if pausable.0 > 0.0 {
                (format!("resume {}", pausable.1), 89.0)
            } else {
                ("through".to_owned(), f64::NAN)
            };
            println!(
                "{:34} {how:9} {} of the true curves {}",
                case.name,
                share(captured, target),
                share(
                    100.0 * captured / curves,
                    if pausable.0 > 0.0 { 98.0 } else { f64::NAN }
                )
            );
            curve(&played);
        }
    }
}

/// Jobs that may be paused, and jobs that may run wider, also by forecasts that are wrong.
pub fn pieces(asked: &Asked, traces: &[Trace]) {
    println!("\n## pieces: online, lengths known, half may run up to four times as wide, half may pause at 5m");
    for case in cases(asked, traces) {
        for head_room in [None, Some(2.5), Some(1.5)] {
            for forecast in ["perfect", "ours", "profile"] {
                let scene = Scene {
                    head_room,
                    forecast,
                    pausable: (0.5, "5m"),
                    scalable: 0.5,
                    rivals: &["arrival-greedy", "carbon-scaler"],
                    ..case.scene(asked)
                };
                let played = scene.play(&case.part(asked));
                promised(asked, &played, &[0.0]);
                println!(
                    "{:34} head-room {:4} {forecast:8} {} {} (arrival-greedy {:6.2}, carbon-scaler {:6.2}; {} jobs)",
                    case.name,
                    head_room.map_or("any".to_owned(), |factor| factor.to_string()),
                    share(played.captured(&ours(0.0)), f64::NAN),
                    late(&played),
                    played.captured("arrival-greedy"),
                    played.captured("carbon-scaler"),
                    played.jobs(),
                );
            }
        }
    }
}

/// Everything at once.
pub fn all(asked: &Asked, traces: &[Trace]) {
    println!(
        "\n## all: online, lengths learned, half may pause at 5m; target 80 at head-room 2.5 with the profile forecast"
    );
    for case in cases(asked, traces) {
        for (head_room, target) in [(2.5, 80.0), (1.5, f64::NAN)] {
            for (forecast, target) in [("profile", target), ("ours", f64::NAN), ("perfect", f64::NAN)] {
                let scene = Scene {
                    head_room: Some(head_room),
                    forecast,
                    lengths: "learned",
                    pausable: (0.5, "5m"),
                    rivals: &JUDGED,
                    ..case.scene(asked)
                };
                let played = scene.play(&case.part(asked));
                promised(asked, &played, &[0.0]);
                let best = JUDGED.iter().map(|rival| (*rival, played.captured(rival)));
                let (rival, most) = best.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or(("none", 0.0));
                println!(
                    "{:34} head-room {head_room} {forecast:8} {} {} (best rival: {rival} {most:6.2}; arrival-greedy {:6.2}; {} jobs)",
                    case.name,
                    share(played.captured(&ours(0.0)), target),
                    late(&played),
                    played.captured("arrival-greedy"),
                    played.jobs(),
                );
            }
        }
    }
}

/// What we save at each rival's own mean wait: between two prices, as if lots decided which of them a job is under.
fn curve(played: &Played) {
    let wait = |run: &str| played.of(run).mean_wait_hours.unwrap_or(f64::NAN);
    let mut points: Vec<(f64, f64)> = PRICES
        .map(ours)
        .iter()
        .map(|run| (wait(run), played.saved(run)))
        .collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    for rival in JUDGED.iter().chain(&SHOWN) {
        let (saved, ours) = (played.saved(rival), at(&points, wait(rival)));
        let judged = if SHOWN.contains(rival) { f64::NAN } else { saved - 1e-6 };
        println!(
            "    {rival:15} waits {:5.2} h, saves {saved:6.2} %; we then {}",
            wait(rival),
            share(ours, judged)
        );
    }
    let points: Vec<String> = points
        .iter()
        .map(|(wait, saved)| format!("{wait:.2} h {saved:.2} %"))
        .collect();
    println!("    our curve: {}", points.join(", "));
}

/// The value at a wait, between the points around it; before the first and beyond the last one, these.
fn at(points: &[(f64, f64)], wait: f64) -> f64 {
    let after = points.partition_point(|point| point.0 < wait);
    match (after.checked_sub(1).map(|before| points[before]), points.get(after)) {
        (Some(before), Some(after)) => {
            let part = (wait - before.0) / (after.0 - before.0);
            before.1 + part * (after.1 - before.1)
        }
        (before, after) => before.or(after.copied()).map_or(f64::NAN, |point| point.1),
    }
}

/// What holds in every run of ours, whatever it saves; what does not is printed, and counted.
fn promised(asked: &Asked, played: &Played, prices: &[f64]) {
    for run in prices.iter().map(|price| ours(*price)) {
        let figures = played.of(&run);
        let (overbooked, outside) = (figures.overbooked_slots, figures.residency_violations);
        let late = played.late_because_of(&run);
        if (overbooked, outside, late) != (Some(0), Some(0), 0) {
            println!(
                "BROKEN: {run}: overbooked {overbooked:?}, outside {outside:?}, {late} late that fifo would have kept"
            );
            asked.broken.set(asked.broken.get() + 1);
        }
    }
}

/// How many are late, ours and under fifo.
fn late(played: &Played) -> String {
    let late = |run: &str| played.of(run).deadline_misses.unwrap_or(0);
    format!("late {}, fifo {}", late(&ours(0.0)), late("fifo"))
}

/// A share beside its target, where there is one.
fn share(value: f64, target: f64) -> String {
    let verdict = if target.is_nan() {
        "     "
    } else if value >= target {
        "kept "
    } else {
        "SHORT"
    };
    format!("{value:6.2} % {verdict}")
}

/// Zones and jobs.
struct Case<'a> {
    name: String,
    zones: &'a [&'a str],
    trace: &'a Trace,
}

fn cases<'a>(asked: &'a Asked, traces: &'a [Trace]) -> impl Iterator<Item = Case<'a>> {
    let of_trace = move |trace: &'a Trace| {
        CASES.into_iter().map(move |zones| Case {
            name: format!("{} {}", zones.join(" + ").replace("_2022", ""), trace.name),
            zones,
            trace,
        })
    };
    traces.iter().flat_map(of_trace).filter(|case| asked.wants(&case.name))
}

impl Case<'_> {
    /// Online, in unlimited zones, with a perfect forecast, all lengths known and none to pause.
    fn scene<'s>(&'s self, asked: &'s Asked) -> Scene<'s> {
        Scene {
            folder: &asked.folder,
            zones: self.zones,
            start: asked.start,
            forecast: "perfect",
            head_room: None,
            arrivals: "online",
            lengths: "known",
            pausable: (0.0, "0s"),
            scalable: 0.0,
            prices: &[0.0],
            rivals: &[],
        }
    }

    /// Its jobs: of a year's trace those of the same season, of a shorter one those after its first quarter.
    fn part(&self, asked: &Asked) -> Part {
        let jobs = &self.trace.jobs;
        let new_year = "2022-01-01T00:00:00Z".parse().unwrap();
        let from = if jobs[jobs.len() - 1].submit > YEAR {
            asked.start.duration_since(new_year).as_hours() as f64
        } else {
            jobs[jobs.len() / 4].submit
        };
        self.trace
            .part(from, asked.jobs, asked.density)
            .without_giants(asked.widest)
    }
}
