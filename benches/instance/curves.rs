//! Intensities of ten grids over some days, generated or real.
#![expect(clippy::print_stderr, reason = "what is skipped must be seen")]

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use alize::planner::{Certainty, Level, Outlook, Point, Series, ZoneOutlook};
use alize::units::{Basis, Signal, Slot};
use flate2::read::GzDecoder;
use jiff::{SignedDuration, Timestamp};

use super::Dice;

/// A noon valley, an evening peak and some wind on a level of its own for each grid.
pub fn generated(zones: usize, slots: usize, now: Timestamp) -> Vec<ZoneOutlook> {
    let mut dice = Dice(7);
    let mut grid = |zone: usize| {
        let (level, solar) = (100.0 + 500.0 * dice.roll(), 0.4 * dice.roll());
        let mut wind = 0.0;
        let values = (0..slots).map(|hour| {
            let of_day = (hour % 24) as f64;
            wind = 0.9 * wind + 0.1 * (dice.roll() - 0.5);
            let sun = (-(of_day - 13.0).powi(2) / 12.0).exp() * solar;
            let evening = (-(of_day - 20.0).powi(2) / 6.0).exp() * 0.15;
            level * (1.0 - sun + evening + wind)
        });
        outlook(&format!("zone-{zone}"), values.collect(), now)
    };
    (0..zones).map(&mut grid).collect()
}

/// The same spring days in the first zone-years of the folder; `None` where there is no such folder.
pub fn real(zones: usize, slots: usize, now: Timestamp) -> Option<Vec<ZoneOutlook>> {
    let files = files(&folder());
    if files.len() < zones {
        eprintln!(
            "SKIPPED: real grids, because {} has less than {zones} files *.csv.gz",
            folder().display()
        );
        return None;
    }
    let grid = |file: &PathBuf| outlook(&file.display().to_string(), values(file, 24 * 100, slots), now);
    Some(files.iter().take(zones).map(grid).collect())
}

fn folder() -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "a benchmark has no command line of its own")]
    let named = std::env::var_os("ALIZE_DATA");
    named.map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/ci"),
        PathBuf::from,
    )
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries
        .filter(|path| path.to_string_lossy().ends_with(".csv.gz"))
        .collect();
    files.sort();
    files
}

/// Life-cycle intensities of `count` hours from hour `first` of the year on. No field before them holds a comma.
fn values(file: &Path, first: usize, count: usize) -> Vec<f64> {
    let mut text = String::new();
    let read = File::open(file).and_then(|file| GzDecoder::new(file).read_to_string(&mut text));
    if let Err(error) = read {
        eprintln!("{} cannot be read: {error}", file.display());
    }
    let value = |line: &str| line.split(',').nth(5)?.parse().ok();
    text.lines().skip(1 + first).take(count).filter_map(value).collect()
}

fn outlook(zone: &str, values: Vec<f64>, now: Timestamp) -> ZoneOutlook {
    let hour = SignedDuration::from_hours(1);
    let mut start = now - SignedDuration::from_secs(now.as_second() % 3600);
    let mut point = |value| {
        let slot = Slot::of(start, hour);
        start = slot.end;
        Point::of(slot, value)
    };
    let series = Series {
        points: values.into_iter().map(&mut point).collect(),
        basis: Basis::LifeCycle,
        flow: None,
        certainty: Certainty::Published,
        level: Level::Live,
        source: "benchmark".into(),
        issued_at: now,
        fetched_at: now,
    };
    let mut outlook = ZoneOutlook::unknown(zone.into(), "not part of the benchmark");
    outlook.set(Signal::CarbonIntensity, Outlook::Known(series));
    outlook
}
