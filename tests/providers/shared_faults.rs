//! What any provider may do wrong, done by each of them in its own words.

use std::sync::Arc;
use std::time::Duration;

use alize::grid::Outcome;
use alize::planner::Point;
use alize::units::Signal;
use futures::future::join_all;
use serde_json::{Value, json};

use super::stub::{HTML, Headers, JSON, Says, Spoil, Stub, Usual, fails, good, says};
use super::world::{At, source, told, world, zone};
use super::{
    carbon_aware, eia, electricity_maps, elia, energi_data_service, energy_charts, entsoe, neso, open_meteo,
    prometheus, watttime,
};

struct Provider {
    name: &'static str,
    signal: Signal,
    at: At,
    usual: Usual,
    /// Whether it was asked with a key that it may refuse.
    has_key: bool,
}

const INTENSITY: Signal = Signal::CarbonIntensity;
const SHARE: Signal = Signal::RenewableShare;

const fn provider(name: &'static str, signal: Signal, at: At, usual: Usual, has_key: bool) -> Provider {
    Provider {
        name,
        signal,
        at,
        usual,
        has_key,
    }
}

const ALL: [Provider; 11] = [
    provider("carbonAware", INTENSITY, carbon_aware::AT, carbon_aware::sdk, false),
    provider("eia", SHARE, eia::AT, eia::eia, true),
    provider(
        "electricityMaps",
        INTENSITY,
        electricity_maps::AT,
        electricity_maps::v4,
        true,
    ),
    provider("elia", SHARE, elia::AT, elia::elia, false),
    provider(
        "energiDataService",
        INTENSITY,
        energi_data_service::AT,
        energi_data_service::denmark,
        false,
    ),
    provider("energyCharts", SHARE, energy_charts::AT, energy_charts::forecast, false),
    provider("entsoe", SHARE, entsoe::AT, entsoe::platform, true),
    provider("neso", INTENSITY, neso::NATION, neso::neso, false),
    provider("openMeteo", SHARE, open_meteo::AT, open_meteo::open_meteo, false),
    provider("prometheus", SHARE, prometheus::AT, prometheus::prometheus, false),
    provider(
        "wattTime",
        Signal::MarginalIntensity,
        watttime::AT,
        watttime::watttime,
        true,
    ),
];

impl Provider {
    /// What goes before an answer to a question: the login, where there is one.
    fn login(&self) -> Vec<Says> {
        let session = says(|| good(&json!({"token": watttime::SESSION})));
        if self.name == "wattTime" {
            vec![session]
        } else {
            Vec::new()
        }
    }

    /// What the board says of a fault, which goes on where a second question follows the first.
    async fn told(&self, status: u16, headers: Headers, body: &str) -> (String, Outcome) {
        let mut answers = self.login();
        answers.extend([fails(status, headers, body), fails(status, headers, body)]);
        told(self.signal, self.at, self.usual, answers).await
    }

    /// The series that the board makes of spoilt answers, where it makes one.
    async fn read(&self, spoil: Arc<Spoil>) -> Result<Vec<Point>, String> {
        let stub = Stub::spoilt(self.usual, Vec::new(), spoil).await;
        let world = world(&stub.origin, vec![source(self.signal, (self.at)(stub.origin.clone()))]);
        match world.after(1).await.message {
            Some(message) => Err(message),
            None => Ok(world.series(self.signal).points),
        }
    }
}

#[tokio::test]
async fn each_refusal_is_told_apart_and_says_what_to_do() {
    use Outcome::{Refused, Unauthorized, Unreachable};
    for provider in ALL {
        let (denied, advice) = if provider.has_key {
            (Unauthorized, "check the key in the Secret")
        } else {
            (Refused, "check whether a proxy wants a login")
        };
        // ENTSO-E acknowledges what it refuses, and is not there on days when it is moved.
        let missing = if provider.name == "entsoe" {
            Unreachable
        } else {
            Refused
        };
        for (status, outcome, words) in [
            (401, denied, advice),
            (403, denied, advice),
            (404, missing, "check the "),
            (500, Unreachable, "asked again soon"),
            (502, Unreachable, "asked again soon"),
        ] {
            let (message, counted) = provider.told(status, &[HTML], "<html>secret").await;
            let name = provider.name;
            assert_eq!(counted, outcome, "{name}, {status}: {message}");
            assert!(message.contains(words), "{name}, {status}, {words}: {message}");
        }
    }
}

#[tokio::test]
async fn what_is_no_answer_is_never_read_as_one() {
    for provider in ALL {
        for (body, words) in [
            ("<!DOCTYPE html><p>secret", "a web page comes back"),
            ("<html>secret</html>", "a web page comes back"),
            ("secret", "check the endpoint"),
            ("{\"cut", "check the endpoint"),
        ] {
            let (message, counted) = provider.told(200, &[JSON], body).await;
            assert_eq!(counted, Outcome::Invalid, "{}, {body}: {message}", provider.name);
            assert!(message.contains(words), "{}, {words}: {message}", provider.name);
        }
        let half: Arc<Spoil> = Arc::new(|mut body: Vec<u8>| {
            body.truncate(body.len() / 2);
            body
        });
        let message = provider.read(half).await.expect_err(provider.name);
        let advice = ["check the endpoint", "asked again later"];
        assert!(
            advice.iter().any(|words| message.contains(words)),
            "{}: {message}",
            provider.name
        );
    }
}

