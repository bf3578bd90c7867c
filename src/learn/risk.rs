//! Who was at risk of ending, and who ended: the product-limit estimate.
//!
//! With censoring on the right (Kaplan and Meier 1958: a job that still runs tells that it is longer than its age) and
//! truncation on the left (Tsai, Jewell and Wang 1987: a job that was running before the watch began tells nothing of what
//! it had behind it).

use jiff::SignedDuration;

/// Work in milliseconds.
pub(super) type Ms = i64;

/// A curve as the estimate knows it: after so much work, the share that still runs.
pub(super) type Steps = Vec<(Ms, f64)>;

pub(super) fn millis(length: SignedDuration) -> Ms {
    Ms::try_from(length.as_millis()).unwrap_or(Ms::MAX)
}

/// What one job tells of the lengths of its kin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Life {
    /// What it had behind it when the watch began.
    pub(super) from: Ms,
    /// What it had behind it when the watch ended.
    pub(super) to: Ms,
    /// Whether it finished there; else it still runs.
    pub(super) ended: bool,
}

/// Lives by length, for one walk from short to long.
#[derive(Debug, Default)]
pub(super) struct Risk {
    /// All that were watched for some time, by `to`.
    lives: Vec<Life>,
    /// Their `from`, sorted.
    from: Vec<Ms>,
    /// The `to` of those that ended, sorted.
    ends: Vec<Ms>,
}

impl Risk {
    pub(super) fn of(mut lives: Vec<Life>) -> Self {
        lives.retain(|life| life.from < life.to);
        lives.sort_unstable_by_key(|life| life.to);
        let mut from: Vec<Ms> = lives.iter().map(|life| life.from).collect();
        from.sort_unstable();
        let ends = lives.iter().filter(|life| life.ended).map(|life| life.to).collect();
        Self { lives, from, ends }
    }

    /// The lives, by rising `to`.
    pub(super) fn lives(&self) -> &[Life] {
        &self.lives
    }

    /// How many of them ended.
    pub(super) fn ended(&self) -> usize {
        self.ends.len()
    }

    /// The work that was watched, over all jobs; milliseconds.
    pub(super) fn exposure(&self) -> f64 {
        self.lives.iter().map(|life| (life.to - life.from) as f64).sum()
    }

    /// The survival curve of these lives, drawn to that of their `parent`.
    ///
    /// At each length `t` the share that ends is `(m * drop(t) + d) / (m * prior(t-) + u + r)`, with `d` of `r` watched jobs
    /// ending, the parent's curve before and its drop at `t`, and the weights `m` and `u`: the posterior mean under a
    /// Dirichlet process (Susarla and Van Ryzin 1976), a plain mixture where nothing is censored. With no weights it is the
    /// product-limit estimate. Beyond the longest of these lives it goes on as the parent does.
    pub(super) fn curve(&self, parent: &[(Ms, f64)], weights: Weights) -> Steps {
        let longest = self.lives.last().map_or(0, |life| life.to);
        let (mut steps, mut alive, mut prior) = (Steps::new(), 1.0, 1.0);
        let (mut entered, mut gone, mut ended, mut inherited) = (0, 0, 0, 0);
        loop {
            let own = self.ends.get(ended).copied();
            let theirs = parent.get(inherited).map(|step| step.0);
            let Some(at) = own.into_iter().chain(theirs).min() else {
                return steps;
            };
            entered += self.from[entered..].iter().take_while(|from| **from < at).count();
            gone += self.lives[gone..].iter().take_while(|life| life.to < at).count();
            let ending = self.ends[ended..].iter().take_while(|end| **end == at).count();
            let after = if theirs == Some(at) { parent[inherited].1 } else { prior };
            let (ends, at_risk) = if at > longest {
                (prior - after, prior)
            } else {
                let watched = weights.unseen + (entered - gone) as f64;
                (
                    weights.above * (prior - after) + ending as f64,
                    weights.above * prior + watched,
                )
            };
            if at_risk > 0.0 && ends > 0.0 {
                alive *= 1.0 - (ends / at_risk).min(1.0);
                steps.push((at, alive));
            }
            ended += ending;
            inherited += usize::from(theirs == Some(at));
            prior = after;
        }
    }
}

