//! One job's decision: what it does now, and why.
//!
//! The first of these rules that applies decides:
//!
//! | # | the job | does | reason |
//! | --- | --- | --- | --- |
//! | 1 | has no policy any more | starts | `NoPolicy` |
//! | 2 | must run | starts | the one it came with |
//! | 3 | has reached its latest start, less the release lead, and does not catch up by running wider | starts | `ReleasedAtLatestStart` |
//! | 4 | has reached its published start, of no more than a run to its end, and one of its zones has room | starts, in the published zone if that has | `ReleasedInPlannedSlot` |
//! | 5 | may be more than started: paused, run wider, or of unknown length | does what the market found | as 10 to 13, or `PausedForDirtyHours` |
//! | 6 | is larger than each of its zones when nothing else runs there | starts in all of them: it would wait in vain | `WaitingForCapacity` |
//! | 7 | has no known cost if started now | starts in all its zones | `NoForecast` |
//! | 8 | finds no room up to its last allowed start | is planned there, in all its zones | `WaitingForCapacity` |
//! | 9 | has a published start that still has room and saves something, and no other saves 2 % more | keeps it | as 10 |
//! | 10 | is planned for later | waits | `WaitingForCapacity` if better or earlier starts are full, else `WaitingForGreenerSlot` |
//! | 11 | is best started now because waiting is not worth it to the policy | starts | `SavingTooSmall` |
//! | 12 | is best started now, had no plan before, and has a choice of zones | starts | `ChosenZone` |
//! | 13 | is best started now | starts | `ReleasedInPlannedSlot` |
//!
//! Starts by rules 1 to 4 go to the promised zone if that has room now, else to the best zone that has, else to all zones of the
//! job; so does a job that runs already and for which the market found nothing: it runs on where it is. Starts by rules 1 to 4, 7
//! and 8 are *forced*: a deadline outranks room. A forced start that finds none waits for it, and the first that will be free is
//! kept for it; so whoever is promised a start that then has no room is planned anew.

use super::bids::Got;
use super::confidence::is_doubtful;
use super::decision::{Binding, Reason};
use super::demand::Stage;
use super::grid::Offset;
use super::job::{Job, Place};
use super::pieces::in_pieces;
use super::planned::{crowded_out, planned};
use super::search::{Search, Sight};
use super::window::{self, Start};

/// What a job does, before it is written out as a decision.
pub(super) struct Verdict<'b> {
    /// The planned start; now or before means: start at once.
    pub(super) at: Offset,
    /// Where.
    pub(super) place: Place,
    /// The best place at this instant, whatever the room, where its cost is known.
    pub(super) now: Option<usize>,
    /// Why.
    pub(super) reason: Reason,
    /// What kept it from being better.
    pub(super) binding: Binding,
    /// A sentence for the owner.
    pub(super) note: Option<String>,
    /// Other starts, best first.
    pub(super) alternatives: Vec<Start>,
    /// The least the job could cost if it were alone; `None` takes it out of the bound.
    pub(super) least: Option<f64>,
    /// What room it takes.
    pub(super) books: Books,
    /// What the market found for it, where that is more than to start and to run to its end.
    pub(super) got: Option<Got<'b>>,
}

/// What room a job takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Books {
    /// None.
    Nothing,
    /// That of its planned start.
    Planned,
    /// That of its start if there is some, else the first that there will be: it must start, and waits.
    First,
}

/// Decides for one job, whose start the market has found if it is free to wait; see the rules above. A wait that is less sure to
/// save than its policy asks is none.
pub(super) fn decide<'b>(
    job: &Job<'_>,
    has_policy: bool,
    got: Option<Got<'b>>,
    sight: Sight<'_>,
    search: &mut Search,
) -> Verdict<'b> {
    let starts_now = starts_now(job, sight);
    let verdict = by_values(job, has_policy, got, (sight, &starts_now), search);
    if !is_doubtful(job, &verdict, &starts_now) {
        return verdict;
    }
    let reason = match job.demand.stage {
        Stage::Running { .. } => Reason::ReleasedInPlannedSlot,
        _ => Reason::SavingTooSmall,
    };
    Verdict {
        binding: Binding::Thrift,
        least: verdict.least,
        alternatives: verdict.alternatives,
        ..at_once(job, sight, &starts_now, reason, Some(UNSURE.to_owned()))
    }
}

