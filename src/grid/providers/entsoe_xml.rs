//! The documents of the ENTSO-E Transparency Platform (IEC 62325-451-6): time series of megawatts, or why there are none.
//!
//! ```xml
//! <GL_MarketDocument><TimeSeries><curveType>A03</curveType><MktPSRType><psrType>B16</psrType></MktPSRType>
//!  <Period><timeInterval><start>2026-11-19T23:00Z</start><end>2026-11-20T00:00Z</end></timeInterval><resolution>PT15M</resolution>
//!   <Point><position>1</position><quantity>0</quantity></Point><Point><position>4</position><quantity>35</quantity></Point>
//!  </Period></TimeSeries></GL_MarketDocument>
//! ```
//! A point begins at the start of its period and (position - 1) resolutions. A curve of kind A03 leaves out points that repeat
//! the one before; in others, what is left out is unknown. Namespaces change with versions: local names count.

use jiff::{SignedDuration, Timestamp};
use quick_xml::Reader;
use quick_xml::events::Event;

use super::reading::{later, no_web_page};
use crate::grid::error::SourceError;
use crate::units::{Slot, parse_duration};

/// Elements within elements; a document has six.
const DEEPEST: usize = 16;
/// Points of a whole document, and quarters of an hour that they speak of: two days of twenty kinds of plants have 3,840.
const MOST_POINTS: usize = 100_000;
/// Series of a whole document: one a kind of plant, or several where it has gaps.
const MOST_SERIES: usize = 1_000;

/// One time series of a document.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct TimeSeries {
    /// The kind of plant, for example B16; none for load and totals.
    pub(super) psr: Option<String>,
    /// Whether it is what plants take out of the grid, as pumps do.
    pub(super) is_consumption: bool,
    /// What it says.
    pub(super) values: Vec<Amount>,
}

/// One point, for as long as it lasts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Amount {
    /// From when until when.
    pub(super) slot: Slot,
    /// The resolution of its period: a slot is longer where points repeat.
    pub(super) step: SignedDuration,
    /// Megawatts.
    pub(super) power: f64,
}

#[derive(Default)]
struct Period {
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    resolution: Option<SignedDuration>,
    points: Vec<(u32, f64)>,
}

/// What is known while a document is read.
#[derive(Default)]
struct Reading {
    open: Vec<String>,
    text: String,
    done: Vec<TimeSeries>,
    series: TimeSeries,
    repeats: bool,
    period: Period,
    position: Option<u32>,
    quantity: Option<f64>,
    /// Why there are none: the code, and its words.
    reason: Option<String>,
    words: String,
    points: usize,
    quarters: usize,
    has_root: bool,
}

/// The series of a document; none of an empty one.
///
/// # Errors
/// [`SourceError::NoData`] for the acknowledgement that says so; [`SourceError::Refused`] for any other, whatever its code.
pub(super) fn read(body: &[u8]) -> Result<Vec<TimeSeries>, SourceError> {
    if body.is_empty() {
        return Ok(Vec::new());
    }
    no_web_page(body)?;
    let mut reader = Reader::from_reader(body);
    let mut reading = Reading::default();
    loop {
        let wrong = |place: u64| {
            SourceError::Unreadable(format!(
                "its XML is no document of the platform (byte {place}); check the endpoint"
            ))
        };
        let event = reader.read_event().map_err(|_| wrong(reader.error_position()))?;
        let read = match event {
            Event::Start(tag) => reading.opens(tag.local_name().as_ref()),
            Event::Text(text) => {
                reading.text.push_str(&text);
                Some(())
            }
            Event::End(_) => reading.closes(),
            Event::Eof => break,
            _ => Some(()),
        };
        read.ok_or_else(|| wrong(reader.buffer_position()))?;
    }
    match reading.reason.as_deref() {
        // The same code stands for whatever it does not like: only the words tell.
        Some("999") if reading.words.contains("no matching data") => Err(SourceError::NoData(
            "it has no matching data (yet); it is asked again later".into(),
        )),
        Some(_) => Err(SourceError::Refused(
            "it acknowledges, and gives no data; check the area".into(),
        )),
        None if !reading.has_root => Err(SourceError::Unreadable(
            "what comes back is no document of the platform; check the endpoint".into(),
        )),
        None if reading.open.is_empty() => Ok(reading.done),
        None => Err(SourceError::Unreadable(
            "its XML ends too early; it is asked again later".into(),
        )),
    }
}

