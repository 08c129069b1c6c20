//! Which of two rules is the more specific, so that the order in which they are written decides nothing.
//!
//! The one that matches less wins: what it matches, the other matches too. Where neither holds all of the other and a request could be
//! both, nobody could tell which was meant; that is a mistake, unless a third rule says it for just those requests, or both
//! come to the same. A rule for nothing but `WEBSOCKET` wins over those that match an upgrade only because it is a `GET`.

use std::cmp::{Ordering, Reverse};

use crate::rules::condition::Condition;
use crate::rules::methods::{Methods, Verb};
use crate::rules::pattern::{Pattern, Segment, Tail};

/// What a rule asks of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Demands<'r> {
    pub(crate) pattern: &'r Pattern,
    pub(crate) condition: Option<&'r Condition>,
}

/// How what two rules match lies to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    /// No request is matched by both.
    Apart,
    /// The first is the more specific one, or the second, or both match the same.
    Ordered(Ordering),
    /// Each matches what the other does not.
    Crossed,
}

impl Relation {
    /// What two views of the same rules say together.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Apart, _) | (_, Self::Apart) => Self::Apart,
            (Self::Ordered(Ordering::Equal), that) | (that, Self::Ordered(Ordering::Equal)) => that,
            (Self::Ordered(one), Self::Ordered(that)) if one == that => self,
            _ => Self::Crossed,
        }
    }

    fn of(first_within: bool, second_within: bool) -> Self {
        match (first_within, second_within) {
            (true, true) => Self::Ordered(Ordering::Equal),
            (true, false) => Self::Ordered(Ordering::Less),
            (false, true) => Self::Ordered(Ordering::Greater),
            (false, false) => Self::Crossed,
        }
    }
}

impl Demands<'_> {
    /// How this one lies to another; `Less` is more specific.
    pub(crate) fn relation(self, other: Self) -> Relation {
        let (own, others) = (self.pattern.methods, other.pattern.methods);
        let mut shared = Verb::ALL.into_iter().filter(|verb| meets(own, *verb) && meets(others, *verb)).peekable();
        if shared.peek().is_none() {
            return Relation::Apart;
        }
        let only_upgrades = shared.all(|verb| verb == Verb::WEBSOCKET);
        let path = paths(self.pattern, other.pattern);
        let condition = conditions(self.condition, other.condition);
        if path == Relation::Apart || condition == Relation::Apart {
            return Relation::Apart;
        }
        if let upgrade @ (Ordering::Less | Ordering::Greater) =
            own.only_upgrades().cmp(&others.only_upgrades()).reverse()
        {
            return Relation::Ordered(upgrade).and(condition);
        }
        match path.and(condition) {
            Relation::Ordered(Ordering::Equal) if only_upgrades => {
                Relation::of(own.overlap(Methods::WEBSOCKET), others.overlap(Methods::WEBSOCKET))
            }
            Relation::Ordered(Ordering::Equal) => {
                Relation::of(others.reach().include(own.reach()), own.reach().include(others.reach()))
            }
            found => found,
        }
    }

    /// Whether this rule, more specific than both, matches all that both match.
    pub(crate) fn settles(self, one: Self, two: Self) -> bool {
        let wins = |other| self.relation(other) == Relation::Ordered(Ordering::Less);
        let shared =
            Verb::ALL.into_iter().filter(|verb| meets(one.pattern.methods, *verb) && meets(two.pattern.methods, *verb));
        let demands = [one.condition, two.condition];
        wins(one)
            && wins(two)
            && shared.clone().all(|verb| meets(self.pattern.methods, verb))
            && meet(one.pattern, two.pattern).is_some_and(|both| is_within(&both, self.pattern))
            && self.condition.is_none_or(|own| own.follows_from(demands.into_iter().flatten()))
    }

    /// A key that sorts every rule before those it is more specific than.
    pub(crate) fn rank(self) -> impl Ord + use<> {
        let end = match self.pattern.tail {
            Tail::Nothing => 0,
            Tail::Capture(_) => 2,
            Tail::Anything => 3,
        };
        let segments = self.pattern.segments.iter().map(|segment| u8::from(matches!(segment, Segment::Capture(_))));
        let path: Vec<u8> = segments.chain([end]).collect();
        let weight = self.condition.map_or(0, Condition::weight);
        let methods = self.pattern.methods;
        let is_get = methods.overlap(Verb::GET.matched_by());
        (!methods.only_upgrades(), path, Reverse(weight), is_get, methods.reach().count())
    }
}