/// Decides by the values of the forecasts, whatever their bands.
fn by_values<'b>(
    job: &Job<'_>,
    has_policy: bool,
    got: Option<Got<'b>>,
    (sight, starts_now): (Sight<'_>, &[Start]),
    search: &mut Search,
) -> Verdict<'b> {
    let published = job.demand.published.as_ref();
    let at_once = |reason, note| at_once(job, sight, starts_now, reason, note);
    if !has_policy {
        return at_once(Reason::NoPolicy, None);
    }
    if let Stage::MustRun { reason, note } = &job.demand.stage {
        return at_once(*reason, Some(note.clone()));
    }
    let hurries = got.is_some() && job.demand.may_hurry();
    if job.last <= job.present && !hurries {
        return at_once(Reason::ReleasedAtLatestStart, None);
    }
    if let Some(got) = got.filter(|_| job.is_free()) {
        return in_pieces(job, got, sight, search);
    }
    if matches!(job.demand.stage, Stage::Running { .. }) {
        return at_once(Reason::ReleasedInPlannedSlot, None);
    }
    let is_due = published.is_some_and(|published| sight.grid.offset(published.start) <= job.present);
    if is_due && job.has_room_now(sight.capacity) {
        // Later starts, which might cost less, are not looked at.
        return Verdict {
            least: None,
            ..at_once(Reason::ReleasedInPlannedSlot, None)
        };
    }
    if job.is_too_large {
        return everywhere(job, sight, Reason::WaitingForCapacity, TOO_LARGE.to_owned());
    }
    match cheapest(starts_now.iter().copied()) {
        Some(now) => planned(job, got, sight, search, now),
        None if job.is_crowded_out => crowded_out(job, sight),
        None => {
            let zones = sight.costs.numbers(job.demand.placement.zones());
            let why = sight.costs.why_unknown(&zones, job.rules.signal, job.rules);
            everywhere(job, sight, Reason::NoForecast, why)
        }
    }
}

const UNSURE: &str = "By the bands of the forecast waiting is less sure to save than its policy asks.";

const TOO_LARGE: &str = "It asks for more than any of its zones can hold, so waiting would not help; ask for less, or raise the capacity of a zone.";

/// The job's start at this instant in each of its places, whatever the release rate.
fn starts_now(job: &Job<'_>, sight: Sight<'_>) -> Vec<Start> {
    let start = |number: usize| {
        let (place, curve) = &job.places[number];
        let start = window::at(curve, job.first, job.length)?;
        Some(Start {
            cost: job.scaled(start.cost),
            place: number,
            room: sight.capacity.has_room(&place.parts, start.at, start.at + job.length),
            ..start
        })
    };
    (0..job.places.len()).filter_map(start).collect()
}

/// The cheapest start; the first zone by name where several cost the same.
pub(super) fn cheapest(starts: impl Iterator<Item = Start>) -> Option<Start> {
    starts.min_by(|a, b| a.cost.total_cmp(&b.cost))
}

/// Starts now: in the zone that was promised, if it has room; else in the best zone that has room; else in all its zones, or
/// where it was promised if nothing more is known.
///
/// A job that runs, or was paused and may not move, is already somewhere: there it goes on, room or not.
fn at_once<'b>(job: &Job<'_>, sight: Sight<'_>, now: &[Start], reason: Reason, note: Option<String>) -> Verdict<'b> {
    let promised = job
        .demand
        .published
        .as_ref()
        .map(|published| job.among(&published.zones, sight.costs));
    let has_room = |parts: &_| sight.capacity.has_room(parts, job.present, job.present + job.length);
    let one_with_room = |place: &Place| place.zones.len() == 1 && has_room(&place.parts);
    let place = match (promised, cheapest(now.iter().copied().filter(|start| start.room))) {
        _ if job.goes_on().is_some() => job.goes_on_in(sight.costs),
        (Some(promised), _) if one_with_room(&promised) => promised,
        (_, Some(start)) => job.places[start.place].0.clone(),
        (_, None) => job.anywhere(sight.costs),
    };
    let best = cheapest(now.iter().copied());
    let late = reason == Reason::ReleasedAtLatestStart;
    let runs = matches!(job.demand.stage, Stage::Running { .. });
    Verdict {
        at: job.present,
        place,
        now: best.map(|start| start.place),
        reason,
        binding: if late { Binding::LatestStart } else { Binding::Nothing },
        note,
        alternatives: Vec::new(),
        least: best.map(|start| start.cost),
        books: if runs { Books::Planned } else { Books::First },
        got: None,
    }
}

