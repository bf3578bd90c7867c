//! The little that the rest of the program lets others see.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::units::Clock;

/// A cycle that has not run for longer than this hangs.
const HEARTBEAT_LIMIT: Duration = Duration::from_secs(60);

/// Whether the program is ready, alive and leading. Shared by an `Arc`; the cycle writes it, the server reads it.
pub struct View {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    missing: BTreeSet<String>,
    /// When the cycle last ran; from readiness on, since before that no cycle is due.
    heartbeat: Option<Instant>,
    leading: bool,
}

impl View {
    /// Not ready before each of `missing`, in words such as "the list of jobs", is [complete](Self::complete).
    pub fn new(clock: Arc<dyn Clock>, missing: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let missing: BTreeSet<String> = missing.into_iter().map(Into::into).collect();
        let heartbeat = missing.is_empty().then(|| clock.monotonic());
        let state = Mutex::new(State {
            missing,
            heartbeat,
            leading: false,
        });
        Self { clock, state }
    }

    /// One thing that readiness waits for is there; the last one starts the watch over the cycle.
    pub fn complete(&self, what: &str) {
        let now = self.clock.monotonic();
        let mut state = self.state();
        state.missing.remove(what);
        if state.missing.is_empty() {
            state.heartbeat.get_or_insert(now);
        }
    }

    /// Ready no more, for example because the program is shutting down; `what` says why.
    pub fn lose(&self, what: &str) {
        self.state().missing.insert(what.to_owned());
    }

    /// The cycle has run.
    pub fn beat(&self) {
        let now = self.clock.monotonic();
        self.state().heartbeat = Some(now);
    }

    /// This replica leads, or stands by.
    pub fn lead(&self, leads: bool) {
        self.state().leading = leads;
    }

    /// Ready, in a word, or everything that is missing, in a list.
    pub(super) fn readiness(&self) -> Result<String, String> {
        let state = self.state();
        if state.missing.is_empty() {
            let role = if state.leading { "leading" } else { "standing by" };
            return Ok(format!("ready, {role}\n"));
        }
        let list: String = state.missing.iter().flat_map(|what| ["- ", what, "\n"]).collect();
        Err(format!("not ready; missing:\n{list}"))
    }

    /// Alive, or why not.
    pub(super) fn health(&self) -> Result<String, String> {
        let now = self.clock.monotonic();
        let Some(heartbeat) = self.state().heartbeat else {
            return Ok("alive; the first cycle waits for readiness\n".to_owned());
        };
        let age = now.saturating_duration_since(heartbeat);
        let (seconds, limit) = (age.as_secs(), HEARTBEAT_LIMIT.as_secs());
        if age > HEARTBEAT_LIMIT {
            return Err(format!(
                "the cycle hangs: it last ran {seconds} s ago, the limit is {limit} s\n"
            ));
        }
        Ok(format!("alive; the cycle last ran {seconds} s ago\n"))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::units::SystemClock;

    /// A monotonic clock that a test moves by hand.
    pub(in crate::server) struct HandClock {
        start: Instant,
        passed: Mutex<Duration>,
    }

    impl HandClock {
        pub(in crate::server) fn new() -> Arc<Self> {
            Arc::new(Self {
                start: SystemClock.monotonic(),
                passed: Mutex::default(),
            })
        }

        pub(in crate::server) fn pass(&self, seconds: u64) {
            *self.passed.lock().unwrap() += Duration::from_secs(seconds);
        }
    }

    impl Clock for HandClock {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }
        fn monotonic(&self) -> Instant {
            self.start + *self.passed.lock().unwrap()
        }
    }

    #[test]
    fn it_is_ready_when_the_last_missing_thing_is_complete() {
        let view = View::new(HandClock::new(), ["the list of jobs", "the list of nodes"]);
        assert_eq!(
            view.readiness().unwrap_err(),
            "not ready; missing:\n- the list of jobs\n- the list of nodes\n"
        );
        view.complete("the list of jobs");
        assert_eq!(
            view.readiness().unwrap_err(),
            "not ready; missing:\n- the list of nodes\n"
        );
        view.complete("the list of nodes");
        assert_eq!(view.readiness().unwrap(), "ready, standing by\n");
        view.lead(true);
        assert_eq!(view.readiness().unwrap(), "ready, leading\n");
        view.lose("it shuts down");
        assert!(view.readiness().unwrap_err().contains("- it shuts down\n"));
    }

    #[test]
    fn no_heartbeat_is_due_before_it_is_ready() {
        let clock = HandClock::new();
        let view = View::new(clock.clone(), ["the list of jobs"]);
        clock.pass(3600);
        assert!(view.health().is_ok());
        view.complete("the list of jobs");
        clock.pass(60);
        assert!(view.health().is_ok());
        clock.pass(1);
        assert!(view.health().is_err());
    }

    #[test]
    fn a_cycle_that_runs_again_is_alive_again() {
        let clock = HandClock::new();
        let view = View::new(clock.clone(), [""; 0]);
        clock.pass(61);
        assert_eq!(
            view.health().unwrap_err(),
            "the cycle hangs: it last ran 61 s ago, the limit is 60 s\n"
        );
        view.beat();
        clock.pass(3);
        assert_eq!(view.health().unwrap(), "alive; the cycle last ran 3 s ago\n");
    }
}
