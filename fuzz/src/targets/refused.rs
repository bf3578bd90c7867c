//! What comes with an answer, or instead of one: how it is packed, for how long to wait, and why there is none.

use std::io::Write;
use std::time::Duration;

use alize::grid::{read_saved_packed, read_saved_plea, read_saved_refusal};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::answers::at;
use super::{BETWEEN, SHORT};

/// How much larger than it came, and how large at all, nothing may grow.
const RATIO: usize = 100;
const LARGEST: usize = 8 << 20;
/// Nobody is left alone for longer.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// In every seed of a refusal: no sentence of ours may repeat it.
const SECRET: &str = "said-in-confidence";

/// Times to wait as services write them.
pub(super) const PLEAS: [&str; 3] = ["120", "Fri, 20 Nov 2026 12:05:00 GMT", "99999999999999999999"];

/// A status and a body, as services refuse.
pub(super) const REFUSALS: [&str; 12] = [
    "401\0{\"error\":\"Token unauthorized for zoneKey said-in-confidence\"}",
    "401\0Endpoint not available: said-in-confidence",
    "401\0{\"message\":\"Too many concurrent requests said-in-confidence\",\"status\":401}",
    "404\0{\"error\":\"No recent data for zone said-in-confidence\"}",
    "403\0{\"error\":\"Invalid query parameters\",\"message\":\"Invalid scope said-in-confidence\"}",
    "403\0<html>said-in-confidence</html>",
    "403\0{\"error\":{\"code\":\"OVER_RATE_LIMIT\",\"message\":\"said-in-confidence\"}}",
    "400\0{\"error\":{\"code\":\"400 Bad Request\",\"message\":\"said-in-confidence\"}}",
    "400\0{\"error\":true,\"reason\":\"The supplied API key said-in-confidence is invalid.\"}",
    "429\0{\"error\":true,\"reason\":\"Daily API request limit exceeded. said-in-confidence\"}",
    "400\0<Acknowledgement_MarketDocument><Reason><code>999</code><text>No matching data found said-in-confidence</text></Reason>\
     </Acknowledgement_MarketDocument>",
    "501\0{\"title\":\"said-in-confidence\",\"status\":501,\"detail\":\"\",\"errors\":{}}",
];

/// Answers as they come packed: in one piece and in two.
pub(super) fn packed_seeds() -> Vec<Vec<u8>> {
    let body = SHORT.first().map(|answer| answer.bodies.join("\n")).unwrap_or_default();
    let (one, other) = body.as_bytes().split_at(body.len() / 2);
    vec![pack(body.as_bytes()), [pack(one), pack(other)].concat()]
}

fn pack(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).expect("memory");
    encoder.finish().expect("memory")
}

/// What is unpacked stays within its limits, and what was packed comes out as it was.
pub(super) fn packed(bytes: &[u8]) -> bool {
    let again = pack(bytes);
    match read_saved_packed(&again) {
        Ok(body) => assert_eq!(body, bytes),
        Err(error) => assert!(bytes.len() > RATIO * again.len(), "{error}"),
    }
    let body = read_saved_packed(bytes);
    if let Ok(body) = &body {
        assert!(body.len() <= LARGEST.min(RATIO * bytes.len()));
    }
    body.is_ok()
}

/// Nobody is left alone for longer than a day, and a number is always a time to wait.
pub(super) fn plea(bytes: &[u8]) -> bool {
    let wait = read_saved_plea(bytes, at(0));
    let is_number = !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit);
    assert!(wait.is_some() || !is_number);
    assert!(wait.is_none_or(|wait| wait <= LONGEST));
    wait.is_some()
}

/// The refusal of every service is a sentence, which does not say what the body said.
pub(super) fn refusal(bytes: &[u8]) -> bool {
    let mut parts = bytes.splitn(2, |byte| *byte == BETWEEN);
    let status = String::from_utf8_lossy(parts.next().unwrap_or_default()).parse();
    let body = parts.next().unwrap_or_default();
    let says = |status| {
        SHORT
            .iter()
            .filter_map(move |answer| read_saved_refusal(&answer.spec, status, body, at(0)))
    };
    let mut is_read = false;
    for sentence in status.into_iter().flat_map(says) {
        assert!(!sentence.is_empty() && !sentence.contains(SECRET), "{sentence}");
        is_read = true;
    }
    is_read
}
