//! The log: one line an event, to standard error, as text for people or as JSON for collectors.

use std::io::{IsTerminal, stderr};

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{EnvFilter, FilterExt, FilterFn, ParseError, filter_fn};
use tracing_subscriber::fmt::{MakeWriter, layer};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry};

/// Libraries that see requests on the wire, with the keys and tokens in their headers and addresses.
const WIRE: [&str; 6] = ["h2", "hyper", "hyper_util", "reqwest", "rustls", "tower_http"];

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For collectors: one JSON object a line.
    Json,
}

/// The log cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter cannot be read.
    #[error("reading the log filter {filter:?}; write for example \"info\" or \"warn,alize=debug\"")]
    Filter {
        /// What was written.
        filter: String,
        /// What is wrong with it.
        source: ParseError,
    },
    /// It was set up before; a fault of this program.
    #[error("setting up the log a second time; this is a fault of alize, please report it")]
    Twice(#[from] tracing::subscriber::SetGlobalDefaultError),
}

/// Sets up the log of this process. `filter` as in `RUST_LOG`; without one, `info`.
///
/// # Errors
/// [`TelemetryError`], when the filter cannot be read or the log is set up already.
pub fn init(format: LogFormat, filter: Option<&str>) -> Result<(), TelemetryError> {
    // Colours only for people who look; the NO_COLOR of the terminal is obeyed by tracing itself.
    let log = log(format, filter, stderr().is_terminal(), stderr)?;
    Ok(tracing::subscriber::set_global_default(log)?)
}

fn log<W>(format: LogFormat, filter: Option<&str>, colours: bool, writer: W) -> Result<impl Subscriber, TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let wanted = filter.unwrap_or_default();
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .parse(wanted)
        .map_err(|source| TelemetryError::Filter {
            filter: wanted.to_owned(),
            source,
        })?
        .and(no_secrets());
    let lines = match format {
        LogFormat::Text if colours => layer().with_writer(writer).boxed(),
        LogFormat::Text => layer().with_writer(writer).with_ansi(false).boxed(),
        LogFormat::Json => layer().json().flatten_event(true).with_writer(writer).boxed(),
    };
    Ok(Registry::default().with(lines.with_filter(filter)))
}

/// Whatever the filter asks for, nothing below `info` of what happens on the wire: it may carry keys and tokens.
fn no_secrets() -> FilterFn<fn(&Metadata<'_>) -> bool> {
    filter_fn(|metadata| {
        let library = metadata.target().split("::").next().unwrap_or_default();
        *metadata.level() <= Level::INFO || !WIRE.contains(&library)
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn written(format: LogFormat, filter: Option<&str>, events: fn()) -> String {
        let paper = Paper::default();
        let writer = paper.clone();
        let log = log(format, filter, false, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(log, events);
        String::from_utf8(paper.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn without_a_filter_info_is_written_and_debug_is_not() {
        let text = written(LogFormat::Text, None, || {
            tracing::info!(jobs = 3, "planned");
            tracing::debug!("details");
        });
        assert!(text.contains("planned") && text.contains("jobs=3"), "{text}");
        assert!(!text.contains("details") && !text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn json_is_one_object_a_line_with_the_fields_at_its_top() {
        let text = written(LogFormat::Json, None, || {
            tracing::info!(jobs = 3, "planned\n[\"forged\"]");
            tracing::warn!("again");
        });
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!((&lines[0]["jobs"], &lines[0]["level"]), (&3.into(), &"INFO".into()));
    }

    #[test]
    fn no_filter_brings_the_wire_into_the_log() {
        let text = written(LogFormat::Text, Some("trace,hyper::proto=trace"), || {
            tracing::trace!(target: "hyper::proto::h1", "authorization: Bearer abc");
            tracing::debug!(target: "reqwest", "GET /?key=abc");
            tracing::trace!(target: "alize::grid", "mine");
        });
        assert!(text.contains("mine") && !text.contains("abc"), "{text}");
    }

    #[test]
    fn a_wrong_filter_says_what_to_write() {
        let Err(error) = log(LogFormat::Text, Some("alize=loud"), false, std::io::sink) else {
            panic!("it must be refused");
        };
        assert!(error.to_string().contains("write for example"), "{error}");
    }
}
