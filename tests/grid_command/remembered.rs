//! What the operator knows of a zone and asking once cannot tell, and what nobody knows.

use jiff::SignedDuration;

use super::{FILE, csv, folder, hour, run, zone};

#[test]
fn that_the_operator_remembers_more_of_the_past_is_said_where_asking_once_gives_nothing() {
    let status = "status:\n  signals:\n  - {signal: CarbonIntensity, level: Profile, source: our own forecast (file ma.csv), unit: gCO2e/kWh}\n";
    let over = "2020-01-01T00:00:00Z,2020-01-01T01:00:00Z,418\n".to_owned();
    let folder = folder(&[("zone.yaml", zone(FILE) + status), ("ma.csv", over)]);
    for command in [&["grid", "check"][..], &["forecast", "ma"]] {
        let (text, complaint) = run(&folder, &[command, &["--file", "zone.yaml"]].concat());
        let said = format!("{text}{}", complaint.unwrap());
        let words = "the operator remembers more of the past, and there our own forecast (file ma.csv) counts";
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn what_the_operator_distrusts_is_said_where_a_zone_is_asked_about() {
    let status = "status:\n  signals:\n  - {signal: CarbonIntensity, level: Live, source: file ma.csv, unit: gCO2e/kWh, distrusted: true}\n";
    let folder = folder(&[("zone.yaml", zone(FILE) + status), ("ma.csv", csv())]);
    for command in [&["grid", "check"][..], &["forecast", "ma"]] {
        let (text, complaint) = run(&folder, &[command, &["--file", "zone.yaml"]].concat());
        assert_eq!(complaint, None, "it answers");
        let words = "the operator distrusts the forecast behind file ma.csv: it has ranked the hours worse";
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn a_check_fails_where_every_source_works_and_nothing_is_known() {
    let (first, day) = (hour(-72), SignedDuration::from_hours(72));
    let short = format!("start,end,value\n{first},{},418\n", first + day);
    let folder = folder(&[("zone.yaml", zone(FILE)), ("ma.csv", short)]);
    let (text, complaint) = run(&folder, &["grid", "check", "--file", "zone.yaml"]);
    assert!(text.contains("nothing is known"), "{text}");
    assert!(complaint.is_some(), "{text}");
}
