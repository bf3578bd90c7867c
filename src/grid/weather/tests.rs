//! Tests of the whole model: what must change when the weather does.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::units::{Basis, Signal};

/// Wind in m/s and light in W/m² by the hour of the day, for three days at all sites of Morocco.
fn weather(wind: impl Fn(usize) -> f64, light: impl Fn(usize) -> f64, start: &str) -> Weather {
    let parameters = library("MA").unwrap();
    let hours = 72;
    let member = Member {
        wind: (0..hours).map(|hour| Some(wind(hour % 24))).collect(),
        global: (0..hours).map(|hour| Some(light(hour % 24))).collect(),
        direct: Vec::new(),
        air: vec![Some(20.0); hours],
    };
    let place = |site: &Site| Place {
        latitude: site.latitude,
        longitude: site.longitude,
        members: vec![member.clone()],
    };
    Weather {
        start: start.parse().unwrap(),
        hours,
        places: parameters.sites().map(place).collect(),
    }
}

fn day(hour: usize) -> f64 {
    (900.0 * ((hour as f64 - 6.5) / 12.0 * std::f64::consts::PI).sin()).max(0.0)
}

fn of(weather: &Weather) -> Forecast {
    forecast(&library("MA").unwrap(), weather, None, weather.start).unwrap()
}

fn at(forecast: &Forecast, instant: &str) -> Hour {
    let instant: Timestamp = instant.parse().unwrap();
    *forecast.hours.iter().find(|hour| hour.slot.contains(instant)).unwrap()
}

const START: &str = "2024-10-14T00:00:00Z";

#[test]
fn more_wind_is_more_renewable_and_less_carbon_in_every_hour() {
    let (calm, windy) = (of(&weather(|_| 5.0, day, START)), of(&weather(|_| 9.0, day, START)));
    for (calm, windy) in calm.hours.iter().zip(&windy.hours) {
        assert!(windy.middle.share > calm.middle.share + 0.1, "{windy:?} {calm:?}");
        assert!(windy.middle.life_cycle < calm.middle.life_cycle - 50.0);
        assert!(windy.middle.direct < calm.middle.direct - 50.0);
    }
}

#[test]
fn noon_is_greener_than_the_evening_peak_and_stored_heat_reaches_into_it() {
    let forecast = of(&weather(|_| 7.0, day, START));
    let noon = at(&forecast, "2024-10-16T12:00:00Z").middle.share;
    let evening = at(&forecast, "2024-10-16T19:00:00Z").middle.share;
    let night = at(&forecast, "2024-10-16T05:00:00Z").middle.share;
    assert!(noon > evening, "{noon} {evening}");
    let dark = of(&weather(|_| 7.0, |_| 0.0, START));
    let dark_evening = at(&dark, "2024-10-16T19:00:00Z").middle.share;
    assert!(evening > dark_evening + 0.01, "{evening} {dark_evening}");
    let dark_night = at(&dark, "2024-10-16T05:00:00Z").middle.share;
    assert!((night - dark_night).abs() < 1e-9, "the store is empty by morning");
}

#[test]
fn a_tower_that_is_out_of_order_yields_nothing_until_the_day_it_is_back() {
    let evening = |start: &str, instant: &str| at(&of(&weather(|_| 7.0, day, start)), instant).middle.share;
    let out = evening("2024-10-14T00:00:00Z", "2024-10-16T17:00:00Z");
    let back = evening("2025-10-14T00:00:00Z", "2025-10-16T17:00:00Z");
    // 150 MW of about 5,500, whatever else grew by a year.
    assert!(back > out + 0.015, "{back} {out}");
}

#[test]
fn an_hour_whose_weather_is_missing_is_missing_and_one_silent_site_is_not_missed() {
    let mut gaps = weather(|_| 7.0, day, START);
    gaps.places[0].members[0].wind[5] = None;
    for place in &mut gaps.places {
        place.members[0].wind[6] = None;
    }
    let (whole, gapped) = (of(&weather(|_| 7.0, day, START)), of(&gaps));
    assert_eq!(gapped.hours.len(), whole.hours.len() - 1);
    assert!((gapped.hours[5].middle.share - whole.hours[5].middle.share).abs() < 1e-9);
    assert_eq!(gapped.hours[6].slot, whole.hours[7].slot);
}

