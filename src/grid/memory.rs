//! What services said last, and how well each source told, as a text that outlives the process: after a restart, a provider that
//! is down leaves us no blinder than it would have without one. Kept until its slots expire, and bounded; the age stays that of
//! the answer.
//!
//! ```json
//! {"sources": [{"source": "CarbonIntensity LifeCycle ElectricityMaps(..)", "issuedAt": "2026-11-25T11:40:00Z",
//!  "readAt": "2026-11-25T11:41:00Z", "certainty": "Published", "runs": [{"start": 1795608000, "step": 3600, "values": [418, 402]}]}],
//!  "scores": {"CarbonIntensity LifeCycle ElectricityMaps(..)": {"kept": [..], "banded": [80, 100], "starts": 90, "distrusted": false}}}
//! ```
//! It lies in a ConfigMap of our namespace, which the watch of the texts shows anyway. Whoever may write it might write nonsense:
//! it is checked like any answer.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::answer::{Answer, MOST_POINTS};
use super::score::Scores;
use super::source::Source;
use super::spec::SourceSpec;
use crate::planner::{Band, Certainty, Point};
use crate::units::Slot;

/// The ConfigMap, and the key in it.
pub const FORECASTS: (&str, &str) = ("alize-forecasts", "forecasts.json");
/// Bytes of all of it; a ConfigMap holds twice as much.
const LARGEST: usize = 512 << 10;

/// What such a text says.
#[derive(Default, Deserialize, Serialize)]
pub(super) struct Memory {
    sources: Vec<Entry>,
    #[serde(default)]
    scores: BTreeMap<String, Scores>,
}

/// The last answer of one source.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    source: String,
    /// When it was made.
    pub(super) issued_at: Timestamp,
    /// When it was read.
    pub(super) read_at: Timestamp,
    certainty: Certainty,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    named: Option<String>,
    runs: Vec<Run>,
}

/// Slots of one length without gaps, in unix seconds.
#[derive(Deserialize, Serialize)]
struct Run {
    start: i64,
    step: i64,
    values: Vec<f64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    bands: Vec<(f64, f64)>,
}

/// What is known of these sources, without those that no longer fit.
pub(super) fn write<'a>(sources: impl Iterator<Item = &'a Source>, now: Timestamp) -> String {
    let mut memory = Memory::default();
    let mut left = LARGEST;
    for source in sources {
        // They are small, and take months to learn.
        if let Some(scores) = source.scores() {
            let name = known_as(&source.spec);
            if fits(&(&name, scores), &mut left) {
                memory.scores.insert(name, scores.clone());
            }
        }
        let entry = source.spec.kind.service().and_then(|_| entry(source, now));
        memory.sources.extend(entry.filter(|entry| fits(entry, &mut left)));
    }
    serde_json::to_string(&memory).unwrap_or_default()
}

/// Takes what it needs of the bytes that are left, where there are enough.
fn fits(what: &impl Serialize, left: &mut usize) -> bool {
    let length = serde_json::to_string(what).map_or(LARGEST, |text| text.len() + 1);
    let rest = left.checked_sub(length);
    *left = rest.unwrap_or(*left);
    rest.is_some()
}

/// What a text says; nothing where it cannot be read.
pub(super) fn read(text: &str) -> Memory {
    serde_json::from_str(text).unwrap_or_default()
}

impl Memory {
    /// Gives a source back what was known of it.
    pub(super) fn remind(&self, source: &mut Source, now: Timestamp) {
        if let Some(scores) = self.scores.get(&known_as(&source.spec)) {
            source.recall_scores(scores);
        }
        self.sources.iter().for_each(|entry| source.recall(entry, now));
    }
}

/// By what a source is known again: all of its spec that changes what it says.
fn known_as(spec: &SourceSpec) -> String {
    format!("{:?} {:?} {:?}", spec.signal, spec.counts(), spec.kind)
}

fn entry(source: &Source, now: Timestamp) -> Option<Entry> {
    let (answer, issued_at, read_at) = source.known()?;
    // What is over is worth keeping only where it is all there is.
    let is_wanted = |point: &&Point| source.spec.may_be_over() || point.slot.end > now;
    let runs = runs(answer.points.iter().filter(is_wanted));
    (!runs.is_empty()).then(|| Entry {
        source: known_as(&source.spec),
        issued_at,
        read_at,
        certainty: answer.certainty,
        named: answer.source.clone(),
        runs,
    })
}

