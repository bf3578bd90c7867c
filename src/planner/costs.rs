//! The curves of all zones, and which of them may be compared.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::amounts::{Models, Part, Parts, shares};
use super::curve::Curve;
use super::grid::{Grid, Offset};
use super::outlook::{Level, Outlook, Series};
use super::snapshot::{Rules, Snapshot, Zone};
use crate::units::{Basis, Resources, Signal, ZoneName};

/// The curves of all zones. Zones are numbered by name.
pub(super) struct Costs<'a> {
    snapshot: &'a Snapshot,
    zones: Vec<(&'a ZoneName, &'a Zone)>,
    curves: Arc<Curves>,
}

/// What costs little to keep: the curves of all zones, and the models that they name.
#[derive(Debug)]
pub(super) struct Curves {
    /// By zone and signal; a series that has ended gives a curve without stretches.
    zones: Vec<[Option<Curve>; 3]>,
    models: Models,
}

impl<'a> Costs<'a> {
    /// The curves of all zones and signals over the grid.
    pub(super) fn of(snapshot: &'a Snapshot, grid: &Grid) -> Self {
        let curves = |zone: &Zone| {
            let pue = if zone.pue.is_finite() { zone.pue.max(1.0) } else { 1.0 };
            Signal::ALL.map(|signal| {
                let series = zone.outlook.signal(signal).series();
                series.map(|series| Curve::of(series, signal, pue, grid))
            })
        };
        let curves = Curves {
            zones: snapshot.zones.values().map(curves).collect(),
            models: Models::of(snapshot),
        };
        Self::again(snapshot, Arc::new(curves))
    }

    /// The same with curves that are there already: those of this snapshot.
    pub(super) fn again(snapshot: &'a Snapshot, curves: Arc<Curves>) -> Self {
        Self {
            zones: snapshot.zones.iter().collect(),
            snapshot,
            curves,
        }
    }

    /// What can be kept for [`again`](Self::again).
    pub(super) fn curves(&self) -> Arc<Curves> {
        Arc::clone(&self.curves)
    }

    /// The models of accelerators that its zones name.
    pub(super) fn models(&self) -> &Models {
        &self.curves.models
    }

    /// The numbers of these zones, by name, without those that the snapshot does not know.
    pub(super) fn numbers(&self, names: &[ZoneName]) -> Vec<usize> {
        let number = |name| self.zones.binary_search_by(|(zone, _)| (*zone).cmp(name)).ok();
        let mut numbers: Vec<usize> = names.iter().filter_map(number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// How many zones there are.
    pub(super) fn len(&self) -> usize {
        self.zones.len()
    }

    /// The name of a zone.
    pub(super) fn name(&self, zone: usize) -> &'a ZoneName {
        self.zones[zone].0
    }

    /// A request spread over zones by their capacity; all of it where there is one zone.
    pub(super) fn spread(&self, zones: &[usize], request: &Resources, model: Option<usize>) -> Parts {
        self.spread_by(|zone| (zone.capacity, &zone.gpu_models), zones, request, model)
    }

    /// The same by what the zones could hold if nothing else ran there.
    pub(super) fn spread_when_empty(&self, zones: &[usize], request: &Resources, model: Option<usize>) -> Parts {
        let holds = |zone: &'a Zone| {
            let empty = zone.when_empty.map_or(zone.capacity, |empty| empty.max(&zone.capacity));
            (empty, zone.models_when_empty())
        };
        self.spread_by(holds, zones, request, model)
    }

    /// The same by what the zones hold for a job that asks for this model of accelerators, or for any.
    fn spread_by(
        &self,
        holds: impl Fn(&'a Zone) -> (Resources, &'a BTreeMap<String, i64>),
        zones: &[usize],
        request: &Resources,
        model: Option<usize>,
    ) -> Parts {
        let held_of = |zone: &usize| {
            let (held, of_models) = holds(self.zones[*zone].1);
            let of_model = model.map_or(i64::MAX, |model| self.models().count(model, of_models));
            Resources {
                gpus: held.gpus.min(of_model),
                ..held
            }
        };
        let capacities: Vec<Resources> = zones.iter().map(held_of).collect();
        let parts = zones.iter().zip(shares(&capacities, request));
        parts
            .map(|(zone, share)| Part::of(*zone, share, request, model))
            .collect()
    }

    /// Those of the zones whose series of a signal may be used and compared, as numbers.
    ///
    /// A series may be used if it is no older than the rules allow and reaches beyond now. Intensities of different bases
    /// are never compared: the largest group of one basis stays; of equally large ones, that with the first zone by name.
    pub(super) fn comparable(&self, zones: &[usize], signal: Signal, rules: &Rules) -> Vec<usize> {
        let usable = |zone: &usize| Some((*zone, self.usable(*zone, signal, rules)?.basis));
        let usable: Vec<(usize, Basis)> = zones.iter().filter_map(usable).collect();
        let size = |basis: Basis| usable.iter().filter(|(_, other)| *other == basis).count();
        let mut kept = usable.first().map(|(_, basis)| *basis);
        for (_, basis) in &usable {
            if kept.is_some_and(|kept| size(*basis) > size(kept)) {
                kept = Some(*basis);
            }
        }
        let fits = |basis: &Basis| signal == Signal::RenewableShare || kept == Some(*basis);
        usable
            .iter()
            .filter(|(_, basis)| fits(basis))
            .map(|(zone, _)| *zone)
            .collect()
    }

    /// The curve of a zone, whatever its age.
    pub(super) fn curve(&self, zone: usize, signal: Signal) -> Option<&Curve> {
        self.curves.zones[zone][signal as usize].as_ref()
    }

