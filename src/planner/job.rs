//! A demand made ready for the planner: its places, its power and its window on the grid.

use std::borrow::Cow;

use jiff::SignedDuration;
use smallvec::{SmallVec, smallvec};

use super::amounts::{Part, Parts};
use super::capacity::Capacity;
use super::costs::Costs;
use super::curve::{Curve, in_hours};
use super::decision::{Choice, Segment};
use super::demand::{Demand, Placement, Stage};
use super::grid::{Grid, Offset, SECOND, nanos};
use super::rows::{Piece, Standing};
use super::snapshot::{Rules, Snapshot};
use crate::units::{Grams, Signal, Slot, WattHours, ZoneName};

/// The rules of a job whose policy is gone: it starts at once.
const NO_RULES: Rules = Rules {
    signal: Signal::CarbonIntensity,
    minimum_saving: 0.0,
    price_per_hour: 0.0,
    cost_per_hour: 0.0,
    confidence: 0.0,
    max_age: SignedDuration::ZERO,
    priority: i32::MIN,
};

/// What a job is given that has outlived all that was expected of it.
const MINUTE: Offset = 60 * SECOND;

/// Where a run may be: in one zone, or spread over several.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The zones, as the decision names them.
    pub(super) zones: SmallVec<[ZoneName; 1]>,
    /// What it takes of each.
    pub(super) parts: Parts,
}

/// A demand made ready.
pub(super) struct Job<'a> {
    /// What is wanted.
    pub(super) demand: &'a Demand,
    /// The rules of its policy.
    pub(super) rules: &'a Rules,
    /// Now.
    pub(super) present: Offset,
    /// The first start that is possible: now, or when it comes.
    pub(super) first: Offset,
    /// The last start that is allowed, the way of its release taken off; not after now if it is due.
    pub(super) last: Offset,
    /// What it is expected to take from now on, as time at the first step of its scaling.
    pub(super) length: Offset,
    /// How it stands now, by the number of the place where it is.
    pub(super) standing: Standing,
    /// Whether it asks for more than any of its zones could hold if nothing else ran there.
    pub(super) is_too_large: bool,
    /// Whether it asks for more than others leave of any of its zones, though one of known cost could hold it.
    pub(super) is_crowded_out: bool,
    /// The places that the planner may choose: with a usable forecast, and large enough for it with what others leave; none where
    /// that one is not among them in which it runs: then it runs on.
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

