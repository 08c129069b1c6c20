//! A profile: what Doorward knows about a kind of tool.
//!
//! How it reads a request is in [`mod@reading`], and what a rule or none makes of it in [`mod@class`]: what no rule matches is `unclassified` and
//! needs `admin`.

mod class;
pub mod examples;
mod reading;

use doorward_domain::{Intent, Resource};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::body::JsonRules;
use crate::graphql::{AnswerMessage, Contents, Dialect, SocketProtocols};
use crate::hand_over::HandOver;
use crate::keeps::Keeps;
use crate::kinds::Kinds;
use crate::rules::{AnswerRule, ResourceText, RuleSet, RuleText};
use crate::{BodyKind, Envelope, MenuPlace, Misread, ProfileError, SocketMessage, Told};
use examples::Example;

/// What Doorward knows about a kind of tool, compiled for matching.
#[derive(Debug, Clone)]
pub struct Profile {
    pub(crate) name: String,
    pub(crate) title: Option<String>,
    pub(crate) about: Option<String>,
    pub(crate) probe: Option<String>,
    pub(crate) ignores_overrides: bool,
    pub(crate) graphql: Option<Dialect>,
    pub(crate) kinds: Kinds,
    pub(crate) reviewed: Option<Reviewed>,
    pub(crate) menu: Vec<MenuPlace>,
    pub(crate) keeps: Keeps,
    /// The rules as they are written; an earlier layer comes before a later one.
    pub(crate) layers: Vec<Arc<[RuleText]>>,
    pub(crate) hand_over: HandOver,
    pub(crate) get_bodies: bool,
    pub(crate) json: JsonRules,
    pub(crate) examples: Arc<[Example]>,
    pub(crate) rules: Arc<RuleSet>,
}

/// What of the tool somebody has looked at, so that `doorward profile check` can tell what is new.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reviewed {
    /// The tool's version.
    pub version: String,
    /// The arguments of each mutation.
    pub arguments: BTreeMap<String, Vec<String>>,
}

/// The built-in profiles: name and text.
const BUILTIN: [(&str, &str); 2] = [
    ("dagster", include_str!("../../../profiles/dagster.yaml")),
    ("generic", include_str!("../../../profiles/generic.yaml")),
];

