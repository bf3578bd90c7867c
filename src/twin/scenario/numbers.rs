//! Numbers that must lie somewhere; what does not is named with its key and place.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A number from 0 on.
pub(super) fn from_zero<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    number(deserializer, |number| number >= 0.0, "a number from 0 on")
}

/// A number above 0.
pub(super) fn above_zero<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    number(deserializer, |number| number > 0.0, "a number above 0")
}

/// A number from 0 to 1.
pub(super) fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    number(
        deserializer,
        |number| (0.0..=1.0).contains(&number),
        "a share from 0 to 1",
    )
}

/// A whole number from 0 on.
pub(super) fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    struct Reads;
    impl Visitor<'_> for Reads {
        type Value = u64;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number from 0 on")
        }
        fn visit_u64<E: Error>(self, number: u64) -> Result<u64, E> {
            Ok(number)
        }
    }
    deserializer.deserialize_any(Reads)
}

fn number<'de, D: Deserializer<'de>>(
    deserializer: D,
    sound: impl Fn(f64) -> bool,
    expected: &str,
) -> Result<f64, D::Error> {
    let number = f64::deserialize(deserializer)?;
    if number.is_finite() && sound(number) {
        Ok(number)
    } else {
        Err(D::Error::custom(format!("expected {expected}; found {number}")))
    }
}
