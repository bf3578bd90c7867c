//! What each grid will be: sources are asked, their answers checked, cached and aged, and a ladder says which one counts.
//!
//! ```text
//! file, ConfigMap, constant, services --ask--> Answer --check--> Source --ladder--> Board::outlooks
//! ```
//!
//! Ignorance never delays a job (P9): where nothing usable is known, the outlook is `Unknown` and says why.
//!
//! **Age** (P7) is counted from when a series was made: what its `issuedAt` says; else the time its file was last written; else
//! when this process first saw the text of its ConfigMap as it is, which is the start of the process for a text older than
//! that; and for services that never say, when they last answered, or where their first slot began if that should be the current
//! one, or where the second day of a weather ended that should begin with yesterday, or the first day of a share that should begin
//! with today. So a source that falls silent ages, whatever it is.
//!
//! **A past alone.** Each source has a record of the hours that are over, and is judged by what its forecast would have kept of
//! the possible saving, beside a plain one ([`Score`]). Where it says nothing of the hours to come, said it too long ago, or has
//! named the wrong ones for weeks, a forecast of our own is made from a week of what was, or more ([`forecast`]).
//!
//! **One replica asks** the services, for they count requests; the others read what it wrote down ([`FORECASTS`]).
//!
//! **Faults.** Whatever a provider does is one of a few kinds of `SourceError`, and each kind waits in its own way:
//!
//! | kind | asked again |
//! | --- | --- |
//! | unreachable, unreadable, implausible | after 5 s, then ever later up to its own pace |
//! | throttled | when it says, else after a minute or what its host needs; nobody asks that origin meanwhile |
//! | unauthorized, refused | after an hour, or at its own pace if that is slower; at once when its Secret or zone changes |
//! | no data (yet) | at its own pace |
//!
//! Meanwhile its last good answer counts until its slots expire, across restarts too ([`FORECASTS`]).
//!
//! **Reach.** Only origins that are built in or listed at install time are asked, at addresses that were checked before the
//! connection; no redirect is followed; time, size, and growth in unpacking are bounded; a key goes to its provider and
//! nowhere else.

mod address;
mod answer;
mod ask;
mod board;
mod bounded;
mod check;
mod error;
mod factors;
mod file;
mod flight;
pub mod forecast;
mod gate;
mod http;
mod ladder;
mod login;
mod memory;
mod providers;
mod record;
mod refresh;
mod score;
mod sdk_files;
mod secrets;
mod series;
mod source;
mod spec;
mod texts;
pub mod weather;
mod web;

#[cfg(test)]
mod scene;
#[cfg(test)]
mod tests;

pub use ask::read_saved;
pub use board::{Board, Scored, SignalReport};
pub use check::Checked;
pub use error::GridError;
pub use http::{read_saved_packed, read_saved_plea};
pub use login::read_saved_login;
pub use memory::FORECASTS;
pub use providers::{
    CarbonAware, Eia, ElectricityMaps, Elia, EnergiDataService, EnergyCharts, Entsoe, ModelParameters, Neso, NesoPlace,
    OpenMeteo, Prometheus, Terms, Unit, WattTime, Yearly,
};
pub use refresh::run;
pub use score::Score;
pub use secrets::{SecretKey, Secrets, Token};
pub use spec::{Fetched, Outcome, Provider, Settings, SourceKind, SourceSpec};
pub use texts::Texts;
pub use web::read_saved_refusal;
