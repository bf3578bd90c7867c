//! From weather to power: what all plants of a country yield, hour by hour.

use jiff::tz::TimeZone;

use super::balance::Yield;
use super::parameters::{Parameters, Plant, Pv, Site, Wind};
use super::places::{Member, Need, Weather, at};
use super::solar::{Heat, Mirrors, collected};
use super::sun::Sun;
use crate::units::Slot;

/// Kilometres beyond which the weather of a place says little about a plant.
const NEAR: f64 = 150.0;
/// Share of the capacity whose weather must be known; the rest is taken to do like it.
const ENOUGH: f64 = 0.5;
/// The share of its ground that a field of troughs covers, as is usual.
const TROUGH_COVER: f64 = 0.33;

/// Power of one kind of plant, as far as its weather is known.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    power: f64,
    /// MW of capacity whose weather is known, and of all.
    told: f64,
    all: f64,
}

impl Known {
    fn add(&mut self, megawatts: f64, share: Option<f64>) {
        self.all += megawatts;
        if let Some(share) = share {
            self.told += megawatts;
            self.power += megawatts * share;
        }
    }

    /// MW; `None` where too little is known.
    fn total(self) -> Option<f64> {
        if self.all <= 0.0 {
            return Some(0.0);
        }
        (self.told >= ENOUGH * self.all).then(|| self.power * self.all / self.told)
    }
}

/// A plant with the weather that it stands in.
struct Placed<'a> {
    site: &'a Site,
    member: Option<&'a Member>,
}

impl<'a> Placed<'a> {
    fn new(site: &'a Site, weather: &'a Weather, member: usize, need: Need) -> Self {
        let nearest = weather.nearest(site.latitude, site.longitude, need);
        Self {
            site,
            member: nearest.and_then(|(place, _)| place.members.get(member)),
        }
    }

    fn megawatts(&self, slot: Slot) -> f64 {
        self.site.megawatts(slot.start.to_zoned(TimeZone::UTC).date())
    }

    fn sun(&self, slot: Slot) -> Sun {
        let middle = slot.start.saturating_add(slot.length() / 2).unwrap_or(slot.start);
        Sun::over(self.site.latitude, self.site.longitude, middle)
    }

    /// Direct light, decomposed from the global one where a weather model gives no other.
    fn direct(&self, hour: usize, sun: &Sun) -> Option<f64> {
        let member = self.member?;
        let of_global = || at(&member.global, hour).map(|global| sun.direct(global));
        at(&member.direct, hour).or_else(of_global)
    }
}

/// What the plants yield under one member of a weather, MW in each of its hours; `None` where too little of it is known.
pub(super) fn yields(parameters: &Parameters, weather: &Weather, member: usize) -> Vec<Option<Yield>> {
    let none = || vec![Some(0.0); weather.hours];
    let wind = parameters
        .wind
        .as_ref()
        .map_or_else(none, |wind| of_wind(wind, weather, member));
    let pv = parameters
        .pv
        .as_ref()
        .map_or_else(none, |pv| of_panels(pv, weather, member));
    let csp = parameters.csp.as_ref().map_or_else(none, |csp| {
        let mut power = vec![Known::default(); weather.hours];
        for plant in &csp.plants {
            of_mirrors(plant, weather, member, &mut power);
        }
        scaled(power, csp.factor)
    });
    let all = wind.into_iter().zip(pv).zip(csp);
    all.map(|((wind, pv), csp)| {
        Some(Yield {
            wind: wind?,
            pv: pv?,
            csp: csp?,
        })
    })
    .collect()
}

fn scaled(power: Vec<Known>, factor: f64) -> Vec<Option<f64>> {
    power.into_iter().map(|known| Some(known.total()? * factor)).collect()
}

fn of_wind(wind: &Wind, weather: &Weather, member: usize) -> Vec<Option<f64>> {
    let mut power = vec![Known::default(); weather.hours];
    for site in &wind.sites {
        let placed = Placed::new(site, weather, member, Need::Wind);
        for (hour, known) in power.iter_mut().enumerate() {
            let speed = placed.member.and_then(|member| at(&member.wind, hour));
            let share = speed.map(|speed| wind.curve.power(speed));
            known.add(placed.megawatts(weather.slot(hour)), share);
        }
    }
    scaled(power, wind.factor)
}

fn of_panels(pv: &Pv, weather: &Weather, member: usize) -> Vec<Option<f64>> {
    let mut power = vec![Known::default(); weather.hours];
    let still = pv.fixed.iter().map(|site| (site, false));
    for (site, tracks) in still.chain(pv.tracking.iter().map(|site| (site, true))) {
        let placed = Placed::new(site, weather, member, Need::Light);
        for (hour, known) in power.iter_mut().enumerate() {
            let slot = weather.slot(hour);
            let share = placed.member.and_then(|member| {
                let global = at(&member.global, hour)?;
                let light = if tracks {
                    let sun = placed.sun(slot);
                    sun.on_tracker(global, placed.direct(hour, &sun)?)
                } else {
                    global
                };
                Some(pv.panels.power(light, at(&member.air, hour)))
            });
            known.add(placed.megawatts(slot), share);
        }
    }
    scaled(power, pv.factor)
}

fn of_mirrors(plant: &Plant, weather: &Weather, member: usize, power: &mut [Known]) {
    let placed = Placed::new(&plant.site, weather, member, Need::Light);
    let mut heat = Heat::default();
    for (hour, known) in power.iter_mut().enumerate() {
        let slot = weather.slot(hour);
        let sun = placed.sun(slot);
        let share = placed.direct(hour, &sun).map(|direct| {
            let cosine = match plant.mirrors {
                Mirrors::Trough => sun.tracked(TROUGH_COVER),
                Mirrors::Tower => 1.0,
            };
            heat.hour(collected(direct, cosine, plant.multiple), plant.storage_hours)
        });
        known.add(placed.megawatts(slot), share);
    }
}

impl Parameters {
    /// GWh from wind and from the sun over the hours of a weather in which they are known: to fit the factors with, where a
    /// hindcast of the published year is at hand.
    pub fn energies(&self, weather: &Weather) -> (f64, f64) {
        let known = yields(self, weather, 0).into_iter().flatten();
        known.fold((0.0, 0.0), |(wind, solar), hour| {
            (wind + hour.wind / 1000.0, solar + (hour.pv + hour.csp) / 1000.0)
        })
    }
}

/// The share of all capacity, at the start of the weather, with a place of known weather near by.
pub(super) fn coverage(parameters: &Parameters, weather: &Weather) -> f64 {
    let day = weather.start.to_zoned(TimeZone::UTC).date();
    let (mut near, mut all) = (0.0, 0.0);
    let wind = parameters
        .wind
        .iter()
        .flat_map(|wind| &wind.sites)
        .map(|site| (site, Need::Wind));
    let light = parameters.light_sites().map(|site| (site, Need::Light));
    for (site, need) in wind.chain(light) {
        let megawatts = site.megawatts(day);
        all += megawatts;
        let nearest = weather.nearest(site.latitude, site.longitude, need);
        near += nearest.map_or(0.0, |(_, distance)| if distance <= NEAR { megawatts } else { 0.0 });
    }
    if all > 0.0 { near / all } else { 1.0 }
}
