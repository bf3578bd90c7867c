//! What every method keeps to, and what `ours` learns.

use super::*;

fn history(days: usize, value: impl FnMut(usize) -> f64) -> Hourly {
    Hourly {
        start: "2026-01-05T00:00:00Z".parse().unwrap(),
        values: (0..days * DAY).map(value).collect(),
    }
}

/// A day that repeats, on a level that wanders.
fn wandering(days: usize) -> Hourly {
    let mut random = fastrand::Rng::with_seed(1);
    let mut level = 0.0;
    history(days, |hour| {
        level = 0.98 * level + 10.0 * (random.f64() - 0.5);
        300.0 + level + 50.0 * (hour as f64 * std::f64::consts::TAU / 24.0).sin()
    })
}

fn values(method: Method, history: &Hourly) -> Vec<f64> {
    forecast(method, history, 96).iter().map(|point| point.value).collect()
}

#[test]
fn a_forecast_begins_where_the_past_ends_and_has_a_slot_for_every_hour() {
    let history = Hourly {
        start: "2026-11-25T10:00:00Z".parse().unwrap(),
        values: vec![5.0; 30],
    };
    for method in Method::ALL {
        let points = forecast(method, &history, 96);
        assert_eq!(points.len(), 96);
        assert_eq!(points[0].slot.start, "2026-11-26T16:00:00Z".parse().unwrap());
        assert!(points.windows(2).all(|two| two[0].slot.end == two[1].slot.start));
        assert!(points.iter().all(|point| (point.value - 5.0).abs() < 1e-9), "{method}");
    }
}

#[test]
fn where_nothing_is_known_nothing_is_forecast() {
    for history in [history(0, |_| 0.0), history(5, |_| f64::NAN)] {
        for method in Method::ALL {
            assert!(forecast(method, &history, 24).is_empty(), "{method}");
        }
    }
}

#[test]
fn ours_learns_that_a_day_of_the_week_differs() {
    let weekly = history(
        70,
        |hour| if (hour / DAY) % 7 == 5 { 60.0 } else { 100.0 } + (hour % DAY) as f64,
    );
    // Day 75 is the next such day: 120 hours ahead of day 70.
    let error = |method| (forecast(method, &weekly, 132)[125].value - 65.0).abs();
    assert!(error(Method::Corrected) > 30.0);
    assert!(error(Method::Ours) < 10.0, "{}", error(Method::Ours));
}

#[test]
fn ours_is_corrected_until_two_weeks_are_known() {
    let short = wandering(13);
    assert_eq!(values(Method::Ours, &short), values(Method::Corrected, &short));
    let long = wandering(15);
    assert_ne!(values(Method::Ours, &long), values(Method::Corrected, &long));
}

#[test]
fn ours_is_corrected_while_most_of_the_last_two_weeks_is_missing() {
    let mut gap = wandering(60);
    gap.values[47 * DAY..55 * DAY].fill(f64::NAN);
    assert_eq!(values(Method::Ours, &gap), values(Method::Corrected, &gap));
    let mut filled = gap.clone();
    filled.values[47 * DAY..49 * DAY].fill(300.0);
    assert_ne!(values(Method::Ours, &filled), values(Method::Corrected, &filled));
}

#[test]
fn ours_tells_how_well_it_does_and_no_other_method_does() {
    let all = wandering(60);
    let skill = |method| {
        let mut forecaster = Forecaster::new(method, all.start);
        all.values.iter().for_each(|value| forecaster.observe(*value));
        forecaster.skill()
    };
    let ours = skill(Method::Ours).unwrap();
    assert!(ours.trust > 0.5 && ours.ours > 0.2 && ours.ours <= 1.0, "{ours:?}");
    assert_eq!(skill(Method::Corrected), None);
}

#[test]
fn a_year_is_forecast_better_by_ours_than_by_corrected() {
    let all = wandering(200);
    let mut errors = [0.0, 0.0];
    for (error, method) in errors.iter_mut().zip([Method::Ours, Method::Corrected]) {
        let mut forecaster = Forecaster::new(method, all.start);
        for (hour, value) in all.values.iter().enumerate() {
            if hour > 60 * DAY && hour % 5 == 0 {
                let points = forecaster.forecast(12);
                *error += points
                    .iter()
                    .zip(&all.values[hour..])
                    .map(|(p, v)| (p.value - v).abs())
                    .sum::<f64>();
            }
            forecaster.observe(*value);
        }
    }
    assert!(errors[0] < 0.9 * errors[1], "{errors:?}");
}

#[test]
fn gaps_spikes_and_constants_leave_every_forecast_finite_and_close() {
    let whole = wandering(60);
    let mut gaps = whole.clone();
    (0..gaps.values.len())
        .filter(|hour| hour % 17 < 4)
        .for_each(|hour| gaps.values[hour] = f64::NAN);
    gaps.values[50 * DAY..52 * DAY].fill(f64::INFINITY);
    let mut spike = whole.clone();
    spike.values[40 * DAY] = 1e12;
    let mut late = vec![7.0; 40 * DAY];
    late.extend(&whole.values);
    let late = Hourly {
        start: whole.start,
        values: late,
    };
    for series in [gaps, spike, late] {
        for method in Method::ALL {
            let found = values(method, &series);
            assert_eq!(found.len(), 96);
            assert!(
                found.iter().all(|value| (100.0..500.0).contains(value)),
                "{method}: {found:?}"
            );
        }
    }
}

#[test]
fn ours_is_not_below_zero_where_nothing_was_and_plain_methods_say_what_their_formulas_say() {
    let falling = history(20, |hour| f64::max(0.0, 480.0 - hour as f64));
    let least = |method| {
        let points = forecast(method, &falling, 96);
        let low = |point: &Point| point.value.min(point.band.map_or(0.0, |band| band.p10));
        points.iter().map(low).fold(f64::INFINITY, f64::min)
    };
    assert!(least(Method::Ours) >= 0.0);
    assert!(least(Method::Corrected) < -10.0, "{}", least(Method::Corrected));
}

#[test]
fn a_value_lies_within_its_band_and_far_hours_have_none() {
    for method in Method::ALL {
        let points = forecast(method, &wandering(60), 100);
        for point in &points[..96] {
            let band = point.band.unwrap();
            assert!(band.p10 <= point.value && point.value <= band.p90 && band.p10 < band.p90);
        }
        assert!(points[96..].iter().all(|point| point.band.is_none()));
    }
}

#[test]
fn what_was_forgotten_changes_no_forecast_of_the_plain_methods() {
    let long = wandering(100);
    let tail = Hourly {
        start: long.at(80 * DAY),
        values: long.values[80 * DAY..].to_vec(),
    };
    for method in [Method::Persistence, Method::Profile, Method::Corrected] {
        assert_eq!(values(method, &long), values(method, &tail), "{method}");
    }
}
