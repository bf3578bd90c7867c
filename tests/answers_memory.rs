//! What it costs to read the worst answers: of 8 MiB, as valid and as dense as they can be written. Packed, such an answer is
//! tiny on the wire.

#![expect(clippy::expect_used, reason = "a test ends with what it did not expect")]
#![expect(clippy::print_stdout, reason = "a test says what it measured")]
#![expect(clippy::unwrap_used, reason = "a test ends with what it did not expect")]

#[path = "../benches/process/mod.rs"]
mod process;
#[path = "../fuzz/src/targets/mod.rs"]
mod targets;

use std::collections::BTreeSet;
use std::iter::repeat_with;
use std::mem;

use alize::grid::read_saved;
use process::memory;
use serde_json::{Value, json};
use targets::answers::{self, Answer, at};
use targets::{TARGETS, seeds};

/// That of the operator.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Bytes of a body; no more is ever taken from a service.
const LARGEST: usize = 8 << 20;
/// Bytes of a text; no more is taken from a file or a ConfigMap.
const LARGEST_TEXT: usize = 1 << 20;
/// MiB that the process may ever hold more than before: the bodies, and some tens to read them.
const MOST: f64 = 64.0;
/// Stands where a body is filled.
const HERE: &str = "\"HERE\"";
/// So many elements of a list are written at once.
const BLOCK: usize = 1000;

/// A body as large as it may be: `template` with as many of the pieces as fit where it says so.
fn full(template: &str, pieces: impl Iterator<Item = String>, largest: usize) -> Vec<u8> {
    let (before, after) = template.split_once(HERE).unwrap();
    let mut body = Vec::with_capacity(largest);
    body.extend(before.bytes());
    for piece in pieces.take(largest) {
        if body.len() + piece.len() + after.len() > largest {
            break;
        }
        body.extend(piece.bytes());
    }
    body.extend(after.bytes());
    body
}

/// The places of a document; of a list only those of its first element.
fn places(value: &Value, here: &str) -> Vec<String> {
    let below: Vec<String> = match value {
        Value::Array(list) => list
            .iter()
            .take(1)
            .flat_map(|first| places(first, &format!("{here}/0")))
            .collect(),
        Value::Object(map) => map
            .iter()
            .flat_map(|(name, value)| places(value, &format!("{here}/{name}")))
            .collect(),
        _ => Vec::new(),
    };
    [vec![here.to_owned()], below].concat()
}

/// What a document may become: at each of its places a list full of next to nothing or of what the list there began with, or an
/// object of many names.
fn dense(seed: &str, largest: usize, each: &mut dyn FnMut(String, Vec<u8>)) {
    let document: Value = serde_json::from_str(seed).unwrap();
    for place in places(&document, "") {
        let mut template = document.clone();
        let there = template.pointer_mut(&place).unwrap();
        let before = mem::replace(there, "HERE".into());
        let template = template.to_string();
        let within = |ends: [&str; 2]| template.replacen(HERE, &ends.join(HERE), 1);
        let mut list = |piece: &str| {
            let block = format!(",{}", vec![piece; BLOCK].join(","));
            let pieces = [piece.to_owned()].into_iter().chain(repeat_with(|| block.clone()));
            each(
                format!("{place} full of {piece}"),
                full(&within(["[", "]"]), pieces, largest),
            );
        };
        list("0");
        if before.is_array() || before.is_object() {
            list("{}");
        }
        if let Some(first) = before.get(0) {
            list(&first.to_string());
        }
        if let Some(value) = before.as_object().and_then(|map| map.values().next()) {
            let names = (0..).map(|number: u32| format!("\"{number:x}\":{value},"));
            each(
                format!("{place} of many names"),
                full(&within(["{", "\"\":0}"]), names, largest),
            );
        }
    }
}

