//! `alize grid check` and `alize forecast ZONE` as somebody runs them, without a cluster.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test ends with what it did not expect, and these run in real time"
)]

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Barrier};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

#[path = "grid_command/hidden.rs"]
mod hidden;
#[path = "grid_command/remembered.rs"]
mod remembered;

const KEY: &str = "canary-7f3a91";

/// A folder with these files.
fn folder(files: &[(&str, String)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn alize(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_alize"))
        .args(args)
        .current_dir(folder)
        .env_remove("KUBECONFIG")
        .output()
        .unwrap()
}

/// What it printed; and what it complained of, where it failed.
fn run(folder: &TempDir, args: &[&str]) -> (String, Option<String>) {
    let output = alize(folder.path(), args);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let complaint = (!output.status.success()).then(|| text(&output.stderr));
    (text(&output.stdout), complaint)
}

/// The start of this hour, and so many on.
fn hour(ahead: i64) -> Timestamp {
    let now = Timestamp::now().as_second();
    Timestamp::from_second(now - now.rem_euclid(3600)).unwrap() + SignedDuration::from_hours(ahead)
}

/// Two days of hours, ever greener.
fn csv() -> String {
    let mut text = "start,end,value\n".to_owned();
    for i in 0..48 {
        writeln!(text, "{},{},{}", hour(i), hour(i + 1), 500 - i).unwrap();
    }
    text
}

fn zone(sources: &str) -> String {
    format!(
        "apiVersion: alize.dev/v1alpha1\nkind: GridZone\nmetadata: {{name: ma}}\nspec:\n  nodeSelector: {{matchLabels: {{a: b}}}}\n  \
         sources:\n{sources}"
    )
}

const FILE: &str = "  - {signal: CarbonIntensity, basis: LifeCycle, file: {path: ma.csv}}\n";

#[test]
fn a_zone_in_a_file_shows_its_forecast_as_json_csv_and_a_table() {
    let generated = FILE.replace("file:", "flow: Production, file:");
    let folder = folder(&[("zone.yaml", zone(&generated)), ("ma.csv", csv())]);
    let args = |output| ["forecast", "ma", "--file", "zone.yaml", "-o", output];
    let (json, complaint) = run(&folder, &args("json"));
    assert_eq!(complaint, None);
    let json: Value = serde_json::from_str(&json).unwrap();
    let slots = json["slots"].as_array().unwrap();
    assert_eq!(
        (
            &json["zone"],
            &json["signal"],
            &json["unit"],
            &json["source"],
            &json["level"]
        ),
        (
            &json!("ma"),
            &json!("CarbonIntensity"),
            &json!("gCO2e/kWh"),
            &json!("file ma.csv"),
            &json!("Live")
        )
    );
    assert_eq!((&json["estimated"], slots.len()), (&json!(false), 48));
    assert_eq!(json["flow"], "Production");
    assert!(json["fetchedAt"].as_str() >= json["issuedAt"].as_str(), "{json}");
    assert_eq!(
        slots[0],
        json!({"start": hour(0), "end": hour(1), "value": 500.0, "p10": null, "p50": null, "p90": null})
    );
    assert_eq!(run(&folder, &args("csv")).0.lines().count(), 49);
    let table = run(&folder, &args("text")).0;
    for words in [
        "carbon intensity, average, life cycle, as generated, gCO2e/kWh",
        "\nfetched   20",
        "file ma.csv (published)",
        "ago, level Live",
        "█",
    ] {
        assert!(table.contains(words), "{words}:\n{table}");
    }
}

#[test]
fn what_is_shown_as_csv_is_a_file_that_a_source_can_read_bands_and_all() {
    let mut text = "start,end,value,p10,p90\n".to_owned();
    for i in 0..48 {
        writeln!(text, "{},{},{},{},{}", hour(i), hour(i + 1), 500 - i, 450 - i, 520 + i).unwrap();
    }
    let folder = folder(&[
        ("zone.yaml", zone(FILE)),
        ("ma.csv", text),
        ("again.yaml", zone(&FILE.replace("ma.csv", "again.csv"))),
    ]);
    let csv = |file| {
        let (text, complaint) = run(&folder, &["forecast", "ma", "--file", file, "-o", "csv"]);
        assert_eq!(complaint, None);
        text
    };
    let first = csv("zone.yaml");
    assert!(first.contains(",500.0,450.0,500.0,520.0\n"), "{first}");
    std::fs::write(folder.path().join("again.csv"), &first).unwrap();
    assert_eq!(csv("again.yaml"), first);
}

#[test]
fn config_maps_of_the_same_file_are_read_and_the_ladder_is_that_of_the_operator() {
    let sources = "  - {signal: CarbonIntensity, configMap: {name: none, key: a}}\n  \
                   - {signal: CarbonIntensity, configMap: {name: grid, key: ma.csv}}\n  \
                   - {signal: RenewableShare, constant: {value: \"0.27\"}}\n";
    let map = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: grid}}\ndata:\n  ma.csv: |\n    {}",
        csv().replace('\n', "\n    ")
    );
    let folder = folder(&[("zone.yaml", format!("{}---\n{map}", zone(sources)))]);
    let shown = |signal| {
        let (json, complaint) = run(
            &folder,
            &[
                "forecast",
                "ma",
                "--file",
                "zone.yaml",
                "--signal",
                signal,
                "-o",
                "json",
            ],
        );
        complaint.map_or_else(|| serde_json::from_str(&json).unwrap(), Value::String)
    };
    let intensity = shown("CarbonIntensity");
    assert_eq!(
        (&intensity["level"], &intensity["source"]),
        (&json!("NextSource"), &json!("ConfigMap grid/ma.csv"))
    );
    assert!(
        intensity["notes"][0].as_str().unwrap().contains("no ConfigMap none"),
        "{intensity}"
    );
    let share = shown("RenewableShare");
    assert_eq!(
        (&share["level"], &share["estimated"]),
        (&json!("Constant"), &json!(true))
    );
    assert_eq!(share.get("issuedAt"), Some(&Value::Null), "{share}");
    let slots = share["slots"].as_array().unwrap();
    let on_the_hour = |end: &str| slots[0][end].as_str().unwrap().ends_with(":00:00Z");
    assert!(
        slots.len() == 1 && on_the_hour("start") && on_the_hour("end"),
        "{share}"
    );
    let marginal = shown("MarginalIntensity");
    assert!(marginal.as_str().unwrap().contains("no job waits for it"), "{marginal}");
}

