//! What must hold for a document as a whole.
//!
//! One pass over every fragment, each measured once, so hostile spreads cost no more than their text.

use std::collections::{HashMap, HashSet};

use super::{Document, Member, Selection, parse::syntax};
use crate::Misread;

/// Refuses two arguments or input fields of one name.
pub fn unique(members: Vec<Member>, what: &str) -> Result<Vec<Member>, Misread> {
    match twice(members.iter().map(|m| &*m.name)) {
        Some(name) => Err(syntax(format!("has the {what} “{name}” twice"))),
        None => Ok(members),
    }
}

fn twice<'n>(names: impl Iterator<Item = &'n str>) -> Option<String> {
    let mut seen = HashSet::new();
    names.into_iter().find(|name| !seen.insert(*name)).map(|name| name.chars().take(40).collect())
}

/// Resolves spreads to fragments and checks names, fragments and depth.
pub fn check(mut document: Document, spreads: &[Box<str>], depth: usize) -> Result<Document, Misread> {
    names(&document)?;
    let places: HashMap<Box<str>, usize> =
        document.fragments.iter().enumerate().map(|(place, fragment)| (fragment.name.clone(), place)).collect();
    let resolve = |place: &mut usize| -> Result<(), Misread> {
        let name = spreads.get(*place).map_or("", |name| name);
        *place = *places
            .get(name)
            .ok_or_else(|| syntax(format!("uses the fragment “{name:.40}”, which it does not define")))?;
        Ok(())
    };
    for selections in sets(&mut document) {
        resolve_all(selections, &resolve)?;
    }
    let mut heights =
        Heights { document: &document, known: vec![Height::Unknown; document.fragments.len()], limit: depth };
    for place in 0..document.fragments.len() {
        heights.fragment(place, 0)?;
    }
    for operation in &document.operations {
        heights.selections(&operation.selections, 0)?;
    }
    Ok(document)
}

fn names(document: &Document) -> Result<(), Misread> {
    if document.operations.is_empty() {
        return Err(syntax("has no operation"));
    }
    if document.operations.len() > 1 && document.operations.iter().any(|o| o.name.is_none()) {
        return Err(syntax("has an operation without a name beside others"));
    }
    if let Some(name) = twice(document.operations.iter().filter_map(|o| o.name.as_deref())) {
        return Err(syntax(format!("has the operation “{name}” twice")));
    }
    if let Some(name) = twice(document.fragments.iter().map(|f| &*f.name)) {
        return Err(syntax(format!("has the fragment “{name}” twice")));
    }
    for operation in &document.operations {
        if let Some(name) = twice(operation.variables.all().iter().map(|v| &*v.name)) {
            return Err(syntax(format!("has the variable “{name}” twice")));
        }
    }
    Ok(())
}

fn sets(document: &mut Document) -> impl Iterator<Item = &mut Vec<Selection>> {
    let operations = document.operations.iter_mut().map(|o| &mut o.selections);
    let fragments = document.fragments.iter_mut().map(|f| &mut f.selections);
    operations.chain(fragments).chain(document.fields.iter_mut().map(|f| &mut f.selections))
}

fn resolve_all(
    selections: &mut [Selection],
    resolve: &impl Fn(&mut usize) -> Result<(), Misread>,
) -> Result<(), Misread> {
    for selection in selections {
        match selection {
            Selection::Field(_) => {}
            Selection::Spread(place) => resolve(place)?,
            Selection::Inline(inner) => resolve_all(&mut inner.selections, resolve)?,
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Height {
    Unknown,
    UnderWay,
    Known(usize),
}

/// How deep selections go, through fragments.
struct Heights<'d> {
    document: &'d Document,
    known: Vec<Height>,
    limit: usize,
}

impl Heights<'_> {
    fn fragment(&mut self, place: usize, above: usize) -> Result<usize, Misread> {
        let Some(fragment) = self.document.fragment(place) else { return Ok(0) };
        match self.known.get(place) {
            Some(Height::Known(height)) => return Ok(*height),
            Some(Height::Unknown) => {}
            _ => return Err(syntax(format!("has the fragment “{:.40}” inside itself", fragment.name))),
        }
        self.note(place, Height::UnderWay);
        let height = self.selections(&fragment.selections, above)?;
        self.note(place, Height::Known(height));
        Ok(height)
    }

    fn note(&mut self, place: usize, height: Height) {
        if let Some(slot) = self.known.get_mut(place) {
            *slot = height;
        }
    }

    /// `above` is how deep we are in this walk, so that the walk itself stays shallow; the result is the height below.
    fn selections(&mut self, selections: &[Selection], above: usize) -> Result<usize, Misread> {
        let document = self.document;
        let mut highest = 0;
        for selection in selections {
            if above >= self.limit {
                return Err(self.too_deep());
            }
            let height = match selection {
                Selection::Field(place) => {
                    document.field(*place).map_or(Ok(0), |f| self.selections(&f.selections, above + 1))?
                }
                Selection::Spread(place) => self.fragment(*place, above + 1)?,
                Selection::Inline(inner) => self.selections(&inner.selections, above + 1)?,
            };
            highest = highest.max(height + 1);
        }
        if above + highest > self.limit { Err(self.too_deep()) } else { Ok(highest) }
    }

    fn too_deep(&self) -> Misread {
        Misread::new(
            "graphql_too_large",
            format!("The GraphQL document is nested more than {} levels deep.", self.limit),
        )
    }
}
