//! The room as its users see it: a board that runs.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;

use super::scene::{Scene, at, config_map, csv, spec};
use super::{FORECASTS, Outcome, Provider, Settings, SourceKind, SourceSpec};
use crate::planner::{Certainty, Level, Outlook};
use crate::units::{Basis, Clock, Signal, Slot, ZoneName};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

fn scene() -> Scene {
    Scene::new(Settings::default())
}

#[tokio::test(start_paused = true)]
async fn a_config_map_that_changes_is_read_at_once() {
    let scene = scene();
    scene.zones(&[("ma", &[config_map("grid")])]);
    scene.write("grid", &csv(&[418.0; 24]));
    assert!(scene.pass(SECOND).await > 0);
    assert_eq!(scene.shows("ma"), (Some(418.0), Level::Live));
    scene.write("grid", &csv(&[96.0; 24]));
    assert!(scene.pass(SECOND).await > 0, "its refresh would be in half a minute");
    assert_eq!(scene.shows("ma"), (Some(96.0), Level::Live));
}

#[tokio::test(start_paused = true)]
async fn a_broken_text_leaves_the_last_good_one_in_use_and_says_what_is_wrong() {
    let scene = scene();
    scene.zones(&[("ma", &[config_map("grid")])]);
    scene.write("grid", &csv(&[418.0; 24]));
    scene.pass(SECOND).await;
    scene.write("grid", "noon,one,much");
    scene.pass(2 * MINUTE).await;
    assert_eq!(scene.shows("ma"), (Some(418.0), Level::Cached));
    let report = &scene.board.report(&"ma".into(), scene.clock.now())[0];
    assert!(
        report.message.as_ref().unwrap().contains("\"noon\" is no instant"),
        "{report:?}"
    );
    let outcomes: Vec<Outcome> = scene.fetched.lock().unwrap().iter().map(|f| f.outcome).collect();
    assert!(outcomes.contains(&Outcome::Ok) && outcomes.contains(&Outcome::Invalid));
}

