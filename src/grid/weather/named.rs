//! The columns of an answer as they are written, by their names: only what we know by name is kept.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::columns::{TIME, member};
use crate::grid::bounded::{List, Scalar};

/// Hours of more than two years, and the end of the last one.
pub(super) const MOST_TIMES: usize = 20_001;

/// A column of numbers, or of times as texts.
#[derive(Deserialize)]
#[serde(try_from = "List<Option<Scalar>, MOST_TIMES>")]
pub(super) enum Column {
    Numbers(Vec<Option<f64>>),
    Texts(Vec<Option<String>>),
}

impl TryFrom<List<Option<Scalar>, MOST_TIMES>> for Column {
    type Error = &'static str;

    fn try_from(List(cells): List<Option<Scalar>, MOST_TIMES>) -> Result<Self, Self::Error> {
        let is_text = |cell: &Option<Scalar>| matches!(cell, Some(Scalar::Text(_)));
        if cells.iter().any(is_text) {
            let text = |cell| match cell {
                Some(Scalar::Number(_)) => Err("a column of texts holds a number"),
                Some(Scalar::Text(text)) => Ok(Some(text)),
                None => Ok(None),
            };
            return cells.into_iter().map(text).collect::<Result<_, _>>().map(Self::Texts);
        }
        let number = |cell: &Option<Scalar>| match cell {
            Some(Scalar::Number(number)) => Some(*number),
            _ => None,
        };
        Ok(Self::Numbers(cells.iter().map(number).collect()))
    }
}

/// What stands under the names that we know; other columns are passed over unread.
pub(super) struct Known<T>(pub(super) BTreeMap<String, T>);

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Known<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Names(PhantomData))
    }
}

struct Names<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Names<T> {
    type Value = Known<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("columns by their names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut known = BTreeMap::new();
        while let Some(name) = map.next_key::<String>()? {
            if name == TIME || member(&name).is_some() {
                known.insert(name, map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Known(known))
    }
}
