//! The ENTSO-E Transparency Platform.

use alize::grid::{Entsoe, Outcome, SourceKind};
use alize::planner::{Certainty, Level};
use alize::units::{Basis, Signal};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};

use super::stub::{Asked, HTML, Stub, fails, refuses, says};
use super::world::{At, CANARY, saved, secret, source, step, told, usual, world};

const SHARE: Signal = Signal::RenewableShare;
const INTENSITY: Signal = Signal::CarbonIntensity;

pub const AT: At = |origin| {
    SourceKind::Entsoe(Entsoe {
        area: "10YES-REE------0".into(),
        secret: secret(),
        endpoint: Some(origin),
    })
};

/// A series of one period, its points as (position, quantity).
fn series(psr: &str, area: &str, start: Timestamp, end: Timestamp, step: &str, points: &[(u32, f64)]) -> String {
    let minute = |instant: Timestamp| instant.strftime("%Y-%m-%dT%H:%MZ").to_string();
    let kind = match psr {
        "" => String::new(),
        psr => format!("<MktPSRType><psrType>{psr}</psrType></MktPSRType>"),
    };
    let point = |(position, quantity): &(u32, f64)| {
        format!("<Point><position>{position}</position><quantity>{quantity}</quantity></Point>")
    };
    let points: String = points.iter().map(point).collect();
    format!(
        "<TimeSeries><mRID>1</mRID><{area} codingScheme=\"A01\">10YES-REE------0</{area}>\
         <quantity_Measure_Unit.name>MAW</quantity_Measure_Unit.name><curveType>A03</curveType>{kind}<Period><timeInterval>\
         <start>{}</start><end>{}</end></timeInterval><resolution>{step}</resolution>{points}</Period></TimeSeries>",
        minute(start),
        minute(end)
    )
}

fn document(series: &[String]) -> String {
    let all = series.concat();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<GL_MarketDocument xmlns=\"urn:iec62325.351:tc57wg16:451-6:\
         generationloaddocument:3:0\"><mRID>synthetic</mRID><type>A69</type>{all}</GL_MarketDocument>"
    )
}

/// No data, in its own words.
const NOTHING: &str = "No matching data found for Data item Generation Forecasts for Wind and Solar [14.1.D] secret";
/// The same code stands for a mistake.
const MISTAKE: &str = "The amount of requested data exceeds allowed limit secret";

fn acknowledged(code: &str, words: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><Acknowledgement_MarketDocument xmlns=\"urn:iec62325.351:tc57wg16:451-1:\
         acknowledgementdocument:7:0\"><Reason><code>{code}</code><text>{words}</text></Reason></Acknowledgement_MarketDocument>"
    )
}

const IN: &str = "inBiddingZone_Domain.mRID";
const OUT: &str = "outBiddingZone_Domain.mRID";

/// The documents of a day and a half from this hour on: 500 MW of wind, 300 of sun, 2,000 of load and of generation; behind,
/// 200 each of water and gas.
fn of_kind(kind: &str) -> String {
    let (start, end) = (step(60, 0), step(60, 36));
    let flat = |psr, area, power| series(psr, area, start, end, "PT15M", &[(1, power)]);
    let behind = |psr, power| series(psr, IN, step(60, -48), start, "PT60M", &[(1, power)]);
    match kind {
        "A69" => document(&[flat("B16", IN, 300.0), flat("B18", IN, 100.0), flat("B19", IN, 400.0)]),
        // What a generator is expected to give stands beside it at times.
        "A65" => document(&[flat("", OUT, 2000.0), flat("", IN, 900.0)]),
        // What pumps take is a series of its own.
        "A71" => document(&[flat("", IN, 2000.0), flat("", OUT, 700.0)]),
        _ => document(&[
            behind("B12", 200.0),
            behind("B04", 200.0),
            behind("B16", 100.0),
            behind("B19", 100.0),
            series("B10", OUT, step(60, -48), start, "PT60M", &[(1, 900.0)]),
        ]),
    }
}

pub fn platform(asked: &Asked) -> Response {
    if asked.parameter("securityToken") != CANARY {
        return (axum::http::StatusCode::UNAUTHORIZED, "Unauthorized").into_response();
    }
    let area = match asked.parameter("documentType") {
        "A65" => "outBiddingZone_Domain",
        _ => "in_Domain",
    };
    if asked.path() != "/api"
        || asked.parameter(area) != "10YES-REE------0"
        || asked.parameter("periodStart").len() != 12
    {
        return refuses(400, acknowledged("A59", "secret"));
    }
    ([("content-type", "text/xml")], of_kind(asked.parameter("documentType"))).into_response()
}

