//! The board: all sources of all zones, and what the ladder makes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use super::answer::Answer;
use super::error::{GridError, SourceError};
use super::ladder::{PATIENCE, Patience, judge};
use super::memory;
use super::score::Score;
use super::source::Source;
use super::spec::{Fetched, Outcome, Provider, Settings, SourceKind, SourceSpec};
use super::texts::Texts;
use super::web::Web;
use crate::planner::{Certainty, Level, Outlook, ZoneOutlook};
use crate::units::{Basis, Clock, Flow, Signal, ZoneName};

/// How long the first word of a source is waited for.
const FIRST_WORD: Duration = Duration::from_secs(10);

/// All sources of all zones. A source that several zones name alike is asked once for all of them.
pub struct Board {
    pub(super) settings: Settings,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) texts: Arc<Texts>,
    pub(super) web: Web,
    pub(super) rearranged: Notify,
    on_fetch: Arc<dyn Fn(Fetched) + Send + Sync>,
    state: Mutex<State>,
}

/// Which source, for as long as any zone names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SourceId(u64);

#[derive(Debug)]
struct State {
    sources: BTreeMap<SourceId, Source>,
    zones: BTreeMap<ZoneName, Vec<SourceId>>,
    last: SourceId,
    /// The same as every source has.
    patience: Patience,
    /// Whether services are asked, or what another replica heard of them is read in [`memory::FORECASTS`].
    asks: bool,
    /// The text of [`memory::FORECASTS`] that was read last.
    recalled: Option<Arc<str>>,
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
    /// Its value now: gCO2e/kWh or a share 0..1 (raw).
    pub value: Option<f64>,
    /// How far it can be trusted.
    pub certainty: Option<Certainty>,
    /// How it counts emissions.
    pub basis: Option<Basis>,
    /// Whose energy it speaks of, where anybody says so.
    pub flow: Option<Flow>,
    /// When it was made; a constant speaks of no time.
    pub issued_at: Option<Timestamp>,
    /// When it was first read as it is; a constant is never fetched.
    pub fetched_at: Option<Timestamp>,
    /// Until when it is known without gaps; a constant has no end.
    pub horizon: Option<Timestamp>,
    /// Why there is nothing, or nothing better.
    pub message: Option<String>,
    /// Whether the forecast of the source that counts has ranked the hours worse than a plain profile for weeks.
    pub distrusted: bool,
    /// Whether all its sources have been asked.
    pub asked: bool,
}

/// How well one source of a zone has told lately.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// The zone.
    pub zone: ZoneName,
    /// The signal that the source serves.
    pub signal: Signal,
    /// Where it stands in the zone's list, from 1 on.
    pub place: usize,
    /// What kind of source it is.
    pub provider: Provider,
    /// Whether it is the one that counts.
    pub in_use: bool,
    /// How well it told.
    pub score: Score,
}

impl Board {
    /// An empty board. `on_fetch` hears of every request as it ends.
    ///
    /// # Errors
    /// [`GridError`] when an allowed endpoint is no origin, or no HTTP client can be made.
    pub fn new(
        settings: Settings,
        clock: Arc<dyn Clock>,
        texts: Arc<Texts>,
        on_fetch: Arc<dyn Fn(Fetched) + Send + Sync>,
    ) -> Result<Self, GridError> {
        Ok(Self {
            web: Web::new(&settings)?,
            settings,
            clock,
            texts,
            rearranged: Notify::new(),
            on_fetch,
            state: Mutex::new(State {
                sources: BTreeMap::new(),
                zones: BTreeMap::new(),
                last: SourceId::default(),
                patience: Patience::default(),
                asks: true,
                recalled: None,
            }),
        })
    }

    /// The zones and their sources, in order. What is known of a source that some zone still names stays.
    pub fn set_zones(&self, zones: BTreeMap<ZoneName, Vec<SourceSpec>>) {
        if self.state().rearrange(zones, self.clock.monotonic()) {
            self.recall();
            self.rearranged.notify_one();
        }
    }

