//! From weather to power: what all plants of a country yield, hour by hour.

use jiff::tz::TimeZone;

use super::balance::Yield;
use super::parameters::{Parameters, Plant, Site};
use super::places::{Member, Need, Place, Weather, at};
use super::solar::{Heat, Mirrors, collected};
use super::sun::Sun;

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

/// A plant with the place whose weather it stands in, and its capacity in each hour, which every member of that weather finds
/// alike.
struct Placed<'a> {
    place: Option<&'a Place>,
    megawatts: Vec<f64>,
}

impl<'a> Placed<'a> {
    fn new(site: &Site, weather: &'a Weather, need: Need) -> Self {
        let nearest = weather.nearest(site.latitude, site.longitude, need);
        let megawatts = |hour| site.megawatts(weather.slot(hour).start.to_zoned(TimeZone::UTC).date());
        Self {
            place: nearest.map(|(place, _)| place),
            megawatts: (0..weather.hours).map(megawatts).collect(),
        }
    }

    /// Adds what the plant yields under a member in each hour: the `share` of its capacity, where the weather tells it.
    fn add(&self, member: usize, power: &mut [Known], mut share: impl FnMut(&Member, usize) -> Option<f64>) {
        let member = self.place.and_then(|place| place.members.get(member));
        for (hour, (known, megawatts)) in power.iter_mut().zip(&self.megawatts).enumerate() {
            known.add(*megawatts, member.and_then(|member| share(member, hour)));
        }
    }
}

/// The sun over a site in the middle of each hour: only of plants that follow it.
fn suns(site: &Site, weather: &Weather) -> Vec<Sun> {
    let sun = |hour| {
        let slot = weather.slot(hour);
        let middle = slot.start.saturating_add(slot.length() / 2).unwrap_or(slot.start);
        Sun::over(site.latitude, site.longitude, middle)
    };
    (0..weather.hours).map(sun).collect()
}

/// Direct light, decomposed from the global one where a weather model gives no other.
fn direct(member: &Member, hour: usize, sun: &Sun) -> Option<f64> {
    let of_global = || at(&member.global, hour).map(|global| sun.direct(global));
    at(&member.direct, hour).or_else(of_global)
}

/// All plants of a country, each at its place of a weather.
pub(super) struct Fleet<'a> {
    parameters: &'a Parameters,
    hours: usize,
    wind: Vec<Placed<'a>>,
    fixed: Vec<Placed<'a>>,
    tracking: Vec<(Placed<'a>, Vec<Sun>)>,
    mirrors: Vec<(&'a Plant, Placed<'a>, Vec<Sun>)>,
}

impl<'a> Fleet<'a> {
    /// Looks for the place of every plant.
    pub(super) fn new(parameters: &'a Parameters, weather: &'a Weather) -> Self {
        let wind = parameters.wind.iter().flat_map(|wind| &wind.sites);
        let fixed = parameters.pv.iter().flat_map(|pv| &pv.fixed);
        let tracking = parameters.pv.iter().flat_map(|pv| &pv.tracking);
        let plants = parameters.csp.iter().flat_map(|csp| &csp.plants);
        let lit = |site| Placed::new(site, weather, Need::Light);
        Self {
            parameters,
            hours: weather.hours,
            wind: wind.map(|site| Placed::new(site, weather, Need::Wind)).collect(),
            fixed: fixed.map(lit).collect(),
            tracking: tracking.map(|site| (lit(site), suns(site, weather))).collect(),
            mirrors: plants
                .map(|plant| (plant, lit(&plant.site), suns(&plant.site, weather)))
                .collect(),
        }
    }

    /// What the plants yield under one member, MW in each hour of the weather; `None` where too little of it is known.
    pub(super) fn yields(&self, member: usize) -> Vec<Option<Yield>> {
        let all = self.of_wind(member).into_iter().zip(self.of_panels(member));
        let all = all.zip(self.of_mirrors(member));
        all.map(|((wind, pv), csp)| {
            Some(Yield {
                wind: wind?,
                pv: pv?,
                csp: csp?,
            })
        })
        .collect()
    }

    fn of_wind(&self, member: usize) -> Vec<Option<f64>> {
        let mut power = vec![Known::default(); self.hours];
        let Some(wind) = &self.parameters.wind else {
            return scaled(power, 1.0);
        };
        for placed in &self.wind {
            placed.add(member, &mut power, |weather, hour| {
                at(&weather.wind, hour).map(|speed| wind.curve.power(speed))
            });
        }
        scaled(power, wind.factor)
    }

    fn of_panels(&self, member: usize) -> Vec<Option<f64>> {
        let mut power = vec![Known::default(); self.hours];
        let Some(pv) = &self.parameters.pv else {
            return scaled(power, 1.0);
        };
        for placed in &self.fixed {
            placed.add(member, &mut power, |weather, hour| {
                Some(pv.panels.power(at(&weather.global, hour)?, at(&weather.air, hour)))
            });
        }
        for (placed, suns) in &self.tracking {
            placed.add(member, &mut power, |weather, hour| {
                let sun = &suns[hour];
                let light = sun.on_tracker(at(&weather.global, hour)?, direct(weather, hour, sun)?);
                Some(pv.panels.power(light, at(&weather.air, hour)))
            });
        }
        scaled(power, pv.factor)
    }

    fn of_mirrors(&self, member: usize) -> Vec<Option<f64>> {
        let mut power = vec![Known::default(); self.hours];
        for (plant, placed, suns) in &self.mirrors {
            let mut heat = Heat::default();
            placed.add(member, &mut power, |weather, hour| {
                let sun = &suns[hour];
                let cosine = match plant.mirrors {
                    Mirrors::Trough => sun.tracked(TROUGH_COVER),
                    Mirrors::Tower => 1.0,
                };
                let collected = collected(direct(weather, hour, sun)?, cosine, plant.multiple);
                Some(heat.hour(collected, plant.storage_hours))
            });
        }
        scaled(power, self.parameters.csp.as_ref().map_or(1.0, |csp| csp.factor))
    }
}

fn scaled(power: Vec<Known>, factor: f64) -> Vec<Option<f64>> {
    power.into_iter().map(|known| Some(known.total()? * factor)).collect()
}

impl Parameters {
    /// GWh from wind and from the sun over the hours of a weather in which they are known: to fit the factors with, where a
    /// hindcast of the published year is at hand.
    pub fn energies(&self, weather: &Weather) -> (f64, f64) {
        let known = Fleet::new(self, weather).yields(0).into_iter().flatten();
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
