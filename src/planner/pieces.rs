//! A job that may be more than started, as the market has placed it: rule 5 of [`super::decide`].

use super::bids::Got;
use super::decide::{Books, Verdict, cheapest};
use super::decision::{Binding, Reason};
use super::demand::Stage;
use super::guard::Guard;
use super::job::Job;
use super::search::{Search, Sight};
use super::window::Start;

/// Does what the market found.
pub(super) fn in_pieces<'b>(job: &Job<'_>, got: Got<'b>, sight: Sight<'_>, search: &mut Search) -> Verdict<'b> {
    let start = got.start();
    let guard = Guard::of(job.rules, got.placed.at_once);
    search.run(job, sight);
    let binding = binding(job, &got, &guard, search);
    let now = search.starts.iter().filter(|start| start.at == job.first);
    let now = cheapest(now.filter_map(|now| got.priced(now, sight.capacity)));
    Verdict {
        at: start.at,
        place: job.places[start.place].0.clone(),
        now: now.map(|start| start.place),
        reason: reason(job, &got, binding),
        binding,
        note: None,
        alternatives: alternatives(job, &got, &guard, sight, search),
        // What it would take if it were alone is the least it could cost only if nothing but cost counts.
        least: (!got.placed.ideal.late && !guard.asks()).then_some(got.placed.ideal.cost),
        books: Books::Planned,
        got: Some(got),
    }
}

/// Other starts of a run to its end, best first, at the price of what was chosen. None where pieces are chosen as the run shows
/// how long it is: a start says little of what those cost.
fn alternatives(job: &Job<'_>, got: &Got<'_>, guard: &Guard, sight: Sight<'_>, search: &mut Search) -> Vec<Start> {
    if job.demand.curve.is_some() && job.demand.freedom.pausing.is_some() {
        return Vec::new();
    }
    let found = search.alternatives(&got.start(), guard, sight.grid);
    let mut priced: Vec<Start> = found
        .iter()
        .filter_map(|start| got.priced(start, sight.capacity))
        .collect();
    priced.sort_by(|a, b| guard.score(a).total_cmp(&guard.score(b)));
    priced
}

/// What kept it from being better.
fn binding(job: &Job<'_>, got: &Got<'_>, guard: &Guard, search: &Search) -> Binding {
    let end = got.placed.bid.pieces.last().map_or(0, |piece| piece.end);
    let known = job.places.iter().map(|(_, curve)| curve.last_start(0)).max().flatten();
    if got.placed.bid.score > got.placed.ideal.score + guard.equal {
        Binding::Capacity
    } else if guard.asks() && got.placed.bid.at() <= job.present && is_cheaper_later(job, search, guard) {
        Binding::Thrift
    } else if end >= job.last + job.length {
        Binding::LatestStart
    } else if known.is_some_and(|known| known < job.last + job.length) {
        Binding::Horizon
    } else {
        Binding::Nothing
    }
}

/// Whether a run to its end would cost less if it began later than now.
fn is_cheaper_later(job: &Job<'_>, search: &Search, guard: &Guard) -> bool {
    let now = search.cheapest_now(job.first).map(|now| now.cost - guard.equal);
    now.is_some_and(|now| search.with_room.least < now)
}

