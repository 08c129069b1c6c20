//! Unique indexes, and how engines tell that one was violated: some by its name, others by its columns.

/// A unique index, and what callers call its column when it is in use already.
pub(crate) struct Unique {
    pub(crate) name: &'static str,
    pub(crate) table: &'static str,
    pub(crate) columns: &'static [&'static str],
    pub(crate) word: Option<&'static str>,
}

impl Unique {
    /// Whether an engine that says this speaks of it.
    pub(crate) fn is_meant_by(&self, violated: &str) -> bool {
        let columns: Vec<String> = self.columns.iter().map(|column| format!("{}.{column}", self.table)).collect();
        let named = [format!("\"{}\"", self.name), format!("'{}'", self.name), format!(".{}'", self.name)];
        named.iter().any(|named| violated.ends_with(named)) || violated.ends_with(&format!(": {}", columns.join(", ")))
    }
}
