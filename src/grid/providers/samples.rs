//! For tests: one answer of each service in its own format, of noon to two o'clock on a day in November. All numbers are made up.

use jiff::{SignedDuration, Timestamp};

use super::{
    CarbonAware, Eia, ElectricityMaps, Elia, EnergiDataService, EnergyCharts, Entsoe, ModelParameters, Neso, NesoPlace,
    OpenMeteo, Prometheus, Terms, Unit, WattTime,
};
use crate::grid::secrets::SecretKey;
use crate::grid::spec::{SourceKind, SourceSpec};
use crate::grid::weather;
use crate::units::{Basis, Signal};

/// A source, and what it is answered.
pub(super) struct Sample {
    /// Who is asked for what.
    pub(super) spec: SourceSpec,
    /// The answers.
    pub(super) bodies: Vec<String>,
    /// The value at noon.
    pub(super) at_noon: f64,
}

/// Noon.
pub(super) fn noon() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn secret() -> SecretKey {
    SecretKey {
        name: "keys".into(),
        key: "token".into(),
    }
}

fn sample(signal: Signal, kind: SourceKind, at_noon: f64, bodies: &[&str]) -> Sample {
    Sample {
        spec: SourceSpec {
            signal,
            basis: Basis::Unstated,
            flow: None,
            refresh: None,
            kind,
        },
        bodies: bodies.iter().map(|body| (*body).to_owned()).collect(),
        at_noon,
    }
}

/// One or two of each.
pub(super) fn all() -> Vec<Sample> {
    let all = [keyed(), keyless(), own(), computed(), vec![modelled()]];
    all.into_iter().flatten().collect()
}

const MAPS: &str = r#"{"zone":"MA","updatedAt":"2026-11-20T11:40:11.000Z",
    "forecast":[{"carbonIntensity":566,"datetime":"2026-11-20T12:00:00.000Z"},
    {"carbonIntensity":null,"datetime":"2026-11-20T13:00:00.000Z"}]}"#;
const MAPS_SHARE: &str = r#"{"zone":"MA","unit":"%","data":[
    {"datetime":"2026-11-20T12:00:00.000Z","value":"61.2","unit":"%","isEstimated":true}]}"#;
const WATTTIME: &str = r#"{"data":[{"point_time":"2026-11-20T12:00:00+00:00","value":1000},
    {"point_time":"2026-11-20T12:00:00+00:00","value":1000}],
    "meta":{"region":"CAISO_NORTH","signal_type":"co2_moer","units":"lbs_co2_per_mwh",
    "data_point_period_seconds":300,"generated_at":"2026-11-20T12:00:00+00:00"}}"#;
const NATION: &str = r#"{"data":[{"from":"2026-11-20T12:00Z","to":"2026-11-20T12:30Z",
    "intensity":{"forecast":143,"actual":null,"index":"moderate"}}]}"#;
const LONDON: &str = r#"{"data":{"regionid":13,"shortname":"London","data":[
    {"from":"2026-11-20T12:00Z","to":"2026-11-20T12:30Z","intensity":{"forecast":120,"index":"moderate"},
    "generationmix":[{"fuel":"biomass","perc":3},{"fuel":"imports","perc":12.4},{"fuel":"hydro","perc":0.4},
    {"fuel":"solar","perc":6.6},{"fuel":"wind","perc":35}]}]}}"#;
const CHARTS: &str = r#"{"unix_seconds":[1795176000,1795176900],"ren_share":[58.3,null],"substitute":false}"#;
const DENMARK: &str = r#"{"records":[{"Minutes5UTC":"2026-11-20T12:00:00","Minutes5DK":"2026-11-20T13:00:00",
    "PriceArea":"DK1","CO2Emission":84.0}]}"#;
const SDK: &str = r#"[{"generatedAt":"2026-11-20T11:00:00+00:00","location":"westeurope",
    "forecastData":[{"location":"westeurope","timestamp":"2026-11-20T12:00:00+00:00","duration":5,"value":214.9}]}]"#;
const PROMETHEUS: &str = r#"{"status":"success","data":{"resultType":"matrix",
    "result":[{"metric":{"slot_start":"2026-11-20T12:00:00Z"},"values":[[1795175000,"NaN"],[1795175900,"31"]]}]},
    "warnings":["w"]}"#;

/// Those that want a key.
fn keyed() -> Vec<Sample> {
    let maps = || {
        SourceKind::ElectricityMaps(ElectricityMaps {
            zone: "MA".into(),
            horizon_hours: 24,
            secret: secret(),
            endpoint: None,
        })
    };
    let watttime = SourceKind::WattTime(WattTime {
        region: "CAISO_NORTH".into(),
        secret: "watttime".into(),
        endpoint: None,
    });
    vec![
        sample(Signal::CarbonIntensity, maps(), 566.0, &[MAPS]),
        sample(Signal::RenewableShare, maps(), 0.612, &[MAPS_SHARE]),
        sample(Signal::MarginalIntensity, watttime, 453.592_37, &[WATTTIME]),
    ]
}

/// Those that want none.
fn keyless() -> Vec<Sample> {
    let neso = |place| SourceKind::Neso(Neso { place, endpoint: None });
    let charts = SourceKind::EnergyCharts(EnergyCharts {
        country: "es".into(),
        endpoint: None,
    });
    let denmark = SourceKind::EnergiDataService(EnergiDataService {
        price_area: "DK1".into(),
        endpoint: None,
    });
    vec![
        sample(Signal::CarbonIntensity, neso(NesoPlace::Nation), 143.0, &[NATION]),
        sample(Signal::RenewableShare, neso(NesoPlace::Region(13)), 0.45, &[LONDON]),
        sample(Signal::RenewableShare, charts, 0.583, &[CHARTS]),
        sample(Signal::CarbonIntensity, denmark, 84.0, &[DENMARK]),
    ]
}

