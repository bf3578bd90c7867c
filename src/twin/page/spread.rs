//! How figures spread over the jobs, and over the namespaces.

use maud::{Markup, html};

use super::input::{Bin, Page};
use super::rivals::hatch;
use super::scale::{Scale, decimals, ticks};
use super::words::{hours, number, percent, short};

const WIDTH: f64 = 460.0;
/// Namespaces that are drawn: those that gain most and least.
const DRAWN: usize = 20;

/// How long the jobs waited.
pub(super) fn waits(page: &Page) -> Markup {
    let edge = |value: f64| number(Some(value), usize::from(value.fract() != 0.0), "");
    histogram(
        &Histogram {
            id: "waits",
            title: "How long the jobs waited",
            axis: "wait, hours",
            edge: &edge,
            range: &|bin| format!("{} to {}", hours(bin.from), hours(bin.to)),
        },
        &page.waits,
    )
}

/// What each job saved or lost.
pub(super) fn savings(page: &Page) -> Markup {
    histogram(
        &Histogram {
            id: "savings",
            title: "What each job saved",
            axis: "saved of its own emissions, %; hatched: dirtier than at once",
            edge: &|value| number(Some(value * 100.0), 0, ""),
            range: &|bin| format!("{} to {}", percent(bin.from), percent(bin.to)),
        },
        &page.savings,
    )
}

/// How a histogram is written.
struct Histogram<'a> {
    id: &'a str,
    title: &'a str,
    axis: &'a str,
    edge: &'a dyn Fn(f64) -> String,
    range: &'a dyn Fn(&Bin) -> String,
}

/// The bins side by side, however wide; their heights are shares of all jobs.
fn histogram(shown: &Histogram, bins: &[Bin]) -> Markup {
    let jobs = bins.iter().map(|bin| bin.jobs).sum::<usize>().max(1) as f64;
    let share = |bin: &Bin| bin.jobs as f64 / jobs;
    let most = ticks(0.0, bins.iter().map(share).fold(0.01, f64::max), 3);
    let y = Scale::of((0.0, most[most.len() - 1]), (150.0, 12.0));
    let x = Scale::of((0.0, bins.len().max(1) as f64), (44.0, 448.0));
    let said: Vec<String> = bins
        .iter()
        .map(|bin| format!("{}: {}", (shown.range)(bin), percent(share(bin))))
        .collect();
    let (title, desc, pattern) = (
        format!("{}-t", shown.id),
        format!("{}-d", shown.id),
        format!("{}-h", shown.id),
    );
    // Edges are written no closer than they can be read.
    let every = bins.len().div_ceil(10).max(1);
    let edges = bins
        .iter()
        .map(|bin| bin.from)
        .chain(bins.last().map(|bin| bin.to))
        .enumerate();
    html! {
        svg viewBox=(format!("0 0 {WIDTH} 192")) role="img" aria-labelledby=(format!("{title} {desc}")) {
            title id=(title) { (shown.title) }
            desc id=(desc) { (said.join("; ")) "." }
            (hatch(&pattern))
            @for value in &most {
                line.rule x1="44" x2="448" y1=(y.at(*value)) y2=(y.at(*value)) {}
                text.tick x="39" y=(y.at(*value) + 4.0) text-anchor="end" { (number(Some(value * 100.0), decimals(&most).saturating_sub(2), "")) }
            }
            text.tick x="12" y="81" text-anchor="middle" transform="rotate(-90 12 81)" { "% of jobs" }
            @for (i, bin) in bins.iter().enumerate() {
                @let (left, right) = (x.at(i as f64) + 1.0, x.at(i as f64 + 1.0) - 1.0);
                @let is_harm = bin.to <= 0.0;
                rect.bar.bound[is_harm].ours[!is_harm] x=(left) width=(right - left) y=(y.at(share(bin)))
                    height=(y.at(0.0) - y.at(share(bin))) fill=[is_harm.then(|| format!("url(#{pattern})"))] {}
            }
            @for (i, value) in edges.filter(|(i, _)| i % every == 0) {
                text.tick x=(x.at(i as f64)) y="165" text-anchor="middle" { ((shown.edge)(value)) }
            }
            text.tick x="246" y="185" text-anchor="middle" { (shown.axis) }
        }
    }
}

/// What each namespace saved, the most first: nobody pays for another's saving unseen.
pub(super) fn namespaces(page: &Page) -> Markup {
    let mut shares: Vec<(&String, f64)> = page
        .figures()
        .into_iter()
        .flat_map(|run| run.saved_share_by_namespace.iter().flatten())
        .map(|(name, share)| (name, *share))
        .filter(|(_, share)| share.is_finite())
        .collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    let all = shares.len();
    if all > DRAWN {
        shares.drain(DRAWN / 2..all - DRAWN / 2);
    }
    let most = shares.iter().map(|(_, share)| share.abs()).fold(0.01, f64::max);
    html! {
        div.scroll { table.slim {
            caption { "What each namespace saved of its own emissions" }
            thead { tr { th scope="col" { "Namespace" } th.num scope="col" { "Saved" } td aria-hidden="true" {} } }
            tbody { @for (name, share) in &shares { tr {
                th scope="row" { (short(name, 60)) }
                td.num.bad[*share < -0.0005] { (percent(*share)) }
                td.meter aria-hidden="true" {
                    svg viewBox="0 0 160 12" { rect class=(if *share < 0.0 { "bar rival" } else { "bar ours" })
                        x="0" y="1" height="10" width=(Scale::of((0.0, most), (0.0, 158.0)).at(share.abs())) {} }
                }
            } } }
        } }
        @if all > shares.len() { p.note { "The " (DRAWN / 2) " that saved most and the " (DRAWN / 2) " that saved least, of " (all) "." } }
    }
}
