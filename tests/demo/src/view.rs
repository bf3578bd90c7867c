//! The live view: the clock of the day, each grid, what is held, and what is released next, where and why.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::day::{Day, HOUR, HOURS, ZONES, intensity};
use crate::log::{Log, Plan};
use crate::site::Site;

/// Where output is no terminal, a line so often.
const LINES_APART: Duration = Duration::from_secs(5);
/// How many of the next releases are shown.
const NEXT: usize = 8;

/// What the view is made of.
pub struct Scene<'a> {
    /// What was seen.
    pub log: &'a Log,
    /// The day.
    pub day: &'a Day,
    /// The zones.
    pub site: &'a Site,
    /// The instant.
    pub now: Timestamp,
}

/// Draws over itself on a terminal, and line after line elsewhere.
pub struct Screen {
    terminal: bool,
    drawn: usize,
    last_line: Option<Instant>,
}

impl Screen {
    /// A screen on standard output.
    pub fn new() -> Self {
        Self {
            terminal: io::stdout().is_terminal(),
            drawn: 0,
            last_line: None,
        }
    }

    /// Draws, if it is time.
    pub fn draw(&mut self, scene: &Scene<'_>) {
        let mut out = io::stdout().lock();
        // Nobody reads what a closed pipe takes; the demo goes on.
        if self.terminal {
            let lines = scene.lines();
            // Lines that are too long for the terminal are cut, not wrapped: else the way back up would be wrong.
            let _ = write!(out, "\x1b[?7l{}\x1b[J{}\n\x1b[?7h", up(self.drawn), lines.join("\n"));
            self.drawn = lines.len();
        } else if self.last_line.is_none_or(|last| last.elapsed() >= LINES_APART) {
            self.last_line = Some(Instant::now());
            let _ = writeln!(out, "{}", scene.line());
        }
        let _ = out.flush();
    }
}

fn up(lines: usize) -> String {
    if lines == 0 {
        String::new()
    } else {
        format!("\x1b[{lines}A")
    }
}

impl Scene<'_> {
    /// The view for a terminal.
    fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            String::new(),
            format!("  {}   {}", self.day.clock(self.now), self.counts()),
            String::new(),
            "        gCO2e/kWh   midnight     noon          24   jobs   cores in use   held for it".to_owned(),
        ];
        lines.extend(ZONES.iter().map(|zone| self.zone(zone)));
        let hour = self.day.hours(self.now).rem_euclid(f64::from(HOURS)) as usize;
        lines.push(format!("{:20}{:hour$}^", "", ""));
        lines.push("  next releases".to_owned());
        let next = self.next();
        if next.is_empty() {
            lines.push("    none is held".to_owned());
        }
        lines.extend(
            next.iter()
                .take(NEXT)
                .map(|(name, plan)| format!("    {}", self.release(name, plan))),
        );
        lines.push(if next.len() > NEXT {
            format!("    and {} more", next.len() - NEXT)
        } else {
            String::new()
        });
        lines
    }

    /// The view in one line.
    fn line(&self) -> String {
        let grids = ZONES.map(|zone| format!("{zone} {:.0}", intensity(zone, self.day.hours(self.now))));
        let next = self.next();
        let next = next.first().map_or(String::new(), |(name, plan)| {
            format!("; next: {}", self.release(name, plan))
        });
        format!(
            "[{}] {}; g/kWh: {}{next}",
            self.day.clock(self.now),
            self.counts(),
            grids.join(", ")
        )
    }

    fn counts(&self) -> String {
        let jobs = &self.log.jobs;
        let held = jobs.values().filter(|sight| sight.waits()).count();
        let done = jobs.values().filter(|sight| sight.completed.is_some()).count();
        let running = jobs
            .iter()
            .filter(|(name, sight)| sight.completed.is_none() && self.log.started(name).is_some());
        format!(
            "{} jobs: {held} held, {} running, {done} done",
            jobs.len(),
            running.count()
        )
    }

    fn zone(&self, zone: &str) -> String {
        let here =
            |pod: &&crate::log::PodSight| pod.ended.is_none() && pod.bound.as_ref().is_some_and(|(own, _)| own == zone);
        let pods: Vec<_> = self.log.pods.values().filter(here).collect();
        let mut jobs: Vec<_> = pods.iter().filter_map(|pod| pod.job.as_ref()).collect();
        jobs.sort_unstable();
        jobs.dedup();
        let cores: f64 = pods.iter().map(|pod| pod.cores).sum();
        let offered = self.site.zones.get(zone).map_or(0.0, |zone| zone.offered);
        let held = self
            .next()
            .iter()
            .filter(|(_, plan)| plan.chosen.zones.iter().any(|own| own == zone))
            .count();
        format!(
            "    {zone}  {:>9.0}   {}   {:>4}   {cores:>4.1} of {offered:>3.0}   {held:>11}",
            intensity(zone, self.day.hours(self.now)),
            sparkline(zone),
            jobs.len(),
        )
    }

    /// The held jobs that have a plan, by their planned start; last those that have been planned anew since, which is not
    /// written for ever.
    fn next(&self) -> Vec<(&str, &Plan)> {
        let held = self.log.jobs.iter().filter(|(_, sight)| sight.waits());
        let mut next: Vec<_> = held
            .filter_map(|(name, sight)| Some((name.as_str(), sight.plan.as_ref()?)))
            .collect();
        next.sort_by_key(|(_, plan)| (self.is_overtaken(plan), plan.chosen.start));
        next
    }

    /// Whether the planned start has passed by more than a release takes.
    fn is_overtaken(&self, plan: &Plan) -> bool {
        plan.chosen.start + HOUR < self.now
    }

    fn release(&self, name: &str, plan: &Plan) -> String {
        let wait = plan.chosen.start.duration_since(self.now).as_secs().max(0);
        let when = if self.is_overtaken(plan) {
            format!("{:<13}", "later")
        } else {
            format!("{} in {wait:>2} s", self.day.clock(plan.chosen.start))
        };
        let place = match plan.chosen.zones.as_slice() {
            [one] => one,
            _ => "any",
        };
        let gain = match (plan.chosen.grams, plan.baseline_grams) {
            (Some(planned), Some(blind)) if planned < blind => {
                format!(": {} instead of {}", grams(planned), grams(blind))
            }
            _ => String::new(),
        };
        format!("{when}  {place:<3}  {name:<24}  {}{gain}", why(&plan.reason))
    }
}

