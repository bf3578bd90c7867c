//! What one forecast and one backtest cost, and how much of the possible saving each method keeps.
//!
//! `cargo bench --bench forecast` times on a generated year, then judges every method on every hourly file of a folder
//! (`$ALIZE_DATA`, else `../shared/data/ci`): `.csv` or `.csv.gz`, with times in the first column and values in the sixth, as
//! Electricity Maps has its life-cycle intensity, or in the second where there are fewer. With `-- --fit` it prints the prior
//! that suits these files, the text of `src/grid/forecast/prior.txt`. `docs/forecasts.md` says what was seen, and on which files.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measures")]
#![expect(clippy::unwrap_used, reason = "a benchmark ends with what it did not expect")]
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads the real clock and has no command line of its own"
)]

use std::hint::black_box;
use std::path::{Path, PathBuf};

use alize::grid::forecast::{Forecaster, Hourly, Method, fit_prior, forecast};
use alize::twin::backtest;
use alize::twin::table::{ColumnName, Table};
use criterion::Criterion;

fn main() {
    let is_fit = std::env::args().any(|argument| argument == "--fit");
    if !is_fit {
        time();
    }
    let named = std::env::var_os("ALIZE_DATA").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/ci"));
    let files = files(&folder);
    if files.is_empty() {
        println!("SKIPPED: {} has no files *.csv or *.csv.gz", folder.display());
        return;
    }
    let series: Vec<(String, Hourly)> = files.iter().map(|file| (name(file), read(file))).collect();
    if is_fit {
        print!("{}", fit_prior(&by_zone(series)).unwrap());
    } else {
        table(&series);
    }
}

/// Files are called after zone and year: `ES_2022`.
fn by_zone(series: Vec<(String, Hourly)>) -> Vec<(String, Hourly)> {
    let zone = |name: &str| name.rsplit_once('_').map_or(name, |(zone, _)| zone).to_owned();
    series.into_iter().map(|(name, hourly)| (zone(&name), hourly)).collect()
}

/// On a year with days, weeks and weather in it.
fn time() {
    let mut random = fastrand::Rng::with_seed(1);
    let mut weather = 0.0;
    let value = |hour: usize| {
        weather = 0.97 * weather + 20.0 * (random.f64() - 0.5);
        let week = if (hour / 24) % 7 < 5 { 40.0 } else { 0.0 };
        300.0 + week + weather + 60.0 * (hour as f64 * std::f64::consts::TAU / 24.0).sin()
    };
    let year = Hourly {
        start: jiff::Timestamp::UNIX_EPOCH,
        values: (0..365 * 24).map(value).collect(),
    };
    let past = Hourly {
        values: year.values[..60 * 24].to_vec(),
        ..year
    };
    let mut forecaster = Forecaster::new(Method::Ours, past.start);
    past.values.iter().for_each(|value| forecaster.observe(*value));

    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    criterion.bench_function("96 hours from 60 days of past, as after a restart", |bench| {
        bench.iter(|| forecast(Method::Ours, black_box(&past), 96));
    });
    criterion.bench_function("96 hours by a forecaster that has followed its series", |bench| {
        bench.iter(|| black_box(&forecaster).forecast(96));
    });
    for method in Method::ALL {
        criterion.bench_function(&format!("a year of backtest, {method}"), |bench| {
            bench.iter(|| backtest::judge(method, black_box(&year)));
        });
    }
    criterion.final_summary();
}

/// One line a file, then the unweighted means over the files where anything could be saved.
fn table(series: &[(String, Hourly)]) {
    println!("saving kept in %; `ours` less `corrected`; coverage of the band of ours in %, on days 1 to 4");
    let mut lines = Vec::new();
    for (name, hourly) in series {
        let verdicts = Method::ALL.map(|method| backtest::judge(method, hourly));
        let kept = verdicts.each_ref().map(backtest::Verdict::mean_kept);
        let [Some(_), Some(_), Some(corrected), Some(ours)] = kept else {
            println!("{name:20} nothing could be saved");
            continue;
        };
        let mut cells: Vec<f64> = kept.iter().flatten().map(|kept| 100.0 * kept).collect();
        cells.push(100.0 * (ours - corrected));
        let days = verdicts[3].days.iter();
        cells.extend(days.map(|day| 100.0 * day.coverage.unwrap_or(f64::NAN)));
        line(name, &cells);
        lines.push(cells);
    }
    let over = |all: &dyn Fn(Vec<f64>) -> f64| -> Vec<f64> {
        let columns = 0..lines.first().map_or(0, Vec::len);
        columns
            .map(|column| all(lines.iter().map(|cells| cells[column]).collect()))
            .collect()
    };
    line("mean", &over(&|cells| cells.iter().sum::<f64>() / cells.len() as f64));
    line("least", &over(&|cells| cells.into_iter().fold(f64::INFINITY, f64::min)));
    line(
        "most",
        &over(&|cells| cells.into_iter().fold(f64::NEG_INFINITY, f64::max)),
    );
}

fn line(name: &str, cells: &[f64]) {
    let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:6.1}")).collect();
    println!("{name:20} {}", cells.join(" "));
}

fn read(file: &Path) -> Hourly {
    let table = Table::read(file).unwrap();
    let column = |number: usize| {
        let columns = (&ColumnName::Number(1), &ColumnName::Number(number));
        backtest::series(&table, columns, (None, None))
    };
    column(6).or_else(|_| column(2)).unwrap()
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
