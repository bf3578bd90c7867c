//! A target for every parser of what somebody else wrote: bytes in, and what comes out is held to what always holds.

pub mod answers;
mod files;
mod objects;
mod recalled;
mod refused;

use std::sync::LazyLock;

use alize::grid::weather::{self, Parameters, Weather};
use alize::grid::{read_saved, read_saved_login};
use alize::planner::Point;
use alize::twin::backtest;
use alize::twin::table::Table;
use answers::{Answer, at};

/// Where several bodies or files make one input, this stands between them.
const BETWEEN: u8 = 0;

/// A target: what it does with bytes. It returns whether they were what it reads, and panics over what must never be.
pub type Target = fn(&[u8]) -> bool;

/// All targets, each a file of `fuzz_targets`.
pub const TARGETS: [(&str, Target); 22] = [
    ("carbon_aware", |bytes| source("carbon_aware", bytes)),
    ("country", country),
    ("eia", |bytes| source("eia", bytes)),
    ("electricity_maps", |bytes| source("electricity_maps", bytes)),
    ("elia", |bytes| source("elia", bytes)),
    ("energi_data_service", |bytes| source("energi_data_service", bytes)),
    ("energy_charts", |bytes| source("energy_charts", bytes)),
    ("entsoe", |bytes| source("entsoe", bytes)),
    ("login", login),
    ("memory", recalled::memory),
    ("neso", |bytes| source("neso", bytes)),
    ("open_meteo", |bytes| source("open_meteo", bytes)),
    ("packed", refused::packed),
    ("plea", refused::plea),
    ("policy", objects::policy),
    ("prometheus", |bytes| source("prometheus", bytes)),
    ("refusal", refused::refusal),
    ("scenario", files::scenario),
    ("table", table),
    ("text", |bytes| source("text", bytes)),
    ("watttime", |bytes| source("watttime", bytes)),
    ("zone", objects::zone),
];

/// Short answers of all sources; what they are read as.
static SHORT: LazyLock<Vec<Answer>> = LazyLock::new(|| answers::all(2, 2));

/// Valid inputs of a target, to begin with.
pub fn seeds(name: &str) -> Vec<Vec<u8>> {
    match name {
        "country" => vec![include_bytes!("../../../src/grid/weather/zones/ma.json").to_vec()],
        "login" => vec![br#"{"token":"eyJhbGciOi.J9-x_y"}"#.to_vec()],
        "memory" => vec![recalled::seed()],
        "packed" => refused::packed_seeds(),
        "plea" => refused::PLEAS.map(|plea| plea.as_bytes().to_vec()).to_vec(),
        "policy" => vec![objects::POLICY.to_vec()],
        "refusal" => refused::REFUSALS.map(|refusal| refusal.as_bytes().to_vec()).to_vec(),
        "scenario" => vec![files::seed()],
        "table" => {
            vec![b"time,value\n2026-11-20T12:00:00Z,300\n2026-11-20 13:00,\n2026-11-20T14:00:00+01:00,280.5\n".to_vec()]
        }
        "zone" => vec![objects::ZONE.to_vec()],
        name => {
            let answers = SHORT.iter().filter(|answer| answer.target == name);
            answers.map(|answer| answer.bodies.join("\0").into_bytes()).collect()
        }
    }
}

/// The answer of a source, as each of its signals and places.
fn source(name: &str, bytes: &[u8]) -> bool {
    let mut is_read = false;
    for answer in SHORT.iter().filter(|answer| answer.target == name) {
        let count = answer.bodies.len();
        let mut bodies: Vec<Vec<u8>> = bytes
            .splitn(count, |byte| *byte == BETWEEN)
            .map(<[u8]>::to_vec)
            .collect();
        bodies.resize(count, Vec::new());
        let Ok(points) = read_saved(&answer.spec, &bodies, at(0)) else {
            continue;
        };
        hold(&points);
        is_read = true;
    }
    is_read
}

/// There are points; each is finite and ends after its start, its band too, and none overlaps the next.
fn hold(points: &[Point]) {
    let sound = |point: &Point| {
        let is_band = point
            .band
            .is_none_or(|band| band.p10.is_finite() && band.p10 <= band.p90);
        point.value.is_finite() && is_band && point.slot.start < point.slot.end
    };
    assert!(!points.is_empty() && points.iter().all(sound));
    assert!(points.windows(2).all(|pair| pair[0].slot.end <= pair[1].slot.start));
}

/// The answer to a login: what it gives is shown nowhere.
fn login(bytes: &[u8]) -> bool {
    let token = read_saved_login(bytes);
    if let Ok(token) = &token {
        assert_eq!(format!("{token} {token:?}"), "[redacted] [redacted]");
    }
    token.is_ok()
}

/// The parameters of a country; where they are valid, so is what the model makes of them.
fn country(bytes: &[u8]) -> bool {
    static WEATHER: LazyLock<Weather> = LazyLock::new(|| {
        let answer = SHORT.iter().find(|answer| answer.target == "open_meteo");
        weather::read(answer.expect("a seed").bodies[1].as_bytes()).expect("weather")
    });
    let Ok(parameters) = Parameters::read("XX", &String::from_utf8_lossy(bytes)) else {
        return false;
    };
    if let Ok(forecast) = weather::forecast(&parameters, &WEATHER, None, at(0)) {
        let mixes = forecast.hours.iter().flat_map(|hour| [hour.p10, hour.middle, hour.p90]);
        mixes.for_each(|mix| assert!(mix.share.is_finite() && mix.life_cycle >= 0.0 && mix.direct >= 0.0));
    }
    true
}

/// A CSV table to judge forecasts on.
fn table(bytes: &[u8]) -> bool {
    let series = |table: &Table| backtest::series(table, (&"time".into(), &"value".into()), (None, None));
    Table::parse("a.csv".as_ref(), bytes.to_vec()).is_ok_and(|table| series(&table).is_ok())
}
