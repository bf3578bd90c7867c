//! Where and when the work ran, before and after, below the intensity of each grid.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::hourly::{Paid, Stretch, WEEK, mean, stretch, typical_day, typical_week};
use super::input::{Page, Zone};
use super::scale::{Scale, area, steps, ticks};
use super::words::{number, percent, short};

/// Zones that are drawn; the table holds all.
const DRAWN: usize = 12;
const WIDTH: f64 = 460.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = 452.0;
/// Top and bottom of both bands.
const GRID: (f64, f64) = (8.0, 62.0);
const POWER: (f64, f64) = (76.0, 156.0);

/// The section: a typical day and a week of every zone, and the table of what the work paid.
pub(super) fn when_where(page: &Page) -> Markup {
    let week = typical_week(page);
    let first = page.hours_from + SignedDuration::from_hours(week as i64);
    let mut zones: Vec<&Zone> = page.zones.iter().collect();
    let work = |zone: &Zone| zone.before.iter().chain(&zone.after).sum::<f64>();
    zones.sort_by(|a, b| work(b).total_cmp(&work(a)));
    let days: Vec<Stretch> = zones.iter().map(|zone| typical_day(zone, page.hours_from)).collect();
    let weeks: Vec<Stretch> = zones.iter().map(|zone| stretch(zone, week, week + WEEK)).collect();
    let hours: Vec<(f64, String)> = (0..=24)
        .step_by(6)
        .map(|hour| (f64::from(hour), format!("{hour:02}:00")))
        .collect();
    let (day_axes, week_axes) = (Axes::of(&days, hours), Axes::of(&weeks, week_days(first)));
    html! {
        p { "On the left a typical day, the mean of every hour of the day in UTC; on the right the week whose saving is closest to that "
            "of the whole period. All zones have the same scales." }
        p.legend {
            span { (swatch("grid")) "intensity of the grid" }
            span { (swatch("before")) "power when all is run at once" }
            span { (swatch("after")) "power in this run" }
        }
        @for (i, zone) in zones.iter().enumerate().take(DRAWN) {
            h3 { (zone.name) }
            div.pair {
                figure {
                    (panel(&format!("day-{i}"), &format!("{}: a typical day", zone.name), &days[i], &day_axes))
                    figcaption { "A typical day" }
                }
                figure {
                    (panel(&format!("week-{i}"), &format!("{}: a week", zone.name), &weeks[i], &week_axes))
                    figcaption { "The week from " (first.strftime("%-d %B")) }
                }
            }
        }
        @if zones.len() > DRAWN {
            p.note { "Drawn are the " (DRAWN) " zones with the most work; the table holds all " (zones.len()) "." }
        }
        (table(&zones))
    }
}

/// What is common to all panels of a row, so that zones can be compared.
struct Axes {
    intensity: f64,
    power: f64,
    marks: Vec<(f64, String)>,
}

impl Axes {
    fn of(stretches: &[Stretch], marks: Vec<(f64, String)>) -> Self {
        let most = |series: fn(&Stretch) -> &[f64]| {
            let values = stretches.iter().flat_map(series).copied();
            ticks(0.0, values.fold(0.0, f64::max), 5).last().copied().unwrap_or(1.0)
        };
        Self {
            intensity: most(|stretch| &stretch.intensity),
            power: most(|stretch| &stretch.before).max(most(|stretch| &stretch.after)),
            marks,
        }
    }
}

fn week_days(first: Timestamp) -> Vec<(f64, String)> {
    let day = |day: i64| {
        let at = first + SignedDuration::from_hours(24 * day);
        (24.0 * day as f64, at.strftime("%a %-d").to_string())
    };
    (0..7).map(day).collect()
}

fn swatch(class: &str) -> Markup {
    html! {
        svg.swatch viewBox="0 0 22 12" aria-hidden="true" {
            @if class == "after" { rect.after x="1" y="2" width="20" height="9" {} }
            @else { path class=(class) d="M1 6H21" {} }
        }
    }
}

