//! Fields of results: those that count wherever they stand, and those that nobody has looked at.

use std::collections::{BTreeMap, BTreeSet};

use super::{CheckReport, schema::Schema};
use crate::graphql::{
    nested::{Bound, NestedRule},
    rules::Rules,
};

impl CheckReport {
    /// The `fields` of the profile: every type that has a field of such a name must be accounted for.
    pub(super) fn compare_fields(&mut self, rules: &Rules, schema: &Schema) {
        for (name, rule) in &rules.fields {
            self.compare_types(name, rule, schema);
            let known = |on: &&String| rule.of.contains(on) || rule.elsewhere.contains(on);
            let having = schema.results().filter(|(_, fields)| fields.contains_key(name)).map(|(on, _)| on.to_owned());
            let unknown = having.filter(|on| !known(&on));
            self.changed.extend(
                unknown.map(|on| format!("{on}.{name} has the name of a field that counts: `of` or `elsewhere`?")),
            );
        }
    }

    fn compare_types(&mut self, name: &str, rule: &NestedRule, schema: &Schema) {
        let field = |on: &str| schema.results().find(|(own, _)| *own == on).and_then(|(_, fields)| fields.get(name));
        for on in rule.of.iter().chain(&rule.elsewhere) {
            let Some(field) = field(on) else {
                self.in_vain.push(format!("field {on}.{name}"));
                continue;
            };
            let arguments = rule.within.iter().flat_map(|(argument, bound)| match bound {
                Bound::AtMost(_) => vec![argument],
                Bound::Beyond(beyond) => vec![argument, &beyond.after],
            });
            let missing = arguments.filter(|argument| rule.of.contains(on) && !field.arguments.contains_key(*argument));
            self.in_vain.extend(missing.map(|argument| format!("field {on}.{name}, within: {argument}")));
        }
        let loose = rule.elsewhere.iter().filter(|on| schema.has_type(on) && !schema.has_object(on));
        self.changed
            .extend(loose.map(|on| format!("field {name}, elsewhere: {on} is no object type, so it tells nothing")));
    }

    /// A new field may run the users' code: somebody has to look at it.
    pub(super) fn compare_reviewed_fields(&mut self, reviewed: Option<&str>, schema: &Schema) {
        let Some(reviewed) = reviewed else { return };
        let lines = reviewed.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(": "));
        let reviewed: BTreeMap<&str, BTreeSet<&str>> =
            lines.map(|(on, fields)| (on, fields.split(' ').collect())).collect();
        for (on, fields) in schema.results() {
            let known = reviewed.get(on);
            let new: Vec<&str> = fields
                .keys()
                .map(String::as_str)
                .filter(|field| known.is_none_or(|known| !known.contains(field)))
                .collect();
            if !new.is_empty() {
                self.changed.push(format!("type {on} has fields nobody has looked at: {}", new.join(", ")));
            }
        }
    }
}
