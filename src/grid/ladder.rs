//! The ladder (P9): which of a signal's sources counts now.
//!
//! It does not flicker. A source that fails is not left while its last answer is fresh, and once it was left it has to answer
//! twice before it counts again. So the choice depends on the instant and on what the sources said, never on earlier choices.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

use super::source::Source;
use crate::planner::Level;
use crate::units::Signal;

/// How old a forecast may be unless a policy says otherwise, as `CarbonPolicy` has it.
pub(super) const PATIENCE: SignedDuration = SignedDuration::from_hours(6);
/// How old a forecast may be now: one for all sources of a board.
#[derive(Clone, Debug)]
pub(super) struct Patience(Arc<AtomicI64>);

impl Default for Patience {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(PATIENCE.as_secs())))
    }
}

impl Patience {
    /// In whole seconds.
    pub(super) fn get(&self) -> SignedDuration {
        SignedDuration::from_secs(self.0.load(Ordering::Relaxed))
    }

    /// For all who share it.
    pub(super) fn set(&self, patience: SignedDuration) {
        self.0.store(patience.as_secs(), Ordering::Relaxed);
    }
}

/// Two sources that lie further apart than so many times are at odds.
const AT_ODDS: f64 = 5.0;
/// Answers in a row after which a source that was left counts again.
pub(super) const PROOFS: u32 = 2;

/// How much a source is worth; the first counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Worth {
    /// Made so recently that some policy accepts it.
    Fresh,
    /// As recently, by a source that had been left and has not proved itself yet.
    OnTrial,
    /// Says only what was, or has named the wrong hours for weeks; a forecast of our own is made from what was.
    Profile,
    /// One value for all times.
    Constant,
    /// So old that no policy accepts it: people see it.
    Old,
}

impl Worth {
    /// The worth of a forecast of this age, after so many answers in a row.
    pub(super) fn of(age: SignedDuration, patience: SignedDuration, proofs: u32) -> Self {
        if age > patience {
            Self::Old
        } else if proofs < PROOFS {
            Self::OnTrial
        } else {
            Self::Fresh
        }
    }
}

/// What the ladder makes of one signal's sources.
#[derive(Debug)]
pub(super) struct Verdict<'s, 'a> {
    /// The source that counts, and its rung.
    pub(super) chosen: Option<(&'a Source, Level)>,
    sources: &'s [&'a Source],
    /// Where the one that counts stands among these.
    place: Option<usize>,
    now: Timestamp,
}

impl Verdict<'_, '_> {
    /// Why nothing counts, or nothing better, a sentence for each source; and who says something quite different.
    pub(super) fn why(&self) -> Vec<String> {
        let better = self.place.map_or(self.sources.len(), |place| place + 1);
        let why = self.sources[..better]
            .iter()
            .filter_map(|source| source.shortcoming(self.now));
        let at_odds = self
            .place
            .into_iter()
            .flat_map(|place| at_odds(self.sources, place, self.now));
        why.chain(at_odds).collect()
    }
}

/// Chooses among one signal's sources, which stand in their order.
pub(super) fn judge<'s, 'a>(sources: &'s [&'a Source], now: Timestamp) -> Verdict<'s, 'a> {
    let usable = sources.iter().enumerate();
    let usable = usable.filter_map(|(place, source)| Some((source.worth(now)?, place)));
    let chosen = usable.min();
    let place = chosen.map(|(_, place)| place);
    let chosen = chosen.map(|(worth, place)| {
        let source = sources[place];
        let level = match worth {
            Worth::Constant => Level::Constant,
            Worth::Profile => Level::Profile,
            _ if place > 0 => Level::NextSource,
            Worth::Fresh | Worth::OnTrial if source.is_heard(now) => Level::Live,
            _ => Level::Cached,
        };
        (source, level)
    });
    Verdict {
        chosen,
        sources,
        place,
        now,
    }
}

