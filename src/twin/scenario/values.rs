//! Values that may be written in more than one way; what is wrong keeps its key and place.

use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer, StrDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::file::Values;
use crate::twin::table::ColumnName;
use crate::twin::written::instant;

/// A word or a map.
#[derive(Debug)]
pub(super) enum Either<W, M> {
    Word(W),
    Map(M),
}

/// A number, or a column over time.
#[derive(Clone, Debug)]
pub(super) enum Amount {
    Number(f64),
    Over(Values),
}

/// An instant, or a day, which stands for its midnight in UTC.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instant(pub Timestamp);

/// One name or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Names(pub Vec<String>);

impl<'de> Deserialize<'de> for ColumnName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reads;
        impl Visitor<'_> for Reads {
            type Value = ColumnName;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a column, its beginning, or its number from 1")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<ColumnName, E> {
                Ok(ColumnName::Text(text.to_owned()))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<ColumnName, E> {
                Ok(ColumnName::Number(number as usize))
            }
        }
        deserializer.deserialize_any(Reads)
    }
}

impl<'de, W: Deserialize<'de>, M: Deserialize<'de>> Deserialize<'de> for Either<W, M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reads<W, M>(PhantomData<(W, M)>);
        impl<'de, W: Deserialize<'de>, M: Deserialize<'de>> Visitor<'de> for Reads<W, M> {
            type Value = Either<W, M>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a word or a map")
            }
            fn visit_str<E: Error>(self, word: &str) -> Result<Self::Value, E> {
                W::deserialize(StrDeserializer::new(word)).map(Either::Word)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                M::deserialize(MapAccessDeserializer::new(map)).map(Either::Map)
            }
        }
        deserializer.deserialize_any(Reads(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reads;
        impl<'de> Visitor<'de> for Reads {
            type Value = Amount;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or a map of csv, time and value")
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Amount, E> {
                if number >= 0.0 {
                    Ok(Amount::Number(number))
                } else {
                    Err(E::custom(format!("expected a number from 0 on; found {number}")))
                }
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Amount, E> {
                self.visit_f64(number as f64)
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Amount, E> {
                self.visit_f64(number as f64)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Amount, A::Error> {
                Values::deserialize(MapAccessDeserializer::new(map)).map(Amount::Over)
            }
        }
        deserializer.deserialize_any(Reads)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || {
            D::Error::custom(format!(
                "expected an instant such as 2022-01-01T00:00:00Z; found {text:?}"
            ))
        };
        instant(&text).map(Self).ok_or_else(wrong)
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reads;
        impl<'de> Visitor<'de> for Reads {
            type Value = Names;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name, or a list of names")
            }
            fn visit_str<E: Error>(self, name: &str) -> Result<Names, E> {
                Ok(Names(vec![name.to_owned()]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, names: A) -> Result<Names, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(names)).map(Names)
            }
        }
        deserializer.deserialize_any(Reads)
    }
}
