//! The parameter files that are built in, and what a parameter file must fulfil.

use super::parameters::{Parameters, Site};

/// All of them: id and text.
const FILES: [(&str, &str); 5] = [
    ("CI", include_str!("zones/ci.json")),
    ("MA", include_str!("zones/ma.json")),
    ("ML", include_str!("zones/ml.json")),
    ("SN", include_str!("zones/sn.json")),
    ("TN", include_str!("zones/tn.json")),
];

/// A request names them all, and an answer with an ensemble has a hundred columns for each.
const MOST_SITES: usize = 60;

/// Characters: it stands in every status.
const LONGEST_NAME: usize = 60;

/// The countries that have a built-in parameter file, sorted.
pub fn countries() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(id, _)| *id)
}

/// A parameter file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadParameters {
    /// There is no file for this country.
    #[error("there is no weather model for {0:?}; there is one for {1}")]
    Unknown(String, String),
    /// It is no JSON of this form.
    #[error("reading the parameters of {0}; docs/weather-model.md explains each field")]
    Form(String, #[source] serde_json::Error),
    /// A figure is out of range.
    #[error("the parameters of {0}: {1}")]
    Range(String, String),
}

impl BadParameters {
    /// The sentence with what is wrong in the file, and where.
    pub fn with_cause(&self) -> String {
        match self {
            Self::Form(_, cause) => format!("{self}: {cause}"),
            Self::Unknown(..) | Self::Range(..) => self.to_string(),
        }
    }
}

/// The built-in parameters of a country, by its ISO 3166-1 alpha-2 code in capitals or small letters.
///
/// # Errors
/// [`BadParameters`]: for a country without a file; a built-in file itself is valid, as a test says.
pub fn library(id: &str) -> Result<Parameters, BadParameters> {
    let file = FILES.iter().find(|(known, _)| known.eq_ignore_ascii_case(id));
    let Some((id, text)) = file else {
        let known: Vec<&str> = countries().collect();
        let short = id.chars().take(40).collect();
        return Err(BadParameters::Unknown(short, known.join(", ")));
    };
    Parameters::read(id, text)
}

impl Parameters {
    /// Reads a parameter file of one's own for the country `id`.
    ///
    /// # Errors
    /// As [`Self::read`], and where it is the file of another country.
    pub fn of(id: &str, text: &str) -> Result<Self, BadParameters> {
        let parameters = Self::read(id, text)?;
        if parameters.id.eq_ignore_ascii_case(id) {
            return Ok(parameters);
        }
        let another = format!("its id is {:?}; write the one that the zone asks for", parameters.id);
        Err(BadParameters::Range(id.to_owned(), another))
    }

    /// Reads a parameter file; `name` is what an error calls it.
    ///
    /// # Errors
    /// [`BadParameters`]: with the line and column of an unknown or missing field, or the figure that is out of range.
    pub fn read(name: &str, text: &str) -> Result<Self, BadParameters> {
        let parameters: Self =
            serde_json::from_str(text).map_err(|error| BadParameters::Form(name.to_owned(), error))?;
        match parameters.fault() {
            Some(fault) => Err(BadParameters::Range(name.to_owned(), fault)),
            None => Ok(parameters),
        }
    }

    fn fault(&self) -> Option<String> {
        let demand = self.demand.fault().map(str::to_owned);
        let curve = self.wind.iter().find_map(|wind| wind.curve.fault()).map(str::to_owned);
        let sites = || self.sites().find_map(fault_of);
        demand
            .or(curve)
            .or_else(sites)
            .or_else(|| self.fault_of_factors())
            .or_else(|| self.fault_of_amounts())
            .or_else(|| self.fault_of_fuels())
    }

