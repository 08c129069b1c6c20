//! A rule as it is written, in a profile or under `apps.NAME.rules` of the configuration.

use doorward_domain::{Action, Targets};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Mistake, Place, ProfileError};
use crate::kinds::Kinds;
use crate::rules::RuleSet;
use crate::rules::answer::AnswerText;
use crate::rules::compile::Mistakes;
use crate::rules::condition::Condition;
use crate::rules::reading::{self, RuleMistake};

/// One rule. Which part means what is told in `docs/profiles.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleText {
    /// `METHOD /path/{capture}/**`.
    #[serde(rename = "match")]
    pub matches: String,
    /// What a request that matches amounts to.
    pub action: Action,
    /// The rule's name in decisions and audit; what it matches, if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What doing it is called at the start of a sentence: "Reporting asset events".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called: Option<String>,
    /// The thing that is acted on: `kind:name`, with captures of the path, `{/place}` of the body and `{query.name}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceText>,
    /// What is acted on when nothing of it is named by `resource`; the whole, if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<Unnamed>,
    /// What else must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// Whether the tool's state changes; by default, unless the method is `GET`, `HEAD` or `OPTIONS`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes_state: Option<bool>,
    /// What becomes of the tool's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<AnswerText>,
    /// For people who read the profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What a request acts on that names nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unnamed {
    /// The tool's own page and its assets.
    Shell,
    /// All of the app.
    Whole,
    /// Single things, and nobody can tell which.
    Unknown,
}

impl Unnamed {
    /// The words for them.
    pub const ALL: [&str; 3] = ["shell", "whole", "unknown"];
}

impl From<Unnamed> for Targets {
    fn from(unnamed: Unnamed) -> Self {
        match unnamed {
            Unnamed::Shell => Self::Shell,
            Unnamed::Whole => Self::Whole,
            Unnamed::Unknown => Self::Unknown,
        }
    }
}

/// One resource template, or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ResourceText {
    /// One.
    One(String),
    /// Several names of one thing, outermost first.
    Several(Vec<String>),
}

impl ResourceText {
    /// All of them.
    pub fn templates(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Several(texts) => texts,
        }
    }
}

impl RuleText {
    /// Reads a rule that was written as data, or says everything that does not fit.
    pub fn read(value: &Value) -> Result<Self, Vec<RuleMistake>> {
        reading::read(value)
    }

    /// Whether all of these can be rules of one profile; the mistakes name the rule by its number.
    pub fn check(rules: &[Self]) -> Result<(), ProfileError> {
        RuleSet::compile(&[rules], &Kinds::default())
            .map(drop)
            .map_err(|mistakes| ProfileError::of_rules(rules, mistakes))
    }
}

impl ProfileError {
    /// Mistakes in a list of rules whose place in a text is the caller's to know.
    pub(crate) fn of_rules(rules: &[RuleText], mistakes: Mistakes) -> Self {
        let named = mistakes.into_iter().map(|(index, text)| {
            let matches = rules.get(index).map_or("", |rule| rule.matches.as_str());
            Mistake { place: Place::Rule { index }, text: format!("`{matches}`: {text}") }
        });
        Self { mistakes: named.collect() }
    }
}
