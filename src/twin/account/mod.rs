//! What a run used, emitted and made wait: recomputed from its segments and the true series alone.

mod figures;
mod load;
mod tally;

pub use figures::{Figures, Measure, captured, figures};
pub use load::{overbooked, peak};
pub use tally::{Tally, tallies};
