//! From wind to power: one turbine's curve, smoothed for a fleet that never stands in one wind.

use serde::Deserialize;

/// Points of the smoothing, in standard deviations, with their weights: the normal distribution in steps of half of one.
const NORMAL: [(f64, f64); 9] = [
    (-2.0, 0.0276),
    (-1.5, 0.0663),
    (-1.0, 0.1238),
    (-0.5, 0.1802),
    (0.0, 0.2042),
    (0.5, 0.1802),
    (1.0, 0.1238),
    (1.5, 0.0663),
    (2.0, 0.0276),
];

/// The power curve of a fleet, by the wind speed at hub height in m/s.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Curve {
    /// Below this there is no power.
    pub cut_in: f64,
    /// From this on there is all of it.
    pub rated: f64,
    /// Above this turbines stop.
    pub cut_out: f64,
    /// Standard deviation of the winds within one farm and hour.
    pub smoothing: f64,
}

impl Curve {
    /// The share of the capacity that runs at a mean speed, 0 to 1: the cubic curve (Carrillo et al. 2013, *Renewable and
    /// Sustainable Energy Reviews* 21, model "cubic II"), averaged over the winds of a farm (the multi-turbine curve of
    /// Nørgaard and Holttinen 2004).
    pub fn power(&self, speed: f64) -> f64 {
        let one = |speed: f64| {
            if speed < self.cut_in || speed > self.cut_out {
                0.0
            } else if speed >= self.rated {
                1.0
            } else {
                (speed.powi(3) - self.cut_in.powi(3)) / (self.rated.powi(3) - self.cut_in.powi(3))
            }
        };
        let parts = NORMAL.iter();
        parts
            .map(|(deviations, weight)| weight * one(speed + deviations * self.smoothing))
            .sum()
    }

    /// What is wrong with it, if anything.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let in_order = 0.0 < self.cut_in && self.cut_in < self.rated && self.rated < self.cut_out;
        (!in_order || !(0.0..=5.0).contains(&self.smoothing))
            .then_some("a power curve has 0 < cutIn < rated < cutOut and a smoothing from 0 to 5 m/s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CURVE: Curve = Curve {
        cut_in: 3.0,
        rated: 12.0,
        cut_out: 25.0,
        smoothing: 1.0,
    };

    #[test]
    fn power_grows_with_the_wind_up_to_all_of_it_and_ends_in_a_storm() {
        let powers: Vec<f64> = (0..20).map(|speed| CURVE.power(f64::from(speed))).collect();
        assert!(powers.windows(2).all(|pair| pair[0] <= pair[1] + 1e-9), "{powers:?}");
        assert_eq!(powers[0], 0.0);
        assert!((CURVE.power(16.0) - 1.0).abs() < 1e-3);
        assert_eq!(CURVE.power(28.0), 0.0);
    }

    #[test]
    fn a_fleet_is_smoother_than_a_turbine() {
        let sharp = Curve {
            smoothing: 0.0,
            ..CURVE
        };
        assert!(CURVE.power(11.5) < sharp.power(11.5));
        assert!(CURVE.power(25.0) < sharp.power(25.0));
        assert!(CURVE.power(4.0) > sharp.power(4.0));
    }

    #[test]
    fn a_curve_out_of_order_is_refused() {
        assert_eq!(CURVE.fault(), None);
        assert!(Curve { rated: 2.0, ..CURVE }.fault().is_some());
        assert!(
            Curve {
                smoothing: f64::NAN,
                ..CURVE
            }
            .fault()
            .is_some()
        );
    }
}
