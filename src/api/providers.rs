//! The providers that a GridZone may name, a struct each. The origin of every `endpoint` must be on the operator's list of allowed
//! endpoints; a path below it may follow.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::Period;

/// Scheme, host and port, and the path below which the API lies, if that is not the root.
const BASE: &str = r"^https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?$";

/// A key of a Secret in the operator's namespace. The Secret must be on the operator's list of Secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretRef {
    /// The name of the Secret.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// The key in it, "token" unless it is named.
    #[serde(default = "default_key")]
    #[schemars(length(min = 1, max = 253))]
    pub key: String,
}

/// A Secret in the operator's namespace with a user name and a password. It must be on the operator's list of Secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoginRef {
    /// The name of the Secret; its keys are username and password.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

/// The renewable share forecast of Energy-Charts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnergyChartsSource {
    /// The country as Energy-Charts spells it, for example es.
    #[schemars(regex(pattern = r"^[a-z]{2}$"))]
    pub country: String,
    /// Another host that speaks the same API, for example a mirror; it must be on the operator's list of allowed endpoints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200), regex(pattern = BASE))]
    pub endpoint: Option<String>,
}

/// The forecast of Electricity Maps.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ElectricityMapsSource {
    /// The zone as Electricity Maps spells it, for example MA or US-CAL-CISO.
    #[schemars(length(max = 40), regex(pattern = r"^[A-Z0-9-]+$"))]
    pub zone: String,
    /// How far ahead, in hours: 6, 24 (default), 48 or 72, as the plan allows.
    #[serde(default = "default_horizon")]
    #[x_kube(validation = Rule::new("self in [6, 24, 48, 72]").message("horizonHours is 6, 24, 48 or 72, as the plan allows"))]
    pub horizon_hours: i32,
    /// The key.
    pub secret: SecretRef,
    /// Another host that speaks the same API; it must be on the operator's list of allowed endpoints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200), regex(pattern = BASE))]
    pub endpoint: Option<String>,
}

/// The Carbon Intensity API of NESO. Without region and postcode, all of Great Britain.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("!(has(self.region) && has(self.postcode))").message("give a region or a postcode, not both"))]
pub struct NesoSource {
    /// The number of a region, 1 to 17, for example 13 for London.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 17))]
    pub region: Option<i32>,
    /// The first half of a postcode, for example EC1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[A-Z]{1,2}[0-9][0-9A-Z]?$"))]
    pub postcode: Option<String>,
    /// Another host that speaks the same API; it must be on the operator's list of allowed endpoints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200), regex(pattern = BASE))]
    pub endpoint: Option<String>,
}

/// The forecast of a Carbon Aware SDK, in gCO2e/kWh.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CarbonAwareSource {
    /// The location as the source behind it spells it, for example westeurope.
    #[schemars(length(min = 1, max = 100))]
    pub location: String,
    /// Where its WebApi is served, for example `http://carbon-aware.green.svc:80`; it must be on the operator's list of allowed endpoints.
    #[schemars(length(max = 200), regex(pattern = BASE))]
    pub endpoint: String,
}

/// A query to a Prometheus. A forecast is one series a slot, with the label slot_start or horizon; one series without is what was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrometheusSource {
    /// The PromQL expression, for example `last_over_time(grid_renewable_ratio{zone="MA"}[2h])`.
    #[schemars(length(min = 1, max = 1000))]
    pub query: String,
    /// The length of a slot, for example 1h (default 15m); at least 1s.
    #[serde(default = "default_step")]
    pub step: Period,
    /// What its values are counted in.
    pub unit: PrometheusUnit,
    /// Where Prometheus is served, for example `http://prometheus.monitoring.svc:9090`, or `http://mimir.monitoring.svc:8080/prometheus` where it is not served at the root; scheme, host and port must be on the operator's list of allowed endpoints.
    #[schemars(length(max = 200), regex(pattern = BASE))]
    pub endpoint: String,
    /// A bearer token, where it asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretRef>,
    /// Whose metrics are asked for, where it keeps those of several tenants as Mimir does; a|b asks for those of both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 300), regex(pattern = r"^[A-Za-z0-9!_.*'()|-]+$"))]
    pub tenant: Option<String>,
}

