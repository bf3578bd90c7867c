//! The sources of a GridZone in the words of the grid room: neither room knows the other.

use crate::api::{self, GridZoneSpec, OpenMeteoSource, OpenMeteoTerms, PrometheusUnit, SecretRef};
use crate::grid::{
    CarbonAware, Eia, ElectricityMaps, Elia, EnergiDataService, EnergyCharts, Entsoe, ModelParameters, Neso, NesoPlace,
    OpenMeteo, Prometheus, SecretKey, SourceKind, SourceSpec, Terms, Unit, WattTime, Yearly,
};

/// What a zone's spec asks of the grid room.
pub fn sources(spec: &GridZoneSpec) -> Vec<SourceSpec> {
    spec.sources.iter().filter_map(source).collect()
}

/// One source; `None` where it names no kind, which the API server refuses.
fn source(source: &api::Source) -> Option<SourceSpec> {
    Some(SourceSpec {
        signal: source.signal,
        basis: source.basis,
        flow: source.flow,
        refresh: source.refresh.map(|period| period.0),
        kind: own(source).or_else(|| keyless(source)).or_else(|| keyed(source))?,
    })
}

/// What lies in the cluster.
fn own(source: &api::Source) -> Option<SourceKind> {
    if let Some(file) = &source.file {
        return Some(SourceKind::File {
            path: file.path.clone(),
            location: file.location.clone(),
        });
    }
    if let Some(map) = &source.config_map {
        return Some(SourceKind::ConfigMap {
            name: map.name.clone(),
            key: map.key.clone(),
            location: map.location.clone(),
        });
    }
    if let Some(constant) = &source.constant {
        return Some(SourceKind::Constant(constant.value.0));
    }
    if let Some(yearly) = &source.yearly {
        return Some(SourceKind::Yearly(Yearly {
            country: yearly.country.clone(),
        }));
    }
    if let Some(sdk) = &source.carbon_aware {
        return Some(SourceKind::CarbonAware(CarbonAware {
            location: sdk.location.clone(),
            endpoint: sdk.endpoint.clone(),
        }));
    }
    let prometheus = source.prometheus.as_ref()?;
    Some(SourceKind::Prometheus(Prometheus {
        query: prometheus.query.clone(),
        step: prometheus.step.0,
        unit: unit(prometheus.unit),
        endpoint: prometheus.endpoint.clone(),
        secret: prometheus.secret.as_ref().map(place),
        tenant: prometheus.tenant.clone(),
    }))
}

/// Public services that want no key.
fn keyless(source: &api::Source) -> Option<SourceKind> {
    if let Some(charts) = &source.energy_charts {
        return Some(SourceKind::EnergyCharts(EnergyCharts {
            country: charts.country.clone(),
            endpoint: charts.endpoint.clone(),
        }));
    }
    if let Some(neso) = &source.neso {
        let region = neso.region.and_then(|region| u32::try_from(region).ok());
        let place = match (region, &neso.postcode) {
            (Some(region), _) => NesoPlace::Region(region),
            (None, Some(postcode)) => NesoPlace::Postcode(postcode.clone()),
            (None, None) => NesoPlace::Nation,
        };
        return Some(SourceKind::Neso(Neso {
            place,
            endpoint: neso.endpoint.clone(),
        }));
    }
    if let Some(denmark) = &source.energi_data_service {
        return Some(SourceKind::EnergiDataService(EnergiDataService {
            price_area: denmark.price_area.clone(),
            endpoint: denmark.endpoint.clone(),
        }));
    }
    let elia = source.elia.as_ref()?;
    Some(SourceKind::Elia(Elia {
        endpoint: elia.endpoint.clone(),
    }))
}

