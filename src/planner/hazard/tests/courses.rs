//! Every course that a job could take, each with what it costs for every length.

use super::*;

/// Where a course has come to.
#[derive(Clone)]
struct Course {
    pieces: Vec<Piece>,
    waited: Offset,
    standing: Standing,
    pauses: u32,
}

/// The least expected cost over all courses, each worked out length by length; infinite where none is possible.
pub(super) fn least(job: &Hazard<'_>) -> f64 {
    let mut all = Vec::new();
    let start = Course {
        pieces: Vec::new(),
        waited: 0,
        standing: job.standing,
        pauses: 0,
    };
    explore(job, 0, &start, &mut all);
    all.iter().map(|pieces| mean(job, pieces)).fold(f64::INFINITY, f64::min)
}

fn explore(job: &Hazard<'_>, row: usize, course: &Course, all: &mut Vec<Vec<Piece>>) {
    let borders = &job.rows.borders;
    let (at, last) = (borders[row], borders[borders.len() - 1]);
    let is_running = matches!(course.standing, Standing::Running(..));
    if row + 1 == borders.len() {
        if is_running {
            all.push(course.pieces.clone());
        }
        return;
    }
    let (length, over) = (borders[row + 1] - at, job.waiting - course.waited);
    for site in (0..job.rows.rates.len()).filter(|site| may_run(job, course, *site)) {
        explore(job, row + 1, &ran(course, site, at, at + length), all);
    }
    if over == 0 || is_running && !may_pause(job, course) {
        return;
    }
    let mut idle = course.clone();
    idle.waited += length.min(over);
    idle.pauses += u32::from(is_running);
    idle.standing = match course.standing {
        Standing::Running(site, _) => Standing::Paused(site),
        standing => standing,
    };
    if length <= over {
        explore(job, row + 1, &idle, all);
    } else {
        for site in (0..job.rows.rates.len()).filter(|site| may_run(job, &idle, *site)) {
            all.push(ran(&idle, site, at + over, last).pieces);
        }
    }
}

fn may_pause(job: &Hazard<'_>, course: &Course) -> bool {
    let Standing::Running(_, since) = course.standing else {
        return false;
    };
    since >= nanos(job.pausing.minimum_run) && course.pauses < job.pausing.most && course.waited < job.waiting
}

fn may_run(job: &Hazard<'_>, course: &Course, site: usize) -> bool {
    let may_move = job.pausing.migration_cost.is_some();
    match course.standing {
        Standing::Fresh => true,
        Standing::Paused(before) => before == site || may_move,
        Standing::Running(before, _) => before == site || may_move && may_pause(job, course),
    }
}

fn ran(course: &Course, site: usize, start: Offset, end: Offset) -> Course {
    let mut next = course.clone();
    match course.standing {
        Standing::Running(before, since) if before == site => {
            next.standing = Standing::Running(site, since + end - start);
            match next.pieces.last_mut() {
                Some(piece) => piece.end = end,
                None => next.pieces.push(Piece::of(site, start, end)),
            }
        }
        _ => {
            next.pauses += u32::from(matches!(course.standing, Standing::Running(..)));
            next.standing = Standing::Running(site, end - start);
            next.pieces.push(Piece::of(site, start, end));
        }
    }
    next
}

/// The mean cost of a course over the lengths that are left.
fn mean(job: &Hazard<'_>, pieces: &[Piece]) -> f64 {
    let (mut cost, mut shares, mut before) = (0.0, 0.0, 1.0);
    for (length, alive) in job.curve.steps() {
        let work = nanos(*length) - job.done;
        if work > 0 {
            cost += (before - alive) * of_length(job, pieces, work);
            shares += before - alive;
        }
        before = *alive;
    }
    cost / shares
}

/// What a course costs for a job with so much work left.
fn of_length(job: &Hazard<'_>, pieces: &[Piece], work: Offset) -> f64 {
    let (mut cost, mut left, mut at, mut standing) = (0.0, work, job.rows.borders[0], job.standing);
    let mut last = 0;
    for piece in pieces {
        if left == 0 {
            break;
        }
        cost += job.price_per_hour * in_hours(piece.start - at);
        let row = job
            .rows
            .borders
            .iter()
            .rposition(|border| *border <= piece.start)
            .unwrap();
        let hours = match standing {
            Standing::Running(site, _) if site == piece.site && piece.start == at => SignedDuration::ZERO,
            Standing::Fresh => SignedDuration::ZERO,
            Standing::Running(site, _) | Standing::Paused(site) if site == piece.site => job.pausing.resume_cost,
            _ => job.pausing.migration_cost.unwrap(),
        };
        cost += in_hours(nanos(hours)) * job.rows.energy[piece.site][row];
        let end = piece.end.min(piece.start + left);
        for (row, rate) in job.rows.rates[piece.site].iter().enumerate() {
            let (from, to) = (
                piece.start.max(job.rows.borders[row]),
                end.min(job.rows.borders[row + 1]),
            );
            if from < to {
                cost += rate * in_hours(to - from);
            }
        }
        left -= end - piece.start;
        (at, standing, last) = (piece.end, Standing::Paused(piece.site), piece.site);
    }
    let known = job.rows.rates[last]
        .iter()
        .zip(job.rows.borders.windows(2))
        .filter(|(rate, _)| rate.is_finite());
    let (sum, time) = known.fold((0.0, 0.0), |(sum, time), (rate, pair)| {
        let hours = in_hours(pair[1] - pair[0]);
        (sum + rate * hours, time + hours)
    });
    if left > 0 {
        cost + in_hours(left) * sum / time
    } else {
        cost
    }
}

/// The least expected cost of a fresh job in one site, in whole rows that all are looked at.
pub(super) fn least_by_the_row(job: &Hazard<'_>) -> f64 {
    let left = Left::of(job.curve, 0).unwrap();
    let (rates, resume) = (&job.rows.rates[0], in_hours(nanos(job.pausing.resume_cost)));
    let mean = rates[rates.len() - 24..].iter().sum::<f64>() / 24.0;
    let rate = |row: usize| rates.get(row).copied().unwrap_or(mean);
    let (most, end) = (in_hours(job.waiting) as usize, in_hours(left.end()).ceil() as usize);
    // By hours waited: running, and paused, after so much work.
    let mut running = vec![0.0; most + 1];
    for work in (0..end).rev() {
        let (from, to) = (hours(work as f64), hours(work as f64 + 1.0));
        let (alive, part) = (left.alive(from), left.hours(to) - left.hours(from));
        let mut paused = f64::INFINITY;
        for waited in (0..=most).rev() {
            let row = work + waited;
            let on = rate(row) * part + running[waited];
            let toll = if work == 0 { 0.0 } else { alive * resume * rate(row) };
            paused = if row < rates.len() {
                paused.min(on + toll)
            } else {
                f64::INFINITY
            };
            running[waited] = if waited < most || work == 0 { on.min(paused) } else { on };
        }
    }
    running[0]
}
