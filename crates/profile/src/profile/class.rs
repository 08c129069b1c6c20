//! What a request is by one reading of its path: a rule's, the GraphQL endpoint's, or nobody's.

use doorward_domain::{Action, Intent, Operation, RuleName, Targets};
use std::{borrow::Cow, sync::Arc};

use super::Profile;
use super::reading::{add_targets, segments};
use crate::rules::{Rule, Seen, case::folded, methods::Verb};
use crate::{Misread, RequestHead, path::ambiguous};

/// What a request is by one reading of its path.
enum Class<'p> {
    GraphQl,
    Rule(&'p Rule),
    Unclassified,
}

/// What a request is by one reading of its path, and what it is as well, by another rule, to tools to which a slash at the end means something
/// else: what both act on counts.
pub(super) struct Classes<'p> {
    class: Class<'p>,
    other: Option<Class<'p>>,
}

/// Whether capitals are told from small letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Kept,
    Folded,
}

impl Profile {
    /// What the path is as it is written, if a server that does not tell capitals from small letters takes it for the same: whichever the
    /// tool is, it must not be led to a rule that the decision did not see, nor out of what a rule says about answers.
    pub(super) fn classify<'a>(
        &self,
        seen: &Seen<'_>,
        segments: impl Iterator<Item = &'a str> + Clone,
        ends_with_slash: bool,
    ) -> Result<Classes<'_>, Misread> {
        let exact = self.stronger(Case::Kept, seen, segments.clone(), ends_with_slash)?;
        if self.keeps.case || !self.could_fold(segments.clone()) {
            return Ok(exact);
        }
        let folded: Vec<Cow<'_, str>> = segments.map(folded).collect();
        let other = self.stronger(Case::Folded, seen, folded.iter().map(AsRef::as_ref), ends_with_slash)?;
        if exact.is(&other) {
            Ok(exact)
        } else {
            Err(ambiguous("The path means different things with its capitals and without."))
        }
    }

    /// Whether it could make a difference that some servers do not tell capitals from small letters.
    fn could_fold<'a>(&self, mut segments: impl Iterator<Item = &'a str>) -> bool {
        let changes = |text: &str| matches!(folded(text), Cow::Owned(_));
        self.rules.has_capitals()
            || segments.any(changes)
            || self.graphql.as_ref().is_some_and(|dialect| changes(dialect.path()))
    }

    /// A trailing slash is one path to some tools and another to others: the stronger of both counts.
    fn stronger<'a>(
        &self,
        case: Case,
        seen: &Seen<'_>,
        segments: impl Iterator<Item = &'a str> + Clone,
        ends_with_slash: bool,
    ) -> Result<Classes<'_>, Misread> {
        let exact = self.find(case, seen, segments.clone())?;
        if !ends_with_slash {
            return Ok(Classes { class: exact, other: None });
        }
        let count = segments.clone().count().saturating_sub(1);
        let without = self.find(case, seen, segments.take(count))?;
        let is_without = without.strength(seen.verb) > exact.strength(seen.verb);
        let (class, other) = if is_without { (without, exact) } else { (exact, without) };
        let other = Some(other).filter(|other| !other.is(&class));
        Ok(Classes { class, other })
    }

    fn find<'a>(
        &self,
        case: Case,
        seen: &Seen<'_>,
        segments: impl Iterator<Item = &'a str> + Clone,
    ) -> Result<Class<'_>, Misread> {
        let is_endpoint = self.graphql.as_ref().is_some_and(|dialect| match case {
            Case::Kept => self::segments(dialect.path()).eq(segments.clone()),
            Case::Folded => self::segments(&folded(dialect.path())).eq(segments.clone()),
        });
        if is_endpoint {
            return Ok(Class::GraphQl);
        }
        let rule = match case {
            Case::Kept => self.rules.find(seen, segments)?,
            Case::Folded => self.rules.find_folded(seen, segments)?,
        };
        Ok(rule.map_or(Class::Unclassified, Class::Rule))
    }
}

impl Profile {
    /// Whether any rule that could count by one reading of the path looks into the body.
    pub(super) fn looks_into_body<'a>(
        &self,
        seen: &Seen<'_>,
        segments: &(impl Iterator<Item = &'a str> + Clone),
        ends_with_slash: bool,
    ) -> Result<bool, Misread> {
        let folded: Vec<Cow<'_, str>> = segments.clone().map(folded).collect();
        let count = if ends_with_slash { folded.len().saturating_sub(1) } else { folded.len() };
        let cases = [Case::Kept, Case::Folded];
        for case in cases.into_iter().filter(|case| *case == Case::Kept || !self.keeps.case) {
            for count in [folded.len(), count] {
                let class = match case {
                    Case::Kept => self.find(case, seen, segments.clone().take(count))?,
                    Case::Folded => self.find(case, seen, folded.iter().map(AsRef::as_ref).take(count))?,
                };
                if matches!(class, Class::Rule(rule) if rule.reads_body()) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

impl Classes<'_> {
    pub(super) fn intent<'a>(
        &self,
        head: &RequestHead<'_>,
        seen: &Seen<'_>,
        segments: &(impl Iterator<Item = &'a str> + Clone),
    ) -> Result<Arc<Intent>, Misread> {
        let intent = self.class.intent(head, seen, segments)?;
        let Some(other) = &self.other else { return Ok(intent) };
        let mut both = Intent::clone(&intent);
        let other = other.intent(head, seen, segments)?;
        add_targets(&mut both, &other);
        Ok(Arc::new(both))
    }

    fn is(&self, other: &Self) -> bool {
        let others = match (&self.other, &other.other) {
            (Some(own), Some(others)) => own.is(others),
            (own, others) => own.is_none() && others.is_none(),
        };
        self.class.is(&other.class) && others
    }
}

impl Class<'_> {
    fn intent<'a>(
        &self,
        head: &RequestHead<'_>,
        seen: &Seen<'_>,
        segments: &(impl Iterator<Item = &'a str> + Clone),
    ) -> Result<Arc<Intent>, Misread> {
        match self {
            Self::GraphQl => Err(ambiguous("The path could be taken for the GraphQL endpoint.")),
            Self::Rule(rule) => rule.intent(seen, segments),
            Self::Unclassified => Ok(Arc::new(unclassified(head))),
        }
    }

    /// Whether both are the same: by the same rule, not only by one as strong.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::GraphQl, Self::GraphQl) | (Self::Unclassified, Self::Unclassified) => true,
            (Self::Rule(own), Self::Rule(others)) => std::ptr::eq(*own, *others),
            _ => false,
        }
    }

    fn strength(&self, verb: Verb) -> (u8, Action, bool) {
        match self {
            Self::GraphQl => (1, Action::Admin, true),
            Self::Rule(rule) => (0, rule.action(), rule.changes_state(verb)),
            Self::Unclassified => (0, Action::Admin, true),
        }
    }
}

/// What no rule matches: needs `admin`, and is recorded, since nobody knows what it does.
fn unclassified(head: &RequestHead<'_>) -> Intent {
    const SHOWN: usize = 200;
    let path = head.path.as_str();
    let shown = path.get(..SHOWN).map_or_else(|| path.to_owned(), |start| format!("{start}…"));
    let method = head.method.as_str();
    let method = method.get(..32).unwrap_or(method);
    let operation = Operation {
        name: format!("{method} {shown}").into(),
        action: Action::Admin,
        rule: RuleName::UNCLASSIFIED,
        called: None,
        family: None,
        targets: Targets::Unknown,
    };
    Intent { operations: vec![operation], resources: Vec::new(), changes_state: true }
}
