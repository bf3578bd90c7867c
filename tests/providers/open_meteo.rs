//! Our weather model on Open-Meteo.

use alize::grid::{ModelParameters, OpenMeteo, Outcome, SourceKind, SourceSpec, Terms};
use alize::planner::{Certainty, Level};
use alize::units::{Basis, Clock, Signal, SystemClock};
use axum::response::Response;
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::stub::{Asked, HTML, Says, Stub, Usual, fails, good, refuses, says};
use super::world::{At, CANARY, now, secret, shown, source, step, told, usual, world, zone};

const SHARE: Signal = Signal::RenewableShare;

pub const AT: At = |origin| kind(Terms::NonCommercial, Some(origin));
const WITH_KEY: At = |origin| kind(Terms::Key(secret()), Some(origin));

fn kind(terms: Terms, endpoint: Option<String>) -> SourceKind {
    SourceKind::OpenMeteo(OpenMeteo {
        zone: "MA".into(),
        parameters: ModelParameters::BuiltIn,
        terms,
        endpoint,
    })
}

/// A server that checks what it is asked, as the real one does, and answers for each place.
pub fn open_meteo(asked: &Asked) -> Response {
    let latitudes: Vec<&str> = asked.parameter("latitude").split(',').collect();
    let longitudes: Vec<&str> = asked.parameter("longitude").split(',').collect();
    let complaint = |reason: &str| refuses(400, json!({"error": true, "reason": reason}).to_string());
    if latitudes.len() != longitudes.len() {
        return complaint("Parameter 'latitude' and 'longitude' must have the same number of elements");
    }
    let places = || {
        latitudes
            .iter()
            .zip(&longitudes)
            .map(|(north, east)| (number(north), number(east)))
    };
    let days: i64 = asked.parameter("forecast_days").parse().unwrap();
    match asked.path() {
        "/v1/forecast" => {
            let past: i64 = asked.parameter("past_days").parse().unwrap();
            good(&places().map(|place| answer(asked, place, past, days, 1)).collect())
        }
        "/v1/ensemble" if asked.parameter("models") == "ecmwf_ifs025_ensemble" => {
            good(&places().map(|place| answer(asked, place, 0, days, 11)).collect())
        }
        _ => complaint("Not found"),
    }
}

fn number(text: &str) -> f64 {
    text.parse().unwrap()
}

/// One place, snapped to the grid of a weather model; wind in km/h unless it is asked for otherwise.
fn answer(asked: &Asked, (latitude, longitude): (f64, f64), past: i64, days: i64, members: usize) -> Value {
    let midnight = SystemClock.now().as_second().div_euclid(86_400) * 86_400;
    let hours: Vec<i64> = (-24 * past..24 * days).collect();
    let metres = asked.parameter("wind_speed_unit") == "ms";
    let (mut columns, mut units) = (Map::new(), Map::new());
    assert_eq!(
        (asked.parameter("timeformat"), asked.parameter("timezone")),
        ("unixtime", "GMT")
    );
    columns.insert("time".into(), hours.iter().map(|hour| midnight + hour * 3600).collect());
    for name in asked.parameter("hourly").split(',') {
        for member in 0..members {
            let sun = |hour: &i64| (((hour.rem_euclid(24) as f64 - 6.5) / 12.0 * std::f64::consts::PI).sin()).max(0.0);
            let value = |hour: &i64| match name {
                "wind_speed_100m" => (7.0 + 0.3 * member as f64) * if metres { 1.0 } else { 3.6 },
                "shortwave_radiation" => 700.0 * sun(hour),
                "direct_normal_irradiance" => 800.0 * sun(hour).sqrt(),
                _ => 20.0,
            };
            let unit = match name {
                "wind_speed_100m" if metres => "m/s",
                "wind_speed_100m" => "km/h",
                "temperature_2m" => "°C",
                _ => "W/m²",
            };
            let column = if member == 0 {
                name.to_owned()
            } else {
                format!("{name}_member{member:02}")
            };
            columns.insert(column.clone(), hours.iter().map(value).collect());
            units.insert(column, unit.into());
        }
    }
    json!({
        "latitude": (latitude * 4.0).round() / 4.0, "longitude": (longitude * 4.0).round() / 4.0, "elevation": 38.0,
        "generationtime_ms": 2.2, "utc_offset_seconds": 0, "timezone": "GMT", "timezone_abbreviation": "GMT",
        "hourly": columns, "hourly_units": units,
    })
}

