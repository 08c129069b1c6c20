//! A JSON text with an index of its values.

use std::{borrow::Cow, collections::HashSet};

use super::scan::{Fault, Scanner, Span, says, unquoted};

/// What kind of value it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// `"…"`
    String,
    /// A number, of any size.
    Number,
    /// `true` or `false`
    Bool(bool),
    /// `null`
    Null,
}

/// One value, in as little room as it takes: a text holds very many. All places are bytes of the text.
#[derive(Debug, Clone, Copy)]
struct Node {
    start: u32,
    end: u32,
    /// Where its key is, with its quotes; empty for none.
    key_start: u32,
    key_end: u32,
    /// Index of the first node that is not inside this one.
    next: u32,
    kind: Kind,
}

/// The most values one text may hold. Every one takes room, and some readers take far more for it than we do.
pub const VALUES: usize = 200_000;

/// Texts are far shorter than 4 GB, see the limits of a profile; a longer one is refused before it is read.
const LONGEST: usize = u32::MAX as usize;

fn short(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

const fn long(place: u32) -> usize {
    place as usize
}

impl Node {
    fn new(kind: Kind, span: Span, key: Option<Span>, next: usize) -> Self {
        let key = key.unwrap_or(Span { start: 0, end: 0 });
        let (start, end, key_start, key_end) = (short(span.start), short(span.end), short(key.start), short(key.end));
        Self { start, end, key_start, key_end, next: short(next), kind }
    }

    const fn span(&self) -> Span {
        Span { start: long(self.start), end: long(self.end) }
    }

    fn key(&self) -> Option<Span> {
        (self.key_end > 0).then_some(Span { start: long(self.key_start), end: long(self.key_end) })
    }
}

/// A JSON text, checked, with all its values in the order they stand.
#[derive(Debug)]
pub struct Tree {
    text: String,
    nodes: Vec<Node>,
}

/// One value of a [`Tree`].
#[derive(Debug, Clone, Copy)]
pub struct Value<'t> {
    tree: &'t Tree,
    node: &'t Node,
    index: usize,
}

impl Tree {
    /// How much room it takes, in bytes.
    pub fn weight(&self) -> usize {
        self.text.len() + self.nodes.capacity() * size_of::<Node>()
    }

    /// Reads a text that must be one JSON value, nested at most `depth` levels and of at most [`VALUES`] values.
    pub fn read(text: String, depth: usize) -> Result<Self, Fault> {
        Self::read_up_to(text, depth, VALUES)
    }

    /// The same of at most so many values.
    pub fn read_up_to(text: String, depth: usize, values: usize) -> Result<Self, Fault> {
        if text.len() >= LONGEST {
            return Err(Fault::Values(values));
        }
        let mut reading = Reading { scanner: Scanner::new(&text, depth), nodes: Vec::new(), values };
        reading.value(None)?;
        let (rest, at, nodes) = (reading.scanner.peek(), reading.scanner.at(), reading.nodes);
        if rest.is_none() { Ok(Self { text, nodes }) } else { Err(Fault::Syntax(at)) }
    }

    /// The whole value.
    pub fn root(&self) -> Option<Value<'_>> {
        self.value(0)
    }

    /// A value by its [`Value::index`].
    pub fn value(&self, index: usize) -> Option<Value<'_>> {
        Some(Value { tree: self, node: self.nodes.get(index)?, index })
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text, on its own.
    pub fn into_text(self) -> String {
        self.text
    }
}

struct Reading<'t> {
    scanner: Scanner<'t>,
    nodes: Vec<Node>,
    /// The most there may be.
    values: usize,
}

