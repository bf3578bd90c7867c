//! For tests: one answer of each service in its own format, of noon to two o'clock on a day in November. All numbers are made up.

use jiff::{SignedDuration, Timestamp};

use super::{
    CarbonAware, Eia, ElectricityMaps, Elia, EnergiDataService, EnergyCharts, Entsoe, Neso, NesoPlace, OpenMeteo,
    Prometheus, Terms, Unit, WattTime,
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
            refresh: None,
            kind,
        },
        bodies: bodies.iter().map(|body| (*body).to_owned()).collect(),
        at_noon,
    }
}

/// One or two of each.
pub(super) fn all() -> Vec<Sample> {
    let mut all = plain();
    all.extend(computed());
    all.push(modelled());
    all
}

/// Those that give what we want.
fn plain() -> Vec<Sample> {
    use Signal::{CarbonIntensity, MarginalIntensity, RenewableShare};
    let endpoint = || "http://127.0.0.1:1".to_owned();
    let maps = || {
        SourceKind::ElectricityMaps(ElectricityMaps {
            zone: "MA".into(),
            horizon_hours: 24,
            secret: secret(),
            endpoint: None,
        })
    };
    let london = || {
        SourceKind::Neso(Neso {
            place: NesoPlace::Region(13),
            endpoint: None,
        })
    };
    let nation = Neso {
        place: NesoPlace::Nation,
        endpoint: None,
    };
    let charts = EnergyCharts {
        country: "es".into(),
        endpoint: None,
    };
    let denmark = EnergiDataService {
        price_area: "DK1".into(),
        endpoint: None,
    };
    let sdk = CarbonAware {
        location: "westeurope".into(),
        endpoint: endpoint(),
    };
    let prometheus = Prometheus {
        query: "grid_share".into(),
        step: SignedDuration::from_hours(1),
        unit: Unit::Percent,
        endpoint: endpoint(),
    };
    let watttime = WattTime {
        region: "CAISO_NORTH".into(),
        secret: "watttime".into(),
        endpoint: None,
    };
    vec![
        sample(
            CarbonIntensity,
            maps(),
            566.0,
            &[r#"{"zone":"MA","updatedAt":"2026-11-20T11:40:11.000Z",
            "forecast":[{"carbonIntensity":566,"datetime":"2026-11-20T12:00:00.000Z"},
            {"carbonIntensity":null,"datetime":"2026-11-20T13:00:00.000Z"}]}"#],
        ),
        sample(
            RenewableShare,
            maps(),
            0.612,
            &[r#"{"zone":"MA","unit":"%","data":[
            {"datetime":"2026-11-20T12:00:00.000Z","value":"61.2","unit":"%","isEstimated":true}]}"#],
        ),
        sample(
            CarbonIntensity,
            SourceKind::Neso(nation),
            143.0,
            &[r#"{"data":[{"from":"2026-11-20T12:00Z",
            "to":"2026-11-20T12:30Z","intensity":{"forecast":143,"actual":null,"index":"moderate"}}]}"#],
        ),
        sample(
            RenewableShare,
            london(),
            0.45,
            &[r#"{"data":{"regionid":13,"shortname":"London","data":[
            {"from":"2026-11-20T12:00Z","to":"2026-11-20T12:30Z","intensity":{"forecast":120,"index":"moderate"},
            "generationmix":[{"fuel":"biomass","perc":3},{"fuel":"imports","perc":12.4},{"fuel":"hydro","perc":0.4},
            {"fuel":"solar","perc":6.6},{"fuel":"wind","perc":35}]}]}}"#],
        ),
        sample(
            RenewableShare,
            SourceKind::EnergyCharts(charts),
            0.583,
            &[r#"{"unix_seconds":[1795176000,1795176900],"ren_share":[58.3,null],"substitute":false}"#],
        ),
        sample(
            CarbonIntensity,
            SourceKind::EnergiDataService(denmark),
            84.0,
            &[r#"{"records":[
            {"Minutes5UTC":"2026-11-20T12:00:00","Minutes5DK":"2026-11-20T13:00:00","PriceArea":"DK1","CO2Emission":84.0}]}"#],
        ),
        sample(
            CarbonIntensity,
            SourceKind::CarbonAware(sdk),
            214.9,
            &[r#"[{"generatedAt":"2026-11-20T11:00:00+00:00",
            "location":"westeurope","forecastData":[{"location":"westeurope","timestamp":"2026-11-20T12:00:00+00:00",
            "duration":5,"value":214.9}]}]"#],
        ),
        sample(
            RenewableShare,
            SourceKind::Prometheus(prometheus),
            0.31,
            &[r#"{"status":"success","data":
            {"resultType":"matrix","result":[{"metric":{"slot_start":"2026-11-20T12:00:00Z"},
            "values":[[1795175000,"NaN"],[1795175900,"31"]]}]},"warnings":["w"]}"#],
        ),
        sample(
            MarginalIntensity,
            SourceKind::WattTime(watttime),
            453.592_37,
            &[r#"{"data":[
            {"point_time":"2026-11-20T12:00:00+00:00","value":1000},{"point_time":"2026-11-20T12:00:00+00:00","value":1000}],
            "meta":{"region":"CAISO_NORTH","signal_type":"co2_moer","units":"lbs_co2_per_mwh",
            "data_point_period_seconds":300,"generated_at":"2026-11-20T12:00:00+00:00"}}"#],
        ),
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
