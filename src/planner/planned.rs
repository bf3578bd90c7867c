//! A job that is free to wait: rules 8 to 13 of [`super::decide`].

use super::bids::Got;
use super::decide::{Books, Verdict};
use super::decision::{Binding, Reason};
use super::guard::Guard;
use super::job::Job;
use super::search::{Search, Sight};
use super::window::{self, Start};

/// A published plan is given up only for this share of the cost of running now.
pub(super) const WORTH_A_REWRITE: f64 = 0.02;

const NO_ROOM: &str = "No zone has room for it before its latest start; it starts then, and may wait for a node.";

/// Plans a job whose cost is known if it starts now.
pub(super) fn planned<'b>(
    job: &Job<'_>,
    got: Option<Got<'_>>,
    sight: Sight<'_>,
    search: &mut Search,
    now: Start,
) -> Verdict<'b> {
    let guard = Guard::of(job.rules, now.cost);
    search.run(job, sight);
    let least = search.all.least;
    let best = match got {
        Some(got) if got.posted => Some(got.start()),
        got => better(
            guard.choose(&search.with_room, search.that_have_room()),
            // The market keeps a promise whatever it saves by now.
            got.map(|got| exact(job, got.start()))
                .filter(|bid| !(now.room && guard.saves_too_little(bid, &now))),
            &guard,
        ),
    };
    let kept = kept(job, sight, best.as_ref(), &guard, &now);
    let Some(chosen) = kept.or(best) else {
        return Verdict {
            now: Some(now.place),
            least: Some(least),
            books: Books::First,
            ..crowded_out(job, sight)
        };
    };
    let slack = if kept.is_some() {
        WORTH_A_REWRITE * now.cost
    } else {
        guard.equal
    };
    let binding = binding(job, search, &guard, &chosen, slack);
    Verdict {
        at: chosen.at,
        place: job.places[chosen.place].0.clone(),
        now: Some(now.place),
        reason: reason(job, &chosen, binding),
        binding,
        note: None,
        alternatives: search.alternatives(&chosen, &guard, sight.grid),
        least: Some(least),
        books: Books::Planned,
        got: None,
    }
}

/// A start that nothing else is compared with: the last allowed one, wherever it may run. Where others never leave enough room
/// for the job it books none: it waits for them, and pushes no smaller job aside.
pub(super) fn crowded_out<'b>(job: &Job<'_>, sight: Sight<'_>) -> Verdict<'b> {
    Verdict {
        at: job.last,
        place: job.anywhere(sight.costs),
        now: None,
        reason: Reason::WaitingForCapacity,
        binding: Binding::Capacity,
        note: Some(NO_ROOM.to_owned()),
        alternatives: Vec::new(),
        least: None,
        books: Books::Nothing,
        got: None,
    }
}

/// The better of what the search knows and what the market found, which looks at fewer starts where grids do not meet; of equal
/// ones the earlier, and at one instant the market's.
fn better(known: Option<Start>, bid: Option<Start>, guard: &Guard) -> Option<Start> {
    match (known, bid) {
        (Some(known), Some(bid)) => {
            let gain = guard.score(&known) - guard.score(&bid);
            let is_better = gain > guard.equal || (gain >= -guard.equal && bid.at <= known.at);
            Some(if is_better { bid } else { known })
        }
        (known, bid) => known.or(bid),
    }
}

/// A start that the market found, at what it costs: the market knows the mean of each of its slots, and a series may have its
/// borders elsewhere.
fn exact(job: &Job<'_>, bid: Start) -> Start {
    let (_, curve) = &job.places[bid.place];
    let cost = window::at(curve, bid.at, job.length).map_or(bid.cost, |start| job.scaled(start.cost));
    Start { cost, ..bid }
}

