//! How much of the possible saving each forecast of ours keeps, and how long one takes.
//!
//! `cargo bench --bench forecast` judges every method on every hourly file of a folder (`$ALIZE_DATA`, else
//! `../shared/data/ci`; files of Electricity Maps, `.csv` or `.csv.gz`: times in the first column, life-cycle intensity in the
//! sixth). `cargo bench --bench forecast -- --fit` prints the prior that fits these files best.
//! `docs/forecasts.md` says what was seen, and on which files.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measures")]
#![expect(clippy::unwrap_used, reason = "a benchmark ends with what it did not expect")]
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads the real clock and has no command line of its own"
)]

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

use alize::grid::forecast::{Forecaster, Hourly, JobKind, Kept, Method, Watched, fit_prior, forecast};
use alize::twin::backtest::{self, Verdict};
use flate2::read::GzDecoder;

fn main() {
    let named = std::env::var_os("ALIZE_DATA").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/ci"));
    let files = files(&folder);
    if files.is_empty() {
        println!("SKIPPED: {} has no files *.csv or *.csv.gz", folder.display());
        return;
    }
    let series: Vec<(String, Hourly)> = files.iter().map(|file| (name(file), read(file))).collect();
    if std::env::args().any(|argument| argument == "--fit") {
        fit(&series.into_iter().map(|(_, hourly)| hourly).collect::<Vec<_>>());
    } else {
        table(&series);
        time(&series[0].1);
    }
}

fn fit(series: &[Hourly]) {
    for (name, weights) in fit_prior(series).unwrap() {
        let cells: Vec<String> = weights.iter().map(|weight| format!("{weight:.3},")).collect();
        println!("{} // {name}", cells.join(" "));
    }
}

/// One line a file, then the unweighted means.
fn table(series: &[(String, Hourly)]) {
    println!(
        "saving kept in %, `ours` less `corrected`, coverage of the band of ours in % on days 1 to 4, and `ours` when watched"
    );
    let mut sums = vec![0.0; 10];
    for (name, hourly) in series {
        let verdicts = Method::ALL.map(|method| backtest::judge(method, hourly));
        let mut cells: Vec<f64> = verdicts
            .iter()
            .map(|v| 100.0 * v.mean_kept().unwrap_or(f64::NAN))
            .collect();
        cells.push(cells[3] - cells[2]);
        let ours: &Verdict = &verdicts[3];
        cells.extend(ours.days.iter().map(|day| 100.0 * day.coverage.unwrap_or(f64::NAN)));
        cells.push(watched(hourly));
        line(name, &cells);
        sums.iter_mut()
            .zip(&cells)
            .for_each(|(sum, cell)| *sum += cell / series.len() as f64);
    }
    line("mean", &sums);
}

fn line(name: &str, cells: &[f64]) {
    let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:6.1}")).collect();
    println!("{name:20} {}", cells.join(" "));
}

/// What the watched forecaster keeps, in %: at the judge's starts whose longest window is known.
fn watched(hourly: &Hourly) -> f64 {
    let mut forecaster = Watched::new(hourly.start);
    let mut kept = JobKind::ALL.map(|_| Kept::default());
    for (hour, value) in hourly.values.iter().enumerate() {
        let is_start = hour >= 28 * 24 && hourly.at(hour).as_second() % (6 * 3600) == 0;
        let window = hourly.values.get(hour..hour + 48).filter(|_| is_start);
        if let Some(actual) = window.filter(|window| window.iter().all(|value| value.is_finite())) {
            let values: Vec<f64> = forecaster.forecast(48).iter().map(|point| point.value).collect();
            for (kind, kept) in JobKind::ALL.into_iter().zip(&mut kept) {
                kept.add(kind, values.get(..kind.window()), &actual[..kind.window()]);
            }
        }
        forecaster.observe(*value);
    }
    100.0 * Kept::mean(&kept).unwrap_or(f64::NAN)
}

/// From a whole past, as after a restart; and from a forecaster that has followed its series.
fn time(hourly: &Hourly) {
    let past = Hourly {
        start: hourly.start,
        values: hourly.values[..60 * 24].to_vec(),
    };
    let runs = 50;
    let begun = Instant::now();
    (0..runs).for_each(|_| assert_eq!(forecast(Method::Ours, &past, 96).len(), 96));
    println!(
        "96 hours from 60 days of past: {:.2} ms",
        begun.elapsed().as_secs_f64() * 1e3 / f64::from(runs)
    );
    let mut forecaster = Forecaster::new(Method::Ours, past.start);
    past.values.iter().for_each(|value| forecaster.observe(*value));
    let begun = Instant::now();
    (0..runs).for_each(|_| assert_eq!(forecaster.forecast(96).len(), 96));
    println!(
        "96 hours once it has followed: {:.3} ms",
        begun.elapsed().as_secs_f64() * 1e3 / f64::from(runs)
    );
}

fn read(file: &Path) -> Hourly {
    let mut text = String::new();
    let opened = File::open(file).unwrap();
    if file.extension().is_some_and(|ending| ending == "gz") {
        GzDecoder::new(opened).read_to_string(&mut text).unwrap();
    } else {
        (&opened).read_to_string(&mut text).unwrap();
    }
    backtest::read(&file.display().to_string(), &text, &"1".into(), &"6".into()).unwrap()
}

fn name(file: &Path) -> String {
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    name.split('.').next().unwrap_or_default().to_owned()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_csv =
        |path: &PathBuf| path.to_string_lossy().ends_with(".csv") || path.to_string_lossy().ends_with(".csv.gz");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_csv).collect();
    files.sort();
    files
}