/// Public services that want a key.
fn keyed(source: &api::Source) -> Option<SourceKind> {
    if let Some(maps) = &source.electricity_maps {
        return Some(SourceKind::ElectricityMaps(ElectricityMaps {
            zone: maps.zone.clone(),
            horizon_hours: u32::try_from(maps.horizon_hours).unwrap_or_default(),
            secret: place(&maps.secret),
            endpoint: maps.endpoint.clone(),
        }));
    }
    if let Some(entsoe) = &source.entsoe {
        return Some(SourceKind::Entsoe(Entsoe {
            area: entsoe.area.clone(),
            secret: place(&entsoe.secret),
            endpoint: entsoe.endpoint.clone(),
        }));
    }
    if let Some(eia) = &source.eia {
        return Some(SourceKind::Eia(Eia {
            respondent: eia.respondent.clone(),
            secret: place(&eia.secret),
            endpoint: eia.endpoint.clone(),
        }));
    }
    if let Some(meteo) = &source.open_meteo {
        return Some(SourceKind::OpenMeteo(open_meteo(meteo)));
    }
    let watttime = source.watt_time.as_ref()?;
    Some(SourceKind::WattTime(WattTime {
        region: watttime.region.clone(),
        secret: watttime.secret.name.clone(),
        endpoint: watttime.endpoint.clone(),
    }))
}

fn open_meteo(source: &OpenMeteoSource) -> OpenMeteo {
    OpenMeteo {
        zone: source.zone.clone(),
        parameters: source
            .parameters
            .as_ref()
            .map_or(ModelParameters::BuiltIn, |map| ModelParameters::Named {
                name: map.name.clone(),
                key: map.key.clone(),
            }),
        terms: match (&source.secret, source.terms) {
            (Some(secret), _) => Terms::Key(place(secret)),
            (None, Some(OpenMeteoTerms::NonCommercial)) => Terms::NonCommercial,
            (None, Some(OpenMeteoTerms::OwnHost)) => Terms::OwnHost,
            (None, None) => Terms::None,
        },
        endpoint: source.endpoint.clone(),
    }
}

fn place(secret: &SecretRef) -> SecretKey {
    SecretKey {
        name: secret.name.clone(),
        key: secret.key.clone(),
    }
}

fn unit(unit: PrometheusUnit) -> Unit {
    match unit {
        PrometheusUnit::Share => Unit::Share,
        PrometheusUnit::Percent => Unit::Percent,
        PrometheusUnit::GramsPerKilowattHour => Unit::GramsPerKilowattHour,
        PrometheusUnit::PoundsPerMegawattHour => Unit::PoundsPerMegawattHour,
        PrometheusUnit::KilogramsPerKilowattHour => Unit::KilogramsPerKilowattHour,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_source_of_the_api_reaches_the_grid_room() {
        let kinds = serde_json::json!([
            {"file": {"path": "a.csv"}}, {"configMap": {"name": "a", "key": "b"}}, {"constant": {"value": "1"}},
            {"yearly": {"country": "MA"}}, {"energyCharts": {"country": "es"}},
            {"electricityMaps": {"zone": "MA", "secret": {"name": "a"}}}, {"neso": {"region": 13}},
            {"carbonAware": {"location": "a", "endpoint": "http://a"}},
            {"prometheus": {"query": "a", "unit": "Share", "endpoint": "http://a"}},
            {"entsoe": {"area": "10YES-REE------0", "secret": {"name": "a"}}},
            {"eia": {"respondent": "CISO", "secret": {"name": "a"}}},
            {"wattTime": {"region": "A", "secret": {"name": "a"}}}, {"energiDataService": {"priceArea": "DK1"}}, {"elia": {}},
            {"openMeteo": {"zone": "KE", "parameters": {"name": "models", "key": "ke.json"}}},
        ]);
        let crd = serde_json::to_value(schemars::schema_for!(api::Source)).unwrap();
        let common = ["signal", "basis", "flow", "refresh"];
        let fields = crd["properties"]
            .as_object()
            .unwrap()
            .keys()
            .filter(|key| !common.contains(&key.as_str()));
        assert_eq!(
            fields.count(),
            kinds.as_array().unwrap().len(),
            "a kind that this test forgets"
        );
        let mut providers = Vec::new();
        for kind in kinds.as_array().unwrap() {
            let mut text = kind.clone();
            text["signal"] = "RenewableShare".into();
            let read: api::Source = serde_json::from_value(text).unwrap();
            let spec = source(&read).unwrap_or_else(|| panic!("{kind}"));
            providers.push(std::mem::discriminant(&spec.kind));
        }
        let all = providers.len();
        providers.dedup();
        assert_eq!(providers.len(), all);
    }
}
