//! What whoever decides may see of the grids.

use std::sync::Arc;

use super::series::{Ms, Series};
use super::world::World;

/// The forecasts, as they were known at each instant.
///
/// What is known of lengths is not part of it: which jobs have finished depends on who ran them.
pub trait Sight {
    /// The intensity of a zone as seen at `now`: the actual rows up to the one that holds `now`, then the forecast. Where it
    /// ends, nothing is known.
    fn forecast(&self, zone: usize, now: Ms) -> Arc<Series>;
}

/// Sees the future as it will be.
#[derive(Clone, Debug)]
pub struct Perfect(Vec<Arc<Series>>);

impl Perfect {
    /// The true series of a world.
    pub fn of(world: &World) -> Self {
        Self(
            world
                .zones
                .iter()
                .map(|zone| Arc::new(zone.intensity.clone()))
                .collect(),
        )
    }
}

impl Sight for Perfect {
    fn forecast(&self, zone: usize, _: Ms) -> Arc<Series> {
        self.0.get(zone).cloned().unwrap_or_default()
    }
}
