//! Rules by path segment: finding one costs the length of the path, not the number of rules.

use ahash::HashMap;

use crate::Misread;
use crate::rules::case::folded;
use crate::rules::pattern::{Pattern, Segment, Tail};

/// A tree of path segments with the numbers of the rules that end there. A lower number wins.
#[derive(Debug, Default)]
pub struct Tree {
    literals: HashMap<Box<str>, Tree>,
    capture: Option<Box<Tree>>,
    /// Rules that match when the path ends here.
    here: Vec<usize>,
    /// Rules that match whatever follows, also nothing.
    anything: Vec<usize>,
    /// Rules that match when at least one segment follows that is not empty.
    something: Vec<usize>,
}

impl Tree {
    /// Adds a rule under its number; numbers must come in ascending order.
    pub fn insert(&mut self, pattern: &Pattern, number: usize) {
        self.insert_as(pattern, number, |literal| literal.into());
    }

    /// The same, for paths that are [`folded`].
    pub fn insert_folded(&mut self, pattern: &Pattern, number: usize) {
        self.insert_as(pattern, number, |literal| folded(literal).into());
    }

    fn insert_as(&mut self, pattern: &Pattern, number: usize, spelled: impl Fn(&str) -> Box<str>) {
        let mut node = self;
        for segment in &pattern.segments {
            node = match segment {
                Segment::Literal(text) => node.literals.entry(spelled(text)).or_default(),
                Segment::Capture(_) => node.capture.get_or_insert_default(),
            };
        }
        match pattern.tail {
            Tail::Nothing => node.here.push(number),
            Tail::Anything => node.anything.push(number),
            Tail::Capture(_) => node.something.push(number),
        }
    }

    /// The lowest number that matches the decoded segments and that `accepts`.
    pub fn find<'a>(
        &self,
        segments: impl Iterator<Item = &'a str> + Clone,
        accepts: &mut impl FnMut(usize) -> Result<bool, Misread>,
    ) -> Result<Option<usize>, Misread> {
        let mut best = None;
        self.search(segments, accepts, &mut best)?;
        Ok(best)
    }

    fn search<'a>(
        &self,
        mut segments: impl Iterator<Item = &'a str> + Clone,
        accepts: &mut impl FnMut(usize) -> Result<bool, Misread>,
        best: &mut Option<usize>,
    ) -> Result<(), Misread> {
        improve(&self.anything, accepts, best)?;
        let Some(segment) = segments.next() else { return improve(&self.here, accepts, best) };
        if !segment.is_empty() {
            improve(&self.something, accepts, best)?;
        }
        if let Some(below) = self.literals.get(segment) {
            below.search(segments.clone(), accepts, best)?;
        }
        match &self.capture {
            Some(below) if !segment.is_empty() => below.search(segments, accepts, best),
            _ => Ok(()),
        }
    }
}

fn improve(
    numbers: &[usize],
    accepts: &mut impl FnMut(usize) -> Result<bool, Misread>,
    best: &mut Option<usize>,
) -> Result<(), Misread> {
    for number in numbers {
        if best.is_some_and(|best| best <= *number) {
            break;
        }
        if accepts(*number)? {
            *best = Some(*number);
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tree(patterns: &[String]) -> Tree {
        let mut tree = Tree::default();
        for (number, text) in patterns.iter().enumerate() {
            tree.insert(&Pattern::parse(&format!("GET {text}")).unwrap(), number);
        }
        tree
    }

    fn found(tree: &Tree, path: &str) -> Option<usize> {
        tree.find(path[1..].split('/'), &mut |_| Ok(true)).unwrap()
    }

    /// What the documentation says, rule by rule.
    fn matches(pattern: &str, path: &str) -> bool {
        let pattern = Pattern::parse(&format!("GET {pattern}")).unwrap();
        let segments = path[1..].split('/').collect::<Vec<_>>();
        let enough = match pattern.tail {
            Tail::Nothing => segments.len() == pattern.segments.len(),
            Tail::Anything => segments.len() >= pattern.segments.len(),
            Tail::Capture(_) => segments.get(pattern.segments.len()).is_some_and(|next| !next.is_empty()),
        };
        enough
            && pattern.segments.iter().zip(segments).all(|(wanted, there)| match wanted {
                Segment::Literal(text) => text == there,
                Segment::Capture(_) => !there.is_empty(),
            })
    }

    #[test]
    fn the_first_rule_that_matches_wins_whatever_its_shape() {
        let tree = tree(&["/a/{x}", "/a/b", "/**", "/c/**"].map(str::to_owned));
        assert_eq!(found(&tree, "/a/b"), Some(0));
        assert_eq!(found(&tree, "/c/d"), Some(2));
        assert_eq!(found(&tree, "/"), Some(2));
    }

    fn pattern() -> impl Strategy<Value = String> {
        let segment = prop::sample::select(vec!["a", "b", "{x}", "{y}", "{z}"]);
        (prop::collection::vec(segment, 0..4), prop::sample::select(vec!["", "**", "{k**}"])).prop_filter_map(
            "legal",
            |(mut parts, tail)| {
                if !tail.is_empty() {
                    parts.push(tail);
                }
                let text = format!("/{}", parts.join("/"));
                Pattern::parse(&format!("GET {text}")).is_ok().then_some(text)
            },
        )
    }

    proptest! {
        #[test]
        fn the_tree_finds_what_trying_every_rule_in_order_finds(
            patterns in prop::collection::vec(pattern(), 0..12),
            path in "(/[abc]){1,4}/?",
        ) {
            let expected = patterns.iter().position(|pattern| matches(pattern, &path));
            prop_assert_eq!(found(&tree(&patterns), &path), expected);
        }
    }
}