/// Who says something quite different from the source that counts: one of the two may speak of another unit, or another zone.
/// A share of one day may well be a fifth of a year's; an intensity may not.
fn at_odds<'a>(sources: &'a [&'a Source], place: usize, now: Timestamp) -> impl Iterator<Item = String> + 'a {
    let counts = sources[place];
    let is_compared =
        |other: &&&Source| other.spec.signal != Signal::RenewableShare && other.spec.counts() == counts.spec.counts();
    let said = counts.mean(now);
    sources.iter().filter(is_compared).filter_map(move |other| {
        let (said, instead) = (said?, other.mean(now)?);
        (said.max(instead) > AT_ODDS * said.min(instead)).then(|| {
            format!(
                "{} says {instead:.1} on average, {} {said:.1}: more than {AT_ODDS} times apart; check units and places",
                other.spec.name(),
                counts.spec.name()
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::answer::Answer;
    use crate::grid::error::SourceError;
    use crate::grid::spec::{SourceKind, SourceSpec};
    use crate::planner::{Certainty, Point};
    use crate::units::{Basis, Clock, Signal, Slot, SystemClock};

    const DAY: i64 = 24 * 60;

    /// Minutes, so that the story reads like a clock.
    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    fn source(kind: SourceKind) -> Source {
        let spec = SourceSpec {
            signal: Signal::CarbonIntensity,
            basis: Basis::Direct,
            flow: None,
            refresh: Some(SignedDuration::from_mins(15)),
            kind,
        };
        Source::new(spec, SystemClock.monotonic(), Patience::default())
    }

    fn file(path: &str) -> Source {
        source(SourceKind::File {
            path: path.into(),
            location: None,
        })
    }

    fn constant() -> Source {
        let mut source = source(SourceKind::Constant(568.0));
        answers(&mut source, 0, 1000 * DAY);
        source
    }

    /// The source answers at `minute` with a series made then, which ends at `end`.
    fn answers(source: &mut Source, minute: i64, end: i64) {
        let slot = Slot {
            start: at(0),
            end: at(end),
        };
        let answer = Answer {
            points: vec![Point::of(slot, 1.0)],
            issued_at: Some(at(minute)),
            certainty: Certainty::Published,
            source: None,
            weakness: None,
        };
        source.take(Ok(answer), at(minute), SystemClock.monotonic());
    }

    /// The source says at `minute` what the hours before were, and nothing else.
    fn looks_back(source: &mut Source, minute: i64, hours: i64) {
        let point = |back: i64| {
            let (start, end) = (at(minute - 60 * back), at(minute - 60 * (back - 1)));
            Point::of(Slot { start, end }, 100.0 + (back % 24) as f64)
        };
        let answer = Answer {
            points: (1..=hours).rev().map(point).collect(),
            issued_at: None,
            certainty: Certainty::Published,
            source: None,
            weakness: None,
        };
        let answer = source.spec.checked(answer, at(minute));
        assert!(answer.is_ok(), "{answer:?}");
        source.take(answer, at(minute), SystemClock.monotonic());
    }

    fn fails(source: &mut Source, minute: i64) {
        let gone = SourceError::Unreachable("no answer".into());
        source.take(Err(gone), at(minute), SystemClock.monotonic());
    }

    /// What counts at `minute`, and its level.
    fn chosen(sources: &[&Source], minute: i64) -> String {
        match judge(sources, at(minute)).chosen {
            Some((source, level)) => format!("{} {level:?}", source.spec.name()),
            None => "nothing".into(),
        }
    }

    #[test]
    fn p9_each_rung_of_the_ladder_is_stepped_on_in_its_order() {
        let (mut first, mut second, constant) = (file("1"), file("2"), constant());
        answers(&mut first, 0, 2 * DAY);
        answers(&mut second, 0, 2 * DAY);
        assert_eq!(chosen(&[&first, &second, &constant], 10), "file 1 Live");
        fails(&mut first, 15);
        answers(&mut second, 300, 2 * DAY);
        assert_eq!(
            chosen(&[&first, &second, &constant], 20),
            "file 1 Live",
            "once is not often"
        );
        assert_eq!(chosen(&[&first, &second, &constant], 31), "file 1 Cached");
        assert_eq!(chosen(&[&first, &second, &constant], 6 * 60), "file 1 Cached");
        assert_eq!(chosen(&[&first, &second, &constant], 6 * 60 + 1), "file 2 NextSource");
        fails(&mut second, 6 * 60 + 2);
        assert_eq!(chosen(&[&first, &second, &constant], 11 * 60), "file 2 NextSource");
        assert_eq!(
            chosen(&[&first, &second, &constant], 11 * 60 + 1),
            "constant 568 Constant"
        );
        assert_eq!(
            chosen(&[&first, &second], 30 * 60),
            "file 1 Cached",
            "people see what is too old for jobs"
        );
        assert_eq!(chosen(&[&first, &second], 2 * DAY), "nothing");
    }

    #[test]
    fn a_source_counts_for_as_long_as_the_most_patient_policy_accepts_it() {
        let (mut first, constant) = (file("1"), constant());
        answers(&mut first, 0, 2 * DAY);
        first.patience.set(SignedDuration::from_hours(24));
        assert_eq!(chosen(&[&first, &constant], 24 * 60), "file 1 Cached");
        assert_eq!(chosen(&[&first, &constant], 24 * 60 + 1), "constant 568 Constant");
    }

    #[test]
    fn a_source_that_was_left_counts_again_once_it_has_answered_twice() {
        let (mut first, mut second) = (file("1"), file("2"));
        answers(&mut first, 0, 9 * DAY);
        answers(&mut second, 0, 9 * DAY);
        answers(&mut second, DAY, 9 * DAY);
        answers(&mut first, DAY, 9 * DAY);
        assert_eq!(chosen(&[&first, &second], DAY + 1), "file 1 Live", "both are on trial");
        answers(&mut second, DAY + 15, 9 * DAY);
        assert_eq!(chosen(&[&first, &second], DAY + 16), "file 2 NextSource");
        let why = judge(&[&first, &second], at(DAY + 16)).why().join(" ");
        assert!(why.contains("file 1: it is back"), "{why}");
        fails(&mut first, DAY + 20);
        answers(&mut first, DAY + 30, 9 * DAY);
        assert_eq!(
            chosen(&[&first, &second], DAY + 31),
            "file 2 NextSource",
            "it starts over"
        );
        answers(&mut first, DAY + 45, 9 * DAY);
        assert_eq!(chosen(&[&first, &second], DAY + 46), "file 1 Live");
    }

    #[test]
    fn p9_a_past_alone_stands_above_a_constant_and_below_any_forecast() {
        let (mut past, mut forecast, constant) = (file("past"), file("forecast"), constant());
        looks_back(&mut past, 20 * DAY, 6 * 24);
        assert_eq!(
            chosen(&[&past, &constant], 20 * DAY),
            "constant 568 Constant",
            "six days are too few"
        );
        looks_back(&mut past, 21 * DAY, 48);
        assert_eq!(chosen(&[&past, &constant], 21 * DAY), "file past Profile");
        let series = past.series(Level::Profile, at(21 * DAY)).unwrap();
        assert_eq!((series.issued_at, series.certainty), (at(21 * DAY), Certainty::Assumed));
        assert!(series.known_until(at(21 * DAY)) >= Some(at(25 * DAY)), "{series:?}");
        assert!(series.points.windows(2).all(|two| two[0].slot.end <= two[1].slot.start));
        answers(&mut forecast, 21 * DAY, 30 * DAY);
        assert_eq!(chosen(&[&past, &forecast], 21 * DAY), "file forecast NextSource");
        assert_eq!(chosen(&[&past, &constant], 23 * DAY), "file past Profile");
        assert_eq!(
            chosen(&[&past, &constant], 23 * DAY + 1),
            "constant 568 Constant",
            "a past that ended two days ago"
        );
        let later = 21 * DAY + 6 * 60 + 1;
        assert_eq!(
            chosen(&[&past, &forecast], later),
            "file past Profile",
            "what is too old stands below"
        );
        answers(&mut past, 21 * DAY, 30 * DAY);
        assert_eq!(chosen(&[&past], later), "file past Profile", "its own too");
        let why = judge(&[&past], at(later)).why().join(" ");
        assert!(why.contains("renew it"), "{why}");
    }

    #[test]
    fn a_first_answer_counts_at_once() {
        let (mut first, constant) = (file("1"), constant());
        fails(&mut first, 0);
        assert_eq!(chosen(&[&first, &constant], 1), "constant 568 Constant");
        answers(&mut first, 1, DAY);
        assert_eq!(chosen(&[&first, &constant], 2), "file 1 Live");
    }

    #[test]
    fn a_source_that_comes_and_goes_does_not_make_the_choice_flicker() {
        let (mut first, mut second) = (file("1"), file("2"));
        for minute in (0..DAY).step_by(15) {
            answers(&mut second, minute, 9 * DAY);
            match minute % 45 {
                0 => answers(&mut first, minute, 9 * DAY),
                _ => fails(&mut first, minute),
            }
            let counts = chosen(&[&first, &second], minute + 14);
            assert!(counts.starts_with("file 1 "), "at {minute}: {counts}");
        }
    }

    #[test]
    fn the_first_source_counts_though_another_says_something_quite_different_and_that_is_said() {
        let (mut first, mut second, constant) = (file("1"), file("2"), constant());
        answers(&mut first, 0, DAY);
        answers(&mut second, 0, DAY);
        assert!(judge(&[&first, &second], at(1)).why().is_empty());
        let mut kilograms = source(SourceKind::Constant(0.001));
        let answer = Answer {
            points: vec![Point::of(
                Slot {
                    start: at(0),
                    end: at(DAY),
                },
                0.001,
            )],
            issued_at: None,
            certainty: Certainty::Assumed,
            source: None,
            weakness: None,
        };
        kilograms.take(Ok(answer), at(0), SystemClock.monotonic());
        let all = [&first, &constant, &kilograms];
        assert_eq!(chosen(&all, 1), "file 1 Live");
        let why = judge(&all, at(1)).why().join(" ");
        assert!(
            why.contains("constant 0.001 says 0.0 on average, file 1 1.0: more than 5 times"),
            "{why}"
        );
    }

    #[test]
    fn why_nothing_better_counts_is_said_of_each_better_source() {
        let (mut first, second, constant) = (file("1"), file("2"), constant());
        fails(&mut first, 0);
        let why = judge(&[&first, &second, &constant], at(1)).why();
        assert_eq!(why, ["file 1: no answer", "file 2: it has not been asked yet"]);
    }
}
