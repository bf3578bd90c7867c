//! The control group: jobs that are drawn to run at once, so that what waiting saves can be measured against them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::Percent;

/// Which jobs run at once, to measure what waiting saves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Control {
    /// The share of jobs that is drawn to run at once, for example 5%: what they emit says what the others would have.
    #[serde(default)]
    pub share: Percent,
}

impl Control {
    /// Whether a job is drawn, by its UID: the same at every look and in every process, and nothing that its owner can choose.
    pub fn draws(&self, uid: &str) -> bool {
        is_drawn(uid, self.share.0)
    }
}

/// Whether a text is drawn where such a share of all is, 0 to 1: the same at every look and in every process.
pub fn is_drawn(text: &str, share: f64) -> bool {
    // FNV-1a, for the standard library's hash may differ between releases; the draw then scatters what is alike.
    let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    let seed = text.bytes().fold(0xcbf2_9ce4_8422_2325, hash);
    fastrand::Rng::with_seed(seed).f64() < share
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(share: &str) -> usize {
        let control = Control {
            share: share.parse().unwrap(),
        };
        (0..10_000)
            .filter(|number| control.draws(&format!("8f0e3b6a-7c1d-4a55-9a3c-{number:012x}")))
            .count()
    }

    #[test]
    fn as_many_are_drawn_as_the_share_says() {
        assert_eq!((drawn("0%"), drawn("100%")), (0, 10_000));
        let drawn = drawn("5%");
        assert!((430..570).contains(&drawn), "{drawn}: three standard deviations are 65");
    }

    #[test]
    fn whoever_is_drawn_is_drawn_by_every_larger_share() {
        let of = |share: &str| Control {
            share: share.parse().unwrap(),
        };
        let (few, many) = (of("10%"), of("30%"));
        assert!((0..1000).all(|number: u32| !few.draws(&number.to_string()) || many.draws(&number.to_string())));
    }
}
