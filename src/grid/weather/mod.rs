//! A model of the grid from the weather, for countries whose operator publishes no forecast.
//!
//! ```text
//! zones/ma.json --parameters--+
//!                             v
//! weather at the sites --> yields --> balance --> share and intensity by hour, with an interval of 80 %
//!  (a forecast, and an     (wind,     (imports, steady plants, the weather, then fuels in their order)
//!   ensemble if there is)   PV, CSP)
//! ```
//!
//! Everything that it yields is an estimate and is called so. `docs/weather-model.md` explains it, and what could not be
//! validated.

mod balance;
mod columns;
mod demand;
mod doubt;
mod forecast;
mod library;
mod model;
mod named;
mod notes;
mod parameters;
mod places;
mod solar;
mod sun;
mod wind;
mod wire;

#[cfg(test)]
mod calibration;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod typical;
#[cfg(test)]
mod wire_tests;

pub use balance::{Fuel, Imports, Mix, Steady, Yield};
pub use demand::Demand;
pub use forecast::{Forecast, Hour, NoForecast, forecast};
pub use library::{BadParameters, countries, library};
pub use parameters::{Csp, Errors, Grade, Outage, Parameters, Plant, Published, Pv, Quality, Site, Step, Wind};
pub use places::{Hours, Member, Place, Weather};
pub use solar::{Mirrors, Panels};
pub use wind::Curve;
pub use wire::{BadAnswer, read};