/// Those that run in the cluster.
fn own() -> Vec<Sample> {
    let endpoint = || "http://127.0.0.1:1".to_owned();
    let sdk = SourceKind::CarbonAware(CarbonAware {
        location: "westeurope".into(),
        endpoint: endpoint(),
    });
    let prometheus = SourceKind::Prometheus(Prometheus {
        query: "grid_share".into(),
        step: SignedDuration::from_hours(1),
        unit: Unit::Percent,
        endpoint: endpoint(),
        secret: None,
        tenant: None,
    });
    vec![
        sample(Signal::CarbonIntensity, sdk, 214.9, &[SDK]),
        sample(Signal::RenewableShare, prometheus, 0.31, &[PROMETHEUS, PROMETHEUS]),
    ]
}

/// Those from which it is computed.
fn computed() -> Vec<Sample> {
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
    let california_says = r#"{"response":{"total":"3","data":[
        {"period":"2026-11-20T13","respondent":"CISO","fueltype":"SUN","value":"600"},
        {"period":"2026-11-20T13","respondent":"CISO","fueltype":"NG","value":"400"},
        {"period":"2026-11-20T13","respondent":"CISO","fueltype":"WAT","value":"-50"}]}}"#;
    let wind_and_sun = xml(&[("B16", "2026-11-20T12:00Z", 300), ("B19", "2026-11-20T12:00Z", 500)]);
    let whole = xml(&[("", "2026-11-20T12:00Z", 2000)]);
    let past = xml(&[
        ("B12", "2026-11-19T12:00Z", 200),
        ("B04", "2026-11-19T12:00Z", 200),
        ("B10", "2026-11-19T12:00Z", 999),
    ]);
    let documents = [&*wind_and_sun, &whole, &past];
    let belgium = |megawatts: u32| {
        format!(
            r#"[{{"datetime":"2026-11-20T12:00:00+00:00","mostrecentforecast":{megawatts},
            "mostrecentconfidence10":{},"mostrecentconfidence90":{}}}]"#,
            megawatts - 100,
            megawatts + 100
        )
    };
    let (wind, sun, load) = (belgium(2000), belgium(1000), belgium(10_000));
    // Gas and water in equal parts give 257 g; of 2,000 MW, 500 are wind and 300 sun.
    let intensity = (500.0 * 11.0 + 300.0 * 45.0 + 1200.0 * 257.0) / 2000.0;
    vec![
        sample(RenewableShare, spain(), 0.5, &documents),
        sample(CarbonIntensity, spain(), intensity, &documents),
        sample(RenewableShare, california(), 0.6, &[california_says]),
        sample(
            CarbonIntensity,
            california(),
            0.6 * 45.0 + 0.4 * 490.0,
            &[california_says],
        ),
        sample(
            RenewableShare,
            SourceKind::Elia(Elia { endpoint: None }),
            0.3,
            &[&wind, &sun, &load],
        ),
    ]
}

/// The one from whose weather we model the mix.
fn modelled() -> Sample {
    let weather = |wind: f64| {
        format!(
            r#"[{{"latitude":27.9,"longitude":-12.9,"hourly_units":{{"wind_speed_100m":"m/s","shortwave_radiation":"W/m²"}},
            "hourly":{{"time":[1795172400,1795176000,1795179600],"wind_speed_100m":[{wind},{wind},{wind}],
            "shortwave_radiation":[500,600,null]}}}},{{"latitude":31,"longitude":-6.9,"hourly_units":{{"wind_speed_100m":"m/s",
            "shortwave_radiation":"W/m²"}},"hourly":{{"time":["2026-11-20T11:00","2026-11-20T12:00","2026-11-20T13:00"],
            "wind_speed_100m":[{wind},{wind},{wind}],"shortwave_radiation":[500,600,700]}}}}]"#
        )
    };
    let (forecast, ensemble) = (weather(8.0), weather(9.0));
    let morocco = weather::library("MA").unwrap();
    let answer = weather::read(forecast.as_bytes()).unwrap();
    let hours = weather::forecast(&morocco, &answer, None, noon()).unwrap().hours;
    let at_noon = hours
        .iter()
        .find(|hour| hour.slot.contains(noon()))
        .unwrap()
        .middle
        .share;
    let kind = SourceKind::OpenMeteo(OpenMeteo {
        zone: "MA".into(),
        parameters: ModelParameters::BuiltIn,
        terms: Terms::Key(secret()),
        endpoint: None,
    });
    sample(Signal::RenewableShare, kind, at_noon, &[&forecast, &ensemble])
}

/// A document of series of an hour.
pub(super) fn xml(series: &[(&str, &str, u32)]) -> String {
    let one = |(psr, start, power): &(&str, &str, u32)| {
        let end = start.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(1);
        let kind = match *psr {
            "" => String::new(),
            psr => format!("<MktPSRType><psrType>{psr}</psrType></MktPSRType>"),
        };
        format!(
            "<TimeSeries><curveType>A03</curveType>{kind}<Period><timeInterval><start>{start}</start><end>{}</end>\
             </timeInterval><resolution>PT60M</resolution><Point><position>1</position><quantity>{power}</quantity></Point>\
             </Period></TimeSeries>",
            end.strftime("%Y-%m-%dT%H:%MZ")
        )
    };
    let series: String = series.iter().map(one).collect();
    format!(
        "<GL_MarketDocument xmlns=\"urn:iec62325.351:tc57wg16:451-6:generationloaddocument:3:0\">{series}</GL_MarketDocument>"
    )
}
