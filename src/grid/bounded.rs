//! What answers are made of, read so that it takes little more room than it has on the wire. Eight MiB hold millions of empty
//! rows: a list that is too long is refused while it is read, not once all of it lies in memory. For the same reason nothing
//! here is `untagged` or `flatten`ed, for which serde keeps a copy of all that it has seen.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};

/// Begins the error of a list that is too long; no body can make any other error begin so.
const TOO_LONG: &str = "a list of more than ";

/// Whether it is about a list that is too long.
pub(super) fn is_too_long(error: &serde_json::Error) -> bool {
    error.to_string().starts_with(TOO_LONG)
}

/// A list of `MOST` elements, or fewer.
#[derive(Debug)]
pub(super) struct List<T, const MOST: usize>(pub(super) Vec<T>);

impl<T, const MOST: usize> Default for List<T, MOST> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MOST: usize> Deref for List<T, MOST> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for List<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Elements(PhantomData))
    }
}

struct Elements<T, const MOST: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Elements<T, MOST> {
    type Value = List<T, MOST>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = seq.next_element()? {
            if list.len() == MOST {
                return Err(A::Error::custom(format!("{TOO_LONG}{MOST} elements")));
            }
            list.push(element);
        }
        Ok(List(list))
    }
}

/// A number or a text.
#[derive(Debug, PartialEq)]
pub(super) enum Scalar {
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneScalar)
    }
}

struct OneScalar;

impl Visitor<'_> for OneScalar {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or a text")
    }

    fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_refused_as_soon_as_it_is_too_long() {
        let read = |text: &str| serde_json::from_str::<List<u8, 3>>(text);
        assert_eq!(read("[1, 2, 3]").unwrap()[..], [1, 2, 3]);
        assert!(
            is_too_long(&read("[1, 2, 3, 4, and so on").unwrap_err()),
            "nobody reads on"
        );
        assert!(!is_too_long(&read("[1, \"a list of more than 3\"]").unwrap_err()));
        assert!(!is_too_long(&read("{}").unwrap_err()));
    }

    #[test]
    fn a_scalar_is_a_number_or_a_text_and_nothing_that_holds_others() {
        let read = |text: &str| serde_json::from_str::<Scalar>(text).ok();
        assert_eq!(read("-7"), Some(Scalar::Number(-7.0)));
        assert_eq!(read("7.5"), Some(Scalar::Number(7.5)));
        assert_eq!(read("\"7\""), Some(Scalar::Text("7".into())));
        for other in ["null", "true", "[7]", "{}"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
