//! Whether a wait is as sure to save as its policy asks, by the bands of the forecasts.
//!
//! A forecast says of each value between which two it will lie with a probability of 80 %. Its errors are taken to be normal;
//! those of one run to be the same throughout, for who misses a level misses it for hours; and those of the run that waits to
//! have nothing to do with those of the run at once, but where they share hours and place: there they cancel. So
//!
//! ```text
//! sd(gain)² = (∫ sd over the hours of the wait's run alone)² + (∫ sd over those of the run at once alone)²
//! ```
//!
//! and a wait is sure enough where `gain - z sd(gain)` is what it must save, with the `z` that a normal error stays below with the
//! probability that is asked for. Where a forecast has no bands, its values count.

use smallvec::smallvec;

use super::curve::in_hours;
use super::decide::{Verdict, cheapest};
use super::demand::Stage;
use super::grid::Offset;
use super::guard::Guard;
use super::job::Job;
use super::rows::{Piece, Pieces, Standing};
use super::window::{self, Start};

/// A wait, and what it would save.
struct Wait {
    pieces: Pieces,
    gain: f64,
}

/// Whether a job is told to wait, or to pause, that should rather run now: its wait is less sure to save what it must than its
/// policy asks. Whoever has been told to wait is not asked again, for what was promised is kept.
pub(super) fn is_doubtful(job: &Job<'_>, verdict: &Verdict<'_>, now: &[Start]) -> bool {
    let asked = deviations(job.rules.confidence);
    let is_told = match job.demand.stage {
        Stage::Held | Stage::Shadow => job.demand.published.is_none(),
        Stage::Running { .. } => true,
        Stage::MustRun { .. } | Stage::Paused { .. } => false,
    };
    if asked <= 0.0 || !is_told || verdict.at <= job.present {
        return false;
    }
    let at_once = match job.standing {
        Standing::Running(there, _) => now.iter().copied().find(|start| start.place == there),
        _ => cheapest(now.iter().copied().filter(|start| start.room)),
    };
    let Some((at_once, wait)) = at_once.and_then(|at_once| Some((at_once, wait(job, verdict, &at_once)?))) else {
        return false; // There is no room now, or nothing to compare.
    };
    let guard = Guard::of(job.rules, at_once.cost);
    let must = guard.minimum + guard.price_per_hour * in_hours(verdict.at - job.present);
    wait.gain - asked * deviation(job, &wait.pieces, &at_once) < must - guard.equal
}

fn wait(job: &Job<'_>, verdict: &Verdict<'_>, at_once: &Start) -> Option<Wait> {
    if let Some(got) = &verdict.got {
        return Some(Wait {
            pieces: got.placed.bid.pieces.clone(),
            gain: got.placed.at_once - got.placed.bid.cost,
        });
    }
    let site = job
        .places
        .iter()
        .position(|(place, _)| place.zones == verdict.place.zones)?;
    let start = window::at(&job.places[site].1, verdict.at, job.length)?;
    Some(Wait {
        pieces: smallvec![Piece::of(site, verdict.at, verdict.at + job.length)],
        gain: at_once.cost - job.scaled(start.cost),
    })
}

/// The standard deviation of what a job saves that runs in these pieces and not at once, in the unit of its cost.
fn deviation(job: &Job<'_>, pieces: &[Piece], at_once: &Start) -> f64 {
    let doubt = |site: usize, start: Offset, end: Offset| job.places[site].1.doubt(start, end);
    let (first, end) = (at_once.at, at_once.at + job.length);
    let (mut later, mut sooner) = (0.0, doubt(at_once.place, first, end));
    for piece in pieces {
        later += power(job, piece) * doubt(piece.site, piece.start, piece.end);
        if piece.site == at_once.place {
            let shared = doubt(piece.site, piece.start.max(first), piece.end.min(end));
            later -= shared;
            sooner -= shared;
        }
    }
    job.scaled(f64::hypot(later, sooner))
}

fn power(job: &Job<'_>, piece: &Piece) -> f64 {
    let scaling = job.demand.freedom.scaling.as_ref();
    scaling
        .and_then(|scaling| scaling.steps.get(piece.step))
        .map_or(1.0, |step| step.power)
}

