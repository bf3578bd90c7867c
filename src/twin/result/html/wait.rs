//! What waiting bought: saving against mean wait.

use super::draw::{Frame, WIDTH, dot, picture, round, text};
use crate::twin::result::Results;

/// One point a run.
pub(super) fn wait(results: &Results) -> String {
    let points: Vec<(&str, f64, f64, bool)> = results
        .runs
        .iter()
        .filter_map(|done| {
            let f = &done.figures;
            let percent = f.saved_share? * 100.0;
            Some((f.name.as_str(), f.mean_wait_hours?, percent, f.plan_seconds.is_some()))
        })
        .collect();
    if points.is_empty() {
        return String::new();
    }
    let longest = round(points.iter().map(|point| point.1).fold(0.1, f64::max) * 1.05);
    let frame = Frame {
        left: 60.0,
        top: 12.0,
        width: WIDTH - 200.0,
        height: 240.0,
        most: points.iter().map(|point| point.2).fold(1.0, f64::max) * 1.1,
    };
    let mut body = frame.rules(" %");
    for quarter in 0..=4 {
        let hours = longest * f64::from(quarter) / 4.0;
        let x = frame.left + frame.width * hours / longest;
        body += &text(
            x,
            frame.top + frame.height + 18.0,
            "middle",
            "soft",
            &format!("{hours} h"),
        );
    }
    for (name, hours, saved, ours) in points {
        let (x, y) = (
            frame.left + frame.width * hours.max(0.0) / longest,
            frame.y(saved.max(0.0)),
        );
        let class = if ours { "alize" } else { "rival" };
        body += &dot(x, y, class, &format!("{name}: {saved:.1} % with {hours:.1} h"));
        body += &text(x + 8.0, y + 4.0, "start", "", name);
    }
    picture(
        frame.top + frame.height + 26.0,
        "Saving against mean wait of each run",
        &body,
    )
}
