//! Quantities that must not be mixed up.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Sub};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub f64);

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }

        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }

        impl Mul<f64> for $name {
            type Output = Self;
            fn mul(self, factor: f64) -> Self {
                Self(self.0 * factor)
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
                Self(all.map(|q| q.0).sum())
            }
        }
    };
}

quantity! {
    /// Power, in watts.
    Watts
}
quantity! {
    /// Energy, in watt-hours.
    WattHours
}
quantity! {
    /// Emissions, in grams of CO2 equivalent.
    Grams
}
quantity! {
    /// Carbon intensity, in gCO2e per kWh. Average or marginal, life-cycle or direct: its carrier says which.
    Intensity
}
quantity! {
    /// A share of energy, 0 to 1. Raw provider values may lie a little outside; clamp only for use.
    Share
}

impl Watts {
    /// The energy of this power kept up for `duration`.
    pub fn over(self, duration: SignedDuration) -> WattHours {
        WattHours(self.0 * duration.as_secs_f64() / 3600.0)
    }
}

impl WattHours {
    /// The emissions of this energy at `intensity`.
    pub fn at(self, intensity: Intensity) -> Grams {
        Grams(self.0 / 1000.0 * intensity.0)
    }
}

impl fmt::Display for Grams {
    /// Three significant figures: `0.42 g`, `118 g`, `2.1 kg`, `1.31 t`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, unit) = match self.0.abs() {
            g if g >= 1e6 => (self.0 / 1e6, "t"),
            g if g >= 1e3 => (self.0 / 1e3, "kg"),
            _ => (self.0, "g"),
        };
        let decimals = match value.abs() {
            v if v >= 100.0 => 0,
            v if v >= 10.0 => 1,
            _ => 2,
        };
        write!(f, "{value:.decimals$} {unit}")
    }
}

/// What a job asks for, or a zone has: cpu, memory and accelerators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resources {
    /// CPU in thousandths of a core.
    pub cpu_milli: i64,
    /// Memory in bytes.
    pub memory_bytes: i64,
    /// Whole accelerators, of any model.
    pub gpus: i64,
}

impl Resources {
    /// Whether `self` fits into `room` in every dimension.
    pub fn fits(&self, room: &Self) -> bool {
        self.cpu_milli <= room.cpu_milli && self.memory_bytes <= room.memory_bytes && self.gpus <= room.gpus
    }

    /// `self` times `count`; saturates.
    #[must_use]
    pub fn times(&self, count: i64) -> Self {
        Self {
            cpu_milli: self.cpu_milli.saturating_mul(count),
            memory_bytes: self.memory_bytes.saturating_mul(count),
            gpus: self.gpus.saturating_mul(count),
        }
    }

    /// One of so many equal parts, rounded up.
    #[must_use]
    pub fn part_of(&self, parts: i64) -> Self {
        let parts = parts.max(1);
        let part = |whole: i64| whole.saturating_add(parts - 1) / parts;
        Self {
            cpu_milli: part(self.cpu_milli),
            memory_bytes: part(self.memory_bytes),
            gpus: part(self.gpus),
        }
    }

    /// The larger of both in every dimension.
    #[must_use]
    pub fn max(&self, other: &Self) -> Self {
        Self {
            cpu_milli: self.cpu_milli.max(other.cpu_milli),
            memory_bytes: self.memory_bytes.max(other.memory_bytes),
            gpus: self.gpus.max(other.gpus),
        }
    }

    /// The smaller of both in every dimension.
    #[must_use]
    pub fn min(&self, other: &Self) -> Self {
        Self {
            cpu_milli: self.cpu_milli.min(other.cpu_milli),
            memory_bytes: self.memory_bytes.min(other.memory_bytes),
            gpus: self.gpus.min(other.gpus),
        }
    }
}

impl Add for Resources {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            cpu_milli: self.cpu_milli.saturating_add(other.cpu_milli),
            memory_bytes: self.memory_bytes.saturating_add(other.memory_bytes),
            gpus: self.gpus.saturating_add(other.gpus),
        }
    }
}

impl Sub for Resources {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + other.times(-1)
    }
}

impl Sum for Resources {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kilowatt_for_an_hour_at_four_hundred_grams_emits_four_hundred_grams() {
        let energy = Watts(1000.0).over(SignedDuration::from_hours(1));
        assert_eq!(energy, WattHours(1000.0));
        assert_eq!(energy.at(Intensity(400.0)), Grams(400.0));
    }

    #[test]
    fn grams_read_at_a_glance() {
        for (grams, text) in [
            (0.42, "0.42 g"),
            (118.2, "118 g"),
            (2_100.0, "2.10 kg"),
            (1_310_000.0, "1.31 t"),
            (-12.34, "-12.3 g"),
        ] {
            assert_eq!(Grams(grams).to_string(), text);
        }
    }

    #[test]
    fn one_short_resource_is_enough_not_to_fit() {
        let room = Resources {
            cpu_milli: 1000,
            memory_bytes: 1 << 30,
            gpus: 0,
        };
        assert!(
            Resources {
                cpu_milli: 1000,
                memory_bytes: 1,
                gpus: 0
            }
            .fits(&room)
        );
        assert!(
            !Resources {
                cpu_milli: 1,
                memory_bytes: 1,
                gpus: 1
            }
            .fits(&room)
        );
    }
}
