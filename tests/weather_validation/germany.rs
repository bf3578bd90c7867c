//! Germany in the second half of 2021, where wind decides: what remains of the model once somebody else has forecast wind and
//! sun. Its wind and light are those under which the model yields that forecast; demand has the shape of Morocco's, by the
//! clock, and fuels burn in an order, as they do in a country of which no hours are known.

use alize::grid::weather::{Member, Parameters, Weather, library};
use jiff::Timestamp;

use super::shared::{speed_for, split, table, weather_at};

const FILE: &str = "forecast/DE_dayahead_2021H2.csv.gz";
/// Its columns count quarters of an hour.
const QUARTERS: f64 = 4.0;
/// MW of wind and sun that stood in 2021 (Bundesnetzagentur, rounded).
const FARMS: f64 = 63_000.0;
const PLANTS: f64 = 56_000.0;
/// Hanover, roughly amid them.
const LATITUDE: f64 = 52.4;
const LONGITUDE: f64 = 9.7;

/// One hour: what was forecast the day before, MW, and the intensity that came, gCO2/kWh at the stack.
#[derive(Clone, Copy, Debug)]
pub struct Hour {
    pub start: Timestamp,
    pub intensity: f64,
    wind: f64,
    solar: f64,
    total: f64,
}

/// The data, where they lie beside the repository.
pub fn data() -> Option<Vec<Hour>> {
    let mut reader = table(FILE)?;
    let header = reader.headers().unwrap().clone();
    let of = |name: &str| header.iter().position(|have| have == name).unwrap();
    let (time, intensity) = (of("UTC time"), of("carbon_intensity"));
    let (wind, solar) = (of("avg_wind_production_forecast"), of("avg_solar_production_forecast"));
    let sources: Vec<usize> = (0..header.len())
        .filter(|at| header[*at].ends_with("_production_forecast"))
        .collect();
    let hours = reader.records().map(|record| {
        let record = record.unwrap();
        let number = |at: usize| record[at].parse::<f64>().unwrap_or(0.0);
        Hour {
            start: record[time].replace(' ', "T").parse().unwrap(),
            intensity: number(intensity),
            wind: number(wind) / QUARTERS,
            solar: number(solar) / QUARTERS,
            total: sources.iter().map(|at| number(*at)).sum::<f64>() / QUARTERS,
        }
    });
    Some(hours.collect())
}

/// The weather under which the model yields what was forecast.
pub fn weather(parameters: &Parameters, hours: &[Hour]) -> Weather {
    let panels = parameters.pv.as_ref().unwrap().panels;
    let member = Member {
        wind: hours.iter().map(|hour| Some(speed_for(hour.wind / FARMS))).collect(),
        global: hours
            .iter()
            .map(|hour| Some(hour.solar / PLANTS / panels.performance * 1000.0))
            .collect(),
        direct: Vec::new(),
        air: hours.iter().map(|_| Some(10.0)).collect(),
    };
    weather_at((LATITUDE, LONGITUDE), hours[0].start, member)
}

/// A country with the mean generation of these hours and the yearly shares of 2021 (AG Energiebilanzen, rounded).
pub fn parameters(hours: &[Hour]) -> Parameters {
    let morocco = library("MA").unwrap();
    let mean = hours.iter().map(|hour| hour.total).sum::<f64>() / hours.len() as f64;
    let mut parameters = morocco.clone();
    parameters.id = "DE".into();
    parameters.as_of = jiff::civil::date(2021, 12, 31);
    parameters.demand.year = 2021;
    parameters.demand.mean_megawatts = mean;
    parameters.demand.growth = 0.0;
    parameters.demand.months = [1.1, 1.1, 1.05, 1.0, 0.95, 0.93, 0.93, 0.92, 0.95, 1.0, 1.05, 1.08];
    (parameters.demand.saturday, parameters.demand.sunday) = (0.85, 0.78);
    (parameters.imports, parameters.csp) = (None, None);
    let steady = &mut parameters.steady;
    // Biomass, hydro and nuclear power: 8, 3 and 12 % of generation.
    steady[0].months = [0.11 * mean; 12];
    steady[0].direct = 0.0;
    let mut nuclear = steady[0].clone();
    (nuclear.months, nuclear.renewable) = ([0.12 * mean; 12], false);
    steady.push(nuclear);
    for plant in steady.iter_mut() {
        plant.follows_demand = false;
    }
    parameters.thermal.truncate(2);
    // Coal burns first, as in Morocco's file; gas is the rest.
    (parameters.thermal[0].minimum, parameters.thermal[0].megawatts) = (0.1 * mean, 0.35 * mean);
    (parameters.thermal[1].minimum, parameters.thermal[1].megawatts) = (0.05 * mean, mean);
    let site = split(&morocco.wind.as_ref().unwrap().sites[0], LATITUDE, LONGITUDE);
    let farms = parameters.wind.as_mut().unwrap();
    (farms.sites, farms.factor) = (vec![site("wind", FARMS)], 1.0);
    let plants = parameters.pv.as_mut().unwrap();
    (plants.fixed, plants.tracking, plants.factor) = (vec![site("sun", PLANTS)], Vec::new(), 1.0);
    parameters
}
