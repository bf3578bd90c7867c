//! The words of the house as types: quantities, slots, names, and the one clock.
//!
//! Everything else may use this room; it uses nothing.

mod clock;
mod duration;
mod names;
mod quantity;
mod signal;
mod slot;

pub use clock::{Clock, SystemClock};
pub use duration::{format_duration, parse_duration};
pub use names::{JobKey, PolicyName, ZoneName};
pub use quantity::{Grams, Intensity, Resources, Share, WattHours, Watts};
pub use signal::{Basis, Flow, Signal};
pub use slot::Slot;