#[tokio::test]
async fn the_weather_at_the_plants_becomes_an_estimate_with_its_interval() {
    let (world, report, stub) = usual(SHARE, AT, open_meteo).await;
    assert_eq!(
        (report.level, report.certainty),
        (Level::Live, Some(Certainty::Estimated))
    );
    let name = report.source.unwrap();
    for words in [
        "model of Morocco",
        "grade C",
        "11 members for 95 h",
        "non-commercial terms",
        &stub.origin,
    ] {
        assert!(name.contains(words), "{words}: {name}");
    }
    let ahead = report.horizon.unwrap().duration_since(now()).as_hours();
    assert!(ahead >= 72 + 24, "{ahead}");
    let notes = world.board.notes(&zone(), SHARE, now()).join("\n");
    for words in ["grade C", "not validated: "] {
        assert!(notes.contains(words), "{words}: {notes}");
    }
    let series = world.series(SHARE);
    for point in &series.points {
        let band = point.band.unwrap();
        assert!(
            0.0 < band.p10 && band.p10 < point.value && point.value < band.p90 && band.p90 < 1.0,
            "{point:?}"
        );
    }
    let asked = stub.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked[0].parameter("latitude").starts_with("27.90,"), "{asked:?}");
    assert!(asked.iter().all(|asked| asked.parameter("apikey").is_empty()));
}

/// What a cache gives that kept an answer for so many days.
fn kept<const DAYS: i64>(asked: &Asked) -> Response {
    let (past, ahead) = if asked.path() == "/v1/forecast" { (1, 7) } else { (0, 4) };
    let place = |at| answer(asked, at, past + DAYS, ahead - DAYS, 1);
    good(&[(27.9, -12.9), (31.0, -6.86)].map(place).to_vec().into())
}

#[tokio::test]
async fn f4_an_answer_that_begins_earlier_than_it_was_asked_to_is_as_old_as_its_days() {
    for (days, kept) in [(1, kept::<1> as Usual), (3, kept::<3>)] {
        let (_, report, _) = shown(SHARE, AT, kept, vec![]).await;
        let made = step(24 * 60, 1 - days);
        assert_eq!(report.issued_at, Some(made), "{days}");
        assert!(report.fetched_at > report.issued_at);
        assert!(days == 1 || report.message.unwrap().contains("renew it"));
    }
    let (_, report, _) = usual(SHARE, AT, open_meteo).await;
    assert!(now().duration_since(report.issued_at.unwrap()) < SignedDuration::from_mins(1));
}

#[tokio::test]
async fn intensity_is_counted_as_the_zone_says() {
    let stub = Stub::start(open_meteo, vec![]).await;
    let mut specs = Vec::new();
    for basis in [Basis::LifeCycle, Basis::Direct, Basis::Unstated] {
        let mut spec = source(Signal::CarbonIntensity, AT(stub.origin.clone()));
        spec.basis = basis;
        specs.push(world(&stub.origin, vec![spec]));
    }
    let mut values = Vec::new();
    for world in &specs {
        let report = world.after(1).await;
        values.push((report.value.unwrap(), report.basis.unwrap()));
    }
    assert!(values[0].0 > values[1].0 + 30.0, "{values:?}");
    assert_eq!(
        values[2], values[0],
        "unless it is told otherwise it counts the life cycle"
    );
    assert_eq!(values[0].1, Basis::LifeCycle);
}

#[tokio::test]
async fn both_signals_of_a_country_come_with_one_forecast_and_one_ensemble() {
    let stub = Stub::start(open_meteo, vec![]).await;
    let sources = [SHARE, Signal::CarbonIntensity].map(|signal| SourceSpec {
        refresh: None,
        ..source(signal, AT(stub.origin.clone()))
    });
    world(&stub.origin, sources.into()).after(2).await;
    assert_eq!(stub.asked().len(), 2);
}

#[tokio::test]
async fn it_is_off_until_somebody_says_by_which_right_it_is_asked() {
    let stub = Stub::start(open_meteo, vec![]).await;
    for (terms, endpoint) in [(Terms::None, Some(stub.origin.clone())), (Terms::OwnHost, None)] {
        let world = world(&stub.origin, vec![source(SHARE, kind(terms, endpoint))]);
        let message = world.after(1).await.message.unwrap();
        assert!(message.contains("off") && message.contains("terms"), "{message}");
        assert_eq!(world.outcomes(), [Outcome::Blocked]);
    }
    assert_eq!(stub.asked().len(), 0, "nothing was asked");
    let (_, report, _) = usual(SHARE, |origin| kind(Terms::OwnHost, Some(origin)), open_meteo).await;
    assert!(report.source.unwrap().ends_with("own host)"));
}

