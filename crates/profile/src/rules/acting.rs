//! What a request acts on by its rule.

use doorward_domain::{Resource, Target, Targets};
use http::HeaderMap;
use std::borrow::Cow;
use std::collections::HashSet;

use crate::Misread;
use crate::kinds::{KindSet, Kinds, LONGEST_NAME};
use crate::rules::{
    methods::Verb,
    pattern::Pattern,
    seen::{Names, Seen, check_name},
    template::{Outer, Template},
    text::{ResourceText, RuleText},
};

/// The names of one thing, outermost first, or what is acted on without any.
#[derive(Debug)]
pub struct Acting {
    templates: Vec<Template>,
    /// What the templates capture outside the path.
    outer: Vec<Outer>,
    unnamed: Targets,
    kinds: Kinds,
}

impl Acting {
    /// Of a rule; adds what is wrong to the mistakes.
    pub fn compile(text: &RuleText, pattern: &Pattern, kinds: &Kinds, mistakes: &mut Vec<String>) -> Self {
        let (mut templates, mut outer) = (Vec::new(), Vec::new());
        for template in text.resource.iter().flat_map(ResourceText::templates) {
            match Template::parse(template, pattern, &mut outer) {
                Ok(template) => {
                    mistakes.extend(kinds.mistake(template.kind()).map(|mistake| format!("resource: {mistake}")));
                    templates.push(template);
                }
                Err(mistake) => mistakes.push(mistake),
            }
        }
        match &text.resource {
            Some(_) if text.targets.is_some() => {
                mistakes.push("`targets` is for requests that name nothing; here `resource` does".to_owned());
            }
            Some(ResourceText::Several(names)) if names.is_empty() => mistakes.push("`resource` is empty".to_owned()),
            _ => {}
        }
        Self { templates, outer, unnamed: text.targets.map_or(Targets::Whole, Targets::from), kinds: kinds.clone() }
    }

    /// Whether the body says what is acted on.
    pub fn reads_body(&self) -> bool {
        self.outer.iter().any(|outer| matches!(outer, Outer::Json(_)))
    }

    /// Whether it is the same for every request.
    pub fn is_fixed(&self) -> bool {
        self.templates.iter().all(Template::is_fixed)
    }

    /// What every request acts on, if [`Self::is_fixed`].
    pub fn fixed(&self) -> (Targets, Vec<Resource>) {
        let headers = HeaderMap::new();
        let seen = Seen { verb: Verb::GET, query: None, headers: &headers, body: None };
        self.on(&std::iter::empty(), &seen).unwrap_or_default()
    }

    /// What a request with this path acts on, and what it names.
    pub fn on<'a>(
        &self,
        segments: &(impl Iterator<Item = &'a str> + Clone),
        seen: &Seen<'_>,
    ) -> Result<(Targets, Vec<Resource>), Misread> {
        let Some(innermost) = self.templates.last() else { return Ok((self.unnamed.clone(), Vec::new())) };
        let mut things = Vec::new();
        let count = segments.clone().count();
        // To some tools a slash at the end is part of the name, to others it is nothing.
        let is_both =
            segments.clone().last() == Some("") && self.templates.iter().any(|template| template.takes_end(count));
        let mut add = |outer: &[Cow<'_, str>]| {
            things.push(self.names(segments, outer));
            if is_both {
                things.push(self.names(&segments.clone().take(count - 1), outer));
            }
        };
        if self.outer.is_empty() {
            // As nearly all are.
            add(&[]);
        } else {
            self.outer_of(seen)?.iter().for_each(|outer| add(outer));
        }
        if things.is_empty() {
            return Ok((Targets::Unknown, Vec::new()));
        }
        let resources = distinct(&things);
        let is_told = |name: &Resource| name.as_str().len() <= name.kind().len() + 1 + LONGEST_NAME;
        if !resources.iter().all(is_told) {
            return Ok((Targets::Unknown, resources));
        }
        let target = |names: Vec<Resource>| match self.kinds.id(innermost.kind()) {
            Some(kind) => {
                let told = names.iter().filter_map(|name| self.kinds.id(name.kind())).collect();
                self.kinds.target(kind, names, told, KindSet::default())
            }
            None => Target::told(names),
        };
        Ok((Targets::These(things.into_iter().map(target).collect()), resources))
    }

    /// What is captured outside the path, of each thing that is named; of none when nobody can tell.
    fn outer_of<'s>(&self, seen: &Seen<'s>) -> Result<Vec<Vec<Cow<'s, str>>>, Misread> {
        let mut things = vec![Vec::with_capacity(self.outer.len())];
        for outer in &self.outer {
            let names = match outer {
                Outer::Json(pointer) => Names::of(seen.at(pointer)?)?,
                Outer::Query(name) => match seen.parameter(name)? {
                    Some(value) => {
                        check_name(&value)?;
                        if value.is_empty() { Names::Untold } else { Names::One(value.into()) }
                    }
                    None => Names::Untold,
                },
            };
            match names {
                Names::One(name) => things.iter_mut().for_each(|thing| thing.push(name.clone())),
                Names::Each(each) if things.len() == 1 => {
                    let before = things.pop().unwrap_or_default();
                    things = each.into_iter().map(|name| [before.as_slice(), &[name]].concat()).collect();
                }
                // Which of one list goes with which of the other nobody can tell.
                Names::Each(_) | Names::Untold => return Ok(Vec::new()),
            }
        }
        Ok(things)
    }

    fn names<'a>(&self, segments: &(impl Iterator<Item = &'a str> + Clone), outer: &[Cow<'_, str>]) -> Vec<Resource> {
        self.templates.iter().map(|template| template.fill(segments, outer)).collect()
    }
}

/// Each name once.
fn distinct(things: &[Vec<Resource>]) -> Vec<Resource> {
    const FEW: usize = 16;
    let names = things.iter().flatten();
    if things.len() > FEW {
        let mut known = HashSet::new();
        return names.filter(|name| known.insert(*name)).cloned().collect();
    }
    let mut distinct: Vec<Resource> = Vec::new();
    for name in names {
        if !distinct.contains(name) {
            distinct.push(name.clone());
        }
    }
    distinct
}
