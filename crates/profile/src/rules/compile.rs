//! Rules checked and made ready: what can be prepared is prepared here and not per request.

use doorward_domain::{Action, Intent, Operation, Resource, RuleName, Targets};
use http::HeaderName;
use std::{borrow::Cow, sync::Arc};

use crate::Misread;
use crate::kinds::Kinds;
use crate::rules::{
    acting::Acting,
    answer::AnswerRule,
    case::folded,
    condition::{
        Condition,
        json::{JsonCondition, JsonText},
    },
    layer,
    methods::{Methods, Verb},
    pattern::{Pattern, Segment},
    seen::Seen,
    specificity::Demands,
    text::RuleText,
    tree::Tree,
};

/// A rule, compiled.
#[derive(Debug)]
pub struct Rule {
    pub(super) name: RuleName,
    pub(super) pattern: Pattern,
    action: Action,
    called: Option<Cow<'static, str>>,
    acting: Acting,
    pub(super) condition: Option<Condition>,
    /// The part of it that is about the body.
    json: Option<JsonCondition>,
    changes_state: Option<bool>,
    answer: Option<AnswerRule>,
    /// By [`Verb::index`]; for rules whose resources are the same for every path.
    prepared: [Option<Arc<Intent>>; Verb::ALL.len()],
}

/// All rules of a profile, each before those it wins over.
#[derive(Debug, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
    tree: Tree,
    /// For paths whose case was folded.
    folded: Tree,
    has_capitals: bool,
    headers: Vec<HeaderName>,
    read_bodies: bool,
    /// What rules say about answers, by the rules' names: few, so looked through.
    answers: Vec<(RuleName, AnswerRule)>,
}

/// The most rules of a profile, those of what it builds on and of the app included: each is compared with each.
const MOST_RULES: usize = 5000;

/// What is wrong with which rule (by its place in the list).
pub type Mistakes = Vec<(usize, String)>;

impl RuleSet {
    /// Compiles rules in layers: those of an earlier layer come before all of a later one, within a layer the most specific comes
    /// first, and rules with a condition come before all without, whatever their layer. The mistakes are numbered through.
    pub fn compile(layers: &[&[RuleText]], kinds: &Kinds) -> Result<Self, Mistakes> {
        let count: usize = layers.iter().map(|layer| layer.len()).sum();
        if count > MOST_RULES {
            return Err(vec![(MOST_RULES, format!("there are {count} rules; {MOST_RULES} are the most"))]);
        }
        let mut mistakes = Mistakes::new();
        let (mut rules, mut first) = (Vec::new(), 0);
        for layer in layers {
            rules.extend(layer::compile(layer, first, kinds, &mut mistakes));
            first += layer.len();
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        // Stable, so that layers stay in their order, and so do rules within a layer.
        rules.sort_by_key(|rule| rule.condition.is_none());
        let (mut tree, mut by_folded) = (Tree::default(), Tree::default());
        for (number, rule) in rules.iter().enumerate() {
            tree.insert(&rule.pattern, number);
            by_folded.insert_folded(&rule.pattern, number);
        }
        let is_capital = |segment: &Segment| matches!(segment, Segment::Literal(text) if folded(text) != *text);
        let has_capitals = rules.iter().any(|rule| rule.pattern.segments.iter().any(is_capital));
        let headers = rules.iter().filter_map(|rule| rule.condition.as_ref()).flat_map(Condition::headers).collect();
        let answers = rules.iter().filter_map(|rule| Some((rule.name.clone(), rule.answer.clone()?))).collect();
        let read_bodies = rules.iter().any(Rule::reads_body);
        Ok(Self { rules, tree, folded: by_folded, has_capitals, headers, read_bodies, answers })
    }

    /// The headers that decide which rule counts.
    pub fn headers(&self) -> &[HeaderName] {
        &self.headers
    }

    /// Whether any rule looks into bodies.
    pub fn read_bodies(&self) -> bool {
        self.read_bodies
    }

    /// What the rule of this name says about the tool's answer.
    pub fn answer(&self, name: &RuleName) -> Option<&AnswerRule> {
        self.answers.iter().find(|(own, _)| own == name).map(|(_, answer)| answer)
    }

    /// The rule for a request, given one reading of its path.
    pub fn find<'a>(
        &self,
        seen: &Seen<'_>,
        segments: impl Iterator<Item = &'a str> + Clone,
    ) -> Result<Option<&Rule>, Misread> {
        self.find_in(&self.tree, seen, segments)
    }