/// What counts into a curve beside the jobs that were watched, as a number of jobs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weights {
    /// Jobs of the level above.
    pub(super) above: f64,
    /// Jobs that are longer than all that was seen.
    pub(super) unseen: f64,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The product limit by its definition: at each length, who ended of those who were there.
    fn brute_force(lives: &[Life], at: Ms) -> f64 {
        let mut times: Vec<Ms> = lives.iter().filter(|life| life.ended).map(|life| life.to).collect();
        times.sort_unstable();
        times.dedup();
        times.into_iter().filter(|time| *time <= at).fold(1.0, |alive, time| {
            let there = |life: &&Life| life.from < time && time <= life.to;
            let ended = lives
                .iter()
                .filter(|life| life.ended && life.to == time && life.from < time);
            match lives.iter().filter(there).count() {
                0 => alive,
                at_risk => alive * (1.0 - ended.count() as f64 / at_risk as f64),
            }
        })
    }

    fn alive(steps: &[(Ms, f64)], at: Ms) -> f64 {
        steps.iter().rev().find(|step| step.0 <= at).map_or(1.0, |step| step.1)
    }

    fn lives() -> impl Strategy<Value = Vec<Life>> {
        let life = (0..12_i64, 1..15_i64, any::<bool>());
        prop::collection::vec(
            life.prop_map(|(from, to, ended)| Life {
                from: (from - 6).max(0),
                to,
                ended,
            }),
            0..12,
        )
    }

    proptest! {
        #[test]
        fn the_curve_of_few_jobs_is_the_product_limit_by_its_definition(lives in lives()) {
            let steps = Risk::of(lives.clone()).curve(&[], Weights::default());
            for at in 0..16 {
                let (ours, theirs) = (alive(&steps, at), brute_force(&lives, at));
                prop_assert!((ours - theirs).abs() < 1e-12, "at {at}: {ours} and {theirs}");
            }
        }

        #[test]
        fn without_censoring_it_is_the_share_that_is_longer(lengths in prop::collection::vec(1..20_i64, 1..30)) {
            let all = lengths.iter().map(|to| Life { from: 0, to: *to, ended: true }).collect();
            let steps = Risk::of(all).curve(&[], Weights::default());
            for at in 0..21 {
                let longer = lengths.iter().filter(|length| **length > at).count();
                prop_assert!((alive(&steps, at) - longer as f64 / lengths.len() as f64).abs() < 1e-12);
            }
        }

        #[test]
        fn it_never_rises_and_stays_a_share(lives in lives(), strength in 0.0..9.0) {
            let parent = [(3, 0.7), (8, 0.2), (20, 0.0)];
            let steps = Risk::of(lives).curve(&parent, Weights { above: strength, unseen: 1.0 });
            prop_assert!(steps.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 >= pair[1].1));
            prop_assert!(steps.iter().all(|step| (0.0..=1.0).contains(&step.1)));
        }
    }

    #[test]
    fn without_data_a_kind_is_as_its_parent_and_with_some_it_is_a_mixture() {
        let parent = [(10, 0.5), (20, 0.0)];
        let two = Weights {
            above: 2.0,
            unseen: 0.0,
        };
        assert_eq!(Risk::default().curve(&parent, two), parent);
        let ended = [5, 15].map(|to| Life {
            from: 0,
            to,
            ended: true,
        });
        let steps = Risk::of(ended.to_vec()).curve(&parent, two);
        let mixture = [(5, 0.75), (10, 0.5), (15, 0.25), (20, 0.0)];
        for (step, (at, share)) in steps.iter().zip(mixture) {
            assert!(step.0 == at && (step.1 - share).abs() < 1e-12, "{steps:?}");
        }
    }

    #[test]
    fn what_still_runs_makes_the_curve_longer() {
        let life = |to, ended| Life { from: 0, to, ended };
        let finished = vec![life(1, true), life(2, true), life(4, true)];
        let with_running = [finished.clone(), vec![life(3, false), life(9, false)]].concat();
        let (short, long) = (
            Risk::of(finished).curve(&[], Weights::default()),
            Risk::of(with_running).curve(&[], Weights::default()),
        );
        assert!((alive(&short, 2) - 1.0 / 3.0).abs() < 1e-12);
        assert!((alive(&long, 2) - 0.6).abs() < 1e-12);
        assert!((alive(&long, 4) - 0.3).abs() < 1e-12);
    }
}