    /// How old a series may be: as the most patient policy has it; as a policy is made where there is none.
    pub fn set_patience(&self, most: Option<SignedDuration>) {
        self.state().patience.set(most.unwrap_or(PATIENCE));
    }

    /// Whether this replica asks services: one is enough, for they count requests. One that does not reads what another was told,
    /// a quarter of an hour later; texts it reads itself.
    pub fn set_asking(&self, asks: bool) {
        let now = self.clock.monotonic();
        let mut state = self.state();
        state.asks = asks;
        state.sources.values_mut().for_each(|source| source.named = now);
        drop(state);
        self.rearranged.notify_one();
    }

    /// What each zone's grid will be, as of `now`.
    pub fn outlooks(&self, now: Timestamp) -> BTreeMap<ZoneName, ZoneOutlook> {
        let state = self.state();
        let outlook = |name: &ZoneName| {
            let mut outlook = ZoneOutlook::unknown(name.clone(), "the zone has no source for it");
            for (signal, sources) in state.ladders(name) {
                outlook.set(signal, self::outlook(&sources, now));
            }
            outlook
        };
        let names = state.zones.keys();
        names.map(|name| (name.clone(), outlook(name))).collect()
    }

    /// What each signal of a zone shows, in the order of its sources.
    pub fn report(&self, zone: &ZoneName, now: Timestamp) -> Vec<SignalReport> {
        let state = self.state();
        let ladders = state.ladders(zone).into_iter();
        ladders.map(|(signal, sources)| report(signal, &sources, now)).collect()
    }

    /// Whether every source has been asked, now or before a restart.
    pub fn is_asked(&self) -> bool {
        self.state().sources.values().all(Source::is_asked)
    }

    /// For how long a first word may still come of sources that have just been named, and of which nothing fresh is known from
    /// before a restart; `None` where all have spoken.
    pub fn first_words(&self) -> Option<Duration> {
        let (instant, now) = (self.clock.now(), self.clock.monotonic());
        let state = self.state();
        let silent = state.sources.values().filter(|source| source.is_silent(instant));
        let rest = silent.map(|source| FIRST_WORD.saturating_sub(now.saturating_duration_since(source.named)));
        rest.max().filter(|rest| !rest.is_zero())
    }

    /// What to know of the source that counts for a signal of a zone, a sentence each.
    pub fn notes(&self, zone: &ZoneName, signal: Signal, now: Timestamp) -> Vec<String> {
        let state = self.state();
        let ladder = state.ladders(zone).into_iter().find(|(of, _)| *of == signal);
        let chosen = ladder.and_then(|(_, sources)| judge(&sources, now).chosen);
        let kind = chosen.and_then(|(source, _)| source.spec.kind.with_text(&self.texts).ok());
        let service = kind.as_ref().and_then(SourceKind::service);
        service.map(|service| service.notes(now)).unwrap_or_default()
    }

    /// How well every source of every zone has told lately, where that is known.
    pub fn scores(&self, now: Timestamp) -> Vec<Scored> {
        let state = self.state();
        let of_zone = |(zone, ids): (&ZoneName, &Vec<SourceId>)| {
            let ladders = state.ladders(zone).into_iter();
            let chosen = ladders.filter_map(|(_, sources)| Some(judge(&sources, now).chosen?.0));
            let in_use: Vec<&Source> = chosen.collect();
            let sources = ids.iter().filter_map(|id| state.sources.get(id)).zip(1..);
            let scored = sources.filter_map(|(source, place)| {
                Some(Scored {
                    zone: zone.clone(),
                    signal: source.spec.signal,
                    place,
                    provider: source.spec.provider(),
                    in_use: in_use.iter().any(|one| std::ptr::eq(*one, source)),
                    score: source.score()?,
                })
            });
            scored.collect::<Vec<_>>()
        };
        state.zones.iter().flat_map(of_zone).collect()
    }

