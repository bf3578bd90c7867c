//! What single jobs gained and lost, as a histogram.

use super::draw::{Frame, WIDTH, picture, rectangle, text};
use crate::twin::account::Tally;
use crate::twin::result::{Done, Results};

/// Jobs that lost or gained more than all are counted at the ends.
const BINS: usize = 20;

/// Jobs by the share of their own emissions that was saved, from -100 % to 100 %.
pub(super) fn harm(results: &Results, done: &Done) -> String {
    let mut bins = [0_usize; BINS];
    for (after, before) in done.tallies.iter().zip(&results.run_now_tallies) {
        if let Some(share) = saved(after, before) {
            let bin = (share.midpoint(1.0) * BINS as f64)
                .floor()
                .clamp(0.0, BINS as f64 - 1.0);
            bins[bin as usize] += 1;
        }
    }
    let frame = Frame {
        left: 60.0,
        top: 8.0,
        width: WIDTH - 80.0,
        height: 160.0,
        most: bins.iter().copied().max().unwrap_or(0).max(1) as f64 * 1.05,
    };
    let mut body = frame.rules("");
    for (number, count) in bins.iter().enumerate() {
        let (x, y) = (frame.x(number, BINS), frame.y(*count as f64));
        let from = -100 + 200 * number as i64 / BINS as i64;
        let title = format!("{count} jobs: {from} % to {} %", from + 200 / BINS as i64);
        let class = if number < BINS / 2 { "harmed" } else { "alize" };
        let width = frame.width / BINS as f64 - 2.0;
        body += &rectangle(x + 1.0, y, width, frame.top + frame.height - y, class, &title);
    }
    for mark in [-100_i32, -50, 0, 50, 100] {
        let x = frame.left + frame.width * (f64::from(mark) + 100.0) / 200.0;
        body += &text(
            x,
            frame.top + frame.height + 16.0,
            "middle",
            "soft",
            &format!("{mark} %"),
        );
    }
    picture(
        frame.top + frame.height + 24.0,
        "Jobs by the share of their emissions that was saved",
        &body,
    )
}

fn saved(after: &Tally, before: &Tally) -> Option<f64> {
    (before.grams > 0.0).then(|| 1.0 - after.grams / before.grams)
}
