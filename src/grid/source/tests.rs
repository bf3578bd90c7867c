//! When a source is asked again, and which of its answers count.

use super::*;
use crate::units::{Basis, Clock, Signal, Slot, SystemClock};

fn source(refresh: i64) -> Source {
    let spec = SourceSpec {
        signal: Signal::CarbonIntensity,
        basis: Basis::Direct,
        flow: None,
        refresh: Some(SignedDuration::from_secs(refresh)),
        kind: SourceKind::File {
            path: "a.csv".into(),
            location: None,
        },
    };
    Source::new(spec, SystemClock.monotonic(), Patience::default())
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn answer(value: f64) -> Answer {
    let slot = Slot {
        start: at(0),
        end: at(1_000_000),
    };
    Answer {
        points: vec![Point::of(slot, value)],
        issued_at: None,
        certainty: Certainty::Published,
        source: None,
        weakness: None,
    }
}

/// How long the source waits after `said`, in seconds.
fn wait_after(source: &mut Source, said: Result<Answer, SourceError>) -> f64 {
    let monotonic = SystemClock.monotonic();
    source.take(said, at(0), monotonic);
    source.due.duration_since(monotonic).as_secs_f64()
}

fn gone() -> Result<Answer, SourceError> {
    Err(SourceError::Unreachable("it is gone".into()))
}

#[test]
fn failures_are_tried_again_soon_then_ever_later_but_never_later_than_its_own_pace() {
    let mut source = source(60);
    for seconds in [5.0, 10.0, 20.0, 40.0, 60.0, 60.0] {
        let wait = wait_after(&mut source, gone());
        assert!(
            (seconds..=seconds * 1.1).contains(&wait),
            "{wait} is not about {seconds}"
        );
    }
    assert!(wait_after(&mut source, Ok(answer(1.0))) >= 60.0);
    assert!(wait_after(&mut source, gone()) < 6.0, "an answer ends the row");
}

#[test]
fn a_source_that_is_asked_every_second_is_left_alone_once_it_is_broken() {
    let mut source = source(1);
    for seconds in [1.0, 1.0, 1.0, 20.0, 20.0] {
        let wait = wait_after(&mut source, gone());
        assert!(
            (seconds..=seconds * 1.1).contains(&wait),
            "{wait} is not about {seconds}"
        );
    }
    assert!(wait_after(&mut source, Ok(answer(1.0))) < 2.0, "an answer mends it");
}

#[test]
fn sources_that_fell_into_step_do_not_stay_in_step() {
    let mut waits: Vec<f64> = (0..100)
        .map(|_| wait_after(&mut source(100), Ok(answer(1.0))))
        .collect();
    waits.sort_by(f64::total_cmp);
    assert!((100.0..=110.0).contains(&waits[0]) && waits[99] <= 110.0, "{waits:?}");
    assert!(waits[99] - waits[0] > 5.0, "{waits:?}");
}

#[test]
fn what_is_over_or_older_than_what_was_said_before_is_no_step_forward() {
    let mut text = source(60);
    let monotonic = SystemClock.monotonic();
    text.take(Ok(answer(1.0)), at(0), monotonic);
    let mut over = answer(2.0);
    over.points[0].slot.end = at(10);
    text.take(Ok(over), at(20), monotonic);
    assert_eq!(text.series(Level::Cached, at(20)).unwrap().at(at(20)), Some(1.0));
    assert!(
        text.flaw(at(20)).unwrap().contains("renew it"),
        "{:?}",
        text.flaw(at(20))
    );

    let made = |second| Answer {
        issued_at: Some(at(second)),
        ..answer(second as f64)
    };
    let elia = SourceKind::Elia(crate::grid::providers::Elia { endpoint: None });
    let mut service = Source::new(
        SourceSpec {
            kind: elia,
            ..text.spec.clone()
        },
        monotonic,
        Patience::default(),
    );
    for second in [100, 90, 110] {
        service.take(Ok(made(second)), at(120), monotonic);
        let latest = second.max(100) as f64;
        assert_eq!(service.series(Level::Live, at(120)).unwrap().at(at(120)), Some(latest));
        assert_eq!(service.flaw(at(120)).is_some(), second == 90);
    }
}

#[test]
fn a_plea_for_fewer_requests_is_heard_up_to_a_day() {
    let plea = |seconds: Option<i64>| Err(SourceError::Throttled(seconds.map(SignedDuration::from_secs)));
    for (seconds, heard) in [
        (Some(100), 100.0),
        (Some(-5), 5.0),
        (Some(i64::MAX), 86_400.0),
        (None, 60.0),
    ] {
        let wait = wait_after(&mut source(10), plea(seconds));
        assert!((heard..=heard * 1.1).contains(&wait), "{seconds:?}: {wait}");
    }
}

#[test]
fn what_only_people_can_mend_is_tried_again_hourly_and_what_is_not_there_yet_at_its_own_pace() {
    let unauthorized = SourceError::Unauthorized("check the key".into());
    let refused = SourceError::Refused("check the zone".into());
    let nothing = SourceError::NoData("it has none yet".into());
    for (error, seconds) in [(unauthorized, 3600.0), (refused, 3600.0), (nothing, 60.0)] {
        let wait = wait_after(&mut source(60), Err(error));
        assert!(
            (seconds..=seconds * 1.1).contains(&wait),
            "{wait} is not about {seconds}"
        );
    }
}

#[test]
fn a_series_that_does_not_say_when_it_was_made_ages_from_when_it_was_first_seen() {
    let mut source = source(60);
    let issued = |source: &Source| source.series(Level::Live, at(0)).unwrap().issued_at;
    let monotonic = SystemClock.monotonic();
    assert!(source.take(Ok(answer(1.0)), at(10), monotonic));
    assert!(
        !source.take(Ok(answer(1.0)), at(20), monotonic),
        "the same again is no news"
    );
    assert_eq!(issued(&source), at(10));
    assert!(source.take(Ok(answer(2.0)), at(30), monotonic));
    assert_eq!(issued(&source), at(30));
}

#[test]
fn a_series_was_fetched_when_it_was_first_read_as_it_is_and_reading_it_again_changes_nothing() {
    let mut source = source(60);
    let fetched = |source: &Source| source.series(Level::Live, at(0)).unwrap().fetched_at;
    let monotonic = SystemClock.monotonic();
    let made = |value| Answer {
        issued_at: Some(at(5)),
        ..answer(value)
    };
    for (second, value, first) in [(10, 1.0, 10), (20, 1.0, 10), (30, 2.0, 30)] {
        source.take(Ok(made(value)), at(second), monotonic);
        assert_eq!(fetched(&source), at(first));
    }
    source.take(gone(), at(40), monotonic);
    assert_eq!(fetched(&source), at(30));
}

#[test]
fn f8_a_forecast_that_names_the_wrong_hours_for_weeks_is_called_so_and_one_of_our_own_stands_in_for_it() {
    let hour = |hour: i64| at(hour * 3600);
    let value = |hour: i64| if hour.rem_euclid(24) == 9 { 200.0 } else { 500.0 };
    let point = |of: i64, value| Point::of(Slot::of(hour(of), SignedDuration::from_hours(1)), value);
    let mut source = source(60);
    for now in 200..900 {
        let past = (0..=now).map(|of| point(of, value(of)));
        let ahead = (now + 1..now + 60).map(|of| point(of, value(of + 5)));
        let inverted = Answer {
            points: past.chain(ahead).collect(),
            issued_at: Some(hour(now)),
            ..answer(1.0)
        };
        source.take(Ok(inverted), hour(now), SystemClock.monotonic());
    }
    let words = "its forecast has ranked the hours worse than a plain profile for weeks";
    let flaw = source.flaw(hour(899)).unwrap();
    assert!(flaw.starts_with(words) && flaw.ends_with("stands in for it"), "{flaw}");
    source.take(gone(), hour(899), SystemClock.monotonic());
    let flaw = source.flaw(hour(899)).unwrap();
    assert!(flaw.starts_with("it is gone; ") && flaw.contains(words), "{flaw}");
    let used = crate::grid::ladder::judge(&[&source], hour(899)).chosen;
    assert!(used.is_some_and(|(chosen, level)| chosen.is_distrusted() && level == Level::Profile));
    let nine = hour(24 * 38 + 9);
    let said = source.series(Level::Profile, hour(899)).unwrap().at(nine);
    assert!(said.is_some_and(|said| (said - 200.0).abs() < 10.0), "{said:?}");
}

#[test]
fn a_key_that_changes_while_it_is_asked_with_the_old_one_has_it_asked_again_at_once() {
    let refused = || Err(SourceError::Unauthorized("check the key".into()));
    let mut source = source(60);
    source.asked();
    source.renew(SystemClock.monotonic());
    assert!(wait_after(&mut source, refused()) <= 0.0);
    source.asked();
    assert!(wait_after(&mut source, refused()) >= 3600.0);
}

#[test]
fn a_failure_is_news_once_and_so_is_its_end() {
    let mut source = source(60);
    let monotonic = SystemClock.monotonic();
    let mut take = |said| source.take(said, at(0), monotonic);
    assert!(take(Ok(answer(1.0))));
    assert!(take(gone()));
    assert!(!take(gone()));
    assert!(take(Ok(answer(1.0))));
}

#[test]
fn an_endless_problem_is_cut_short() {
    let mut source = source(60);
    let endless = SourceError::Unreadable("é".repeat(1_000_000));
    source.take(Err(endless), at(0), SystemClock.monotonic());
    let shown = source.shortcoming(at(0)).unwrap();
    assert!(shown.starts_with("file a.csv: é") && shown.chars().count() < 600);
}
