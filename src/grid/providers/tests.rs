//! What holds for every service. That no damage makes any of them panic is shown with all other parsers, in `tests/fuzz.rs`.

use super::samples::{Sample, all, noon};
use crate::grid::ask::read_saved;
use crate::grid::spec::SourceKind;
use crate::planner::Point;
use crate::units::Flow;

fn read(sample: &Sample, bodies: &[Vec<u8>]) -> Result<Vec<Point>, String> {
    read_saved(&sample.spec, bodies, noon())
}

fn bytes(bodies: &[String]) -> Vec<Vec<u8>> {
    bodies.iter().map(|body| body.clone().into_bytes()).collect()
}

#[test]
fn the_answer_of_each_service_means_what_it_says() {
    for sample in all() {
        let name = sample.spec.name();
        let points = read(&sample, &bytes(&sample.bodies)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let at_noon = points.iter().find(|point| point.slot.contains(noon()));
        let value = at_noon.unwrap_or_else(|| panic!("{name}: {points:?}")).value;
        assert!((value - sample.at_noon).abs() < 1e-9, "{name}: {value}");
    }
}

#[test]
fn each_service_says_whose_energy_its_averages_and_shares_speak_of() {
    for sample in all() {
        let (kind, flow) = (&sample.spec.kind, sample.spec.flow());
        let expected = match kind {
            SourceKind::ElectricityMaps(_)
            | SourceKind::Neso(_)
            | SourceKind::EnergiDataService(_)
            | SourceKind::OpenMeteo(_) => Some(Flow::Consumption),
            SourceKind::EnergyCharts(_) | SourceKind::Elia(_) | SourceKind::Entsoe(_) | SourceKind::Eia(_) => {
                Some(Flow::Production)
            }
            // The margin is neither's, and the others do not say.
            _ => None,
        };
        assert_eq!(flow, expected, "{}", sample.spec.name());
    }
}

#[test]
fn no_service_shows_its_key_in_what_it_asks() {
    for sample in all() {
        let service = sample.spec.kind.service().unwrap();
        let requests = service
            .requests(sample.spec.signal, sample.spec.counts(), noon())
            .unwrap();
        assert!(
            !requests.is_empty() && !format!("{requests:?}").contains("token"),
            "{requests:?}"
        );
    }
}

#[test]
fn pages_and_emptiness_are_no_forecast() {
    for sample in all() {
        for body in [
            "<!DOCTYPE html><p>secret",
            "<html>secret</html>",
            "{}",
            "[]",
            "null",
            "",
            "\"secret\"",
        ] {
            let bodies = vec![body.as_bytes().to_vec(); sample.bodies.len()];
            let error = read(&sample, &bodies).expect_err(&sample.spec.name());
            assert!(!error.contains("secret"), "{}: {error}", sample.spec.name());
        }
        assert!(read(&sample, &[]).is_err());
    }
}
