//! One source: its last good answer, what went wrong since, and when it is asked again.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::answer::Answer;
use super::error::SourceError;
use super::gate::heard;
use super::ladder::{PROOFS, Worth};
use super::memory::Entry;
use super::record::Record;
use super::score::Score;
use super::spec::{SourceKind, SourceSpec};
use crate::planner::{Certainty, Level, Point, Series};

/// The wait after the first failure. It doubles with each further one, up to the source's own pace.
const FIRST_RETRY: Duration = Duration::from_secs(5);
/// After so many failures in a row a source is broken: it is asked once in a while, however often it is asked else.
const BROKEN: u32 = 3;
const REST: Duration = Duration::from_secs(20);
/// How much later than its pace a source is asked at most, as a share of that.
const SPREAD: f64 = 0.1;
/// What only people can mend (a key, a zone, a plan) is tried again hourly; a changed Secret or zone is tried at once.
const UNMENDED: Duration = Duration::from_secs(3600);
/// Characters of a problem that people are shown.
const LONGEST_PROBLEM: usize = 500;
/// On top of two of its own paces without an answer, before a source is no longer called live.
const GRACE: SignedDuration = SignedDuration::from_secs(5);

/// A source with what is known of it.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) spec: SourceSpec,
    pub(super) due: Instant,
    known: Option<Known>,
    problem: Option<String>,
    failures: u32,
    /// Answers in a row since it was left last.
    proofs: u32,
    record: Record,
}

/// The last good answer.
#[derive(Debug)]
struct Known {
    answer: Answer,
    issued_at: Timestamp,
    read_at: Timestamp,
}

impl Source {
    /// A source that nobody has asked yet; it is due at once.
    pub(super) fn new(spec: SourceSpec, now: Instant) -> Self {
        Self {
            record: Record::new(spec.signal),
            spec,
            due: now,
            known: None,
            problem: None,
            failures: 0,
            proofs: 0,
        }
    }

    /// Whether it gives one value for all times.
    pub(super) fn is_constant(&self) -> bool {
        self.spec.kind.is_constant()
    }