fn reason(job: &Job<'_>, got: &Got<'_>, binding: Binding) -> Reason {
    let waits = got.placed.bid.at() > job.present;
    match &job.demand.stage {
        Stage::Running { .. } | Stage::Paused { .. } if waits => Reason::PausedForDirtyHours,
        _ if waits && binding == Binding::Capacity => Reason::WaitingForCapacity,
        _ if waits => Reason::WaitingForGreenerSlot,
        Stage::Held if binding == Binding::Thrift => Reason::SavingTooSmall,
        Stage::Held if job.places.len() > 1 && job.demand.published.is_none() => Reason::ChosenZone,
        _ => Reason::ReleasedInPlannedSlot,
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::testing::{at, decide, demand, snapshot, steps};
    use super::super::{
        Action, Decision, Demand, Freedom, Pausing, Progress, Scaling, Snapshot, Stage, Step, Survival,
    };
    use super::*;

    const HOUR: i64 = 3600;

    fn pausable(name: &str, latest_start: i64, length: i64) -> Demand {
        let pausing = Pausing {
            resume_cost: SignedDuration::from_mins(6),
            migration_cost: None,
            minimum_run: SignedDuration::ZERO,
            most: 9,
        };
        Demand {
            freedom: Freedom {
                pausing: Some(pausing),
                scaling: None,
            },
            ..demand(name, latest_start, length)
        }
    }

    /// Two clean hours with a dirty one between them.
    fn two_valleys() -> Snapshot {
        let mut s = snapshot();
        steps(&mut s, "a", HOUR, &[300.0, 100.0, 300.0, 100.0, 300.0, 300.0]);
        s
    }

    fn hours(decision: &Decision) -> Vec<(i64, i64)> {
        let hour = |instant: jiff::Timestamp| (instant.as_second() - at(0).as_second()) / HOUR;
        let segments = decision.segments.iter();
        segments
            .map(|segment| (hour(segment.slot.start), hour(segment.slot.end)))
            .collect()
    }

    #[test]
    fn a_job_that_may_be_paused_runs_in_both_clean_hours_and_pays_for_its_resume() {
        let mut s = two_valleys();
        s.demands = vec![pausable("j", 4 * HOUR, 2 * HOUR)];
        let d = decide(&s);
        assert_eq!((d.action, hours(&d)), (Action::Hold, vec![(1, 2), (3, 4)]));
        // Two hours at 100 g, and a tenth of an hour at 100 g for the resume.
        assert!((d.chosen.cost.unwrap() - 210.0).abs() < 1e-6, "{d:?}");
        assert!((d.now.cost.unwrap() - 400.0).abs() < 1e-6, "{d:?}");
    }

    #[test]
    fn a_running_job_is_paused_for_a_dirty_hour_and_resumed_after_it() {
        let mut s = two_valleys();
        s.now = at(2 * HOUR);
        s.demands = vec![pausable("j", 4 * HOUR, 2 * HOUR)];
        s.demands[0].progress.done = SignedDuration::from_hours(1);
        s.demands[0].stage = Stage::Running {
            started: at(HOUR),
            zone: Some("a".into()),
        };
        let d = decide(&s);
        assert_eq!((d.action, d.reason), (Action::Pause, Reason::PausedForDirtyHours));
        assert_eq!(d.chosen.start, at(3 * HOUR));
        s.now = at(3 * HOUR);
        s.demands[0].stage = Stage::Paused { zone: "a".into() };
        s.demands[0].progress = Progress {
            done: SignedDuration::from_hours(1),
            pauses: 1,
        };
        assert_eq!(decide(&s).action, Action::Resume);
    }

    #[test]
    fn a_running_job_whose_waiting_is_used_up_runs_on() {
        let mut s = two_valleys();
        s.now = at(2 * HOUR);
        s.demands = vec![pausable("j", HOUR, 2 * HOUR)];
        s.demands[0].progress.done = SignedDuration::from_hours(1);
        s.demands[0].stage = Stage::Running {
            started: at(HOUR),
            zone: Some("a".into()),
        };
        assert_eq!(decide(&s).action, Action::Continue);
    }

    #[test]
    fn a_paused_job_that_may_not_move_is_resumed_where_it_ran_however_green_it_is_elsewhere() {
        let mut s = two_valleys();
        steps(&mut s, "b", HOUR, &[10.0; 6]);
        s.demands = vec![pausable("j", 4 * HOUR, 2 * HOUR)];
        s.demands[0].stage = Stage::Paused { zone: "a".into() };
        s.demands[0].progress.done = SignedDuration::from_hours(1);
        let d = decide(&s);
        assert_eq!((d.chosen.start, d.chosen.zones), (at(HOUR), vec!["a".into()]));
        s.demands[0].latest_start = at(-HOUR);
        assert_eq!(
            decide(&s).chosen.zones,
            ["a".into()],
            "also when its waiting is used up"
        );
    }

    #[test]
    fn a_job_that_may_run_wider_does_so_in_the_clean_hour() {
        let mut s = two_valleys();
        let steps = [(1, 1.0, 1.0), (2, 2.0, 2.0)].map(|(pods, throughput, power)| Step {
            pods,
            throughput,
            power,
        });
        s.demands = vec![demand("j", 3 * HOUR, 2 * HOUR)];
        s.demands[0].freedom.scaling = Some(Scaling { steps: steps.into() });
        let d = decide(&s);
        assert_eq!((hours(&d), d.segments[0].pods), (vec![(1, 2)], 2));
        assert!((d.chosen.cost.unwrap() - 200.0).abs() < 1e-6, "{d:?}");
    }

    /// One or two pods, the second one for more than its work.
    fn two_pods() -> Scaling {
        let steps = [(1, 1.0, 1.0), (2, 2.0, 2.2)].map(|(pods, throughput, power)| Step {
            pods,
            throughput,
            power,
        });
        Scaling { steps: steps.into() }
    }

    #[test]
    fn a_resume_costs_the_power_of_the_width_that_it_goes_on_with() {
        let mut s = two_valleys();
        let mut j = pausable("j", 4 * HOUR, 4 * HOUR);
        j.freedom.scaling = Some(two_pods());
        s.demands = vec![j];
        let d = decide(&s);
        assert_eq!(hours(&d), [(1, 2), (3, 4)]);
        // Twice two hours of work in one at 2.2 kW and 100 g, and a tenth of an hour of it for the resume.
        assert!((d.chosen.cost.unwrap() - 2.1 * 220.0).abs() < 1e-6, "{d:?}");
    }

    #[test]
    fn a_running_job_that_may_not_be_paused_runs_on_though_its_length_is_not_known_and_it_may_run_wider() {
        let mut s = two_valleys();
        let mut j = demand("j", 4 * HOUR, 2 * HOUR);
        j.freedom.scaling = Some(two_pods());
        j.curve = Some("an hour".to_owned());
        s.curves.insert(
            "an hour".to_owned(),
            Survival::of([(SignedDuration::from_hours(1), 0.0)]),
        );
        j.stage = Stage::Running {
            started: at(-600),
            zone: Some("a".into()),
        };
        s.demands = vec![j];
        assert_eq!(decide(&s).action, Action::Continue, "an hour at 100 would be better");
        s.demands[0].curve = None;
        assert_eq!(decide(&s).action, Action::Continue);
    }

    #[test]
    fn a_job_that_may_also_be_paused_costs_no_more_than_one_that_may_only_run_wider() {
        let mut s = snapshot();
        let values = [
            266.0, 421.0, 64.0, 320.0, 163.0, 441.0, 274.0, 303.0, 333.0, 169.0, 226.0, 168.0, 396.0, 162.0,
        ];
        steps(&mut s, "a", HOUR, &values);
        let mut j = demand("j", 9 * HOUR, 4 * HOUR);
        j.freedom.scaling = Some(two_pods());
        s.demands = vec![j.clone()];
        let wider = decide(&s).chosen.cost.unwrap();
        for minutes in [0, 15, 60, 600] {
            j.freedom.pausing = Some(Pausing {
                resume_cost: SignedDuration::from_mins(minutes),
                migration_cost: None,
                minimum_run: SignedDuration::ZERO,
                most: 9,
            });
            s.demands = vec![j.clone()];
            let both = decide(&s).chosen.cost.unwrap();
            assert!(both <= wider + 1e-6, "{minutes} minutes: {both}, {wider}");
        }
    }

    #[test]
    fn a_job_that_most_likely_ends_soon_takes_a_short_clean_hour_and_a_known_long_one_does_not() {
        let mut s = snapshot();
        steps(
            &mut s,
            "a",
            HOUR,
            &[300.0, 100.0, 500.0, 500.0, 200.0, 200.0, 200.0, 300.0],
        );
        let mut j = demand("j", 4 * HOUR, 3 * HOUR);
        s.demands = vec![j.clone()];
        assert_eq!(decide(&s).chosen.start, at(4 * HOUR));
        j.curve = Some("short, mostly".to_owned());
        let hours = SignedDuration::from_hours;
        s.curves.insert(
            "short, mostly".to_owned(),
            Survival::of([(hours(1), 0.1), (hours(3), 0.0)]),
        );
        s.demands = vec![j];
        assert_eq!(decide(&s).chosen.start, at(HOUR));
    }

    #[test]
    fn other_starts_of_a_job_of_unknown_length_are_priced_as_the_chosen_one() {
        let mut s = snapshot();
        let valley = (0..20).map(|hour| if (1..6).contains(&hour) { 100.0 } else { 300.0 });
        steps(&mut s, "a", HOUR, &valley.collect::<Vec<f64>>());
        let mut j = demand("j", 3 * HOUR, 5 * HOUR + 300);
        j.curve = Some("short or long".to_owned());
        let curve = Survival::of([
            (SignedDuration::from_mins(10), 0.5),
            (SignedDuration::from_hours(10), 0.0),
        ]);
        s.curves.insert("short or long".to_owned(), curve);
        s.demands = vec![j];
        let d = decide(&s);
        assert_eq!(d.chosen.start, at(HOUR));
        let costs: Vec<f64> = d.alternatives.iter().filter_map(|other| other.cost).collect();
        // Ten minutes at 100 for all, and the rest for every second one.
        let at_three = 100.0 * (1.0 / 6.0 + 0.5 * (3.0 - 1.0 / 6.0)) + 300.0 * 0.5 * 7.0;
        assert!((costs.last().unwrap() - at_three).abs() < 1e-6, "{costs:?}, {at_three}");
        assert!(costs.is_sorted() && costs[0] >= d.chosen.cost.unwrap(), "{d:?}");
        assert_eq!(d.alternatives[0].grams.unwrap().0, costs[0]);
        s.demands[0].freedom.pausing = Some(Pausing::default());
        assert!(decide(&s).alternatives.is_empty());
    }

    #[test]
    fn a_job_of_unknown_length_keeps_its_published_start_unless_another_saves_two_percent_more() {
        let mut s = snapshot();
        steps(
            &mut s,
            "a",
            HOUR,
            &[300.0, 103.0, 300.0, 100.0, 300.0, 300.0, 300.0, 300.0],
        );
        let mut j = demand("j", 4 * HOUR, HOUR);
        j.curve = Some("an hour, mostly".to_owned());
        let minutes = SignedDuration::from_mins;
        let curve = Survival::of([(minutes(50), 0.5), (minutes(60), 0.0)]);
        s.curves.insert("an hour, mostly".to_owned(), curve);
        s.demands = vec![j];
        assert_eq!(decide(&s).chosen.start, at(3 * HOUR));
        let publish = |s: &mut Snapshot, hour: i64| {
            let (start, zones) = (at(hour * HOUR), vec!["a".into()]);
            s.demands[0].published = Some(crate::planner::Published {
                start,
                zones,
                segments: Vec::new(),
            });
        };
        publish(&mut s, 1);
        assert_eq!(decide(&s).chosen.start, at(HOUR), "3 g are one percent of 300");
        publish(&mut s, 2);
        assert_eq!(decide(&s).chosen.start, at(3 * HOUR));
        steps(&mut s, "a", HOUR, &[300.0; 8]);
        assert_eq!(
            decide(&s).chosen.start,
            at(0),
            "a wait that has come to save nothing ends"
        );
    }
}
