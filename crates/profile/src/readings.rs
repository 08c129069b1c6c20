//! What a path that is not plain could be taken for.
//!
//! `%2F` is data to one server and a separator to the next; `;x` names something to one and is dropped by another; a proxy on
//! the way may decode a second time. A rule matches only if it does so for every reading (see [`crate::Profile::read_head`]), and
//! a path of which any reading is unsound is refused from the start.

use percent_encoding::percent_decode_str;
use std::borrow::Cow;

use crate::{Misread, path::ambiguous};

/// One way to read a path: its decoded segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading(Vec<String>);

impl Reading {
    /// The segments after the leading slash; the last one is empty when the path ends with a slash.
    pub(crate) fn segments(&self) -> &[String] {
        &self.0
    }

    /// Refuses dot segments, empty segments but the last, backslashes and control characters.
    pub(crate) fn check(&self) -> Result<(), Misread> {
        let last = self.0.len().saturating_sub(1);
        for (position, segment) in self.0.iter().enumerate() {
            match segment.as_str() {
                "" if position < last => return Err(ambiguous("The path holds an empty segment.")),
                "." | ".." => return Err(ambiguous("The path holds a dot segment.")),
                text if text.contains('\\') => return Err(ambiguous("The path holds a backslash.")),
                text if text.chars().any(char::is_control) => return Err(ambiguous("The path holds a control character.")),
                _ => {}
            }
        }
        Ok(())
    }
}

/// What a careless server on the way might do to a path beyond decoding it once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Liberties {
    /// Decodes a second time.
    twice: bool,
    /// Takes an escaped `?` or `#` for the end of the path.
    cuts_query: bool,
    /// Takes `%2F` for a separator.
    splits: bool,
    /// Drops `;` and what follows from every segment.
    drops_parameters: bool,
}

/// All readings of a canonical path, the literal one first: each liberty by itself, and all together.
pub(crate) fn of(path: &str) -> Result<Vec<Reading>, Misread> {
    let mut readings = vec![read(path, Liberties::default())?];
    let possible = Liberties {
        twice: has_inner_escape(path),
        cuts_query: contains_escape(path, "3F") || contains_escape(path, "23"),
        splits: contains_escape(path, "2F"),
        drops_parameters: path.contains(';') || contains_escape(path, "3B"),
    };
    let mut singles = Vec::with_capacity(5);
    if possible.twice {
        singles.push(Liberties { twice: true, ..Liberties::default() });
    }
    if possible.cuts_query {
        singles.push(Liberties { cuts_query: true, ..Liberties::default() });
    }
    if possible.splits {
        singles.push(Liberties { splits: true, ..Liberties::default() });
    }
    if possible.drops_parameters {
        singles.push(Liberties { drops_parameters: true, ..Liberties::default() });
    }
    if singles.len() > 1 || possible.twice {
        singles.push(Liberties { twice: true, cuts_query: true, splits: true, drops_parameters: true });
    }
    for liberties in singles {
        readings.push(read(path, liberties)?);
    }
    Ok(readings)
}

fn read(path: &str, liberties: Liberties) -> Result<Reading, Misread> {
    let mut text = Cow::Borrowed(path.strip_prefix('/').unwrap_or(path));
    if liberties.twice {
        text = Cow::Owned(unfold(&text)?);
    }
    let mut text = text.as_ref();
    if liberties.cuts_query {
        let end = ["%3F", "%3f", "%23"].iter().filter_map(|escape| text.find(escape)).min();
        text = end.and_then(|end| text.get(..end)).unwrap_or(text);
    }
    let slashed;
    if liberties.splits {
        slashed = text.replace("%2F", "/").replace("%2f", "/");
        text = &slashed;
    }
    let segments = text.split('/').map(|segment| decode(segment, liberties.drops_parameters));
    segments.collect::<Result<_, _>>().map(Reading)
}

fn decode(segment: &str, drops_parameters: bool) -> Result<String, Misread> {
    let decoded = percent_decode_str(segment).decode_utf8();
    let decoded = decoded.map_err(|_| ambiguous("The path is not UTF-8."))?;
    let kept = if drops_parameters { decoded.split(';').next().unwrap_or_default() } else { &decoded };
    Ok(kept.to_owned())
}

/// `%252e` → `%2e`, for at most two layers: nobody honest wraps deeper.
fn unfold(path: &str) -> Result<String, Misread> {
    let mut text = path.to_owned();
    for _ in 0..2 {
        if !has_inner_escape(&text) {
            return Ok(text);
        }
        text = unfold_once(&text);
    }
    if has_inner_escape(&text) { Err(ambiguous("The path is encoded several times.")) } else { Ok(text) }
}

fn unfold_once(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(position) = rest.find("%25") {
        let (before, from) = rest.split_at(position);
        out.push_str(before);
        let after = from.get(3..).unwrap_or_default();
        out.push_str(if begins_with_hex_pair(after) { "%" } else { "%25" });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Whether decoding once leaves something that can be decoded again. `%25%32%65` was brought to `%252e` before.
fn has_inner_escape(path: &str) -> bool {
    path.match_indices("%25").any(|(position, _)| path.get(position + 3..).is_some_and(begins_with_hex_pair))
}

fn begins_with_hex_pair(text: &str) -> bool {
    text.as_bytes().get(..2).is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit))
}

fn contains_escape(path: &str, digits: &str) -> bool {
    path.match_indices('%').any(|(position, _)| path.get(position + 1..position + 3) == Some(digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(path: &str) -> Vec<String> {
        of(path).unwrap().iter().map(|reading| reading.segments().join(" · ")).collect()
    }

    #[test]
    fn an_escaped_slash_is_data_or_a_separator() {
        assert_eq!(shown("/a%2Fb/c"), ["a/b · c", "a · b · c"]);
    }

    #[test]
    fn parameters_are_data_or_dropped() {
        assert_eq!(shown("/graphql;x=1/y%3Bz"), ["graphql;x=1 · y;z", "graphql · y"]);
    }

    #[test]
    fn an_escaped_question_mark_is_data_or_the_end() {
        assert_eq!(shown("/graphql%3Fa/b"), ["graphql?a · b", "graphql"]);
    }

    #[test]
    fn what_is_encoded_twice_is_read_once_or_twice() {
        assert_eq!(shown("/%2567raphql"), ["%67raphql", "graphql", "graphql"]);
        assert_eq!(shown("/%252567raphql"), ["%2567raphql", "graphql", "graphql"]);
    }

    #[test]
    fn a_percent_sign_that_begins_nothing_is_just_one() {
        assert_eq!(shown("/100%25"), ["100%"]);
    }
}
