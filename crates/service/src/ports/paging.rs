//! Lists come in pages.

use serde::Serialize;

/// Which page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// At most this many items; 1 to 500.
    pub limit: u32,
    /// `next_cursor` of the page before; opaque.
    pub cursor: Option<String>,
    /// Keep what contains this text, without regard to case, in its names.
    pub search: Option<String>,
    /// A field name, `-` before it for descending. Which fields: see each store.
    pub sort: Option<String>,
}

impl Default for Paging {
    fn default() -> Self {
        Self { limit: 100, cursor: None, search: None, sort: None }
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed<T> {
    /// The items.
    pub items: Vec<T>,
    /// Pass as `cursor` for the next page; `None` at the end.
    pub next_cursor: Option<String>,
    /// How many there are in all pages.
    pub total: u64,
    /// The ids of what belongs here and cannot be read, because what is stored of it is damaged.
    #[serde(skip)]
    pub unreadable: Vec<String>,
}

impl<T> Listed<T> {
    /// The same page of something made from each item.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Listed<U> {
        let Self { items, next_cursor, total, unreadable } = self;
        Listed { items: items.into_iter().map(f).collect(), next_cursor, total, unreadable }
    }
}