/// One zone over some hours: the grid above, the work below.
fn panel(id: &str, title: &str, hours: &Stretch, axes: &Axes) -> Markup {
    let x = Scale::of((0.0, hours.intensity.len() as f64), (LEFT, RIGHT));
    let grid = Scale::of((0.0, axes.intensity), (GRID.1, GRID.0));
    let power = Scale::of((0.0, axes.power), (POWER.1, POWER.0));
    html! {
        svg viewBox=(format!("0 0 {WIDTH} 178")) role="img" aria-labelledby=(format!("{id}-t {id}-d")) {
            title id=(format!("{id}-t")) { (title) }
            desc id=(format!("{id}-d")) { (said(hours)) }
            @for (at, mark) in &axes.marks {
                line.rule x1=(x.at(*at)) x2=(x.at(*at)) y1=(GRID.0) y2=(POWER.1) {}
                @let anchor = if x.at(*at) > RIGHT - 10.0 { "end" } else { "middle" };
                text.tick x=(x.at(*at)) y="172" text-anchor=(anchor) { (mark) }
            }
            (levels(grid, axes.intensity, "g/kWh"))
            (levels(power, axes.power, "kW"))
            path.grid-area d=(area(x, grid, &hours.intensity, 0.0)) {}
            path.grid d=(steps(x, grid, &hours.intensity)) {}
            path.after d=(area(x, power, &hours.after, 0.0)) {}
            path.before d=(steps(x, power, &hours.before)) {}
        }
    }
}

/// The base line and the highest value of a band.
fn levels(scale: Scale, most: f64, unit: &str) -> Markup {
    let decimals = usize::from(most < 5.0);
    html! {
        @for value in [0.0, most] {
            line.rule x1=(LEFT) x2=(RIGHT) y1=(scale.at(value)) y2=(scale.at(value)) {}
        }
        text.tick x=(LEFT - 5.0) y=(scale.at(most) + 8.0) text-anchor="end" { (number(Some(most), decimals, "")) }
        text.tick x=(LEFT - 5.0) y=(scale.at(most / 2.0) + 6.0) text-anchor="end" { (unit) }
        text.tick x=(LEFT - 5.0) y=(scale.at(0.0)) text-anchor="end" { "0" }
    }
}

/// The chart in a sentence, for whoever cannot see it.
fn said(hours: &Stretch) -> String {
    let paid = |power: &[f64]| {
        let grams: f64 = power
            .iter()
            .zip(&hours.intensity)
            .map(|(power, intensity)| power * intensity)
            .sum();
        number(Some(grams / power.iter().sum::<f64>()), 0, " g/kWh")
    };
    let low = hours.intensity.iter().copied().fold(f64::INFINITY, f64::min);
    let high = hours.intensity.iter().copied().fold(0.0, f64::max);
    if low > high {
        return "The intensity of the grid is not known.".into();
    }
    format!(
        "The grid lies between {} and {} g/kWh. Run at once, the work pays {} in the mean; in this run {}.",
        number(Some(low), 0, ""),
        number(Some(high), 0, ""),
        paid(&hours.before),
        paid(&hours.after),
    )
}

fn table(zones: &[&Zone]) -> Markup {
    let grams = |value: Option<f64>| number(value, 0, "");
    html! {
        div.scroll { table {
            caption { "What the work paid in each zone, from hourly means" }
            thead { tr {
                th scope="col" { "Zone" }
                th.num scope="col" { "Grid, mean" br; small { "g/kWh" } }
                th.num scope="col" { "Renewable, mean" }
                th.num scope="col" { "At once" br; small { "kWh" } }
                th.num scope="col" { "At once" br; small { "g/kWh paid" } }
                th.num scope="col" { "This run" br; small { "kWh" } }
                th.num scope="col" { "This run" br; small { "g/kWh paid" } }
            } }
            tbody { @for zone in zones {
                @let before = Paid::of(zone, &zone.before, 0, usize::MAX);
                @let after = Paid::of(zone, &zone.after, 0, usize::MAX);
                tr {
                    th scope="row" { (short(&zone.name, 60)) }
                    td.num { (grams(mean(&zone.intensity, zone))) }
                    td.num { (percent(mean(&zone.renewable_share, zone))) }
                    td.num { (number(Some(before.kwh), 0, "")) }
                    td.num { (grams(before.per_kwh())) }
                    td.num { (number(Some(after.kwh), 0, "")) }
                    td.num { (grams(after.per_kwh())) }
                }
            } }
        } }
    }
}