/// The published start, if it still has room and a known cost, and the best start is not worth a rewrite. A promise to wait
/// is not kept where waiting has come to save nothing, or less than the policy asks of it.
fn kept(job: &Job<'_>, sight: Sight<'_>, best: Option<&Start>, guard: &Guard, now: &Start) -> Option<Start> {
    let (number, at) = job.promise(sight.grid)?;
    let (place, curve) = &job.places[number];
    let start = window::at(curve, at, job.length)?;
    let kept = Start {
        cost: job.scaled(start.cost),
        place: number,
        room: true,
        ..start
    };
    let has_room = sight.capacity.may_release(at) && sight.capacity.has_room(&place.parts, at, at + job.length);
    let gain = |best: &Start| guard.score(&kept) - guard.score(best);
    let rewrite = best.is_some_and(|best| gain(best) > 0.0 && gain(best) >= WORTH_A_REWRITE * now.cost);
    let is_vain = |soonest: &Start| gain(soonest) >= -guard.equal || guard.saves_too_little(&kept, soonest);
    let in_vain = (now.room && is_vain(now)) || best.is_some_and(|best| best.at <= job.present && is_vain(best));
    (has_room && !rewrite && !in_vain).then_some(kept)
}

/// What kept the chosen start from being better by more than `slack`.
fn binding(job: &Job<'_>, search: &Search, guard: &Guard, chosen: &Start, slack: f64) -> Binding {
    let crowded = guard.choose(&search.all, search.starts.iter()).is_some_and(|ideal| {
        !ideal.room && (guard.score(&ideal) < guard.score(chosen) - slack || ideal.at < chosen.at)
    });
    let known = job
        .places
        .iter()
        .filter_map(|(_, curve)| curve.last_start(job.length))
        .max();
    if crowded {
        Binding::Capacity
    } else if search.with_room.least < chosen.cost - slack {
        Binding::Thrift
    } else if Search::least_beyond(job) < chosen.cost - slack {
        Binding::LatestStart
    } else if known < Some(job.last) {
        Binding::Horizon
    } else {
        Binding::Nothing
    }
}

