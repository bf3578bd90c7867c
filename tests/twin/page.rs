//! The page: whole, harmless, small. The sample is written to `target/tmp/report.html`, to be looked at.

use std::fs;
use std::path::Path;

use alize::twin::account::Figures;
use alize::twin::page::{Bin, By, Interval, Page, Shown, Zone, page};
use jiff::Timestamp;

const HOURS: usize = 59 * 24;
const HOSTILE: &str = "</title></svg><script>alert('x')</script>\" onload=\"x";

/// A zone whose sun and wind make the grid clean at noon and on windy days; work moves there.
fn zone(name: &str, level: f64, sun: f64, work: f64, moved: f64) -> Zone {
    let noon = |hour: usize| (-((hour % 24) as f64 - 13.0).powi(2) / 14.0).exp();
    let wind = |hour: usize| (hour as f64 / 31.0).sin() * 0.15 + (hour as f64 / 97.0).sin() * 0.1;
    let clean = |hour: usize| (sun * noon(hour) + wind(hour)).clamp(0.0, 0.9);
    let office = |hour: usize| 0.4 + (-((hour % 24) as f64 - 10.0).powi(2) / 20.0).exp();
    let series = |value: &dyn Fn(usize) -> f64| (0..HOURS).map(value).collect::<Vec<f64>>();
    Zone {
        name: name.into(),
        intensity: series(&|hour| level * (1.0 - clean(hour))),
        renewable_share: series(&clean),
        before: series(&|hour| work * office(hour)),
        after: series(&|hour| moved * work * (0.15 + 2.2 * clean(hour))),
    }
}

fn run(name: &str, by: By, saved: f64, wait: f64) -> Shown {
    let is_bound = by == By::Bound;
    let of_run = |value: f64| (!is_bound).then_some(value);
    let count = |value: usize| (!is_bound).then_some(value);
    let figures = Figures {
        name: name.into(),
        grams: 18_040_000.0 * (1.0 - saved),
        exact: is_bound.then_some(false),
        kwh: of_run(71_350.0),
        renewable_share_mean: of_run(0.4 + saved / 3.0),
        saved_share: Some(saved),
        saved_share_vs_fifo: Some(saved - 0.01),
        captured_share: Some(saved / 0.352),
        mean_wait_hours: of_run(wait),
        p95_wait_hours: of_run(wait * 3.4),
        deadline_misses: count(0),
        overbooked_slots: count(if name.starts_with("lowest") { 311 } else { 0 }),
        residency_violations: count(0),
        harmed_share: of_run(saved * 0.12),
        pauses: count(if name == "threshold" { 4_811 } else { 920 }),
        migrations: count(0),
        peak_concurrency: count(212),
        plan_seconds: (by == By::Policy).then_some(4.2),
        jobs: 16_204,
        ..Figures::default()
    };
    Shown {
        by,
        knows_more: false,
        figures,
    }
}

fn runs() -> Vec<Shown> {
    let mut ours = run("alize", By::Policy, 0.312, 3.4);
    ours.figures.saved_share_time = Some(0.203);
    ours.figures.saved_share_space = Some(0.109);
    let shares = [
        ("vision", 0.371),
        ("etl", 0.33),
        ("speech", 0.284),
        ("finance", 0.121),
        ("lab", -0.004),
    ]
    .map(|(name, share)| (name.to_owned(), share));
    ours.figures.saved_share_by_namespace = Some(shares.into());
    let mut awhile = run("wait-awhile", By::Rival, 0.301, 6.3);
    awhile.knows_more = true;
    vec![
        ours,
        run("alize-patient", By::Policy, 0.334, 7.9),
        run("run-now", By::Rival, 0.0, 0.0),
        run("fifo", By::Rival, 0.012, 0.3),
        run("lowest-slot", By::Rival, 0.171, 5.6),
        run("lowest-window", By::Rival, 0.212, 6.1),
        run("carbon-time", By::Rival, 0.195, 4.3),
        run("threshold", By::Rival, 0.231, 6.0),
        awhile,
        run("arrival-greedy", By::Rival, 0.246, 4.9),
        run("night-window", By::Rival, -0.038, 7.2),
        run("optimum", By::Bound, 0.352, 0.0),
    ]
}

fn bins(edges: &[f64], jobs: &[usize]) -> Vec<Bin> {
    let pairs = edges.windows(2).zip(jobs);
    pairs
        .map(|(edge, jobs)| Bin {
            from: edge[0],
            to: edge[1],
            jobs: *jobs,
        })
        .collect()
}

