//! One watch's objects, by UID. A relist fills a fresh table and swaps it in at once, so readers never see half a list.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The objects of one watch.
#[derive(Debug)]
pub struct Table<T> {
    live: BTreeMap<Arc<str>, T>,
    fresh: Option<BTreeMap<Arc<str>, T>>,
    kept: BTreeSet<Arc<str>>,
    complete: bool,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            live: BTreeMap::new(),
            fresh: None,
            kept: BTreeSet::new(),
            complete: false,
        }
    }
}

impl<T> Table<T> {
    /// A new list begins.
    pub fn begin(&mut self) {
        self.fresh = Some(BTreeMap::new());
        self.kept.clear();
    }

    /// An object that cannot be read as it is now: what is known of it outlives the list that has begun.
    pub fn keep(&mut self, uid: Arc<str>) {
        self.kept.insert(uid);
    }

    /// An object of a list that has begun.
    pub fn listed(&mut self, uid: Arc<str>, entry: T) {
        self.fresh.get_or_insert_default().insert(uid, entry);
    }

    /// The list is complete: it replaces what was known.
    pub fn done(&mut self) {
        let mut before = std::mem::replace(&mut self.live, self.fresh.take().unwrap_or_default());
        for uid in std::mem::take(&mut self.kept) {
            if let Some(entry) = before.remove(&uid) {
                self.live.entry(uid).or_insert(entry);
            }
        }
        self.complete = true;
    }

    /// An object appeared or changed.
    pub fn apply(&mut self, uid: Arc<str>, entry: T) {
        self.live.insert(uid, entry);
    }

    /// An object is gone.
    pub fn delete(&mut self, uid: &str) -> Option<T> {
        self.live.remove(uid)
    }

    /// The object of this UID.
    pub fn get(&self, uid: &str) -> Option<&T> {
        self.live.get(uid)
    }

    /// All objects, in the order of their UIDs.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &T)> {
        self.live.iter()
    }

    /// All objects, without their UIDs.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.live.values()
    }

    /// Whether a whole list has been seen.
    pub fn is_complete(&self) -> bool {
        self.complete
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relist_replaces_everything_at_once_and_forgets_ghosts() {
        let mut table = Table::default();
        table.begin();
        table.listed("a".into(), 1);
        assert!(!table.is_complete());
        table.done();
        table.apply("b".into(), 2);
        table.begin();
        table.listed("b".into(), 3);
        assert_eq!(table.get("a"), Some(&1), "half a list must not be seen");
        table.done();
        assert_eq!(table.iter().count(), 1);
        assert_eq!(table.get("b"), Some(&3));
    }

    #[test]
    fn what_cannot_be_read_any_more_stays_as_it_was_until_it_is_gone() {
        let mut table = Table::default();
        table.apply("a".into(), 1);
        table.keep("a".into());
        table.begin();
        table.keep("a".into());
        table.keep("never-read".into());
        table.listed("b".into(), 2);
        table.done();
        assert_eq!(
            (table.get("a"), table.get("b"), table.iter().count()),
            (Some(&1), Some(&2), 2)
        );
        table.begin();
        table.done();
        assert_eq!(table.get("a"), None, "the next list has it no more");
    }
}
