//! The twin: what would have been, told by data and simulated time alone.

pub mod backtest;