/// A Carbon Aware SDK that answers once, as soon as all others that wait at `barrier` are asked too.
fn carbon_aware(barrier: Arc<Barrier>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        barrier.wait();
        let row = |i| json!({"timestamp": hour(i), "duration": 60, "value": 300 + i});
        let rows: Vec<Value> = (0..24).map(row).collect();
        let body = json!([{"generatedAt": hour(0), "location": "ma", "forecastData": rows}]).to_string();
        let length = body.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close"
        );
        write!(stream, "{head}\r\n\r\n{body}").unwrap();
    });
    origin
}

/// A server of Open-Meteo that knows a calm weather wherever it is asked, and no ensemble.
fn open_meteo() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 8192];
            let length = stream.read(&mut request).unwrap();
            let line = String::from_utf8_lossy(&request[..length]).replace("%2C", ",");
            let list = |name: &str| -> Vec<f64> {
                let value = line.split(&format!("{name}=")).nth(1).unwrap_or_default();
                let value = value.split(['&', ' ']).next().unwrap_or_default();
                value.split(',').filter_map(|number| number.parse().ok()).collect()
            };
            let always = |value: f64| vec![value; 72];
            let place = |(latitude, longitude): (f64, f64)| {
                json!({"latitude": latitude, "longitude": longitude, "utc_offset_seconds": 0,
                    "hourly_units": {"time": "unixtime", "wind_speed_100m": "m/s", "shortwave_radiation": "W/m²",
                        "direct_normal_irradiance": "W/m²", "temperature_2m": "°C"},
                    "hourly": {"time": (-24..48).map(|i| hour(i).as_second()).collect::<Vec<_>>(),
                        "wind_speed_100m": always(7.0), "shortwave_radiation": always(0.0),
                        "direct_normal_irradiance": always(0.0), "temperature_2m": always(20.0)}})
            };
            let places = list("latitude").into_iter().zip(list("longitude")).map(place);
            let (status, body) = if line.contains("/v1/forecast?") {
                ("200 OK", places.collect())
            } else {
                ("404 Not Found", json!({}))
            };
            let body = body.to_string();
            let head = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close");
            write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    origin
}