fn runs<'a>(points: impl Iterator<Item = &'a Point>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for point in points {
        let (start, step) = (point.slot.start.as_second(), point.slot.length().as_secs());
        let goes_on = |run: &&mut Run| {
            let end = run.start + run.step * run.values.len() as i64;
            run.step == step && end == start && run.bands.is_empty() == point.band.is_none()
        };
        let band = point.band.map(|band| (band.p10, band.p90));
        match runs.last_mut().filter(goes_on) {
            Some(run) => {
                run.values.push(point.value);
                run.bands.extend(band);
            }
            None => runs.push(Run {
                start,
                step,
                values: vec![point.value],
                bands: band.into_iter().collect(),
            }),
        }
    }
    runs
}

impl Entry {
    /// The answer, where it is one of `spec` and still says something; checked.
    pub(super) fn answer(&self, spec: &SourceSpec, now: Timestamp) -> Option<Answer> {
        if self.source != known_as(spec) || self.read_at > now || self.issued_at > now {
            return None;
        }
        // Of a few bytes each, many values would become large points.
        if self.runs.iter().map(|run| run.values.len()).sum::<usize>() > MOST_POINTS {
            return None;
        }
        let points: Option<Vec<Vec<Point>>> = self.runs.iter().map(Run::points).collect();
        let answer = Answer {
            points: points?.concat(),
            issued_at: Some(self.issued_at),
            certainty: self.certainty,
            source: self.named.clone(),
            weakness: None,
        };
        spec.checked(answer, now).ok()
    }
}

