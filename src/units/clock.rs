//! The one clock. Rooms take a `Clock`; only `SystemClock` reads the machine's.

use std::time::Instant;

use jiff::Timestamp;

/// Where a room asks for the time, so that tests and the twin can set it.
pub trait Clock: Send + Sync {
    /// The wall clock, UTC. May jump; use it for instants that other machines read.
    fn now(&self) -> Timestamp;
    /// A clock that never goes back. Use it for leases and timeouts.
    fn monotonic(&self) -> Instant;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that reads the monotonic clock")]
    fn monotonic(&self) -> Instant {
        Instant::now()
    }
}