#[tokio::test(start_paused = true)]
async fn p7_a_text_that_nobody_renews_ages_until_it_is_renewed() {
    let scene = scene();
    scene.zones(&[("ma", &[config_map("grid")])]);
    scene.write("grid", &csv(&[1.0; 24]));
    scene.pass(3 * HOUR).await;
    let issued = || {
        scene.board.report(&"ma".into(), scene.clock.now())[0]
            .issued_at
            .unwrap()
    };
    assert!(scene.clock.now().duration_since(issued()) >= SignedDuration::from_hours(3) - SignedDuration::from_secs(1));
    scene.write("grid", &csv(&[2.0; 24]));
    scene.pass(SECOND).await;
    assert!(scene.clock.now().duration_since(issued()) <= SignedDuration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_file_is_as_old_as_its_last_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    std::fs::write(&path, csv(&[7.0; 24])).unwrap();
    let written = at(-2).into();
    std::fs::File::open(&path).unwrap().set_modified(written).unwrap();
    let scene = Scene::new(Settings {
        data_dir: Some(folder.path().into()),
        ..Settings::default()
    });
    scene.zones(&[(
        "ma",
        &[spec(SourceKind::File {
            path: "a.csv".into(),
            location: None,
        })],
    )]);
    scene.pass(SECOND).await;
    assert_eq!(scene.shows("ma"), (Some(7.0), Level::Live));
    let report = &scene.board.report(&"ma".into(), scene.clock.now())[0];
    assert_eq!(report.issued_at, Some(at(-2)));
    assert_eq!(report.horizon, Some(at(24)));
}

#[tokio::test(start_paused = true)]
async fn a_constant_is_assumed_never_ages_and_is_asked_once() {
    let scene = scene();
    scene.zones(&[("ma", &[spec(SourceKind::Constant(568.0))])]);
    scene.pass(100 * HOUR).await;
    let now = scene.clock.now();
    let outlooks = scene.board.outlooks(now);
    let series = outlooks[&ZoneName::from("ma")].carbon_intensity.series().unwrap();
    assert_eq!((series.level, series.certainty), (Level::Constant, Certainty::Assumed));
    assert_eq!((series.at(now), series.issued_at), (Some(568.0), now));
    let report = &scene.board.report(&"ma".into(), now)[0];
    assert_eq!((report.issued_at, report.horizon), (None, None));
    assert_eq!(scene.fetched.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn p9_a_text_that_is_over_is_a_past_from_which_a_forecast_is_made_or_says_when_it_ended() {
    let scene = scene();
    // A day that repeats, best at nine.
    let week = |until: i64| {
        let hours = until - 8 * 24..until;
        let value = |hour: i64| if (hour + 12).rem_euclid(24) == 9 { 200 } else { 500 };
        let rows = hours.map(|hour| format!("{},{},{}\n", at(hour), at(hour + 1), value(hour)));
        rows.collect::<String>()
    };
    scene.write("yesterday", &week(-20));
    scene.write("before", &week(-50));
    scene.zones(&[("ma", &[config_map("yesterday")]), ("es", &[config_map("before")])]);
    scene.pass(SECOND).await;
    assert_eq!(scene.shows("ma").1, Level::Profile);
    let now = scene.clock.now();
    let outlooks = scene.board.outlooks(now);
    let series = outlooks[&ZoneName::from("ma")].carbon_intensity.series().unwrap();
    assert_eq!(series.issued_at, at(-20));
    assert!(
        (series.at(at(21)).unwrap() - 200.0).abs() < 1e-9,
        "nine o'clock of the next day"
    );
    assert_eq!(scene.shows("es"), (None, Level::None));
    let message = scene.board.report(&"es".into(), now)[0].message.clone().unwrap();
    assert!(
        message.contains("ended at 2026-11-23T10:00:00Z and says nothing of the days to come; renew it"),
        "{message}"
    );
}

#[tokio::test(start_paused = true)]
async fn every_source_has_its_score_whether_it_is_in_use_or_not() {
    let scene = scene();
    let days = |from: i64, until: i64| {
        let value = |hour: i64| if (hour + 12).rem_euclid(24) == 9 { 200 } else { 500 };
        let rows = (24 * from..24 * until).map(|hour| format!("{},{},{}\n", at(hour), at(hour + 1), value(hour)));
        rows.collect::<String>()
    };
    let seldom = |name| SourceSpec {
        refresh: Some(SignedDuration::from_hours(6)),
        ..config_map(name)
    };
    scene.zones(&[(
        "ma",
        &[seldom("past"), seldom("ahead"), spec(SourceKind::Constant(568.0))],
    )]);
    for day in [0, 3] {
        scene.write("past", &days(day - 10, day));
        scene.write("ahead", &days(day - 10, day + 3));
        scene.pass(72 * HOUR).await;
    }
    scene.write("ahead", &days(-4, 8));
    scene.pass(SECOND).await;
    let scores = scene.board.scores(scene.clock.now());
    let told: Vec<_> = scores.iter().map(|one| (one.place, one.provider, one.in_use)).collect();
    assert_eq!(told, [(1, Provider::ConfigMap, false), (2, Provider::ConfigMap, true)]);
    assert!(
        scores.iter().all(|one| one.score.kept > 0.9 && one.zone == "ma".into()),
        "{scores:?}"
    );
    scene.zones(&[("ma", &[seldom("ahead")])]);
    let places: Vec<usize> = scene
        .board
        .scores(scene.clock.now())
        .iter()
        .map(|one| one.place)
        .collect();
    assert_eq!(places, [1]);
}

#[tokio::test(start_paused = true)]
async fn zones_that_name_the_same_source_ask_it_once() {
    let scene = scene();
    scene.write("grid", &csv(&[418.0; 24]));
    scene.zones(&[("a", &[config_map("grid")]), ("b", &[config_map("grid")])]);
    scene.pass(SECOND).await;
    assert_eq!(scene.shows("a"), scene.shows("b"));
    // The change of the ConfigMap is a second occasion to ask, the second zone is not.
    assert!(scene.fetched.lock().unwrap().len() <= 2);
    assert_eq!(scene.fetched.lock().unwrap()[0].provider, Provider::ConfigMap);
}

#[tokio::test(start_paused = true)]
async fn what_is_known_stays_when_zones_change_around_it_and_goes_with_the_last_zone() {
    let scene = scene();
    scene.write("grid", &csv(&[418.0; 24]));
    scene.zones(&[("a", &[config_map("grid")])]);
    scene.pass(SECOND).await;
    let shown = scene.shows("a");
    scene.zones(&[("b", &[spec(SourceKind::Constant(1.0)), config_map("grid")])]);
    let report = scene.board.report(&"b".into(), scene.clock.now());
    assert_eq!(report[0].value, shown.0, "without being asked again");
    assert_eq!(scene.board.report(&"a".into(), scene.clock.now()), []);
    scene.zones(&[]);
    scene.zones(&[("a", &[config_map("grid")])]);
    assert_eq!(scene.shows("a"), (None, Level::None));
}

#[tokio::test(start_paused = true)]
async fn a_first_word_is_waited_for_ten_seconds_of_a_new_source_and_by_a_new_leader() {
    let scene = scene();
    assert_eq!(scene.board.first_words(), None);
    scene.zones(&[("a", &[config_map("grid")])]);
    assert_eq!(scene.board.first_words(), Some(10 * SECOND));
    tokio::time::sleep(4 * SECOND).await;
    assert_eq!(scene.board.first_words(), Some(6 * SECOND));
    tokio::time::sleep(6 * SECOND).await;
    assert_eq!(scene.board.first_words(), None, "in vain");
    scene.board.set_asking(true);
    assert_eq!(scene.board.first_words(), Some(10 * SECOND));
    scene.pass(SECOND).await;
    assert_eq!(
        scene.board.first_words(),
        None,
        "it has been asked, though there is none"
    );
}

#[tokio::test(start_paused = true)]
async fn a_first_word_is_waited_for_where_what_was_known_before_a_restart_is_too_old() {
    let model = |issued: i64| {
        let scene = scene();
        let spec = spec(SourceKind::Elia(super::Elia { endpoint: None }));
        let spec = SourceSpec {
            signal: Signal::RenewableShare,
            basis: Basis::Unstated,
            ..spec
        };
        let run = format!(
            r#"{{"start": {}, "step": 3600, "values": {:?}}}"#,
            at(0).as_second(),
            [0.4; 24]
        );
        let name = format!("{:?} {:?} {:?}", spec.signal, spec.counts(), spec.kind);
        let entry = json!({"source": name, "issuedAt": at(issued), "readAt": at(issued), "certainty": "Published",
            "runs": [serde_json::from_str::<serde_json::Value>(&run).unwrap()]});
        let memory = json!({"sources": [entry]}).to_string();
        scene
            .texts
            .set(FORECASTS.0, BTreeMap::from([(FORECASTS.1.to_owned(), memory)]));
        scene.zones(&[("be", &[spec])]);
        scene
    };
    assert_eq!(
        model(-1).board.first_words(),
        None,
        "it is as good as if it had just been told"
    );
    let old = model(-8);
    assert_eq!(old.shows("be").0, Some(0.4), "it is known");
    assert_eq!(old.board.first_words(), Some(10 * SECOND));
}

#[tokio::test(start_paused = true)]
async fn the_same_zones_again_wake_nobody() {
    let scene = scene();
    let zones: [(&str, &[_]); 1] = [("a", &[spec(SourceKind::Constant(1.0))])];
    scene.zones(&zones);
    assert_eq!(scene.pass(SECOND).await, 1);
    scene.zones(&zones);
    assert_eq!(scene.pass(SECOND).await, 0);
}

#[tokio::test(start_paused = true)]
async fn where_nothing_is_known_the_outlook_says_why() {
    let scene = scene();
    scene.zones(&[("ma", &[config_map("grid")])]);
    scene.pass(SECOND).await;
    let outlooks = scene.board.outlooks(scene.clock.now());
    let zone = &outlooks[&ZoneName::from("ma")];
    let Outlook::Unknown(why) = zone.signal(Signal::CarbonIntensity) else {
        panic!("{zone:?}");
    };
    assert!(
        why.contains("no ConfigMap grid with a key a.csv") && why.contains("create it"),
        "{why}"
    );
    let Outlook::Unknown(why) = zone.signal(Signal::RenewableShare) else {
        panic!("{zone:?}");
    };
    assert_eq!(why, "the zone has no source for it");
}

#[tokio::test(start_paused = true)]
async fn a_constant_out_of_range_is_no_value_at_all() {
    let scene = scene();
    let share = super::SourceSpec {
        signal: Signal::RenewableShare,
        ..spec(SourceKind::Constant(27.0))
    };
    scene.zones(&[("ma", &[share])]);
    scene.pass(SECOND).await;
    assert_eq!(scene.shows("ma"), (None, Level::None));
    let report = &scene.board.report(&"ma".into(), scene.clock.now())[0];
    assert!(
        report.message.as_ref().unwrap().contains("write 0.35 for 35 %"),
        "{report:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn f3_a_flat_series_is_no_fault_and_one_of_zeros_is_said_to_be_odd() {
    let scene = scene();
    let share = |name| super::SourceSpec {
        signal: Signal::RenewableShare,
        ..config_map(name)
    };
    scene.write("flat", &csv(&[0.27; 24]));
    scene.write("zeros", &csv(&[0.0; 24]));
    scene.zones(&[("flat", &[share("flat")]), ("zeros", &[share("zeros")])]);
    scene.pass(SECOND).await;
    let report = |zone: &str| scene.board.report(&zone.into(), scene.clock.now()).remove(0);
    assert_eq!(
        (report("flat").value, report("flat").level, report("flat").message),
        (Some(0.27), Level::Live, None)
    );
    assert_eq!((report("zeros").value, report("zeros").level), (Some(0.0), Level::Live));
    assert!(
        report("zeros")
            .message
            .unwrap()
            .contains("every value of it is 0; check")
    );
}

#[tokio::test(start_paused = true)]
async fn f3_slots_of_several_lengths_hold_each_for_its_own_time() {
    let scene = scene();
    let row = |from: i64, until: i64, value: f64| {
        let minute = |minutes| at(0) + SignedDuration::from_mins(minutes);
        format!("{},{},{value}\n", minute(from), minute(until))
    };
    let rows = [
        row(0, 15, 100.0),
        row(15, 30, 200.0),
        row(30, 60, 300.0),
        row(60, 240, 400.0),
    ];
    scene.write("grid", &rows.concat());
    scene.zones(&[("ma", &[config_map("grid")])]);
    scene.pass(SECOND).await;
    let outlooks = scene.board.outlooks(scene.clock.now());
    let series = outlooks[&ZoneName::from("ma")].carbon_intensity.series().unwrap();
    let values = [0, 20, 59, 61, 239].map(|minutes| series.at(at(0) + SignedDuration::from_mins(minutes)));
    assert_eq!(values, [100.0, 200.0, 300.0, 400.0, 400.0].map(Some));
    let mean = |hours| series.mean(Slot::of(at(0), SignedDuration::from_hours(hours)));
    assert_eq!((mean(1), mean(2)), (Some(225.0), Some(312.5)));
    assert_eq!(series.known_until(at(0)), Some(at(4)));
}
