//! Rules checked and made ready: what can be prepared is prepared here and not per request.

use doorward_domain::{Action, Intent, Operation, RuleName};
use http::{HeaderMap, HeaderName};
use std::{borrow::Cow, sync::Arc};

use crate::Misread;
use crate::rules::{
    answer::AnswerRule,
    condition::Condition,
    methods::Verb,
    pattern::{Pattern, Segment, Tail},
    template::Template,
    text::{ResourceText, RuleText},
    tree::Tree,
};

/// A rule, compiled.
#[derive(Debug)]
pub struct Rule {
    name: RuleName,
    pattern: Pattern,
    action: Action,
    called: Option<Cow<'static, str>>,
    templates: Vec<Template>,
    condition: Option<Condition>,
    changes_state: Option<bool>,
    answer: Option<AnswerRule>,
    /// By [`Verb::index`]; for rules whose resources are the same for every path.
    prepared: [Option<Arc<Intent>>; Verb::ALL.len()],
}

/// All rules of a profile, in order.
#[derive(Debug, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
    tree: Tree,
    headers: Vec<HeaderName>,
    /// What rules say about answers, by the rules' names: few, so looked through.
    answers: Vec<(RuleName, AnswerRule)>,
}

/// What is wrong with which rule (by its place in the list).
pub type Mistakes = Vec<(usize, String)>;

impl RuleSet {
    /// Compiles `base`, and `extra` rules that come before it. Rules with a condition come before all without. The mistakes are
    /// those of `extra`, then those of `base`, numbered through.
    pub fn compile(extra: &[RuleText], base: &[RuleText]) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::new();
        let mut rules = compile_list(extra, 0, &mut mistakes);
        rules.extend(compile_list(base, extra.len(), &mut mistakes));
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        rules.sort_by_key(|rule| rule.condition.is_none());
        let mut tree = Tree::default();
        for (number, rule) in rules.iter().enumerate() {
            tree.insert(&rule.pattern, number);
        }
        let headers = rules.iter().filter_map(|rule| rule.condition.as_ref()).flat_map(Condition::headers).collect();
        let answers = rules.iter().filter_map(|rule| Some((rule.name.clone(), rule.answer.clone()?))).collect();
        Ok(Self { rules, tree, headers, answers })
    }

    /// The headers that decide which rule counts.
    pub fn headers(&self) -> &[HeaderName] {
        &self.headers
    }

    /// What the rule of this name says about the tool's answer.
    pub fn answer(&self, name: &RuleName) -> Option<&AnswerRule> {
        self.answers.iter().find(|(own, _)| own == name).map(|(_, answer)| answer)
    }

    /// The rule for a request, given one reading of its path.
    pub fn find<'a>(
        &self,
        verb: Verb,
        segments: impl Iterator<Item = &'a str> + Clone,
        query: Option<&str>,
        headers: &HeaderMap,
    ) -> Result<Option<&Rule>, Misread> {
        let number = self.tree.find(segments, &mut |number| {
            let rule = self.rules.get(number);
            rule.map_or(Ok(false), |rule| rule.applies(verb, query, headers))
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

    /// What a request by this verb wants. Costs nothing but a count when the rule captures no resource.
    pub fn intent<'a>(&self, verb: Verb, segments: &(impl Iterator<Item = &'a str> + Clone)) -> Arc<Intent> {
        let prepared = verb.index().and_then(|index| self.prepared.get(index));
        match prepared {
            Some(Some(intent)) => Arc::clone(intent),
            _ => Arc::new(self.fresh_intent(verb, segments)),
        }
    }

    fn fresh_intent<'a>(&self, verb: Verb, segments: &(impl Iterator<Item = &'a str> + Clone)) -> Intent {
        let operation = Operation {
            name: format!("{} {}", verb.name(), self.pattern.path()).into(),
            action: self.action,
            rule: self.name.clone(),
            called: self.called.clone(),
            family: None,
        };
        let resources = self.templates.iter().map(|template| template.fill(segments)).collect();
        Intent { operations: vec![operation], resources, changes_state: self.changes_state(verb) }
    }

    fn applies(&self, verb: Verb, query: Option<&str>, headers: &HeaderMap) -> Result<bool, Misread> {
        if !self.pattern.methods.overlap(verb.matched_by()) {
            return Ok(false);
        }
        self.condition.as_ref().map_or(Ok(true), |condition| condition.holds(query, headers))
    }

    fn compile(text: &RuleText) -> Result<Self, Vec<String>> {
        let pattern = Pattern::parse(&text.matches).map_err(|mistake| vec![format!("match: {mistake}")])?;
        let mut mistakes = Vec::new();
        let mut templates = Vec::new();
        for template in text.resource.iter().flat_map(ResourceText::templates) {
            match Template::parse(template, &pattern) {
                Ok(template) => templates.push(template),
                Err(mistake) => mistakes.push(mistake),
            }
        }
        mistakes.extend(text.when.iter().flat_map(Condition::mistakes));
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
            templates,
            condition: text.when.clone(),
            changes_state: text.changes_state,
            answer,
            prepared: Default::default(),
        };
        rule.prepare();
        Ok(rule)
    }

    fn prepare(&mut self) {
        if !self.templates.iter().all(Template::is_fixed) {
            return;
        }
        for verb in self.pattern.methods.verbs() {
            let intent = Arc::new(self.fresh_intent(verb, &std::iter::empty()));
            if let Some(place) = verb.index().and_then(|index| self.prepared.get_mut(index)) {
                *place = Some(intent);
            }
        }
    }
}

fn compile_list(texts: &[RuleText], first: usize, mistakes: &mut Mistakes) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::with_capacity(texts.len());
    for (place, text) in texts.iter().enumerate() {
        match Rule::compile(text) {
            Ok(rule) => {
                if let Some(earlier) = rules.iter().find(|earlier| hides(earlier, &rule)) {
                    mistakes.push((
                        first + place,
                        format!("is never reached: `{}` before it matches all it does", earlier.name),
                    ));
                }
                rules.push(rule);
            }
            Err(own) => mistakes.extend(own.into_iter().map(|mistake| (first + place, mistake))),
        }
    }
    rules
}

/// Whether nothing is left for `later` to match.
fn hides(earlier: &Rule, later: &Rule) -> bool {
    let same_or_no_condition =
        if later.condition.is_some() { earlier.condition == later.condition } else { earlier.condition.is_none() };
    let (a, b) = (&earlier.pattern, &later.pattern);
    let prefix = a.segments.len() <= b.segments.len() && a.segments.iter().zip(&b.segments).all(|(a, b)| covers(a, b));
    let length = match a.tail {
        Tail::Nothing => b.tail == Tail::Nothing && a.segments.len() == b.segments.len(),
        Tail::Anything => true,
        Tail::Capture(_) => match b.segments.get(a.segments.len()) {
            Some(next) => *next != Segment::Literal(String::new()),
            None => matches!(b.tail, Tail::Capture(_)),
        },
    };
    same_or_no_condition && prefix && length && a.methods.reach().include(b.methods)
}

fn covers(earlier: &Segment, later: &Segment) -> bool {
    match (earlier, later) {
        (Segment::Capture(_), Segment::Literal(text)) => !text.is_empty(),
        (Segment::Capture(_), Segment::Capture(_)) => true,
        (Segment::Literal(a), Segment::Literal(b)) => a == b,
        (Segment::Literal(_), Segment::Capture(_)) => false,
    }
}