    /// The cost of 1 kW spread over these parts, as far as they lie in `comparable` zones.
    pub(super) fn cost(
        &self,
        parts: &[Part],
        comparable: &[usize],
        signal: Signal,
        start: Offset,
        length: Offset,
    ) -> Option<f64> {
        let known = || {
            parts
                .iter()
                .filter(|part| part.share > 0.0 && comparable.contains(&part.zone))
        };
        let whole: f64 = known().map(|part| part.share).sum();
        if whole <= 0.0 {
            return None;
        }
        known()
            .map(|part| Some(self.curve(part.zone, signal)?.cost(start, length)? * part.share / whole))
            .sum()
    }

    /// Why nothing is known of a signal in any of these zones, in words for the owner of a job.
    pub(super) fn why_unknown(&self, zones: &[usize], signal: Signal, rules: &Rules) -> String {
        let Some(first) = zones.first() else {
            return "None of its zones exists.".to_owned();
        };
        let (name, zone) = &self.zones[*first];
        match zone.outlook.signal(signal) {
            Outlook::Unknown(why) => format!("No forecast of {signal:?} for zone {name}: {why}."),
            Outlook::Known(series) if self.is_stale(series, rules) => {
                format!("The forecast of {signal:?} for zone {name} is older than its policy allows.")
            }
            Outlook::Known(_) => {
                format!("The forecast of {signal:?} for zone {name} does not cover a run that starts now.")
            }
        }
    }

    fn usable(&self, zone: usize, signal: Signal, rules: &Rules) -> Option<&'a Series> {
        let series = self.zones[zone].1.outlook.signal(signal).series()?;
        let reaches = !self.curve(zone, signal)?.stretches.is_empty();
        (reaches && !self.is_stale(series, rules)).then_some(series)
    }

    /// A forecast of our own has a limit of its own: it is as old as the past that it is made from.
    fn is_stale(&self, series: &Series, rules: &Rules) -> bool {
        series.level != Level::Profile && self.snapshot.now.duration_since(series.issued_at) > rules.max_age
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, decide, demand, rules, series, snapshot, steps, zones};
    use super::super::{Level, Outlook, Placement, Reason, Snapshot};
    use crate::units::{Basis, Signal};

    fn two_zones() -> Snapshot {
        let mut s = snapshot();
        steps(&mut s, "a", 3600, &[300.0; 8]);
        steps(&mut s, "b", 3600, &[100.0; 8]);
        s.demands = vec![demand("j", 3600, 3600)];
        s
    }

    fn set_basis(s: &mut Snapshot, zone: &str, basis: Basis) {
        if let Outlook::Known(series) = &mut s.zones.get_mut(&zone.into()).unwrap().outlook.carbon_intensity {
            series.basis = basis;
        }
    }

    #[test]
    fn zones_whose_bases_differ_are_never_compared() {
        let mut s = two_zones();
        assert_eq!(decide(&s).chosen.zones, zones(&["b"]));
        set_basis(&mut s, "b", Basis::Direct);
        assert_eq!(decide(&s).chosen.zones, zones(&["a"]), "a tie goes to the first name");
        steps(&mut s, "c", 3600, &[200.0; 8]);
        set_basis(&mut s, "c", Basis::Direct);
        assert_eq!(decide(&s).chosen.zones, zones(&["b"]), "the larger group stays");
    }

    #[test]
    fn a_series_older_than_the_policy_allows_is_unknown_to_its_jobs() {
        let mut s = two_zones();
        s.now = at(3 * 3600);
        s.demands[0].latest_start = at(5 * 3600);
        rules(&mut s).max_age = jiff::SignedDuration::from_hours(2);
        let d = decide(&s);
        assert_eq!((d.reason, d.chosen.cost), (Reason::NoForecast, None));
        assert!(d.note.unwrap().contains("older"));
        for zone in s.zones.values_mut() {
            if let Outlook::Known(series) = &mut zone.outlook.carbon_intensity {
                series.level = Level::Profile;
            }
        }
        assert!(
            decide(&s).chosen.cost.is_some(),
            "a forecast of our own is as old as its past"
        );
    }

    #[test]
    fn a_zone_without_a_series_is_no_candidate_while_another_has_one() {
        let mut s = two_zones();
        s.zones.get_mut(&"b".into()).unwrap().outlook.carbon_intensity = Outlook::Unknown("down".into());
        assert_eq!(decide(&s).chosen.zones, zones(&["a"]));
    }

    #[test]
    fn grams_come_from_the_intensity_whatever_the_objective() {
        let mut s = two_zones();
        rules(&mut s).signal = Signal::RenewableShare;
        for (zone, share) in [("a", 0.9), ("b", 0.2)] {
            let zone = s.zones.get_mut(&zone.into()).unwrap();
            zone.outlook.renewable_share = Outlook::Known(series(0, 3600, &[share; 8]));
        }
        let d = decide(&s);
        assert_eq!(d.chosen.zones, zones(&["a"]));
        assert!((d.chosen.cost.unwrap() - 0.1).abs() < 1e-9);
        assert!((d.chosen.grams.unwrap().0 - 300.0).abs() < 1e-9);
    }

    #[test]
    fn a_job_that_is_shifted_in_time_only_costs_the_mean_by_capacity() {
        let mut s = two_zones();
        s.zones.get_mut(&"b".into()).unwrap().capacity = super::super::testing::cores(30);
        s.demands[0].placement = Placement::Somewhere(zones(&["a", "b"]));
        let d = decide(&s);
        assert_eq!(d.chosen.zones, zones(&["a", "b"]));
        assert!((d.chosen.cost.unwrap() - 150.0).abs() < 1e-9);
    }
}
