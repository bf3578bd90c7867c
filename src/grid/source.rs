//! One source: its last good answer, what went wrong since, and when it is asked again.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::answer::Answer;
use super::error::SourceError;
use super::gate::heard;
use super::ladder::{PROOFS, Patience, Worth};
use super::memory::Entry;
use super::record::Record;
use super::score::{Score, Scores};
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
    /// Since when somebody waits for its first word.
    pub(super) named: Instant,
    /// Whether it was asked by this process.
    spoke: bool,
    /// Its key has changed since it was asked last: that it is refused says nothing of the new one.
    renewed: bool,
    /// How old its series may be, and that of any other.
    pub(super) patience: Patience,
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
    /// When it was read first as it is, and last.
    fetched_at: Timestamp,
    read_at: Timestamp,
}

impl Source {
    /// A source that nobody has asked yet; it is due at once.
    pub(super) fn new(spec: SourceSpec, now: Instant, patience: Patience) -> Self {
        Self {
            record: Record::new(spec.signal),
            spec,
            due: now,
            named: now,
            spoke: false,
            renewed: false,
            patience,
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
        self.spoke = true;
        // What is over by now: first as the last answer has it, which the next may speak of no more.
        self.follow(now);
        let (news, wait) = match said.and_then(|answer| self.forward(answer, now)) {
            Ok(answer) => (self.accept(answer, now), self.pace()),
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                let is_of_the_key = matches!(error, SourceError::Unauthorized(_) | SourceError::Refused(_));
                let wait = if self.renewed && is_of_the_key {
                    Duration::ZERO
                } else {
                    self.retry(&error)
                };
                (self.fail(&error), wait)
            }
        };
        self.follow(now);
        // A little later, so that what fell into step does not stay in step.
        self.due = monotonic + wait.mul_f64(1.0 + fastrand::f64() * SPREAD);
        news
    }

    /// Its key is another from now on: it is asked at once, and again if the old one, with which it is being asked, is refused.
    pub(super) fn renew(&mut self, now: Instant) {
        self.renewed = true;
        self.due = now;
    }