impl Run {
    fn points(&self) -> Option<Vec<Point>> {
        let step = SignedDuration::from_secs(self.step);
        let values = (0..).zip(&self.values);
        let point = |(place, value): (i64, &f64)| {
            let start = self.start.checked_add(self.step.checked_mul(place)?)?;
            let band = self.bands.get(usize::try_from(place).ok()?);
            Some(Point {
                band: band.map(|(p10, p90)| Band { p10: *p10, p90: *p90 }),
                ..Point::of(Slot::of(Timestamp::from_second(start).ok()?, step), *value)
            })
        };
        values.map(point).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::ladder::Patience;
    use crate::grid::providers::Elia;
    use crate::grid::spec::SourceKind;
    use crate::planner::Level;
    use crate::units::{Basis, Clock, Flow, Signal, SystemClock};

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    fn spec(endpoint: &str) -> SourceSpec {
        SourceSpec {
            signal: Signal::RenewableShare,
            basis: Basis::Unstated,
            flow: None,
            refresh: None,
            kind: SourceKind::Elia(Elia {
                endpoint: Some(endpoint.into()),
            }),
        }
    }

    fn source(endpoint: &str) -> Source {
        Source::new(spec(endpoint), SystemClock.monotonic(), Patience::default())
    }

    /// A source that has said something: quarters with bands, a gap, and an hour without.
    fn known() -> Source {
        known_at("a")
    }

    fn known_at(endpoint: &str) -> Source {
        let quarter = |i: i64| Point {
            band: Some(Band { p10: 0.1, p90: 0.5 }),
            ..Point::of(
                Slot::of(at(i * 15), SignedDuration::from_mins(15)),
                0.1 + i as f64 / 3.0,
            )
        };
        let hour = Point::of(Slot::of(at(120), SignedDuration::from_hours(1)), 0.9);
        let answer = Answer {
            points: (0..4).map(quarter).chain([hour]).collect(),
            issued_at: Some(at(-10)),
            certainty: Certainty::Estimated,
            source: Some("Elia itself".into()),
            weakness: None,
        };
        let mut source = source(endpoint);
        source.take(Ok(answer), at(1), SystemClock.monotonic());
        source
    }

    #[test]
    fn what_was_known_is_known_again_with_its_age_until_its_slots_expire() {
        let text = write([&known()].into_iter(), at(20));
        let entry = &read(&text).sources[0];
        let mut later = source("a");
        later.recall(entry, at(30));
        let shown = later.series(Level::Cached, at(30)).unwrap();
        let before = known().series(Level::Cached, at(30)).unwrap();
        assert_eq!(shown.points, before.points[1..], "the first quarter was over");
        assert_eq!(
            (shown.issued_at, shown.certainty, shown.source),
            (at(-10), Certainty::Estimated, before.source)
        );
        assert_eq!(
            (shown.flow, shown.fetched_at),
            (Some(Flow::Production), before.fetched_at)
        );
        let mut late = source("a");
        late.recall(entry, at(180));
        assert_eq!(late.series(Level::Cached, at(180)), None);
    }

    #[test]
    fn another_source_and_nonsense_are_not_believed() {
        let text = write([&known()].into_iter(), at(20));
        let recalled = |text: &str, endpoint: &str, minute: i64| {
            let mut source = source(endpoint);
            for entry in read(text).sources {
                source.recall(&entry, at(minute));
            }
            source.series(Level::Cached, at(minute)).is_some()
        };
        assert!(recalled(&text, "a", 30));
        assert!(!recalled(&text, "b", 30));
        assert!(!recalled(&text, "a", -20), "it was made in the future");
        assert!(!recalled(&text.replace("0.9", "90"), "a", 30));
        assert!(!recalled(&text.replace("\"step\":900", "\"step\":-900"), "a", 30));
        assert!(!recalled(
            &text.replace("\"step\":900", "\"step\":9223372036854775807"),
            "a",
            30
        ));
        assert!(!recalled("{", "a", 30));
    }

    #[test]
    fn how_well_a_source_told_is_known_again_and_nonsense_is_not() {
        let hour = |hour: i64| at(hour * 60);
        let value = |hour: i64| if hour.rem_euclid(24) == 9 { 0.2 } else { 0.5 };
        let mut source = source("a");
        for now in 200..900 {
            let said = |of: i64| if of <= now { value(of) } else { value(of + 5) };
            let slot = |of| Slot::of(hour(of), SignedDuration::from_hours(1));
            let answer = Answer {
                points: (0..now + 60).map(|of| Point::of(slot(of), said(of))).collect(),
                issued_at: Some(hour(now)),
                certainty: Certainty::Published,
                source: None,
                weakness: None,
            };
            source.take(Ok(answer), hour(now), SystemClock.monotonic());
        }
        assert!(source.is_distrusted());
        let text = write([&source].into_iter(), hour(900));
        let again = |text: &str| {
            let mut again = super::tests::source("a");
            read(text).remind(&mut again, hour(900));
            again.score()
        };
        assert_eq!(again(&text), source.score());
        assert_eq!(again(&text.replace("\"starts\":", "\"starts\":-")), None);
        assert_eq!(again(&text.replace("\"possible\":", "\"possible\":-")), None);
    }

    #[test]
    fn a_fresh_answer_is_not_replaced_by_a_memory() {
        let entry = &read(&write([&known()].into_iter(), at(20))).sources[0];
        let mut fresh = source("a");
        let slot = Slot::of(at(0), SignedDuration::from_hours(9));
        let answer = Answer {
            points: vec![Point::of(slot, 0.7)],
            issued_at: Some(at(25)),
            certainty: Certainty::Published,
            source: None,
            weakness: None,
        };
        fresh.take(Ok(answer), at(25), SystemClock.monotonic());
        fresh.recall(entry, at(30));
        assert_eq!(fresh.series(Level::Live, at(30)).unwrap().at(at(30)), Some(0.7));
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_what_comes_after_it_is_kept() {
        let quarters = (0..50_000).map(|i| Point::of(Slot::of(at(i), SignedDuration::from_mins(1)), 0.123_456_789));
        let answer = Answer {
            points: quarters.collect(),
            issued_at: Some(at(0)),
            certainty: Certainty::Published,
            source: None,
            weakness: None,
        };
        let mut endless = source("endless");
        endless.take(Ok(answer), at(1), SystemClock.monotonic());
        let text = write([&known_at("a"), &endless, &known_at("b")].into_iter(), at(1));
        assert!(text.len() <= LARGEST + 100);
        let kept: Vec<String> = read(&text).sources.into_iter().map(|entry| entry.source).collect();
        assert_eq!(kept, ["a", "b"].map(|endpoint| known_as(&spec(endpoint))));
    }
}