#[test]
fn the_interval_holds_the_middle_and_widens_with_lead_and_with_the_age_of_the_parameters() {
    let now = weather(|_| 7.0, day, START);
    let forecast = of(&now);
    for hour in &forecast.hours {
        assert!(
            hour.p10.share < hour.middle.share && hour.middle.share < hour.p90.share,
            "{hour:?}"
        );
        assert!(
            hour.p10.direct < hour.middle.direct && hour.middle.direct < hour.p90.direct,
            "{hour:?}"
        );
    }
    assert!(
        width(&forecast.hours[60]) > width(&forecast.hours[12]),
        "the same hour of the day, two days later"
    );
    let mut old = library("MA").unwrap();
    old.as_of = jiff::civil::date(2021, 12, 31);
    let old = super::forecast(&old, &now, None, now.start).unwrap();
    assert_eq!(old.hours[12].middle, forecast.hours[12].middle);
    assert!(width(&old.hours[12]) > 1.03 * width(&forecast.hours[12]));
}

#[test]
fn a_calm_is_no_less_than_a_calm_and_a_storm_no_more_than_what_stands() {
    let calm = of(&weather(|_| 4.0, |_| 0.0, START)).hours[2];
    assert!(calm.p10.share > 0.0, "imports and hydro stay: {calm:?}");
    assert!(
        calm.p90.share - calm.middle.share > 1.5 * (calm.middle.share - calm.p10.share),
        "{calm:?}"
    );
    let storm = of(&weather(|_| 16.0, |_| 0.0, START)).hours[2];
    assert!(
        storm.middle.share - storm.p10.share > storm.p90.share - storm.middle.share,
        "{storm:?}"
    );
}

/// An ensemble of so many members around a weather, whose winds differ by `spread` from its middle to its edge.
fn ensemble(main: &Weather, members: u8, spread: f64) -> Weather {
    let mut ensemble = main.clone();
    let half = f64::from(members - 1) / 2.0;
    for place in &mut ensemble.places {
        let control = place.members[0].clone();
        let member = |member: u8| {
            let by = spread * (f64::from(member) - half) / half;
            let wind = control.wind.iter().map(|wind| wind.map(|wind| wind + by));
            Member {
                wind: wind.collect(),
                ..control.clone()
            }
        };
        place.members = (0..members).map(member).collect();
    }
    ensemble
}

fn width(hour: &Hour) -> f64 {
    hour.p90.share - hour.p10.share
}

#[test]
fn members_that_disagree_widen_the_interval_and_members_that_agree_do_not() {
    let parameters = library("MA").unwrap();
    let main = weather(|_| 7.0, day, START);
    let of = |spread: f64| {
        let ensemble = ensemble(&main, 21, spread);
        let forecast = forecast(&parameters, &main, Some(&ensemble), main.start).unwrap();
        assert_eq!((forecast.members, forecast.told), (21, 72));
        width(&forecast.hours[60])
    };
    assert!(of(3.0) > 1.1 * of(0.0));
    let alone = forecast(&parameters, &main, None, main.start).unwrap().hours[60];
    assert!(of(0.0) < width(&alone), "agreement is knowledge");
}

#[test]
fn hours_beyond_the_end_of_the_ensemble_are_as_sure_as_without_one_and_it_says_so() {
    let parameters = library("MA").unwrap();
    let main = weather(|_| 7.0, day, START);
    let mut short = ensemble(&main, 21, 0.0);
    for member in short.places.iter_mut().flat_map(|place| &mut place.members) {
        member.wind.truncate(24);
        member.global.truncate(24);
    }
    let told = forecast(&parameters, &main, Some(&short), main.start).unwrap();
    let alone = of(&main);
    assert_eq!((told.told, told.hours.len()), (24, 72));
    assert_eq!(told.hours[24..], alone.hours[24..]);
    assert!(width(&told.hours[23]) < width(&alone.hours[23]));
    assert_eq!(told.spread(), "21 members for 24 h");
    let notes = told.notes().join("\n");
    for words in ["that of 21 members", "in 48 of its 72 hours"] {
        assert!(notes.contains(words), "{notes}");
    }
}

#[test]
fn an_ensemble_of_four_says_nothing_of_tenths_and_is_not_said_to() {
    let parameters = library("MA").unwrap();
    let main = weather(|_| 7.0, day, START);
    let few = forecast(&parameters, &main, Some(&ensemble(&main, 4, 3.0)), main.start).unwrap();
    assert_eq!(few.hours, of(&main).hours);
    assert_eq!(few.spread(), "no ensemble");
    let notes = few.notes().join("\n");
    assert!(
        notes.contains("ensemble of 4 members is too small") && !notes.contains("is that of"),
        "{notes}"
    );
}

