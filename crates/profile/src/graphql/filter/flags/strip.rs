//! Taking out of an answer, as it streams by, every member whose key begins as only ours do.
//!
//! All other bytes pass as they came, and what is no JSON object passes untouched. Kept small: which members they are is known by their keys
//! alone, as no key of the client's document begins so.

use std::mem::take;

/// Deeper than this nothing is taken out.
const DEPTH: usize = 512;

/// An answer that streams by.
pub(super) struct Strip {
    prefix: Box<[u8]>,
    /// Containers around here; of an object, whether any of its members has passed.
    frames: Vec<Frame>,
    place: Place,
    /// Comma, white space and the key that comes: not decided yet.
    held: Vec<u8>,
    /// Where in that the key begins.
    key: usize,
    /// How deep in a member of ours.
    ours: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    Object(bool),
    List,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the answer, or between values.
    Between,
    /// Before a key.
    Key,
    /// In a key, or in another string; whether the last byte was a backslash.
    InKey(bool),
    InString(bool),
    /// Nothing more is taken out.
    Lost,
}

impl Strip {
    pub(super) fn new(prefix: &str) -> Self {
        let prefix = prefix.as_bytes().into();
        Self { prefix, frames: Vec::new(), place: Place::Between, held: Vec::new(), key: 0, ours: None }
    }

    /// What of these bytes stays.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        for byte in bytes {
            self.step(*byte, &mut out);
        }
        out
    }

    /// The answer is over: what was held back.
    pub(super) fn end(&mut self) -> Vec<u8> {
        take(&mut self.held)
    }

    fn step(&mut self, byte: u8, out: &mut Vec<u8>) {
        match self.place {
            Place::Lost => out.push(byte),
            Place::InKey(escaped) => {
                self.held.push(byte);
                self.place = Place::InKey(byte == b'\\' && !escaped);
                if byte == b'"' && !escaped {
                    self.decide(out);
                }
            }
            Place::InString(escaped) => {
                self.pass(byte, out);
                let is_over = byte == b'"' && !escaped;
                self.place = if is_over { Place::Between } else { Place::InString(byte == b'\\' && !escaped) };
            }
            Place::Key if byte == b'"' => {
                self.key = self.held.len();
                self.held.push(byte);
                self.place = Place::InKey(false);
            }
            Place::Key if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') => self.held.push(byte),
            Place::Key => {
                // The object is over, or it is no JSON.
                out.append(&mut self.held);
                if let Some(Frame::Object(has_passed)) = self.frames.last_mut() {
                    *has_passed = true;
                }
                self.place = Place::Between;
                self.mark(byte, out);
            }
            Place::Between => self.mark(byte, out),
        }
    }

    /// A key is whole.
    fn decide(&mut self, out: &mut Vec<u8>) {
        self.place = Place::Between;
        let held = take(&mut self.held);
        let key = held.get(self.key + 1..).unwrap_or_default();
        if key.starts_with(&self.prefix) {
            self.ours = Some(self.frames.len());
            return;
        }
        let before = held.get(..self.key).unwrap_or_default();
        if let Some(Frame::Object(has_passed)) = self.frames.last_mut() {
            let stays = *has_passed;
            out.extend(before.iter().filter(|byte| stays || **byte != b','));
            *has_passed = true;
        }
        out.extend(held.iter().skip(self.key));
    }

    /// Outside of strings.
    fn mark(&mut self, byte: u8, out: &mut Vec<u8>) {
        let depth = self.frames.len();
        if self.ours == Some(depth) && matches!(byte, b',' | b'}') {
            self.ours = None;
        }
        match byte {
            b'"' => self.place = Place::InString(false),
            b',' if self.ours.is_none() && matches!(self.frames.last(), Some(Frame::Object(_))) => {
                self.held.push(byte);
                self.place = Place::Key;
                return;
            }
            b'{' | b'[' if depth == DEPTH => self.place = Place::Lost,
            b'{' => {
                self.frames.push(Frame::Object(false));
                if self.ours.is_none() {
                    self.place = Place::Key;
                }
            }
            b'[' => self.frames.push(Frame::List),
            b'}' | b']' => drop(self.frames.pop()),
            _ => {}
        }
        self.pass(byte, out);
    }

    fn pass(&self, byte: u8, out: &mut Vec<u8>) {
        if self.ours.is_none() {
            out.push(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(text: &str) -> String {
        let mut strip = Strip::new("x_");
        let mut whole = strip.push(text.as_bytes());
        whole.append(&mut strip.end());
        let mut strip = Strip::new("x_");
        let mut in_pieces: Vec<u8> = text.bytes().flat_map(|byte| strip.push(&[byte])).collect();
        in_pieces.append(&mut strip.end());
        assert_eq!(in_pieces, whole, "byte by byte");
        String::from_utf8(whole).unwrap()
    }

    #[test]
    fn what_is_ours_goes_wherever_it_stands_and_all_else_stays_as_it_came() {
        for (text, left) in [
            (r#"{"a":1,"x_b":2}"#, r#"{"a":1}"#),
            (r#"{"x_a":1,"b":2}"#, r#"{"b":2}"#),
            (
                r#"{"x_a":{"b":[1,"x_",{"c":2}]},"x_c":"\"}","d":[{"x_e":1},{"f":1,"x_g":{},"h":2}]}"#,
                r#"{"d":[{},{"f":1,"h":2}]}"#,
            ),
            (r#"{"a":"x_","b":["x_",1],"c\"x_":{"x\\":"x_,{"}}"#, r#"{"a":"x_","b":["x_",1],"c\"x_":{"x\\":"x_,{"}}"#),
            (" { \"a\" : 1 , \"x_b\" : 2 } ", " { \"a\" : 1 } "),
            ("{\"a\":1,\n \"b\":2}", "{\"a\":1,\n \"b\":2}"),
        ] {
            assert_eq!(stripped(text), left);
        }
    }

    #[test]
    fn what_is_no_json_passes() {
        for text in
            ["", "<p>a, b</p>", "[1,2]", "{a, b}", "{\"a\":1,", "{\"a", "a,b\"c", "{\"a\":1,}", &"[".repeat(2000)]
        {
            assert_eq!(stripped(text), text);
        }
    }
}
