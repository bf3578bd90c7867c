//! Tests: under a typical year of weather each country's model yields the energies that are published.

use super::balance::{AS_KNOWN, balance};
use super::model::Fleet;
use super::typical::{Climate, year};
use super::{Parameters, Site, Yield, library};

/// Typical years that a mean is taken over.
const YEARS: u64 = 8;

/// GWh of a typical year, and means weighted by demand.
#[derive(Debug, Default)]
struct Year {
    demand: f64,
    wind: f64,
    solar: f64,
    share: f64,
    life_cycle: f64,
    direct: f64,
}

impl Year {
    fn add(&mut self, demand: f64, yielded: Yield, parameters: &Parameters, instant: jiff::Timestamp) {
        let mix = balance(parameters, yielded, instant, AS_KNOWN);
        let years = YEARS as f64;
        self.demand += demand / years;
        self.wind += yielded.wind / 1000.0 / years;
        self.solar += (yielded.pv + yielded.csp) / 1000.0 / years;
        self.share += demand * mix.share / years;
        self.life_cycle += demand * mix.life_cycle / years;
        self.direct += demand * mix.direct / years;
    }
}

/// The climates of the sites: mean winds to half a metre per second, as an engineer would guess them.
fn climate(site: &Site) -> Climate {
    let wind = match site.name.as_str() {
        "Tarfaya" | "Akhfennir" | "Foum El Oued" | "Amogdoul" | "Jbel Lahdid" => 8.5,
        "Aftissat" | "Boujdour" => 9.5,
        "Tanger" | "Koudia Al Baida" | "Haouma" | "Khalladi" => 9.0,
        "Taiba N'Diaye" => 7.0,
        "Sidi Daoud" | "Bizerte" => 6.5,
        _ => 7.5,
    };
    let clearness = if site.latitude > 34.0 { 0.75 } else { 0.82 };
    Climate { wind, clearness }
}

/// The mean of several typical years.
fn typical(parameters: &Parameters) -> Year {
    let mut sum = Year::default();
    for seed in 1..=YEARS {
        let weather = year(parameters, parameters.published.year, climate, seed);
        for (hour, yielded) in Fleet::new(parameters, &weather).yields(0).into_iter().enumerate() {
            let instant = weather.slot(hour).start;
            let demand = parameters.demand.megawatts(instant) / 1000.0;
            sum.add(demand, yielded.unwrap(), parameters, instant);
        }
    }
    Year {
        share: sum.share / sum.demand,
        life_cycle: sum.life_cycle / sum.demand,
        direct: sum.direct / sum.demand,
        ..sum
    }
}

/// GWh that each fuel burns: the emissions of a world in which nothing else emits.
fn burnt(parameters: &Parameters) -> Vec<(String, f64)> {
    let only = |fuel: &str| {
        let mut only = parameters.clone();
        only.thermal
            .iter_mut()
            .for_each(|other| other.direct = f64::from(u8::from(other.name == fuel)));
        only.steady.iter_mut().for_each(|plant| plant.direct = 0.0);
        only.imports.iter_mut().for_each(|imports| imports.direct = 0.0);
        let year = typical(&only);
        year.direct * year.demand
    };
    let fuels = parameters.thermal.iter().map(|fuel| fuel.name.clone());
    fuels.map(|fuel| (fuel.clone(), only(&fuel))).collect()
}

fn is_near(value: f64, published: f64, tolerance: f64) -> bool {
    (value / published - 1.0).abs() < tolerance
}

#[test]
fn a_typical_year_of_morocco_has_the_energies_of_2024() {
    let parameters = library("ma").unwrap();
    let year = typical(&parameters);
    println!("MA in a typical year of weather: {year:?}");
    let published = &parameters.published;
    assert!(is_near(year.demand, published.demand, 0.01), "{year:?}");
    assert!(is_near(year.wind, published.wind, 0.02), "{year:?}");
    assert!(is_near(year.solar, published.solar, 0.02), "{year:?}");
    // ANRE: 26.7 % of generation with pumped storage; own arithmetic of grid-providers §11: 568 g of generation, imports less.
    assert!((0.25..0.28).contains(&year.share), "{year:?}");
    assert!((535.0..570.0).contains(&year.life_cycle), "{year:?}");
    assert!((475.0..510.0).contains(&year.direct), "{year:?}");
}

#[test]
fn a_typical_year_of_each_country_has_the_energies_that_its_file_names() {
    for country in super::countries() {
        let parameters = library(country).unwrap();
        let year = typical(&parameters);
        println!("{country} in a typical year of weather: {year:?}");
        let published = &parameters.published;
        assert!(is_near(year.demand, published.demand, 0.01), "{country}: {year:?}");
        assert!(
            (year.wind - published.wind).abs() <= 0.05 * published.wind,
            "{country}: {year:?}"
        );
        assert!(
            (year.solar - published.solar).abs() <= 0.05 * published.solar,
            "{country}: {year:?}"
        );
    }
}

#[test]
fn a_typical_year_of_morocco_burns_about_what_2024_burnt() {
    let burnt = burnt(&library("MA").unwrap());
    println!("MA in a typical year of weather burns GWh: {burnt:?}");
    // Shares of 43,713 GWh of generation (ANRE), which are published in whole percents.
    for ((fuel, energy), (name, percent)) in burnt.iter().zip([("coal", 60.0), ("gas", 10.0), ("oil", 3.0)]) {
        assert_eq!(fuel, name);
        assert!((energy / 437.13 - percent).abs() < 1.5, "{fuel}: {energy}");
    }
}