    /// The sources that are due, and how long until the next one is, without those that are being `asked`. One that is almost due
    /// goes with another of the same service and place: one answer may serve both.
    pub(super) fn due(&self, asked: &BTreeSet<SourceId>) -> (Vec<(SourceId, SourceSpec)>, Option<Duration>) {
        let now = self.clock.monotonic();
        let mut state = self.state();
        let may_be_asked = |source: &Source| state.asks || source.spec.kind.service().is_none();
        let waiting = state.sources.iter();
        let waiting: Vec<_> = waiting
            .filter(|(id, source)| !asked.contains(id) && may_be_asked(source))
            .collect();
        let due = waiting.iter().filter(|(_, source)| source.due <= now);
        let kinds: Vec<&SourceKind> = due.map(|(_, source)| &source.spec.kind).collect();
        let goes_along = |source: &Source| source.is_almost_due(now) && kinds.contains(&&source.spec.kind);
        let (due, later): (Vec<_>, Vec<_>) = waiting.iter().partition(|(_, source)| goes_along(source));
        let next = later
            .iter()
            .map(|(_, source)| source.due.saturating_duration_since(now));
        let wait = next.min();
        let due: Vec<SourceId> = due.into_iter().map(|(id, _)| *id).collect();
        let ask = |id: SourceId| {
            let source = state.sources.get_mut(&id)?;
            source.asked();
            Some((id, source.spec.clone()))
        };
        (due.into_iter().filter_map(ask).collect(), wait)
    }

    /// What is known of services, for the ConfigMap [`memory::FORECASTS`]: after a restart it is known again.
    pub fn memory(&self, now: Timestamp) -> String {
        memory::write(self.state().sources.values(), now)
    }

    /// Takes back what was known before a restart.
    fn recall(&self) {
        let (name, key) = memory::FORECASTS;
        let now = self.clock.now();
        let mut state = self.state();
        let asks = state.asks;
        let sources = state.sources.values_mut();
        let new = sources.filter(|source| !source.is_constant() && (!asks || source.known().is_none()));
        let mut new = new.peekable();
        // Reading it is not free, and it is of use once.
        if new.peek().is_none() {
            return;
        }
        let Some(text) = self.texts.get(name, key) else { return };
        let memory = memory::read(&text);
        new.for_each(|source| memory.remind(source, now));
        state.recalled = Some(text);
    }

    /// All sources that read ConfigMaps are due: one has changed.
    pub(super) fn texts_changed(&self) {
        let (name, key) = memory::FORECASTS;
        if self.texts.get(name, key) != self.state().recalled {
            self.recall();
        }
        let now = self.clock.monotonic();
        for source in self.state().sources.values_mut() {
            if source.spec.kind.reads_texts() {
                source.due = now;
            }
        }
    }

    /// The sources whose keys have changed are due, and the services may be asked again: a new key may open what the old one
    /// closed.
    pub(super) fn secrets_changed(&self, changed: &BTreeSet<String>) {
        let now = self.clock.monotonic();
        for source in self.state().sources.values_mut() {
            let (secret, service) = (source.spec.secret(), source.spec.kind.service());
            if let (Some(secret), Some(service)) = (secret.filter(|name| changed.contains(*name)), service) {
                self.web.renew(service, secret);
                source.renew(now);
            }
        }
    }

    /// Takes in what a source said; returns whether that changes anything.
    pub(super) fn take(&self, id: SourceId, said: Result<Answer, SourceError>) -> bool {
        let (now, monotonic) = (self.clock.now(), self.clock.monotonic());
        let outcome = said.as_ref().map_or_else(SourceError::outcome, |_| Outcome::Ok);
        let mut state = self.state();
        // Nobody may name it any more.
        let Some(source) = state.sources.get_mut(&id) else {
            return false;
        };
        let provider = source.spec.provider();
        let news = source.take(said, now, monotonic);
        drop(state);
        (self.on_fetch)(Fetched { provider, outcome });
        news
    }

