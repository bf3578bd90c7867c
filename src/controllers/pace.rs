//! The pace of releases: a wave that starts a thousand pods at once hurts every other user of the cluster.

use std::time::Instant;

/// A bucket of tokens, one a release; it holds those of one second.
#[derive(Debug)]
pub struct Pace {
    per_second: Option<f64>,
    tokens: f64,
    filled: Option<Instant>,
}

impl Pace {
    /// A pace of so many releases a second; `None` is unlimited.
    pub fn new(per_second: Option<f64>) -> Self {
        let per_second = per_second.filter(|rate| rate.is_finite() && *rate > 0.0);
        Self {
            per_second,
            tokens: per_second.unwrap_or(0.0).max(1.0),
            filled: None,
        }
    }

    /// Takes one token, if there is one.
    pub fn take(&mut self, now: Instant) -> bool {
        let Some(rate) = self.per_second else { return true };
        if let Some(filled) = self.filled {
            let gained = now.saturating_duration_since(filled).as_secs_f64() * rate;
            self.tokens = (self.tokens + gained).min(rate.max(1.0));
        }
        self.filled = Some(now);
        let has = self.tokens >= 1.0;
        if has {
            self.tokens -= 1.0;
        }
        has
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::units::{Clock, SystemClock};

    #[test]
    fn a_second_lets_as_many_through_as_the_rate_says() {
        let start = SystemClock.monotonic();
        let mut pace = Pace::new(Some(20.0));
        let at = |ms: u64| start + Duration::from_millis(ms);
        assert_eq!((0..100).filter(|_| pace.take(at(0))).count(), 20);
        assert_eq!((0..100).filter(|_| pace.take(at(500))).count(), 10);
        assert_eq!(
            (0..100).filter(|_| pace.take(at(60_000))).count(),
            20,
            "no more than a second's worth is saved up"
        );
    }

    #[test]
    fn without_a_rate_everything_goes() {
        let start = SystemClock.monotonic();
        let mut pace = Pace::new(None);
        assert!((0..10_000).all(|_| pace.take(start)));
    }
}
