//! A bidder looks at its window, row by row, as the solvers of pieces want it.

use super::super::amounts::Part;
use super::super::curve::in_hours;
use super::super::demand::Step;
use super::super::grid::{Grid, Offset};
use super::super::rows::{Rows, Standing};
use super::bid::{Bidder, Site};
use super::contiguous::{Market, border_after, toll_sums};
use super::field::Sums;
use super::free::Scratch;

/// A solver looks at no more sites than this: moving once to one of the best brings almost all that moving can.
const MOST_SITES: usize = 3;
/// Rows are never longer than so many slots of costs.
const COARSEST: usize = 16;
/// Rates that differ by less than this share of the greatest are equal: else a pause would be told for a rounding.
const EQUAL_RATES: f64 = 1e-11;

/// Fills the rows, as fine as `enough` allows; gives the sites that they are of. They are slots of costs, but where the series of a
/// site has its borders elsewhere, finer.
pub(super) fn look(
    bidder: &Bidder,
    market: Market<'_>,
    scratch: &mut Scratch,
    enough: impl Fn(&Rows) -> bool,
) -> Vec<usize> {
    let fine = market.capacity.grid();
    let cut = (market.grid.step() / fine.step()) as usize;
    let even = bidder.sites.iter().map(|site| market.fields[site.field].even());
    let unit = even.min().unwrap_or(cut);
    let mut stride = unit;
    loop {
        borders(bidder, (fine, unit), stride, &mut scratch.rows);
        let sites = fill(bidder, market, scratch);
        if stride >= COARSEST * cut || enough(&scratch.rows) {
            return sites;
        }
        stride *= 2;
    }
}

/// The end of the window: of a job of unknown length, as far as anything is known.
fn end(bidder: &Bidder, grid: &Grid) -> Offset {
    if bidder.is_of_unknown_length() {
        return grid.end();
    }
    (bidder.last + bidder.length).min(grid.end())
}

/// From the first border of whole `unit`s of slots on, `stride` slots apart.
fn borders(bidder: &Bidder, (grid, unit): (&Grid, usize), stride: usize, rows: &mut Rows) {
    let end = end(bidder, grid).max(bidder.first);
    let first = border_after(bidder.first + 1, grid).next_multiple_of(unit);
    let inner = (first..).step_by(stride);
    let inner = inner.map(|border| grid.border(border));
    rows.per_hour = bidder.per_hour;
    rows.borders.clear();
    rows.borders.push(bidder.first);
    rows.borders.extend(inner.take_while(|border| *border < end));
    rows.borders.push(end);
}

fn fill(bidder: &Bidder, market: Market<'_>, scratch: &mut Scratch) -> Vec<usize> {
    let rows = &mut scratch.rows;
    for of_sites in [&mut rows.rates, &mut rows.energy] {
        of_sites.resize_with(bidder.sites.len(), Vec::new);
        of_sites.iter_mut().for_each(Vec::clear);
    }
    for (number, site) in bidder.sites.iter().enumerate() {
        fill_site(bidder, (number, site), market, rows, &mut scratch.sums);
    }
    round(&mut rows.rates);
    let sites = best_sites(bidder, rows);
    for of_sites in [&mut rows.rates, &mut rows.energy] {
        for (to, from) in sites.iter().enumerate() {
            of_sites.swap(to, *from);
        }
        of_sites.truncate(sites.len());
    }
    sites
}

/// Makes rates that are equal but for rounding the same.
fn round(rates: &mut [Vec<f64>]) {
    let finite = rates.iter().flatten().filter(|rate| rate.is_finite());
    let unit = EQUAL_RATES * finite.fold(0.0_f64, |most, rate| most.max(rate.abs()));
    if unit > 0.0 {
        rates
            .iter_mut()
            .flatten()
            .for_each(|rate| *rate = (*rate / unit).round() * unit);
    }
}

