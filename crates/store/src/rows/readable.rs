//! A page of rows as a page of nouns, without what cannot be read.

use doorward_service::ports::{Listed, StoreError};
use sea_orm::prelude::Uuid;

use crate::paging::Page;

impl<R> Page<R> {
    /// One row.
    pub(crate) fn of(id: Uuid, row: R) -> Self {
        Self { rows: vec![(id, row)], next_cursor: None, unreadable: Vec::new() }
    }

    /// What `read` makes of each row; of what it makes nothing, only the id is left.
    pub(crate) fn read<T>(self, mut read: impl FnMut(R) -> Result<T, StoreError>) -> Page<T> {
        let Self { rows, next_cursor, mut unreadable } = self;
        let mut items = Vec::with_capacity(rows.len());
        for (id, row) in rows {
            match read(row) {
                Ok(item) => items.push((id, item)),
                Err(_) => unreadable.push(id.to_string()),
            }
        }
        Page { rows: items, next_cursor, unreadable }
    }

    /// The page as it is handed over. What is left out is in the log: somebody has to mend it, and the others cannot wait for that.
    pub(crate) fn listed(self, total: u64) -> Listed<R> {
        for id in &self.unreadable {
            tracing::warn!(id, "a row of the database cannot be read and is left out of a list");
        }
        let items = self.rows.into_iter().map(|(_, item)| item).collect();
        Listed { items, next_cursor: self.next_cursor, total, unreadable: self.unreadable }
    }
}
