//! One watch's objects, by UID. A relist fills a fresh table and swaps it in at once, so readers never see half a list.

use std::collections::BTreeMap;
use std::sync::Arc;

/// The objects of one watch.
#[derive(Debug)]
pub struct Table<T> {
    live: BTreeMap<Arc<str>, T>,
    fresh: Option<BTreeMap<Arc<str>, T>>,
    complete: bool,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            live: BTreeMap::new(),
            fresh: None,
            complete: false,
        }
    }
}

impl<T> Table<T> {
    /// A new list begins.
    pub fn begin(&mut self) {
        self.fresh = Some(BTreeMap::new());
    }

    /// An object of a list that has begun.
    pub fn listed(&mut self, uid: Arc<str>, entry: T) {
        self.fresh.get_or_insert_default().insert(uid, entry);
    }

    /// The list is complete: it replaces what was known.
    pub fn done(&mut self) {
        self.live = self.fresh.take().unwrap_or_default();
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
}