/// Starts now in all its zones, because nothing is known that could choose among them.
fn everywhere<'b>(job: &Job<'_>, sight: Sight<'_>, reason: Reason, note: String) -> Verdict<'b> {
    let too_large = reason == Reason::WaitingForCapacity;
    Verdict {
        at: job.present,
        place: job.goes_on_in(sight.costs),
        now: None,
        reason,
        binding: if too_large { Binding::Capacity } else { Binding::Horizon },
        note: Some(note),
        alternatives: Vec::new(),
        least: None,
        books: if too_large { Books::Nothing } else { Books::First },
        got: None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::testing::{at, cores, decide, demand, snapshot, steps, zones};
    use super::super::{Action, Outlook, Pausing, Placement, Published, Snapshot, ZoneOutlook};
    use super::*;
    use crate::units::Resources;

    /// Cheap at the third hour; zone `b` costs a tenth more than `a`.
    fn valley() -> Snapshot {
        let mut s = snapshot();
        steps(&mut s, "a", 3600, &[300.0, 200.0, 100.0, 200.0, 300.0, 300.0]);
        steps(&mut s, "b", 3600, &[330.0, 220.0, 110.0, 220.0, 330.0, 330.0]);
        s.demands = vec![demand("j", 4 * 3600, 3600)];
        s
    }

    #[expect(clippy::unnecessary_wraps, reason = "the type of the field that it fills")]
    fn published(start: i64, names: &[&str]) -> Option<Published> {
        let (start, zones) = (at(start), zones(names));
        Some(Published {
            start,
            zones,
            segments: Vec::new(),
        })
    }

    #[test]
    fn p1_without_a_forecast_a_job_is_not_bound_to_a_promised_zone_that_is_full() {
        let mut s = valley();
        for zone in ["a", "b"] {
            s.zones.get_mut(&zone.into()).unwrap().outlook = ZoneOutlook::unknown(zone.into(), "it is down");
        }
        s.demands[0].latest_start = s.now;
        s.demands[0].published = published(-60, &["a"]);
        assert_eq!(decide(&s).chosen.zones, zones(&["a"]));
        s.zones.get_mut(&"a".into()).unwrap().capacity = cores(0);
        assert_eq!(decide(&s).chosen.zones, zones(&["a", "b", "c", "d"]));
    }

    #[test]
    fn a_job_that_only_a_zone_without_a_forecast_can_hold_is_not_too_large() {
        let mut s = valley();
        s.demands[0].request = cores(20);
        s.demands[0].placement = Placement::Choose(zones(&["a", "b"]));
        assert_eq!(decide(&s).reason, Reason::WaitingForCapacity);
        let b = s.zones.get_mut(&"b".into()).unwrap();
        (b.capacity, b.outlook) = (cores(100), ZoneOutlook::unknown("b".into(), "it is down"));
        let d = decide(&s);
        assert_eq!((d.action, d.reason), (Action::Release, Reason::NoForecast));
    }

    #[test]
    fn a_job_waits_for_accelerators_of_its_model_that_others_have_and_not_for_some_that_nobody_has() {
        let mut s = valley();
        let asks = Resources { gpus: 4, ..cores(1) };
        (s.demands[0].request, s.demands[0].gpu_model) = (asks, Some("T4".into()));
        s.demands[0].placement = Placement::Choose(zones(&["a"]));
        let a = s.zones.get_mut(&"a".into()).unwrap();
        a.capacity.gpus = 8;
        a.gpu_models = [("T4".to_owned(), 1)].into();
        assert_eq!(decide(&s).note.as_deref(), Some(TOO_LARGE));
        let a = s.zones.get_mut(&"a".into()).unwrap();
        (a.when_empty, a.gpu_models_when_empty) = (Some(a.capacity), [("T4".to_owned(), 4)].into());
        assert_eq!(decide(&s).action, Action::Hold);
    }

    #[test]
    fn a_job_that_runs_where_nothing_is_known_runs_on_however_green_it_is_elsewhere() {
        let mut s = valley();
        s.zones.get_mut(&"a".into()).unwrap().outlook = ZoneOutlook::unknown("a".into(), "it is down");
        s.demands[0].freedom.pausing = Some(Pausing {
            migration_cost: Some(SignedDuration::ZERO),
            minimum_run: SignedDuration::from_hours(10),
            ..Pausing::default()
        });
        s.demands[0].stage = Stage::Running {
            started: at(-60),
            zone: Some("a".into()),
        };
        let d = decide(&s);
        assert_eq!((d.action, d.chosen.zones), (Action::Continue, zones(&["a"])));
    }

    #[test]
    fn p1_a_job_whose_latest_start_is_within_the_lead_is_released_in_the_best_zone_with_room() {
        let mut s = valley();
        s.release_lead = SignedDuration::from_mins(5);
        s.demands[0].latest_start = at(300);
        let d = decide(&s);
        assert_eq!((d.action, d.reason), (Action::Release, Reason::ReleasedAtLatestStart));
        assert_eq!(d.chosen.zones, zones(&["a"]));
        s.zones.get_mut(&"a".into()).unwrap().capacity = cores(0);
        assert_eq!(decide(&s).chosen.zones, zones(&["b"]));
        s.zones.get_mut(&"b".into()).unwrap().capacity = cores(0);
        assert_eq!(decide(&s).chosen.zones, zones(&["a", "b", "c", "d"]));
    }

    #[test]
    fn a_job_that_must_run_says_why_in_the_words_it_came_with() {
        let mut s = valley();
        s.demands[0].stage = Stage::MustRun {
            reason: Reason::RunNowRequested,
            note: "as asked".into(),
        };
        let d = decide(&s);
        assert_eq!(
            (d.action, d.reason, d.note.as_deref()),
            (Action::Release, Reason::RunNowRequested, Some("as asked"))
        );
    }

    #[test]
    fn a_job_without_a_policy_starts_at_once() {
        let mut s = valley();
        s.rules.clear();
        let d = decide(&s);
        assert_eq!((d.action, d.reason), (Action::Release, Reason::NoPolicy));
    }

    #[test]
    fn a_published_start_that_has_come_is_kept_though_waiting_would_be_better() {
        let mut s = valley();
        s.demands[0].published = published(-60, &["b"]);
        let d = decide(&s);
        assert_eq!((d.action, d.reason), (Action::Release, Reason::ReleasedInPlannedSlot));
        assert_eq!((d.chosen.start, d.chosen.zones), (s.now, zones(&["b"])));
    }

    #[test]
    fn p6_a_published_zone_that_is_no_longer_allowed_is_not_used() {
        let mut s = valley();
        s.demands[0].published = published(-60, &["b", "elsewhere"]);
        s.demands[0].placement = super::super::Placement::Choose(zones(&["a"]));
        assert_eq!(decide(&s).chosen.zones, zones(&["a"]));
    }

    #[test]
    fn a_job_larger_than_every_zone_does_not_wait_in_vain() {
        let mut s = valley();
        s.demands[0].request = cores(11);
        let d = decide(&s);
        assert_eq!(
            (d.action, d.reason, d.binding),
            (Action::Release, Reason::WaitingForCapacity, Binding::Capacity)
        );
        assert_eq!(d.chosen.zones, zones(&["a", "b", "c", "d"]));
        assert!(d.note.is_some());
    }

    #[test]
    fn a_job_that_finds_no_room_for_now_in_zones_that_could_hold_it_waits_until_its_latest_start_and_takes_no_room() {
        let mut s = valley();
        s.demands[0].request = cores(11);
        s.demands.push(demand("small", 4 * 3600, 3600));
        s.demands[1].request = cores(10);
        for zone in s.zones.values_mut() {
            zone.when_empty = Some(cores(16));
        }
        for spread in [false, true] {
            if spread {
                s.zones.remove(&"b".into());
                s.demands[0].placement = Placement::Somewhere(zones(&["a"]));
            }
            let decisions = super::super::plan(&s).decisions;
            let d = &decisions[0];
            assert_eq!(
                (d.action, d.reason, d.binding, d.chosen.start),
                (
                    Action::Hold,
                    Reason::WaitingForCapacity,
                    Binding::Capacity,
                    at(4 * 3600)
                )
            );
            assert_eq!(decisions[1].chosen.start, at(2 * 3600));
        }
        s.demands[0].published = published(-60, &["a"]);
        assert_eq!(
            decide(&s).action,
            Action::Hold,
            "a promise without room is no reason to start"
        );
    }

    #[test]
    fn p1_a_job_that_found_no_room_is_released_at_its_latest_start() {
        let mut s = valley();
        s.demands[0].request = cores(11);
        s.demands[0].latest_start = s.now;
        s.zones.get_mut(&"a".into()).unwrap().when_empty = Some(cores(16));
        let d = decide(&s);
        assert_eq!((d.action, d.reason), (Action::Release, Reason::ReleasedAtLatestStart));
    }

    #[test]
    fn p9_a_job_without_room_and_without_a_forecast_is_not_delayed() {
        let mut s = valley();
        s.demands[0].request = cores(11);
        for zone in ["a", "b"] {
            let zone = s.zones.get_mut(&zone.into()).unwrap();
            zone.when_empty = Some(cores(16));
            zone.outlook = ZoneOutlook::unknown("a".into(), "it is down");
        }
        let d = decide(&s);
        assert_eq!((d.action, d.reason), (Action::Release, Reason::NoForecast));
    }

    #[test]
    fn p9_ignorance_never_delays_a_job() {
        let mut s = valley();
        for zone in ["a", "b"] {
            s.zones.get_mut(&zone.into()).unwrap().outlook = ZoneOutlook::unknown(zone.into(), "it is down");
        }
        let d = decide(&s);
        assert_eq!((d.action, d.reason), (Action::Release, Reason::NoForecast));
        assert_eq!((d.chosen.cost, d.chosen.grams, d.now.cost), (None, None, None));
        assert!(d.note.unwrap().contains("it is down"));
    }

    #[test]
    fn p9_a_forecast_shorter_than_the_job_counts_as_none() {
        let mut s = valley();
        s.demands[0].length.expected = SignedDuration::from_hours(7);
        assert_eq!(decide(&s).reason, Reason::NoForecast);
    }

    #[test]
    fn odd_input_gives_a_decision_and_never_a_panic() {
        let mut s = valley();
        let odd: [fn(&mut Snapshot); 9] = [
            |s| s.demands[0].length.expected = SignedDuration::ZERO,
            |s| s.demands[0].length.expected = SignedDuration::MIN,
            |s| s.demands[0].length.expected = SignedDuration::MAX,
            |s| s.demands[0].latest_start = jiff::Timestamp::MAX,
            |s| s.demands[0].latest_start = jiff::Timestamp::MIN,
            |s| s.demands[0].placement = super::super::Placement::Somewhere(Vec::new()),
            |s| s.demands[0].watts = crate::units::Watts(f64::NAN),
            |s| s.zones.clear(),
            |s| s.now = jiff::Timestamp::MAX,
        ];
        for change in odd {
            change(&mut s);
            assert_eq!(super::super::plan(&s).decisions.len(), 1);
            s = valley();
        }
    }

    #[test]
    fn a_job_that_draws_nothing_has_nothing_to_wait_for() {
        let mut s = valley();
        s.demands[0].watts = crate::units::Watts(0.0);
        assert_eq!(decide(&s).action, Action::Release);
    }

    #[test]
    fn a_series_that_starts_later_does_not_make_a_job_wait_for_it() {
        let mut s = valley();
        s.zones.remove(&"b".into());
        let Outlook::Known(series) = &mut s.zones.get_mut(&"a".into()).unwrap().outlook.carbon_intensity else {
            unreachable!()
        };
        series.points.remove(0);
        assert_eq!(decide(&s).reason, Reason::NoForecast);
    }
}