impl Reading<'_> {
    fn value(&mut self, key: Option<Span>) -> Result<(), Fault> {
        let index = self.nodes.len();
        if index >= self.values {
            return Err(Fault::Values(self.values));
        }
        let leaf = |kind, span| Node::new(kind, span, key, index + 1);
        let node = match self.scanner.peek() {
            Some(open @ (b'{' | b'[')) => {
                let start = self.scanner.at();
                let kind = if open == b'{' { Kind::Object } else { Kind::Array };
                self.nodes.push(Node::new(kind, Span { start, end: start }, key, index));
                self.scanner.enter()?;
                if kind == Kind::Object {
                    self.members(index)?;
                } else {
                    self.items()?;
                }
                self.scanner.leave();
                let next = self.nodes.len();
                if let Some(node) = self.nodes.get_mut(index) {
                    node.end = short(self.scanner.at());
                    node.next = short(next);
                }
                return Ok(());
            }
            Some(b'"') => leaf(Kind::String, self.scanner.string()?),
            Some(b't') => leaf(Kind::Bool(true), self.scanner.word("true")?),
            Some(b'f') => leaf(Kind::Bool(false), self.scanner.word("false")?),
            Some(b'n') => leaf(Kind::Null, self.scanner.word("null")?),
            _ => leaf(Kind::Number, self.scanner.number()?),
        };
        self.nodes.push(node);
        Ok(())
    }

    fn items(&mut self) -> Result<(), Fault> {
        self.scanner.expect(b'[')?;
        if self.scanner.take(b']') {
            return Ok(());
        }
        loop {
            self.value(None)?;
            if self.scanner.take(b']') {
                return Ok(());
            }
            self.scanner.expect(b',')?;
        }
    }

    fn members(&mut self, object: usize) -> Result<(), Fault> {
        self.scanner.expect(b'{')?;
        if self.scanner.take(b'}') {
            return Ok(());
        }
        loop {
            self.scanner.peek();
            let key = self.scanner.string()?;
            self.scanner.expect(b':')?;
            self.value(Some(key))?;
            if self.scanner.take(b'}') {
                return no_key_twice(self.scanner.text(), &self.nodes, object);
            }
            self.scanner.expect(b',')?;
        }
    }
}

fn no_key_twice(text: &str, nodes: &[Node], object: usize) -> Result<(), Fault> {
    let keys = Children { nodes, index: object + 1, end: nodes.len() }
        .filter_map(|(_, node)| node.key().map(|key| unquoted(key.of(text))));
    let mut few: [Option<Cow<'_, str>>; 12] = Default::default();
    let mut many: HashSet<Cow<'_, str>> = HashSet::new();
    for (count, key) in keys.enumerate() {
        if few.iter().flatten().any(|other| *other == key) || many.contains(&key) {
            return Err(Fault::Duplicate(key.chars().take(40).collect()));
        }
        match few.get_mut(count) {
            Some(place) => *place = Some(key),
            None => drop(many.insert(key)),
        }
    }
    Ok(())
}

struct Children<'t> {
    nodes: &'t [Node],
    index: usize,
    end: usize,
}

impl<'t> Iterator for Children<'t> {
    type Item = (usize, &'t Node);

    fn next(&mut self) -> Option<Self::Item> {
        if self.index >= self.end {
            return None;
        }
        let index = self.index;
        let node = self.nodes.get(index)?;
        self.index = long(node.next);
        Some((index, node))
    }
}

impl<'t> Value<'t> {
    /// Its kind.
    pub fn kind(self) -> Kind {
        self.node.kind
    }

    /// Where it stands in the text.
    pub fn span(self) -> Span {
        self.node.span()
    }

    /// Where its key stands, with its quotes, if it is a member.
    pub fn key_span(self) -> Option<Span> {
        self.node.key()
    }

    /// Its number in the tree: a way to remember it without borrowing.
    pub fn index(self) -> usize {
        self.index
    }

    /// Its text, as it stands.
    pub fn raw(self) -> &'t str {
        self.node.span().of(&self.tree.text)
    }