#[test]
fn a_forecast_of_the_weather_model_says_what_it_is_worth() {
    let origin = open_meteo();
    let model =
        format!("  - {{signal: RenewableShare, openMeteo: {{zone: MA, terms: OwnHost, endpoint: \"{origin}\"}}}}\n");
    let folder = folder(&[("zone.yaml", zone(&model))]);
    let asked = ["forecast", "ma", "--file", "zone.yaml", "--allow-endpoint", &origin];
    let (text, complaint) = run(&folder, &asked);
    assert_eq!(complaint, None);
    for words in ["note      grade C", "note      not validated: "] {
        assert!(text.contains(words), "{words}:\n{text}");
    }
}

#[test]
fn a_check_says_why_a_weather_model_has_no_ensemble_and_does_not_fail_for_it() {
    let origin = open_meteo();
    let model =
        format!("  - {{signal: RenewableShare, openMeteo: {{zone: MA, terms: OwnHost, endpoint: \"{origin}\"}}}}\n");
    let folder = folder(&[("zone.yaml", zone(&model))]);
    let check = ["grid", "check", "--file", "zone.yaml", "--allow-endpoint", &origin];
    let (text, complaint) = run(&folder, &check);
    assert_eq!(complaint, None, "it counts all the same");
    for words in [
        "  weak  RenewableShare     Open-Meteo weather model MA",
        "        there is no ensemble, so its interval is wider: asking Open-Meteo for the country \"MA\": it answers 404 Not Found: nothing",
    ] {
        assert!(text.contains(words), "{words}:\n{text}");
    }
}

#[test]
fn a_check_says_of_each_source_whether_it_works_and_what_to_do_and_fails_where_one_does_not() {
    let origin = carbon_aware(Arc::new(Barrier::new(1)));
    let sources = format!(
        "  - {{signal: CarbonIntensity, flow: Consumption, carbonAware: {{location: ma, endpoint: \"{origin}\"}}}}\n  \
           - {{signal: CarbonIntensity, electricityMaps: {{zone: MA, secret: {{name: maps}}, endpoint: \"http://127.0.0.1:1\"}}}}\n"
    );
    let secret = format!("kind: Secret\napiVersion: v1\nmetadata: {{name: maps}}\nstringData: {{token: {KEY}}}\n");
    let folder = folder(&[("zone.yaml", format!("{}---\n{secret}", zone(&sources)))]);
    let check = ["grid", "check", "--file", "zone.yaml", "--allow-endpoint", &origin];
    let (text, complaint) = run(&folder, &check);
    let complaint = complaint.unwrap();
    assert!(complaint.contains("1 of 2 sources do not work"), "{complaint}");
    for words in [
        "ok    CarbonIntensity    Carbon Aware SDK ma at",
        "300 gCO2e/kWh now, as consumed, 24 slots until",
        "fails CarbonIntensity    Electricity Maps MA at http://127.0.0.1:1 (Blocked)",
        "an admin adds it with --allow-endpoint",
        "=> CarbonIntensity: Carbon Aware SDK",
    ] {
        assert!(text.contains(words), "{words}:\n{text}");
    }
    let (json, complaint) = run(
        &folder,
        &[
            "grid",
            "check",
            "ma",
            "--file",
            "zone.yaml",
            "-o",
            "json",
            "--log",
            "trace",
        ],
    );
    let shown = format!("{json}{}", complaint.unwrap());
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["sources"][1]["outcome"], "Blocked");
    assert_eq!(json[0]["signals"][0]["level"], "None");
    assert!(!shown.contains(KEY), "{shown}");
}

