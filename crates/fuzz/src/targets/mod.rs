//! The targets, one file each.

mod graphql;
mod headers;
mod next;
mod path;
mod servers;

pub use graphql::graphql;
pub use headers::headers;
pub use next::next;
pub use path::path;

/// A target: its name (as in `fuzz/seeds/…`) and its body.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// As in `cargo fuzz run NAME`.
    pub name: &'static str,
    /// Panics when a promise is broken.
    pub body: fn(&[u8]),
}

/// All targets.
pub const TARGETS: [Target; 4] = [
    Target { name: "graphql", body: graphql },
    Target { name: "headers", body: headers },
    Target { name: "next", body: next },
    Target { name: "path", body: path },
];
