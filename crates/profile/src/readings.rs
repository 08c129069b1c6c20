//! What a path that is not plain could be taken for.
//!
//! `%2F` is data to one server and a separator to the next; `;x` names something to one and is dropped by another; a proxy on
//! the way may decode a second time. A rule matches only if it does so for every reading (see [`crate::Profile::read_head`]), and
//! a path of which any reading is unsound is refused from the start.

use percent_encoding::percent_decode_str;
use std::borrow::Cow;

use crate::{Misread, path::ambiguous};

/// The most bytes that the readings of one path may have together: a hostile path must not cost more than an honest one of
/// the greatest length.
const BUDGET: usize = 4 * crate::path::LONGEST;

/// One way to read a path: its decoded segments, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    text: String,
    ends: Vec<usize>,
}

impl Reading {
    /// The segments after the leading slash; the last one is empty when the path ends with a slash.
    pub(crate) fn segments(&self) -> impl Iterator<Item = &str> + Clone {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| self.text.get(start..*end).unwrap_or_default())
    }

    /// Whether the path ends with a slash and is not just that.
    pub(crate) fn ends_with_slash(&self) -> bool {
        matches!(self.ends.as_slice(), [.., before, last] if before == last)
    }

    /// Refuses dot segments, empty segments but the last, backslashes and control characters.
    pub(crate) fn check(&self) -> Result<(), Misread> {
        let last = self.ends.len().saturating_sub(1);
        for (position, segment) in self.segments().enumerate() {
            match segment {
                "" if position < last => return Err(ambiguous("The path holds an empty segment.")),
                "." | ".." => return Err(ambiguous("The path holds a dot segment.")),
                _ => {}
            }
        }
        if self.text.contains('\\') {
            return Err(ambiguous("The path holds a backslash."));
        }
        if self.text.chars().any(char::is_control) { Err(ambiguous("The path holds a control character.")) } else { Ok(()) }
    }
}

/// What a careless server on the way might do to a path beyond decoding it once: a set of the constants below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Liberties(u8);

impl Liberties {
    /// Decodes a second time.
    const TWICE: Self = Self(1);
    /// Takes an escaped `?` or `#` for the end of the path.
    const CUTS_QUERY: Self = Self(2);
    /// Takes `%2F` for a separator.
    const SPLITS: Self = Self(4);
    /// Drops `;` and what follows from every segment.
    const DROPS_PARAMETERS: Self = Self(8);

    fn takes(self, liberty: Self) -> bool {
        self.0 & liberty.0 != 0
    }

    /// Those that would change how this path is read.
    fn possible(path: &str) -> Result<Self, Misread> {
        let twice = has_inner_escape(path);
        let text = if twice { Cow::Owned(unfold(path)?) } else { Cow::Borrowed(path) };
        let tempting = [
            (Self::TWICE, twice),
            (Self::CUTS_QUERY, contains_escape(&text, "3F") || contains_escape(&text, "23")),
            (Self::SPLITS, contains_escape(&text, "2F")),
            (Self::DROPS_PARAMETERS, text.contains(';') || contains_escape(&text, "3B")),
        ];
        Ok(Self(tempting.iter().filter(|(_, possible)| *possible).fold(0, |all, (liberty, _)| all | liberty.0)))
    }

    /// Every combination of these, none first.
    fn combinations(self) -> impl Iterator<Item = Self> {
        (0..16_u8).filter(move |set| set & !self.0 == 0).map(Self)
    }
}

/// All readings of a canonical path, the literal one first. At most 16, of which no two are equal.
pub(crate) fn of(path: &str) -> Result<Vec<Reading>, Misread> {
    let possible = Liberties::possible(path)?;
    if path.len().saturating_mul(possible.combinations().count()) > BUDGET {
        return Err(ambiguous("The path is too long for the many ways it could be read in."));
    }
    let mut readings = Vec::new();
    for liberties in possible.combinations() {
        let reading = read(path, liberties)?;
        if !readings.contains(&reading) {
            readings.push(reading);
        }
    }
    Ok(readings)
}

fn read(path: &str, liberties: Liberties) -> Result<Reading, Misread> {
    let mut text = Cow::Borrowed(path.strip_prefix('/').unwrap_or(path));
    if liberties.takes(Liberties::TWICE) {
        text = Cow::Owned(unfold(&text)?);
    }
    let mut text = text.as_ref();
    if liberties.takes(Liberties::CUTS_QUERY) {
        let end = ["%3F", "%3f", "%23"].iter().filter_map(|escape| text.find(escape)).min();
        text = end.and_then(|end| text.get(..end)).unwrap_or(text);
    }
    let slashed;
    if liberties.takes(Liberties::SPLITS) {
        slashed = text.replace("%2F", "/").replace("%2f", "/");
        text = &slashed;
    }
    let mut reading = Reading { text: String::with_capacity(text.len()), ends: Vec::new() };
    for segment in text.split('/') {
        let decoded = percent_decode_str(segment).decode_utf8().map_err(|_| ambiguous("The path is not UTF-8."))?;
        let dropped = liberties.takes(Liberties::DROPS_PARAMETERS).then(|| decoded.split(';').next().unwrap_or_default());
        reading.text.push_str(dropped.unwrap_or(&decoded));
        reading.ends.push(reading.text.len());
    }
    Ok(reading)
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
    let follows = |(position, _)| path.get(position + 1..position + 3).is_some_and(|pair| pair.eq_ignore_ascii_case(digits));
    path.match_indices('%').any(follows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(path: &str) -> Vec<String> {
        of(path).unwrap().iter().map(|reading| reading.segments().collect::<Vec<_>>().join(" · ")).collect()
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
        assert_eq!(shown("/%2567raphql"), ["%67raphql", "graphql"]);
        assert_eq!(shown("/%252567raphql"), ["%2567raphql", "graphql"]);
    }

    #[test]
    fn a_long_path_with_many_readings_is_refused() {
        let path = |length: usize| format!("/{}%2Fa;%253F", "a/".repeat(length / 2));
        assert_eq!(of(&path(1500)).unwrap().len(), 8);
        assert_eq!(of(&path(3000)).unwrap_err().code, "ambiguous_path");
        assert_eq!(of(&format!("/{}%2Fa", "a/".repeat(4000))).unwrap().len(), 2);
    }

    #[test]
    fn a_percent_sign_that_begins_nothing_is_just_one() {
        assert_eq!(shown("/100%25"), ["100%"]);
    }
}
