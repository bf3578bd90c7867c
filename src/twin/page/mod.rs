//! `report.html`: one page that a manager understands in a minute and an engineer can check.
//!
//! A pure function from plain values to text. The page needs nothing from elsewhere: style and charts are inside, nothing is
//! loaded and nothing runs. Names from users are escaped by the macro that writes them.

mod headline;
mod hourly;
mod input;
mod rivals;
mod scale;
mod scatter;
mod spread;
mod when_where;
mod words;

use maud::{DOCTYPE, Markup, PreEscaped, html};

pub use input::{Bin, By, Interval, Page, Shown, Zone};

/// Our own words, the only ones that are not escaped.
const STYLE: &str = include_str!("style.css");

/// How each figure is defined, as `(figure, meaning)`.
const DEFINITIONS: [(&str, &str); 11] = [
    (
        "Emitted",
        "Energy of each job in each hour, with the zone's PUE, times the intensity of its grid then; resumes included.",
    ),
    (
        "Saved",
        "1 − emitted ÷ what the same jobs emit when each runs at once in its home zone, capacity ignored.",
    ),
    (
        "By when, by where",
        "The two parts of the saving: other hours, and other zones. They sum to it.",
    ),
    (
        "Of possible",
        "The share of the saving that full information of grids, jobs and lengths reaches.",
    ),
    (
        "Wait",
        "End − submission − length, pauses included; for a job that follows another, from when it could start.",
    ),
    ("Missed", "Jobs that ended after the tightest of their deadlines."),
    (
        "Overbooked",
        "Zone, slot and resource in which more was used than there is. Runs that ignore capacity show it here.",
    ),
    (
        "Dirtier",
        "The share of jobs that emitted more than at once: forecasts err, and room is shared.",
    ),
    ("Moves", "Resumes of a paused job in another zone."),
    ("Peak jobs", "The most jobs that ran at the same instant."),
    ("Planning", "Wall time inside the planner, over the whole run."),
];

/// The page.
pub fn page(page: &Page) -> String {
    let text = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Alizé twin: " (page.scenario) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (body(page)) } }
        }
    };
    text.into_string()
}

fn body(page: &Page) -> Markup {
    html! {
        header {
            p.over { "Alizé twin · " (page.scenario) " · " (words::day(page.period.0)) " to " (words::day(page.period.1)) }
            @if let Some(run) = page.figures() { (headline::headline(page, run)) }
            @else { h1 { "No run to report" } }
        }
        section {
            h2 { "Against the rivals" }
            p { "Published policies on the same jobs and grids, with the same forecasts and freedoms. Hatched bars and dashed lines are "
                "bounds: what full information could have reached." }
            div.pair {
                figure { (rivals::bars(page)) figcaption { "Emissions of each run, and the difference from all at once." } }
                figure { (scatter::scatter(page)) figcaption {
                    "Higher saves more, further left waits less. Diamonds are policies of Alizé (filled: this run), rings rivals, triangles "
                    "rivals that know more of the future." } }
            }
            (rivals::table(page))
        }
        section {
            h2 { "When and where the work ran" }
            (when_where::when_where(page))
        }
        section {
            h2 { "Who waited, who gained, who was harmed" }
            div.pair {
                figure { (spread::waits(page)) figcaption { "Jobs by how long they waited." } }
                figure { (spread::savings(page)) figcaption { "Jobs by what they saved of their own emissions at once." } }
            }
            (spread::namespaces(page))
        }
        section { h2 { "How sure this is" } (headline::certainty(page)) }
        section { h2 { "What was simulated" } (headline::facts(page)) }
        section {
            h2 { "How each figure is defined" }
            dl.definitions { @for (figure, meaning) in DEFINITIONS { dt { (figure) } dd { (meaning) } } }
            p.note { "result.json holds the figures, and jobs.csv every job with its segments: enough to compute all of them again." }
        }
    }
}
