//! The attributes of a tag, up to its `>` (HTML standard, sections 13.2.5.32 to 13.2.5.40). Kept are only those in which a `<meta>`
//! gives the page a policy.

/// The longest policy that is read.
const LONGEST: usize = 16 * 1024;
const NAMES: [&[u8]; 2] = [b"http-equiv", b"content"];

/// A policy that a page gives itself.
#[derive(Debug)]
pub(in crate::menu) enum PagePolicy {
    /// As it is written.
    Text(String),
    /// Something that we do not read.
    Unreadable,
}

/// What a byte amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read {
    /// The tag goes on.
    More,
    /// It was the tag's `>`.
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Between,
    Name,
    AfterName,
    BeforeValue,
    Quoted(u8),
    Unquoted,
}

#[derive(Debug)]
pub(super) struct Attributes {
    state: State,
    is_kept: bool,
    name: Vec<u8>,
    value: Vec<u8>,
    is_too_long: bool,
    /// The values of [`NAMES`]; the first of a name counts.
    found: [Option<Vec<u8>>; 2],
}

impl Attributes {
    /// After the name of a tag; whether it is one whose attributes matter.
    pub(super) const fn new(is_kept: bool) -> Self {
        Self {
            state: State::Between,
            is_kept,
            name: Vec::new(),
            value: Vec::new(),
            is_too_long: false,
            found: [None, None],
        }
    }

    /// Takes the next byte.
    pub(super) fn step(&mut self, byte: u8) -> Read {
        let is_space = byte.is_ascii_whitespace();
        match (self.state, byte) {
            (State::Quoted(quote), byte) if byte == quote => self.finish(),
            (State::Quoted(_), byte) => self.push(byte),
            (State::BeforeValue, _) if is_space => {}
            (_, b'>') => {
                self.finish();
                return Read::Done;
            }
            (State::BeforeValue, b'"' | b'\'') => self.state = State::Quoted(byte),
            (State::BeforeValue | State::Unquoted, _) if !is_space => {
                self.state = State::Unquoted;
                self.push(byte);
            }
            (State::Name | State::AfterName, b'=') => self.state = State::BeforeValue,
            (State::Name, _) if is_space => self.state = State::AfterName,
            (State::AfterName | State::Between, _) if is_space => {}
            (State::Unquoted, _) | (_, b'/') => self.finish(),
            (State::Name, byte) => self.push(byte.to_ascii_lowercase()),
            (_, byte) => {
                self.finish();
                self.state = State::Name;
                self.push(byte.to_ascii_lowercase());
            }
        }
        Read::More
    }

    fn push(&mut self, byte: u8) {
        if !self.is_kept {
            return;
        }
        let to = if self.state == State::Name { &mut self.name } else { &mut self.value };
        if to.len() < LONGEST {
            to.push(byte);
        } else {
            self.is_too_long = true;
        }
    }

    fn finish(&mut self) {
        self.state = State::Between;
        let (name, value) = (std::mem::take(&mut self.name), std::mem::take(&mut self.value));
        for (wanted, found) in NAMES.iter().zip(&mut self.found) {
            if name == **wanted && found.is_none() {
                *found = Some(value);
                return;
            }
        }
    }

    /// The policy, if it is one.
    pub(super) fn policy(self) -> Option<PagePolicy> {
        let [kind, content] = self.found;
        if !kind?.trim_ascii().eq_ignore_ascii_case(b"content-security-policy") {
            return None;
        }
        // With character references it might say anything.
        let text = content.and_then(|content| String::from_utf8(content).ok()).filter(|text| !text.contains('&'));
        Some(text.filter(|_| !self.is_too_long).map_or(PagePolicy::Unreadable, PagePolicy::Text))
    }
}