    /// The rule for the same request to a server that does not tell capitals from small letters; `segments` are folded.
    pub fn find_folded<'a>(
        &self,
        seen: &Seen<'_>,
        segments: impl Iterator<Item = &'a str> + Clone,
    ) -> Result<Option<&Rule>, Misread> {
        self.find_in(&self.folded, seen, segments)
    }

    /// Whether any rule spells out a capital letter.
    pub fn has_capitals(&self) -> bool {
        self.has_capitals
    }

    fn find_in<'a>(
        &self,
        tree: &Tree,
        seen: &Seen<'_>,
        segments: impl Iterator<Item = &'a str> + Clone,
    ) -> Result<Option<&Rule>, Misread> {
        let number = tree.find(segments, &mut |number| {
            let rule = self.rules.get(number);
            rule.map_or(Ok(false), |rule| rule.applies(seen))
        })?;
        Ok(number.and_then(|number| self.rules.get(number)))
    }
}

impl Rule {
    /// What it amounts to.
    pub fn action(&self) -> Action {
        self.action
    }

    /// Whether a request by this verb is recorded before it is forwarded.
    pub fn changes_state(&self, verb: Verb) -> bool {
        self.changes_state.unwrap_or(!verb.is_safe())
    }

    /// Whether it looks into the body: for whether it counts, or for what is acted on.
    pub fn reads_body(&self) -> bool {
        self.json.is_some() || self.acting.reads_body()
    }

    /// What a request wants. Costs nothing but a count when the rule captures no resource.
    pub fn intent<'a>(
        &self,
        seen: &Seen<'_>,
        segments: &(impl Iterator<Item = &'a str> + Clone),
    ) -> Result<Arc<Intent>, Misread> {
        let prepared = seen.verb.index().and_then(|index| self.prepared.get(index));
        if let Some(Some(intent)) = prepared {
            return Ok(Arc::clone(intent));
        }
        let (targets, resources) = self.acting.on(segments, seen)?;
        Ok(Arc::new(self.intent_on(seen.verb, targets, resources)))
    }

    fn intent_on(&self, verb: Verb, targets: Targets, resources: Vec<Resource>) -> Intent {
        let operation = Operation {
            name: format!("{} {}", verb.name(), self.pattern.path()).into(),
            action: self.action,
            rule: self.name.clone(),
            called: self.called.clone(),
            family: None,
            targets,
        };
        Intent { operations: vec![operation], resources, changes_state: self.changes_state(verb) }
    }

    pub(super) fn demands(&self) -> Demands<'_> {
        Demands { pattern: &self.pattern, condition: self.condition.as_ref() }
    }

    fn applies(&self, seen: &Seen<'_>) -> Result<bool, Misread> {
        if !self.pattern.methods.overlap(seen.verb.matched_by()) {
            return Ok(false);
        }
        let Some(condition) = &self.condition else { return Ok(true) };
        if !condition.holds(seen.query, seen.headers)? {
            return Ok(false);
        }
        self.json.as_ref().map_or(Ok(true), |json| json.holds(seen))
    }

    pub(super) fn compile(text: &RuleText, kinds: &Kinds) -> Result<Self, Vec<String>> {
        let pattern = Pattern::parse(&text.matches).map_err(|mistake| vec![format!("match: {mistake}")])?;
        let mut mistakes = Vec::new();
        let acting = Acting::compile(text, &pattern, kinds, &mut mistakes);
        mistakes.extend(text.when.iter().flat_map(Condition::mistakes));
        let json = text.when.as_ref().and_then(|when| when.json.as_ref()).map(JsonText::compile).transpose();
        let json = json.map_err(|own| mistakes.extend(own)).unwrap_or_default();
        if (json.is_some() || acting.reads_body()) && !Methods::WITH_BODY.include(pattern.methods) {
            mistakes.push("the rule looks into the body, so it is for POST, PUT, PATCH and DELETE only".to_owned());
        }
        for (key, words) in [("name", &text.name), ("called", &text.called)] {
            if words.as_ref().is_some_and(|words| words.trim().is_empty() || words.chars().any(char::is_control)) {
                mistakes.push(format!("`{key}` is empty or holds control characters"));
            }
        }
        let answer = text.answer.as_ref().map(AnswerRule::compile).transpose();
        let answer = answer.map_err(|own| mistakes.extend(own)).unwrap_or_default();
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let name = text.name.clone().unwrap_or_else(|| text.matches.split_whitespace().collect::<Vec<_>>().join(" "));
        let mut rule = Self {
            name: RuleName::new(name),
            pattern,
            action: text.action,
            called: text.called.clone().map(Cow::Owned),
            acting,
            condition: text.when.clone(),
            json,
            changes_state: text.changes_state,
            answer,
            prepared: Default::default(),
        };
        rule.prepare();
        Ok(rule)
    }

    fn prepare(&mut self) {
        if !self.acting.is_fixed() {
            return;
        }
        for verb in self.pattern.methods.verbs() {
            let (targets, resources) = self.acting.fixed();
            let intent = Arc::new(self.intent_on(verb, targets, resources));
            if let Some(place) = verb.index().and_then(|index| self.prepared.get_mut(index)) {
                *place = Some(intent);
            }
        }
    }
}
