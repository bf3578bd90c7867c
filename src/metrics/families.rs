//! Registers metrics and remembers how each describes itself.

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricType;
use prometheus::{HistogramOpts, Opts, Registry, Result};

/// The prefix of every metric of ours.
const PREFIX: &str = "alize";

/// The name and help of a counter or gauge.
pub(super) fn opts(name: &str, help: &str) -> Opts {
    Opts::new(name, help).namespace(PREFIX)
}

/// The name, help and bucket bounds of a histogram.
pub(super) fn buckets(name: &str, help: &str, bounds: &[f64]) -> HistogramOpts {
    HistogramOpts::new(name, help)
        .namespace(PREFIX)
        .buckets(bounds.to_vec())
}

/// A registry in the making, and its reference table.
#[derive(Default)]
pub(super) struct Families {
    registry: Registry,
    rows: Vec<String>,
}

impl Families {
    /// Registers one metric and hands it back for use.
    pub(super) fn add<C: Collector + Clone + 'static>(&mut self, metric: C) -> Result<C> {
        let kind = metric.collect().first().map(|family| kind(family.get_field_type()));
        self.rows.extend(
            metric
                .desc()
                .into_iter()
                .map(|desc| row(desc, kind.unwrap_or_default())),
        );
        self.registry.register(Box::new(metric.clone()))?;
        Ok(metric)
    }

    /// The registry with the process' own metrics added, and the reference as a Markdown table.
    pub(super) fn finish(self) -> Result<(Registry, String)> {
        // Linux only, as the image is; elsewhere prometheus does not offer it.
        #[cfg(target_os = "linux")]
        self.registry
            .register(Box::new(prometheus::process_collector::ProcessCollector::for_self()))?;
        let head = "| metric | kind | labels | what it says |\n| --- | --- | --- | --- |\n";
        Ok((self.registry, format!("{head}{}", self.rows.concat())))
    }
}

fn kind(field_type: MetricType) -> &'static str {
    match field_type {
        MetricType::COUNTER => "counter",
        MetricType::GAUGE => "gauge",
        MetricType::HISTOGRAM => "histogram",
        MetricType::SUMMARY => "summary",
        MetricType::UNTYPED => "untyped",
    }
}

fn row(desc: &Desc, kind: &str) -> String {
    let labels: Vec<_> = desc.variable_labels.iter().map(|label| format!("`{label}`")).collect();
    format!(
        "| `{}` | {kind} | {} | {} |\n",
        desc.fq_name,
        labels.join(" "),
        desc.help
    )
}

#[cfg(test)]
mod tests {
    use prometheus::{GaugeVec, Histogram, IntCounter};

    use super::*;

    #[test]
    fn a_row_says_name_kind_labels_and_help() {
        let mut families = Families::default();
        families
            .add(GaugeVec::new(opts("a", "How much."), &["zone", "kind"]).unwrap())
            .unwrap();
        families
            .add(IntCounter::with_opts(opts("b_total", "How many.")).unwrap())
            .unwrap();
        families
            .add(Histogram::with_opts(buckets("c_seconds", "How long.", &[1.0])).unwrap())
            .unwrap();
        let (_, reference) = families.finish().unwrap();
        let rows: Vec<_> = reference.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| `alize_a` | gauge | `zone` `kind` | How much. |",
                "| `alize_b_total` | counter |  | How many. |",
                "| `alize_c_seconds` | histogram |  | How long. |",
            ]
        );
    }

    #[test]
    fn one_name_cannot_be_given_twice() {
        let mut families = Families::default();
        let counter = || IntCounter::with_opts(opts("a_total", "Once.")).unwrap();
        families.add(counter()).unwrap();
        assert!(families.add(counter()).is_err());
    }
}
