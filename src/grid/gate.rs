//! One gate an origin: however many zones ask it, it hears from us no faster than it likes, and not at all after a plea; and
//! however slow it is, it keeps few of us busy.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

use super::error::SourceError;

/// A plea without a time.
const UNTIMED: SignedDuration = SignedDuration::from_secs(60);
/// Whoever asks for more than a day is asked again after a day.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// How an origin likes to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Manner {
    /// The least distance between two requests.
    pub(super) spacing: Duration,
    /// How many may be answered at a time.
    pub(super) at_once: usize,
}

/// The gates of all origins that were ever asked; their number is bounded by the list of what may be asked.
#[derive(Debug, Default)]
pub(super) struct Gates(Mutex<BTreeMap<String, Gate>>);

#[derive(Clone, Debug)]
struct Gate {
    /// When the next request may go.
    next: Instant,
    /// Until when there is no next one.
    closed_until: Instant,
    /// How many more may be answered at a time; set by whoever asks first.
    inside: Option<Arc<Semaphore>>,
}

impl Gates {
    /// Waits for a turn: requests to one origin go as far apart, and as few are inside, as its `manner` says; each until it lets
    /// go of what it is given here.
    ///
    /// # Errors
    /// [`SourceError::Throttled`] with the rest of the time, while the origin is left alone.
    pub(super) async fn pass(&self, origin: &str, manner: Manner) -> Result<Option<OwnedSemaphorePermit>, SourceError> {
        let (turn, inside) = self.turn(origin, manner)?;
        sleep_until(turn).await;
        let inside = inside.acquire_owned().await.ok();
        // Whoever went before may have heard a plea meanwhile.
        self.gates().get(origin).map_or(Ok(()), Gate::is_open)?;
        Ok(inside)
    }

    /// Leaves an origin alone for as long as it asked.
    pub(super) fn close(&self, origin: &str, plea: Option<SignedDuration>) {
        let now = Instant::now();
        let mut gates = self.gates();
        let gate = gates.entry(origin.to_owned()).or_insert_with(|| Gate::new(now));
        gate.closed_until = gate.closed_until.max(now + heard(plea));
    }

    /// Lets requests to an origin pass again, as a new key may.
    pub(super) fn open(&self, origin: &str) {
        if let Some(gate) = self.gates().get_mut(origin) {
            gate.closed_until = Instant::now();
        }
    }

    fn turn(&self, origin: &str, manner: Manner) -> Result<(Instant, Arc<Semaphore>), SourceError> {
        let now = Instant::now();
        let mut gates = self.gates();
        let gate = gates.entry(origin.to_owned()).or_insert_with(|| Gate::new(now));
        gate.is_open()?;
        let turn = gate.next.max(now);
        gate.next = turn + manner.spacing;
        let inside = gate
            .inside
            .get_or_insert_with(|| Arc::new(Semaphore::new(manner.at_once)));
        Ok((turn, inside.clone()))
    }

    fn gates(&self) -> MutexGuard<'_, BTreeMap<String, Gate>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long whoever pleads for fewer requests is left alone.
pub(super) fn heard(plea: Option<SignedDuration>) -> Duration {
    let wait = plea.unwrap_or(UNTIMED).clamp(SignedDuration::ZERO, LONGEST);
    wait.unsigned_abs()
}

impl Gate {
    fn new(now: Instant) -> Self {
        Self {
            next: now,
            closed_until: now,
            inside: None,
        }
    }

    /// # Errors
    /// [`SourceError::Throttled`] with the rest of the time, while it is closed.
    fn is_open(&self) -> Result<(), SourceError> {
        let rest = self.closed_until.saturating_duration_since(Instant::now());
        if rest.is_zero() {
            Ok(())
        } else {
            Err(SourceError::Throttled(SignedDuration::try_from(rest).ok()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const APART: Manner = Manner {
        spacing: SECOND,
        at_once: 2,
    };
    const CLOSE: Manner = Manner {
        spacing: Duration::ZERO,
        ..APART
    };

    #[tokio::test(start_paused = true)]
    async fn requests_to_one_origin_keep_their_distance() {
        let gates = Gates::default();
        let begin = Instant::now();
        for _ in 0..3 {
            gates.pass("https://a.example", APART).await.unwrap();
        }
        assert_eq!(begin.elapsed(), 2 * SECOND);
        gates.pass("https://b.example", APART).await.unwrap();
        assert_eq!(begin.elapsed(), 2 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_plea_nobody_asks_for_that_long_and_others_go_on() {
        let gates = Gates::default();
        gates.close("https://a.example", Some(SignedDuration::from_secs(100)));
        gates.pass("https://b.example", APART).await.unwrap();
        tokio::time::sleep(40 * SECOND).await;
        let rest = gates.pass("https://a.example", APART).await.unwrap_err();
        assert_eq!(rest, SourceError::Throttled(Some(SignedDuration::from_secs(60))));
        tokio::time::sleep(60 * SECOND).await;
        assert!(gates.pass("https://a.example", APART).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_plea_holds_for_those_who_wait_already_for_their_turn_or_until_one_comes_out() {
        let gates = Gates::default();
        let pass = |manner| gates.pass("https://a.example", manner);
        let (first, _second) = (pass(CLOSE).await.unwrap(), pass(APART).await.unwrap());
        let plea = async {
            tokio::task::yield_now().await;
            gates.close("https://a.example", Some(SignedDuration::from_secs(100)));
            drop(first);
        };
        let (before_the_door, in_the_queue, ()) = tokio::join!(pass(APART), pass(APART), plea);
        assert!(before_the_door.is_err() && in_the_queue.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_key_opens_the_gate_of_its_service_and_no_other() {
        let gates = Gates::default();
        for origin in ["https://a.example", "https://b.example"] {
            gates.close(origin, Some(SignedDuration::from_secs(100)));
        }
        gates.open("https://a.example");
        assert!(gates.pass("https://a.example", APART).await.is_ok());
        assert!(gates.pass("https://b.example", APART).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_is_slow_is_asked_by_no_more_at_a_time_than_it_likes() {
        for at_once in [1, 2] {
            let gates = Gates::default();
            let manner = Manner { at_once, ..CLOSE };
            let pass = || gates.pass("https://slow.example", manner);
            let mut inside = Vec::new();
            for _ in 0..at_once {
                inside.push(pass().await.unwrap());
            }
            let next = tokio::time::timeout(60 * SECOND, pass()).await;
            assert!(next.is_err(), "{at_once} are inside");
            assert!(gates.pass("https://b.example", manner).await.is_ok());
            inside.pop();
            assert!(pass().await.is_ok());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_plea_is_heard_up_to_a_day_and_one_of_the_past_not_at_all() {
        let gates = Gates::default();
        gates.close("https://a.example", Some(SignedDuration::MIN));
        assert!(gates.pass("https://a.example", APART).await.is_ok());
        gates.close("https://a.example", Some(SignedDuration::MAX));
        tokio::time::sleep(24 * 3600 * SECOND).await;
        assert!(gates.pass("https://a.example", APART).await.is_ok());
    }
}