impl Reading {
    fn opens(&mut self, name: &str) -> Option<()> {
        let roots = ["GL_MarketDocument", "Acknowledgement_MarketDocument"];
        if self.open.is_empty() && !roots.contains(&name) || self.open.len() >= DEEPEST {
            return None;
        }
        match name {
            "TimeSeries" => {
                self.series = TimeSeries::default();
                self.repeats = false;
            }
            "Period" => self.period = Period::default(),
            "Point" => (self.position, self.quantity) = (None, None),
            _ => {}
        }
        self.has_root = true;
        self.text.clear();
        self.open.push(name.to_owned());
        Some(())
    }

    fn closes(&mut self) -> Option<()> {
        let name = self.open.pop()?;
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        let inside = self.open.last().map(String::as_str);
        match (inside, &*name) {
            (_, "psrType") => self.series.psr = Some(text.to_owned()),
            (_, "outBiddingZone_Domain.mRID") => self.series.is_consumption = true,
            (_, "curveType") => self.repeats = text == "A03",
            (Some("timeInterval"), "start") => self.period.start = Some(text.parse().ok()?),
            (Some("timeInterval"), "end") => self.period.end = Some(text.parse().ok()?),
            (Some("Period"), "resolution") => self.period.resolution = parse_duration(text).ok(),
            (Some("Point"), "position") => self.position = Some(text.parse().ok()?),
            (Some("Point"), "quantity") => self.quantity = text.parse().ok().filter(|value: &f64| value.is_finite()),
            (_, "Point") => {
                self.points += 1;
                if let (Some(position), Some(quantity)) = (self.position, self.quantity) {
                    self.period.points.push((position, quantity));
                }
            }
            (_, "Period") => self.close_period()?,
            (_, "TimeSeries") => self.done.push(std::mem::take(&mut self.series)),
            (Some("Reason"), "code") => self.reason = Some(text.to_owned()),
            (Some("Reason"), "text") => self.words = text.to_ascii_lowercase(),
            _ => {}
        }
        (self.points <= MOST_POINTS && self.quarters <= MOST_POINTS && self.done.len() <= MOST_SERIES).then_some(())
    }

