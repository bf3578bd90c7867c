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
        match self.told {
            0 => "no ensemble".to_owned(),
            hours => format!("{} members for {hours} h", self.members),
        }
    }

    /// What to know of this forecast, a sentence each.
    pub fn notes(&self) -> Vec<String> {
        const OWN: &str = "the interval of 80 % is the model's own error, and an assumed growth with the lead";
        let (members, told, hours) = (self.members, self.told, self.hours.len());
        let mut notes = vec![match told {
            0 if members > 1 => format!("its ensemble of {members} members is too small or of other hours: {OWN}"),
            0 => format!("there was no ensemble: {OWN}"),
            _ => format!("the interval of 80 % is that of {members} members, widened by the model's own error"),
        }];
        if 0 < told && told < hours {
            notes.push(format!(
                "in {} of its {hours} hours, which the ensemble does not know, {OWN}",
                hours - told
            ));
        }
        if self.coverage < GOOD_COVERAGE {
            notes.push(format!(
                "the weather is known near {:.0} % of the capacity; the rest is taken to do like it",
                self.coverage * 100.0
            ));
        }
        notes
    }
}
