//! One layer of rules, a profile's own or an app's: in their order, or what keeps them from having one.

use std::cmp::Ordering;

use crate::kinds::Kinds;
use crate::rules::Rule;
use crate::rules::compile::Mistakes;
use crate::rules::specificity::{self, Demands, Relation};
use crate::rules::text::RuleText;

/// How often rules that cross are looked through for one that settles them.
const MOST_LOOKS: usize = 2000;

/// One layer, the most specific rule first.
pub(super) fn compile(texts: &[RuleText], first: usize, kinds: &Kinds, mistakes: &mut Mistakes) -> Vec<Rule> {
    let mut rules: Vec<(usize, Rule)> = Vec::with_capacity(texts.len());
    for (place, text) in texts.iter().enumerate() {
        match Rule::compile(text, kinds) {
            Ok(rule) => rules.push((place, rule)),
            Err(own) => mistakes.extend(own.into_iter().map(|mistake| (first + place, mistake))),
        }
    }
    let mut looks = 0;
    for (count, (place, rule)) in rules.iter().enumerate() {
        let tied = rules.iter().take(count).find_map(|(other, earlier)| {
            let both_when = earlier.condition.is_some() == rule.condition.is_some();
            let says_same =
                texts.get(*other).zip(texts.get(*place)).is_some_and(|(one, two)| come_to_the_same(one, two));
            if both_when && !says_same { tie(earlier, rule, &rules, &mut looks) } else { None }
        });
        mistakes.extend(tied.map(|tied| (first + place, tied)));
    }
    rules.sort_by_cached_key(|(_, rule)| rule.demands().rank());
    rules.into_iter().map(|(_, rule)| rule).collect()
}

/// Whether it makes no difference which of both counts. What is captured is not compared, so rules with resources never do.
fn come_to_the_same(one: &RuleText, two: &RuleText) -> bool {
    one.matches != two.matches
        && (one.action, one.changes_state, one.targets, &one.answer)
            == (two.action, two.changes_state, two.targets, &two.answer)
        && one.resource.is_none()
        && two.resource.is_none()
}

/// Why nobody can tell which of both is meant, if that is so.
fn tie(earlier: &Rule, later: &Rule, all: &[(usize, Rule)], looks: &mut usize) -> Option<String> {
    let (one, two) = (earlier.demands(), later.demands());
    match one.relation(two) {
        Relation::Ordered(Ordering::Equal) => Some(format!("matches the same as `{}` before it", earlier.name)),
        Relation::Crossed if *looks == MOST_LOOKS => {
            Some(format!("it is one of very many rules that match what another matches (`{}`)", earlier.name))
        }
        Relation::Crossed if !is_settled(all, one, two, looks) => {
            let path = specificity::shared_path(&earlier.pattern, &later.pattern);
            let when = if later.condition.is_some() { " with what both ask for in `when`" } else { "" };
            Some(format!(
                "it and `{}` both match `{path}`, and neither is more specific; add a rule for that{when}",
                earlier.name
            ))
        }
        _ => None,
    }
}

/// Whether a rule says what counts where both match.
fn is_settled(all: &[(usize, Rule)], one: Demands<'_>, two: Demands<'_>, looks: &mut usize) -> bool {
    *looks += 1;
    all.iter().any(|(_, third)| third.demands().settles(one, two))
}
