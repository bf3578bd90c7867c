//! What finished jobs teach: how long their kin run.

mod lengths;

pub use lengths::Lengths;