/// A path that both match, as a pattern; for telling people.
pub(crate) fn shared_path(one: &Pattern, two: &Pattern) -> String {
    let Some(both) = meet(one, two) else { return String::new() };
    let segments = both.segments.iter().map(|segment| match segment {
        Segment::Literal(text) => format!("/{text}"),
        Segment::Capture(name) => format!("/{{{name}}}"),
    });
    let tail = match &both.tail {
        Tail::Nothing => String::new(),
        Tail::Anything => "/**".to_owned(),
        Tail::Capture(name) => format!("/{{{name}**}}"),
    };
    segments.chain([tail]).collect()
}

fn meets(methods: Methods, verb: Verb) -> bool {
    methods.overlap(verb.matched_by())
}

fn paths(one: &Pattern, two: &Pattern) -> Relation {
    match meet(one, two) {
        None => Relation::Apart,
        Some(_) => Relation::of(is_within(one, two), is_within(two, one)),
    }
}

fn conditions(one: Option<&Condition>, two: Option<&Condition>) -> Relation {
    match (one, two) {
        (None, None) => Relation::Ordered(Ordering::Equal),
        (Some(_), None) => Relation::Ordered(Ordering::Less),
        (None, Some(_)) => Relation::Ordered(Ordering::Greater),
        (Some(one), Some(two)) if one.excludes(two) => Relation::Apart,
        (Some(one), Some(two)) => Relation::of(two.follows_from([one]), one.follows_from([two])),
    }
}

/// Whether whatever `inner` matches, `outer` matches too.
fn is_within(inner: &Pattern, outer: &Pattern) -> bool {
    let common = inner.segments.iter().zip(&outer.segments).all(|(inner, outer)| match (inner, outer) {
        (Segment::Literal(text), Segment::Capture(_)) => !text.is_empty(),
        (Segment::Literal(inner), Segment::Literal(outer)) => inner == outer,
        (Segment::Capture(_), Segment::Capture(_)) => true,
        (Segment::Capture(_), Segment::Literal(_)) => false,
    });
    let end = match outer.tail {
        Tail::Nothing => inner.tail == Tail::Nothing && inner.segments.len() == outer.segments.len(),
        Tail::Anything => true,
        Tail::Capture(_) => match inner.segments.get(outer.segments.len()) {
            Some(next) => *next != Segment::Literal(String::new()),
            None => matches!(inner.tail, Tail::Capture(_)),
        },
    };
    outer.segments.len() <= inner.segments.len() && common && end
}

/// What both match, if there is anything.
fn meet(one: &Pattern, two: &Pattern) -> Option<Pattern> {
    let (short, long) = if one.segments.len() <= two.segments.len() { (one, two) } else { (two, one) };
    let mut segments = Vec::with_capacity(long.segments.len());
    for (place, segment) in long.segments.iter().enumerate() {
        segments.push(match (short.segments.get(place), segment) {
            (Some(Segment::Literal(a)), Segment::Literal(b)) if a != b => return None,
            (Some(Segment::Capture(_)), Segment::Literal(text))
            | (Some(Segment::Literal(text)), Segment::Capture(_))
                if text.is_empty() =>
            {
                return None;
            }
            (Some(Segment::Literal(text)), _) => Segment::Literal(text.clone()),
            (None | Some(Segment::Capture(_)), segment) => segment.clone(),
        });
    }
    let tail = match (&short.tail, long.segments.get(short.segments.len())) {
        (Tail::Nothing, Some(_)) => return None,
        (Tail::Capture(_), Some(Segment::Literal(text))) if text.is_empty() => return None,
        (_, Some(_)) | (Tail::Anything, None) => long.tail.clone(),
        (Tail::Nothing, None) if matches!(long.tail, Tail::Capture(_)) => return None,
        (Tail::Nothing, None) => Tail::Nothing,
        (Tail::Capture(_), None) if long.tail == Tail::Nothing => return None,
        (Tail::Capture(name), None) => Tail::Capture(name.clone()),
    };
    Some(one.narrowed(segments, tail))
}

#[cfg(test)]
mod tests;