#[tokio::test]
async fn a_plea_for_fewer_requests_is_heard_for_as_long_as_it_says_and_no_longer() {
    join_all(ALL.iter().map(async |provider| {
        let mut answers = provider.login();
        answers.push(fails(429, &[("retry-after", "1")], "secret"));
        let stub = Stub::start(provider.usual, answers).await;
        let world = world(
            &stub.origin,
            vec![source(provider.signal, (provider.at)(stub.origin.clone()))],
        );
        let check = async || {
            let checked = world.board.check(&zone()).await.remove(0);
            (checked.outcome, checked.problem.unwrap_or_default(), stub.asked().len())
        };
        let (outcome, problem, asked) = check().await;
        assert_eq!(outcome, Outcome::Throttled, "{}", provider.name);
        assert!(
            problem.contains("asks for fewer requests; it is left alone for up to a minute"),
            "{problem}"
        );
        assert_eq!(
            check().await,
            (outcome, problem, asked),
            "{} was asked again",
            provider.name
        );
        tokio::time::sleep(Duration::from_millis(1100)).await;
        let (outcome, problem, again) = check().await;
        assert!(outcome == Outcome::Ok && again > asked, "{}: {problem}", provider.name);
    }))
    .await;
}

/// Providers whose answers are lists of rows: where the list stands, how many rows a slot has, and how many slots there are.
const LISTS: [(&str, &str, usize, usize); 7] = [
    ("carbonAware", "/0/forecastData", 1, 288),
    ("electricityMaps", "/forecast", 1, 25),
    ("elia", "", 1, 380),
    ("energiDataService", "/records", 2, 108),
    ("neso", "/data", 1, 96),
    ("prometheus", "/data/result", 1, 24),
    ("wattTime", "/data", 1, 288),
];

/// Edits the rows of an answer.
fn rows(list: &'static str, edit: impl Fn(&mut Vec<Value>) + Send + Sync + 'static) -> Arc<Spoil> {
    Arc::new(move |body| {
        let mut body: Value = serde_json::from_slice(&body).unwrap();
        edit(body.pointer_mut(list).unwrap().as_array_mut().unwrap());
        body.to_string().into_bytes()
    })
}

fn listed() -> impl Iterator<Item = (&'static Provider, &'static str, usize, usize)> {
    let provider = |name| ALL.iter().find(|provider| provider.name == name).unwrap();
    LISTS
        .iter()
        .map(move |(name, list, each, slots)| (provider(*name), *list, *each, *slots))
}

#[tokio::test]
async fn a_slot_that_comes_twice_counts_once() {
    for (provider, list, _, slots) in listed() {
        let twice = rows(list, |rows| rows.insert(7, rows[6].clone()));
        let points = provider
            .read(twice)
            .await
            .unwrap_or_else(|error| panic!("{}: {error}", provider.name));
        assert_eq!(points.len(), slots, "{}", provider.name);
        assert!(
            points.windows(2).all(|two| two[0].slot.end == two[1].slot.start),
            "{}",
            provider.name
        );
    }
}

#[tokio::test]
async fn rows_count_once_in_whichever_order_they_come() {
    for (provider, list, _, slots) in listed() {
        let backwards = rows(list, |rows| {
            rows.push(rows[6].clone());
            rows.reverse();
        });
        let points = provider
            .read(backwards)
            .await
            .unwrap_or_else(|error| panic!("{}: {error}", provider.name));
        assert_eq!(points.len(), slots, "{}", provider.name);
        assert!(points.is_sorted_by_key(|point| point.slot), "{}", provider.name);
    }
}

#[tokio::test]
async fn a_slot_that_is_missing_is_unknown_and_covered_by_none_beside_it() {
    for (provider, list, each, slots) in listed().filter(|(provider, ..)| provider.name != "elia") {
        let missing = rows(list, move |rows| drop(rows.drain(6 * each..7 * each)));
        let points = provider
            .read(missing)
            .await
            .unwrap_or_else(|error| panic!("{}: {error}", provider.name));
        assert_eq!(points.len(), slots - 1, "{}", provider.name);
        let length = points[0].slot.length();
        assert!(
            points.iter().all(|point| point.slot.length() == length),
            "{}",
            provider.name
        );
        let holes: Vec<usize> = (1..points.len())
            .filter(|i| points[i - 1].slot.end < points[*i].slot.start)
            .collect();
        assert_eq!(holes, [6], "{}", provider.name);
    }
}
