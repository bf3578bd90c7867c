//! The survival curves of all kinds: learned from what finished and from what still runs, published when they change.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::kind::{Kind, Level};
use super::learned::{Learned, Published};
use super::risk::{Ms, millis};
use super::window::Finish;
use crate::planner::Survival;

/// Kinds remembered; those that were seen longest ago go first.
const KINDS: usize = 4096;

/// How long jobs of each kind run.
///
/// A kind with little data is drawn to the jobs of its class, and a class to all jobs. A published curve is only replaced
/// by one that differs enough to matter, so that plans do not flicker.
#[derive(Debug, Default)]
pub struct Curves {
    /// By order, parents first.
    levels: BTreeMap<Level, Learned>,
    seen: u64,
}

impl Curves {
    /// A job of this kind has finished. Telling it twice changes nothing.
    pub fn finished(&mut self, kind: &Kind, finish: &Finish) {
        self.seen += 1;
        for level in Level::of(kind) {
            let learned = self.see(level);
            learned.new += usize::from(learned.window.add(finish));
        }
        self.forget();
    }

    /// Renews the curves that have changed enough to matter, from what has finished and from the `unfinished` jobs at `now`:
    /// all that run or are paused, each with its kind and the work that it has behind it.
    pub fn renew<'a>(&mut self, now: Timestamp, unfinished: impl IntoIterator<Item = (&'a Kind, SignedDuration)>) {
        self.seen += 1;
        let mut by_kind: BTreeMap<&Kind, Vec<Ms>> = BTreeMap::new();
        for (kind, done) in unfinished {
            by_kind.entry(kind).or_default().push(millis(done));
        }
        let mut running: BTreeMap<Level, Vec<Ms>> = BTreeMap::new();
        for (kind, done) in by_kind {
            for level in Level::of(kind) {
                running.entry(level).or_default().extend(&done);
            }
        }
        for level in running.keys() {
            self.see(level.clone());
        }
        for (level, mut learned) in std::mem::take(&mut self.levels) {
            let done = running.get(&level).map_or(&[][..], Vec::as_slice);
            match level.parent() {
                None => learned.renew(None, now, done),
                // While nothing is known of all jobs, ages alone make no curve.
                Some(parent) => {
                    if let Some(above) = self.published(&parent) {
                        learned.renew(Some(above), now, done);
                    }
                }
            }
            self.levels.insert(level, learned);
        }
        self.forget();
    }

    /// The name and the curve of the closest kin of this kind that enough is known of; `None` while nothing is.
    pub fn of(&self, kind: &Kind) -> Option<(String, &Survival)> {
        let (level, published) = self.closest(kind)?;
        Some((level.to_string(), &published.survival))
    }

    /// The same of its class at the widest: what is none of its class says nothing of it.
    pub fn of_own(&self, kind: &Kind) -> Option<(String, &Survival)> {
        let (level, published) = self.closest(kind).filter(|(level, _)| *level != Level::All)?;
        Some((level.to_string(), &published.survival))
    }

    fn closest(&self, kind: &Kind) -> Option<(Level, &Published)> {
        Level::of(kind).rev().find_map(|level| {
            let published = self.published(&level)?;
            Some((level, published))
        })
    }

    fn published(&self, level: &Level) -> Option<&Published> {
        self.levels.get(level)?.published.as_ref()
    }

    fn see(&mut self, level: Level) -> &mut Learned {
        let learned = self.levels.entry(level).or_insert_with_key(Learned::of);
        learned.last_seen = self.seen;
        learned
    }

    /// Forgets the tenth that was seen longest ago once there are too many, so that it need not be done at every new kind.
    /// Of those that were seen at once, the parents stay.
    fn forget(&mut self) {
        if self.levels.len() <= KINDS {
            return;
        }
        let age = |(level, learned): (&Level, &Learned)| (learned.last_seen, Reverse(level.clone()));
        let mut ages: Vec<_> = self.levels.iter().map(age).collect();
        ages.sort_unstable();
        for (_, Reverse(level)) in ages.iter().take(ages.len() / 10) {
            self.levels.remove(level);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn finish(id: u64, length: i64) -> Finish {
        Finish {
            at: at(1_000_000 + id as i64),
            length: SignedDuration::from_secs(length),
            id,
        }
    }

    fn taught(kind: &Kind, lengths: impl IntoIterator<Item = i64>) -> Curves {
        let mut curves = Curves::default();
        for (id, length) in lengths.into_iter().enumerate() {
            curves.finished(kind, &finish(id as u64, length));
        }
        curves.renew(at(2_000_000), []);
        curves
    }

    fn expected(curves: &Curves, kind: &Kind) -> SignedDuration {
        curves.of(kind).unwrap().1.mean(SignedDuration::ZERO)
    }

    fn version(curves: &Curves, kind: &Kind) -> u64 {
        curves.closest(kind).unwrap().1.version
    }

    #[test]
    fn without_data_there_is_no_curve_and_with_three_jobs_there_is() {
        let kind = Kind::group("night", "etl");
        assert_eq!(taught(&kind, [10, 20]).of(&kind), None);
        let curves = taught(&kind, [10, 20, 30]);
        assert_eq!(curves.of(&kind).unwrap().0, "night/etl");
        assert_eq!(curves.of(&Kind::group("night", "other")).unwrap().0, "night/");
        assert_eq!(curves.of(&Kind::class("day")).unwrap().0, "/");
        assert!(
            curves.of(&kind).unwrap().1.quantile(0.95, SignedDuration::ZERO) > SignedDuration::from_secs(30),
            "beyond the longest of so few"
        );
    }

    #[test]
    fn a_group_with_much_data_is_its_own_and_one_with_little_as_its_class() {
        let (own, rest) = (Kind::group("c", "own"), Kind::group("c", "rest"));
        let mut curves = taught(&rest, (0..400).map(|i| 1000 + i));
        for id in 0..100 {
            curves.finished(&own, &finish(1000 + id, 60));
        }
        curves.finished(&Kind::group("c", "new"), &finish(2000, 60));
        curves.renew(at(3_000_000), []);
        let expected = |kind: &Kind| expected(&curves, kind).as_secs();
        assert!((60..90).contains(&expected(&own)), "{}", expected(&own));
        assert!((800..1200).contains(&expected(&Kind::group("c", "new"))));
    }

    #[test]
    fn what_still_runs_makes_the_expected_length_longer() {
        let kind = Kind::class("c");
        let mut curves = taught(&kind, (0..50).map(|i| 100 + i));
        let before = expected(&curves, &kind);
        let running = [(&kind, SignedDuration::from_secs(4000)); 50];
        curves.renew(at(2_000_100), running);
        let after = expected(&curves, &kind);
        assert!(after > before * 10, "{before:?}, {after:?}");
        assert_eq!(version(&curves, &kind), 2);
    }

    #[test]
    fn a_curve_that_hardly_changes_keeps_its_version() {
        let kind = Kind::class("c");
        let lengths = |count: i64| (0..count).map(|i| 100 + (i * 37) % 100);
        let mut curves = taught(&kind, lengths(1000));
        for id in 1000..1100 {
            curves.finished(&kind, &finish(id, 100 + (id as i64 * 37) % 100));
        }
        curves.renew(at(3_000_000), []);
        assert_eq!(version(&curves, &kind), 1);
        for id in 1100..2100 {
            curves.finished(&kind, &finish(id, 500));
        }
        curves.renew(at(3_000_000), []);
        assert_eq!(version(&curves, &kind), 2, "but not one that does");
    }

    #[test]
    fn a_job_that_grows_is_followed() {
        let kind = Kind::group("c", "grows");
        let curves = taught(&kind, (0..300).map(|_| 100).chain((0..300).map(|_| 200)));
        let expected = expected(&curves, &kind).as_secs();
        assert!((195..215).contains(&expected), "{expected}");
    }

    #[test]
    fn the_same_jobs_in_another_order_give_the_same_curve() {
        let kind = Kind::group("c", "g");
        let mut finishes: Vec<Finish> = (0..500).map(|id| finish(id, 100 + (id as i64 * 97) % 513)).collect();
        let mut curve = || {
            let mut curves = Curves::default();
            for finish in &finishes {
                curves.finished(&kind, finish);
                curves.finished(&kind, finish);
            }
            curves.renew(at(2_000_000), []);
            let found = curves.of(&kind).unwrap().1.clone();
            finishes[..200].reverse();
            found
        };
        assert_eq!(curve(), curve());
    }

    #[test]
    fn memory_is_bounded_and_the_newest_kinds_stay() {
        let mut curves = Curves::default();
        let kind = |id: u64| Kind::group("c", &id.to_string());
        for id in 0..10_000 {
            curves.finished(&kind(id), &finish(id, 60));
        }
        let newest = Level::of(&kind(9_999)).next_back().unwrap();
        assert!(curves.levels.len() <= KINDS && curves.levels.contains_key(&newest));
    }

    #[test]
    fn of_more_kinds_than_are_remembered_that_run_at_once_most_stay() {
        let kinds: Vec<Kind> = (0..5_000).map(|id| Kind::group("c", &id.to_string())).collect();
        let mut curves = taught(&kinds[0], [10, 20, 30]);
        curves.renew(
            at(2_000_000),
            kinds.iter().map(|kind| (kind, SignedDuration::from_secs(10))),
        );
        assert_eq!(curves.of(&kinds[0]).unwrap().0, "c/0");
        curves.renew(at(2_000_000), []);
        assert!(curves.levels.len() > 4000, "{}", curves.levels.len());
        assert_eq!(curves.of(&kinds[0]).unwrap().0, "c/0");
    }
}
