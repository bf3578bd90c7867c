//! What the past teaches: how long jobs of each kind run, and which jobs are yet to come.
//!
//! ```text
//! finished jobs --window--+
//! unfinished ages --------+--risk--> curve, drawn to the kind above, with a tail --shape--> Survival, renewed if it matters
//!
//! submissions --history--> hours --pool: those alike--> phantoms of the next hours
//!                                   +--how a day scatters--> reserve beside them
//! ```

mod alike;
mod arrivals;
mod curves;
mod history;
mod kind;
mod learned;
mod phantoms;
mod pool;
mod reserve;
mod risk;
mod shape;
mod tail;
#[cfg(test)]
mod testing;
mod window;

pub use arrivals::Arrivals;
pub use curves::Curves;
pub use kind::Kind;
pub use phantoms::Sampling;
pub use window::Finish;
