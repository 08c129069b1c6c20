//! One canonical form for a path, or a refusal.
//!
//! The canonical form is RFC 3986 section 6.2.2 (unreserved characters decoded, escapes in upper case) and is what rules match
//! and what is forwarded. What no honest client sends is refused: dot segments in any spelling, backslashes, control characters, text
//! that is not UTF-8. What is legal but read differently by different servers stays as it came (empty segments, escapes that some
//! decode twice or take for delimiters), and [`readings`] tells what it could be taken for: whoever decides something by a path
//! asks [`CanonicalPath::agreed`], so that it is the same for every reader.
//!
//! Architecture invariant: pure, and on the hot path. A path that is canonical already costs one pass and one allocation.

pub(crate) mod readings;

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use crate::{Misread, keeps::Keeps};

/// The longest path that is read, in bytes.
pub const LONGEST: usize = 8192;

/// An absolute path in canonical form: what rules match and what is forwarded. Cheap to clone and to cut at the front.
#[derive(Debug, Clone)]
pub struct CanonicalPath {
    text: Arc<str>,
    start: usize,
    plain: bool,
}

impl CanonicalPath {
    /// Brings a raw request path (no query) to its canonical form, or refuses it. The empty path is `/` (RFC 3986 section 6.2.3).
    pub fn parse(raw: &str) -> Result<Self, Misread> {
        if raw.is_empty() {
            return Ok(Self { text: "/".into(), start: 0, plain: true });
        }
        if raw.len() > LONGEST {
            return Err(Misread::new("path_too_long", format!("The path is longer than {LONGEST} bytes.")));
        }
        if !raw.starts_with('/') {
            return Err(ambiguous("The path does not begin with a slash."));
        }
        if is_plain(raw) {
            return Ok(Self { text: raw.into(), start: 0, plain: true });
        }
        let text = normalise(raw)?;
        if is_plain(&text) {
            return Ok(Self { text: text.into(), start: 0, plain: true });
        }
        for reading in readings::of(&text, Keeps::default())? {
            reading.check()?;
        }
        Ok(Self { text: text.into(), start: 0, plain: false })
    }

    /// The path, beginning with `/`.
    pub fn as_str(&self) -> &str {
        self.text.get(self.start..).unwrap_or("/")
    }

    /// The path below `prefix` (`/dg/graphql` below `/dg` is `/graphql`), or `None` when it is not below it.
    pub fn below(&self, prefix: &str) -> Option<Self> {
        let rest = self.as_str().strip_prefix(prefix)?;
        if rest.is_empty() {
            return Some(Self { text: "/".into(), start: 0, plain: true });
        }
        rest.starts_with('/').then(|| Self { start: self.text.len() - rest.len(), ..self.clone() })
    }

    /// What `look` finds at this path, decoded, if it is the same in every way the path could be read in.
    pub fn agreed<T: PartialEq>(&self, mut look: impl FnMut(&str) -> T) -> Result<T, Misread> {
        if self.plain {
            return Ok(look(self.as_str()));
        }
        let readings = readings::of(self.as_str(), Keeps::default())?;
        let mut found = readings.iter().map(|reading| look(&reading.path()));
        let first = found.next().ok_or_else(|| ambiguous("The path cannot be read."))?;
        if found.all(|other| other == first) {
            Ok(first)
        } else {
            Err(ambiguous("The path can be read in two ways that lead to different places."))
        }
    }

    /// Whether it holds no escapes, no parameters and no empty segments, so that there is only one way to read it.
    pub fn is_plain(&self) -> bool {
        self.plain
    }
}

impl PartialEq for CanonicalPath {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for CanonicalPath {}

impl Hash for CanonicalPath {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

/// A refusal for what could be read in two ways.
pub(crate) fn ambiguous(detail: &str) -> Misread {
    Misread::new("ambiguous_path", detail)
}

/// What one byte of a path is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `pchar` of RFC 3986 section 3.3 but `;` and `%`: stands for itself everywhere.
    Plain,
    Slash,
    /// `%`: an escape begins.
    Escape,
    /// `;`: itself, but some servers cut a segment here.
    Semicolon,
    /// Not a URL character, but browsers send it and everybody takes it for its escape.
    Sloppy,
    Refused,
}

const KINDS: [Kind; 256] = {
    let mut kinds = [Kind::Refused; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(
            clippy::indexing_slicing,
            clippy::cast_possible_truncation,
            reason = "evaluated at compile time, below 256"
        )]
        {
            kinds[byte] = match byte as u8 {
                b'/' => Kind::Slash,
                b'%' => Kind::Escape,
                b';' => Kind::Semicolon,
                b'"' | b'<' | b'>' | b'[' | b']' | b'^' | b'`' | b'{' | b'|' | b'}' => Kind::Sloppy,
                b'a'..=b'z'
                | b'A'..=b'Z'
                | b'0'..=b'9'
                | b'-'
                | b'.'
                | b'_'
                | b'~'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b'='
                | b':'
                | b'@' => Kind::Plain,
                _ => Kind::Refused,
            };
        }
        byte += 1;
    }
    kinds
};

fn kind(byte: u8) -> Kind {
    KINDS.get(usize::from(byte)).copied().unwrap_or(Kind::Refused)
}

/// Whether the path is canonical and has exactly one reading: plain characters, no empty and no dot segments. One pass.
fn is_plain(path: &str) -> bool {
    let mut length = 0_usize;
    let mut only_dots = true;
    let mut first = true;
    for byte in path.bytes() {
        match kind(byte) {
            Kind::Plain => {
                length += 1;
                only_dots &= byte == b'.';
            }
            Kind::Slash => {
                let bad = length == 0 || (only_dots && length <= 2);
                if bad && !first {
                    return false;
                }
                first = false;
                length = 0;
                only_dots = true;
            }
            _ => return false,
        }
    }
    length == 0 || !only_dots || length > 2
}

/// Decodes what needs no escape, escapes what browsers leave raw, and refuses what no reading could save.
fn normalise(raw: &str) -> Result<String, Misread> {
    let mut out = String::with_capacity(raw.len() + 16);
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        match kind(byte) {
            Kind::Plain | Kind::Slash | Kind::Semicolon => out.push(char::from(byte)),
            Kind::Sloppy => push_escape(&mut out, byte),
            Kind::Escape => {
                let escaped = hex(bytes.next()).zip(hex(bytes.next())).map(|(high, low)| high << 4 | low);
                let escaped = escaped.ok_or_else(|| ambiguous("The path holds a % that begins no escape."))?;
                push_escaped(&mut out, escaped)?;
            }
            Kind::Refused => {
                return Err(ambiguous("The path holds a character that has to be escaped there."));
            }
        }
    }
    Ok(out)
}

fn push_escaped(out: &mut String, byte: u8) -> Result<(), Misread> {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
        0..=0x1f | 0x7f => return Err(ambiguous("The path holds an escaped control character.")),
        b'\\' => return Err(ambiguous("The path holds an escaped backslash.")),
        _ => push_escape(out, byte),
    }
    Ok(())
}

fn push_escape(out: &mut String, byte: u8) {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0').to_ascii_uppercase();
    out.push('%');
    out.push(digit(byte >> 4));
    out.push(digit(byte & 15));
}

fn hex(byte: Option<u8>) -> Option<u8> {
    let digit = char::from(byte?).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests;
