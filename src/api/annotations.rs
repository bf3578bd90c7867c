//! What the owner of a job asks for in its annotations: they only narrow what the policy allows.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::job::annotation;
use crate::units::{Watts, parse_duration};

/// An annotation that cannot be read, with what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("annotation {key}: {problem}")]
pub struct InvalidAnnotation {
    /// Which annotation.
    pub key: &'static str,
    /// What is wrong, and what to write instead.
    pub problem: String,
}

/// The owner's wishes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Wishes {
    /// When it must have finished.
    pub finish_by: Option<Timestamp>,
    /// The longest wait.
    pub max_delay: Option<SignedDuration>,
    /// How long it runs.
    pub expected_duration: Option<SignedDuration>,
    /// Whether it may be paused.
    pub interruptible: bool,
    /// The power of all its pods.
    pub watts: Option<Watts>,
    /// Start at once.
    pub run_now: bool,
}

impl Wishes {
    /// Reads the annotations of a job created at `created`.
    ///
    /// # Errors
    /// The first annotation that cannot be read. Such a job runs at once: a wish we do not understand must not delay it.
    pub fn read(annotations: &BTreeMap<String, String>, created: Timestamp) -> Result<Self, InvalidAnnotation> {
        let text = |key: &str| annotations.get(key).map(|value| value.trim());
        let duration = |key: &'static str| {
            text(key)
                .map(|value| {
                    parse_duration(value).map_err(|problem| InvalidAnnotation {
                        key,
                        problem: shorten(problem),
                    })
                })
                .transpose()
        };
        Ok(Self {
            finish_by: text(annotation::FINISH_BY)
                .map(|value| finish_by(value, created))
                .transpose()?,
            max_delay: duration(annotation::MAX_DELAY)?,
            expected_duration: duration(annotation::EXPECTED_DURATION)?,
            interruptible: text(annotation::INTERRUPTIBLE)
                .map_or(Ok(false), |v| boolean(annotation::INTERRUPTIBLE, v))?,
            watts: text(annotation::WATTS).map(watts).transpose()?,
            run_now: text(annotation::RUN_NOW).map_or(Ok(false), |v| boolean(annotation::RUN_NOW, v))?,
        })
    }
}

fn finish_by(value: &str, created: Timestamp) -> Result<Timestamp, InvalidAnnotation> {
    if let Ok(instant) = value.parse::<Timestamp>() {
        return Ok(instant);
    }
    let after = parse_duration(value).ok().and_then(|d| created.checked_add(d).ok());
    after.ok_or_else(|| InvalidAnnotation {
        key: annotation::FINISH_BY,
        problem: shorten(format!(
            "{value:?} is neither an instant nor a duration after creation; write for example \"2026-11-26T06:00:00Z\" or \"8h\""
        )),
    })
}

fn watts(value: &str) -> Result<Watts, InvalidAnnotation> {
    match value.parse::<f64>() {
        Ok(watts) if watts.is_finite() && watts > 0.0 => Ok(Watts(watts)),
        _ => Err(InvalidAnnotation {
            key: annotation::WATTS,
            problem: shorten(format!("{value:?} is not a power above 0; write for example \"350\"")),
        }),
    }
}

fn boolean(key: &'static str, value: &str) -> Result<bool, InvalidAnnotation> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(InvalidAnnotation {
            key,
            problem: shorten(format!("{value:?} is neither \"true\" nor \"false\"")),
        }),
    }
}

/// Keeps a problem readable whatever somebody wrote into the annotation.
fn shorten(problem: String) -> String {
    const MOST: usize = 300;
    if problem.chars().count() <= MOST {
        return problem;
    }
    // The advice stands at the end, so keep both ends.
    let head: String = problem.chars().take(MOST / 3).collect();
    let tail: String = problem.chars().skip(problem.chars().count() - MOST / 2).collect();
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(key: &str, value: &str) -> Result<Wishes, InvalidAnnotation> {
        let created = Timestamp::from_second(1_000_000).unwrap();
        Wishes::read(&BTreeMap::from([(key.to_owned(), value.to_owned())]), created)
    }

    #[test]
    fn finish_by_is_an_instant_or_a_duration_after_creation() {
        let absolute = read("alize.dev/finish-by", "1970-01-12T15:46:40Z").unwrap();
        let relative = read("alize.dev/finish-by", "2h").unwrap();
        assert_eq!(absolute.finish_by.unwrap().as_second(), 1_007_200 - 7_200 + 7_200);
        assert_eq!(relative.finish_by.unwrap().as_second(), 1_007_200);
    }

    #[test]
    fn a_wrong_annotation_names_itself_and_says_what_to_write() {
        let cases = [
            ("alize.dev/finish-by", "tomorrow"),
            ("alize.dev/max-delay", "-5m"),
            ("alize.dev/expected-duration", "long"),
            ("alize.dev/watts", "NaN"),
            ("alize.dev/run-now", "yes"),
        ];
        for (key, value) in cases {
            let error = read(key, value).unwrap_err();
            assert_eq!(error.key, key);
            assert!(error.to_string().contains(value), "{error}");
        }
    }

    #[test]
    fn a_huge_annotation_gives_a_short_sentence() {
        let error = read("alize.dev/max-delay", &"x".repeat(300_000)).unwrap_err();
        assert!(error.to_string().len() < 1000, "{}", error.to_string().len());
        assert!(error.to_string().contains("write for example"), "{error}");
    }
}
