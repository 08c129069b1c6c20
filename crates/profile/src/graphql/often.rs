//! Fields that are harmless once, and asked for too often by one request.
//!
//! A bound on the arguments of one field says little where a document may have it a thousand times. So places of the answer are counted:
//! under each alias, and again wherever a fragment with the field is spread. How long the lists are that lead to a place, the document does
//! not say; a field that may not be reached through any is `only_at`.

use std::collections::HashSet;

use super::{
    document::{Document, OperationDefinition},
    nested::Found,
    plan::{Place, Search},
    rules::Rules,
};
use crate::Misread;

/// Names of the fields that stand at more places than the profile lets pass as a mere look.
pub fn find<'r>(
    rules: &'r Rules,
    document: &Document,
    operation: &OperationDefinition,
    found: &[Found<'r, '_>],
) -> Result<HashSet<&'r str>, Misread> {
    let named = |name: &str| rules.fields.get_key_value(name).filter(|(_, rule)| rule.most.is_some());
    if !found.iter().any(|found| found.rule.most.is_some()) {
        return Ok(HashSet::new());
    }
    let mark = |place: Place<'_>| named(place.name).map(|(name, _)| name.as_str());
    let search = Search { may: &|name| named(name).is_some(), mark: &mark, follow: &|_| true };
    let Some(plan) = super::plan::plan(document, &operation.selections, &search)? else { return Ok(HashSet::new()) };
    let with_most = rules.fields.iter().filter_map(|(name, rule)| Some((name.as_str(), rule.most?)));
    Ok(with_most.filter(|(name, most)| plan.count(name) > *most).map(|(name, _)| name).collect())
}