/// Below how many standard deviations a normal error stays with this probability; none where no more than evens is asked.
///
/// Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.23: off by less than 4.5e-4.
fn deviations(probability: f64) -> f64 {
    if probability.is_nan() || probability <= 0.5 {
        return 0.0;
    }
    let rest = (1.0 - probability).max(1e-6);
    let t = (-2.0 * rest.ln()).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    t - above / below
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::testing::{at, decide, demand, rules, snapshot, steps};
    use super::super::{
        Action, Band, Binding, Freedom, Outlook, Pausing, Published, Reason, Snapshot, Stage, ZoneOutlook,
    };
    use super::*;

    const HOUR: i64 = 3600;

    fn series(zone: &mut ZoneOutlook) -> &mut super::super::Series {
        match &mut zone.carbon_intensity {
            Outlook::Known(series) => series,
            Outlook::Unknown(why) => panic!("{why}"),
        }
    }

    /// An hour that waits three hours for 100 in place of 200, where each value may be off by so much.
    fn night(off: f64) -> Snapshot {
        let mut s = snapshot();
        steps(&mut s, "a", HOUR, &[200.0, 200.0, 200.0, 100.0, 200.0, 200.0]);
        for point in &mut series(&mut s.zones.get_mut(&"a".into()).unwrap().outlook).points {
            point.band = Some(Band {
                p10: point.value - off,
                p90: point.value + off,
            });
        }
        s.demands = vec![demand("j", 4 * HOUR, HOUR)];
        s
    }

    /// Whether it waits where it should be that sure.
    fn waits(s: &mut Snapshot, confidence: f64) -> bool {
        rules(s).confidence = confidence;
        decide(s).action == Action::Hold
    }

    #[test]
    fn a_tenth_of_normal_errors_lie_above_one_and_twenty_eight_hundredths_deviations() {
        for (probability, expected) in [(0.5, 0.0), (0.8, 0.8416), (0.9, 1.2816), (0.975, 1.96), (0.2, 0.0)] {
            let found = deviations(probability);
            assert!((found - expected).abs() < 5e-4, "{probability}: {found}");
        }
        assert!(deviations(1.0) > 4.0 && deviations(1.0).is_finite());
    }

    #[test]
    fn a_wait_is_as_sure_as_the_bands_of_both_runs_leave_it() {
        // Both hours may be off: 90 % sure is a gain of 100 less sqrt(2) times 70.
        for (off, confidence, expected) in [
            (70.0, 0.9, true),
            (71.5, 0.9, false),
            (71.5, 0.8, true),
            (9e9, 0.5, true),
        ] {
            assert_eq!(waits(&mut night(off), confidence), expected, "{off} {confidence}");
        }
        rules(&mut night(0.0)).confidence = 1.0;
        assert!(waits(&mut night(0.0), 1.0), "nothing is in doubt");
    }

    #[test]
    fn who_is_not_sure_enough_starts_at_once_and_says_so() {
        let mut s = night(80.0);
        rules(&mut s).confidence = 0.9;
        let d = decide(&s);
        assert_eq!(
            (d.action, d.reason, d.binding, d.chosen.start),
            (Action::Release, Reason::SavingTooSmall, Binding::Thrift, s.now)
        );
        assert!(d.note.unwrap().contains("sure"));
    }

    #[test]
    fn what_a_wait_must_save_must_be_sure_too() {
        assert!(waits(&mut night(50.0), 0.9));
        let mut s = night(50.0);
        rules(&mut s).minimum_saving = 0.2;
        assert!(!waits(&mut s, 0.9), "100 less 71 is less than 40");
        let mut s = night(50.0);
        rules(&mut s).price_per_hour = 0.06;
        assert!(!waits(&mut s, 0.9), "nor is it worth three hours at 12");
    }

    #[test]
    fn hours_that_both_runs_share_are_no_reason_for_doubt() {
        let mut s = night(40.0);
        s.demands[0] = demand("j", HOUR, 3 * HOUR);
        // From one to four or from zero to three: of the hours that count, both are off by 40.
        assert!(waits(&mut s, 0.9));
        let mut s = night(71.5);
        s.demands[0] = demand("j", HOUR, 3 * HOUR);
        assert!(!waits(&mut s, 0.9));
    }

    #[test]
    fn a_promise_to_wait_is_kept() {
        let mut s = night(80.0);
        s.demands[0].published = Some(Published {
            start: at(3 * HOUR),
            zones: vec!["a".into()],
            segments: Vec::new(),
        });
        assert!(waits(&mut s, 0.9));
    }

    #[test]
    fn where_there_is_no_room_now_a_job_waits_however_unsure() {
        let mut s = night(80.0);
        let mut other = demand("other", 0, HOUR);
        other.request = super::super::testing::cores(10);
        other.stage = Stage::Running {
            started: at(0),
            zone: Some("a".into()),
        };
        s.demands.push(other);
        assert!(waits(&mut s, 0.9));
    }

    #[test]
    fn a_job_that_runs_is_paused_only_where_that_is_sure_enough() {
        let running = |off: f64, confidence: f64| {
            let mut s = night(off);
            rules(&mut s).confidence = confidence;
            s.demands[0].freedom = Freedom {
                pausing: Some(Pausing {
                    most: 9,
                    ..Pausing::default()
                }),
                scaling: None,
            };
            s.demands[0].stage = Stage::Running {
                started: at(-HOUR),
                zone: Some("a".into()),
            };
            s.demands[0].progress.done = SignedDuration::from_hours(1);
            s.demands[0].length.expected = SignedDuration::from_hours(2);
            s.demands[0].length.upper = s.demands[0].length.expected;
            decide(&s).action
        };
        assert_eq!(running(80.0, 0.5), Action::Pause);
        assert_eq!(running(50.0, 0.9), Action::Pause);
        assert_eq!(running(80.0, 0.9), Action::Continue);
    }
}
