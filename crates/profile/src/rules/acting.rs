//! What a request acts on by its rule.

use doorward_domain::{Resource, Target, Targets};

use crate::kinds::{KindSet, Kinds, LONGEST_NAME};
use crate::rules::{
    pattern::Pattern,
    template::Template,
    text::{ResourceText, RuleText},
};

/// The names of one thing, outermost first, or what is acted on without any.
#[derive(Debug)]
pub struct Acting {
    templates: Vec<Template>,
    unnamed: Targets,
    kinds: Kinds,
}

impl Acting {
    /// Of a rule; adds what is wrong to the mistakes.
    pub fn compile(text: &RuleText, pattern: &Pattern, kinds: &Kinds, mistakes: &mut Vec<String>) -> Self {
        let mut templates = Vec::new();
        for template in text.resource.iter().flat_map(ResourceText::templates) {
            match Template::parse(template, pattern) {
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
        Self { templates, unnamed: text.targets.map_or(Targets::Whole, Targets::from), kinds: kinds.clone() }
    }

    /// Whether it is the same for every path.
    pub fn is_fixed(&self) -> bool {
        self.templates.iter().all(Template::is_fixed)
    }

    /// What a request with this path acts on, and what it names.
    pub fn on<'a>(&self, segments: &(impl Iterator<Item = &'a str> + Clone)) -> (Targets, Vec<Resource>) {
        let Some(innermost) = self.templates.last() else { return (self.unnamed.clone(), Vec::new()) };
        let mut things = vec![self.names(segments)];
        let count = segments.clone().count();
        if segments.clone().last() == Some("") && self.templates.iter().any(|template| template.takes_end(count)) {
            // To some tools a slash at the end is part of the name, to others it is nothing.
            things.push(self.names(&segments.clone().take(count - 1)));
        }
        let mut resources: Vec<Resource> = Vec::new();
        for name in things.iter().flatten() {
            if !resources.contains(name) {
                resources.push(name.clone());
            }
        }
        let is_told = |name: &Resource| name.as_str().len() <= name.kind().len() + 1 + LONGEST_NAME;
        if !resources.iter().all(is_told) {
            return (Targets::Unknown, resources);
        }
        let target = |names: Vec<Resource>| match self.kinds.id(innermost.kind()) {
            Some(kind) => {
                let told = names.iter().filter_map(|name| self.kinds.id(name.kind())).collect();
                self.kinds.target(kind, names, told, KindSet::default())
            }
            None => Target::told(names),
        };
        (Targets::These(things.into_iter().map(target).collect()), resources)
    }

    fn names<'a>(&self, segments: &(impl Iterator<Item = &'a str> + Clone)) -> Vec<Resource> {
        self.templates.iter().map(|template| template.fill(segments)).collect()
    }
}
