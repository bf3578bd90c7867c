//! The power of a job that does not state its own, from what it asks for.

use crate::units::{Resources, Watts};

/// Watts of a hardware thread at half load: between the mean of the cloud providers (2.1 W, Cloud Carbon Footprint) and a
/// Xeon Ice Lake (2.5 W, median of 51 SPECpower_ssj2008 results, half way from idle to full).
const WATTS_PER_CPU: f64 = 2.3;
/// Cloud Carbon Footprint: 0.392 kWh/TBh, in GiB.
const WATTS_PER_GIB: f64 = 0.392 * 1.0737;
/// Mean power of an A100 SXM in production training clusters (168 to 191 W, Acme traces).
const WATTS_PER_GPU: f64 = 180.0;

/// The power of pods with these requests while they run. Wrong by half either way; it weighs jobs against each other until
/// `alize.dev/watts` says better.
pub fn assumed_watts(request: &Resources) -> Watts {
    let cpu = request.cpu_milli as f64 / 1000.0 * WATTS_PER_CPU;
    let memory = request.memory_bytes as f64 / f64::from(1 << 30) * WATTS_PER_GIB;
    let gpu = request.gpus as f64 * WATTS_PER_GPU;
    // A pod without requests still runs: never free of charge.
    Watts((cpu + memory + gpu).max(WATTS_PER_CPU / 10.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_of_anything_draws_more_and_nothing_still_draws_something() {
        let small = Resources {
            cpu_milli: 1000,
            memory_bytes: 1 << 30,
            gpus: 0,
        };
        let with_gpu = Resources { gpus: 1, ..small };
        assert!(assumed_watts(&with_gpu).0 > assumed_watts(&small).0 + 100.0);
        assert!((assumed_watts(&small).0 - 2.72).abs() < 0.01);
        assert!(assumed_watts(&Resources::default()).0 > 0.0);
    }
}
