//! How well a forecast ranks hours, and what of the saving it keeps.

/// Spearman's rank correlation.
pub fn rank_correlation(one: &[f64], other: &[f64]) -> f64 {
    let (one, other) = (ranks(one), ranks(other));
    let mean = (one.len() as f64 - 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>();
    let scale = (product(&one, &one) * product(&other, &other)).sqrt();
    if scale > 0.0 {
        product(&one, &other) / scale
    } else {
        0.0
    }
}

/// The place of each value in their order; equal values share the mean of their places.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    while first < order.len() {
        let same = order[first..]
            .iter()
            .take_while(|at| values[**at] == values[order[first]])
            .count();
        let mean = first as f64 + (same as f64 - 1.0) / 2.0;
        order[first..first + same].iter().for_each(|at| ranks[*at] = mean);
        first += same;
    }
    ranks
}

/// What a plan by the forecast saves of what the best plan saves, over a job of `length` hours each day at midnight that may
/// run within the `window` hours to come. Shares: more is better.
pub fn kept(forecast: &[f64], actual: &[f64], window: usize, length: usize, interruptible: bool) -> f64 {
    let (mut saved, mut best) = (0.0, 0.0);
    for day in 1..actual.len() / window {
        let hours = day * window..(day + 1) * window;
        let (expected, truth) = (&forecast[hours.clone()], &actual[hours]);
        let of = |plan: &[usize]| plan.iter().map(|hour| truth[*hour]).sum::<f64>();
        let now: Vec<usize> = (0..length).collect();
        saved += of(&plan(expected, length, interruptible)) - of(&now);
        best += of(&plan(truth, length, interruptible)) - of(&now);
    }
    saved / best
}

/// The best hours for a job; of equal plans the earliest.
fn plan(shares: &[f64], length: usize, interruptible: bool) -> Vec<usize> {
    if interruptible {
        let mut hours: Vec<usize> = (0..shares.len()).collect();
        hours.sort_by(|a, b| shares[*b].total_cmp(&shares[*a]));
        return hours[..length].to_vec();
    }
    let mut best = (f64::MIN, 0);
    for start in 0..=shares.len() - length {
        let sum: f64 = shares[start..start + length].iter().sum();
        if sum > best.0 + 1e-9 {
            best = (sum, start);
        }
    }
    (best.1..best.1 + length).collect()
}

/// How often the truth lies inside.
pub fn coverage(bands: &[(f64, f64)], actual: &[f64]) -> f64 {
    let inside = bands
        .iter()
        .zip(actual)
        .filter(|((low, high), truth)| low <= *truth && *truth <= high);
    inside.count() as f64 / actual.len() as f64
}
