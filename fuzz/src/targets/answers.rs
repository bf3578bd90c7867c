//! Answers of every service in its own format, as long as wanted. All numbers are made up: a calm and a sunny day.

use alize::grid::{
    CarbonAware, Eia, ElectricityMaps, Elia, EnergiDataService, EnergyCharts, Entsoe, ModelParameters, Neso, NesoPlace,
    OpenMeteo, Prometheus, SecretKey, SourceKind, SourceSpec, Terms, Unit, WattTime,
};
use alize::units::{Basis, Signal};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Noon of a day in November 2026, when all answers begin.
pub const NOON: i64 = 1_795_176_000;
/// Where the cluster's own services would lie; nobody asks them.
const ENDPOINT: &str = "http://127.0.0.1:1";
/// Sites of the Moroccan fleet are spread over so many places.
const PLACES: i64 = 17;

/// What a source is, and what it answered.
pub struct Answer {
    /// The name of its fuzz target.
    pub target: &'static str,
    /// The source.
    pub spec: SourceSpec,
    /// The bodies, one for each request.
    pub bodies: Vec<String>,
}

/// An answer of every kind of source for `hours` from noon on, in the steps that each is known for. `members` is how many the
/// ensemble of the weather has.
pub fn all(hours: i64, members: i64) -> Vec<Answer> {
    let mut all = texts(hours);
    all.extend(keyless(hours));
    all.extend(own(hours));
    all.extend(keyed(hours));
    all.extend(computed(hours));
    all.push(weather(hours, members));
    all
}

/// So many minutes after noon.
pub fn at(minute: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(NOON + minute * 60)
}

/// From 0 at night to 1 at noon.
fn sun(minute: i64) -> f64 {
    (minute as f64 / 720.0 * std::f64::consts::PI).cos().max(0.0)
}

/// Grams, with two digits.
fn grams(minute: i64) -> f64 {
    (35_000.0 - 20_000.0 * sun(minute)).round() / 100.0
}

/// Percent, with one digit.
fn percent(minute: i64) -> f64 {
    (300.0 + 500.0 * sun(minute)).round() / 10.0
}

/// One value for each step of so many minutes.
fn steps<T>(hours: i64, step: i64, of: impl Fn(i64) -> T) -> Vec<T> {
    (0..hours * 60 / step).map(|number| of(number * step)).collect()
}

fn secret() -> SecretKey {
    SecretKey {
        name: "keys".into(),
        key: "token".into(),
    }
}

fn one(target: &'static str, signal: Signal, kind: SourceKind, bodies: Vec<String>) -> Answer {
    let spec = SourceSpec {
        signal,
        basis: Basis::Unstated,
        flow: None,
        refresh: None,
        kind,
    };
    Answer { target, spec, bodies }
}

fn text(target: &'static str, body: String) -> Answer {
    let kind = SourceKind::ConfigMap {
        name: "forecasts".into(),
        key: "zone".into(),
        location: None,
    };
    one(target, Signal::CarbonIntensity, kind, vec![body])
}

/// Files and ConfigMaps in all their shapes.
fn texts(hours: i64) -> Vec<Answer> {
    let rows = steps(hours, 15, |m| format!("{},{},{}\n", at(m), at(m + 15), grams(m)));
    let bands = steps(hours, 60, |m| {
        format!(
            "{},{},{},{},,{}\n",
            at(m),
            at(m + 60),
            grams(m),
            grams(m) - 9.5,
            grams(m) + 9.5
        )
    });
    let points = steps(
        hours,
        15,
        |m| json!({"start": at(m), "end": at(m + 15), "value": grams(m), "p10": grams(m), "p90": grams(m) + 1.0}),
    );
    let emissions = steps(
        hours,
        60,
        |m| json!({"Location": "eastus", "Time": at(m), "Rating": grams(m), "Duration": "01:00:00"}),
    );
    let exported = steps(
        hours,
        5,
        |m| json!({"location": "westeurope", "timestamp": at(m), "duration": 5, "value": grams(m)}),
    );
    vec![
        text("text", format!("start,end,value\n{}", rows.concat())),
        text("text", format!("start,end,value,p10,p50,p90\n{}", bands.concat())),
        text(
            "text",
            json!({"issuedAt": at(-20), "source": "ONEE", "estimated": true, "points": points}).to_string(),
        ),
        text(
            "text",
            json!({"Date": "2026-11-20", "Emissions": emissions}).to_string(),
        ),
        text("text", Value::from(exported).to_string()),
    ]
}

