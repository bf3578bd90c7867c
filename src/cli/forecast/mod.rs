//! `alize forecast`: what a grid will be, and how well our own forecasts would have told.

mod asked;
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
use super::zones::Reach;
pub use backtest::BacktestError;
pub use shown::Shown;
pub use zone::ForecastError;

/// What a grid will be: a table with a sparkline, JSON or CSV.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Forecast {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    of: Option<zone::OfZone>,
    // Beside and not inside: clap takes an optional group that flattens another for absent.
    #[command(flatten)]
    reach: Reach,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Judge our forecasts on an hourly series of the past.
    Backtest(backtest::Backtest),
}

impl Forecast {
    /// Runs the command.
    pub(super) async fn execute(self) -> Result<String, CliError> {
        match (self.command, self.of) {
            (Some(Command::Backtest(backtest)), _) => backtest.execute(),
            (None, Some(zone)) => zone.execute(&self.reach).await,
            (None, None) => Err(ForecastError::NoZone.into()),
        }
    }
}
