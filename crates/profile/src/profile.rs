//! A profile: what Doorward knows about a kind of tool.
//!
//! Reading a head goes: overrides refused, then GraphQL if the path is its endpoint, then the rules. A path that could be read in
//! several ways ([`crate::readings`]) must mean the same in each. What no rule matches is `unclassified` and needs `admin`.

mod class;

use bytes::Bytes;
use doorward_domain::{Action, Intent, Resource, RuleName, Targets};
use std::sync::Arc;
use std::time::Duration;

use crate::body::{JsonRequest, JsonRules};
use crate::examples::Example;
use crate::graphql::{AnswerMessage, Dialect, SocketProtocols};
use crate::hand_over::HandOver;
use crate::keeps::Keeps;
use crate::kinds::Kinds;
use crate::path::ambiguous;
use crate::rules::{AnswerRule, RuleSet, RuleText, Seen, condition::values_of, methods::Verb};
use crate::{
    BodyKind, Envelope, HeadReading, MenuPlace, Misread, ProfileError, Profiles, RequestHead, SocketMessage, Told,
    Understood, body, file::Reviewed, overrides, readings, rules,
};

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

/// Refuses what looks like a GraphQL request at another path. If the tool is mounted under a prefix we were not told of, that is its
/// endpoint, and the rules would take `GET …/graphql?query=mutation…` for a page. Pages that only end in this word carry no query.
fn refuse_elsewhere(dialect: &Dialect, head: &RequestHead<'_>) -> Result<(), Misread> {
    let path = head.path.as_str().trim_end_matches('/');
    let name = dialect.path().trim_start_matches('/');
    let parted = path.strip_suffix(name).is_some_and(|before| before.ends_with('/') || before.ends_with("%2F"));
    match head.query {
        Some(query) if parted && values_of(query, "query").next().is_some() => Err(Misread::new(
            "graphql_elsewhere",
            "This looks like GraphQL at another path than the tool's. Is it mounted under a prefix Doorward was not told of?",
        )),
        _ => Ok(()),
    }
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

    /// A built-in profile by name.
    pub fn builtin(name: &str) -> Option<Self> {
        Profiles::builtin().find(name).map(|profile| Self::clone(profile))
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

    /// The kinds of things the tool has.
    pub fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// What of the tool somebody has looked at.
    pub fn reviewed(&self) -> Option<&Reviewed> {
        self.reviewed.as_ref()
    }

    /// What the rule behind an intent says about the tool's answer.
    pub fn answer_rule(&self, intent: &Intent) -> Option<&AnswerRule> {
        intent.operations.first().and_then(|operation| self.rules.answer(&operation.rule))
    }

    /// Understands a request from its head, or says that the body is needed.
    pub fn read_head(&self, head: &RequestHead<'_>) -> Result<HeadReading, Misread> {
        if !self.ignores_overrides {
            overrides::refuse(head)?;
        }
        overrides::refuse_taken_away(head, self.rules.headers())?;
        let verb = Verb::of(head.method, head.headers)?;
        if let Some(dialect) = self.graphql.as_ref().filter(|dialect| dialect.wants(head)) {
            return dialect.read_head(head);
        }
        let seen = Seen { verb, query: head.query, headers: head.headers, body: None };
        if self.rules.read_bodies() && verb.has_body() && self.needs_body(head, &seen)? {
            body::check_head(head.headers)?;
            let (least, limit) = (body::least(head), self.json.limits.body);
            return Ok(HeadReading::NeedsBody { kind: BodyKind::Json, least, limit });
        }
        let intent = self.read_rules(head, &seen)?;
        if let Some(dialect) = &self.graphql {
            refuse_elsewhere(dialect, head)?;
        }
        Ok(HeadReading::Understood(intent))
    }

    /// Understands a request whose head asked for its body ([`HeadReading::NeedsBody`]). `body` is complete.
    pub fn read_body(&self, head: &RequestHead<'_>, body: Bytes) -> Result<Understood, Misread> {
        if let Some(dialect) = self.graphql.as_ref().filter(|dialect| dialect.wants(head)) {
            return dialect.read_body(head, body);
        }
        let tree = body::read(head, body, self.json.limits, self.ignores_overrides)?;
        let verb = Verb::of(head.method, head.headers)?;
        let intent = {
            let body = rules::Body::new(&tree);
            self.read_rules(head, &Seen { verb, query: head.query, headers: head.headers, body: Some(&body) })?
        };
        Ok(Understood::Json(JsonRequest::new(intent, head, tree)))
    }

    /// What a request is by the rules.
    fn read_rules(&self, head: &RequestHead<'_>, seen: &Seen<'_>) -> Result<Arc<Intent>, Misread> {
        let path = head.path.as_str();
        if head.path.is_plain() {
            let class = self.classify(seen, segments(path), path.len() > 1 && path.ends_with('/'))?;
            class.intent(head, seen, &segments(path))
        } else {
            Ok(Arc::new(self.read_with_care(head, seen)?))
        }
    }

    /// Whether the rules look into the body, by any way to read the path.
    fn needs_body(&self, head: &RequestHead<'_>, seen: &Seen<'_>) -> Result<bool, Misread> {
        let path = head.path.as_str();
        if head.path.is_plain() {
            return self.looks_into_body(seen, &segments(path), path.len() > 1 && path.ends_with('/'));
        }
        for reading in readings::of(path, self.keeps)? {
            let query = reading.query(head.query);
            let seen = Seen { query: query.as_deref().or(head.query), ..*seen };
            if self.looks_into_body(&seen, &reading.segments(), reading.ends_with_slash())? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Understands one text message of a WebSocket opened by a [`HeadReading::Socket`] head.
    pub fn read_message(&self, protocol: Option<&str>, text: &str) -> Result<SocketMessage, Misread> {
        self.dialect()?.read_message(protocol, text)
    }

    /// Which WebSocket sub-protocols to speak with the client and with the tool, from all the client offered (its
    /// `Sec-WebSocket-Protocol` values, joined with commas). Only for a head that was read as [`HeadReading::Socket`].
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
    pub fn asks(&self, intent: &Intent) -> Vec<Resource> {
        self.graphql.as_ref().map(|dialect| dialect.rules().asks(intent)).unwrap_or_default()
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

    /// What a request does, with all names that are known now.
    pub fn with_told(&self, intent: &Intent, known: &dyn Fn(&Resource) -> Option<Arc<Told>>) -> Intent {
        self.graphql.as_ref().map_or_else(|| intent.clone(), |dialect| dialect.rules().with_told(intent, known))
    }

    fn dialect(&self) -> Result<&Dialect, Misread> {
        self.graphql.as_ref().ok_or_else(|| Misread::new("no_graphql", "This app is not known to speak GraphQL."))
    }

    /// Reads a path with escapes in every way it could be read; all must amount to the same.
    fn read_with_care(&self, head: &RequestHead<'_>, seen: &Seen<'_>) -> Result<Intent, Misread> {
        let mut understood: Option<Intent> = None;
        for reading in readings::of(head.path.as_str(), self.keeps)? {
            let query = reading.query(head.query);
            let seen = Seen { query: query.as_deref().or(head.query), ..*seen };
            let class = self.classify(&seen, reading.segments(), reading.ends_with_slash())?;
            let intent = class.intent(head, &seen, &reading.segments())?;
            match &mut understood {
                None => understood = Some(Intent::clone(&intent)),
                Some(first) => unite(first, &intent)?,
            }
        }
        understood.ok_or_else(|| ambiguous("The path cannot be read."))
    }
}

/// Adds what another reading of the same path acts on, if it is the same by the same rule: what a rule says about the answer counts too.
fn unite(first: &mut Intent, other: &Intent) -> Result<(), Misread> {
    fn meaning(intent: &Intent) -> (Option<(&RuleName, Action)>, bool) {
        (intent.strongest().map(|operation| (&operation.rule, operation.action)), intent.changes_state)
    }
    if meaning(first) != meaning(other) {
        return Err(ambiguous("The path can be read in two ways that mean different things."));
    }
    add_targets(first, other);
    Ok(())
}

/// Adds what another reading acts on.
fn add_targets(first: &mut Intent, other: &Intent) {
    for (own, others) in first.operations.iter_mut().zip(&other.operations) {
        if own.targets != others.targets {
            own.targets = both(std::mem::take(&mut own.targets), others.targets.clone());
        }
    }
    for resource in &other.resources {
        if !first.resources.contains(resource) {
            first.resources.push(resource.clone());
        }
    }
}

/// Both, as one: whoever is allowed that is allowed each of them.
pub(crate) fn both(one: Targets, other: Targets) -> Targets {
    match (one, other) {
        (Targets::Shell, other) => other,
        (one, Targets::Shell) => one,
        (Targets::Whole, Targets::Whole) => Targets::Whole,
        (Targets::These(mut things), Targets::These(more)) => {
            things.extend(more);
            Targets::These(things)
        }
        _ => Targets::Unknown,
    }
}

/// The segments after the leading slash of a path without escapes.
fn segments(path: &str) -> std::str::Split<'_, char> {
    path.strip_prefix('/').unwrap_or(path).split('/')
}

#[cfg(test)]
mod tests;