#[tokio::test]
async fn a_key_is_shown_to_both_hosts_and_to_nobody_else() {
    let (_, report, stub) = usual(SHARE, WITH_KEY, open_meteo).await;
    assert!(stub.asked().iter().all(|asked| asked.parameter("apikey") == CANARY));
    let shown = format!("{report:?}");
    assert!(
        shown.contains("key of Secret keys") && !shown.contains(CANARY),
        "{shown}"
    );
}

#[tokio::test]
async fn a_country_that_is_not_built_in_is_modelled_by_the_parameters_of_a_config_map() {
    let stub = Stub::start(open_meteo, vec![]).await;
    let named = SourceKind::OpenMeteo(OpenMeteo {
        zone: "KE".into(),
        parameters: ModelParameters::Named {
            name: "models".into(),
            key: "ke.json".into(),
        },
        terms: Terms::NonCommercial,
        endpoint: Some(stub.origin.clone()),
    });
    let world = world(&stub.origin, vec![source(SHARE, named)]);
    let message = world.after(1).await.message.unwrap();
    assert!(message.contains("no ConfigMap models with a key ke.json"), "{message}");
    let morocco = include_str!("../../src/grid/weather/zones/ma.json");
    let kenya = morocco
        .replacen("\"MA\"", "\"KE\"", 1)
        .replacen("\"Morocco\"", "\"Kenya\"", 1);
    let write = |text: &str| {
        let data = [("ke.json".to_owned(), text.to_owned())];
        world.texts.set("models", data.into());
    };
    for (text, asked, words) in [
        (
            morocco.to_owned(),
            2,
            "its id is \"MA\"; write the one that the zone asks for",
        ),
        (kenya.replacen("\"growth\"", "\"grwth\"", 1), 3, "unknown field `grwth`"),
        (kenya.replacen("\"share\": 0.045", "\"share\": 45", 1), 4, "from 0 to 1"),
    ] {
        write(&text);
        let message = world.after(asked).await.message.unwrap();
        assert!(message.contains(words), "{words}: {message}");
    }
    assert_eq!(stub.asked().len(), 0, "nothing was asked");
    write(&kenya);
    let report = world.after(5).await;
    let name = report.source.unwrap();
    assert!(
        name.contains("model of Kenya") && name.contains("KE by ConfigMap models/ke.json"),
        "{name}"
    );
    assert_eq!((report.level, report.message), (Level::Live, None));
    let notes = world.board.notes(&zone(), SHARE, now()).join("\n");
    assert!(notes.contains("grade C"), "{notes}");
}

