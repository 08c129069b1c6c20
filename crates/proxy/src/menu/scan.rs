//! Reading the beginning of an HTML document, byte by byte, as far as its head goes: for the place where our script may stand, and
//! for the policies that the page gives itself in `<meta>`.
//!
//! The place is before the end of the head, wherever that end is (its tag, the body's, or the first thing that cannot be in a head):
//! by then every policy that counts has been read. The states are those of the HTML standard (section 13.2.5) that can occur in a
//! head. What they do not cover is not guessed: then the place is the end of the document.

mod attributes;
mod comment;

pub(super) use attributes::PagePolicy;
use attributes::{Attributes, Read};
use comment::Comment;

/// What a byte amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing yet.
    On,
    /// The place is before the last so many bytes, this one included.
    Before(usize),
    /// There is no place but the end.
    AtEnd,
    /// There is none at all: these are not the bytes of an ASCII-like encoding.
    Never,
}

#[derive(Debug)]
enum State {
    /// Between things; the number counts the bytes of a byte order mark.
    Between(u8),
    /// After `<`.
    Open,
    /// After `</`.
    OpenEnd,
    /// In the name of a tag.
    Name(Tag),
    /// After the name of a tag.
    Attributes(Tag, Attributes),
    /// After `<!`; whether a dash has come.
    Declaration(bool),
    /// In something that ends with the next `>`.
    Bogus,
    /// In a comment.
    Comment(Comment),
    /// In an element without markup in it: its end tag, and how much of that has come; for a script, how much of `<!--`.
    Raw(&'static str, usize, usize),
}

/// A tag whose name is being read or known.
#[derive(Debug, Clone, Default)]
struct Tag {
    name: Vec<u8>,
    is_end: bool,
}

/// The elements of a head whose content has no markup, by their end tags. (`noscript` too, where scripts run.)
const RAW: [&str; 5] = ["</title", "</style", "</script", "</noscript", "</noframes"];
/// The other elements that may stand in a head, or around it.
const EMPTY: [&[u8]; 7] = [b"html", b"head", b"meta", b"link", b"base", b"basefont", b"bgsound"];
/// Longer names are none that we look for.
const LONGEST_NAME: usize = 12;
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// The reading of one document.
#[derive(Debug)]
pub(super) struct Scan {
    state: State,
    is_first: bool,
    /// How many bytes the tag being named has so far.
    undecided: usize,
    /// The policies found.
    pub(super) policies: Vec<PagePolicy>,
}

impl Scan {
    pub(super) const fn new() -> Self {
        Self { state: State::Between(0), is_first: true, undecided: 0, policies: Vec::new() }
    }

    /// How many of the last bytes may still turn out to stand behind the place.
    pub(super) fn undecided(&self) -> usize {
        self.undecided
    }

    /// Whether not a byte has come.
    pub(super) fn is_untouched(&self) -> bool {
        self.is_first
    }

    /// Whether a tag that came now would be one.
    pub(super) fn is_between_tags(&self) -> bool {
        matches!(self.state, State::Between(_))
    }

    /// Takes the next byte.
    pub(super) fn step(&mut self, byte: u8) -> Step {
        let is_first = std::mem::replace(&mut self.is_first, false);
        if is_first && matches!(byte, 0xfe | 0xff) || byte == 0 {
            return Step::Never;
        }
        if self.undecided > 0 {
            self.undecided += 1;
        }
        match std::mem::replace(&mut self.state, State::Bogus) {
            State::Between(marked) => self.between(byte, marked, is_first),
            State::Open => self.open(byte),
            State::OpenEnd => match byte {
                b'>' => self.go(State::Between(9)),
                byte if byte.is_ascii_alphabetic() => self.name(Tag { name: Vec::new(), is_end: true }, byte),
                _ => self.go(State::Bogus),
            },
            State::Name(tag) => self.name(tag, byte),
            State::Attributes(tag, mut attributes) => match attributes.step(byte) {
                Read::More => self.go(State::Attributes(tag, attributes)),
                Read::Done => self.close(&tag, attributes),
            },
            State::Declaration(dashed) => match byte {
                b'-' if dashed => self.go(State::Comment(Comment::new())),
                b'-' => self.go(State::Declaration(true)),
                b'>' => self.go(State::Between(9)),
                _ => self.go(State::Bogus),
            },
            State::Bogus => self.go(if byte == b'>' { State::Between(9) } else { State::Bogus }),
            State::Comment(mut comment) => {
                let is_over = comment.ends_with(byte);
                self.go(if is_over { State::Between(9) } else { State::Comment(comment) })
            }
            State::Raw(end, matched, dashed) => self.raw(byte, end, matched, dashed),
        }
    }