/// What the values of a metric are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PrometheusUnit {
    /// A share of 1.
    Share,
    /// A share of 100.
    Percent,
    /// gCO2e/kWh, which is kg/MWh.
    GramsPerKilowattHour,
    /// Pounds of CO2e a megawatt-hour.
    PoundsPerMegawattHour,
    /// Kilograms of CO2e a kilowatt-hour.
    KilogramsPerKilowattHour,
}

/// Share and intensity of a European area, computed from the day-ahead forecasts on the ENTSO-E Transparency Platform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EntsoeSource {
    /// The EIC code of the area, for example 10YES-REE------0 (Spain) or 10YFR-RTE------C (France).
    #[schemars(regex(pattern = r"^[A-Z0-9-]{16}$"))]
    pub area: String,
    /// The token.
    pub secret: SecretRef,
    /// Another host that speaks the same API; it must be on the operator's list of allowed endpoints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200), regex(pattern = BASE))]
    pub endpoint: Option<String>,
}

/// What a balancing authority of the United States generated, by fuel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EiaSource {
    /// The code of the balancing authority, for example CISO (California).
    #[schemars(length(max = 8), regex(pattern = r"^[A-Z0-9]+$"))]
    pub respondent: String,
    /// The key.
    pub secret: SecretRef,
    /// Another host that speaks the same API; it must be on the operator's list of allowed endpoints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200), regex(pattern = BASE))]
    pub endpoint: Option<String>,
}

/// The forecast of WattTime: marginal (co2_moer) or average (co2_aoer) intensity, by the signal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WattTimeSource {
    /// The region as WattTime spells it, for example CAISO_NORTH.
    #[schemars(length(max = 64), regex(pattern = r"^[A-Z0-9_]+$"))]
    pub region: String,
    /// User name and password.
    pub secret: LoginRef,
    /// Another host that speaks the same API; it must be on the operator's list of allowed endpoints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200), regex(pattern = BASE))]
    pub endpoint: Option<String>,
}

/// The forecast of Energi Data Service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnergiDataServiceSource {
    /// DK1 (west) or DK2 (east).
    #[schemars(regex(pattern = r"^DK[12]$"))]
    pub price_area: String,
    /// Another host that speaks the same API; it must be on the operator's list of allowed endpoints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200), regex(pattern = BASE))]
    pub endpoint: Option<String>,
}

/// The forecasts of Elia for Belgium.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EliaSource {
    /// Another host that speaks the same API; it must be on the operator's list of allowed endpoints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200), regex(pattern = BASE))]
    pub endpoint: Option<String>,
}

fn default_key() -> String {
    "token".into()
}

fn default_horizon() -> i32 {
    24
}

fn default_step() -> Period {
    Period(jiff::SignedDuration::from_mins(15))
}

/// Our model of a country's mix from the weather that Open-Meteo forecasts at its plants. It is off until an admin has acknowledged the terms of the public host, or named a key or a host of his own.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("!(has(self.terms) && self.terms == 'OwnHost') || has(self.endpoint)").message("terms OwnHost needs the endpoint of that host"))]
pub struct OpenMeteoSource {
    /// The country whose model is used, for example MA.
    #[schemars(regex(pattern = r"^[A-Z]{2}$"))]
    pub zone: String,
    /// The parameters of a country that is not built in, or of a built-in one instead of those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<ParametersRef>,
    /// By which right Open-Meteo is asked without a key: NonCommercial acknowledges that its public host is for non-commercial use only; OwnHost says that endpoint is a host of your own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<OpenMeteoTerms>,
    /// The key of a customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretRef>,
    /// Another host that speaks the same API; it must be on the operator's list of allowed endpoints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200), regex(pattern = BASE))]
    pub endpoint: Option<String>,
}

/// Parameters of the weather model, in a ConfigMap in the operator's namespace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ParametersRef {
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// The key whose text is a parameter file in JSON, as docs/weather-model.md explains it.
    #[schemars(length(min = 1, max = 253))]
    pub key: String,
}

/// By which right Open-Meteo is asked without a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum OpenMeteoTerms {
    /// Its public host, for non-commercial use only.
    NonCommercial,
    /// A host of one's own.
    OwnHost,
}
