//! A demand made ready for the planner: its places, its power and its window on the grid.

use std::borrow::Cow;

use jiff::SignedDuration;

use super::capacity::{Capacity, Part};
use super::costs::Costs;
use super::curve::{Curve, in_hours};
use super::decision::Choice;
use super::demand::{Demand, Placement};
use super::grid::{Grid, Offset, nanos};
use super::snapshot::{Rules, Snapshot};
use crate::units::{Grams, Signal, WattHours, ZoneName};

/// The rules of a job whose policy is gone: it starts at once.
const NO_RULES: Rules = Rules {
    signal: Signal::CarbonIntensity,
    minimum_saving: 0.0,
    price_per_hour: 0.0,
    max_age: SignedDuration::ZERO,
    priority: i32::MIN,
};

/// Where a run may be: in one zone, or spread over several.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The zones, as the decision names them.
    pub(super) zones: Vec<ZoneName>,
    /// What it takes of each.
    pub(super) parts: Vec<Part>,
}

/// A demand made ready.
pub(super) struct Job<'a> {
    /// What is wanted.
    pub(super) demand: &'a Demand,
    /// The rules of its policy.
    pub(super) rules: &'a Rules,
    /// The first start that is possible: now, or when it comes.
    pub(super) first: Offset,
    /// The last start that is allowed, the way of its release taken off; not after now if it is due.
    pub(super) last: Offset,
    /// What it is expected to take.
    pub(super) length: Offset,
    /// Whether the objective's forecast is usable in any of its zones.
    pub(super) has_forecast: bool,
    /// The places that the planner may choose: with a usable forecast, and large enough when empty.
    pub(super) places: Vec<(Place, Cow<'a, Curve>)>,
    /// What it draws.
    pub(super) kilowatts: f64,
    /// The resource that stands for the model of its accelerators.
    model: Option<usize>,
    /// Its zones whose forecast of the objective may be compared.
    comparable: Vec<usize>,
    /// Its zones whose intensity may be compared.
    intensities: Vec<usize>,
}

impl<'a> Job<'a> {
    /// Makes a demand ready.
    pub(super) fn of(
        demand: &'a Demand,
        snapshot: &'a Snapshot,
        grid: &Grid,
        costs: &'a Costs<'a>,
        capacity: &Capacity,
    ) -> Self {
        let rules = snapshot.rules.get(&demand.policy).unwrap_or(&NO_RULES);
        let zones = costs.numbers(demand.placement.zones());
        let comparable = costs.comparable(&zones, rules.signal, rules);
        let watts = demand.watts.0;
        let mut job = Self {
            demand,
            rules,
            first: grid.offset(demand.submitted).max(0),
            last: grid.offset(demand.latest_start) - nanos(snapshot.release_lead),
            length: nanos(demand.length.expected),
            has_forecast: !comparable.is_empty(),
            places: Vec::new(),
            model: costs.models().wanted(demand),
            kilowatts: if watts.is_finite() {
                watts.max(0.0) / 1000.0
            } else {
                0.0
            },
            intensities: if rules.signal == Signal::CarbonIntensity {
                comparable.clone()
            } else {
                costs.comparable(&zones, Signal::CarbonIntensity, rules)
            },
            comparable,
        };
        job.places = match &demand.placement {
            Placement::Choose(_) => job.single_places(costs),
            Placement::Somewhere(_) => job.shared_place(costs, grid).into_iter().collect(),
        };
        job.places.retain(|(place, _)| capacity.could_fit(&place.parts));
        job
    }

    fn single_places(&self, costs: &'a Costs<'a>) -> Vec<(Place, Cow<'a, Curve>)> {
        let place = |zone: &usize| {
            let curve = costs.curve(*zone, self.rules.signal)?;
            let place = Place {
                zones: vec![costs.name(*zone).clone()],
                parts: vec![Part::of(*zone, 1.0, &self.demand.request, self.model)],
            };
            Some((place, Cow::Borrowed(curve)))
        };
        self.comparable.iter().filter_map(place).collect()
    }

    fn shared_place(&self, costs: &'a Costs<'a>, grid: &Grid) -> Option<(Place, Cow<'a, Curve>)> {
        let place = self.anywhere(costs);
        let known = || place.parts.iter().filter(|part| self.comparable.contains(&part.zone));
        let whole: f64 = known().map(|part| part.share).sum();
        let weighted = |part: &Part| Some((costs.curve(part.zone, self.rules.signal)?, part.share / whole));
        let curves: Vec<(&Curve, f64)> = known().filter(|part| part.share > 0.0).filter_map(weighted).collect();
        if curves.is_empty() {
            return None;
        }
        let curve = Curve::mean(&curves, grid);
        Some((place, Cow::Owned(curve)))
    }

    /// All its zones together.
    pub(super) fn anywhere(&self, costs: &Costs<'_>) -> Place {
        self.place_in(self.demand.placement.zones().to_vec(), costs)
    }

    /// Those of the named zones that it may still run in; all its zones where none is left.
    pub(super) fn among(&self, names: &[ZoneName], costs: &Costs<'_>) -> Place {
        let allowed = self.demand.placement.zones();
        let both: Vec<ZoneName> = allowed.iter().filter(|zone| names.contains(zone)).cloned().collect();
        if both.is_empty() {
            self.anywhere(costs)
        } else {
            self.place_in(both, costs)
        }
    }

    fn place_in(&self, zones: Vec<ZoneName>, costs: &Costs<'_>) -> Place {
        let parts = costs.spread(&costs.numbers(&zones), &self.demand.request, self.model);
        Place { zones, parts }
    }

    /// The place that was promised, if the planner may still choose it.
    pub(super) fn promised_place(&self, names: &[ZoneName]) -> Option<usize> {
        match &self.demand.placement {
            Placement::Choose(_) => self.places.iter().position(|(place, _)| place.zones == names),
            Placement::Somewhere(_) => (!self.places.is_empty()).then_some(0),
        }
    }

    /// What the run draws in all.
    pub(super) fn energy(&self) -> WattHours {
        WattHours(self.scaled(in_hours(self.length)) * 1000.0)
    }

    /// The cost of a curve's 1 kW for this job.
    pub(super) fn scaled(&self, cost: f64) -> f64 {
        cost * self.kilowatts
    }

    /// The cost of its run from `start` in a place; `None` unless all of it is known.
    pub(super) fn cost(&self, place: &Place, start: Offset, costs: &Costs<'_>) -> Option<f64> {
        let cost = costs.cost(&place.parts, &self.comparable, self.rules.signal, start, self.length)?;
        Some(self.scaled(cost))
    }

    /// A start in a place, and what it would mean.
    pub(super) fn choice(&self, place: &Place, start: Offset, grid: &Grid, costs: &Costs<'_>) -> Choice {
        let grams = costs.cost(
            &place.parts,
            &self.intensities,
            Signal::CarbonIntensity,
            start,
            self.length,
        );
        Choice {
            start: grid.instant(start),
            zones: place.zones.clone(),
            cost: self.cost(place, start, costs),
            grams: grams.map(|grams| Grams(self.scaled(grams))),
        }
    }
}
