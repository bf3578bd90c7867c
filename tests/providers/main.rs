//! Every provider against a server that speaks its real wire format, and misbehaves in all the ways that it is known to.

#![expect(clippy::unwrap_used, reason = "a test ends with what it did not expect")]

mod loopback;
mod stub;
mod world;

mod canary;
mod carbon_aware;
mod eia;
mod electricity_maps;
mod elia;
mod energi_data_service;
mod energy_charts;
mod entsoe;
mod neso;
mod open_meteo;
mod prometheus;
mod restart;
mod shared_faults;
mod tls;
mod watttime;