fn why(reason: &str) -> &str {
    match reason {
        "WaitingForGreenerSlot" => "a greener hour",
        "WaitingForCapacity" => "the best hour that has room",
        other => other,
    }
}

/// Grams with three significant figures: `12.3 mg`, `0.42 g` as `420 mg`, `1.31 g`, `2.10 kg`.
pub fn grams(grams: f64) -> String {
    let (value, unit) = match grams.abs() {
        g if g >= 1e3 => (grams / 1e3, "kg"),
        g if g >= 1.0 => (grams, "g"),
        _ => (grams * 1e3, "mg"),
    };
    let decimals = match value.abs() {
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.decimals$} {unit}")
}

/// The day of a grid, an hour a character, from its own lowest to its own highest.
fn sparkline(zone: &str) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let values: Vec<f64> = (0..HOURS).map(|hour| intensity(zone, f64::from(hour))).collect();
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(0.0, f64::max);
    let bar = |value: &f64| {
        let level = (value - low) / (high - low) * (BARS.len() - 1) as f64;
        BARS[(level.round() as usize).min(BARS.len() - 1)]
    };
    values.iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Choice;
    use crate::log::Sight;
    use crate::log::tests::at;
    use crate::site::Terms;
    use crate::site::tests::site;

    fn log(day: &Day) -> Log {
        let choice = |start, grams| Choice {
            start,
            zones: vec!["es".into()],
            grams: Some(grams),
        };
        let plan = Plan {
            reason: "WaitingForGreenerSlot".into(),
            chosen: choice(day.start + HOUR * 13, 0.1),
            now: choice(day.start, 0.15),
            baseline_grams: Some(0.25),
        };
        let sight = Sight {
            terms: Terms::default(),
            created: day.start,
            held: true,
            released: None,
            plan: Some(plan),
            promised: None,
            completed: None,
            failed: false,
        };
        let mut log = Log::default();
        log.jobs.insert("analytics/etl-01".into(), sight);
        log
    }

    #[test]
    fn a_held_job_is_shown_with_when_where_and_why() {
        let day = Day::beginning(at(1000));
        let (log, site) = (log(&day), site());
        let scene = Scene {
            log: &log,
            day: &day,
            site: &site,
            now: day.start + HOUR * 12,
        };
        let text = scene.lines().join("\n");
        for part in [
            "12:00   1 jobs: 1 held, 0 running, 0 done",
            "13:00 in  5 s  es   analytics/etl-01",
            "a greener hour: 100 mg instead of 250 mg",
        ] {
            assert!(text.contains(part), "{part}:\n{text}");
        }
        assert!(scene.line().contains("next: 13:00 in  5 s  es"), "{}", scene.line());
    }

    #[test]
    fn a_job_that_is_held_beyond_what_is_written_on_it_comes_last_and_later() {
        let day = Day::beginning(at(1000));
        let (mut log, site) = (log(&day), site());
        let mut early = log.jobs["analytics/etl-01"].clone();
        early.plan.as_mut().unwrap().chosen.start = day.start + HOUR * 5;
        log.jobs.insert("analytics/early".into(), early);
        let scene = Scene {
            log: &log,
            day: &day,
            site: &site,
            now: day.start + HOUR * 12,
        };
        let text = scene.lines().join("\n");
        let (first, last) = (text.find("13:00 in  5 s").unwrap(), text.find("later").unwrap());
        assert!(first < last, "{text}");
    }

    #[test]
    fn the_marker_stands_below_the_hour() {
        let day = Day::beginning(at(1000));
        let (log, site) = (Log::default(), site());
        let scene = Scene {
            log: &log,
            day: &day,
            site: &site,
            now: day.start + HOUR * 12,
        };
        let lines = scene.lines();
        let marker = lines.iter().position(|line| line.trim() == "^").unwrap();
        let bars: Vec<char> = lines[marker - 3].chars().collect();
        let column = lines[marker].find('^').unwrap();
        assert_eq!(bars[column], '▁', "morocco is greenest at noon: {lines:#?}");
        assert_eq!(bars[column - 12], sparkline("ma").chars().next().unwrap());
    }

    #[test]
    fn grams_have_three_figures_whatever_their_size() {
        assert_eq!(
            [0.0123, 0.42, 1.314, 12.34, 2100.0].map(grams),
            ["12.3 mg", "420 mg", "1.31 g", "12.3 g", "2.10 kg"]
        );
    }
}
