//! Whether a text is what a pattern describes, in time that grows with their lengths and with nothing else.
//!
//! Whoever makes an API key writes its pattern, and whoever sends a request the names it is held against. So nothing is tried twice: each
//! place in the pattern that the text so far can have led to is one bit, and a byte of the text moves all of them at once
//! (Baeza-Yates and Gonnet, "A new approach to text searching", Communications of the ACM 35(10), 1992). Nor is a pattern taken apart more
//! than once: what is held by it is asked about one name after another.

use super::Pattern;

/// What comes before the first wildcard, if there is one.
pub(super) fn beginning(pattern: &str) -> &str {
    pattern.split_once('*').map_or(pattern, |(beginning, _)| beginning)
}

/// What a pattern describes, taken apart. `*` is any run of characters but `/`, `**` any run. Of the pattern itself it keeps what is rare: one
/// that has a single wildcard at its end, as most do, needs nothing but that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Described {
    /// Itself.
    Itself,
    /// What begins so and has no further segment.
    Segment,
    /// What begins so.
    All,
    /// What the wildcards in between allow.
    Tokens(Box<Tokens>),
}

impl Described {
    pub(super) fn by(pattern: &str) -> Self {
        match pattern.as_bytes().split_at_checked(beginning(pattern).len()) {
            None | Some((_, b"")) => Self::Itself,
            Some((_, b"*")) => Self::Segment,
            Some((_, b"**")) => Self::All,
            Some((_, rest)) => Self::Tokens(Box::new(Tokens::of(rest))),
        }
    }

    /// Whether it describes the whole text: of `pattern`, the one it was made of.
    pub(super) fn has(&self, pattern: &str, text: &str) -> bool {
        let Some(rest) = text.strip_prefix(beginning(pattern)) else { return false };
        match self {
            Self::Itself => rest.is_empty(),
            Self::Segment => !rest.contains('/'),
            Self::All => true,
            Self::Tokens(tokens) => rest.ends_with(behind_last_wildcard(pattern)) && tokens.describe(rest.as_bytes()),
        }
    }
}

fn behind_last_wildcard(pattern: &str) -> &str {
    pattern.rsplit_once('*').map_or("", |(_, end)| end)
}

/// A set of places in a pattern: before each of its tokens, and behind the last. It has as many words as those take.
type Places = [u64];

/// Room for the places of any pattern.
type Room = [u64; Pattern::LONGEST / 64 + 1];

/// A pattern from its first wildcard on: bytes that mean themselves and wildcards, no two of which are neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tokens {
    count: usize,
    /// The bytes that mean themselves, in order, each once.
    bytes: Box<[u8]>,
    /// One set after another: of the wildcards, of those that a `/` does not end, and of where each of `bytes` stands.
    sets: Box<Places>,
}

const WILDCARDS: usize = 0;
const ACROSS: usize = 1;
const OF_BYTES: usize = 2;

impl Tokens {
    fn of(pattern: &[u8]) -> Self {
        let mut bytes: Vec<u8> = pattern.iter().copied().filter(|byte| *byte != b'*').collect();
        bytes.sort_unstable();
        bytes.dedup();
        let doubles = pattern.windows(2).filter(|pair| pair == b"**").count();
        let count = pattern.len().saturating_sub(doubles);
        let sets = vec![0; (OF_BYTES + bytes.len()) * words(count)];
        let mut tokens = Self { count, bytes: bytes.into(), sets: sets.into() };
        let mut rest = pattern.iter().copied().peekable();
        for place in 0..count {
            match rest.next() {
                Some(b'*') => {
                    tokens.add(WILDCARDS, place);
                    if rest.next_if_eq(&b'*').is_some() {
                        tokens.add(ACROSS, place);
                    }
                }
                Some(byte) => tokens.bytes.binary_search(&byte).map_or((), |own| tokens.add(OF_BYTES + own, place)),
                None => {}
            }
        }
        tokens
    }

    fn add(&mut self, set: usize, place: usize) {
        if let Some(word) = self.sets.get_mut(set * words(self.count) + place / 64) {
            *word |= 1 << (place % 64);
        }
    }

    fn set(&self, set: usize) -> &Places {
        let words = words(self.count);
        self.sets.get(set * words..(set + 1) * words).unwrap_or_default()
    }

    /// In bytes, beside its own size.
    #[cfg(test)]
    pub(super) fn taken(&self) -> usize {
        size_of_val(&*self.bytes) + size_of_val(&*self.sets)
    }

    fn describe(&self, text: &[u8]) -> bool {
        match (self.set(WILDCARDS), self.set(ACROSS)) {
            ([wildcards], [across]) => self.describe_in_word(*wildcards, *across, text),
            _ => self.describe_at_length(text),
        }
    }

    /// The same where all places are in one word, as they are of most patterns.
    fn describe_in_word(&self, wildcards: u64, across: u64, text: &[u8]) -> bool {
        let pass_wildcards = |reached: u64| reached | ((reached & wildcards) << 1);
        let of_bytes = self.sets.get(OF_BYTES..).unwrap_or_default();
        let mut reached = pass_wildcards(1);
        for byte in text {
            let own = self.bytes.iter().zip(of_bytes).find(|(own, _)| *own == byte).map_or(0, |(_, places)| *places);
            let staying = if *byte == b'/' { across } else { wildcards };
            reached = pass_wildcards((reached & staying) | ((reached & own) << 1));
            if reached == 0 {
                return false;
            }
        }
        reached & (1 << self.count) != 0
    }

    fn describe_at_length(&self, text: &[u8]) -> bool {
        let mut room: Room = Default::default();
        let Some(reached) = room.get_mut(..words(self.count)) else { return false };
        // Before the first token.
        reached.first_mut().into_iter().for_each(|word| *word = 1);
        self.pass_wildcards(reached);
        for byte in text {
            self.read(*byte, reached);
            if reached.iter().all(|word| *word == 0) {
                return false;
            }
        }
        reached.get(self.count / 64).is_some_and(|word| word & (1 << (self.count % 64)) != 0)
    }

    /// Where one comes from there by this byte: behind the byte itself, and a wildcard takes it and stays.
    fn read(&self, byte: u8, reached: &mut Places) {
        let staying = self.set(if byte == b'/' { ACROSS } else { WILDCARDS });
        if let Ok(own) = self.bytes.binary_search(&byte) {
            let mut carried = 0;
            for ((word, own), staying) in reached.iter_mut().zip(self.set(OF_BYTES + own)).zip(staying) {
                let moved = *word & own;
                *word = (*word & staying) | (moved << 1) | carried;
                carried = moved >> 63;
            }
        } else {
            reached.iter_mut().zip(staying).for_each(|(word, staying)| *word &= staying);
        }
        self.pass_wildcards(reached);
    }

    /// A wildcard may stand for nothing.
    fn pass_wildcards(&self, reached: &mut Places) {
        let mut carried = 0;
        for (word, wildcards) in reached.iter_mut().zip(self.set(WILDCARDS)) {
            *word |= carried;
            let passed = *word & wildcards;
            *word |= passed << 1;
            carried = passed >> 63;
        }
    }
}

/// That the places of a pattern of so many tokens take.
const fn words(tokens: usize) -> usize {
    tokens / 64 + 1
}