    /// Takes in what it said at `now`; returns whether that changes anything.
    pub(super) fn take(&mut self, said: Result<Answer, SourceError>, now: Timestamp, monotonic: Instant) -> bool {
        // What is over by now: first as the last answer has it, which the next may speak of no more.
        self.follow(now);
        let (news, wait) = match said.and_then(|answer| self.forward(answer, now)) {
            Ok(answer) => (self.accept(answer, now), self.pace()),
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                (self.fail(&error), self.retry(&error))
            }
        };
        self.follow(now);
        // A little later, so that what fell into step does not stay in step.
        self.due = monotonic + wait.mul_f64(1.0 + fastrand::f64() * SPREAD);
        news
    }

    fn follow(&mut self, now: Timestamp) {
        if let Some(known) = self.known.as_ref().filter(|_| !self.is_constant()) {
            self.record.follow(&known.answer, now);
        }
    }

    /// An answer that is no step back: what was said last stays, as long as it says something of what comes, where a text is over
    /// or a service says what it said earlier.
    fn forward(&self, answer: Answer, now: Timestamp) -> Result<Answer, SourceError> {
        let known = self.known.as_ref().filter(|known| known.answer.looks_ahead(now));
        let Some(known) = known.filter(|_| !self.is_constant()) else {
            return Ok(answer);
        };
        if self.spec.kind.service().is_none() {
            return answer.checked(self.spec.signal, now);
        }
        match (answer.issued_at, known.answer.issued_at) {
            (Some(made), Some(before)) if made < before => Err(SourceError::Implausible(format!(
                "it answers with a series of {made:.0}, older than that of {before:.0} that it gave before; check whether a cache \
                 stands in the way"
            ))),
            _ => Ok(answer),
        }
    }

    fn accept(&mut self, answer: Answer, now: Timestamp) -> bool {
        self.proofs = match self.worth(now) {
            // The first answer needs no proof: the source has never been left.
            None if self.known.is_none() => PROOFS,
            Some(Worth::Fresh | Worth::OnTrial) => PROOFS.min(self.proofs + 1),
            _ => 1,
        };
        // Nobody says when it was made: at the latest when it was first seen.
        let before = self.known.as_ref();
        let seen = before
            .filter(|before| before.answer == answer)
            .map(|before| before.issued_at);
        let issued_at = answer.issued_at.or(seen).unwrap_or(now);
        let same = before.is_some_and(|before| before.answer == answer && before.issued_at == issued_at);
        let news = !same || self.problem.is_some();
        self.known = Some(Known {
            answer,
            issued_at,
            read_at: now,
        });
        self.failures = 0;
        self.problem = None;
        news
    }

    fn fail(&mut self, error: &SourceError) -> bool {
        if self.proofs < PROOFS {
            self.proofs = 0;
        }
        let problem: String = error.to_string().chars().take(LONGEST_PROBLEM).collect();
        let news = self.problem.as_ref() != Some(&problem);
        self.problem = Some(problem);
        news
    }

    /// Whether it is due by then, or so soon after that it may as well be asked then: as far as its pace is spread.
    pub(super) fn is_almost_due(&self, now: Instant) -> bool {
        self.due <= now + self.pace().mul_f64(SPREAD)
    }

    fn pace(&self) -> Duration {
        self.spec.every().unsigned_abs()
    }

    fn retry(&self, error: &SourceError) -> Duration {
        let doublings = self.failures.saturating_sub(1);
        let most = if self.failures > BROKEN {
            self.pace().max(REST)
        } else {
            self.pace()
        };
        let backoff = FIRST_RETRY.saturating_mul(2u32.saturating_pow(doublings)).min(most);
        match error {
            SourceError::Throttled(plea) => backoff.max(heard(*plea)),
            SourceError::Unauthorized(_) | SourceError::Refused(_) => self.pace().max(UNMENDED),
            // There will be something at its own pace: nothing is broken.
            SourceError::NoData(_) => self.pace(),
            _ => backoff,
        }
    }

    /// How much it is worth at `now`; `None` where nothing is known of what comes.
    pub(super) fn worth(&self, now: Timestamp) -> Option<Worth> {
        let known = self.known.as_ref()?;
        if self.is_constant() {
            return Some(Worth::Constant);
        }
        let age = now.duration_since(known.issued_at);
        if known.answer.looks_ahead(now) {
            Some(Worth::of(age, self.proofs))
        } else {
            self.record.tells(now).then_some(Worth::Profile)
        }
    }

    /// Whether it answered within two of its own paces.
    pub(super) fn is_heard(&self, now: Timestamp) -> bool {
        let patience = self.spec.every() * 2 + GRACE;
        self.known
            .as_ref()
            .is_some_and(|known| now.duration_since(known.read_at) <= patience)
    }

    /// What keeps it from being the best there could be, if anything does, after its name.
    pub(super) fn shortcoming(&self, now: Timestamp) -> Option<String> {
        self.flaw(now).map(|what| format!("{}: {what}", self.spec.name()))
    }

    /// The same without its name.
    pub(super) fn flaw(&self, now: Timestamp) -> Option<String> {
        Some(match (&self.problem, &self.known) {
            (Some(problem), _) => problem.clone(),
            (None, None) => "it has not been asked yet".to_owned(),
            (None, Some(known)) => match self.worth(now) {
                None => self.silence(known, now),
                Some(Worth::Profile) => "it says only what was; from that, a forecast of our own is made".to_owned(),
                Some(Worth::Constant) => match &self.spec.kind {
                    SourceKind::Yearly(yearly) => yearly.age(now)?,
                    _ => return None,
                },
                Some(Worth::Fresh) if self.score().is_some_and(|score| score.distrusted) => {
                    "its forecast has ranked the hours worse than a plain profile for weeks".to_owned()
                }
                Some(Worth::Fresh) => return None,
                Some(Worth::OnTrial) => "it is back, and counts again after its next answer".to_owned(),
                Some(Worth::Ageing | Worth::Old) => format!("its series was made at {:.0}; renew it", known.issued_at),
            },
        })
    }

    /// That it says nothing of what comes, and what to do where somebody can write more of it.
    fn silence(&self, known: &Known, now: Timestamp) -> String {
        let end = known.answer.points.last().map(|point| point.slot.end);
        match end.filter(|end| *end <= now && self.spec.kind.service().is_none()) {
            Some(end) => format!(
                "its series ended at {end:.0} and says nothing of the days to come; renew it, or write a week or more of what was \
                 until less than a day ago"
            ),
            None => "its series says nothing of the days to come".to_owned(),
        }
    }

    /// Whether it has been asked, now or before a restart.
    pub(super) fn is_asked(&self) -> bool {
        self.known.is_some() || self.problem.is_some()
    }

    /// Whether it is a service that has said nothing yet.
    pub(super) fn is_blank(&self) -> bool {
        self.known.is_none() && self.spec.kind.service().is_some()
    }

    /// The last good answer, when it was made and when it was read.
    pub(super) fn known(&self) -> Option<(&Answer, Timestamp, Timestamp)> {
        let known = self.known.as_ref()?;
        Some((&known.answer, known.issued_at, known.read_at))
    }

    /// Takes back what was known before a restart, where it has said nothing since.
    pub(super) fn recall(&mut self, entry: &Entry, now: Timestamp) {
        if self.known.is_some() {
            return;
        }
        self.known = entry.answer(&self.spec, now).map(|answer| Known {
            answer,
            issued_at: entry.issued_at,
            read_at: entry.read_at,
        });
        if self.known.is_some() {
            self.proofs = PROOFS;
        }
    }

    /// How well its forecast told lately, or ours where it gives only the past.
    pub(super) fn score(&self) -> Option<Score> {
        self.record.score()
    }

    /// The mean of what it says of the time after `now`; `None` where that is nothing.
    pub(super) fn mean(&self, now: Timestamp) -> Option<f64> {
        let known = self.known.as_ref()?;
        let ahead = known.answer.around(now).iter().filter(|point| point.slot.end > now);
        let hours = |point: &&Point| point.slot.end.duration_since(point.slot.start.max(now)).as_secs_f64();
        let (sum, time) = ahead.fold((0.0, 0.0), |(sum, time), point| {
            (sum + point.value * hours(&point), time + hours(&point))
        });
        (time > 0.0).then(|| sum / time)
    }

    /// Its series as of `now`, on the rung `level`.
    pub(super) fn series(&self, level: Level, now: Timestamp) -> Option<Series> {
        let Known { answer, issued_at, .. } = self.known.as_ref()?;
        let name = self.spec.name();
        if level == Level::Profile {
            return Some(self.profile(answer, &name, now));
        }
        Some(Series {
            points: answer.around(now).to_vec(),
            basis: self.spec.counts(),
            certainty: answer.certainty,
            level,
            source: match &answer.source {
                Some(own) => format!("{own} ({name})"),
                None => name,
            },
            // A constant never ages: it speaks of no particular time.
            issued_at: if self.is_constant() { now } else { *issued_at },
        })
    }

    /// What was, as it says, and from the end of that on a forecast of our own.
    fn profile(&self, answer: &Answer, name: &str, now: Timestamp) -> Series {
        let end = self.record.end();
        let past = answer.around(now).iter().copied();
        let mut points: Vec<Point> = past.filter(|point| point.slot.end <= end).collect();
        points.extend(self.record.forecast());
        Series {
            points,
            basis: self.spec.counts(),
            certainty: Certainty::Assumed,
            level: Level::Profile,
            source: format!("our own forecast ({name})"),
            issued_at: end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Basis, Clock, Signal, Slot, SystemClock};

    fn source(refresh: i64) -> Source {
        let spec = SourceSpec {
            signal: Signal::CarbonIntensity,
            basis: Basis::Direct,
            refresh: Some(SignedDuration::from_secs(refresh)),
            kind: SourceKind::File {
                path: "a.csv".into(),
                location: None,
            },
        };
        Source::new(spec, SystemClock.monotonic())
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn answer(value: f64) -> Answer {
        let slot = Slot {
            start: at(0),
            end: at(1_000_000),
        };
        Answer {
            points: vec![Point::of(slot, value)],
            issued_at: None,
            certainty: Certainty::Published,
            source: None,
        }
    }

    /// How long the source waits after `said`, in seconds.
    fn wait_after(source: &mut Source, said: Result<Answer, SourceError>) -> f64 {
        let monotonic = SystemClock.monotonic();
        source.take(said, at(0), monotonic);
        source.due.duration_since(monotonic).as_secs_f64()
    }

    fn gone() -> Result<Answer, SourceError> {
        Err(SourceError::Unreachable("it is gone".into()))
    }

    #[test]
    fn failures_are_tried_again_soon_then_ever_later_but_never_later_than_its_own_pace() {
        let mut source = source(60);
        for seconds in [5.0, 10.0, 20.0, 40.0, 60.0, 60.0] {
            let wait = wait_after(&mut source, gone());
            assert!(
                (seconds..=seconds * 1.1).contains(&wait),
                "{wait} is not about {seconds}"
            );
        }
        assert!(wait_after(&mut source, Ok(answer(1.0))) >= 60.0);
        assert!(wait_after(&mut source, gone()) < 6.0, "an answer ends the row");
    }

    #[test]
    fn a_source_that_is_asked_every_second_is_left_alone_once_it_is_broken() {
        let mut source = source(1);
        for seconds in [1.0, 1.0, 1.0, 20.0, 20.0] {
            let wait = wait_after(&mut source, gone());
            assert!(
                (seconds..=seconds * 1.1).contains(&wait),
                "{wait} is not about {seconds}"
            );
        }
        assert!(wait_after(&mut source, Ok(answer(1.0))) < 2.0, "an answer mends it");
    }

    #[test]
    fn sources_that_fell_into_step_do_not_stay_in_step() {
        let mut waits: Vec<f64> = (0..100)
            .map(|_| wait_after(&mut source(100), Ok(answer(1.0))))
            .collect();
        waits.sort_by(f64::total_cmp);
        assert!((100.0..=110.0).contains(&waits[0]) && waits[99] <= 110.0, "{waits:?}");
        assert!(waits[99] - waits[0] > 5.0, "{waits:?}");
    }

    #[test]
    fn what_is_over_or_older_than_what_was_said_before_is_no_step_forward() {
        let mut text = source(60);
        let monotonic = SystemClock.monotonic();
        text.take(Ok(answer(1.0)), at(0), monotonic);
        let mut over = answer(2.0);
        over.points[0].slot.end = at(10);
        text.take(Ok(over), at(20), monotonic);
        assert_eq!(text.series(Level::Cached, at(20)).unwrap().at(at(20)), Some(1.0));
        assert!(
            text.flaw(at(20)).unwrap().contains("renew it"),
            "{:?}",
            text.flaw(at(20))
        );

        let made = |second| Answer {
            issued_at: Some(at(second)),
            ..answer(second as f64)
        };
        let elia = SourceKind::Elia(crate::grid::providers::Elia { endpoint: None });
        let mut service = Source::new(
            SourceSpec {
                kind: elia,
                ..text.spec.clone()
            },
            monotonic,
        );
        for second in [100, 90, 110] {
            service.take(Ok(made(second)), at(120), monotonic);
            let latest = second.max(100) as f64;
            assert_eq!(service.series(Level::Live, at(120)).unwrap().at(at(120)), Some(latest));
            assert_eq!(service.flaw(at(120)).is_some(), second == 90);
        }
    }

    #[test]
    fn a_plea_for_fewer_requests_is_heard_up_to_a_day() {
        let plea = |seconds: Option<i64>| Err(SourceError::Throttled(seconds.map(SignedDuration::from_secs)));
        for (seconds, heard) in [
            (Some(100), 100.0),
            (Some(-5), 5.0),
            (Some(i64::MAX), 86_400.0),
            (None, 60.0),
        ] {
            let wait = wait_after(&mut source(10), plea(seconds));
            assert!((heard..=heard * 1.1).contains(&wait), "{seconds:?}: {wait}");
        }
    }

    #[test]
    fn what_only_people_can_mend_is_tried_again_hourly_and_what_is_not_there_yet_at_its_own_pace() {
        let unauthorized = SourceError::Unauthorized("check the key".into());
        let refused = SourceError::Refused("check the zone".into());
        let nothing = SourceError::NoData("it has none yet".into());
        for (error, seconds) in [(unauthorized, 3600.0), (refused, 3600.0), (nothing, 60.0)] {
            let wait = wait_after(&mut source(60), Err(error));
            assert!(
                (seconds..=seconds * 1.1).contains(&wait),
                "{wait} is not about {seconds}"
            );
        }
    }

    #[test]
    fn a_series_that_does_not_say_when_it_was_made_ages_from_when_it_was_first_seen() {
        let mut source = source(60);
        let issued = |source: &Source| source.series(Level::Live, at(0)).unwrap().issued_at;
        let monotonic = SystemClock.monotonic();
        assert!(source.take(Ok(answer(1.0)), at(10), monotonic));
        assert!(
            !source.take(Ok(answer(1.0)), at(20), monotonic),
            "the same again is no news"
        );
        assert_eq!(issued(&source), at(10));
        assert!(source.take(Ok(answer(2.0)), at(30), monotonic));
        assert_eq!(issued(&source), at(30));
    }

    #[test]
    fn a_failure_is_news_once_and_so_is_its_end() {
        let mut source = source(60);
        let monotonic = SystemClock.monotonic();
        let mut take = |said| source.take(said, at(0), monotonic);
        assert!(take(Ok(answer(1.0))));
        assert!(take(gone()));
        assert!(!take(gone()));
        assert!(take(Ok(answer(1.0))));
    }

    #[test]
    fn an_endless_problem_is_cut_short() {
        let mut source = source(60);
        let endless = SourceError::Unreadable("é".repeat(1_000_000));
        source.take(Err(endless), at(0), SystemClock.monotonic());
        let shown = source.shortcoming(at(0)).unwrap();
        assert!(shown.starts_with("file a.csv: é") && shown.chars().count() < 600);
    }
}
