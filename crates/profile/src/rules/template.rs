//! The `resource` of a rule: a kind, and a name made of what the path, the query and the body hold.

use doorward_domain::Resource;
use std::borrow::Cow;

use crate::json::Pointer;
use crate::kinds::escape;
use crate::rules::pattern::{Pattern, Segment, Tail};

/// `dag:{dag}` with its captures found in the path by position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    kind: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    /// The segment at this position.
    Segment(usize),
    /// This segment and all after it, joined by slashes.
    From(usize),
    /// What is not in the path: the rule's own of this number.
    Outer(usize),
}

/// A capture that is not of the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outer {
    /// `{/job/name}`: what stands at this place of the body.
    Json(Pointer),
    /// `{query.name}`: a parameter of the query.
    Query(String),
}

impl Template {
    /// Reads `kind:name`, where `{capture}` stands for what the pattern captures. What is captured elsewhere is added to `outer`.
    pub fn parse(text: &str, pattern: &Pattern, outer: &mut Vec<Outer>) -> Result<Self, String> {
        let (kind, mut rest) =
            text.split_once(':').ok_or_else(|| format!("resource `{text}` is not of the form `kind:name`"))?;
        if kind.is_empty() || !kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            return Err(format!("resource kind `{kind}` is not of a-z and _"));
        }
        if rest.is_empty() {
            return Err(format!("resource `{text}` has no name"));
        }
        let mut parts = Vec::new();
        while let Some((before, from)) = rest.split_once('{') {
            let (name, after) =
                from.split_once('}').ok_or_else(|| format!("resource `{text}`: a brace is not closed"))?;
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(match elsewhere(name) {
                Some(capture) => {
                    Part::Outer(place_among(outer, capture.map_err(|what| format!("resource `{text}`: {what}"))?))
                }
                None => place(name, pattern)
                    .ok_or_else(|| format!("resource `{text}`: the path captures no `{{{name}}}`"))?,
            });
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { kind: kind.to_owned(), parts })
    }

    /// Whether it is the same for every request.
    pub fn is_fixed(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Text(_)))
    }

    /// The kind of thing.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Whether it takes the last of so many segments together with others before it.
    pub fn takes_end(&self, count: usize) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::From(position) if position + 1 < count))
    }

    /// The resource of a path, given its decoded segments and what is captured elsewhere. In a name of several segments the slashes inside them are escaped: `a%2Fb` is
    /// not `a/b`.
    pub fn fill<'a>(&self, segments: &(impl Iterator<Item = &'a str> + Clone), outer: &[Cow<'_, str>]) -> Resource {
        let captures = self.parts.iter().filter(|part| !matches!(part, Part::Text(_))).count();
        let is_joined = captures > 1 || self.parts.iter().any(|part| matches!(part, Part::From(_)));
        let literal =
            self.parts.iter().filter_map(|part| if let Part::Text(text) = part { Some(&**text) } else { None });
        let reserved: String = std::iter::once("/").chain(literal).collect();
        let mut name = String::new();
        let add = |name: &mut String, segment: &str| {
            if is_joined { escape(name, segment, &reserved) } else { name.push_str(segment) }
        };
        for part in &self.parts {
            match part {
                Part::Text(text) => name.push_str(text),
                Part::Segment(position) => add(&mut name, segments.clone().nth(*position).unwrap_or_default()),
                Part::Outer(number) => add(&mut name, outer.get(*number).map_or("", AsRef::as_ref)),
                Part::From(position) => {
                    for (place, segment) in segments.clone().skip(*position).enumerate() {
                        if place > 0 {
                            name.push('/');
                        }
                        add(&mut name, segment);
                    }
                }
            }
        }
        Resource::new(&self.kind, &name)
    }
}

/// A capture that is not of the path, if it is written like one.
fn elsewhere(name: &str) -> Option<Result<Outer, String>> {
    if name.starts_with('/') {
        return Some(Pointer::parse(name).map(Outer::Json));
    }
    let parameter = name.strip_prefix("query.")?;
    let told = || format!("`{{{name}}}` names no parameter of the query");
    Some(if parameter.is_empty() { Err(told()) } else { Ok(Outer::Query(parameter.to_owned())) })
}

fn place_among(outer: &mut Vec<Outer>, capture: Outer) -> usize {
    outer.iter().position(|own| *own == capture).unwrap_or_else(|| {
        outer.push(capture);
        outer.len() - 1
    })
}

fn place(name: &str, pattern: &Pattern) -> Option<Part> {
    let position = pattern.segments.iter().position(|segment| matches!(segment, Segment::Capture(own) if own == name));
    let last = matches!(&pattern.tail, Tail::Capture(own) if own == name).then_some(Part::From(pattern.segments.len()));
    position.map(Part::Segment).or(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str, pattern: &str, path: &str) -> String {
        let pattern = Pattern::parse(pattern).unwrap();
        let template = Template::parse(template, &pattern, &mut Vec::new()).unwrap();
        template.fill(&path.split('/'), &[]).as_str().to_owned()
    }

    #[test]
    fn captures_are_filled_from_the_path() {
        assert_eq!(filled("dag:{dag}", "GET /dags/{dag}/**", "dags/hello/runs"), "dag:hello");
        assert_eq!(filled("asset:{key}", "POST /r/{key**}", "r/raw/orders"), "asset:raw/orders");
        assert_eq!(filled("run:{dag}/{id}", "GET /{dag}/{id}", "a/b"), "run:a/b");
        assert_eq!(filled("instance:all", "GET /a", "a"), "instance:all");
    }

    #[test]
    fn a_template_must_have_a_kind_a_name_and_known_captures() {
        let pattern = Pattern::parse("GET /{dag}").unwrap();
        for text in
            ["dag", ":{dag}", "dag:", "dag:{job}", "dag:{dag", "DAG:{dag}", "dag:{query.}", "dag:{/}", "dag:{/a~}"]
        {
            assert!(Template::parse(text, &pattern, &mut Vec::new()).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_captured_elsewhere_is_filled_in_by_its_number() {
        let pattern = Pattern::parse("POST /{team}").unwrap();
        let mut outer = Vec::new();
        let one = Template::parse("job:{team}/{/job/name}", &pattern, &mut outer).unwrap();
        let two = Template::parse("run:{query.run}@{/job/name}", &pattern, &mut outer).unwrap();
        assert_eq!(outer.len(), 2);
        let values = ["a/b".into(), "c@d".into()];
        assert_eq!(one.fill(&"x".split('/'), &values).as_str(), "job:x/a%2Fb");
        assert_eq!(two.fill(&"x".split('/'), &values).as_str(), "run:c%40d@a%2Fb");
        assert!(!one.is_fixed());
    }
}
