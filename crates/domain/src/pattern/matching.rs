//! Whether a text is what a pattern describes, in time that grows with their lengths and with nothing else.
//!
//! Whoever makes an API key writes its pattern, and whoever sends a request the names it is held against. So nothing is tried twice: each
//! place in the pattern that the text so far can have led to is one bit, and a byte of the text moves all of them at once
//! (Baeza-Yates and Gonnet, "A new approach to text searching", Communications of the ACM 35(10), 1992).

use super::Pattern;

/// Whether the pattern describes the whole text. `*` is any run of characters but `/`, `**` any run.
pub(super) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let literal = pattern.iter().take_while(|byte| **byte != b'*').count();
    let (beginning, rest) = pattern.split_at(literal);
    match (text.strip_prefix(beginning), rest) {
        (None, _) => false,
        (Some(text), b"") => text.is_empty(),
        (Some(text), b"*") => !text.contains(&b'/'),
        (Some(_), b"**") => true,
        (Some(text), rest) => text.ends_with(behind_last_wildcard(rest)) && Tokens::of(rest).describe(text),
    }
}

fn behind_last_wildcard(pattern: &[u8]) -> &[u8] {
    pattern.rsplit(|byte| *byte == b'*').next().unwrap_or_default()
}

/// A set of places in a pattern: before each of its tokens, and behind the last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Places([u64; Pattern::LONGEST / 64 + 1]);

impl Places {
    fn add(&mut self, place: usize) {
        if let Some(word) = self.0.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
    }

    fn has(&self, place: usize) -> bool {
        self.0.get(place / 64).is_some_and(|word| word & (1 << (place % 64)) != 0)
    }
}

/// A pattern taken apart: bytes that mean themselves and wildcards, no two of which are neighbours.
#[derive(Debug)]
struct Tokens {
    count: usize,
    wildcards: Places,
    /// Those wildcards that a `/` does not end.
    across: Places,
    /// For each byte where its places are in `places`.
    kinds: [u8; 256],
    /// Where each kind of byte stands; the first is of the bytes that stand nowhere.
    places: Vec<Places>,
}

impl Tokens {
    fn of(pattern: &[u8]) -> Self {
        let mut tokens = Self {
            count: 0,
            wildcards: Places::default(),
            across: Places::default(),
            kinds: [0; 256],
            places: vec![Places::default()],
        };
        let mut bytes = pattern.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            let place = tokens.count;
            tokens.count += 1;
            if byte != b'*' {
                tokens.add(byte, place);
                continue;
            }
            tokens.wildcards.add(place);
            if bytes.next_if_eq(&b'*').is_some() {
                tokens.across.add(place);
            }
        }
        tokens
    }

    fn add(&mut self, byte: u8, place: usize) {
        let Some(kind) = self.kinds.get_mut(usize::from(byte)) else { return };
        if *kind == 0 {
            // At most 255 kinds are not a star.
            *kind = u8::try_from(self.places.len()).unwrap_or_default();
            self.places.push(Places::default());
        }
        if let Some(places) = self.places.get_mut(usize::from(*kind)) {
            places.add(place);
        }
    }

    fn describe(&self, text: &[u8]) -> bool {
        let mut reached = Places::default();
        reached.add(0);
        self.pass_wildcards(&mut reached);
        for byte in text {
            self.read(*byte, &mut reached);
            if reached == Places::default() {
                return false;
            }
        }
        reached.has(self.count)
    }

    /// Where one comes from there by this byte: behind the byte itself, and a wildcard takes it and stays.
    fn read(&self, byte: u8, reached: &mut Places) {
        let staying = if byte == b'/' { &self.across } else { &self.wildcards };
        let kind = self.kinds.get(usize::from(byte)).copied().unwrap_or_default();
        let Some(own) = self.places.get(usize::from(kind)) else { return };
        let mut carried = 0;
        for ((word, own), staying) in reached.0.iter_mut().zip(&own.0).zip(&staying.0).take(self.words()) {
            let moved = *word & own;
            *word = (*word & staying) | (moved << 1) | carried;
            carried = moved >> 63;
        }
        self.pass_wildcards(reached);
    }

    /// A wildcard may stand for nothing.
    fn pass_wildcards(&self, reached: &mut Places) {
        let mut carried = 0;
        for (word, wildcards) in reached.0.iter_mut().zip(&self.wildcards.0).take(self.words()) {
            *word |= carried;
            let passed = *word & wildcards;
            *word |= passed << 1;
            carried = passed >> 63;
        }
    }

    /// Of the sets, those that can hold anything.
    const fn words(&self) -> usize {
        self.count / 64 + 1
    }
}