    /// The slots of a period; where points repeat, each lasts until the next one. Two of one position both stay.
    fn close_period(&mut self) -> Option<()> {
        let mut period = std::mem::take(&mut self.period);
        let (start, end, step) = (period.start?, period.end?, period.resolution?);
        if step < SignedDuration::from_mins(1) || step > SignedDuration::from_hours(24) {
            return None;
        }
        period.points.sort_by_key(|(position, _)| *position);
        period.points.dedup();
        let at = |position: u32| Some(later(start, step * i32::try_from(position.checked_sub(1)?).ok()?));
        let nexts = period
            .points
            .iter()
            .skip(1)
            .map(|(position, _)| Some(*position))
            .chain([None]);
        for ((position, quantity), next) in period.points.iter().zip(nexts) {
            let from = at(*position)?;
            let until = match next {
                Some(next) if self.repeats && next > *position => at(next)?,
                None if self.repeats => end,
                _ => later(from, step),
            };
            let slot = Slot {
                start: from,
                end: until.min(end),
            };
            if slot.end > slot.start {
                let power = *quantity;
                self.quarters += (slot.length().as_mins() / 15) as usize;
                self.series.values.push(Amount { slot, step, power });
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(curve: &str, points: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?><ns:GL_MarketDocument xmlns:ns=\"urn:x:3:0\"><ns:TimeSeries><mRID>1</mRID>\
             <curveType>{curve}</curveType><MktPSRType><psrType>B16</psrType></MktPSRType><Period><timeInterval>\
             <start>2026-11-19T23:00Z</start><end>2026-11-20T00:00Z</end></timeInterval><resolution>PT15M</resolution>\
             {points}</Period></ns:TimeSeries></ns:GL_MarketDocument>"
        )
    }

    fn point(position: u32, quantity: &str) -> String {
        format!("<Point><position>{position}</position><quantity>{quantity}</quantity></Point>")
    }

    fn minutes(series: &TimeSeries) -> Vec<(i64, f64)> {
        let values = series.values.iter();
        values.map(|one| (one.slot.length().as_mins(), one.power)).collect()
    }

    #[test]
    fn a_curve_that_leaves_out_repeated_points_has_no_gaps_and_any_other_has() {
        let points = point(1, "0") + &point(4, "35");
        let series = read(document("A03", &points).as_bytes()).unwrap();
        assert_eq!(series[0].psr.as_deref(), Some("B16"));
        assert_eq!(minutes(&series[0]), [(45, 0.0), (15, 35.0)]);
        let series = read(document("A01", &points).as_bytes()).unwrap();
        assert_eq!(minutes(&series[0]), [(15, 0.0), (15, 35.0)]);
        assert_eq!(series[0].values[1].slot.start.to_string(), "2026-11-19T23:45:00Z");
    }

    #[test]
    fn an_acknowledgement_is_no_document() {
        let said = |code: &str, words: &str| {
            let text = format!(
                "<Acknowledgement_MarketDocument><Reason><code>{code}</code><text>{words}</text></Reason>\
                 </Acknowledgement_MarketDocument>"
            );
            read(text.as_bytes()).unwrap_err()
        };
        let none = "No matching data found for Data item Day-ahead Total Load Forecast [6.1.B] (10YES-REE------0)";
        assert!(matches!(said("999", none), SourceError::NoData(_)));
        let mistake = "The combination is not valid, please check you request against dependency tables";
        assert!(matches!(said("999", mistake), SourceError::Refused(_)));
        assert!(matches!(said("A01", "secret"), SourceError::Refused(_)));
    }

    #[test]
    fn what_is_no_document_says_where_and_not_what() {
        let endless = "<GL_MarketDocument>".repeat(1000);
        let late = document("A01", &point(1, "1")).replace("PT15M", "PT1S");
        for text in [
            "<html>secret</html>",
            "secret",
            "<GL_MarketDocument><a",
            &endless,
            &late,
            "</a>",
        ] {
            let error = read(text.as_bytes()).unwrap_err();
            assert!(matches!(error, SourceError::Unreadable(_)), "{text}: {error:?}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        assert_eq!(read(b"").unwrap(), []);
    }

    #[test]
    fn a_document_of_more_weeks_than_anybody_asks_for_is_refused() {
        let hour = document("A03", &point(1, "1"));
        let weeks = |count: usize| {
            let week = "<start>2026-11-13T00:00Z</start><end>2026-11-20T00:00Z</end>";
            let one = hour.replace("<start>2026-11-19T23:00Z</start><end>2026-11-20T00:00Z</end>", week);
            let (from, until) = (one.find("<Period>").unwrap(), one.find("</ns:TimeSeries>").unwrap());
            let periods = one[from..until].repeat(count);
            read([&one[..from], &periods, &one[until..]].concat().as_bytes())
        };
        assert!(weeks(100).is_ok());
        assert!(matches!(weeks(150), Err(SourceError::Unreadable(_))));
        let series = "<TimeSeries></TimeSeries>".repeat(MOST_SERIES + 1);
        assert!(read(format!("<GL_MarketDocument>{series}</GL_MarketDocument>").as_bytes()).is_err());
    }
}
