//! `alize forecast`: what the grids will be, and how well our own forecasts would have told.

mod backtest;

use clap::{Args, Subcommand};

use super::CliError;
pub use backtest::BacktestError;

/// Forecasts: how good they would have been.
#[derive(Args, Debug)]
pub(super) struct Forecast {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Judge our forecasts on an hourly series of the past.
    Backtest(backtest::Backtest),
}

impl Forecast {
    /// Runs the command.
    pub(super) fn execute(&self) -> Result<String, CliError> {
        match &self.command {
            Command::Backtest(backtest) => backtest.execute(),
        }
    }
}
