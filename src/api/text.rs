//! Values that a manifest writes as text, because the API has no floats: durations, percentages, decimals.
//!
//! Each type reads its text once, at the edge. What the schema's pattern lets through always parses, except a number so
//! long that it overflows; that is an error of the object, never a panic.

use std::borrow::Cow;
use std::fmt;

use jiff::SignedDuration;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::units::{format_duration, parse_duration};

macro_rules! text {
    ($name:ident, $pattern:literal, $max:literal) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "pattern": $pattern, "maxLength": $max})
            }
        }
    };
}

/// A duration such as `90s`, `6h` or `1h30m`; a day (`1d`) is 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period(pub SignedDuration);
text!(Period, r"^([0-9]+(d|h|m|s))+$", 20);

/// A share written as a percentage of at most 100: `5%`, `0.5%`.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Percent(
    /// The share, 0 to 1.
    pub f64,
);
text!(Percent, r"^(100|[0-9]{1,2})(\.[0-9]{1,3})?%$", 8);

/// A non-negative decimal number: `1.2`, `568`.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Decimal(pub f64);
text!(Decimal, r"^[0-9]{1,9}(\.[0-9]{1,6})?$", 16);

impl std::str::FromStr for Period {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        parse_duration(text).map(Self)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_duration(self.0))
    }
}

impl std::str::FromStr for Percent {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix('%').and_then(|n| n.parse::<f64>().ok());
        match number {
            Some(percent) if (0.0..=100.0).contains(&percent) => Ok(Self(percent / 100.0)),
            _ => Err(format!(
                "{text:?} is not a percentage from 0% to 100%; write for example \"5%\""
            )),
        }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Rounded to the three decimals that the pattern allows, so that 0.07 does not become 7.000000000000001%.
        write!(f, "{}%", (self.0 * 1e5).round() / 1e3)
    }
}

impl std::str::FromStr for Decimal {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() && number >= 0.0 => Ok(Self(number)),
            _ => Err(format!(
                "{text:?} is not a number of at least 0; write for example \"1.2\""
            )),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", (self.0 * 1e6).round() / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_the_same() {
        for text in ["5%", "0.5%", "100%", "7%"] {
            assert_eq!(text.parse::<Percent>().unwrap().to_string(), text);
        }
        for text in ["1.2", "568", "0.35"] {
            assert_eq!(text.parse::<Decimal>().unwrap().to_string(), text);
        }
        assert_eq!("1h30m".parse::<Period>().unwrap().to_string(), "1h30m");
    }

    #[test]
    fn out_of_range_is_an_error_with_an_example() {
        assert!("101%".parse::<Percent>().unwrap_err().contains("write for example"));
        assert!("5".parse::<Percent>().is_err());
        assert!("-1".parse::<Decimal>().is_err());
        assert!("NaN".parse::<Decimal>().is_err());
    }
}
