//! What a path that is not plain could be taken for.
//!
//! `%2F` is data to one server and a separator to the next; `;x` names something to one and is dropped by another; a proxy on
//! the way may decode a second time, or make one slash of two ([`mod@slashes`]). A rule matches only if it does so for every reading
//! (see [`crate::Profile::read_head`]), and a path of which any reading is unsound is refused from the start.

mod slashes;

use percent_encoding::percent_decode_str;
use std::borrow::Cow;

use super::{LONGEST, ambiguous};
use crate::{Misread, keeps::Keeps};

/// The most bytes that the readings of one path may have together: a hostile path must not cost more than an honest one of
/// the greatest length.
const BUDGET: usize = 4 * LONGEST;

/// One way to read a path: its decoded segments, one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    text: String,
    ends: Vec<usize>,
    /// What follows an escaped `?` that was taken for the end of the path, decoded.
    query: Option<String>,
}

impl Reading {
    fn push(&mut self, segment: &str) {
        self.text.push_str(segment);
        self.ends.push(self.text.len());
    }

    /// The query that this reading sees, where it sees another one than the request's own.
    pub(crate) fn query(&self, own: Option<&str>) -> Option<String> {
        let more = self.query.as_deref()?;
        Some(own.map_or_else(|| more.to_owned(), |own| format!("{more}&{own}")))
    }

    /// The path in one piece. A slash that is data is no separator, and so is shown as the character that no path has.
    pub(crate) fn path(&self) -> String {
        let segments = self.segments().map(|segment| segment.replace('/', "\0"));
        segments.fold(String::new(), |path, segment| path + "/" + &segment)
    }

    /// The segments after the leading slash; the last one is empty when the path ends with a slash.
    pub(crate) fn segments(&self) -> impl Iterator<Item = &str> + Clone {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| self.text.get(start..*end).unwrap_or_default())
    }

    /// Whether the path ends with a slash and is not just that.
    pub(crate) fn ends_with_slash(&self) -> bool {
        matches!(self.ends.as_slice(), [.., before, last] if before == last)
    }

    /// Refuses dot segments, backslashes and control characters.
    pub(crate) fn check(&self) -> Result<(), Misread> {
        if self.segments().any(|segment| matches!(segment, "." | "..")) {
            return Err(ambiguous("The path holds a dot segment."));
        }
        if self.text.contains('\\') {
            return Err(ambiguous("The path holds a backslash."));
        }
        if self.text.chars().any(char::is_control) {
            Err(ambiguous("The path holds a control character."))
        } else {
            Ok(())
        }
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

    fn without(self, liberty: Self) -> Self {
        Self(self.0 & !liberty.0)
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

/// All readings of a canonical path by a tool that keeps these apart, the literal one first. At most 96, of which no two are equal.
pub(crate) fn of(path: &str, keeps: Keeps) -> Result<Vec<Reading>, Misread> {
    let mut possible = Liberties::possible(path)?;
    if keeps.escaped_slash {
        possible = possible.without(Liberties::SPLITS);
    }
    if path.len().saturating_mul(possible.combinations().count()) > BUDGET {
        return Err(ambiguous("The path is too long for the many ways it could be read in."));
    }
    let mut readings = Vec::new();
    for liberties in possible.combinations() {
        let reading = read(path, liberties)?;
        let others = slashes::other_readings(&reading, !keeps.double_slash);
        for reading in std::iter::once(reading).chain(others) {
            if !readings.contains(&reading) {
                readings.push(reading);
            }
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
    let mut reading = Reading::default();
    if liberties.takes(Liberties::CUTS_QUERY)
        && let Some((before, query)) = cut(text)
    {
        let query = query.map(|query| percent_decode_str(query).decode_utf8_lossy().into_owned());
        (text, reading.query) = (before, query);
    }
    let slashed;
    if liberties.takes(Liberties::SPLITS) {
        slashed = text.replace("%2F", "/").replace("%2f", "/");
        text = &slashed;
    }
    reading.text.reserve(text.len());
    for segment in text.split('/') {
        let decoded = percent_decode_str(segment).decode_utf8().map_err(|_| ambiguous("The path is not UTF-8."))?;
        let dropped =
            liberties.takes(Liberties::DROPS_PARAMETERS).then(|| decoded.split(';').next().unwrap_or_default());
        reading.push(dropped.unwrap_or(&decoded));
    }
    Ok(reading)
}

/// Where an escaped `?` or `#` ends the path; with what a `?` begins.
fn cut(text: &str) -> Option<(&str, Option<&str>)> {
    let end = ["%3F", "%3f", "%23"].iter().filter_map(|escape| text.find(escape)).min()?;
    let (before, from) = text.split_at_checked(end)?;
    let query = from.get(3..).filter(|_| !from.starts_with("%23"));
    Some((before, query))
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
    let follows =
        |(position, _)| path.get(position + 1..position + 3).is_some_and(|pair| pair.eq_ignore_ascii_case(digits));
    path.match_indices('%').any(follows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(path: &str) -> Vec<String> {
        shown_by(path, Keeps::default())
    }

    fn shown_by(path: &str, keeps: Keeps) -> Vec<String> {
        of(path, keeps).unwrap().iter().map(|reading| reading.segments().collect::<Vec<_>>().join(" · ")).collect()
    }

    #[test]
    fn an_escaped_slash_is_data_or_a_separator() {
        assert_eq!(shown("/a%2Fb/c"), ["a/b · c", "a · b · c"]);
    }

    #[test]
    fn a_tool_that_keeps_escaped_slashes_has_them_as_data_only() {
        let keeps = Keeps { escaped_slash: true, ..Keeps::default() };
        assert_eq!(shown_by("/queues/%2F/x", keeps), ["queues · / · x"]);
        assert_eq!(shown_by("/queues/%252F/x", keeps), ["queues · %2F · x", "queues · / · x"]);
        assert_eq!(shown_by("/a//b", keeps), ["a ·  · b", "a · b", "a · \u{fffd} · b"]);
    }

    #[test]
    fn what_an_escaped_question_mark_begins_is_a_query_to_whoever_ends_the_path_there() {
        let queries =
            |path: &str| of(path, Keeps::default()).unwrap().iter().map(|r| r.query(Some("b"))).collect::<Vec<_>>();
        assert_eq!(queries("/a%3Fx=%25"), [None, Some("x=%&b".to_owned())]);
        assert_eq!(queries("/a%23x"), [None, None]);
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
        let of = |path: &str| of(path, Keeps::default());
        // Split at the escaped slash there is an empty segment, which some servers drop.
        assert_eq!(of(&path(1500)).unwrap().len(), 20);
        assert_eq!(of(&path(3000)).unwrap_err().code, "ambiguous_path");
        assert_eq!(of(&format!("/{}a%2Fa", "a/".repeat(4000))).unwrap().len(), 2);
    }

    #[test]
    fn a_percent_sign_that_begins_nothing_is_just_one() {
        assert_eq!(shown("/100%25"), ["100%"]);
    }
}