#[tokio::test]
async fn without_an_ensemble_there_is_a_forecast_that_says_so() {
    let no_ensemble = |says: Says| vec![says_as_usual(), says];
    for (at, says, words) in [
        (
            WITH_KEY,
            fails(403, &[], r#"{"error":true,"reason":"secret plan"}"#),
            "Professional plan",
        ),
        (AT, fails(404, &[], "secret"), "serves /v1/forecast and /v1/ensemble"),
        (
            AT,
            fails(
                429,
                &[],
                r#"{"error":true,"reason":"Daily API request limit exceeded."}"#,
            ),
            "asks for fewer requests",
        ),
        (AT, fails(502, &[HTML], "<html>secret"), "asked again soon"),
        (AT, fails(200, &[], "{\"cut"), "line 1"),
    ] as [(At, Says, &str); 5]
    {
        let (world, report, _) = shown(SHARE, at, open_meteo, no_ensemble(says)).await;
        let message = report.message.unwrap();
        assert!(
            message.contains("there is no ensemble") && message.contains(words) && !message.contains("secret"),
            "{message}"
        );
        assert_eq!((report.level, world.outcomes()[0]), (Level::Live, Outcome::Ok));
        assert!(report.source.unwrap().contains("no ensemble"));
        assert!(world.series(SHARE).points.iter().all(|point| point.band.is_some()));
    }
}

/// What the server says to the forecast, whatever it was asked: all places of the file.
fn says_as_usual() -> Says {
    says(|| {
        let parameters = alize::grid::weather::library("MA").unwrap();
        let places = parameters.coordinates();
        let list =
            |of: fn(&(f64, f64)) -> f64| places.iter().map(|at| of(at).to_string()).collect::<Vec<_>>().join(",");
        let query = [
            ("latitude", list(|at| at.0)),
            ("longitude", list(|at| at.1)),
            (
                "hourly",
                "wind_speed_100m,shortwave_radiation,direct_normal_irradiance,temperature_2m".into(),
            ),
            ("forecast_days", "7".into()),
            ("past_days", "1".into()),
            ("timeformat", "unixtime".into()),
            ("timezone", "GMT".into()),
        ];
        open_meteo(&Asked::of("/v1/forecast", &query))
    })
}

#[tokio::test]
async fn wind_in_kilometres_an_hour_is_the_same_wind() {
    let (_, fast, _) = shown(SHARE, AT, open_meteo, vec![says_as_usual()]).await;
    let kilometres = fast.value.unwrap();
    let (_, metres, _) = usual(SHARE, AT, open_meteo).await;
    assert!(
        (kilometres / metres.value.unwrap() - 1.0).abs() < 1e-9,
        "{kilometres} {metres:?}"
    );
}

#[tokio::test]
async fn nulls_at_the_end_shorten_the_horizon() {
    let (_, whole, _) = usual(SHARE, AT, open_meteo).await;
    let short = |asked: &Asked| {
        if asked.path() == "/v1/ensemble" {
            return refuses(403, "{}");
        }
        let mut all: Vec<Value> = vec![
            answer(asked, (27.9, -12.9), 1, 7, 1),
            answer(asked, (31.0, -6.86), 1, 7, 1),
        ];
        for place in &mut all {
            for column in ["wind_speed_100m", "shortwave_radiation"] {
                let values = place["hourly"][column].as_array_mut().unwrap();
                let known = values.len() - 48;
                values[known..].fill(Value::Null);
            }
        }
        good(&all.into())
    };
    let (_, report, _) = shown(SHARE, AT, short, vec![]).await;
    let days = whole
        .horizon
        .unwrap()
        .duration_since(report.horizon.unwrap())
        .as_hours();
    assert_eq!(days, 48);
    assert!(report.horizon.unwrap() > step(60, 24));
}

#[tokio::test]
async fn its_known_troubles_are_named() {
    use Outcome::{Blocked, Invalid, Refused, Throttled, Unauthorized, Unreachable};
    let reason = |reason: &str| json!({"error": true, "reason": reason}).to_string();
    for (says, at, outcome, words) in [
        (
            fails(400, &[], reason("secret: latitude must be in range")),
            AT,
            Refused,
            "endpoint",
        ),
        (
            fails(400, &[], reason("The supplied API key is invalid.")),
            WITH_KEY,
            Unauthorized,
            "check the key",
        ),
        (
            fails(401, &[], reason("API key required")),
            WITH_KEY,
            Unauthorized,
            "check the key",
        ),
        (fails(403, &[], reason("secret")), WITH_KEY, Refused, "larger one"),
        (
            fails(429, &[], reason("Minutely API request limit exceeded.")),
            AT,
            Throttled,
            "fewer requests",
        ),
        (
            fails(429, &[], reason("Hourly API request limit exceeded.")),
            AT,
            Throttled,
            "fewer requests",
        ),
        (fails(503, &[HTML], "<html>secret"), AT, Unreachable, "503"),
        (fails(200, &[], reason("secret")), AT, Invalid, "complaint"),
        (fails(200, &[HTML], "<html>secret"), AT, Invalid, "web page"),
        (fails(200, &[], "[]"), AT, Invalid, "0 places"),
        (fails(200, &[], r#"{"latitude": "secret"}"#), AT, Invalid, "line 1"),
    ] as [(Says, At, Outcome, &str); 11]
    {
        let (message, counted) = told(SHARE, at, open_meteo, vec![says]).await;
        assert_eq!(counted, outcome, "{message}");
        assert!(message.contains(words), "{words}: {message}");
    }
    let atlantis: At = |origin| {
        SourceKind::OpenMeteo(OpenMeteo {
            zone: "XX".into(),
            parameters: ModelParameters::BuiltIn,
            terms: Terms::NonCommercial,
            endpoint: Some(origin),
        })
    };
    let (message, counted) = told(SHARE, atlantis, open_meteo, vec![]).await;
    assert!(
        counted == Blocked && message.contains("no weather model for \"XX\""),
        "{message}"
    );
}