#[tokio::test]
async fn the_share_is_wind_sun_and_what_else_is_renewable_over_load() {
    let (world, report, stub) = usual(SHARE, AT, platform).await;
    assert_eq!((report.value, report.level), (Some(0.5), Level::Live));
    assert_eq!(report.certainty, Some(Certainty::Estimated), "it is we who compute it");
    assert_eq!(report.horizon, Some(step(60, 36)));
    assert_eq!(world.series(SHARE).points.len(), 36 * 4);
    assert_eq!(stub.asked().len(), 3);
}

#[tokio::test]
async fn the_intensity_takes_what_else_ran_a_day_before() {
    let (_, report, _) = usual(INTENSITY, AT, platform).await;
    let expected = (500.0 * 11.0 + 300.0 * 45.0 + 1200.0 * (24.0 + 490.0) / 2.0) / 2000.0;
    assert!((report.value.unwrap() - expected).abs() < 1e-9, "{report:?}");
    assert_eq!(report.basis, Some(Basis::LifeCycle));
    let stub = Stub::start(platform, vec![]).await;
    let mut spec = source(INTENSITY, AT(stub.origin.clone()));
    spec.basis = Basis::Direct;
    let direct = world(&stub.origin, vec![spec]).after(1).await.value.unwrap();
    assert!((direct - 1200.0 * 185.0 / 2000.0).abs() < 1e-9, "{direct}");
}

#[tokio::test]
async fn its_known_troubles_are_named_and_the_token_never() {
    use Outcome::{Invalid, NoData, Refused, Throttled, Unauthorized, Unreachable};
    let xml = |text: String| says(move || ([("content-type", "text/xml")], text.clone()).into_response());
    for (says, outcome, words) in [
        (xml(acknowledged("999", NOTHING)), NoData, "no matching data"),
        (
            fails(400, &[], acknowledged("999", NOTHING)),
            NoData,
            "no matching data",
        ),
        (
            fails(400, &[], acknowledged("A59", "secret")),
            Refused,
            "check the area",
        ),
        (xml(acknowledged("999", MISTAKE)), Refused, "check the area"),
        (fails(400, &[], acknowledged("999", MISTAKE)), Refused, "check the area"),
        (fails(401, &[], "secret"), Unauthorized, "check the key"),
        (fails(429, &[HTML], "<html>secret banned"), Throttled, "fewer requests"),
        (fails(503, &[HTML], "<html>secret maintenance"), Unreachable, "soon"),
        (fails(404, &[], "404 page not found"), Unreachable, "check the endpoint"),
        (fails(408, &[], "secret"), Unreachable, "soon"),
        (fails(200, &[HTML], "<html>secret"), Invalid, "web page"),
        (xml(of_kind("A69")[..900].to_owned()), Invalid, "XML"),
    ] {
        let (message, counted) = told(SHARE, AT, platform, vec![says]).await;
        assert_eq!(counted, outcome, "{message}");
        assert!(message.contains(words), "{words}: {message}");
    }
}

#[tokio::test]
async fn whichever_of_its_documents_is_missing_nothing_is_made_of_the_others() {
    let document = |kind: &'static str| says(move || ([("content-type", "text/xml")], of_kind(kind)).into_response());
    for before in [vec![], vec!["A69"], vec!["A69", "A65"]] {
        let mut answers: Vec<_> = before.into_iter().map(document).collect();
        answers.push(fails(400, &[], acknowledged("999", NOTHING)));
        let (message, counted) = told(SHARE, AT, platform, answers).await;
        assert!(
            counted == Outcome::NoData && message.contains("no matching data"),
            "{message}"
        );
    }
}

/// The value of each quarter of an hour of a day, of a share computed from documents of that day.
fn day(from: &str, until: &str, wind: &[String]) -> Vec<(Timestamp, f64)> {
    let (start, end): (Timestamp, Timestamp) = (from.parse().unwrap(), until.parse().unwrap());
    let before = start - SignedDuration::from_hours(24);
    day_after(
        start,
        end,
        wind,
        &[series("B11", IN, before, end, "PT60M", &[(1, 0.0)])],
    )
    .unwrap()
}

/// The same, after a `past`.
fn day_after(
    start: Timestamp,
    end: Timestamp,
    wind: &[String],
    past: &[String],
) -> Result<Vec<(Timestamp, f64)>, String> {
    let load = document(&[series("", OUT, start, end, "PT60M", &[(1, 1000.0)])]);
    let points = saved(
        SHARE,
        AT("http://127.0.0.1:1".into()),
        &[document(wind), load, document(past)],
        &start.to_string(),
    )?;
    Ok(points.iter().map(|point| (point.slot.start, point.value)).collect())
}