impl Profile {
    /// The names of the built-in profiles.
    pub fn builtin_names() -> &'static [&'static str] {
        &["dagster", "generic"]
    }

    /// What fields of a built-in profile's tool somebody has looked at: a line `Type: field field` each.
    pub(crate) fn builtin_fields(name: &str) -> Option<&'static str> {
        (name == "dagster").then_some(include_str!("../../../profiles/dagster.fields"))
    }

    /// The YAML text of a built-in profile.
    pub fn builtin_text(name: &str) -> Option<&'static str> {
        BUILTIN.iter().find(|(own, _)| *own == name).map(|(_, text)| *text)
    }

    /// This profile with more rules (`apps.NAME.rules`) that come before its own. The mistakes name the rule by its number.
    pub fn with_rules(&self, extra: &[RuleText]) -> Result<Self, ProfileError> {
        let layers: Vec<Arc<[RuleText]>> = std::iter::once(extra.into()).chain(self.layers.iter().cloned()).collect();
        let texts: Vec<&[RuleText]> = layers.iter().map(AsRef::as_ref).collect();
        let rules =
            RuleSet::compile(&texts, &self.kinds).map_err(|mistakes| ProfileError::of_rules(extra, mistakes))?;
        Ok(Self { rules: Arc::new(rules), layers, ..self.clone() })
    }

    /// This profile for a tool that is known to keep these apart (`apps.NAME.keeps_apart`).
    #[must_use]
    pub fn with_keeps(mut self, keeps: Keeps) -> Self {
        self.keeps = keeps;
        self
    }

    /// This profile for a tool that is known to read the body of a `GET` (`apps.NAME.get_bodies`).
    #[must_use]
    pub fn with_get_bodies(mut self) -> Self {
        self.get_bodies = true;
        self
    }

    /// Whether the tool reads a body where most do not look for one: of `GET`, `HEAD` and `OPTIONS`.
    pub fn reads_get_bodies(&self) -> bool {
        self.get_bodies
    }

    /// This profile with another limit for the tokens of a GraphQL document (`apps.NAME.graphql.limits.tokens`). Says nothing to a tool
    /// without GraphQL.
    #[must_use]
    pub fn with_graphql_tokens(mut self, tokens: usize) -> Self {
        self.graphql = self.graphql.map(|dialect| dialect.with_tokens(tokens));
        self
    }

    /// This profile with Doorward's own menu there, or nowhere (`apps.NAME.menu`).
    #[must_use]
    pub fn with_menu(mut self, menu: Vec<MenuPlace>) -> Self {
        self.menu = menu;
        self
    }

    /// This profile with other headers that say who is asking (`apps.NAME.hand_over`).
    #[must_use]
    pub fn with_hand_over(mut self, hand_over: HandOver) -> Self {
        self.hand_over = hand_over;
        self
    }

    /// Which headers that say who is asking the tool gets.
    pub fn hand_over(&self) -> HandOver {
        self.hand_over
    }

    /// Where Doorward's own menu may sit in the tool's pages: the first of these places where nothing of the tool's is. Empty is nowhere.
    pub fn menu(&self) -> &[MenuPlace] {
        &self.menu
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What people call the tool, when it is one.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// What it is for, in a sentence.
    pub fn about(&self) -> Option<&str> {
        self.about.as_deref()
    }

    /// A path that the tool answers with 200 where it is really mounted, and nowhere else: whoever starts the tool can tell by it
    /// that the rules are matched below the right prefix.
    pub fn probe(&self) -> Option<&str> {
        self.probe.as_deref()
    }

    /// Its rules as they are written.
    pub fn rules(&self) -> impl Iterator<Item = &RuleText> {
        self.layers.iter().flat_map(|layer| layer.iter())
    }

    /// What it knows about the tool's GraphQL.
    pub fn graphql(&self) -> Option<&Dialect> {
        self.graphql.as_ref()
    }

    /// Whether it says how things in the tool's answers are named, so that answers can be filtered.
    pub fn filters_answers(&self) -> bool {
        self.graphql.as_ref().is_some_and(|dialect| dialect.rules().filter.compiled().is_some())
    }

    /// The kinds of things the tool has.
    pub fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// Whether requests name things of this kind, or of which kinds they do instead: those that it says, or that its rules name.
    pub fn tells_apart(&self, kind: &str) -> Result<(), Vec<String>> {
        let known: Vec<&str> = self.kinds.names();
        if known.is_empty() {
            let templates = self.layers.iter().flat_map(|rules| &**rules).filter_map(|rule| rule.resource.as_ref());
            let kinds = templates.flat_map(ResourceText::templates).filter_map(|template| template.split(':').next());
            let named: BTreeSet<String> = kinds.map(str::to_owned).collect();
            // A kind that the request itself says may be any.
            let is_known = named.contains(kind) || named.iter().any(|kind| kind.contains('{'));
            return if is_known { Ok(()) } else { Err(named.into_iter().collect()) };
        }
        if known.contains(&kind) { Ok(()) } else { Err(known.into_iter().map(str::to_owned).collect()) }
    }

    /// What of the tool somebody has looked at.
    pub fn reviewed(&self) -> Option<&Reviewed> {
        self.reviewed.as_ref()
    }

    /// What the rule behind an intent says about the tool's answer.
    pub fn answer_rule(&self, intent: &Intent) -> Option<&AnswerRule> {
        intent.operations.first().and_then(|operation| self.rules.answer(&operation.rule))
    }

    /// Understands one text message of a WebSocket opened by a [`crate::HeadReading::Socket`] head.
    pub fn read_message(&self, protocol: Option<&str>, text: &str) -> Result<SocketMessage, Misread> {
        self.dialect()?.read_message(protocol, text)
    }

    /// Which WebSocket sub-protocols to speak with the client and with the tool, from all the client offered (its
    /// `Sec-WebSocket-Protocol` values, joined with commas). Only for a head that was read as [`crate::HeadReading::Socket`].
    pub fn socket_protocols(&self, offered: Option<&str>) -> Result<SocketProtocols, Misread> {
        self.dialect()?.socket_protocols(offered)
    }

    /// What becomes of one text message from the tool, for a client that speaks `protocol` ([`SocketProtocols::client`]).
    pub fn answer_message(&self, protocol: Option<&str>, text: &str) -> AnswerMessage {
        self.dialect().map_or(AnswerMessage::Drop, |dialect| dialect.answer_message(protocol, text))
    }

    /// Whether all messages from the tool reach such a client as they are.
    pub fn passes_messages(&self, protocol: Option<&str>) -> bool {
        self.dialect().is_ok_and(|dialect| dialect.passes_messages(protocol))
    }

    /// Whether what a body of this kind asks for amounts to the same by both profiles.
    pub fn reads_bodies_like(&self, other: &Self, kind: BodyKind) -> bool {
        match kind {
            BodyKind::GraphQl => self.reads_messages_like(other),
            BodyKind::Json => {
                let is_same =
                    |(own, others): (&Arc<[RuleText]>, &Arc<[RuleText]>)| Arc::ptr_eq(own, others) || own == others;
                (self.keeps, self.ignores_overrides) == (other.keeps, other.ignores_overrides)
                    && self.kinds == other.kinds
                    && self.layers.len() == other.layers.len()
                    && self.layers.iter().zip(&other.layers).all(is_same)
            }
        }
    }

    /// Whether what a message of a WebSocket asks for amounts to the same by both profiles. Rules do not reach it, only the GraphQL part
    /// does; limits decide whether it is read, not what it means.
    pub fn reads_messages_like(&self, other: &Self) -> bool {
        match (&self.graphql, &other.graphql) {
            (Some(own), Some(others)) => own.means_the_same_as(others),
            (own, others) => own.is_none() && others.is_none(),
        }
    }

    /// The things that a request names by ids of which the tool can be asked what they are; none where all is told.
    /// Those up to one more than `most`.
    pub fn asks(&self, intent: &Intent, most: usize) -> Vec<Resource> {
        self.graphql.as_ref().map(|dialect| dialect.rules().asks(intent, most)).unwrap_or_default()
    }

    /// The question about these, to be sent as it is.
    pub fn question(&self, asks: &[Resource]) -> Result<Envelope, Misread> {
        Ok(self.dialect()?.rules().question(asks))
    }

    /// What the tool's answer tells of each of these, in their order; of those that it does not know, nothing.
    pub fn answers(&self, asks: &[Resource], answer: &[u8]) -> Result<Vec<Option<Arc<Told>>>, Misread> {
        self.dialect()?.rules().answers(asks, answer)
    }

    /// For how long that holds.
    pub fn holds(&self, ask: &Resource) -> Duration {
        self.graphql.as_ref().map_or(Duration::ZERO, |dialect| dialect.rules().holds(ask))
    }

    /// Whether one question about all things of this kind does, whatever their ids.
    pub fn lists(&self, kind: &str) -> bool {
        self.graphql.as_ref().is_some_and(|dialect| dialect.rules().lists(kind))
    }

    /// What a request does, with all names that are known now; `None` where these are too many.
    pub fn with_told(&self, intent: &Intent, known: &dyn Fn(&Resource) -> Option<Arc<Told>>) -> Option<Intent> {
        self.graphql.as_ref().map_or_else(|| Some(intent.clone()), |dialect| dialect.rules().with_told(intent, known))
    }

    /// The question what is in which container, to be sent as it is; none where nobody has to know.
    pub fn contents_question(&self) -> Option<Envelope> {
        self.graphql.as_ref()?.rules().contents_question()
    }

    /// What the tool's answer to that says.
    pub fn contents(&self, answer: &[u8]) -> Result<Contents, Misread> {
        self.dialect()?.rules().contents(answer)
    }

    /// For how long that holds.
    pub fn contents_hold(&self) -> Duration {
        self.graphql.as_ref().map_or(Duration::ZERO, |dialect| dialect.rules().contents_hold())
    }

    fn dialect(&self) -> Result<&Dialect, Misread> {
        self.graphql.as_ref().ok_or_else(|| Misread::new("no_graphql", "This app is not known to speak GraphQL."))
    }
}

#[cfg(test)]
mod tests;
