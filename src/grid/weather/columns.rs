//! The columns of one place: which member each belongs to, in which unit it counts, and to which hours its values belong.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::named::Column;
use super::places::{Hours, Member};
use super::wire::{BadAnswer, content};

/// The column of times.
pub(super) const TIME: &str = "time";
/// The others that a member has.
pub(super) const COLUMNS: usize = 4;
const WIND: &str = "wind_speed_";
const GLOBAL: &str = "shortwave_radiation";
const DIRECT: &str = "direct_normal_irradiance";
const AIR: &str = "temperature_2m";

/// Heights at which a weather model may know the wind, m, the best first.
const HEIGHTS: [u32; 5] = [100, 120, 80, 180, 10];
/// Where wind turbines are, m.
const HUB: f64 = 100.0;
/// The power law of the wind over open land (IEC 61400-1 gives 0.2 for sites not known; 1/7 is the classic of neutral air).
const SHEAR: f64 = 1.0 / 7.0;

/// m/s, W/m² and °C.
const SPEEDS: RangeInclusive<f64> = 0.0..=120.0;
const LIGHTS: RangeInclusive<f64> = -10.0..=1_600.0;
const AIRS: RangeInclusive<f64> = -90.0..=70.0;
/// One value in so many may lie outside, as on a bad day of a weather model: it is unknown. Of more the unit is another.
const ABSURD: usize = 20;
/// No ensemble has more.
const LAST_MEMBER: u32 = 200;

/// The columns of one place.
pub(super) struct Columns<'a> {
    pub(super) units: &'a BTreeMap<String, String>,
    pub(super) named: &'a BTreeMap<String, Column>,
    /// The place of each value, in hours after the first.
    pub(super) places: Vec<usize>,
    /// How many hours there are.
    pub(super) hours: usize,
}

/// The member that a column belongs to; `None` for a column that we do not need.
pub(super) fn member(name: &str) -> Option<u32> {
    let base = [GLOBAL, DIRECT, AIR]
        .into_iter()
        .find_map(|known| name.strip_prefix(known));
    let rest = base.or_else(|| {
        let height = name.strip_prefix(WIND)?;
        HEIGHTS
            .into_iter()
            .find_map(|known| height.strip_prefix(&format!("{known}m")))
    })?;
    if rest.is_empty() {
        return Some(0);
    }
    // In one way only: `_member7` and `_member0000007` are no names that anybody looks for.
    let number = rest.strip_prefix("_member")?;
    let known = number.parse().ok().filter(|known| *known <= LAST_MEMBER)?;
    (number == format!("{known:02}")).then_some(known)
}

impl Columns<'_> {
    /// One member. What it does not know at all, the control may.
    pub(super) fn read(&self, number: u32) -> Result<Member, BadAnswer> {
        Ok(Member {
            wind: self.wind(number)?,
            global: self.hour_means(&self.column(GLOBAL, number))?,
            direct: self.hour_means(&self.column(DIRECT, number))?,
            air: self.instants(&self.column(AIR, number), AIRS, celsius)?,
        })
    }

    fn wind(&self, number: u32) -> Result<Hours, BadAnswer> {
        for height in HEIGHTS {
            let name = self.column(&format!("{WIND}{height}m"), number);
            let speeds = self.instants(&name, SPEEDS, metres_per_second)?;
            if speeds.iter().any(Option::is_some) {
                let shear = (HUB / f64::from(height)).powf(SHEAR);
                return Ok(speeds.into_iter().map(|speed| Some(speed? * shear)).collect());
            }
        }
        Ok(vec![None; self.hours])
    }

    /// The name of a member's column, or that of the control where it has none.
    fn column(&self, base: &str, number: u32) -> String {
        let own = format!("{base}_member{number:02}");
        if number > 0 && self.named.contains_key(&own) {
            own
        } else {
            base.to_owned()
        }
    }

    /// Means of the hour that ends at each time.
    fn hour_means(&self, name: &str) -> Result<Hours, BadAnswer> {
        let values = self.values(name, LIGHTS, watts)?;
        Ok(values.into_iter().skip(1).map(|value| Some(value?.max(0.0))).collect())
    }

    /// Values of instants: the mean of both ends of each hour.
    fn instants(
        &self,
        name: &str,
        range: RangeInclusive<f64>,
        unit: fn(&str) -> Option<Scale>,
    ) -> Result<Hours, BadAnswer> {
        let values = self.values(name, range, unit)?;
        Ok(values
            .windows(2)
            .map(|ends| Some(f64::midpoint(ends[0]?, ends[1]?)))
            .collect())
    }

    /// One more value than there are hours, in our unit.
    fn values(
        &self,
        name: &str,
        range: RangeInclusive<f64>,
        unit: fn(&str) -> Option<Scale>,
    ) -> Result<Hours, BadAnswer> {
        let mut values = vec![None; self.hours + 1];
        let numbers = match self.named.get(name) {
            None => return Ok(values),
            Some(Column::Texts(texts)) if texts.iter().all(Option::is_none) => return Ok(values),
            Some(Column::Texts(_)) => return Err(content(format!("the column {name} holds texts"))),
            Some(Column::Numbers(numbers)) => numbers,
        };
        if numbers.len() != self.places.len() {
            let (count, times) = (numbers.len(), self.places.len());
            return Err(content(format!(
                "the column {name} has {count} values for {times} times"
            )));
        }
        if numbers.iter().all(Option::is_none) {
            return Ok(values);
        }
        let scale = self.units.get(name).and_then(|name| unit(name));
        let scale = scale.ok_or_else(|| {
            content(format!(
                "the column {name} has no unit that we know; ask with wind_speed_unit=ms and keep hourly_units"
            ))
        })?;
        let (mut known, mut absurd) = (0, 0);
        for (place, number) in self.places.iter().zip(numbers) {
            let Some(value) = number.map(|number| number * scale.0 + scale.1) else {
                continue;
            };
            known += 1;
            if range.contains(&value) {
                values[*place] = Some(value);
            } else {
                absurd += 1;
            }
        }
        if absurd * ABSURD > known {
            return Err(content(format!(
                "the column {name} holds values that no weather has; check its unit"
            )));
        }
        Ok(values)
    }
}

/// A factor and an offset into our unit.
struct Scale(f64, f64);

fn metres_per_second(unit: &str) -> Option<Scale> {
    let factor = match unit {
        "m/s" => 1.0,
        "km/h" => 1.0 / 3.6,
        "mp/h" | "mph" => 0.447_04,
        "kn" => 1852.0 / 3600.0,
        _ => return None,
    };
    Some(Scale(factor, 0.0))
}

fn watts(unit: &str) -> Option<Scale> {
    (unit == "W/m²" || unit == "W/m2").then_some(Scale(1.0, 0.0))
}

fn celsius(unit: &str) -> Option<Scale> {
    match unit {
        "°C" => Some(Scale(1.0, 0.0)),
        "°F" => Some(Scale(5.0 / 9.0, -160.0 / 9.0)),
        _ => None,
    }
}