    fn fault_of_factors(&self) -> Option<String> {
        let wind = self.wind.iter().map(|wind| wind.factor);
        let pv = self.pv.iter().flat_map(|pv| [pv.factor, pv.panels.performance]);
        let csp = self.csp.iter().map(|csp| csp.factor);
        let plausible = wind.chain(pv).chain(csp).all(|factor| (0.2..=2.0).contains(&factor));
        if !plausible {
            return Some("a factor lies between 0.2 and 2; beyond that the sites or the curve are wrong".into());
        }
        let errors = self.errors;
        let all = [
            errors.wind,
            errors.solar,
            errors.steady,
            errors.demand,
            errors.thermal,
            errors.per_year,
        ];
        let small = all.iter().all(|error| (0.0..=1.0).contains(error));
        (!small).then(|| "an error is a share, from 0 to 1".into())
    }

    fn fault_of_amounts(&self) -> Option<String> {
        let count = self.sites().count();
        if count > MOST_SITES {
            return Some(format!("it has {count} sites; keep the {MOST_SITES} largest"));
        }
        if self.name.chars().count() > LONGEST_NAME {
            return Some(format!(
                "name is that of a country; write {LONGEST_NAME} characters at most"
            ));
        }
        let steady = self.steady.iter().flat_map(|plant| plant.months);
        if !steady.into_iter().all(|megawatts| (0.0..=1e6).contains(&megawatts)) {
            return Some("the months of steady plants are twelve means in MW, from 0 to 1000000".into());
        }
        let imports = self
            .imports
            .iter()
            .flat_map(|imports| [imports.share, imports.renewable_share]);
        if !imports.into_iter().all(|share| (0.0..=1.0).contains(&share)) {
            return Some("share and renewableShare of imports lie from 0 to 1".into());
        }
        let plants = self.csp.iter().flat_map(|csp| &csp.plants);
        let stores = plants.map(|plant| (plant.storage_hours, plant.multiple));
        let is_built = |(hours, multiple): (f64, f64)| (0.0..=24.0).contains(&hours) && (0.5..=5.0).contains(&multiple);
        (!stores.into_iter().all(is_built))
            .then(|| "storageHours of a plant lie from 0 to 24, and its multiple from 0.5 to 5".into())
    }

    fn fault_of_fuels(&self) -> Option<String> {
        if self.thermal.is_empty() {
            return Some("thermal names at least the fuel that covers what remains".into());
        }
        let fits = self
            .thermal
            .iter()
            .all(|fuel| 0.0 <= fuel.minimum && fuel.minimum <= fuel.megawatts);
        let emitting = self.thermal.iter().map(|fuel| (fuel.life_cycle, fuel.direct));
        let steady = self.steady.iter().map(|plant| (plant.life_cycle, plant.direct));
        let imports = self.imports.iter().map(|imports| (imports.life_cycle, imports.direct));
        let mut all = emitting.chain(steady).chain(imports);
        let real = all.all(|(life_cycle, direct)| 0.0 <= direct && direct <= life_cycle && life_cycle <= 2000.0);
        (!fits || !real).then(|| {
            "a fuel has 0 <= minimum <= megawatts, and everything 0 <= direct <= lifeCycle <= 2000 gCO2e/kWh".into()
        })
    }
}

fn fault_of(site: &Site) -> Option<String> {
    let name = &site.name;
    let on_earth = (-90.0..=90.0).contains(&site.latitude) && (-180.0..=180.0).contains(&site.longitude);
    if !on_earth {
        return Some(format!("the site {name} lies nowhere on earth"));
    }
    let sorted = site.capacity.windows(2).all(|pair| pair[0].from < pair[1].from);
    let standing = site.capacity.iter().all(|step| (0.0..=1e6).contains(&step.megawatts));
    if site.capacity.is_empty() || !sorted || !standing {
        return Some(format!(
            "the capacity of {name} is a list of days in order, each with its megawatts"
        ));
    }
    let out =
        |outage: &super::parameters::Outage| outage.from < outage.until && (0.0..=1.0).contains(&outage.available);
    (!site.outages.iter().all(out))
        .then(|| format!("an outage of {name} ends after its start, and leaves 0 to 1 available"))
}
