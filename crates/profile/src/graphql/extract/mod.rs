//! Taking out of an answer, as it streams by, what only we asked for.
//!
//! Our members ([`super::beside`]) are in the objects that answer root fields: below `data`, below the root's key, through lists, and
//! nowhere else. All other bytes pass as they came, white space and numbers too; what is no JSON passes untouched. An object may end up
//! empty, as it would have been for the client's own question.

mod awaited;
mod place;

use std::mem::take;

use awaited::Awaited;
use place::{Frame, Place};
pub use place::{Shape, Taken};

/// What is held back at most, in bytes: until a key is known, and of a member of ours.
const MOST: usize = 1 << 20;

/// Where an answer stands, from its first byte to its last.
#[derive(Debug, Default)]
pub struct Extraction {
    /// What the keys of our members begin with, if there are any.
    prefix: Option<Box<str>>,
    frames: Vec<Frame>,
    place: Place,
    /// Containers open around here that are passed through unread.
    unread: usize,
    /// The key that is read, or was read last, with its quotes.
    key: Vec<u8>,
    root: Vec<u8>,
    /// What is not decided yet: separator, white space and key of a member.
    held: Vec<u8>,
    is_ours: bool,
    value: Vec<u8>,
    errors: Vec<u8>,
    taken: Vec<Taken>,
    awaited: Awaited,
}

impl Extraction {
    /// Of an answer with members whose keys begin with this.
    pub fn new(prefix: Option<&str>) -> Self {
        Self { prefix: prefix.map(Into::into), ..Self::default() }
    }

