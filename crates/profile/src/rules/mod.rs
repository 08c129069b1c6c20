//! Rules: which HTTP requests are which action on which resource.
//!
//! A rule is written as data ([`RuleText`]), checked and compiled once ([`compile`]) and then found through a tree of path
//! segments ([`tree`]), so that a request costs the same with ten rules or ten thousand. Must not know GraphQL.
//!
//! Of the rules that match, the most specific wins ([`specificity`]): [`compile`] numbers them so, and the lowest number counts.
//! Rules with a `when` come before rules without.

pub mod acting;
pub mod answer;
pub mod case;
pub mod compile;
pub mod condition;
mod layer;
pub mod methods;
pub mod pattern;
pub mod reading;
pub mod seen;
pub(crate) mod specificity;
pub mod template;
pub mod text;
pub mod tree;

pub use answer::AnswerRule;
pub use compile::{Rule, RuleSet};
pub use reading::RuleMistake;
pub use seen::{Body, Seen};
pub use text::{ResourceText, RuleText, Unnamed};
