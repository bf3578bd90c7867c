//! What the past teaches: how long jobs of each kind run, and which jobs are yet to come.
//!
//! ```text
//! finished jobs --window--+
//! unfinished ages --------+--risk--> curve, drawn to the kind above, with a tail --shape--> Survival, renewed if it matters
//!
//! submissions --history--> hours alike --mix--> phantoms of the next hours
//! ```

mod curves;
mod kind;
mod learned;
mod lengths;
mod risk;
mod shape;
mod tail;
mod window;

pub use curves::Curves;
pub use kind::Kind;
pub use lengths::Lengths;
pub use window::Finish;