/// What a document of ENTSO-E may become: any of its elements again and again, with what stands in it or with nothing; and weeks
/// of which each is told in one point.
fn dense_xml(seed: &str, each: &mut dyn FnMut(String, Vec<u8>)) {
    let seed = seed.replace("A01", "A03");
    for tag in ["TimeSeries", "Period", "Point"] {
        let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
        let (from, until) = (seed.find(&open).unwrap(), seed.find(&close).unwrap() + close.len());
        let template = [&seed[..from], HERE, &seed[until..]].concat();
        for piece in [seed[from..until].to_owned(), [open, close].concat()] {
            each(
                format!("many of {piece}"),
                full(&template, repeat_with(|| piece.clone()), LARGEST),
            );
        }
    }
    let day = |number: i64| at(number * 24 * 60).strftime("%Y-%m-%dT%H:%MZ");
    let week = |number: i64| {
        let (start, end) = (day(7 * number), day(7 * number + 7));
        format!(
            "<Period><timeInterval><start>{start}</start><end>{end}</end></timeInterval><resolution>PT24H</resolution>\
             <Point><position>1</position><quantity>1</quantity></Point></Period>"
        )
    };
    let template = seed.replacen("<Period>", &[HERE, "<Period>"].concat(), 1);
    each("weeks".into(), full(&template, (0..).map(week), LARGEST));
}

/// Weather of many members, of which hardly anything is known, at many places for years.
fn endless_weather() -> Vec<u8> {
    let members: Vec<String> = (0..200)
        .map(|number| format!("temperature_2m_member{number:02}"))
        .collect();
    let mut hourly: serde_json::Map<String, Value> = members.into_iter().map(|name| (name, json!([]))).collect();
    hourly.insert("time".into(), json!([0, 3600, 20_000 * 3600]));
    let place = |number: i32| json!({"latitude": 27.9, "longitude": -f64::from(number), "hourly": hourly});
    Value::from((0..200).map(place).collect::<Vec<_>>())
        .to_string()
        .into_bytes()
}

/// The worst that may come in the place of what came.
fn worst(target: &str, seed: &str, each: &mut dyn FnMut(String, Vec<u8>)) {
    let largest = match target {
        "memory" | "text" => LARGEST_TEXT,
        _ => LARGEST,
    };
    match seed.chars().next() {
        Some('{' | '[') => dense(seed, largest, each),
        Some('<') => dense_xml(seed, each),
        // CSV holds nothing within anything.
        _ => {}
    }
    if target == "open_meteo" {
        each("many members, for years".into(), endless_weather());
    }
}

/// What the process has held at most beyond what it held before.
struct Scale {
    before: f64,
    most: f64,
}

impl Scale {
    fn weigh(&mut self, what: &str) {
        let held = memory("self", "VmHWM:") - self.before;
        if held > self.most + 1.0 {
            println!("{held:4.0} MiB at most, since {what}");
            self.most = held;
        }
        assert!(held < MOST, "{held:.0} MiB for {what}");
    }
}

#[test]
fn f2_no_answer_takes_more_than_some_tens_of_mebibytes_to_read() {
    let before = memory("self", "VmRSS:");
    let mut scale = Scale { before, most: 0.0 };
    let mut seen = BTreeSet::new();
    for Answer { target, spec, bodies } in answers::all(2, 2) {
        let usual: Vec<Vec<u8>> = bodies.iter().cloned().map(String::into_bytes).collect();
        for (number, seed) in bodies.into_iter().enumerate() {
            if !seen.insert((target, number, seed.clone())) {
                continue;
            }
            worst(target, &seed, &mut |what, body| {
                let mut bodies = usual.clone();
                bodies[number] = body;
                let _ = read_saved(&spec, &bodies, at(0));
                scale.weigh(&format!("{target} {number} {what}"));
            });
        }
    }
    for (target, read) in TARGETS.iter().filter(|(name, _)| ["login", "memory"].contains(name)) {
        for seed in seeds(target) {
            worst(target, str::from_utf8(&seed).unwrap(), &mut |what, body| {
                read(&body);
                scale.weigh(&format!("{target} {what}"));
            });
        }
    }
}