/// Rules 10 to 13 of [`super::decide`].
fn reason(job: &Job<'_>, chosen: &Start, binding: Binding) -> Reason {
    let waits = chosen.at > job.present;
    match binding {
        Binding::Capacity if waits => Reason::WaitingForCapacity,
        _ if waits => Reason::WaitingForGreenerSlot,
        Binding::Thrift => Reason::SavingTooSmall,
        _ if job.demand.published.is_none() && job.places.len() > 1 => Reason::ChosenZone,
        _ => Reason::ReleasedInPlannedSlot,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, cores, decide, demand, rules, snapshot, steps, zones};
    use super::super::{Action, Binding, Placement, Published, Reason, Snapshot, Stage, plan};

    const HOUR: i64 = 3600;

    fn valley() -> Snapshot {
        let mut s = snapshot();
        steps(&mut s, "a", HOUR, &[300.0, 200.0, 100.0, 200.0, 300.0, 300.0]);
        s.demands = vec![demand("j", 4 * HOUR, HOUR)];
        s
    }

    fn fill(s: &mut Snapshot, name: &str, zone: &str, start: i64, count: i64) {
        let mut other = demand(name, start, HOUR);
        other.request = cores(count);
        other.placement = Placement::Choose(zones(&[zone]));
        other.stage = Stage::Running {
            started: at(start),
            zone: Some(zone.into()),
        };
        s.demands.push(other);
    }

    fn publish(s: &mut Snapshot, start: i64) {
        s.demands[0].published = Some(Published {
            start: at(start),
            zones: zones(&["a"]),
            segments: Vec::new(),
        });
    }

    #[test]
    fn a_start_that_the_market_found_counts_with_what_it_costs_though_the_series_has_its_border_within_a_slot() {
        let mut s = snapshot();
        steps(&mut s, "elsewhere", 900, &[1.0; 12]);
        steps(&mut s, "a", 1540, &[300.0, 0.0]);
        s.demands = vec![demand("j", 1511, 30)];
        let d = decide(&s);
        let exact = 300.0 * 29.0 / 3600.0; // its last second is free
        assert_eq!(d.chosen.start, at(1511));
        assert!((d.chosen.cost.unwrap() - exact).abs() < 1e-9, "{d:?}");
    }

    #[test]
    fn a_job_waits_for_the_greenest_slot_of_its_window() {
        let d = decide(&valley());
        assert_eq!(
            (d.action, d.reason, d.binding),
            (Action::Hold, Reason::WaitingForGreenerSlot, Binding::Nothing)
        );
        assert_eq!(d.chosen.start, at(2 * HOUR));
        assert!((d.chosen.cost.unwrap() - 100.0).abs() < 1e-9);
        assert!((d.saved_grams().unwrap().0 - 200.0).abs() < 1e-9);
    }

    #[test]
    fn alternatives_are_the_next_best_starts_a_slot_apart() {
        let starts: Vec<i64> = decide(&valley())
            .alternatives
            .iter()
            .map(|c| c.start.as_second() - at(0).as_second())
            .collect();
        assert_eq!(starts, [HOUR, 3 * HOUR, 0, 4 * HOUR]);
    }

    #[test]
    fn the_latest_start_and_the_end_of_the_forecast_are_named_when_they_bind() {
        let mut s = valley();
        s.demands[0].latest_start = at(HOUR + HOUR / 2);
        let d = decide(&s);
        assert_eq!((d.chosen.start, d.binding), (at(HOUR + HOUR / 2), Binding::LatestStart));
        s.demands[0].latest_start = at(20 * HOUR);
        assert_eq!(decide(&s).binding, Binding::Horizon);
    }

    #[test]
    fn a_full_slot_sends_a_job_to_the_best_one_that_has_room() {
        let mut s = valley();
        fill(&mut s, "other", "a", 2 * HOUR, 10);
        let d = decide(&s);
        assert_eq!((d.chosen.start, d.reason), (at(HOUR), Reason::WaitingForCapacity));
        assert_eq!(d.binding, Binding::Capacity);
    }

    #[test]
    fn a_full_zone_sends_a_job_to_another_one() {
        let mut s = valley();
        steps(&mut s, "b", HOUR, &[310.0, 210.0, 110.0, 210.0, 310.0, 310.0]);
        assert_eq!(decide(&s).chosen.zones, zones(&["a"]));
        fill(&mut s, "other", "a", 2 * HOUR, 10);
        let d = decide(&s);
        assert_eq!((d.chosen.start, d.chosen.zones), (at(2 * HOUR), zones(&["b"])));
    }

    #[test]
    fn what_is_greener_later_and_later_starts_a_lead_before_its_latest_start() {
        let mut s = snapshot();
        steps(&mut s, "a", HOUR, &[500.0, 400.0, 300.0, 200.0, 100.0, 50.0]);
        s.release_lead = jiff::SignedDuration::from_secs(30);
        s.demands = vec![demand("j", 3 * HOUR, HOUR)];
        let d = decide(&s);
        assert_eq!((d.chosen.start, d.binding), (at(3 * HOUR - 30), Binding::LatestStart));
        publish(&mut s, 3 * HOUR - 30);
        s.now = at(3 * HOUR - 30);
        let d = decide(&s);
        assert_eq!((d.action, d.reason), (Action::Release, Reason::ReleasedAtLatestStart));
    }

    #[test]
    fn a_window_without_room_ends_in_the_last_allowed_start_and_never_later() {
        let mut s = valley();
        for hour in 0..5 {
            fill(&mut s, &format!("other{hour}"), "a", hour * HOUR + 1, 10);
        }
        let d = decide(&s);
        assert_eq!((d.action, d.reason), (Action::Hold, Reason::WaitingForCapacity));
        assert_eq!(
            (d.chosen.start, d.chosen.zones),
            (at(4 * HOUR), zones(&["a", "b", "c", "d"]))
        );
    }

    #[test]
    fn a_flat_outlook_waits_only_for_room() {
        let mut s = snapshot();
        steps(&mut s, "a", HOUR, &[300.0; 6]);
        s.demands = vec![demand("j", 4 * HOUR, HOUR)];
        fill(&mut s, "other", "a", 1, 10);
        let d = decide(&s);
        // The first slot of bookings after the other is done.
        assert_eq!((d.chosen.start, d.reason), (at(HOUR + 225), Reason::WaitingForCapacity));
    }

    #[test]
    fn releases_beyond_the_rate_go_to_the_next_slot() {
        let mut s = valley();
        s.releases_per_second = Some(1.0 / HOUR as f64);
        s.demands.push(demand("k", 4 * HOUR, HOUR));
        let starts: Vec<_> = plan(&s).decisions.iter().map(|d| d.chosen.start).collect();
        assert_eq!(starts, [at(2 * HOUR), at(HOUR)]);
    }

    #[test]
    fn p1_the_release_rate_delays_no_job_beyond_its_last_allowed_start() {
        let mut s = valley();
        s.releases_per_second = Some(1.0 / HOUR as f64);
        s.demands = ["i", "j", "k", "l"].map(|name| demand(name, 2 * HOUR, HOUR)).into();
        let mut starts: Vec<_> = plan(&s).decisions.iter().map(|d| d.chosen.start).collect();
        starts.sort();
        assert_eq!(starts, [at(0), at(HOUR), at(2 * HOUR), at(2 * HOUR)]);
    }

    #[test]
    fn a_published_plan_stays_unless_another_saves_two_percent_more() {
        let mut s = valley();
        s.demands[0].latest_start = at(2 * HOUR + 600);
        publish(&mut s, 2 * HOUR + 60);
        assert_eq!(
            decide(&s).chosen.start,
            at(2 * HOUR + 60),
            "one minute off the best costs less than 2 %"
        );
        publish(&mut s, HOUR);
        assert_eq!(decide(&s).chosen.start, at(2 * HOUR));
    }

    #[test]
    fn a_published_wait_that_has_come_to_cost_more_than_now_ends() {
        let mut s = valley();
        steps(&mut s, "a", 3600, &[100.0, 99.5, 101.0, 120.0, 120.0, 120.0]);
        publish(&mut s, 2 * HOUR);
        assert_eq!(decide(&s).chosen.start, at(3600));
    }

    #[test]
    fn a_published_wait_that_has_come_to_save_nothing_ends() {
        let mut s = valley();
        steps(&mut s, "a", 3600, &[300.0; 6]);
        publish(&mut s, 2 * HOUR);
        assert_eq!(decide(&s).chosen.start, at(0));
    }

    #[test]
    fn a_published_wait_that_has_come_to_save_less_than_its_policy_asks_ends() {
        let mut s = valley();
        steps(&mut s, "a", HOUR, &[300.0, 300.0, 290.0, 300.0, 300.0, 300.0]);
        publish(&mut s, 2 * HOUR);
        assert_eq!(decide(&s).chosen.start, at(2 * HOUR));
        rules(&mut s).minimum_saving = 0.2;
        assert_eq!(decide(&s).action, Action::Release);
        rules(&mut s).minimum_saving = 0.0;
        rules(&mut s).price_per_hour = 0.03;
        assert_eq!(decide(&s).action, Action::Release, "two hours cost more than they save");
    }

    #[test]
    fn a_published_plan_gives_way_to_one_that_costs_little_more_and_waits_much_less() {
        let mut s = valley();
        steps(&mut s, "a", HOUR, &[300.0, 101.0, 300.0, 300.0, 100.0, 300.0]);
        publish(&mut s, 4 * HOUR);
        assert_eq!(decide(&s).chosen.start, at(4 * HOUR));
        rules(&mut s).price_per_hour = 0.03;
        assert_eq!(decide(&s).chosen.start, at(HOUR));
    }

    #[test]
    fn a_published_plan_that_lost_its_room_is_made_anew() {
        let mut s = valley();
        publish(&mut s, 2 * HOUR);
        fill(&mut s, "other", "a", 2 * HOUR, 10);
        assert_eq!(decide(&s).chosen.start, at(HOUR));
    }

    #[test]
    fn a_promise_beyond_the_last_allowed_start_is_kept_as_far_as_that() {
        let mut s = valley();
        publish(&mut s, 3 * HOUR);
        s.demands[0].latest_start = at(HOUR);
        assert_eq!(decide(&s).chosen.start, at(HOUR));
    }

    #[test]
    fn starting_now_says_whether_a_zone_was_chosen() {
        let mut s = snapshot();
        steps(&mut s, "a", HOUR, &[100.0, 200.0, 300.0]);
        s.demands = vec![demand("j", HOUR, HOUR)];
        assert_eq!(decide(&s).reason, Reason::ReleasedInPlannedSlot);
        steps(&mut s, "b", HOUR, &[50.0, 60.0, 70.0]);
        let d = decide(&s);
        assert_eq!((d.reason, d.chosen.zones), (Reason::ChosenZone, zones(&["b"])));
    }
}
