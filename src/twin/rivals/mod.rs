//! The rivals: published policies, run on the same jobs and grids, with the same knowledge.
//!
//! `docs/rivals.md` says of each where it comes from, what it knows, and how it is run where its paper is silent. A rival sees
//! forecasts through [`Sight`] alone, and of lengths what [`known`] has seen end. Except for arrival-greedy they ignore
//! capacity, as published.

use super::outcome::Run;
use super::sight::Sight;
use super::world::World;

mod arrival_greedy;
mod asked;
mod carbon_scaler;
mod carbon_time;
mod known;
mod lowest_slot;
mod lowest_window;
mod night_window;
mod pieces;
#[cfg(test)]
pub(super) mod properties;
#[cfg(test)]
mod published;
mod queue;
mod starts;
#[cfg(test)]
pub(super) mod testing;
mod threshold;
mod wait_awhile;

pub use night_window::{Hours, HoursError};
pub use starts::Starts;

/// A published policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rival {
    /// Starts when the intensity is lowest.
    LowestSlot,
    /// Starts so that the run of the expected length emits least.
    LowestWindow,
    /// Starts where the saving per time to completion is highest.
    CarbonTime,
    /// Runs while the intensity is in the lowest 30 % of a day.
    Threshold,
    /// Runs in the cheapest slots.
    WaitAwhile,
    /// Runs as wide as the marginal throughput per gram says.
    CarbonScaler,
    /// Takes the best start that is still free, in order of arrival.
    ArrivalGreedy,
    /// Waits for the night.
    NightWindow,
}

/// What a scenario may say of a rival.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Which starts those that pick one consider.
    pub starts: Starts,
    /// The night of night-window.
    pub hours: Hours,
}

impl Rival {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::LowestSlot,
        Self::LowestWindow,
        Self::CarbonTime,
        Self::Threshold,
        Self::WaitAwhile,
        Self::CarbonScaler,
        Self::ArrivalGreedy,
        Self::NightWindow,
    ];

    /// Whether it picks one of several starts.
    pub fn picks_a_start(self) -> bool {
        matches!(self, Self::LowestSlot | Self::LowestWindow | Self::CarbonTime)
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rival| rival.name() == name)
    }

    /// Its name in scenarios and results.
    pub fn name(self) -> &'static str {
        match self {
            Self::LowestSlot => "lowest-slot",
            Self::LowestWindow => "lowest-window",
            Self::CarbonTime => "carbon-time",
            Self::Threshold => "threshold",
            Self::WaitAwhile => "wait-awhile",
            Self::CarbonScaler => "carbon-scaler",
            Self::ArrivalGreedy => "arrival-greedy",
            Self::NightWindow => "night-window",
        }
    }
}

/// What a rival would have made of the jobs of a world.
pub fn run(rival: Rival, world: &World, sight: &dyn Sight, options: &Options) -> Run {
    let mut run = match rival {
        Rival::LowestSlot => lowest_slot::run(world, sight, options.starts),
        Rival::LowestWindow => lowest_window::run(world, sight, options.starts),
        Rival::CarbonTime => carbon_time::run(world, sight, options.starts),
        Rival::Threshold => threshold::run(world, sight),
        Rival::WaitAwhile => wait_awhile::run(world, sight),
        Rival::CarbonScaler => carbon_scaler::run(world, sight),
        Rival::ArrivalGreedy => arrival_greedy::run(world, sight),
        Rival::NightWindow => night_window::run(world, options.hours),
    };
    rival.name().clone_into(&mut run.name);
    run
}
