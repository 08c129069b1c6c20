//! Random changes to inputs, the same for the same seed.

/// A small generator of numbers that look random (`SplitMix64`).
#[derive(Debug, Clone)]
pub struct Dice(u64);

/// Pieces attacks are made of.
const PIECES: [&str; 55] = [
    "/",
    "//",
    "%2e",
    "%2F",
    "%252e",
    "%5c",
    "\\",
    ";",
    "..",
    "%00",
    "\0",
    "\u{feff}",
    "é",
    "%c3%a9",
    "%",
    "?",
    "#",
    "@",
    ":",
    "http://evil",
    "graphql",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "\"\"\"",
    "\\u0065",
    "#\n",
    ",",
    "...",
    "...F",
    "on Mutation",
    "fragment F on T",
    "@skip(if:true)",
    "mutation",
    "query",
    "subscription",
    "$v",
    ":null",
    "operationName",
    "variables",
    "\n",
    "\t",
    "-1e999",
    "=",
    "doorward-80=",
    "dws_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "__Host-doorward=",
    "Cookie: ",
    "; ",
    "_",
    "Connection: ",
];

impl Dice {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below the limit; zero when there is none.
    pub fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.roll() % limit).unwrap_or(0)
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }
}

/// Changes an input in one to four places; `others` lend parts.
pub fn mutate(input: &mut Vec<u8>, others: &[Vec<u8>], dice: &mut Dice) {
    const LONGEST: usize = 1 << 16;
    for _ in 0..=dice.below(4) {
        let at = dice.below(input.len() + 1);
        match dice.below(7) {
            0 => flip_a_bit(input, at, dice),
            1 => insert(input, at, &[u8::try_from(dice.below(256)).unwrap_or(0)]),
            2 | 3 => insert(input, at, dice.pick(&PIECES).map_or(&b""[..], |piece| piece.as_bytes())),
            4 => {
                let end = (at + dice.below(16)).min(input.len());
                input.drain(at..end);
            }
            5 => {
                let end = (at + dice.below(32)).min(input.len());
                let copy = input.get(at..end).unwrap_or_default().to_vec();
                insert(input, at, &copy);
            }
            _ => {
                let other = dice.pick(others).map_or(&b""[..], Vec::as_slice);
                let from = dice.below(other.len() + 1);
                input.truncate(at);
                input.extend_from_slice(other.get(from..).unwrap_or_default());
            }
        }
    }
    input.truncate(LONGEST);
}

fn flip_a_bit(input: &mut [u8], at: usize, dice: &mut Dice) {
    if let Some(byte) = input.get_mut(at) {
        *byte ^= 1 << dice.below(8);
    }
}

fn insert(input: &mut Vec<u8>, at: usize, piece: &[u8]) {
    input.splice(at..at, piece.iter().copied());
}