#[test]
fn where_no_plant_runs_on_wind_or_sun_nobody_forecasts_any_and_there_is_none() {
    let start: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    let hours = SignedDuration::from_hours;
    let end = start + hours(1);
    let load = document(&[series("", OUT, start, end, "PT60M", &[(1, 1000.0)])]);
    let read = |forecast: String, behind: &[&str]| {
        let past: Vec<String> = behind
            .iter()
            .map(|psr| series(psr, IN, start - hours(24), end, "PT60M", &[(1, 300.0)]))
            .collect();
        let bodies = [forecast, load.clone(), document(&past)];
        saved(SHARE, AT("http://127.0.0.1:1".into()), &bodies, &start.to_string())
    };
    let nothing = || acknowledged("999", NOTHING);
    let share = |read: Result<Vec<alize::planner::Point>, String>| read.unwrap()[0].value;
    assert_eq!(share(read(nothing(), &["B12"])), 0.3);
    assert!(read(nothing(), &["B12", "B19"]).is_err(), "some run on wind");
    let wind = document(&[series("B19", IN, start, end, "PT60M", &[(1, 100.0)])]);
    assert_eq!(share(read(wind.clone(), &["B12", "B19"])), 0.4, "none on sun");
    assert!(read(wind, &["B12", "B16", "B19"]).is_err(), "some on sun");
}

#[test]
fn days_of_23_and_25_hours_have_92_and_100_quarters() {
    for (from, until, quarters) in [
        ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 92),
        ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 100),
    ] {
        let (start, end) = (from.parse().unwrap(), until.parse().unwrap());
        let flat = |psr| series(psr, IN, start, end, "PT15M", &[(1, 100.0), (5, 200.0)]);
        let day = day(from, until, &[flat("B16"), flat("B19")]);
        assert_eq!(day.len(), quarters);
        assert_eq!((day[3].1, day[4].1, day.last().unwrap().1), (0.2, 0.4, 0.4));
    }
}

#[test]
fn of_two_resolutions_the_finer_one_counts_and_a_missing_kind_of_plant_makes_the_hour_unknown() {
    let (from, until) = ("2026-11-20T12:00:00Z", "2026-11-20T14:00:00Z");
    let (start, end): (Timestamp, Timestamp) = (from.parse().unwrap(), until.parse().unwrap());
    let hour = start + SignedDuration::from_hours(1);
    let wind = [
        series("B16", IN, start, end, "PT60M", &[(1, 0.0)]),
        series("B19", IN, start, end, "PT60M", &[(1, 100.0)]),
        series("B19", IN, start, hour, "PT15M", &[(1, 300.0)]),
        series("B18", IN, start, hour, "PT15M", &[(1, 50.0)]),
    ];
    let day = day(from, until, &wind);
    assert_eq!(day.len(), 4, "the wind at sea is not known after one o'clock");
    assert!(day.iter().all(|(_, share)| (*share - 0.35).abs() < 1e-9), "{day:?}");
}

#[test]
fn a_quarter_without_a_kind_of_plant_that_most_have_is_taken_from_the_day_before_it() {
    let start: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    let hours = SignedDuration::from_hours;
    let end = start + hours(1);
    let flat = |psr, power| series(psr, IN, start, end, "PT15M", &[(1, power)]);
    let wind = [flat("B16", 100.0), flat("B19", 200.0)];
    let late = |psr, power, until| series(psr, IN, start - hours(72), until, "PT60M", &[(1, power)]);
    // Water of one kind is late, and storage gives nothing for most of the time.
    let past = [
        late("B11", 100.0, start),
        late("B12", 50.0, start - hours(24)),
        late("B10", 10.0, start - hours(60)),
    ];
    let day = day_after(start, end, &wind, &past).unwrap();
    assert!(day.iter().all(|(_, share)| (*share - 0.45).abs() < 1e-9), "{day:?}");
    assert_eq!(day.len(), 4);
}

#[test]
fn nothing_is_believed_of_a_document_that_says_two_things_of_one_quarter_at_one_resolution() {
    let (start, end) = ("2026-11-20T12:00:00Z", "2026-11-20T13:00:00Z");
    let (start, end): (Timestamp, Timestamp) = (start.parse().unwrap(), end.parse().unwrap());
    let before = start - SignedDuration::from_hours(24);
    let past = [series("B11", IN, before, end, "PT60M", &[(1, 0.0)])];
    let of = |psr, points: &[(u32, f64)]| series(psr, IN, start, end, "PT15M", points);
    let sun = || of("B16", &[(1, 0.0)]);
    for wind in [
        vec![sun(), of("B19", &[(1, 300.0)]), of("B19", &[(1, 300.0), (3, 100.0)])],
        vec![sun(), of("B19", &[(1, 300.0), (2, 100.0), (2, 200.0)])],
    ] {
        let error = day_after(start, end, &wind, &past).unwrap_err();
        assert!(error.contains("different values"), "{error}");
    }
    let same = [sun(), of("B19", &[(1, 300.0)]), of("B19", &[(1, 300.0), (3, 300.0)])];
    assert_eq!(day_after(start, end, &same, &past).unwrap().len(), 4);
}