#[test]
fn all_zones_are_checked_at_a_time_and_shown_in_their_order() {
    let barrier = Arc::new(Barrier::new(2));
    let (first, second) = (carbon_aware(barrier.clone()), carbon_aware(barrier));
    let of = |name: &str, origin: &str| {
        let source =
            format!("  - {{signal: CarbonIntensity, carbonAware: {{location: ma, endpoint: \"{origin}\"}}}}\n");
        zone(&source).replace("name: ma", &format!("name: {name}"))
    };
    let both = format!("{}---\n{}", of("b", &second), of("a", &first));
    let folder = folder(&[("zones.yaml", both)]);
    let allowed = format!("{first},{second}");
    let (text, complaint) = run(
        &folder,
        &["grid", "check", "--file", "zones.yaml", "--allow-endpoint", &allowed],
    );
    assert_eq!(complaint, None, "{text}");
    let zones: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("zone ")).collect();
    assert_eq!(zones, ["a", "b"]);
}

#[test]
fn a_check_of_sources_that_work_succeeds_and_names_what_is_weak() {
    let sources = format!("{FILE}  - {{signal: RenewableShare, yearly: {{country: MA}}}}\n");
    let folder = folder(&[("zone.yaml", zone(&sources)), ("ma.csv", csv())]);
    let (text, complaint) = run(&folder, &["grid", "check", "--file", "zone.yaml"]);
    assert_eq!(complaint, None, "{text}");
    assert!(text.contains("weak  RenewableShare"), "{text}");
    assert!(
        text.contains("(Ember, CC BY 4.0), 26.5 % at all times, as generated\n"),
        "{text}"
    );
    assert!(
        text.contains("=> RenewableShare") && text.contains("level Constant"),
        "{text}"
    );
}

#[test]
fn the_history_that_a_carbon_aware_sdk_keeps_becomes_a_forecast_until_it_is_two_days_old() {
    let history = |end: i64| {
        let row =
            |i| json!({"Location": "ma", "Time": hour(i), "Rating": 400 + i.rem_euclid(24), "Duration": "01:00:00"});
        json!({"Date": "2026-11-20", "Emissions": (end - 200..end).map(row).collect::<Vec<_>>()}).to_string()
    };
    let folder = folder(&[
        ("zone.yaml", zone(FILE)),
        ("ma.csv", history(0)),
        ("old.yaml", zone(&FILE.replace("ma.csv", "old.json"))),
        ("old.json", history(-50)),
    ]);
    let (text, complaint) = run(&folder, &["forecast", "ma", "--file", "zone.yaml"]);
    assert_eq!(complaint, None);
    for words in [
        "our own forecast (file ma.csv)",
        "level Profile",
        "it says only what was",
    ] {
        assert!(text.contains(words), "{words}:\n{text}");
    }
    assert_eq!(run(&folder, &["grid", "check", "--file", "zone.yaml"]).1, None);
    let (text, complaint) = run(&folder, &["grid", "check", "--file", "old.yaml"]);
    assert!(complaint.is_some(), "{text}");
    assert!(
        text.contains("file old.json (NoData)") && text.contains("renew it"),
        "{text}"
    );
}

