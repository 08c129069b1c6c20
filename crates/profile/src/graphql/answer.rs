//! Walking through the tool's answer along a [`Plan`].
//!
//! One pass, whatever its size; what the plan does not name is skipped unread. The answer comes from the tool, not from the
//! client, but holds what users put into the tool, so nothing in it is believed but its place.

use super::{
    json::{Fault, Scanner, Span, scan::unquoted},
    plan::Plan,
};

/// Answers nest deeper than requests: selections, and the user's JSON in them.
const DEPTH: usize = 512;

/// What to do at the places of a plan.
pub trait Visit<M> {
    /// An object begins at a place with these marks.
    fn begin(&mut self, _marks: &[M]) {}
    /// It ends.
    fn end(&mut self, _marks: &[M]) {}
    /// A string, number or word at a place with these marks; `raw` is its text.
    fn scalar(&mut self, marks: &[M], span: Span, raw: &str);
}

/// Walks through the `data` of an answer. Other members of the answer are given to `beside`, unread.
pub fn walk<M>(
    answer: &str,
    plan: Option<&Plan<M>>,
    visit: &mut impl Visit<M>,
    mut beside: impl FnMut(&str, &str),
) -> Result<(), Fault> {
    let mut scanner = Scanner::new(answer, DEPTH);
    members(&mut scanner, |scanner, key| match plan {
        Some(plan) if key == "data" => value(scanner, plan, visit),
        _ => {
            let span = scanner.skip()?;
            beside(key, span.of(answer));
            Ok(())
        }
    })
}

/// Walks through one value that stands at a place of a plan.
pub fn walk_value<M>(text: &str, plan: &Plan<M>, visit: &mut impl Visit<M>) -> Result<(), Fault> {
    value(&mut Scanner::new(text, DEPTH), plan, visit)
}

fn members(
    scanner: &mut Scanner<'_>,
    mut each: impl FnMut(&mut Scanner<'_>, &str) -> Result<(), Fault>,
) -> Result<(), Fault> {
    scanner.expect(b'{')?;
    scanner.enter()?;
    if !scanner.take(b'}') {
        loop {
            scanner.peek();
            let key = scanner.string()?.of(scanner.text());
            scanner.expect(b':')?;
            each(scanner, &unquoted(key))?;
            if scanner.take(b'}') {
                break;
            }
            scanner.expect(b',')?;
        }
    }
    scanner.leave();
    Ok(())
}

fn value<M>(scanner: &mut Scanner<'_>, plan: &Plan<M>, visit: &mut impl Visit<M>) -> Result<(), Fault> {
    match scanner.peek() {
        Some(b'{') => {
            visit.begin(&plan.marks);
            members(scanner, |scanner, key| match plan.below(key) {
                Some(below) => value(scanner, below, visit),
                None => scanner.skip().map(drop),
            })?;
            visit.end(&plan.marks);
        }
        Some(b'[') => {
            scanner.expect(b'[')?;
            scanner.enter()?;
            if !scanner.take(b']') {
                loop {
                    value(scanner, plan, visit)?;
                    if scanner.take(b']') {
                        break;
                    }
                    scanner.expect(b',')?;
                }
            }
            scanner.leave();
        }
        _ => {
            let span = scanner.skip()?;
            visit.scalar(&plan.marks, span, span.of(scanner.text()));
        }
    }
    Ok(())
}
