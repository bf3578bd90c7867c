//! How much of the saving that was possible a plan made on a forecast keeps, for eight kinds of job.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::simple::mean;

/// Hours by which a window is longer than its job.
const SLACK: usize = 24;
/// Plans whose forecasts differ by no more are equal, and the earliest counts.
const EQUAL: f64 = 1e-9;

/// A kind of job: whole hours of equal power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobKind {
    /// Hours that it runs.
    pub hours: usize,
    /// Whether it runs in one piece; otherwise it takes whichever hours it likes, and resuming costs nothing.
    pub contiguous: bool,
}

impl JobKind {
    /// The eight kinds.
    pub const ALL: [Self; 8] = [
        Self::contiguous(1),
        Self::contiguous(6),
        Self::contiguous(12),
        Self::contiguous(24),
        Self::interruptible(1),
        Self::interruptible(6),
        Self::interruptible(12),
        Self::interruptible(24),
    ];

    const fn contiguous(hours: usize) -> Self {
        Self {
            hours,
            contiguous: true,
        }
    }

    const fn interruptible(hours: usize) -> Self {
        Self {
            hours,
            contiguous: false,
        }
    }

    /// Hours from its submission within which it must be done.
    pub const fn window(self) -> usize {
        self.hours + SLACK
    }

    /// The hours of the window that cost least by `intensity`, which covers it; of equal plans the earliest.
    fn cheapest(self, intensity: &[f64]) -> Vec<usize> {
        if self.contiguous {
            let sums: Vec<f64> = intensity.windows(self.hours).map(sum).collect();
            let start = earliest_least(&sums).unwrap_or(0);
            return (start..start + self.hours).collect();
        }
        let mut left = intensity.to_vec();
        let mut chosen = Vec::with_capacity(self.hours);
        while let Some(hour) = earliest_least(&left).filter(|_| chosen.len() < self.hours) {
            left[hour] = f64::INFINITY;
            chosen.push(hour);
        }
        chosen
    }
}

impl fmt::Display for JobKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = if self.contiguous { "contiguous" } else { "interruptible" };
        f.pad(&format!("{} h {form}", self.hours))
    }
}

/// The sum of these values, rounded the same in whichever order they stand: what a repeated day costs is the same wherever it
/// begins.
fn sum(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    values.iter().sum()
}

/// Where the least value stands; the earliest of those that equal it.
fn earliest_least(values: &[f64]) -> Option<usize> {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    values.iter().position(|value| *value <= least + EQUAL)
}

/// Sums over starts: what was saved against running at once, and what could have been.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    saved: f64,
    possible: f64,
}

impl Kept {
    /// Plans `kind` on a forecast of its window, and counts it by what the window's intensity really was. Without a forecast
    /// the job runs at once.
    pub fn add(&mut self, kind: JobKind, forecast: Option<&[f64]>, actual: &[f64]) {
        let cost = |hours: Vec<usize>| {
            let values: Vec<f64> = hours.iter().filter_map(|hour| actual.get(*hour).copied()).collect();
            sum(&values)
        };
        let now = cost((0..kind.hours).collect());
        self.saved += forecast.map_or(0.0, |forecast| now - cost(kind.cheapest(forecast)));
        self.possible += now - cost(kind.cheapest(actual));
    }

    /// The unweighted mean of the shares, over the kinds of job where there was anything to save.
    pub fn mean<'a>(all: impl IntoIterator<Item = &'a Self>) -> Option<f64> {
        mean(all.into_iter().filter_map(Self::share))
    }

    /// Whether sums that somebody else wrote may be gone on with.
    pub(in crate::grid) fn is_sound(&self) -> bool {
        self.saved.is_finite() && self.possible.is_finite() && self.possible >= 0.0
    }

    /// Lets what was counted so far count `factor` times.
    pub fn fade(&mut self, factor: f64) {
        self.saved *= factor;
        self.possible *= factor;
    }

    /// `sum(now - plan) / sum(now - optimum)`; at most 1, below 0 where waiting did harm. `None` where nothing could be saved.
    pub fn share(&self) -> Option<f64> {
        (self.possible > EQUAL).then(|| self.saved / self.possible)
    }
}

