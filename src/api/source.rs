//! Where a zone's forecast comes from: one field a kind of source, exactly one of them given.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::providers::{
    CarbonAwareSource, EiaSource, ElectricityMapsSource, EliaSource, EnergiDataServiceSource, EnergyChartsSource,
    EntsoeSource, NesoSource, OpenMeteoSource, PrometheusSource, WattTimeSource,
};
use super::text::{Decimal, Period};
use crate::units::{Basis, Flow, Signal};

/// One source of one signal. Exactly one kind of source is given.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("[has(self.file), has(self.configMap), has(self.constant), has(self.yearly), has(self.energyCharts), has(self.electricityMaps), has(self.neso), has(self.carbonAware), has(self.prometheus), has(self.entsoe), has(self.eia), has(self.wattTime), has(self.energiDataService), has(self.elia), has(self.openMeteo)].filter(given, given).size() == 1").message("give exactly one of file, configMap, constant, yearly, energyCharts, electricityMaps, neso, carbonAware, prometheus, entsoe, eia, wattTime, energiDataService, elia and openMeteo"))]
#[x_kube(validation = Rule::new("!has(self.energyCharts) || self.signal == 'RenewableShare'").message("energyCharts serves the signal RenewableShare"))]
#[x_kube(validation = Rule::new("!has(self.elia) || self.signal == 'RenewableShare'").message("elia serves the signal RenewableShare"))]
#[x_kube(validation = Rule::new("!has(self.energiDataService) || self.signal == 'CarbonIntensity'").message("energiDataService serves the signal CarbonIntensity"))]
#[x_kube(validation = Rule::new("!(has(self.electricityMaps) || has(self.neso) || has(self.entsoe) || has(self.eia) || has(self.yearly) || has(self.openMeteo)) || self.signal != 'MarginalIntensity'").message("electricityMaps, neso, entsoe, eia, yearly and openMeteo serve the signals CarbonIntensity and RenewableShare; marginal intensity comes from wattTime"))]
#[x_kube(validation = Rule::new("!(has(self.wattTime) || has(self.carbonAware)) || self.signal != 'RenewableShare'").message("wattTime and carbonAware serve the signals MarginalIntensity and CarbonIntensity"))]
#[x_kube(validation = Rule::new("!(has(self.neso) || has(self.wattTime) || has(self.energiDataService)) || self.signal == 'RenewableShare' || self.basis != 'LifeCycle'").message("neso, wattTime and energiDataService count direct emissions: write basis: Direct or leave it out"))]
#[x_kube(validation = Rule::new("!(has(self.yearly) || has(self.electricityMaps)) || self.signal == 'RenewableShare' || self.basis != 'Direct'").message("yearly and electricityMaps count life-cycle emissions: write basis: LifeCycle or leave it out"))]
#[x_kube(validation = Rule::new("!has(self.prometheus) || (self.prometheus.unit in ['Share', 'Percent']) == (self.signal == 'RenewableShare')").message("prometheus.unit is Share or Percent for the signal RenewableShare, and a unit of grams or pounds for an intensity"))]
#[x_kube(validation = Rule::new("!has(self.flow) || has(self.file) || has(self.configMap) || has(self.constant) || has(self.carbonAware) || has(self.prometheus)").message("flow is for file, configMap, constant, carbonAware and prometheus: the other sources say it themselves"))]
pub struct Source {
    /// The signal that it serves: CarbonIntensity, RenewableShare or MarginalIntensity.
    pub signal: Signal,
    /// How an intensity counts emissions: LifeCycle, Direct or Unstated (default: what the provider says). Zones of different bases are never compared.
    #[serde(default = "default_basis")]
    pub basis: Basis,
    /// Whose energy it speaks of: Consumption, imports among it, or Production. Only where the provider does not say; a label, zones are compared whatever it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<Flow>,
    /// How often it is asked, for example 15m; at least 1s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh: Option<Period>,
    /// A file below the operator's data directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileSource>,
    /// A ConfigMap in the operator's namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_map: Option<ConfigMapSource>,
    /// One value for all times. It cannot rank hours, so it never delays a job; it may choose the zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constant: Option<ConstantSource>,
    /// The yearly figure of a country (Ember, CC BY 4.0). It cannot rank hours, so it never delays a job; it may choose the zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yearly: Option<YearlySource>,
    /// The renewable share forecast of Energy-Charts (most of Europe, no key).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy_charts: Option<EnergyChartsSource>,
    /// Electricity Maps (anywhere; a key, and a contract for forecasts).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub electricity_maps: Option<ElectricityMapsSource>,
    /// The Carbon Intensity API of NESO (Great Britain, no key).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub neso: Option<NesoSource>,
    /// The WebApi of a Carbon Aware SDK.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carbon_aware: Option<CarbonAwareSource>,
    /// A query to a Prometheus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prometheus: Option<PrometheusSource>,
    /// The ENTSO-E Transparency Platform (Europe, a free token).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entsoe: Option<EntsoeSource>,
    /// The Energy Information Administration (United States, a free key). It only says what was: the forecast from it is our own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eia: Option<EiaSource>,
    /// WattTime (an account, and a plan for most regions).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watt_time: Option<WattTimeSource>,
    /// Energi Data Service (Denmark, no key).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energi_data_service: Option<EnergiDataServiceSource>,
    /// Elia (Belgium, no key).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elia: Option<EliaSource>,
    /// Our model of a country's mix from the weather, for countries whose operator publishes no forecast. Off until terms or secret is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_meteo: Option<OpenMeteoSource>,
}

/// A file below the operator's data directory.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileSource {
    /// Relative path of a CSV (start,end,value) or JSON file, also as the Carbon Aware SDK writes it.
    #[schemars(length(min = 1, max = 255))]
    #[x_kube(validation = Rule::new("!self.startsWith('/') && !self.contains('..')").message("path is relative to the operator's data directory and may not leave it"))]
    pub path: String,
    /// Whose rows count, in a file of the Carbon Aware SDK with several locations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub location: Option<String>,
}

/// A ConfigMap in the operator's namespace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConfigMapSource {
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// The key of data or binaryData whose text is a CSV (start,end,value) or JSON series, or a list as exporters of the Carbon Aware SDK write it.
    #[schemars(length(min = 1, max = 253))]
    pub key: String,
    /// Whose rows count, in a list with several locations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub location: Option<String>,
}

/// One value for all times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConstantSource {
    /// gCO2e/kWh, or a share from 0 to 1, for example "568" or "0.27".
    pub value: Decimal,
}

/// The yearly figure of a country.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct YearlySource {
    /// ISO 3166-1 alpha-2 code in capitals, for example MA, US or ZA; nearly every country has a figure.
    #[schemars(regex(pattern = r"^[A-Z]{2}$"))]
    pub country: String,
}

fn default_basis() -> Basis {
    Basis::Unstated
}
