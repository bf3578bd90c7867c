//! Asking all sources of a zone once, for whoever wants to know now whether they work.

use futures::future::join_all;
use jiff::Timestamp;
use serde::Serialize;

use super::ask::ask;
use super::board::Board;
use super::error::SourceError;
use super::source::Source;
use super::spec::{Outcome, SourceSpec};
use crate::planner::Level;
use crate::units::{Flow, Signal, ZoneName};

/// What one source said when it was asked just now.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// The signal that it serves.
    pub signal: Signal,
    /// Its name.
    pub source: String,
    /// How asking ended.
    pub outcome: Outcome,
    /// What is wrong, or weak, and what to do.
    pub problem: Option<String>,
    /// Its value now: gCO2e/kWh or a share 0..1 (raw).
    pub value: Option<f64>,
    /// Whose energy it speaks of, where anybody says so.
    pub flow: Option<Flow>,
    /// Slots that are not over yet.
    pub slots: usize,
    /// When its series was made; a constant speaks of no time.
    pub issued_at: Option<Timestamp>,
    /// When it was first read as it is; a constant is never fetched.
    pub fetched_at: Option<Timestamp>,
    /// Until when it is known without gaps; a constant has no end.
    pub horizon: Option<Timestamp>,
}

impl Board {
    /// Asks all sources of a zone once, at a time; what they say counts in the outlooks from now on. In their order; none of a
    /// zone that is not known.
    pub async fn check(&self, zone: &ZoneName) -> Vec<Checked> {
        let named = self.sources_of(zone);
        let asked = named.iter().map(|(_, spec)| ask(self, spec));
        let said = join_all(asked).await;
        let checked = named.into_iter().zip(said).map(|((id, spec), said)| {
            let outcome = said.as_ref().map_or_else(SourceError::outcome, |_| Outcome::Ok);
            self.take(id, said);
            let now = self.clock.now();
            self.with_source(id, |source| checked(&spec, source, outcome, now))
        });
        checked.flatten().collect()
    }
}

/// What is wrong then: what a job would emit now cannot be compared with anything.
const SILENT_NOW: &str = "its series says nothing of the present; check whether the slot of now is missing";

fn checked(spec: &SourceSpec, source: &Source, outcome: Outcome, now: Timestamp) -> Checked {
    // A text that is over is of no use; a service that says only what was may need a week of that first.
    let is_over = source.worth(now).is_none() && spec.kind.service().is_none();
    let outcome = match outcome {
        Outcome::Ok if is_over => Outcome::NoData,
        outcome => outcome,
    };
    // What an earlier answer said is not what it says now.
    let series = source.series(Level::Live, now).filter(|_| outcome == Outcome::Ok);
    let value = series.as_ref().and_then(|series| series.at(now));
    let silence = series.is_some() && value.is_none();
    let timed = series.as_ref().filter(|_| !source.is_constant());
    let ahead = |series: &crate::planner::Series| series.points.iter().filter(|point| point.slot.end > now).count();
    Checked {
        signal: spec.signal,
        source: spec.name(),
        outcome,
        problem: source.flaw(now).or_else(|| silence.then(|| SILENT_NOW.to_owned())),
        value,
        flow: series.as_ref().and_then(|series| series.flow),
        slots: series.as_ref().map_or(0, ahead),
        issued_at: timed.map(|series| series.issued_at),
        fetched_at: timed.map(|series| series.fetched_at),
        horizon: timed.and_then(|series| series.known_until(now)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::scene::{Scene, config_map, csv, spec};
    use crate::grid::{Settings, SourceKind};

    #[tokio::test(start_paused = true)]
    async fn each_source_says_what_it_is_worth_or_what_is_wrong_with_it() {
        let scene = Scene::new(Settings::default());
        scene.write("grid", &csv(&[418.0; 24]));
        scene.write("broken", "noon,one,much");
        let over = spec(SourceKind::Constant(-1.0));
        scene.zones(&[(
            "ma",
            &[config_map("grid"), config_map("broken"), config_map("none"), over],
        )]);
        let checked = scene.board.check(&"ma".into()).await;
        let outcomes: Vec<_> = checked.iter().map(|one| (one.outcome, one.slots, one.value)).collect();
        assert_eq!(
            outcomes,
            [
                (Outcome::Ok, 24, Some(418.0)),
                (Outcome::Invalid, 0, None),
                (Outcome::Unreachable, 0, None),
                (Outcome::Invalid, 0, None),
            ]
        );
        let problems: Vec<_> = checked
            .iter()
            .map(|one| one.problem.as_deref().unwrap_or_default())
            .collect();
        assert_eq!(problems[0], "");
        for (problem, words) in problems[1..].iter().zip(["no instant", "create it", "write gCO2e/kWh"]) {
            assert!(problem.contains(words), "{problem}");
        }
        assert_eq!(scene.shows("ma"), (Some(418.0), Level::Live), "what it said counts");
        assert_eq!(scene.board.check(&"fr".into()).await, []);
    }

    #[tokio::test(start_paused = true)]
    async fn a_series_that_begins_after_now_works_and_is_weak() {
        let scene = Scene::new(Settings::default());
        let day = csv(&[418.0; 24]);
        let (_, later) = day.split_once('\n').unwrap();
        scene.write("grid", later);
        scene.zones(&[("ma", &[config_map("grid")])]);
        let checked = scene.board.check(&"ma".into()).await;
        assert_eq!(
            (checked[0].outcome, checked[0].slots, checked[0].value),
            (Outcome::Ok, 23, None)
        );
        assert_eq!(checked[0].problem.as_deref(), Some(SILENT_NOW));
    }

    #[tokio::test(start_paused = true)]
    async fn a_constant_works_and_speaks_of_no_time() {
        let scene = Scene::new(Settings::default());
        scene.zones(&[("ma", &[spec(SourceKind::Constant(568.0))])]);
        let checked = scene.board.check(&"ma".into()).await;
        assert_eq!((checked[0].outcome, checked[0].value), (Outcome::Ok, Some(568.0)));
        assert_eq!((checked[0].issued_at, checked[0].horizon), (None, None));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_known_before_is_not_shown_as_what_it_says_now() {
        let scene = Scene::new(Settings::default());
        scene.write("grid", &csv(&[418.0; 24]));
        scene.zones(&[("ma", &[config_map("grid")])]);
        scene.board.check(&"ma".into()).await;
        scene.write("grid", "gone");
        let checked = scene.board.check(&"ma".into()).await;
        assert_eq!(
            (checked[0].slots, checked[0].value, checked[0].horizon),
            (0, None, None)
        );
        assert_eq!(scene.shows("ma").0, Some(418.0), "the ladder still has it");
    }
}