    /// The tag that was being named, if any, stands before the place: go on.
    fn go(&mut self, state: State) -> Step {
        self.undecided = 0;
        self.state = state;
        Step::On
    }

    fn between(&mut self, byte: u8, marked: u8, is_first: bool) -> Step {
        let expected = BYTE_ORDER_MARK.get(usize::from(marked)).copied();
        match byte {
            b'<' => {
                self.undecided = 1;
                self.state = State::Open;
                Step::On
            }
            byte if byte.is_ascii_whitespace() => self.go(State::Between(9)),
            byte if expected == Some(byte) && (is_first || marked > 0) => self.go(State::Between(marked + 1)),
            // Text: the head is over.
            _ => Step::Before(1),
        }
    }

    fn open(&mut self, byte: u8) -> Step {
        match byte {
            b'!' => self.go(State::Declaration(false)),
            b'?' => self.go(State::Bogus),
            b'/' => {
                self.state = State::OpenEnd;
                Step::On
            }
            byte if byte.is_ascii_alphabetic() => self.name(Tag::default(), byte),
            // A mere sign is text.
            _ => Step::Before(self.undecided),
        }
    }

    fn name(&mut self, mut tag: Tag, byte: u8) -> Step {
        if !matches!(byte, b'>' | b'/') && !byte.is_ascii_whitespace() {
            match (tag.name.len() == LONGEST_NAME, tag.is_end) {
                (false, _) => tag.name.push(byte.to_ascii_lowercase()),
                (true, false) => return Step::Before(self.undecided),
                // An end tag that ends nothing here: what has come of it need not wait for the rest.
                (true, true) => self.undecided = 0,
            }
            self.state = State::Name(tag);
            return Step::On;
        }
        let name = tag.name.as_slice();
        let is_over = match (tag.is_end, name) {
            (true, b"head" | b"body" | b"html" | b"br") => true,
            (true, _) => false,
            // What is in it would have to be read in yet another way.
            (false, b"template") => return Step::AtEnd,
            (false, name) => !EMPTY.contains(&name) && end_of(name).is_none(),
        };
        if is_over {
            return Step::Before(self.undecided);
        }
        let mut attributes = Attributes::new(!tag.is_end && name == b"meta");
        match attributes.step(byte) {
            Read::More => self.go(State::Attributes(tag, attributes)),
            Read::Done => self.close(&tag, attributes),
        }
    }

    /// After the `>` of a tag.
    fn close(&mut self, tag: &Tag, attributes: Attributes) -> Step {
        self.policies.extend(attributes.policy());
        match end_of(&tag.name).filter(|_| !tag.is_end) {
            Some(end) => self.go(State::Raw(end, 0, 0)),
            None => self.go(State::Between(9)),
        }
    }

    fn raw(&mut self, byte: u8, end: &'static str, matched: usize, dashed: usize) -> Step {
        if matched == end.len() && (byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>')) {
            let mut attributes = Attributes::new(false);
            let tag = Tag { name: Vec::new(), is_end: true };
            return match attributes.step(byte) {
                Read::More => self.go(State::Attributes(tag, attributes)),
                Read::Done => self.go(State::Between(9)),
            };
        }
        let dashed = advanced("<!--", dashed, byte);
        if dashed == 4 && end == "</script" {
            // In a script, `<!--` may hide the end tag (the "double escaped" states).
            return Step::AtEnd;
        }
        self.go(State::Raw(end, advanced(end, matched, byte), dashed % 4))
    }
}

/// How much of `pattern` (that begins with its only `<`) has come, after one more byte.
fn advanced(pattern: &str, matched: usize, byte: u8) -> usize {
    match pattern.as_bytes().get(matched) {
        Some(wanted) if byte.eq_ignore_ascii_case(wanted) => matched + 1,
        _ => usize::from(byte == b'<'),
    }
}

fn end_of(name: &[u8]) -> Option<&'static str> {
    RAW.into_iter().find(|end| end.as_bytes().get(2..) == Some(name))
}