    /// It is being asked.
    pub(super) fn asked(&mut self) {
        self.renewed = false;
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
        let fetched_at = before.filter(|_| same).map_or(now, |before| before.fetched_at);
        self.known = Some(Known {
            answer,
            issued_at,
            fetched_at,
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
        let ahead = known.answer.looks_ahead(now);
        let worth = ahead.then(|| Worth::of(now.duration_since(known.issued_at), self.patience.get(), self.proofs));
        match worth {
            // Whoever names the wrong hours of those to come may well know those that were (F8).
            Some(Worth::Fresh | Worth::OnTrial) if !self.is_distrusted() => worth,
            _ if self.record.tells(now) => Some(Worth::Profile),
            worth => worth,
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
        let state = match (&self.problem, &self.known) {
            (Some(problem), _) => Some(problem.clone()),
            (None, None) => Some("it has not been asked yet".to_owned()),
            (None, Some(known)) => self.weakness(known, now),
        };
        let distrust = self.is_distrusted().then(|| {
            let what = "its forecast has ranked the hours worse than a plain profile for weeks";
            match self.worth(now) {
                Some(Worth::Profile) => format!("{what}; one of our own stands in for it"),
                _ => what.to_owned(),
            }
        });
        let flaws: Vec<String> = state.into_iter().chain(distrust).collect();
        (!flaws.is_empty()).then(|| flaws.join("; "))
    }

    /// What keeps its last answer from being the best there could be.
    fn weakness(&self, known: &Known, now: Timestamp) -> Option<String> {
        Some(match self.worth(now) {
            None => self.silence(known, now),
            Some(Worth::Profile) if !known.answer.looks_ahead(now) => {
                "it says only what was; from that, a forecast of our own is made".to_owned()
            }
            Some(Worth::Constant) => match &self.spec.kind {
                SourceKind::Yearly(yearly) => yearly.age(now)?,
                _ => return None,
            },
            Some(Worth::Fresh) if known.answer.is_nothing() => {
                "every value of it is 0; check what it counts".to_owned()
            }
            Some(Worth::Fresh) => return known.answer.weakness.clone(),
            Some(Worth::OnTrial) => "it is back, and counts again after its next answer".to_owned(),
            Some(Worth::Old | Worth::Profile) if now.duration_since(known.issued_at) > self.patience.get() => {
                format!(
                    "its series was made at {:.0}, too long ago for any policy; renew it",
                    known.issued_at
                )
            }
            Some(Worth::Old | Worth::Profile) => return None,
        })
    }

    /// That it says nothing of what comes, and what to do where somebody can write more of it.
    fn silence(&self, known: &Known, now: Timestamp) -> String {
        let end = known.answer.points.last().map(|point| point.slot.end);
        match end.filter(|end| *end <= now && self.spec.kind.service().is_none()) {
            Some(end) => format!(
                "its series ended at {end:.0} and says nothing of the days to come; renew it, or write a week or more of what was \
                 until less than two days ago"
            ),
            None => "its series says nothing of the days to come".to_owned(),
        }
    }

    /// Whether it has been asked, now or before a restart.
    pub(super) fn is_asked(&self) -> bool {
        self.known.is_some() || self.problem.is_some()
    }

    /// Whether it has not been asked by this process, and nothing fresh is known from before.
    pub(super) fn is_silent(&self, now: Timestamp) -> bool {
        !self.spoke && self.worth(now) != Some(Worth::Fresh)
    }

    /// The last good answer, when it was made and when it was read.
    pub(super) fn known(&self) -> Option<(&Answer, Timestamp, Timestamp)> {
        let known = self.known.as_ref()?;
        Some((&known.answer, known.issued_at, known.read_at))
    }

    /// How well it told, to be kept across a restart.
    pub(super) fn scores(&self) -> Option<&Scores> {
        self.record.scores()
    }

    /// Takes back how well it told before a restart.
    pub(super) fn recall_scores(&mut self, scores: &Scores) {
        self.record.recall(scores);
    }

    /// Takes in what was known before a restart, or what another replica was told, where it has said nothing since.
    pub(super) fn recall(&mut self, entry: &Entry, now: Timestamp) {
        if self.known.as_ref().is_some_and(|known| known.read_at >= entry.read_at) {
            return;
        }
        let Some(answer) = entry.answer(&self.spec, now) else {
            return;
        };
        self.follow(now);
        self.known = Some(Known {
            answer,
            issued_at: entry.issued_at,
            fetched_at: entry.read_at,
            read_at: entry.read_at,
        });
        self.follow(now);
        self.proofs = PROOFS;
    }

    /// How well its forecast told lately, or ours where it gives only the past.
    pub(super) fn score(&self) -> Option<Score> {
        self.record.score()
    }

    /// Whether its forecast, or ours from it, has ranked the hours worse than a plain profile for weeks.
    pub(super) fn is_distrusted(&self) -> bool {
        self.score().is_some_and(|score| score.distrusted)
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
        let known = self.known.as_ref()?;
        let (answer, name) = (&known.answer, self.spec.name());
        if level == Level::Profile {
            return Some(self.profile(known, &name, now));
        }
        Some(Series {
            points: answer.around(now).to_vec(),
            basis: self.spec.counts(),
            flow: self.spec.flow(),
            certainty: answer.certainty,
            level,
            source: match &answer.source {
                Some(own) => format!("{own} ({name})"),
                None => name,
            },
            // A constant never ages: it speaks of no particular time.
            issued_at: if self.is_constant() { now } else { known.issued_at },
            fetched_at: known.fetched_at,
        })
    }

    /// What was, as it says, and from the end of that on a forecast of our own.
    fn profile(&self, known: &Known, name: &str, now: Timestamp) -> Series {
        let end = self.record.end();
        let past = known.answer.around(now).iter().copied();
        let mut points: Vec<Point> = past.filter(|point| point.slot.end <= end).collect();
        points.extend(self.record.forecast());
        Series {
            points,
            basis: self.spec.counts(),
            flow: self.spec.flow(),
            certainty: Certainty::Assumed,
            level: Level::Profile,
            source: format!("our own forecast ({name})"),
            issued_at: end,
            fetched_at: known.fetched_at,
        }
    }
}

#[cfg(test)]
mod tests;
