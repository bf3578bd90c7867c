//! What people must know of a forecast: its grade, what was not validated, how old its parameters are, and what it lacked.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::forecast::Forecast;
use super::parameters::{Grade, Parameters};

/// Grids change: after this many months their capacities are called old.
const OLD: i32 = 18;
/// Less coverage than this is told.
const GOOD_COVERAGE: f64 = 0.95;

impl Grade {
    fn words(self) -> &'static str {
        match self {
            Self::A => "grade A: validated against the country's own hours",
            Self::B => "grade B: validated against the country's own months",
            Self::C => "grade C: its years agree with what is published, its hours could not be validated",
            Self::D => "grade D: capacities are published, the rest is assumed; nothing could be validated",
        }
    }
}

impl Parameters {
    /// The name of the model, for a source.
    pub fn title(&self) -> String {
        format!(
            "model of {} of {}, grade {:?}",
            self.name,
            self.as_of.strftime("%Y-%m"),
            self.quality.grade
        )
    }

    /// What to know of any forecast that is made at `now`, a sentence each.
    pub fn notes(&self, now: Timestamp) -> Vec<String> {
        let mut notes = vec![
            self.quality.grade.words().to_owned(),
            format!("not validated: {}", self.quality.not_validated.join("; ")),
        ];
        let today = now.to_zoned(TimeZone::UTC).date();
        let months = i32::from(today.year() - self.as_of.year()) * 12 + i32::from(today.month() - self.as_of.month());
        if months > OLD {
            notes.push(format!(
                "its capacities are those of {}, {months} months ago; what was built since is missing",
                self.as_of
            ));
        }
        notes
    }
}

impl Forecast {
    /// What its interval comes from, for a source.
    pub fn spread(&self) -> String {
        match self.members {
            0 | 1 => "no ensemble".to_owned(),
            members => format!("{members} members"),
        }
    }

    /// What to know of this forecast, a sentence each.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = vec![if self.members > 1 {
            format!(
                "the interval of 80 % is that of {} members, widened by the model's own error",
                self.members
            )
        } else {
            "there was no ensemble: the interval of 80 % is the model's own error, and an assumed growth with the lead"
                .to_owned()
        }];
        if self.coverage < GOOD_COVERAGE {
            notes.push(format!(
                "the weather is known near {:.0} % of the capacity; the rest is taken to do like it",
                self.coverage * 100.0
            ));
        }
        notes
    }
}
