//! Tests of what Open-Meteo answers.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::read;
use super::wire::BadAnswer;

/// 2026-11-20T10:00:00Z.
const TEN: i64 = 1_795_168_800;

/// Four times at one place.
fn body() -> Value {
    json!({
        "latitude": 27.875, "longitude": -12.875, "elevation": 10.0, "generationtime_ms": 0.2, "utc_offset_seconds": 0,
        "timezone": "GMT", "timezone_abbreviation": "GMT",
        "hourly_units": {
            "time": "unixtime", "wind_speed_100m": "m/s", "shortwave_radiation": "W/m²",
            "direct_normal_irradiance": "W/m²", "temperature_2m": "°C",
        },
        "hourly": {
            "time": [TEN, TEN + 3600, TEN + 7200, TEN + 10_800],
            "wind_speed_100m": [8.0, 10.0, null, 12.0],
            "shortwave_radiation": [100.0, 200.0, 300.0, null],
            "direct_normal_irradiance": [110.0, 210.0, 310.0, 410.0],
            "temperature_2m": [20.0, 22.0, 24.0, 26.0],
        },
    })
}

fn of(body: &Value) -> super::Weather {
    read(body.to_string().as_bytes()).unwrap()
}

fn fault(body: &Value) -> String {
    read(body.to_string().as_bytes()).unwrap_err().to_string()
}

#[test]
fn light_belongs_to_the_hour_that_ends_and_wind_to_both_ends_and_null_is_missing() {
    let weather = of(&body());
    assert_eq!((weather.start.as_second(), weather.hours), (TEN, 3));
    let member = &weather.places[0].members[0];
    assert_eq!(member.global, [Some(200.0), Some(300.0), None]);
    assert_eq!(member.direct, [Some(210.0), Some(310.0), Some(410.0)]);
    assert_eq!(member.wind, [Some(9.0), None, None]);
    assert_eq!(member.air, [Some(21.0), Some(23.0), Some(25.0)]);
}

#[test]
fn units_are_what_the_answer_says_they_are() {
    let mut other = body();
    other["hourly_units"]["wind_speed_100m"] = json!("km/h");
    other["hourly_units"]["temperature_2m"] = json!("°F");
    other["hourly"]["temperature_2m"] = json!([68.0, 68.0, 68.0, 68.0]);
    let member = &of(&other).places[0].members[0];
    assert_eq!(member.wind[0], Some(2.5));
    assert!((member.air[0].unwrap() - 20.0).abs() < 1e-9);
    other["hourly_units"].as_object_mut().unwrap().remove("wind_speed_100m");
    assert!(fault(&other).contains("wind_speed_unit=ms"));
}

#[test]
fn texts_are_in_the_offset_of_the_answer_and_numbers_in_utc() {
    let mut local = body();
    local["hourly"]["time"] = json!([
        "2026-11-20T11:00",
        "2026-11-20T12:00",
        "2026-11-20T13:00",
        "2026-11-20T14:00"
    ]);
    local["utc_offset_seconds"] = json!(3600);
    assert_eq!(of(&local), of(&body()));
    let mut numbers = body();
    numbers["utc_offset_seconds"] = json!(3600);
    assert_eq!(of(&numbers), of(&body()));
}

#[test]
fn several_places_share_one_axis_even_where_one_begins_later() {
    let mut later = body();
    later["latitude"] = json!(35.75);
    for time in later["hourly"]["time"].as_array_mut().unwrap() {
        *time = json!(time.as_i64().unwrap() + 3600);
    }
    let weather = of(&json!([body(), later]));
    assert_eq!((weather.hours, weather.places.len()), (4, 2));
    assert_eq!(
        weather.places[0].members[0].global,
        [Some(200.0), Some(300.0), None, None]
    );
    assert_eq!(
        weather.places[1].members[0].global,
        [Some(100.0), Some(200.0), Some(300.0), None]
    );
    assert_eq!(weather.places[1].latitude, 35.75);
}

#[test]
fn members_follow_the_control_and_lean_on_it_for_what_they_do_not_know() {
    let mut ensemble = body();
    for (member, speed) in [("01", 4.0), ("50", 6.0)] {
        let name = format!("wind_speed_100m_member{member}");
        ensemble["hourly"][&name] = json!([speed, speed, speed, speed]);
        ensemble["hourly_units"][&name] = json!("m/s");
    }
    let weather = of(&ensemble);
    let members = &weather.places[0].members;
    assert_eq!(members.len(), 3);
    assert_eq!(
        [members[0].wind[0], members[1].wind[0], members[2].wind[0]],
        [Some(9.0), Some(4.0), Some(6.0)]
    );
    assert_eq!(members[2].global, members[0].global);
}

#[test]
fn a_model_without_wind_at_hub_height_is_read_at_another_height() {
    let mut other = body();
    other["hourly"]["wind_speed_100m"] = json!([null, null, null, null]);
    other["hourly"]["wind_speed_10m"] = json!([7.0, 7.0, 7.0, 7.0]);
    other["hourly_units"]["wind_speed_10m"] = json!("m/s");
    let wind = of(&other).places[0].members[0].wind[0].unwrap();
    assert!((wind - 7.0 * 10f64.powf(1.0 / 7.0)).abs() < 1e-9, "{wind}");
}