#[cfg(test)]
impl Kept {
    /// One that was counted elsewhere.
    pub(super) fn of(saved: f64, possible: f64) -> Self {
        Self { saved, possible }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_over_kinds_with_something_to_save_and_fading_does_not_change_a_share() {
        let mut half = Kept::of(2.0, 4.0);
        half.fade(0.5);
        assert_eq!(half, Kept::of(1.0, 2.0));
        assert_eq!(Kept::mean(&[half, Kept::of(3.0, 3.0), Kept::default()]), Some(0.75));
        assert_eq!(Kept::mean(&[Kept::default()]), None);
    }

    /// A window of six hours and a day: 5 everywhere but in the hours named.
    fn window(hours: usize, named: &[(usize, f64)]) -> Vec<f64> {
        let mut window = vec![5.0; hours + SLACK];
        for (hour, value) in named {
            window[*hour] = *value;
        }
        window
    }

    #[test]
    fn a_job_in_one_piece_takes_the_cheapest_piece_and_others_the_cheapest_hours() {
        let intensity = window(6, &[(3, 1.0), (12, 4.0), (13, 4.0), (14, 4.0), (15, 4.0), (16, 4.0)]);
        // Hours 11 to 16 cost 5 + 5 * 4 = 25; any six with hour 3 cost 26.
        assert_eq!(JobKind::contiguous(6).cheapest(&intensity), [11, 12, 13, 14, 15, 16]);
        assert_eq!(JobKind::interruptible(6).cheapest(&intensity), [3, 12, 13, 14, 15, 16]);
    }

    #[test]
    fn of_equal_plans_the_earliest_is_taken() {
        let flat = window(6, &[(20, 5.0 - 1e-10)]);
        assert_eq!(JobKind::contiguous(6).cheapest(&flat), [0, 1, 2, 3, 4, 5]);
        assert_eq!(JobKind::interruptible(6).cheapest(&flat), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_day_that_repeats_costs_the_same_wherever_it_begins_however_large_its_values_are() {
        for scale in [1.0, 1e4, 1e5, 1e6] {
            let day = |hour: usize| ((hour % 24 * 7919 + 13) % 997) as f64 / 3.0 * scale;
            let (forecast, actual): (Vec<f64>, Vec<f64>) =
                (0..48).map(|hour| (day(hour), day(hour) - hour as f64 * scale)).unzip();
            let kind = JobKind::contiguous(24);
            assert_eq!(kind.cheapest(&forecast)[0], 0, "{scale}");
            let mut kept = Kept::default();
            kept.add(kind, Some(&forecast), &actual);
            assert_eq!(kept.share(), Some(0.0), "{scale}");
        }
    }

    #[test]
    fn kept_is_what_was_saved_of_what_could_have_been() {
        let actual = window(1, &[(7, 1.0), (9, 3.0)]);
        let mut kept = Kept::default();
        // Forecast: hour 9 is the best. Now 5, plan 3, optimum 1: two of four.
        kept.add(JobKind::contiguous(1), Some(&window(1, &[(9, 2.0)])), &actual);
        assert_eq!(kept.share(), Some(0.5));
        // No forecast: nothing saved of another four. Two of eight in all.
        kept.add(JobKind::contiguous(1), None, &actual);
        assert_eq!(kept.share(), Some(0.25));
        // Waiting for an hour that turns out at 11: six worse than now.
        kept.add(
            JobKind::contiguous(1),
            Some(&window(1, &[(9, 2.0)])),
            &window(1, &[(9, 11.0)]),
        );
        assert_eq!(kept.share(), Some(-0.5));
    }

    #[test]
    fn where_nothing_could_be_saved_there_is_no_share() {
        let mut kept = Kept::default();
        kept.add(JobKind::interruptible(24), Some(&window(24, &[])), &window(24, &[]));
        assert_eq!(kept.share(), None);
    }
}
