//! Which jobs count as kin.

use std::fmt;
use std::sync::Arc;

/// What a job has in common with others: a group within a class within all jobs.
///
/// The class is what its owner says of it by where it is put (a queue, a namespace); the group is closer kin (the runs of
/// one CronJob). Without a group, its class is all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind {
    /// The class.
    pub class: Arc<str>,
    /// The group within the class, where it has one.
    pub group: Option<Arc<str>>,
}

impl Kind {
    /// The kind of a job of this class that belongs to no group.
    pub fn class(class: &str) -> Self {
        Self {
            class: class.into(),
            group: None,
        }
    }

    /// The kind of a job of this group.
    pub fn group(class: &str, group: &str) -> Self {
        Self {
            class: class.into(),
            group: Some(group.into()),
        }
    }
}

/// A level of the hierarchy: some jobs whose lengths are learned together. By rising order, parents come first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Level {
    /// All jobs.
    All,
    /// Those of a class.
    Class(Arc<str>),
    /// Those of a group within a class.
    Group(Arc<str>, Arc<str>),
}

impl Level {
    /// The levels that a job of this kind belongs to, from all jobs down to its closest kin.
    pub(super) fn of(kind: &Kind) -> impl DoubleEndedIterator<Item = Self> {
        let class = Self::Class(kind.class.clone());
        let group = kind.group.clone().map(|group| Self::Group(kind.class.clone(), group));
        [Some(Self::All), Some(class), group].into_iter().flatten()
    }

    /// The level above, whose curve stands in where there is little data.
    pub(super) fn parent(&self) -> Option<Self> {
        match self {
            Self::All => None,
            Self::Class(_) => Some(Self::All),
            Self::Group(class, _) => Some(Self::Class(class.clone())),
        }
    }
}

impl fmt::Display for Level {
    /// Unique, and readable in a saved snapshot: `/`, `class/`, `class/group`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let safe = |class: &str| class.replace('%', "%25").replace('/', "%2F");
        match self {
            Self::All => f.write_str("/"),
            Self::Class(class) => write!(f, "{}/", safe(class)),
            Self::Group(class, group) => write!(f, "{}/{group}", safe(class)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_belongs_to_its_group_its_class_and_all() {
        let names = |kind: &Kind| Level::of(kind).map(|level| level.to_string()).collect::<Vec<_>>();
        assert_eq!(names(&Kind::group("night", "etl")), ["/", "night/", "night/etl"]);
        assert_eq!(names(&Kind::class("night")), ["/", "night/"]);
    }

    #[test]
    fn no_two_kinds_share_a_name() {
        let name = |kind: &Kind| Level::of(kind).next_back().map(|level| level.to_string());
        assert_ne!(name(&Kind::group("a/b", "c")), name(&Kind::group("a", "b/c")));
        assert_ne!(name(&Kind::class("a")), name(&Kind::class("a/")));
    }
}