    /// The sources of a zone, in its order.
    pub(super) fn sources_of(&self, zone: &ZoneName) -> Vec<(SourceId, SourceSpec)> {
        let state = self.state();
        let ids = state.zones.get(zone).into_iter().flatten();
        ids.filter_map(|id| Some((*id, state.sources.get(id)?.spec.clone())))
            .collect()
    }

    /// Looks at a source, for as long as any zone names it.
    pub(super) fn with_source<T>(&self, id: SourceId, look: impl FnOnce(&Source) -> T) -> Option<T> {
        self.state().sources.get(&id).map(look)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Returns whether anything is different from before.
    fn rearrange(&mut self, zones: BTreeMap<ZoneName, Vec<SourceSpec>>, now: Instant) -> bool {
        let specs = |ids: &Vec<SourceId>| ids.iter().filter_map(|id| Some(&self.sources.get(id)?.spec)).collect();
        let before: BTreeMap<&ZoneName, Vec<&SourceSpec>> = self.zones.iter().map(|(n, ids)| (n, specs(ids))).collect();
        let same = before.len() == zones.len()
            && zones
                .iter()
                .all(|(name, specs)| before.get(name).is_some_and(|old| old.iter().copied().eq(specs)));
        if same {
            return false;
        }
        self.zones = zones
            .into_iter()
            .map(|(name, specs)| {
                (
                    name,
                    specs.into_iter().map(|spec| self.find_or_add(spec, now)).collect(),
                )
            })
            .collect();
        let named: BTreeSet<SourceId> = self.zones.values().flatten().copied().collect();
        self.sources.retain(|id, _| named.contains(id));
        true
    }

    fn find_or_add(&mut self, spec: SourceSpec, now: Instant) -> SourceId {
        if let Some((id, _)) = self.sources.iter().find(|(_, source)| source.spec == spec) {
            return *id;
        }
        self.last = SourceId(self.last.0 + 1);
        let source = Source::new(spec, now, self.patience.clone());
        self.sources.insert(self.last, source);
        self.last
    }

    /// The sources of each signal of a zone, both in the order of the zone.
    fn ladders(&self, zone: &ZoneName) -> Vec<(Signal, Vec<&Source>)> {
        let mut ladders: Vec<(Signal, Vec<&Source>)> = Vec::new();
        let ids = self.zones.get(zone).into_iter().flatten();
        for source in ids.filter_map(|id| self.sources.get(id)) {
            let signal = source.spec.signal;
            match ladders.iter_mut().find(|(of, _)| *of == signal) {
                Some((_, sources)) => sources.push(source),
                None => ladders.push((signal, vec![source])),
            }
        }
        ladders
    }
}

fn outlook(sources: &[&Source], now: Timestamp) -> Outlook {
    let verdict = judge(sources, now);
    let series = verdict.chosen.and_then(|(source, level)| source.series(level, now));
    series.map_or_else(|| Outlook::Unknown(verdict.why().join("; ")), Outlook::Known)
}

fn report(signal: Signal, sources: &[&Source], now: Timestamp) -> SignalReport {
    let verdict = judge(sources, now);
    let series = verdict.chosen.and_then(|(source, level)| source.series(level, now));
    let series = series.as_ref();
    let timed = series.filter(|series| series.level != Level::Constant);
    let why = verdict.why();
    SignalReport {
        signal,
        level: series.map_or(Level::None, |series| series.level),
        source: series.map(|series| series.source.clone()),
        value: series.and_then(|series| series.at(now)),
        certainty: series.map(|series| series.certainty),
        basis: series.map(|series| series.basis),
        flow: series.and_then(|series| series.flow),
        issued_at: timed.map(|series| series.issued_at),
        fetched_at: timed.map(|series| series.fetched_at),
        horizon: timed.and_then(|series| series.known_until(now)),
        message: (!why.is_empty()).then(|| why.join("; ")),
        distrusted: verdict.chosen.is_some_and(|(source, _)| source.is_distrusted()),
        asked: sources.iter().all(|source| source.is_asked()),
    }
}