#[test]
fn plants_whose_weather_is_that_of_a_place_far_away_widen_the_interval_and_nothing_else() {
    let near = weather(|_| 7.0, day, START);
    let mut far = near.clone();
    far.places.truncate(1);
    let (near, far) = (of(&near), of(&far));
    assert!(far.coverage < 0.5 && near.coverage == 1.0, "{}", far.coverage);
    for (near, far) in near.hours.iter().zip(&far.hours) {
        assert!((near.middle.share - far.middle.share).abs() < 1e-9);
        assert!(width(far) > 1.01 * width(near), "{far:?} {near:?}");
    }
    assert!(far.notes().join("\n").contains("the rest is taken to do like it"));
}

#[test]
fn the_weather_of_another_country_is_no_forecast() {
    let mut berlin = weather(|_| 7.0, day, START);
    for place in &mut berlin.places {
        (place.latitude, place.longitude) = (52.5, 13.4);
    }
    let parameters = library("MA").unwrap();
    assert_eq!(
        forecast(&parameters, &berlin, None, berlin.start),
        Err(NoForecast::Elsewhere)
    );
}

#[test]
fn without_light_there_is_no_forecast() {
    let mut wind_only = weather(|_| 7.0, day, START);
    for place in &mut wind_only.places {
        place.members[0].global = Vec::new();
    }
    let parameters = library("MA").unwrap();
    assert_eq!(
        forecast(&parameters, &wind_only, None, wind_only.start),
        Err(NoForecast::Nothing)
    );
}

#[test]
fn a_signal_that_the_model_does_not_know_is_not_made_up() {
    let forecast = of(&weather(|_| 7.0, day, START));
    assert!(forecast.points(Signal::MarginalIntensity, Basis::LifeCycle).is_none());
    assert!(forecast.points(Signal::CarbonIntensity, Basis::Unstated).is_none());
    let direct = forecast.points(Signal::CarbonIntensity, Basis::Direct).unwrap();
    let life_cycle = forecast.points(Signal::CarbonIntensity, Basis::LifeCycle).unwrap();
    assert!(
        direct
            .iter()
            .zip(&life_cycle)
            .all(|(direct, whole)| direct.value < whole.value)
    );
    assert_eq!(
        direct[1].slot.start,
        direct[0].slot.start + SignedDuration::from_hours(1)
    );
}

#[test]
fn every_built_in_file_can_be_read_and_an_unknown_field_is_an_error() {
    assert_eq!(countries().collect::<Vec<_>>(), ["CI", "MA", "ML", "SN", "TN"]);
    for country in countries() {
        assert_eq!(library(country).unwrap().id, country);
    }
    let error = library("XX").unwrap_err().to_string();
    assert!(error.contains("\"XX\"") && error.contains("MA"), "{error}");
    let text = include_str!("zones/ma.json");
    let wrong = text.replacen("\"growth\"", "\"grwth\"", 1);
    let BadParameters::Form(_, error) = Parameters::read("MA", &wrong).unwrap_err() else {
        panic!("a wrong field is a wrong form");
    };
    assert!(
        error.to_string().contains("unknown field `grwth`") && error.line() > 1,
        "{error}"
    );
}

#[test]
fn a_figure_out_of_range_is_named() {
    let text = include_str!("zones/ma.json");
    for (right, wrong, words) in [
        ("\"latitude\": 27.9,", "\"latitude\": 127.9,", "Tarfaya lies nowhere"),
        ("\"rated\": 11.5", "\"rated\": 1.5", "cutIn < rated"),
        ("\"factor\": 1.02", "\"factor\": 10.2", "between 0.2 and 2"),
        ("\"megawatts\": 3230", "\"megawatts\": 30", "minimum <= megawatts"),
        (
            "\"from\": \"2018-12-01\", \"megawatts\": 200",
            "\"from\": \"2028-12-01\", \"megawatts\": 200",
            "days in order",
        ),
        (
            "\"until\": \"2023-02-01\"",
            "\"until\": \"2020-02-01\"",
            "ends after its start",
        ),
        ("\"sunday\": 0.93", "\"sunday\": 0", "above zero"),
        (
            "\"name\": \"Morocco\"",
            "\"name\": \"Morocco, the kingdom of the west, between two seas and the desert\"",
            "characters at most",
        ),
        ("\"renewableShare\": 0.5", "\"renewableShare\": 50", "from 0 to 1"),
        ("\"storageHours\": 7.5", "\"storageHours\": -7.5", "from 0 to 24"),
    ] {
        assert!(text.contains(right), "{right}");
        let error = Parameters::read("MA", &text.replacen(right, wrong, 1))
            .unwrap_err()
            .to_string();
        assert!(error.contains(words), "{error}");
    }
}
