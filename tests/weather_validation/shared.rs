//! What both countries are made with: their tables, and a place with the weather, the wind and the plants that are wanted.

use std::fs::File;

use alize::grid::weather::{Member, Place, Site, Weather, library};
use flate2::read::GzDecoder;
use jiff::Timestamp;

use crate::shared_data::shared;

/// A table, where it lies beside the repository.
pub fn table(file: &str) -> Option<csv::Reader<GzDecoder<File>>> {
    let path = shared(file);
    let Ok(file) = File::open(&path) else {
        println!("SKIPPED: there is no {}", path.display());
        return None;
    };
    Some(csv::Reader::from_reader(GzDecoder::new(file)))
}

/// The weather of as many hours as `member` has, at one place in degrees north and east.
pub fn weather_at((latitude, longitude): (f64, f64), start: Timestamp, member: Member) -> Weather {
    Weather {
        start,
        hours: member.wind.len(),
        places: vec![Place {
            latitude,
            longitude,
            members: vec![member],
        }],
    }
}

/// The wind at which Morocco's curve yields a share of the capacity.
pub fn speed_for(share: f64) -> f64 {
    let curve = library("MA").unwrap().wind.unwrap().curve;
    let (mut low, mut high) = (0.0, 14.0);
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        if curve.power(middle) < share {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// Sites like one that is known, at a place.
pub fn split(like: &Site, latitude: f64, longitude: f64) -> impl Fn(&str, f64) -> Site {
    move |name, megawatts| {
        let mut site = like.clone();
        (site.latitude, site.longitude) = (latitude, longitude);
        site.name = name.into();
        site.capacity[0].megawatts = megawatts;
        site
    }
}