/// What a job is expected to take after `done`; where it has outlived that, what it will hardly exceed; else a minute more.
fn left(demand: &Demand, done: Offset) -> Offset {
    if done == 0 {
        return nanos(demand.length.expected);
    }
    let left = [demand.length.expected, demand.length.upper].map(|length| nanos(length) - done);
    left.into_iter().find(|left| *left > 0).unwrap_or(MINUTE)
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
        let done = nanos(demand.progress.done);
        let zones = demand.stays().map_or(demand.placement.zones(), std::slice::from_ref);
        let zones = costs.numbers(zones);
        let comparable = costs.comparable(&zones, rules.signal, rules);
        let watts = demand.watts.0;
        let mut job = Self {
            demand,
            rules,
            present: grid.present(),
            first: grid.offset(demand.submitted).max(grid.present()),
            last: grid.offset(demand.last_release(snapshot.release_lead)),
            length: left(demand, done),
            standing: Standing::Fresh,
            is_too_large: false,
            is_crowded_out: false,
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
        let fits = |(place, _): &(Place, _)| capacity.could_fit(&place.parts);
        if !job.places.iter().any(fits) && !job.could_fit(&zones, costs, capacity) {
            job.is_too_large = !job.could_fit_when_empty(&zones, costs, capacity);
            job.is_crowded_out = job.could_fit_when_empty(&job.of_known_cost(&zones), costs, capacity);
        }
        job.places.retain(fits);
        job.standing = job.standing(grid);
        if matches!((&demand.stage, job.standing), (Stage::Running { .. }, Standing::Fresh)) {
            job.places.clear();
        }
        job
    }

    /// Whether what others leave of any of these zones, or of all together where it is spread over them, could hold it, whatever
    /// is known of them.
    fn could_fit(&self, zones: &[usize], costs: &Costs<'_>, capacity: &Capacity) -> bool {
        match &self.demand.placement {
            Placement::Choose(_) => zones.iter().any(|zone| capacity.could_fit(&[self.whole_in(*zone)])),
            Placement::Somewhere(_) => capacity.could_fit(&self.anywhere(costs).parts),
        }
    }

    /// The same if nothing else ran there; nothing can be held by no zone.
    fn could_fit_when_empty(&self, zones: &[usize], costs: &Costs<'_>, capacity: &Capacity) -> bool {
        match &self.demand.placement {
            Placement::Choose(_) => zones
                .iter()
                .any(|zone| capacity.could_fit_when_empty(&[self.whole_in(*zone)])),
            Placement::Somewhere(_) => {
                let parts = costs.spread_when_empty(zones, &self.demand.request, self.model);
                !zones.is_empty() && capacity.could_fit_when_empty(&parts)
            }
        }
    }

    /// All of it in one zone.
    fn whole_in(&self, zone: usize) -> Part {
        Part::of(zone, 1.0, &self.demand.request, self.model)
    }

    /// Those of its zones where it is known what it would cost to start now; all or none where it is spread over them.
    fn of_known_cost(&self, zones: &[usize]) -> Vec<usize> {
        let known = self
            .places
            .iter()
            .filter(|(_, curve)| curve.cost(self.first, self.length).is_some());
        let parts = known.flat_map(|(place, _)| &place.parts);
        parts
            .map(|part| part.zone)
            .filter(|zone| zones.contains(zone))
            .collect()
    }

    /// Where it is now.
    fn standing(&self, grid: &Grid) -> Standing {
        let number = |zone: &ZoneName| {
            let is_there = |(place, _): &(Place, _)| place.zones.contains(zone);
            self.places.iter().position(is_there)
        };
        match &self.demand.stage {
            Stage::Running { started, zone } => match zone.as_ref().map_or(Some(0), number) {
                Some(place) if place < self.places.len() => {
                    Standing::Running(place, (grid.present() - grid.offset(*started)).max(0))
                }
                _ => Standing::Fresh,
            },
            Stage::Paused { zone } => number(zone).map_or(Standing::Fresh, Standing::Paused),
            _ => Standing::Fresh,
        }
    }

    /// Whether anything but its start may be chosen, or its length is not known.
    pub(super) fn is_free(&self) -> bool {
        self.demand.freedom.lasts() || self.demand.curve.is_some()
    }

    /// Whether one of the places that it may choose has room for it now; as far as is known, where there are none.
    pub(super) fn has_room_now(&self, capacity: &Capacity) -> bool {
        let fits = |(place, _): &(Place, _)| capacity.has_room(&place.parts, self.present, self.present + self.length);
        !self.is_crowded_out && (self.places.is_empty() || self.places.iter().any(fits))
    }

    /// Whether what it would cost in this zone may be compared with what it would cost in others.
    pub(super) fn is_comparable(&self, zone: usize) -> bool {
        self.comparable.contains(&zone)
    }

    /// Whether it has more than one place.
    pub(super) fn has_choice(&self) -> bool {
        self.places.len() > 1
    }

    fn single_places(&self, costs: &'a Costs<'a>) -> Vec<(Place, Cow<'a, Curve>)> {
        let place = |zone: &usize| {
            let curve = costs.curve(*zone, self.rules.signal)?;
            let place = Place {
                zones: smallvec![costs.name(*zone).clone()],
                parts: smallvec![self.whole_in(*zone)],
            };
            Some((place, Cow::Borrowed(curve)))
        };
        self.comparable.iter().filter_map(place).collect()
    }

    fn shared_place(&self, costs: &'a Costs<'a>, grid: &Grid) -> Option<(Place, Cow<'a, Curve>)> {
        let place = self.anywhere(costs);
        let known = || place.parts.iter().filter(|part| self.is_comparable(part.zone));
        let whole: f64 = known().map(|part| part.share).sum();
        let weighted = |part: &Part| Some((costs.curve(part.zone, self.rules.signal)?, part.share / whole));
        let curves: Vec<(&Curve, f64)> = known().filter(|part| part.share > 0.0).filter_map(weighted).collect();
        if curves.is_empty() {
            return None;
        }
        let curve = Curve::mean(&curves, grid);
        Some((place, Cow::Owned(curve)))
    }

    /// The zone in which it goes on if it does so at once, because it runs there or cannot leave it.
    pub(super) fn goes_on(&self) -> Option<&ZoneName> {
        match &self.demand.stage {
            Stage::Running { zone, .. } => zone.as_ref(),
            _ => self.demand.stays(),
        }
    }

    /// The zone in which it goes on, else all its zones together.
    pub(super) fn goes_on_in(&self, costs: &Costs<'_>) -> Place {
        match self.goes_on() {
            Some(zone) => self.place_in(smallvec![zone.clone()], costs),
            None => self.anywhere(costs),
        }
    }

    /// The room that it has where it runs, and until when it has it if it goes on so.
    pub(super) fn has_now(&self, grid: &Grid, costs: &Costs<'_>) -> Option<(Parts, Offset)> {
        if !matches!(self.demand.stage, Stage::Running { .. }) {
            return None;
        }
        let course = self.course(grid);
        let piece = course
            .iter()
            .find(|piece| (piece.start..piece.end).contains(&self.present));
        let scaling = self.demand.freedom.scaling.as_ref();
        let step = piece.and_then(|piece| Some((scaling?, scaling?.steps.get(piece.step)?)));
        let (width, speed) = step.map_or((1.0, 1.0), |(scaling, step)| (scaling.width(step), step.throughput));
        let there = self.goes_on_in(costs).parts;
        let end = self.present.saturating_add((self.length as f64 / speed) as Offset);
        Some((there.iter().map(|part| part.times(width)).collect(), end))
    }

    /// All its zones together.
    pub(super) fn anywhere(&self, costs: &Costs<'_>) -> Place {
        self.place_in(self.demand.placement.zones().into(), costs)
    }

    /// Those of the named zones that it may still run in; all its zones where none is left.
    pub(super) fn among(&self, names: &[ZoneName], costs: &Costs<'_>) -> Place {
        let allowed = self.demand.placement.zones();
        let both: SmallVec<_> = allowed.iter().filter(|zone| names.contains(zone)).cloned().collect();
        if both.is_empty() {
            self.anywhere(costs)
        } else {
            self.place_in(both, costs)
        }
    }

    fn place_in(&self, zones: SmallVec<[ZoneName; 1]>, costs: &Costs<'_>) -> Place {
        let parts = costs.spread(&costs.numbers(&zones), &self.demand.request, self.model);
        Place { zones, parts }
    }

    /// Where and when it was promised a start, if the planner may still choose that place and the time has not passed: then it was
    /// kept at once, or had no room.
    pub(super) fn promise(&self, grid: &Grid) -> Option<(usize, Offset)> {
        let published = self.demand.published.as_ref()?;
        let place = match &self.demand.placement {
            Placement::Choose(_) => self
                .places
                .iter()
                .position(|(place, _)| place.zones[..] == *published.zones),
            Placement::Somewhere(_) => (!self.places.is_empty()).then_some(0),
        };
        let at = grid.offset(published.start).min(self.last);
        place.filter(|_| at >= self.first).map(|place| (place, at))
    }

    /// What was planned for it piece by piece, if it may still choose that; a run to its end is one piece without end.
    pub(super) fn course(&self, grid: &Grid) -> Vec<Piece> {
        let segments = self.demand.published.iter().flat_map(|published| &published.segments);
        let steps = self.demand.freedom.scaling.as_ref().map(|scaling| &scaling.steps);
        let piece = |segment: &Segment| {
            Some(Piece {
                site: self
                    .places
                    .iter()
                    .position(|(place, _)| place.zones[..] == *segment.zones)?,
                start: grid.offset(segment.slot.start),
                end: grid.offset(segment.slot.end),
                step: steps.map_or(Some(0), |steps| steps.iter().position(|step| step.pods == segment.pods))?,
            })
        };
        let course: Vec<Piece> = segments.map(piece).collect::<Option<_>>().unwrap_or_default();
        let run = self.promise(grid).filter(|_| course.is_empty());
        let run = run.map(|(site, at)| Piece::of(site, at, Offset::MAX));
        course.into_iter().chain(run).collect()
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

    /// What pieces emit, without what resumes cost; `None` where that is not known of all of them. Those of a length that is not
    /// known go on for as long as it may be: they count as far as it is expected to be.
    pub(super) fn grams(&self, pieces: &[Piece], costs: &Costs<'_>) -> Option<Grams> {
        let steps = self.demand.freedom.scaling.as_ref().map(|scaling| &scaling.steps);
        let mut left = match self.demand.curve {
            Some(_) => self.length,
            None => Offset::MAX,
        };
        let mut total = 0.0;
        for piece in pieces {
            let power = steps
                .and_then(|steps| steps.get(piece.step))
                .map_or(1.0, |step| step.power);
            let (parts, length) = (&self.places[piece.site].0.parts, (piece.end - piece.start).min(left));
            left -= length;
            let signal = Signal::CarbonIntensity;
            total += power * costs.cost(parts, &self.intensities, signal, piece.start, length)?;
        }
        Some(Grams(self.scaled(total)))
    }

    /// Pieces as a decision says them; nothing where all that it does is to run to its end, and it cannot be wider by now.
    pub(super) fn segments(&self, pieces: &[Piece], grid: &Grid) -> Vec<Segment> {
        let may_be_wider = self.demand.freedom.scaling.is_some() && matches!(self.demand.stage, Stage::Running { .. });
        if let [only] = pieces
            && only.step == 0
            && !may_be_wider
        {
            return Vec::new();
        }
        let steps = self.demand.freedom.scaling.as_ref().map(|scaling| &scaling.steps);
        let segment = |piece: &Piece| Segment {
            slot: Slot {
                start: grid.instant(piece.start),
                end: grid.instant(piece.end),
            },
            zones: self.places[piece.site].0.zones.to_vec(),
            pods: steps
                .and_then(|steps| steps.get(piece.step))
                .map_or(1, |step| step.pods),
        };
        pieces.iter().map(segment).collect()
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
            zones: place.zones.to_vec(),
            cost: self.cost(place, start, costs),
            grams: grams.map(|grams| Grams(self.scaled(grams))),
        }
    }
}
