//! What is to happen, by time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::series::Ms;

/// Something that happens; of those at one instant, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// A job ends, unless it was stopped since it was said: then its turn is another.
    Done(usize, u32),
    /// A capacity changes.
    Capacity,
    /// A forecast changes.
    Forecast,
    /// A job is submitted.
    Submit(usize),
    /// A slot begins.
    Border,
    /// Something that was planned for a job is due, unless its plan has changed since.
    Due(usize, u32),
}

/// Events by time.
#[derive(Debug, Default)]
pub struct Queue(BinaryHeap<Reverse<(Ms, Event)>>);

impl Queue {
    /// All submissions of a world, and all changes of capacity.
    pub fn of(submits: impl IntoIterator<Item = Ms>, changes: impl IntoIterator<Item = Ms>) -> Self {
        let submits = submits
            .into_iter()
            .enumerate()
            .map(|(job, at)| Reverse((at, Event::Submit(job))));
        let changes = changes.into_iter().map(|at| Reverse((at, Event::Capacity)));
        Self(submits.chain(changes).collect())
    }

    /// Adds an event.
    pub fn push(&mut self, at: Ms, event: Event) {
        self.0.push(Reverse((at, event)));
    }

    /// The next instant, with all that happens then.
    pub fn next(&mut self, batch: &mut Vec<Event>) -> Option<Ms> {
        batch.clear();
        let Reverse((now, first)) = self.0.pop()?;
        batch.push(first);
        while let Some(Reverse((at, event))) = self.0.peek().copied()
            && at == now
        {
            self.0.pop();
            batch.push(event);
        }
        Some(now)
    }
}