fn fill_site(
    bidder: &Bidder,
    (number, site): (usize, &Site),
    market: Market<'_>,
    rows: &mut Rows,
    sums: &mut Vec<f64>,
) {
    let mut rates = std::mem::take(&mut rows.rates[number]);
    let mut energy = std::mem::take(&mut rows.energy[number]);
    each_row(
        bidder,
        (site, &site.parts),
        market,
        &rows.borders,
        sums,
        |cost, toll| {
            energy.push(cost);
            rates.push(cost + toll);
        },
    );
    (rows.rates[number], rows.energy[number]) = (rates, energy);
}

/// What an hour at each step of its scaling costs in a site, by step and row; infinite where there is no room for so much.
pub(super) fn by_step(
    bidder: &Bidder,
    steps: &[Step],
    site: &Site,
    market: Market<'_>,
    borders: &[Offset],
    sums: &mut Vec<f64>,
) -> Vec<Vec<f64>> {
    let of_step = |(number, step): (usize, &Step)| {
        let mut rates = Vec::with_capacity(borders.len());
        let parts = site.at_step(number);
        each_row(bidder, (site, parts), market, borders, sums, |cost, toll| {
            rates.push(cost * step.power + toll);
        });
        rates
    };
    steps.iter().enumerate().map(of_step).collect()
}

/// Visits each row with what an hour costs there, infinite where there is no room, and the price of the room of an hour.
fn each_row(
    bidder: &Bidder,
    (site, parts): (&Site, &[Part]),
    market: Market<'_>,
    borders: &[Offset],
    sums: &mut Vec<f64>,
    mut visit: impl FnMut(f64, f64),
) {
    let (field, fine) = (&market.fields[site.field], market.capacity.grid());
    sums.clear();
    if let (Some(tolls), Some(first), Some(last)) = (market.tolls, borders.first(), borders.last()) {
        let slots = fine.touched(*first, *last);
        let borders = slots.start..slots.end + 1;
        toll_sums(parts, tolls, market.capacity.resources(), borders, sums);
    }
    // What a job of unknown length may run beyond what is expected of it is not booked, and needs no room.
    let booked = bidder.last + bidder.length;
    for row in borders.windows(2) {
        let (from, to) = (row[0], row[1]);
        let touched = fine.touched(from, to);
        let open = to > from
            && field.is_known(touched.start, touched.end)
            && (!market.room || from >= booked || market.capacity.has_room(parts, from, to));
        if !open {
            visit(f64::INFINITY, 0.0);
            continue;
        }
        let hours = in_hours(to - from);
        let toll = if sums.is_empty() {
            0.0
        } else {
            let sums = Sums::over(sums, fine);
            (sums.until(to) - sums.until(from)) / hours
        };
        visit(bidder.cost(site, from, to, market.ground()) / hours, toll);
    }
}

/// The sites with the cheapest rows for all of the work, among them the one where the job is; by number.
fn best_sites(bidder: &Bidder, rows: &Rows) -> Vec<usize> {
    let all: Vec<usize> = (0..bidder.sites.len()).collect();
    if all.len() <= MOST_SITES {
        return all;
    }
    let there = match bidder.standing {
        Standing::Paused(site) | Standing::Running(site, _) => Some(site),
        Standing::Fresh => None,
    };
    let mut ranked: Vec<(bool, f64, usize)> = all
        .into_iter()
        .map(|site| (there != Some(site), cheapest(rows, site, bidder.length), site))
        .collect();
    ranked.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    let mut sites: Vec<usize> = ranked.iter().take(MOST_SITES).map(|(.., site)| *site).collect();
    sites.sort_unstable();
    sites
}

/// What the cheapest rows of a site cost for so much work; infinite where they are too few.
fn cheapest(rows: &Rows, site: usize, length: Offset) -> f64 {
    let mut order: Vec<(f64, Offset)> = (0..rows.len())
        .map(|row| (rows.rates[site][row], rows.time(row)))
        .collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut left, mut cost) = (length, 0.0);
    for (rate, time) in order {
        let takes = time.min(left);
        if takes <= 0 {
            break;
        }
        cost += rate * in_hours(takes);
        left -= takes;
    }
    if left > 0 { f64::INFINITY } else { cost }
}
