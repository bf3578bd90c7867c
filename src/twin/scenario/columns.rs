//! Which column of a jobs file says what.

use std::cell::RefCell;

use super::file::Columns;
use crate::twin::error::TwinError;
use crate::twin::table::{Column, ColumnName, Table};

/// The columns of a table, found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) submit: Column,
    pub(super) duration: Column,
    pub(super) cpus: Option<Column>,
    pub(super) id: Option<Column>,
    pub(super) namespace: Option<Column>,
    pub(super) group: Option<Column>,
    pub(super) labels: Option<Column>,
    pub(super) pods: Option<Column>,
    pub(super) memory_gib: Option<Column>,
    pub(super) gpus: Option<Column>,
    pub(super) gpu_model: Option<Column>,
    pub(super) watts: Option<Column>,
    pub(super) priority: Option<Column>,
    pub(super) max_delay: Option<Column>,
    pub(super) finish_by: Option<Column>,
    pub(super) interruptible: Option<Column>,
    pub(super) zones: Option<Column>,
    pub(super) home: Option<Column>,
    pub(super) min_scale: Option<Column>,
    pub(super) max_scale: Option<Column>,
    pub(super) scaling: Option<Column>,
    pub(super) after: Option<Column>,
    /// What is to be said of columns that nothing reads.
    pub(super) warnings: Vec<String>,
}

impl Found {
    /// Finds the columns that a scenario names; where it names none at all, those that bear the names of the keys.
    pub(super) fn of(table: &Table, columns: Option<&Columns>) -> Result<Self, TwinError> {
        let none = Columns::default();
        let named = columns.unwrap_or(&none);
        let unread = RefCell::new(Vec::new());
        let find = |key: &str, wanted: &Option<ColumnName>| match (wanted, columns) {
            (Some(wanted), _) => table.column(wanted).map(Some),
            (None, Some(_)) => Ok(None),
            (None, None) => {
                let found = table.named(key)?;
                let alike = table.alike(key).filter(|_| found.is_none());
                unread.borrow_mut().extend(alike.map(|name| (name, key.to_owned())));
                Ok(found)
            }
        };
        let needed = |key: &str, wanted: &Option<ColumnName>| {
            let missing = || {
                let there = match columns {
                    Some(_) => String::new(),
                    None => format!("; there are {}", table.names()),
                };
                format!("expected a column for {key}; name it in the scenario, under jobs.columns{there}")
            };
            find(key, wanted)?.ok_or_else(|| table.place(1, None).wrong(missing()))
        };
        Ok(Self {
            submit: needed("submit", &named.submit)?,
            duration: needed("duration", &named.duration)?,
            cpus: find("cpus", &named.cpus)?,
            id: find("id", &named.id)?,
            namespace: find("namespace", &named.namespace)?,
            group: find("group", &named.group)?,
            labels: find("labels", &named.labels)?,
            pods: find("pods", &named.pods)?,
            memory_gib: find("memoryGiB", &named.memory_gib)?,
            gpus: find("gpus", &named.gpus)?,
            gpu_model: find("gpuModel", &named.gpu_model)?,
            watts: find("watts", &named.watts)?,
            priority: find("priority", &named.priority)?,
            max_delay: find("maxDelay", &named.max_delay)?,
            finish_by: find("finishBy", &named.finish_by)?,
            interruptible: find("interruptible", &named.interruptible)?,
            zones: find("zones", &named.zones)?,
            home: find("home", &named.home)?,
            min_scale: find("minScale", &named.min_scale)?,
            max_scale: find("maxScale", &named.max_scale)?,
            scaling: find("scaling", &named.scaling)?,
            after: find("after", &named.after)?,
            warnings: {
                let warning = |(name, key): (&str, String)| {
                    let place = table.place(1, None);
                    format!("{place}: nothing reads the column {name:?}; write {key} if that is meant")
                };
                unread.into_inner().into_iter().map(warning).collect()
            },
        })
    }
}
