//! Lowering permission flags in an answer as it streams by.
//!
//! A flag is replaced where it stands; of a permission list each entry is held until it is whole, because its name may come after its
//! value. Everything else passes as it came and is not kept, so an answer of any size takes next to no room. What is no JSON passes
//! untouched. What a flag is lowered to is [`super::permissions`]' to say.

use doorward_domain::Role;
use std::{fmt, mem::take, sync::Arc};

use super::{
    json::scan::unquoted,
    permissions::{PermissionMark, lowered},
    plan::Plan,
    rules::Rules,
};

/// The longest entry that is held, in bytes. Dagster's have a few hundred.
const LONGEST_ENTRY: usize = 64 << 10;
/// The longest key that a plan can have, escaped: a name has 256 letters.
const LONGEST_KEY: usize = 2 << 10;
/// Answers nest deeper than requests: lists, and selections in them.
const DEPTH: usize = 512;

type Node = Arc<Plan<PermissionMark>>;

/// What lowers the flags of the answers to one operation: the plan and the rules, and nothing of the request.
#[derive(Debug, Clone)]
pub struct AnswerRewriter {
    pub(super) rules: Arc<Rules>,
    pub(super) plan: Node,
    /// Of the plan, in bytes.
    pub(super) weight: usize,
}

impl AnswerRewriter {
    /// How much room keeping it takes, in bytes.
    pub fn weight(&self) -> usize {
        size_of::<Self>() + self.weight
    }

    /// Rewrites an answer as it streams by, for this role. `reason` words the tooltip for a role that would be needed.
    pub fn streaming<'r>(&self, role: Role, reason: impl Fn(Role) -> String + 'r) -> Rewriting<'r> {
        Rewriting {
            rewriter: self.clone(),
            role,
            reason: Box::new(reason),
            frames: Vec::new(),
            place: Place::Start,
            node: None,
            is_held: false,
            key: Vec::new(),
            held: Vec::new(),
        }
    }

    /// The answer with its flags lowered; `None` when nothing has to change.
    pub fn rewrite(&self, answer: &[u8], role: Role, reason: &dyn Fn(Role) -> String) -> Option<Vec<u8>> {
        let mut rewriting = self.streaming(role, reason);
        let mut rewritten = rewriting.push(answer);
        rewritten.append(&mut rewriting.end());
        (rewritten != answer).then_some(rewritten)
    }
}

/// An answer that is rewritten, from its first byte to its last.
pub struct Rewriting<'r> {
    rewriter: AnswerRewriter,
    role: Role,
    reason: Box<dyn Fn(Role) -> String + 'r>,
    frames: Vec<Frame>,
    place: Place,
    /// Of the value that comes or is there.
    node: Option<Node>,
    /// Whether that value is held.
    is_held: bool,
    key: Vec<u8>,
    held: Vec<u8>,
}

/// A container on the way to a flag.
enum Frame {
    Answer,
    Object(Node),
    List(Node),
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    /// A key, or the end of an object.
    Key,
    /// The rest of a key; whether the last byte was a backslash.
    InKey(bool),
    Colon,
    Value,
    /// A value, or the end of a list.
    Item,
    InString(bool),
    InWord,
    /// In a container that is not read: how deep, and whether in a string.
    Inside(usize, Option<bool>),
    After,
    /// Nothing more to lower.
    Over,
}