fn sample() -> Page {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let facts = [
        ("Jobs", "16,204 from jobs.csv, two classes"),
        ("Lengths", "learned"),
        ("Arrivals", "online"),
        ("Forecast", "profile, es and de; day-ahead, gb"),
        ("Longest wait", "6 h short, 24 h long"),
        ("Pausing", "half of the jobs, resume costs 5 min"),
        ("Slot", "15 min"),
        ("Seed", "1"),
    ];
    Page {
        scenario: "winter-two-months".into(),
        period: (at("2022-01-01T00:00:00Z"), at("2022-03-01T00:00:00Z")),
        runs: runs(),
        about: 0,
        run_now_grams: 18_040_000.0,
        harmed_grams: Some(41_200.0),
        hours_from: at("2022-01-01T00:00:00Z"),
        zones: vec![
            zone("es", 310.0, 0.55, 30.0, 1.15),
            zone("de", 520.0, 0.3, 22.0, 0.7),
            zone("gb", 270.0, 0.15, 12.0, 1.2),
        ],
        waits: bins(
            &[0.0, 0.5, 1.0, 2.0, 4.0, 6.0, 8.0, 12.0, 18.0, 24.0],
            &[6120, 1510, 1804, 2511, 1790, 1010, 840, 410, 209],
        ),
        savings: bins(
            &[-0.5, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8],
            &[12, 95, 498, 4210, 2110, 2400, 2601, 2090, 1500, 688],
        ),
        uncertainty: Some(Interval {
            low: 0.287,
            high: 0.338,
            how: "Whole weeks were drawn again with replacement, 1,000 times.".into(),
        }),
        facts: facts.map(|(what, how)| (what.to_owned(), how.to_owned())).into(),
        warnings: vec!["1.4 % of the hours of es are estimates of the provider.".into()],
    }
}

fn written(name: &str, input: &Page) -> String {
    let text = page(input);
    fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), &text).unwrap();
    text
}

#[test]
fn the_page_says_in_its_first_words_what_was_saved_at_what_wait_and_what_was_harmed() {
    let text = written("report.html", &sample());
    let top = text.split("</header>").next().unwrap();
    for words in [
        "<h1>alize emits 31.2 % less carbon than running every job at once</h1>",
        "12.4 t CO₂e instead of 18.0 t for 16,204 jobs",
        "Jobs wait 3.4 h on average",
        "No deadline is missed.",
        "of the jobs became dirtier than at once, by 41.2 kg in all",
        "✓ kept",
        "The best rival, <b>arrival-greedy</b>, saves 24.6 %",
    ] {
        assert!(top.contains(words), "{words} is not in {top}");
    }
}

#[test]
fn a_run_that_breaks_promises_or_saves_nothing_says_so() {
    let mut input = sample();
    input.runs[0].figures.deadline_misses = Some(1);
    input.runs[0].figures.saved_share = Some(-0.02);
    let text = page(&input);
    for words in ["emits 2.0 % more carbon", "1 deadline is missed.", "✗ broken"] {
        assert!(text.contains(words), "{words}");
    }
}

#[test]
fn nothing_is_loaded_from_elsewhere_and_nothing_runs() {
    let text = page(&sample());
    for word in [
        "http:",
        "https:",
        "<script",
        "<link",
        "<img",
        "@import",
        "url(http",
        "javascript:",
        "<iframe",
    ] {
        assert!(!text.contains(word), "{word}");
    }
}

#[test]
fn names_from_users_are_text_wherever_they_stand() {
    let mut input = sample();
    input.scenario = HOSTILE.into();
    input.warnings = vec![HOSTILE.into()];
    input.facts = vec![(HOSTILE.into(), HOSTILE.into())];
    for run in &mut input.runs {
        run.figures.name = HOSTILE.into();
    }
    for zone in &mut input.zones {
        zone.name = HOSTILE.into();
    }
    input.runs[0].figures.saved_share_by_namespace = Some([(HOSTILE.to_owned(), 0.1)].into());
    let text = written("hostile.html", &input);
    assert!(!text.contains("<script") && !text.contains("\" onload"));
    assert!(text.matches("&lt;script&gt;").count() > 10);
}

#[test]
fn every_chart_has_a_title_and_a_description_and_no_id_stands_twice() {
    let text = page(&sample());
    let ids: Vec<&str> = text
        .split(" id=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    let unique: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len(), "{ids:?}");
    let charts = text.matches("role=\"img\"").count();
    assert_eq!(charts, 2 + 2 * 3 + 2);
    assert_eq!(
        (text.matches("<title id=").count(), text.matches("<desc id=").count()),
        (charts, charts)
    );
    for label in text
        .split("aria-labelledby=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
    {
        assert!(label.split(' ').all(|id| unique.contains(&id)), "{label}");
    }
}

#[test]
fn a_year_of_twenty_zones_stays_below_half_a_megabyte() {
    let mut input = sample();
    input.zones = (0..20)
        .map(|i| zone(&format!("zone-{i}"), 300.0 + 10.0 * f64::from(i), 0.4, 20.0, 1.0))
        .collect();
    for zone in &mut input.zones {
        for series in [&mut zone.intensity, &mut zone.before, &mut zone.after] {
            *series = series.iter().copied().cycle().take(8760).collect();
        }
    }
    let text = written("large.html", &input);
    assert!(text.len() < 500_000, "{}", text.len());
}

#[test]
fn an_empty_page_and_figures_without_meaning_are_pages_too() {
    let mut input = Page::default();
    assert!(page(&input).contains("No run to report"));
    let figures = Figures {
        grams: f64::NAN,
        saved_share: Some(f64::NAN),
        ..Figures::default()
    };
    input.runs = vec![Shown {
        figures,
        ..Shown::default()
    }];
    input.zones = vec![Zone {
        intensity: vec![f64::NAN, 100.0],
        before: vec![1.0],
        ..Zone::default()
    }];
    let text = written("empty.html", &input);
    let figures = text.replace("information", "");
    assert!(!figures.contains("NaN") && !figures.contains("inf"), "{figures}");
    assert!(
        text.contains("not counted"),
        "promises are not kept because nobody counted"
    );
}