#[test]
fn a_value_that_no_weather_has_is_unknown_and_many_are_of_another_unit() {
    let day = |absurd: usize| {
        let hours = 40;
        let column = |value: f64| json!(vec![value; hours]);
        let mut body = body();
        body["hourly"]["time"] = (0..hours as i64).map(|hour| TEN + 3600 * hour).collect();
        for name in ["wind_speed_100m", "shortwave_radiation", "temperature_2m"] {
            body["hourly"][name] = column(10.0);
        }
        body["hourly"]["direct_normal_irradiance"] = column(500.0);
        for hour in 0..absurd {
            body["hourly"]["direct_normal_irradiance"][4 + hour] = json!(1700.0);
        }
        body
    };
    let direct = |absurd| of(&day(absurd)).places[0].members[0].direct.clone();
    assert!(direct(0).iter().all(|value| *value == Some(500.0)));
    let two = direct(2);
    assert_eq!(two.iter().filter(|value| value.is_none()).count(), 2, "{two:?}");
    assert!(fault(&day(3)).contains("check its unit"));
}

#[test]
fn a_missing_hour_in_between_is_missing() {
    let mut gap = body();
    gap["hourly"]["time"] = json!([TEN, TEN + 3600, TEN + 10_800, TEN + 14_400]);
    let member = &of(&gap).places[0].members[0];
    assert_eq!(member.direct, [Some(210.0), None, Some(310.0), Some(410.0)]);
    assert_eq!(member.air, [Some(21.0), None, None, Some(25.0)]);
}

#[test]
fn a_complaint_is_told_as_such() {
    let complaint = json!({"error": true, "reason": "Minutely API request limit exceeded."});
    let BadAnswer::Complaint(reason) = read(complaint.to_string().as_bytes()).unwrap_err() else {
        panic!("a complaint is no bad form");
    };
    assert!(reason.starts_with("Minutely"));
}

#[test]
fn what_is_no_weather_says_where_and_what_to_do_without_repeating_it() {
    let edit = |edit: &dyn Fn(&mut Value)| {
        let mut body = body();
        edit(&mut body);
        body.to_string()
    };
    let secret = json!(vec!["secret"; 4]);
    for (text, words) in [
        ("<html>secret".to_owned(), "line 1, column 1"),
        (String::new(), "line 1"),
        ("[]".into(), "0 places"),
        ("{}".into(), "no hourly times"),
        ("[{\"latitude\": \"secret\"}]".into(), "column"),
        (
            edit(&|b| drop(b.as_object_mut().unwrap().remove("latitude"))),
            "no latitude",
        ),
        (
            edit(&|b| b["hourly"]["time"] = json!([TEN, TEN])),
            "one after the other",
        ),
        (
            edit(&|b| b["hourly"]["time"] = json!([TEN + 1800, TEN + 5400, TEN + 9000, TEN + 12_600])),
            "timezone=GMT",
        ),
        (
            edit(&|b| b["hourly"]["time"] = json!([0, 10_800, 21_600, 32_400])),
            "further apart",
        ),
        (
            edit(&|b| b["hourly"]["time"] = json!([0, 3600, 7200, 9_999_997_200_i64])),
            "fewer days",
        ),
        (edit(&|b| b["hourly"]["time"] = secret.clone()), "2026-11-20T10:00"),
        (
            edit(&|b| b["hourly"]["wind_speed_100m"] = secret.clone()),
            "holds texts",
        ),
        (
            edit(&|b| b["hourly"]["wind_speed_100m"] = json!([1.0])),
            "1 values for 4 times",
        ),
        (
            edit(&|b| b["hourly"]["wind_speed_100m"][0] = json!(9999)),
            "check its unit",
        ),
    ] {
        let error = read(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(words) && !error.contains("secret"), "{words}: {error}");
    }
}

#[test]
fn more_weather_than_that_of_a_large_country_is_refused_however_little_it_says() {
    let mut long = body();
    let times: Vec<i64> = (0..9_000).map(|hour| TEN + hour * 3600).collect();
    let nothing = vec![Value::Null; times.len()];
    long["hourly"] = json!({"time": times, "temperature_2m": nothing});
    let places = |count: usize| read(Value::from(vec![long.clone(); count]).to_string().as_bytes());
    assert!(places(27).is_ok());
    assert!(places(28).unwrap_err().to_string().contains("fewer days or places"));
    let empty = read(format!("[{{}}{}]", ",{}".repeat(200)).as_bytes());
    assert!(empty.unwrap_err().to_string().contains("more than 200 places"));
    let full = read(format!("[0{}]", ",0".repeat(1_000_001)).as_bytes());
    assert!(full.unwrap_err().to_string().contains("fewer days or places"));
}

#[test]
fn what_stands_under_names_that_we_do_not_know_is_passed_over() {
    let mut other = body();
    for name in [
        "snow_depth",
        "wind_speed_100m_member007",
        "wind_speed_0100m",
        "temperature_2m_member999",
    ] {
        other["hourly"][name] = json!({"of": ["another", "form"]});
        other["hourly_units"][name] = json!(7);
    }
    assert_eq!(of(&other), of(&body()));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes);
    }

    #[test]
    fn no_times_and_no_values_make_it_panic(
        times in proptest::collection::vec(-1e12f64..1e12, 0..6),
        values in proptest::collection::vec(proptest::option::of(any::<f64>()), 0..6),
        near in any::<bool>(),
    ) {
        let mut body = body();
        let times: Vec<f64> = times.iter().map(|time| if near { (time / 1e9).round() * 3600.0 } else { *time }).collect();
        body["hourly"]["time"] = json!(times);
        body["hourly"]["wind_speed_100m"] = json!(values);
        let _ = read(body.to_string().as_bytes());
    }
}
