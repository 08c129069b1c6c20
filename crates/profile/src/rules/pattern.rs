//! The `match` of a rule: methods and a path pattern.

use crate::CanonicalPath;
use crate::rules::methods::Methods;

/// `GET /dags/{dag}/**`, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// For which methods.
    pub methods: Methods,
    /// The segments after the leading slash.
    pub segments: Vec<Segment>,
    /// Whether anything may follow.
    pub tail: Tail,
    text: String,
}

/// One segment of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Exactly this, decoded.
    Literal(String),
    /// Any one segment that is not empty.
    Capture(String),
}

/// What follows the last segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tail {
    /// Nothing.
    Nothing,
    /// `/**`: anything or nothing.
    Anything,
    /// `/{name**}`: one segment or more, the first not empty, captured as one text with slashes.
    Capture(String),
}

impl Pattern {
    /// Reads the pattern; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (methods, path) = text.trim().split_once(char::is_whitespace).ok_or_else(|| form(text))?;
        let (methods, path) = (Methods::parse(methods)?, path.trim_start());
        let inner = path.strip_prefix('/').ok_or_else(|| form(text))?;
        let (inner, tail) = cut_tail(inner)?;
        let segments = match inner {
            Some(inner) => inner.split('/').map(segment).collect::<Result<Vec<_>, _>>()?,
            None => Vec::new(),
        };
        let pattern = Self { methods, segments, tail, text: path.to_owned() };
        pattern.check_literals()?;
        pattern.check_names()?;
        Ok(pattern)
    }

    /// The path part, as it was written.
    pub fn path(&self) -> &str {
        &self.text
    }

    /// The same methods with another path.
    pub(crate) fn narrowed(&self, segments: Vec<Segment>, tail: Tail) -> Self {
        Self { methods: self.methods, segments, tail, text: self.text.clone() }
    }

    /// The names of what it captures.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let inner = self.segments.iter().filter_map(|segment| match segment {
            Segment::Capture(name) => Some(name.as_str()),
            Segment::Literal(_) => None,
        });
        let last = match &self.tail {
            Tail::Capture(name) => Some(name.as_str()),
            _ => None,
        };
        inner.chain(last)
    }

    /// A pattern no accepted path can match would be a rule in vain.
    fn check_literals(&self) -> Result<(), String> {
        let filled = self.segments.iter().map(|segment| match segment {
            Segment::Literal(text) => text.as_str(),
            Segment::Capture(_) => "x",
        });
        let path = format!("/{}", filled.collect::<Vec<_>>().join("/"));
        match CanonicalPath::parse(&path) {
            Ok(canonical) if canonical.as_str().contains("//") => {
                Err("a path with an empty segment has no rule of its own".to_owned())
            }
            Ok(canonical) if canonical.as_str() == path => Ok(()),
            Ok(canonical) => Err(format!("write the path in its canonical form, like `{}`", canonical.as_str())),
            Err(misread) => Err(format!("no request can have this path: {misread}")),
        }
    }

    fn check_names(&self) -> Result<(), String> {
        let mut seen = Vec::new();
        for name in self.names() {
            if seen.contains(&name) {
                return Err(format!("`{{{name}}}` is captured twice"));
            }
            seen.push(name);
        }
        Ok(())
    }
}

fn form(text: &str) -> String {
    format!("`{text}` is not of the form `METHOD /path/{{capture}}/**`")
}

/// Cuts `/**` or `/{name**}` off the end; nothing is left of a pattern that is all tail.
fn cut_tail(inner: &str) -> Result<(Option<&str>, Tail), String> {
    let (before, last) = match inner.rsplit_once('/') {
        Some((before, last)) => (Some(before), last),
        None => (None, inner),
    };
    if last == "**" {
        return Ok((before, Tail::Anything));
    }
    match last.strip_prefix('{').and_then(|rest| rest.strip_suffix("**}")) {
        Some(name) => Ok((before, Tail::Capture(capture_name(name)?))),
        None => Ok((Some(inner), Tail::Nothing)),
    }
}

fn segment(text: &str) -> Result<Segment, String> {
    if let Some(name) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        return capture_name(name).map(Segment::Capture);
    }
    if text.contains(['{', '}', '*', '?', '#', '%', ';']) {
        return Err(format!(
            "`{text}`: a segment is plain text or a whole `{{capture}}`, and `**` or `{{name**}}` come last"
        ));
    }
    Ok(Segment::Literal(text.to_owned()))
}

fn capture_name(name: &str) -> Result<String, String> {
    let legal = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if legal && !name.is_empty() {
        Ok(name.to_owned())
    } else {
        Err(format!("`{{{name}}}`: names are of a-z, 0-9 and _"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_read_into_segments() {
        let pattern = Pattern::parse("GET  /api/v2/dags/{dag}/**").unwrap();
        assert_eq!(pattern.path(), "/api/v2/dags/{dag}/**");
        assert_eq!(pattern.tail, Tail::Anything);
        assert_eq!(pattern.names().collect::<Vec<_>>(), ["dag"]);
        assert_eq!(pattern.segments.len(), 4);
        assert!(Pattern::parse("* /**").unwrap().segments.is_empty());
        assert_eq!(Pattern::parse("GET /").unwrap().segments, [Segment::Literal(String::new())]);
        assert_eq!(Pattern::parse("POST /r/{key**}").unwrap().tail, Tail::Capture("key".into()));
    }

    #[test]
    fn what_could_never_match_is_a_mistake() {
        for text in [
            "/a",
            "GET a",
            "GET",
            "",
            "FETCH /a",
            "HEAD /a",
            "GET /a//b",
            "GET /a/../b",
            "GET /%2e",
            "GET /a b",
            "GET /é",
            "GET /a*",
            "GET /**/b",
            "GET /{a**}/b",
            "GET /{a}/{a}",
            "GET /{A}",
            "GET /{}",
            "GET /x{a}",
            "GET /{a",
            "GET /a?b",
            "GET /a;b",
            "TRACE /a",
            "GET|get /a",
        ] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
    }
}
