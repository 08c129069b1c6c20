//! The rules about HTTP that door and desk share, so that both read a request alike.
//!
//! Pure: no server, no clock, no store; who somebody is, is not known here. How a request is read: what it presents to say who sends it
//! ([`presented`]), whether another site's page made a browser send it ([`is_cross_site`]), whether a person waits for a page
//! ([`awaits_page`]), why a browser asks ([`fetch_metadata`]), what of it must not reach a tool, and what of a tool's answer must not reach a browser ([`cookie`]). How one is
//! answered that was not carried out: the codes ([`Code`]), the document and its headers ([`Problem`]). Of any answer: whether it opens
//! as a page ([`opens_as_page`]) and may be kept ([`must_not_be_kept`]). And where the desk is ([`desk_paths`]).

mod code;
pub mod cookie;
mod credential;
mod decision;
pub mod desk_paths;
pub mod fetch_metadata;
mod keeping;
mod media_type;
mod page_or_program;
mod problem;
mod retry_after;
mod same_origin;

pub use code::Code;
pub use cookie::CookieName;
pub use credential::{
    KEY_AS_USERNAME, KEY_HEADER, KEY_OPENS_NOTHING, Misread, Presented, is_for_the_tool, key_refused, presented,
    presented_at_app, presents_token,
};
pub use decision::{DECISION, Decided, Verdict};
pub use keeping::{NO_STORE, forbids_changes, must_not_be_kept};
pub use media_type::{is_media_type, opens_as_page};
pub use page_or_program::{awaits_page, takes_html};
pub use problem::{PROBLEM_JSON, Problem, challenge};
pub use retry_after::{retry_after, whole_seconds};
pub use same_origin::{OwnOrigin, is_cross_site, is_same_site_for_certain};
