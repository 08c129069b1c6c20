//! One pass over a JSON text, value by value.

use std::borrow::Cow;

/// A stretch of a text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// That stretch of the text; empty when it lies outside.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    /// Whether the other lies within.
    pub fn holds(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// Why a text is not JSON we accept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not JSON (RFC 8259), at this byte.
    #[error("is not valid JSON (at byte {0})")]
    Syntax(usize),
    /// A `\u` escape that is half of a surrogate pair.
    #[error("holds half of a surrogate pair (at byte {0})")]
    Surrogate(usize),
    /// An object with one key twice.
    #[error("has the key “{0}” twice in one object")]
    Duplicate(String),
    /// More values than this.
    #[error("holds more than {0} values")]
    Values(usize),
    /// Nested too deeply.
    #[error("is nested too deeply")]
    Depth,
}

/// A place in a JSON text.
#[derive(Debug, Clone)]
pub struct Scanner<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Scanner<'t> {
    /// At the beginning; values may be nested `depth` levels.
    pub fn new(text: &'t str, depth: usize) -> Self {
        Self { text, at: 0, depth }
    }

    /// Where it is.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The text.
    pub fn text(&self) -> &'t str {
        self.text
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn fault(&self) -> Fault {
        Fault::Syntax(self.at)
    }

    /// The next byte that is not white space, without taking it.
    pub fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    /// Takes this punctuation if it is next.
    pub fn take(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    /// Takes this punctuation.
    pub fn expect(&mut self, wanted: u8) -> Result<(), Fault> {
        if self.take(wanted) { Ok(()) } else { Err(self.fault()) }
    }

    /// One level deeper.
    pub fn enter(&mut self) -> Result<(), Fault> {
        self.depth = self.depth.checked_sub(1).ok_or(Fault::Depth)?;
        Ok(())
    }

    /// One level up again.
    pub fn leave(&mut self) {
        self.depth += 1;
    }

    /// Takes a string; the span is with its quotes.
    pub fn string(&mut self) -> Result<Span, Fault> {
        self.expect(b'"')?;
        let start = self.at - 1;
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        // Documents are one long string: its end, what it must not hold and its escapes are each looked for many bytes at a time.
        let Some(inner) = closing_quote(rest).and_then(|length| rest.get(..length)) else {
            self.at = self.text.len();
            return Err(self.fault());
        };
        let end = self.at + inner.len();
        if inner.iter().fold(u8::MAX, |least, &byte| least.min(byte)) < 0x20 {
            self.at += inner.iter().position(|&byte| byte < 0x20).unwrap_or(0);
            return Err(self.fault());
        }
        for backslash in memchr::memchr_iter(b'\\', inner).map(|found| start + 1 + found) {
            // Otherwise it belongs to the escape before.
            if backslash >= self.at {
                self.at = backslash;
                self.escape()?;
            }
        }
        self.at = end + 1;
        Ok(Span { start, end: self.at })
    }

    fn escape(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.at += 1;
        match self.byte() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => match self.hex4()? {
                0xD800..=0xDBFF => {
                    let paired = self.text.get(self.at..).is_some_and(|rest| rest.starts_with("\\u"));
                    self.at += usize::from(paired);
                    if !paired || !(0xDC00..=0xDFFF).contains(&self.hex4()?) {
                        return Err(Fault::Surrogate(start));
                    }
                }
                0xDC00..=0xDFFF => return Err(Fault::Surrogate(start)),
                _ => {}
            },
            _ => return Err(self.fault()),
        }
        Ok(())
    }

    /// Takes `uXXXX`.
    fn hex4(&mut self) -> Result<u32, Fault> {
        let digits = self.text.get(self.at + 1..self.at + 5).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = digits.and_then(|d| u32::from_str_radix(d, 16).ok()).ok_or_else(|| self.fault())?;
        self.at += 5;
        Ok(code)
    }

    /// Takes a number, exactly as JSON writes them.
    pub fn number(&mut self) -> Result<Span, Fault> {
        let start = self.at;
        self.at += usize::from(self.byte() == Some(b'-'));
        if self.byte() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(Span { start, end: self.at })
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        while self.byte().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.fault()) } else { Ok(()) }
    }

    /// Takes `true`, `false` or `null`.
    pub fn word(&mut self, word: &str) -> Result<Span, Fault> {
        let start = self.at;
        if !self.text.get(start..).is_some_and(|rest| rest.starts_with(word)) {
            return Err(self.fault());
        }
        self.at += word.len();
        Ok(Span { start, end: self.at })
    }

    /// Takes any value without looking into it: keys may repeat.
    pub fn skip(&mut self) -> Result<Span, Fault> {
        match self.peek() {
            Some(b'{') => self.skip_members(b'{', b'}'),
            Some(b'[') => self.skip_members(b'[', b']'),
            Some(b'"') => self.string(),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            Some(_) => self.number(),
            None => Err(self.fault()),
        }
    }

    fn skip_members(&mut self, open: u8, close: u8) -> Result<Span, Fault> {
        self.expect(open)?;
        let start = self.at - 1;
        self.enter()?;
        if !self.take(close) {
            loop {
                if open == b'{' {
                    self.peek();
                    self.string()?;
                    self.expect(b':')?;
                }
                self.skip()?;
                if self.take(close) {
                    break;
                }
                self.expect(b',')?;
            }
        }
        self.leave();
        Ok(Span { start, end: self.at })
    }
}

/// Where a string ends, from its beginning: at the first quote before which the backslashes pair up.
fn closing_quote(bytes: &[u8]) -> Option<usize> {
    let is_free = |&at: &usize| bytes.iter().take(at).rev().take_while(|byte| **byte == b'\\').count() % 2 == 0;
    memchr::memchr_iter(b'"', bytes).find(is_free)
}

/// Whether a JSON string (with its quotes, already checked) says this.
pub fn says(raw: &str, wanted: &str) -> bool {
    let inner = raw.strip_prefix('"').and_then(|r| r.strip_suffix('"')).unwrap_or(raw);
    inner == wanted || (inner.len() > wanted.len() && inner.as_bytes().contains(&b'\\') && unquoted(raw) == wanted)
}

/// What a JSON string (with its quotes, already checked) says.
pub fn unquoted(raw: &str) -> Cow<'_, str> {
    let inner = raw.strip_prefix('"').and_then(|r| r.strip_suffix('"')).unwrap_or(raw);
    if !inner.as_bytes().contains(&b'\\') {
        return Cow::Borrowed(inner);
    }
    serde_json::from_str::<String>(raw).map_or(Cow::Borrowed(inner), Cow::Owned)
}