impl Rewriting<'_> {
    /// What of these bytes is for the client now.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            let plain = self.plain(rest);
            if plain > 0 {
                let (plain, after) = rest.split_at(plain);
                self.keep(plain, &mut out);
                rest = after;
            } else {
                self.step(byte, &mut out);
                rest = after;
            }
        }
        out
    }

    /// The answer is over: what was held back.
    pub fn end(&mut self) -> Vec<u8> {
        self.place = Place::Over;
        take(&mut self.held)
    }

    /// How many of the next bytes mean nothing here.
    fn plain(&self, rest: &[u8]) -> usize {
        let stop: fn(&u8) -> bool = match self.place {
            Place::InString(false) | Place::Inside(_, Some(false)) => |byte| matches!(byte, b'"' | b'\\'),
            Place::Inside(_, None) => |byte| matches!(byte, b'"' | b'{' | b'[' | b'}' | b']'),
            Place::Over => |_| false,
            _ => return 0,
        };
        rest.iter().position(stop).unwrap_or(rest.len())
    }

    fn step(&mut self, byte: u8, out: &mut Vec<u8>) {
        match self.place {
            Place::InKey(escaped) => {
                out.push(byte);
                if self.key.len() <= LONGEST_KEY {
                    self.key.push(byte);
                }
                self.place = if byte == b'"' && !escaped { Place::Colon } else { Place::InKey(escapes(byte, escaped)) };
            }
            Place::InString(escaped) => {
                out.push(byte);
                self.place =
                    if byte == b'"' && !escaped { Place::After } else { Place::InString(escapes(byte, escaped)) };
            }
            Place::Inside(depth, string) => self.inside(byte, depth, string, out),
            Place::InWord if is_white(byte) || matches!(byte, b',' | b'}' | b']') => {
                self.value_is_over(out);
                self.step(byte, out);
            }
            Place::InWord => self.keep(&[byte], out),
            _ if is_white(byte) => out.push(byte),
            Place::Value | Place::Item => self.value(byte, out),
            _ => self.mark(byte, out),
        }
    }

    fn inside(&mut self, byte: u8, depth: usize, string: Option<bool>, out: &mut Vec<u8>) {
        self.keep(&[byte], out);
        let (depth, string) = match (string, byte) {
            (Some(false), b'"') => (depth, None),
            (Some(escaped), _) => (depth, Some(escapes(byte, escaped))),
            (None, b'"') => (depth, Some(false)),
            (None, b'{' | b'[') => (depth + 1, None),
            (None, b'}' | b']') => (depth - 1, None),
            (None, _) => (depth, None),
        };
        self.place = Place::Inside(depth, string);
        if depth == 0 {
            self.value_is_over(out);
        }
    }

    /// What stands between keys and values.
    fn mark(&mut self, byte: u8, out: &mut Vec<u8>) {
        out.push(byte);
        match (self.place, byte) {
            (Place::Start, b'{') => self.open(Frame::Answer, Place::Key),
            (Place::Key, b'"') => {
                self.key = vec![byte];
                self.place = Place::InKey(false);
            }
            (Place::Colon, b':') => {
                self.node = self.named();
                self.place = Place::Value;
            }
            (Place::After, b',') => match self.frames.last() {
                Some(Frame::List(node)) => (self.node, self.place) = (Some(Arc::clone(node)), Place::Value),
                _ => self.place = Place::Key,
            },
            (Place::Key | Place::After, b'}' | b']') => self.close(),
            _ => self.place = Place::Over,
        }
    }

    /// The node of the member whose key was read.
    fn named(&self) -> Option<Node> {
        let key = unquoted(std::str::from_utf8(&self.key).ok()?);
        match self.frames.last()? {
            Frame::Answer => (key == "data").then(|| Arc::clone(&self.rewriter.plan)),
            Frame::Object(node) => node.below(&key).map(Arc::clone),
            Frame::List(_) => None,
        }
    }

    /// A value begins.
    fn value(&mut self, byte: u8, out: &mut Vec<u8>) {
        if byte == b']' && self.place == Place::Item {
            out.push(byte);
            return self.close();
        }
        let has =
            |mark: fn(&PermissionMark) -> bool| self.node.as_ref().is_some_and(|node| node.marks.iter().any(mark));
        let (is_entry, is_flag) =
            (has(|mark| matches!(mark, PermissionMark::Entry)), has(|mark| matches!(mark, PermissionMark::Flag(_))));
        match (byte, self.node.take()) {
            (b'{', Some(node)) if !is_entry => {
                out.push(byte);
                return self.open(Frame::Object(node), Place::Key);
            }
            (b'[', Some(node)) => {
                out.push(byte);
                self.node = Some(Arc::clone(&node));
                return self.open(Frame::List(node), Place::Item);
            }
            (b'{' | b'[', node) => {
                (self.is_held, self.node, self.place) = (node.is_some(), node, Place::Inside(1, None));
            }
            (b'"', _) => self.place = Place::InString(false),
            (_, node) => (self.is_held, self.node, self.place) = (is_flag, node, Place::InWord),
        }
        self.keep(&[byte], out);
    }

    fn open(&mut self, frame: Frame, place: Place) {
        self.frames.push(frame);
        self.place = if self.frames.len() > DEPTH { Place::Over } else { place };
    }

    fn close(&mut self) {
        self.frames.pop();
        self.node = None;
        self.place = if self.frames.is_empty() { Place::Over } else { Place::After };
    }

    /// Some of a value: to the client, or held until it is whole.
    fn keep(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        if !self.is_held {
            return out.extend_from_slice(bytes);
        }
        self.held.extend_from_slice(bytes);
        if self.held.len() > LONGEST_ENTRY {
            out.append(&mut self.held);
            self.is_held = false;
        }
    }

    fn value_is_over(&mut self, out: &mut Vec<u8>) {
        self.place = Place::After;
        let node = self.node.take();
        if take(&mut self.is_held)
            && let Some(node) = node
        {
            let held = take(&mut self.held);
            let lowered = lowered(&self.rewriter.rules.permissions, &node, &held, self.role, &*self.reason);
            out.extend(lowered.unwrap_or(held));
        }
    }
}

fn escapes(byte: u8, escaped: bool) -> bool {
    byte == b'\\' && !escaped
}

fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

impl fmt::Debug for Rewriting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rewriting").field("place", &self.place).field("held", &self.held.len()).finish_non_exhaustive()
    }
}
