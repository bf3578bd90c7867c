//! The board: every source of every zone with its last good answer, and what the ladder makes of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::Notify;

use super::answer::Answer;
use super::energy_charts::Charts;
use super::error::{GridError, SourceError};
use super::ladder::{Rung, choose, level};
use super::spec::{Fetched, Outcome, Settings, SourceKind, SourceSpec};
use super::texts::Texts;
use crate::planner::{Certainty, Level, Outlook, Series, ZoneOutlook};
use crate::units::{Basis, Clock, Signal, ZoneName};

/// After failures a source is asked ever more slowly, up to this many times its own pace.
const SLOWEST: u32 = 8;

/// All sources of all zones.
pub struct Board {
    pub(super) settings: Settings,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) texts: Arc<Texts>,
    pub(super) charts: Charts,
    pub(super) rearranged: Notify,
    on_fetch: Arc<dyn Fn(Fetched) + Send + Sync>,
    zones: Mutex<BTreeMap<ZoneName, Zone>>,
}

#[derive(Debug, Default)]
struct Zone {
    sources: Vec<Source>,
    /// The source that counts for each signal.
    current: BTreeMap<Signal, usize>,
}

#[derive(Clone, Debug)]
struct Source {
    spec: SourceSpec,
    rung: Rung,
    problem: Option<String>,
    due: Instant,
}

/// What one signal of a zone shows, for people.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalReport {
    /// Which signal.
    pub signal: Signal,
    /// The rung of the ladder.
    pub level: Level,
    /// The source that counts.
    pub source: Option<String>,
    /// Its value now.
    pub value: Option<f64>,
    /// How far it can be trusted.
    pub certainty: Option<Certainty>,
    /// How it counts emissions.
    pub basis: Option<Basis>,
    /// When it was made.
    pub issued_at: Option<Timestamp>,
    /// Until when it is known.
    pub horizon: Option<Timestamp>,
    /// Why there is nothing, or nothing better.
    pub message: Option<String>,
}

impl Board {
    /// An empty board. `on_fetch` hears of every request.
    ///
    /// # Errors
    /// [`GridError`] when an allowed endpoint is no origin.
    pub fn new(
        settings: Settings,
        clock: Arc<dyn Clock>,
        texts: Arc<Texts>,
        on_fetch: Arc<dyn Fn(Fetched) + Send + Sync>,
    ) -> Result<Self, GridError> {
        Ok(Self {
            charts: Charts::new(&settings)?,
            settings,
            clock,
            texts,
            rearranged: Notify::new(),
            on_fetch,
            zones: Mutex::default(),
        })
    }

    /// The zones and their sources, in order. What is known of a source that did not change stays.
    pub fn set_zones(&self, wanted: BTreeMap<ZoneName, Vec<SourceSpec>>) {
        let now = self.clock.monotonic();
        let mut zones = self.zones();
        let same = zones.len() == wanted.len()
            && wanted.iter().all(|(name, specs)| {
                zones
                    .get(name)
                    .is_some_and(|zone| zone.sources.iter().map(|source| &source.spec).eq(specs))
            });
        if same {
            return;
        }
        let mut old = std::mem::take(&mut *zones);
        for (name, specs) in wanted {
            let known = old.remove(&name).unwrap_or_default().sources;
            let keep = |spec: SourceSpec| {
                let known = known.iter().find(|source| source.spec == spec).cloned();
                known.unwrap_or_else(|| Source::new(spec, now))
            };
            zones.insert(
                name,
                Zone {
                    sources: specs.into_iter().map(keep).collect(),
                    current: BTreeMap::new(),
                },
            );
        }
        drop(zones);
        self.rearranged.notify_one();
    }

    /// What each zone's grid will be, as of `now`.
    pub fn outlooks(&self, now: Timestamp) -> BTreeMap<ZoneName, ZoneOutlook> {
        let mut zones = self.zones();
        let outlooks = zones.iter_mut().map(|(name, zone)| {
            let mut outlook = ZoneOutlook::unknown(name.clone(), "no source serves it");
            for signal in zone.signals() {
                outlook.set(signal, zone.outlook(signal, now));
            }
            (name.clone(), outlook)
        });
        outlooks.collect()
    }

    /// What each signal of a zone shows, in the order of the sources.
    pub fn report(&self, name: &ZoneName, now: Timestamp) -> Vec<SignalReport> {
        let mut zones = self.zones();
        let Some(zone) = zones.get_mut(name) else {
            return Vec::new();
        };
        let signals = zone.signals();
        signals.into_iter().map(|signal| zone.report(signal, now)).collect()
    }

    /// The sources that are to be asked now, and when the next one is.
    pub(super) fn due(&self) -> (Vec<(ZoneName, SourceSpec)>, Option<Instant>) {
        let now = self.clock.monotonic();
        let zones = self.zones();
        let all = || {
            zones
                .iter()
                .flat_map(|(name, zone)| zone.sources.iter().map(move |source| (name, source)))
        };
        let due = all()
            .filter(|(_, source)| source.due <= now)
            .map(|(name, source)| (name.clone(), source.spec.clone()));
        (due.collect(), all().map(|(_, source)| source.due).min())
    }

    /// All sources that read ConfigMaps are due: one has changed.
    pub(super) fn texts_changed(&self) {
        let now = self.clock.monotonic();
        for source in self.zones().values_mut().flat_map(|zone| &mut zone.sources) {
            if matches!(source.spec.kind, SourceKind::ConfigMap { .. }) {
                source.due = now;
            }
        }
    }