    /// What it says, if it is a string.
    pub fn as_str(self) -> Option<Cow<'t, str>> {
        (self.node.kind == Kind::String).then(|| unquoted(self.raw()))
    }

    /// Its members with their keys; none unless it is an object.
    pub fn members(self) -> impl Iterator<Item = (Cow<'t, str>, Value<'t>)> {
        self.children().filter_map(move |value| {
            let key = value.node.key()?;
            Some((unquoted(key.of(&self.tree.text)), value))
        })
    }

    /// The member with this key.
    pub fn get(self, key: &str) -> Option<Value<'t>> {
        self.children().find(|value| value.node.key().is_some_and(|name| says(name.of(&self.tree.text), key)))
    }

    /// Its items, or its members without their keys.
    pub fn children(self) -> impl Iterator<Item = Value<'t>> {
        let tree = self.tree;
        Children { nodes: &tree.nodes, index: self.index + 1, end: long(self.node.next) }
            .map(move |(index, node)| Value { tree, node, index })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Tree, Fault> {
        Tree::read(text.to_owned(), 8)
    }

    #[test]
    fn a_key_twice_is_refused_at_any_level_and_in_any_spelling() {
        for text in [
            r#"{"a":1,"a":2}"#,
            r#"{"x":[{"y":{"a":1,"b":0,"a":2}}]}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"k1":0,"k2":0,"k3":0,"k4":0,"k5":0,"k6":0,"k7":0,"k8":0,"k9":0,"k10":0,"k11":0,"k12":0,"k13":0,"k14":0,"k13":1}"#,
        ] {
            assert!(matches!(read(text), Err(Fault::Duplicate(_))), "{text}");
        }
    }

    #[test]
    fn what_only_some_readers_take_for_json_is_refused() {
        for text in [
            "",
            " ",
            "NaN",
            "Infinity",
            "-Infinity",
            "{a:1}",
            "{'a':1}",
            "[1,]",
            "{\"a\":1,}",
            "01",
            "1.",
            ".5",
            "+1",
            "0x1",
            "tru",
            "\"a\nb\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\\u12\"",
            "1 2",
            "{} {}",
            "\u{feff}{}",
            "\"",
            "[",
            "{\"a\"",
            "// c\n1",
            "\"\t\"",
            r#""\"#,
            r#""\""#,
            r#""\\\""#,
            r#""a\u""#,
            r#""\u00"41""#,
            "\"\\\n\"",
        ] {
            assert!(matches!(read(text), Err(Fault::Syntax(_))), "{text:?}");
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_refused_and_a_whole_one_is_not() {
        for text in [r#""\ud800""#, r#""\udc00""#, r#""\ud800\u0041""#, r#""\ud800x""#, r#"{"\udfff":1}"#] {
            assert!(matches!(read(text), Err(Fault::Surrogate(_))), "{text}");
        }
        assert_eq!(read(r#""\ud83d\ude00""#).unwrap().root().unwrap().as_str().unwrap(), "😀");
    }

    #[test]
    fn a_string_ends_at_the_quote_that_is_not_escaped() {
        for (text, says) in [
            (r#""""#, ""),
            (r#""\"""#, "\""),
            (r#""\\""#, "\\"),
            (r#""\\\"""#, "\\\""),
            (r#""\\\\n""#, "\\\\n"),
            (r#""a\\\n\u005c\"b""#, "a\\\n\\\"b"),
        ] {
            assert_eq!(read(text).unwrap().root().unwrap().as_str().unwrap(), says, "{text}");
        }
        // Linear, whatever is before the quotes.
        let text = format!("\"{}\"", "\\\\\\\"".repeat(100_000));
        assert!(read(&text).is_ok());
    }

    #[test]
    fn nesting_is_bounded() {
        assert!(read(&("[".repeat(8) + &"]".repeat(8))).is_ok());
        assert_eq!(read(&("[".repeat(9) + &"]".repeat(9))).err(), Some(Fault::Depth));
        assert_eq!(read(&"{\"a\":".repeat(100_000)).err(), Some(Fault::Depth));
    }

    #[test]
    fn values_are_counted_and_take_little_room() {
        assert!(size_of::<Node>() <= 24);
        let list = |n: usize| format!("[{}1]", "1,".repeat(n - 2));
        assert!(read(&list(VALUES)).is_ok());
        assert_eq!(read(&list(VALUES + 1)).err(), Some(Fault::Values(VALUES)));
    }

    #[test]
    fn numbers_keep_every_digit() {
        let digits = "9".repeat(400);
        let tree = read(&format!("{{\"n\": {digits}, \"m\":-0.10e+05}}")).unwrap();
        assert_eq!(tree.root().unwrap().get("n").unwrap().raw(), digits);
        assert_eq!(tree.root().unwrap().get("m").unwrap().raw(), "-0.10e+05");
    }

    #[test]
    fn values_are_found_by_key_whatever_comes_between() {
        let tree = read(r#" { "a" : [ {"b": 1}, [2] ] , "\u0063" : "\"d\"" } "#).unwrap();
        let root = tree.root().unwrap();
        assert_eq!(root.get("a").unwrap().raw(), r#"[ {"b": 1}, [2] ]"#);
        assert_eq!(root.get("a").unwrap().children().count(), 2);
        assert_eq!(root.get("c").unwrap().as_str().unwrap(), "\"d\"");
        assert!(root.get("b").is_none());
    }
}
