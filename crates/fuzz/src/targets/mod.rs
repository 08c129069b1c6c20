//! The targets, one file each.

mod answer_heads;
mod chunks;
mod frames;
mod graphql;
mod headers;
mod json;
mod next;
mod path;
mod patterns;
mod servers;

pub use answer_heads::read as answer_heads;
pub use chunks::read as chunks;
pub use frames::read as frames;
pub use graphql::graphql;
pub use headers::headers;
pub use json::read as json;
pub use next::next;
pub use path::path;
pub use patterns::read as patterns;

/// A target: its name (as in `fuzz/seeds/…`) and its body.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// As in `cargo fuzz run NAME`.
    pub name: &'static str,
    /// Panics when a promise is broken.
    pub body: fn(&[u8]),
}

/// All targets.
pub const TARGETS: [Target; 9] = [
    Target { name: "answer_heads", body: answer_heads },
    Target { name: "chunks", body: chunks },
    Target { name: "frames", body: frames },
    Target { name: "graphql", body: graphql },
    Target { name: "headers", body: headers },
    Target { name: "json", body: json },
    Target { name: "next", body: next },
    Target { name: "path", body: path },
    Target { name: "patterns", body: patterns },
];
