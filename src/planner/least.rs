//! The least of many numbers; of four at a time, as processors compare them.

/// The least of these, none of which is `NaN`; infinite where there are none.
#[inline]
pub(super) fn least(numbers: &[f64]) -> f64 {
    let (fours, rest) = numbers.as_chunks::<4>();
    let mut least = [f64::INFINITY; 4];
    for four in fours {
        for (least, number) in least.iter_mut().zip(four) {
            *least = lesser(*least, *number);
        }
    }
    least.iter().chain(rest).copied().fold(f64::INFINITY, lesser)
}

/// The lesser of two, both of which are numbers. Unlike [`f64::min`], it asks nothing else of them.
#[inline]
pub(super) fn lesser(one: f64, other: f64) -> f64 {
    if other < one { other } else { one }
}
