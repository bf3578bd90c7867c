//! Never worse than running now, and never for less than the policy asks: which of the starts is chosen.

use super::curve::in_hours;
use super::rows::EQUAL;
use super::search::Extremes;
use super::snapshot::Rules;
use super::window::Start;

/// What a policy asks of waiting, for one job, in the unit of the job's cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guard {
    /// What a later start must save.
    pub(super) minimum: f64,
    /// What an hour of waiting costs.
    pub(super) price_per_hour: f64,
    /// Costs that differ by less are equal.
    pub(super) equal: f64,
}

impl Guard {
    /// The guard of a job whose run would cost `now` if it started at once. Rules that are not numbers ask for nothing.
    pub(super) fn of(rules: &Rules, now: f64) -> Self {
        let asked = |share: f64| if share > 0.0 { share * now } else { 0.0 };
        let of_any_job = if rules.cost_per_hour > 0.0 {
            rules.cost_per_hour
        } else {
            0.0
        };
        Self {
            minimum: asked(rules.minimum_saving),
            price_per_hour: asked(rules.price_per_hour) + of_any_job,
            equal: EQUAL * now,
        }
    }

    /// Whether the policy asks anything of waiting.
    pub(super) fn asks(&self) -> bool {
        self.minimum > 0.0 || self.price_per_hour > 0.0
    }

    /// Whether a start later than the soonest saves less than the policy asks, where it asks anything.
    pub(super) fn saves_too_little(&self, start: &Start, soonest: &Start) -> bool {
        let enough = soonest.cost - self.minimum + self.equal;
        self.minimum > 0.0 && start.at > soonest.at && start.cost > enough
    }

    /// The cost of a start with the price of the wait until then.
    #[inline]
    pub(super) fn score(&self, start: &Start) -> f64 {
        if self.price_per_hour == 0.0 {
            return start.cost; // As most do; this is asked of every start.
        }
        start.cost + self.price_per_hour * in_hours(start.at)
    }

    /// The start that the policy wants of these, whose extremes are given: the least [`score`](Self::score) among the soonest
    /// start and all those that save the policy's minimum against it; the earliest of equals, and the first zone by name.
    ///
    /// The price is a part of the score, not a threshold: it asks something of every hour, so the tenth hour must earn its
    /// price too. The soonest start is now where there is room now.
    pub(super) fn choose<'s>(
        &self,
        extremes: &Extremes,
        starts: impl Iterator<Item = &'s Start> + Clone,
    ) -> Option<Start> {
        let soonest = extremes.soonest?;
        let enough = soonest.cost - self.minimum;
        let wanted = starts.filter(|start| start.at == soonest.at || start.cost <= enough);
        let least = match self.price_per_hour {
            0.0 if extremes.least <= enough => extremes.least,
            0.0 => soonest.cost,
            _ => {
                let scores = wanted.clone().map(|start| self.score(start));
                scores.fold(f64::INFINITY, f64::min)
            }
        };
        let best = wanted.filter(|start| self.score(start) <= least + self.equal);
        best.min_by_key(|start| (start.at, start.place)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{decide, demand, rules, snapshot, steps};
    use super::super::{Action, Binding, Reason, Snapshot, Survival, plan};

    fn night(values: &[f64]) -> Snapshot {
        let mut s = snapshot();
        steps(&mut s, "a", 3600, values);
        s.demands = vec![demand("j", 4 * 3600, 3600)];
        s
    }

    #[test]
    fn a_saving_below_the_minimum_does_not_delay() {
        let mut s = night(&[100.0, 96.0, 100.0, 100.0, 100.0]);
        assert_eq!(decide(&s).action, Action::Hold);
        rules(&mut s).minimum_saving = 0.05;
        let d = decide(&s);
        assert_eq!(
            (d.action, d.reason, d.binding),
            (Action::Release, Reason::SavingTooSmall, Binding::Thrift)
        );
    }

    #[test]
    fn of_a_length_that_is_only_learned_the_same_is_said() {
        let mut s = night(&[100.0, 96.0, 100.0, 100.0, 100.0]);
        let hour = jiff::SignedDuration::from_hours(1);
        s.curves.insert("an hour".into(), Survival::of([(hour, 0.0)]));
        s.demands[0].curve = Some("an hour".into());
        assert_eq!((decide(&s).action, plan(&s).bound.lower_bound), (Action::Hold, 96.0));
        rules(&mut s).minimum_saving = 0.05;
        let d = decide(&s);
        assert_eq!(
            (d.action, d.reason, d.binding),
            (Action::Release, Reason::SavingTooSmall, Binding::Thrift)
        );
        assert_eq!(
            plan(&s).bound.cost,
            0.0,
            "100 is no lower bound on a plan that may cost 96"
        );
    }

    #[test]
    fn every_hour_of_waiting_must_earn_its_price() {
        let mut s = night(&[100.0, 95.0, 100.0, 100.0, 93.0]);
        rules(&mut s).price_per_hour = 0.01;
        let d = decide(&s);
        assert_eq!(
            d.chosen.start.duration_since(s.now).as_hours(),
            1,
            "three more hours save 2 % and cost 3 %"
        );
        assert_eq!(d.binding, Binding::Thrift);
        rules(&mut s).price_per_hour = 0.06;
        assert_eq!(decide(&s).reason, Reason::SavingTooSmall);
    }

    #[test]
    fn a_price_in_grams_has_large_jobs_wait_longer_than_small_ones() {
        let mut s = night(&[100.0, 80.0, 100.0, 60.0, 100.0]);
        rules(&mut s).cost_per_hour = 15.0;
        let start = |s: &Snapshot| decide(s).chosen.start.duration_since(s.now).as_hours();
        assert_eq!(start(&s), 1, "two hours more save 20 g and cost 30");
        s.demands[0].watts.0 *= 2.0;
        assert_eq!(start(&s), 3, "they save 40 g now");
        s.demands[0].watts.0 /= 4.0;
        assert_eq!(decide(&s).reason, Reason::SavingTooSmall, "10 g in an hour");
        rules(&mut s).cost_per_hour = f64::NAN;
        assert_eq!(start(&s), 3);
    }

    #[test]
    fn a_flat_outlook_never_delays() {
        for value in [0.0, 0.1, 430.0, 1e9] {
            let d = decide(&night(&[value; 5]));
            assert_eq!(d.action, Action::Release, "{value}");
        }
    }

    #[test]
    fn rules_that_are_not_numbers_ask_for_nothing() {
        let mut s = night(&[100.0, 50.0, 100.0, 100.0, 100.0]);
        rules(&mut s).minimum_saving = f64::NAN;
        rules(&mut s).price_per_hour = -1.0;
        assert_eq!(decide(&s).action, Action::Hold);
    }
}
