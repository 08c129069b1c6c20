//! What is asked for beside what the client asks for, so that it is known of which thing each flag is.
//!
//! Only where flags stand: the names of the things that show them, and on the way there which of several something is. What nobody has looked
//! at is left as it is, and so are flags below it: they are lowered to what somebody may do whatever it acts on.

use ahash::{HashMap, HashMapExt};

use crate::graphql::filter::Filter;
use crate::graphql::filter::asking::{LONGER, Named, names, which};
use crate::graphql::filter::types::{Holds, TypeId};
use crate::graphql::{
    OperationKind, beside,
    document::{Document, OperationDefinition, Selection},
    json::Edits,
    permissions::PermissionRules,
};

/// The document with names asked for; nothing where nobody can tell how. `limit` is how long a client's own may be.
pub(super) fn ask(
    rules: &PermissionRules,
    filter: &Filter,
    document: &Document,
    operation: &OperationDefinition,
    limit: usize,
) -> Option<Named> {
    let root = filter.types.id(match operation.kind {
        OperationKind::Query => "Query",
        OperationKind::Mutation => "Mutation",
        OperationKind::Subscription => "Subscription",
    })?;
    let prefix = beside::unused(&document.text);
    let (fields, fragments) = (vec![None; document.fields.len()], vec![None; document.fragments.len()]);
    let mut asking = Asking {
        rules,
        filter,
        document,
        prefix: &prefix,
        fields,
        visited: vec![false; fragments.len()],
        fragments,
        names: HashMap::new(),
        edits: Edits::default(),
        length: 0,
    };
    asking.visit(&operation.selections, root);
    if asking.length > LONGER * limit {
        return None;
    }
    let text = asking.edits.apply(&document.text)?;
    Some(Named { text, prefix: prefix.into(), has_own_roots: false, has_list: false, has_containers: false })
}

/// What selections lead to.
#[derive(Debug, Clone, Copy, Default)]
struct Leads {
    /// Flags are among them.
    here: bool,
    /// Flags are below them.
    below: bool,
}

impl Leads {
    fn and(self, other: Self) -> Self {
        Self { here: self.here || other.here, below: self.below || other.below }
    }
}

struct Asking<'a> {
    rules: &'a PermissionRules,
    filter: &'a Filter,
    document: &'a Document,
    prefix: &'a str,
    /// Where the selections of each field, and each fragment, lead.
    fields: Vec<Option<Leads>>,
    fragments: Vec<Option<Leads>>,
    visited: Vec<bool>,
    /// What names things of a type.
    names: HashMap<TypeId, String>,
    edits: Edits,
    length: usize,
}

impl Asking<'_> {
    fn visit(&mut self, selections: &[Selection], on: TypeId) {
        let (types, document) = (&self.filter.types, self.document);
        for selection in selections {
            match selection {
                Selection::Field(place) => self.field(*place, on),
                Selection::Inline(inner) => {
                    if let Some(on) = inner.on.as_deref().map_or(Some(on), |on| types.id(on)) {
                        self.visit(&inner.selections, on);
                    }
                }
                Selection::Spread(place) => {
                    let Some(fragment) = document.fragment(*place) else { continue };
                    let is_new = self.visited.get_mut(*place).is_some_and(|seen| !std::mem::replace(seen, true));
                    if let Some(on) = types.id(&fragment.on).filter(|_| is_new) {
                        self.visit(&fragment.selections, on);
                    }
                }
            }
        }
    }

    fn field(&mut self, place: usize, on: TypeId) {
        let Some(field) = self.document.field(place) else { return };
        let leads = self.leads_of_field(place);
        let (Some(Holds::Fields(of)), Some(end)) = (self.filter.types.of_all(on, &field.name), field.ends_at) else {
            return;
        };
        if leads.here || leads.below {
            let text = self.asked(of, leads);
            self.length += text.len();
            if !text.is_empty() {
                self.edits.insert(usize::try_from(end).unwrap_or(usize::MAX), text);
            }
            self.visit(&field.selections, of);
        }
    }

    /// What is asked for of something that leads there.
    fn asked(&mut self, of: TypeId, leads: Leads) -> String {
        let (types, prefix) = (&self.filter.types, self.prefix);
        if leads.here {
            return self.names.entry(of).or_insert_with(|| names(types, prefix, of)).clone();
        }
        if types.possible(of) == [of] { String::new() } else { which(prefix) }
    }

    fn leads(&mut self, selections: &[Selection]) -> Leads {
        selections.iter().fold(Leads::default(), |leads, selection| leads.and(self.leads_of(selection)))
    }

    fn leads_of(&mut self, selection: &Selection) -> Leads {
        match selection {
            Selection::Inline(inner) => self.leads(&inner.selections),
            Selection::Field(place) => {
                let name = self.document.field(*place).map_or("", |field| &field.name);
                let here = self.rules.flags.contains_key(name) || self.rules.lists.iter().any(|list| list == name);
                let Leads { here: deeper, below } = self.leads_of_field(*place);
                Leads { here, below: below || deeper }
            }
            Selection::Spread(place) => {
                if let Some(known) = self.fragments.get(*place).copied().flatten() {
                    return known;
                }
                let document = self.document;
                let leads = self.leads(document.fragment(*place).map_or(&[], |fragment| &fragment.selections));
                self.fragments.get_mut(*place).into_iter().for_each(|slot| *slot = Some(leads));
                leads
            }
        }
    }

    fn leads_of_field(&mut self, place: usize) -> Leads {
        if let Some(known) = self.fields.get(place).copied().flatten() {
            return known;
        }
        let document = self.document;
        let leads = self.leads(document.field(place).map_or(&[], |field| &field.selections));
        self.fields.get_mut(place).into_iter().for_each(|slot| *slot = Some(leads));
        leads
    }
}
