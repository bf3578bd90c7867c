//! How an empty book is filled, or what is left of one.

use super::super::rows::Standing;
use super::book::Book;

impl Book<'_> {
    /// Everybody takes its best start with room, in turn.
    pub(super) fn fill_in_turn(&mut self) {
        for number in 0..self.len() {
            let bid = self.ideal_with_room(number).or_else(|| self.best(number, None));
            self.put(number, bid);
        }
    }

    /// Everybody takes what was promised to it, if that still has room.
    pub(super) fn fill_as_promised(&mut self) {
        for number in 0..self.len() {
            let bid = self.bidder(number).as_promised(self.market());
            self.put(number, bid);
        }
    }

    /// Everybody who has no start yet takes what is best at these prices of room, in this order: what it would take if it were
    /// alone, where that has room that costs nothing.
    pub(super) fn fill_at_best(&mut self, order: &[usize], tolls: &[Vec<f64>]) {
        for number in order.iter().copied() {
            if self.bid(number).is_none() {
                let ideal = self.ideal_with_room(number);
                let free_of_charge = ideal.filter(|ideal| self.toll(number, ideal, tolls) <= 0.0);
                let bid = free_of_charge.or_else(|| self.best(number, Some(tolls)));
                self.put(number, bid);
            }
        }
    }

    /// Everybody who has no start yet takes the soonest one with room, in this order; whoever runs already runs on, before all.
    pub(super) fn fill_at_once(&mut self, order: &[usize]) {
        for number in self.run_on(order) {
            self.put_soonest(number);
        }
    }

    /// From slot to slot whoever has no start yet and finds room starts, asked in this order, and nobody keeps room for later;
    /// whoever runs already runs on, before all.
    pub(super) fn fill_as_room_comes(&mut self, order: &[usize]) {
        let mut waiting = self.run_on(order);
        for slot in 0..self.capacity().grid().len() {
            let (from, until) = (
                self.capacity().grid().border(slot),
                self.capacity().grid().border(slot + 1),
            );
            waiting.retain(|number| {
                let at = from.max(self.bidder(*number).first);
                let bid = (at < until)
                    .then(|| self.bidder(*number).in_first_site(at, self.market()))
                    .flatten();
                let waits = bid.is_none();
                self.put(*number, bid);
                waits
            });
        }
    }

    /// Whoever runs already runs on; who of the others has no start yet, in this order.
    fn run_on(&mut self, order: &[usize]) -> Vec<usize> {
        let free = order.iter().copied().filter(|number| self.bid(*number).is_none());
        let runs = |number: &usize| matches!(self.bidder(*number).standing, Standing::Running(..));
        let (running, others): (Vec<usize>, Vec<usize>) = free.partition(runs);
        for number in running {
            self.put_soonest(number);
        }
        others
    }

    fn put_soonest(&mut self, number: usize) {
        let bid = self.bidder(number).soonest(self.market());
        self.put(number, bid);
    }
}
