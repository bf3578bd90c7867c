//! Jobs for the tests of this room.

use jiff::{SignedDuration, Timestamp};

use crate::planner::{Demand, Freedom, Length, LengthSource, Placement, Progress, Stage};
use crate::units::{JobKey, Resources, Watts};

/// A job of so many cores that runs so many minutes, submitted so many minutes after Monday, 5 January 1970.
pub(super) fn demand(minute: i64, cores: i64, minutes: i64) -> Demand {
    let submitted = at(minute);
    let name = format!("{minute}-{cores}-{minutes}");
    let length = SignedDuration::from_mins(minutes);
    Demand {
        job: JobKey {
            namespace: "team".into(),
            uid: name.as_str().into(),
            name: name.into(),
        },
        policy: "policy".into(),
        stage: Stage::Held,
        submitted,
        latest_start: submitted + SignedDuration::from_hours(6),
        finish_by: Some(submitted + SignedDuration::from_hours(12)),
        length: Length {
            expected: length,
            upper: length,
            source: LengthSource::Learned,
        },
        watts: Watts(5.0 * cores as f64),
        request: Resources {
            cpu_milli: 1000 * cores,
            memory_bytes: cores << 30,
            gpus: 0,
        },
        placement: Placement::Choose(vec!["a".into()]),
        published: None,
        curve: Some("team/".into()),
        gpu_model: None,
        freedom: Freedom::default(),
        progress: Progress::default(),
    }
}

/// So many minutes after Monday, 5 January 1970.
pub(super) fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(4 * 86_400 + minute * 60).unwrap()
}
