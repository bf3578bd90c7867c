//! The rivals side by side: what each run saved.

use super::draw::{Frame, WIDTH, line, picture, rectangle, text};
use super::sure::Interval;
use crate::twin::result::Results;

const ROW: f64 = 24.0;

/// One bar a run.
pub(super) fn bars(results: &Results, sure: &[Option<Interval>]) -> String {
    let shares: Vec<f64> = results
        .runs
        .iter()
        .map(|done| done.figures.saved_share.unwrap_or(0.0))
        .collect();
    let ends = |end: fn(&Interval) -> f64| sure.iter().flatten().map(end).collect::<Vec<f64>>();
    let least = ends(|interval| interval.low)
        .iter()
        .chain(&shares)
        .copied()
        .fold(0.0, f64::min);
    let most = ends(|interval| interval.high)
        .iter()
        .chain(&shares)
        .copied()
        .fold(0.01, f64::max)
        * 1.02;
    let frame = Frame {
        left: 190.0,
        top: 4.0,
        width: WIDTH - 270.0,
        height: ROW * shares.len() as f64,
        most,
    };
    let x = |share: f64| frame.left + frame.width * (share - least) / (most - least);
    let mut body = line((x(0.0), 0.0), (x(0.0), frame.height + 8.0), "rule");
    for (number, (done, share)) in results.runs.iter().zip(&shares).enumerate() {
        let f = &done.figures;
        let y = frame.top + ROW * number as f64;
        let class = match (f.exact, f.plan_seconds) {
            (Some(_), _) => "bound",
            (None, Some(_)) => "alize",
            (None, None) => "rival",
        };
        let (from, to) = (x(share.min(0.0)), x(share.max(0.0)));
        let words = f
            .saved_share
            .map_or("–".to_owned(), |share| format!("{:.1} %", share * 100.0));
        body += &text(frame.left - 10.0, y + 15.0, "end", "", &f.name);
        body += &rectangle(
            from,
            y + 4.0,
            to - from,
            ROW - 9.0,
            class,
            &format!("{}: {words}", f.name),
        );
        let mut end = to;
        if let Some(interval) = sure.get(number).copied().flatten() {
            let middle = y + ROW / 2.0 - 0.5;
            body += &line((x(interval.low), middle), (x(interval.high), middle), "sure");
            end = end.max(x(interval.high));
        }
        body += &text(end + 6.0, y + 15.0, "start", "", &words);
    }
    picture(frame.height + 12.0, "Share of emissions saved by each run", &body)
}