#[test]
fn a_constant_is_shown_as_one_value_for_all_times() {
    let constant = "  - {signal: CarbonIntensity, constant: {value: \"568\"}}\n";
    let folder = folder(&[("zone.yaml", zone(constant))]);
    let (text, complaint) = run(&folder, &["forecast", "ma", "--file", "zone.yaml"]);
    assert_eq!(complaint, None);
    assert!(text.contains("\n568 at all times: it ranks no hours"), "{text}");
    assert!(
        text.contains("\nlevel     Constant\n") && !text.contains("ago"),
        "{text}"
    );
    assert!(!text.contains("day (UTC)") && !text.contains("start (UTC)"), "{text}");
}

#[test]
fn what_a_cluster_would_not_take_or_not_read_is_refused_and_says_what_to_do() {
    let map = |metadata: &str| {
        format!(
            "{}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {metadata}\n",
            zone(FILE)
        )
    };
    let secret = map("{name: keys, namespace: other}").replace("ConfigMap", "Secret");
    for (text, words) in [
        (
            zone(FILE).replace("v1alpha1", "v1"),
            "has a GridZone of apiVersion \"alize.dev/v1\"; write apiVersion: alize.dev/v1alpha1",
        ),
        (
            map("{name: grid}").replace("apiVersion: v1\n", ""),
            "has a ConfigMap of apiVersion \"\"; write apiVersion: v1",
        ),
        (
            format!("{}---\n{}", zone(FILE), zone(FILE)),
            "has a second GridZone ma; keep one of them",
        ),
        (
            map("{name: grid, namespace: default}"),
            "the ConfigMap grid lies in the namespace default, but the operator reads alize-system",
        ),
        (secret, "the Secret keys lies in the namespace other"),
    ] {
        let folder = folder(&[("zone.yaml", text), ("ma.csv", csv())]);
        let complaint = run(&folder, &["grid", "check", "--file", "zone.yaml"]).1.unwrap();
        assert!(complaint.contains(words), "{words}: {complaint}");
    }
    let there = folder(&[
        ("zone.yaml", map("{name: grid, namespace: default}")),
        ("ma.csv", csv()),
    ]);
    let asked = ["grid", "check", "--file", "zone.yaml", "--namespace", "default"];
    assert_eq!(run(&there, &asked).1, None);
}

#[test]
fn what_cannot_be_asked_says_where_and_why() {
    let two = "  - {signal: CarbonIntensity, constant: {value: \"1\"}, file: {path: a}}\n";
    let wrong = FILE.replace("path", "pfad");
    let folder = folder(&[
        ("zone.yaml", zone(FILE)),
        ("two.yaml", zone(two)),
        ("wrong.yaml", format!("kind: Service\n---\n{}", zone(&wrong))),
        ("none.yaml", "kind: Service\n".into()),
        ("list.yaml", "{kind: List, apiVersion: v1, items: []}\n".into()),
    ]);
    for (args, words) in [
        (
            &["forecast", "fr", "--file", "zone.yaml"][..],
            "no GridZone fr among ma",
        ),
        (&["grid", "check", "--file", "two.yaml"], "names 2 kinds of source"),
        (&["grid", "check", "--file", "wrong.yaml"], "line 9 column 56"),
        (&["grid", "check", "--file", "none.yaml"], "there are no GridZones"),
        (&["grid", "check", "--file", "missing.yaml"], "reading missing.yaml"),
        (&["grid", "check", "--file", "list.yaml"], "write its items one by one"),
        (&["forecast", "ma", "--file", "zone.yaml"], "reading the file ma.csv"),
        (
            &["forecast", "ma", "--file", "zone.yaml", "--basis", "Direct"],
            "cannot be used with",
        ),
        (
            &[
                "forecast",
                "ma",
                "--file",
                "zone.yaml",
                "--issued-at",
                "2026-11-25T12:00:00Z",
            ],
            "cannot be used with",
        ),
        (&["forecast", "ma", "--basis", "Direct"], "--weather <FILE>"),
    ] {
        let complaint = run(&folder, args).1.unwrap();
        assert!(complaint.contains(words), "{args:?}: {complaint}");
    }
}
