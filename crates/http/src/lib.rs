//! The rules about HTTP that door and desk share, so that both read a request alike.
//!
//! Pure: no server, no clock, no store; who somebody is, is not known here. So far: what a request presents to say who sends it
//! ([`presented`]), whether another site's page made a browser send it ([`is_cross_site`]), what of that must not reach a tool, and what of a tool's answer must not reach a browser ([`cookie`]).

pub mod cookie;
mod credential;
mod same_origin;

pub use cookie::CookieName;
pub use credential::{
    KEY_OPENS_NOTHING, Misread, Presented, is_for_the_tool, presented, presented_at_app, presents_key,
};
pub use same_origin::{OwnOrigin, is_cross_site, is_same_site_for_certain};
