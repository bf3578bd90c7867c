//! Quantities as far as nodes and pods here use them: `8`, `500m`, `1.5`.

/// Cores, or 0 for what is no quantity of cores.
pub fn cores(text: &str) -> f64 {
    match text.strip_suffix('m') {
        Some(milli) => units(milli) / 1000.0,
        None => units(text),
    }
}

/// Whole things, or 0 for what is no number.
pub fn units(text: &str) -> f64 {
    text.parse().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::cores;

    #[test]
    fn thousandths_are_thousandths() {
        assert_eq!(
            [cores("500m"), cores("8"), cores("1.5")].map(f64::to_bits),
            [0.5, 8.0, 1.5].map(f64::to_bits)
        );
    }
}