    /// Takes in what a source said; returns whether that changes anything.
    pub(super) fn take(
        &self,
        zone: &ZoneName,
        spec: &SourceSpec,
        result: Result<(Answer, Timestamp), SourceError>,
    ) -> bool {
        let outcome = result.as_ref().map_or_else(SourceError::outcome, |_| Outcome::Ok);
        (self.on_fetch)(Fetched {
            provider: spec.provider(),
            outcome,
        });
        let now = self.clock.monotonic();
        let mut zones = self.zones();
        let source = zones
            .get_mut(zone)
            .and_then(|zone| zone.sources.iter_mut().find(|source| source.spec == *spec));
        source.is_some_and(|source| source.take(result, now))
    }

    fn zones(&self) -> MutexGuard<'_, BTreeMap<ZoneName, Zone>> {
        self.zones.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source {
    fn new(spec: SourceSpec, now: Instant) -> Self {
        let rung = Rung {
            is_constant: matches!(spec.kind, SourceKind::Constant(_)),
            ..Rung::default()
        };
        Self {
            spec,
            rung,
            problem: None,
            due: now,
        }
    }

    fn take(&mut self, result: Result<(Answer, Timestamp), SourceError>, now: Instant) -> bool {
        let every = Duration::try_from(self.spec.every()).unwrap_or_default();
        match result {
            Ok(answer) => {
                let news = self.rung.answer.as_ref() != Some(&answer) || self.rung.failures > 0;
                self.rung.answer = Some(answer);
                self.rung.failures = 0;
                self.rung.successes = self.rung.successes.saturating_add(1);
                self.problem = None;
                self.due = now + every;
                news
            }
            Err(error) => {
                self.rung.successes = 0;
                self.rung.failures = self.rung.failures.saturating_add(1);
                let slower = 2u32.saturating_pow(self.rung.failures.saturating_sub(1)).min(SLOWEST);
                let after = error
                    .retry_after()
                    .and_then(|after| Duration::try_from(after).ok())
                    .unwrap_or_default();
                // Up to a tenth later, so that many operators do not come back in the same instant.
                let jitter = 1.0 + fastrand::f64() / 10.0;
                self.due = now + (every * slower).max(after).mul_f64(jitter);
                let text = error.to_string();
                let news = self.problem.as_ref() != Some(&text);
                self.problem = Some(text);
                news
            }
        }
    }
}

impl Zone {
    /// The signals that have a source, in the order of the sources.
    fn signals(&self) -> Vec<Signal> {
        let mut signals: Vec<Signal> = Vec::new();
        for source in &self.sources {
            if !signals.contains(&source.spec.signal) {
                signals.push(source.spec.signal);
            }
        }
        signals
    }

    /// The source that counts for a signal, its place among the signal's sources, and why nothing better does.
    fn chosen(&mut self, signal: Signal, now: Timestamp) -> (Option<(&Source, usize)>, Vec<String>) {
        let of: Vec<&Source> = self
            .sources
            .iter()
            .filter(|source| source.spec.signal == signal)
            .collect();
        let rungs: Vec<&Rung> = of.iter().map(|source| &source.rung).collect();
        let chosen = choose(&rungs, self.current.get(&signal).copied(), now);
        match chosen {
            Some(place) => drop(self.current.insert(signal, place)),
            None => drop(self.current.remove(&signal)),
        }
        let better = chosen.map_or(of.len(), |place| place + 1);
        let why = |source: &&Source| match (&source.problem, &source.rung.answer) {
            (Some(problem), _) => Some(format!("{}: {problem}", source.spec.name())),
            (None, None) => Some(format!("{}: not asked yet", source.spec.name())),
            (None, Some(_)) if chosen.is_none() => Some(format!("{}: its last series has ended", source.spec.name())),
            (None, Some(_)) => None,
        };
        let problems = of[..better].iter().filter_map(why).collect();
        (chosen.map(|place| (of[place], place)), problems)
    }

    fn outlook(&mut self, signal: Signal, now: Timestamp) -> Outlook {
        match self.chosen(signal, now) {
            (Some((source, place)), _) => source
                .series(place)
                .map_or_else(|| Outlook::Unknown(String::new()), Outlook::Known),
            (None, problems) => Outlook::Unknown(problems.join("; ")),
        }
    }

    fn report(&mut self, signal: Signal, now: Timestamp) -> SignalReport {
        let (chosen, problems) = self.chosen(signal, now);
        let series = chosen.and_then(|(source, place)| source.series(place));
        let series = series.as_ref();
        SignalReport {
            signal,
            level: series.map_or(Level::None, |series| series.level),
            source: series.map(|series| series.source.clone()),
            value: series.and_then(|series| series.at(now)),
            certainty: series.map(|series| series.certainty),
            basis: series.map(|series| series.basis),
            issued_at: series.map(|series| series.issued_at),
            horizon: series.and_then(|series| series.known_until(now)),
            message: (!problems.is_empty()).then(|| problems.join("; ")),
        }
    }
}

impl Source {
    fn series(&self, place: usize) -> Option<Series> {
        let (answer, issued_at) = self.rung.answer.as_ref()?;
        let name = self.spec.name();
        Some(Series {
            points: answer.points.clone(),
            basis: self.spec.basis,
            certainty: answer.certainty,
            level: level(&self.rung, place),
            source: answer
                .source
                .as_ref()
                .map_or(name.clone(), |own| format!("{own} ({name})")),
            issued_at: *issued_at,
        })
    }
}