    /// And that is to hold root fields under these keys.
    #[must_use]
    pub fn awaiting<'k>(mut self, keys: impl Iterator<Item = &'k str>) -> Self {
        self.awaited = Awaited::new(keys);
        self
    }

    /// Whether the answer has data, all of it, and nothing in it under this key.
    pub fn misses(&self, key: &str) -> bool {
        self.shape() == Shape::Whole && self.awaited.misses(key)
    }

    /// What of these bytes is for the client.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            // Nearly all of an answer is deep inside something: no need to look at where each byte goes.
            if let Some(length) = self.plain(rest) {
                let (plain, after) = rest.split_at(length);
                self.pass(plain, &mut out);
                rest = after;
                continue;
            }
            self.step(byte, &mut out);
            rest = after;
        }
        out
    }

    /// The answer is over: what was held back.
    pub fn end(&mut self) -> Vec<u8> {
        let mut rest = take(&mut self.held);
        if let Place::InKey(_) = self.place {
            rest.append(&mut self.key);
        }
        rest
    }

    /// Members of ours that have come since this was asked last.
    pub fn taken(&mut self) -> Vec<Taken> {
        take(&mut self.taken)
    }

    /// Whether the answer has a list of errors with anything in it.
    pub fn has_errors(&self) -> bool {
        !matches!(&*self.errors, b"" | b"null" | b"[" | b"[]")
    }

    /// What it was.
    pub fn shape(&self) -> Shape {
        match self.place {
            Place::End => Shape::Whole,
            Place::Start | Place::Lost => Shape::Other,
            _ => Shape::Broken,
        }
    }

    /// How many of the next bytes mean nothing here.
    fn plain(&self, rest: &[u8]) -> Option<usize> {
        let stop = |byte: &u8| match self.place {
            Place::InString(false) => matches!(byte, b'"' | b'\\'),
            Place::After | Place::Value if self.unread > 0 => matches!(byte, b'"' | b'{' | b'[' | b'}' | b']'),
            Place::Lost => false,
            _ => true,
        };
        let length = rest.iter().position(stop).unwrap_or(rest.len());
        (length > 0).then_some(length)
    }

    fn step(&mut self, byte: u8, out: &mut Vec<u8>) {
        match self.place {
            Place::InKey(escaped) => self.in_key(byte, escaped, out),
            Place::InString(escaped) => {
                self.pass(&[byte], out);
                self.place = match byte {
                    b'"' if !escaped => Place::After,
                    _ => Place::InString(byte == b'\\' && !escaped),
                };
                self.value_is_over();
            }
            _ if self.unread > 0 => self.unread(byte, out),
            Place::InScalar if !matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n') => {
                self.pass(&[byte], out);
            }
            Place::InScalar => {
                self.place = Place::After;
                self.value_is_over();
                self.step(byte, out);
            }
            _ if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') => self.white(byte, out),
            _ => self.mark(byte, out),
        }
    }

    /// Inside something that is passed through.
    fn unread(&mut self, byte: u8, out: &mut Vec<u8>) {
        self.pass(&[byte], out);
        match byte {
            b'"' => self.place = Place::InString(false),
            b'{' | b'[' => self.unread += 1,
            b'}' | b']' => {
                self.unread -= 1;
                self.place = Place::After;
                self.value_is_over();
            }
            _ => {}
        }
    }

    fn in_key(&mut self, byte: u8, escaped: bool, out: &mut Vec<u8>) {
        self.key.push(byte);
        self.place = match byte {
            b'"' if !escaped => Place::Colon,
            _ => Place::InKey(byte == b'\\' && !escaped),
        };
        if self.key.len() + self.held.len() > MOST {
            return self.lose(out);
        }
        if self.place != Place::Colon {
            return;
        }
        let ours = |prefix: &str| self.key.get(1..).is_some_and(|key| key.starts_with(prefix.as_bytes()));
        self.is_ours = matches!(self.frames.last(), Some(Frame::Result(_))) && self.prefix.as_deref().is_some_and(ours);
        if self.is_ours {
            self.held.clear();
        } else {
            out.append(&mut self.held);
            out.extend_from_slice(&self.key);
        }
    }

    /// White space where it belongs to nothing.
    fn white(&mut self, byte: u8, out: &mut Vec<u8>) {
        match (self.place, self.frames.last()) {
            (Place::Key | Place::After, Some(Frame::Result(_))) if self.place == Place::Key || self.is_ours => {
                self.held.push(byte);
            }
            (Place::Colon | Place::Value, _) if self.is_ours => {}
            _ => out.push(byte),
        }
        if self.held.len() > MOST {
            self.lose(out);
        }
    }

    /// What stands between keys and values, or begins one.
    fn mark(&mut self, byte: u8, out: &mut Vec<u8>) {
        match (self.place, byte) {
            (Place::Start, b'{') => self.open(Frame::Answer, byte, out),
            (Place::Key, b'"') => {
                self.key.clear();
                self.key.push(byte);
                self.place = Place::InKey(false);
            }
            (Place::Colon, b':') => {
                if !self.is_ours {
                    out.push(byte);
                }
                self.place = Place::Value;
            }
            (Place::Value, _) => self.value(byte, out),
            (Place::After, b',') => self.comma(out),
            (Place::Key | Place::After, b'}' | b']') => self.close(byte, out),
            _ => {
                self.lose(out);
                out.push(byte);
            }
        }
    }

    fn value(&mut self, byte: u8, out: &mut Vec<u8>) {
        if self.frames.last() == Some(&Frame::Data) {
            self.awaited.came(&self.key);
        }
        let below = match (byte, self.frames.last()) {
            _ if self.is_ours => None,
            (b'{', Some(Frame::Answer)) if self.key == b"\"data\"" => Some(Frame::Data),
            (b'{' | b'[', Some(Frame::Data)) => {
                self.root.clone_from(&self.key);
                Some(if byte == b'{' { Frame::Result(false) } else { Frame::List })
            }
            (b'{', Some(Frame::List)) => Some(Frame::Result(false)),
            (b'[', Some(Frame::List)) => Some(Frame::List),
            _ => None,
        };
        if let Some(frame) = below {
            return self.open(frame, byte, out);
        }
        match byte {
            // A list may be empty.
            b']' if self.frames.last() == Some(&Frame::List) => return self.close(byte, out),
            b'"' => self.place = Place::InString(false),
            b'{' | b'[' => self.unread = 1,
            _ => self.place = Place::InScalar,
        }
        self.pass(&[byte], out);
    }

    fn open(&mut self, frame: Frame, byte: u8, out: &mut Vec<u8>) {
        out.push(byte);
        self.place = if frame == Frame::List { Place::Value } else { Place::Key };
        self.awaited.has_data |= frame == Frame::Data;
        self.is_ours = false;
        self.frames.push(frame);
    }

    fn close(&mut self, byte: u8, out: &mut Vec<u8>) {
        out.append(&mut self.held);
        out.push(byte);
        self.frames.pop();
        self.is_ours = false;
        self.place = if self.frames.is_empty() { Place::End } else { Place::After };
    }

    fn comma(&mut self, out: &mut Vec<u8>) {
        self.held.clear();
        match self.frames.last() {
            Some(Frame::Result(has_passed)) => {
                if *has_passed {
                    self.held.push(b',');
                }
                self.place = Place::Key;
            }
            Some(Frame::List) => {
                out.push(b',');
                self.place = Place::Value;
            }
            _ => {
                out.push(b',');
                self.place = Place::Key;
            }
        }
        self.is_ours = false;
    }

    /// Some of a value: to the client, or to us.
    fn pass(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        if self.is_ours {
            if self.value.len() <= MOST {
                self.value.extend_from_slice(bytes);
            }
            return;
        }
        out.extend_from_slice(bytes);
        if self.frames.len() == 1 && self.key == b"\"errors\"" {
            let room = 4_usize.saturating_sub(self.errors.len());
            self.errors.extend(bytes.iter().filter(|byte| !byte.is_ascii_whitespace()).take(room));
        }
    }

    /// At the end of a value that is a member's: it has passed, or was taken.
    fn value_is_over(&mut self) {
        if self.place != Place::After || self.unread > 0 {
            return;
        }
        if self.is_ours {
            let value = Some(take(&mut self.value)).filter(|value| value.len() <= MOST).unwrap_or_default();
            self.taken.push(Taken {
                root: self.root.clone().into(),
                key: self.key.clone().into(),
                value: value.into(),
            });
        } else if let Some(Frame::Result(has_passed)) = self.frames.last_mut() {
            *has_passed = true;
        }
    }

    /// This is not JSON: whatever it is, the client gets it.
    fn lose(&mut self, out: &mut Vec<u8>) {
        out.append(&mut self.held);
        if let Place::InKey(_) = self.place {
            out.append(&mut self.key);
        }
        self.is_ours = false;
        self.unread = 0;
        self.place = Place::Lost;
    }
}