/// Services that want no key.
fn keyless(hours: i64) -> Vec<Answer> {
    let charts = json!({"unix_seconds": steps(hours, 15, |m| at(m).as_second()), "ren_share": steps(hours, 15, percent),
        "substitute": false});
    let half_hour = |m| {
        json!({"from": minute(m), "to": minute(m + 30), "intensity": {"forecast": grams(m)},
            "generationmix": [{"fuel": "gas", "perc": 100.0 - percent(m)}, {"fuel": "wind", "perc": percent(m)},
            {"fuel": "solar", "perc": 0}, {"fuel": "hydro", "perc": 0}, {"fuel": "biomass", "perc": 0}]})
    };
    let nation = json!({"data": steps(hours, 30, half_hour)});
    let region = json!({"data": {"regionid": 13, "data": steps(hours, 30, half_hour)}});
    let five_minutes = |m| json!({"Minutes5UTC": second(m), "PriceArea": "DK1", "CO2Emission": grams(m)});
    let denmark = json!({"records": steps(hours, 5, five_minutes)});
    let spain = SourceKind::EnergyCharts(EnergyCharts {
        country: "es".into(),
        endpoint: None,
    });
    let jutland = SourceKind::EnergiDataService(EnergiDataService {
        price_area: "DK1".into(),
        endpoint: None,
    });
    let neso = |place| SourceKind::Neso(Neso { place, endpoint: None });
    let (share, grams) = (Signal::RenewableShare, Signal::CarbonIntensity);
    vec![
        one("energy_charts", share, spain, vec![charts.to_string()]),
        one("neso", grams, neso(NesoPlace::Nation), vec![nation.to_string()]),
        one("neso", share, neso(NesoPlace::Region(13)), vec![region.to_string()]),
        one("energi_data_service", grams, jutland, vec![denmark.to_string()]),
    ]
}

/// Services that run in the cluster.
fn own(hours: i64) -> Vec<Answer> {
    let five_minutes = |m| json!({"location": "westeurope", "timestamp": at(m), "duration": 5, "value": grams(m)});
    let sdk =
        json!([{"generatedAt": at(-60), "location": "westeurope", "forecastData": steps(hours, 5, five_minutes)}]);
    let slot = |m| json!({"metric": {"slot_start": at(m)}, "values": [[NOON - 300, percent(m).to_string()]]});
    let slots = steps(hours, 15, slot);
    let prometheus = json!({"status": "success", "data": {"resultType": "matrix", "result": slots}});
    let westeurope = SourceKind::CarbonAware(CarbonAware {
        location: "westeurope".into(),
        endpoint: ENDPOINT.into(),
    });
    let query = SourceKind::Prometheus(Prometheus {
        query: "grid_share".into(),
        step: SignedDuration::from_mins(15),
        unit: Unit::Percent,
        endpoint: ENDPOINT.into(),
        secret: None,
        tenant: None,
    });
    vec![
        one(
            "carbon_aware",
            Signal::CarbonIntensity,
            westeurope,
            vec![sdk.to_string()],
        ),
        one(
            "prometheus",
            Signal::RenewableShare,
            query,
            vec![prometheus.to_string(); 2],
        ),
    ]
}

/// Services that want a key.
fn keyed(hours: i64) -> Vec<Answer> {
    let maps = || {
        SourceKind::ElectricityMaps(ElectricityMaps {
            zone: "MA".into(),
            horizon_hours: 72,
            secret: secret(),
            endpoint: None,
        })
    };
    let forecast = steps(hours, 15, |m| json!({"carbonIntensity": grams(m), "datetime": at(m)}));
    let shares = steps(
        hours,
        15,
        |m| json!({"datetime": at(m), "value": percent(m), "unit": "%", "isEstimated": true}),
    );
    let moer = steps(hours, 5, |m| json!({"point_time": at(m), "value": grams(m)}));
    let watttime = json!({"data": moer, "meta": {"region": "CAISO_NORTH", "signal_type": "co2_moer",
        "units": "lbs_co2_per_mwh", "data_point_period_seconds": 300, "generated_at": at(0)}});
    vec![
        one(
            "electricity_maps",
            Signal::CarbonIntensity,
            maps(),
            vec![json!({"zone": "MA", "updatedAt": at(-20), "forecast": forecast}).to_string()],
        ),
        one(
            "electricity_maps",
            Signal::RenewableShare,
            maps(),
            vec![json!({"zone": "MA", "unit": "%", "data": shares}).to_string()],
        ),
        one(
            "watttime",
            Signal::MarginalIntensity,
            SourceKind::WattTime(WattTime {
                region: "CAISO_NORTH".into(),
                secret: "login".into(),
                endpoint: None,
            }),
            vec![watttime.to_string()],
        ),
    ]
}

