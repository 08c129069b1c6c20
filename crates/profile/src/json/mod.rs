//! JSON, read strictly and kept as spans of its text.
//!
//! Strictly (RFC 8259, and more): no key twice in an object at any level, no lone surrogate, no NaN, bounded nesting, nothing after the value.
//! As spans, so that what is passed on is the very text that was checked (a number keeps all its digits) and can be
//! edited without touching the rest. [`Tree`] is for requests, [`scan::Scanner`] alone for walking through large answers.
//!
//! Must not know GraphQL.

use crate::Misread;

pub mod edit;
pub mod pointer;
pub mod scan;
pub mod tree;

pub use edit::Edits;
pub use pointer::{At, Pointer};
pub use scan::{Fault, Scanner, Span};
pub use tree::{Kind, Tree, Value};

/// A text read strictly; `what` begins the sentence that says what is wrong with it.
pub fn read_strictly(depth: usize, text: String, what: &str) -> Result<Tree, Misread> {
    Tree::read(text, depth).map_err(|fault| {
        let code = match fault {
            Fault::Duplicate(_) => "duplicate_key",
            Fault::Depth => "too_deep",
            Fault::Values(_) => "too_large",
            Fault::Syntax(_) | Fault::Surrogate(_) => "bad_json",
        };
        Misread::new(code, format!("{what} {fault}."))
    })
}

/// The text as a JSON string, with its quotes.
pub fn quoted(text: &str) -> String {
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return ["\"", text, "\""].concat();
    }
    serde_json::Value::String(text.to_owned()).to_string()
}
