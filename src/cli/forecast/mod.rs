//! `alize forecast`: what a grid will be, and how well our own forecasts would have told.

mod backtest;
mod saved;
mod shown;
mod sparkline;
#[cfg(test)]
mod tests;
mod text;
mod zone;

use clap::{Args, Subcommand};

use super::CliError;
pub use backtest::BacktestError;
pub use shown::{Shown, ShownSlot};
pub use zone::ForecastError;

/// What a grid will be: a table with a sparkline, JSON or CSV.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Forecast {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    of: Option<zone::OfZone>,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Judge our forecasts on an hourly series of the past.
    Backtest(backtest::Backtest),
}

impl Forecast {
    /// Runs the command.
    pub(super) fn execute(self) -> Result<String, CliError> {
        match (self.command, self.of) {
            (Some(Command::Backtest(backtest)), _) => backtest.execute(),
            (None, Some(zone)) => zone.execute(),
            (None, None) => Err(ForecastError::NoZone.into()),
        }
    }
}