/// Services from whose generation and load it is computed.
fn computed(hours: i64) -> Vec<Answer> {
    use Signal::{CarbonIntensity, RenewableShare};
    let spain = || {
        SourceKind::Entsoe(Entsoe {
            area: "10YES-REE------0".into(),
            secret: secret(),
            endpoint: None,
        })
    };
    let california = || {
        SourceKind::Eia(Eia {
            respondent: "CISO".into(),
            secret: secret(),
            endpoint: None,
        })
    };
    let weather = xml(hours, 0, &["B16", "B19"]);
    let documents = vec![
        weather,
        xml(hours, 0, &[""]),
        xml(hours, -24 * 60, &["B12", "B04", "B10"]),
    ];
    let fuel = |m: i64, name, value: f64| {
        json!({"period": ending(m), "respondent": "CISO", "fueltype": name,
        "value": value.to_string()})
    };
    let mix = steps(hours, 60, |m| {
        ["SUN", "WND", "NG", "WAT", "NUC", "OTH"].map(|name| fuel(m, name, 1000.0 + grams(m)))
    });
    let mix: Vec<Value> = mix.into_iter().flatten().collect();
    let california_says = json!({"response": {"total": mix.len().to_string(), "data": mix}}).to_string();
    let belgium = |factor: f64| {
        let quarter = |m| {
            let power = factor * percent(m);
            json!({"datetime": at(m), "mostrecentforecast": power, "mostrecentconfidence10": power * 0.9,
                "mostrecentconfidence90": power * 1.1})
        };
        Value::from(steps(hours, 15, quarter)).to_string()
    };
    vec![
        one("entsoe", RenewableShare, spain(), documents.clone()),
        one("entsoe", CarbonIntensity, spain(), documents),
        one("eia", RenewableShare, california(), vec![california_says.clone()]),
        one("eia", CarbonIntensity, california(), vec![california_says]),
        one(
            "elia",
            RenewableShare,
            SourceKind::Elia(Elia { endpoint: None }),
            vec![belgium(20.0), belgium(10.0), belgium(100.0)],
        ),
    ]
}

/// Weather for the model, and an ensemble of it.
fn weather(hours: i64, members: i64) -> Answer {
    let place = |number: i64, members: i64| {
        let mut units = serde_json::Map::new();
        let mut columns = serde_json::Map::new();
        // As many times as it takes to know every hour.
        let times = hours + 1;
        columns.insert("time".into(), steps(times, 60, |m| at(m).as_second()).into());
        for member in 0..members {
            let suffix = if member == 0 {
                String::new()
            } else {
                format!("_member{member:02}")
            };
            let wind = steps(times, 60, |m| ((m / 60 + number + member) % 14) as f64 + 0.5);
            let light = steps(times, 60, |m| (sun(m) * 6000.0).round() / 10.0);
            for (name, unit, values) in [("wind_speed_100m", "m/s", wind), ("shortwave_radiation", "W/m²", light)] {
                units.insert(format!("{name}{suffix}"), unit.into());
                columns.insert(format!("{name}{suffix}"), values.into());
            }
        }
        json!({"latitude": 27.9 + 0.45 * number as f64, "longitude": -12.9 + 0.6 * number as f64,
            "hourly_units": units, "hourly": columns})
    };
    let places = |members| {
        let places: Vec<Value> = (0..PLACES).map(|number| place(number, members)).collect();
        Value::from(places).to_string()
    };
    let kind = SourceKind::OpenMeteo(OpenMeteo {
        zone: "MA".into(),
        parameters: ModelParameters::BuiltIn,
        terms: Terms::NonCommercial,
        endpoint: None,
    });
    one(
        "open_meteo",
        Signal::RenewableShare,
        kind,
        vec![places(1), places(members)],
    )
}

/// As in `2026-11-20T12:00Z`.
fn minute(minute: i64) -> String {
    at(minute).strftime("%Y-%m-%dT%H:%MZ").to_string()
}

/// As in `2026-11-20T12:00:00`.
fn second(minute: i64) -> String {
    at(minute).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// The hour that starts then, called as EIA does by its end.
fn ending(minute: i64) -> String {
    at(minute + 60).strftime("%Y-%m-%dT%H").to_string()
}

/// A document of ENTSO-E, of quarter hours by kind of plant, from `from` minutes after noon on.
fn xml(hours: i64, from: i64, kinds: &[&str]) -> String {
    let quarters = steps(hours, 15, |m| {
        format!(
            "<Point><position>{}</position><quantity>{}</quantity></Point>",
            m / 15 + 1,
            1000.0 + grams(m)
        )
    });
    let quarters = quarters.concat();
    let series = kinds.iter().map(|kind| {
        let kind = match *kind {
            "" => String::new(),
            kind => format!("<MktPSRType><psrType>{kind}</psrType></MktPSRType>"),
        };
        let (start, end) = (minute(from), minute(from + hours * 60));
        format!(
            "<TimeSeries><curveType>A01</curveType>{kind}<Period><timeInterval><start>{start}</start><end>{end}</end>\
             </timeInterval><resolution>PT15M</resolution>{quarters}</Period></TimeSeries>"
        )
    });
    let series: String = series.collect();
    format!(
        "<GL_MarketDocument xmlns=\"urn:iec62325.351:tc57wg16:451-6:generationloaddocument:3:0\">{series}</GL_MarketDocument>"
    )
}
