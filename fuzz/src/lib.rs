//! What every fuzz target does: read bytes as the answer of a service, and hold what comes out to what every series is.

use alize::grid::{
    CarbonAware, Eia, ElectricityMaps, Elia, EnergiDataService, EnergyCharts, Entsoe, Neso, NesoPlace, OpenMeteo,
    Prometheus, SecretKey, SourceKind, SourceSpec, Terms, Unit, WattTime, read_saved,
};
use alize::units::{Basis, Signal};
use jiff::{SignedDuration, Timestamp};

/// Noon of a day in November 2026, in the middle of the samples.
const NOW: i64 = 1_795_176_000;
/// Where several bodies make an answer, this stands between them.
const BETWEEN: u8 = 0;

fn read(signal: Signal, kind: SourceKind, bytes: &[u8]) {
    let spec = SourceSpec {
        signal,
        basis: Basis::Unstated,
        refresh: None,
        kind,
    };
    let mut bodies: Vec<Vec<u8>> = bytes.splitn(3, |byte| *byte == BETWEEN).map(<[u8]>::to_vec).collect();
    if matches!(spec.kind, SourceKind::Entsoe(_) | SourceKind::Elia(_)) {
        bodies.resize(3, Vec::new());
    } else if matches!(spec.kind, SourceKind::OpenMeteo(_)) {
        bodies.resize(2, Vec::new());
    } else {
        bodies = vec![bytes.to_vec()];
    }
    let now = Timestamp::from_second(NOW).expect("a date of our calendar");
    let Ok(points) = read_saved(&spec, &bodies, now) else {
        return;
    };
    assert!(!points.is_empty());
    assert!(
        points
            .iter()
            .all(|point| point.value.is_finite() && point.slot.start < point.slot.end)
    );
    assert!(points.windows(2).all(|pair| pair[0].slot.end <= pair[1].slot.start));
}

fn secret() -> SecretKey {
    SecretKey {
        name: "keys".into(),
        key: "token".into(),
    }
}

/// A file or a ConfigMap, of whatever shape.
pub fn text(bytes: &[u8]) {
    let kind = SourceKind::ConfigMap {
        name: "a".into(),
        key: "a".into(),
        location: None,
    };
    read(Signal::CarbonIntensity, kind, bytes);
}

/// Energy-Charts.
pub fn energy_charts(bytes: &[u8]) {
    let kind = SourceKind::EnergyCharts(EnergyCharts {
        country: "es".into(),
        endpoint: None,
    });
    read(Signal::RenewableShare, kind, bytes);
}

/// Electricity Maps.
pub fn electricity_maps(bytes: &[u8]) {
    for signal in [Signal::CarbonIntensity, Signal::RenewableShare] {
        let kind = SourceKind::ElectricityMaps(ElectricityMaps {
            zone: "MA".into(),
            horizon_hours: 24,
            secret: secret(),
            endpoint: None,
        });
        read(signal, kind, bytes);
    }
}

/// NESO.
pub fn neso(bytes: &[u8]) {
    for (signal, place) in [
        (Signal::CarbonIntensity, NesoPlace::Nation),
        (Signal::RenewableShare, NesoPlace::Region(13)),
    ] {
        read(signal, SourceKind::Neso(Neso { place, endpoint: None }), bytes);
    }
}

/// A Carbon Aware SDK.
pub fn carbon_aware(bytes: &[u8]) {
    let kind = SourceKind::CarbonAware(CarbonAware {
        location: "westeurope".into(),
        endpoint: "http://127.0.0.1:1".into(),
    });
    read(Signal::CarbonIntensity, kind, bytes);
}

/// Prometheus.
pub fn prometheus(bytes: &[u8]) {
    let kind = SourceKind::Prometheus(Prometheus {
        query: "a".into(),
        step: SignedDuration::from_hours(1),
        unit: Unit::Percent,
        endpoint: "http://127.0.0.1:1".into(),
    });
    read(Signal::RenewableShare, kind, bytes);
}

/// ENTSO-E.
pub fn entsoe(bytes: &[u8]) {
    for signal in [Signal::RenewableShare, Signal::CarbonIntensity] {
        let kind = SourceKind::Entsoe(Entsoe {
            area: "10YES-REE------0".into(),
            secret: secret(),
            endpoint: None,
        });
        read(signal, kind, bytes);
    }
}

/// EIA.
pub fn eia(bytes: &[u8]) {
    for signal in [Signal::RenewableShare, Signal::CarbonIntensity] {
        let kind = SourceKind::Eia(Eia {
            respondent: "CISO".into(),
            secret: secret(),
            endpoint: None,
        });
        read(signal, kind, bytes);
    }
}

/// WattTime.
pub fn watttime(bytes: &[u8]) {
    let kind = SourceKind::WattTime(WattTime {
        region: "CAISO_NORTH".into(),
        secret: "login".into(),
        endpoint: None,
    });
    read(Signal::MarginalIntensity, kind, bytes);
}

/// Energi Data Service.
pub fn energi_data_service(bytes: &[u8]) {
    let kind = SourceKind::EnergiDataService(EnergiDataService {
        price_area: "DK1".into(),
        endpoint: None,
    });
    read(Signal::CarbonIntensity, kind, bytes);
}

/// Elia.
pub fn elia(bytes: &[u8]) {
    read(Signal::RenewableShare, SourceKind::Elia(Elia { endpoint: None }), bytes);
}

/// Open-Meteo, and the weather model behind it.
pub fn open_meteo(bytes: &[u8]) {
    let kind = SourceKind::OpenMeteo(OpenMeteo {
        zone: "MA".into(),
        terms: Terms::NonCommercial,
        endpoint: None,
    });
    read(Signal::RenewableShare, kind, bytes);
}
