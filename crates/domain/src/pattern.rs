//! Patterns over resources: how a grant names the things it reaches.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

use crate::Resource;
use crate::text::steers;

mod matching;

use matching::Described;

/// `kind:name`, where in the name `*` stands for any run of characters but `/`, and `**` for any run of characters: `location:etl`,
/// `job:nightly_*`, `asset:raw/**`.
///
/// Capitals count. The kind is written out: a pattern never reaches things of another kind, only things that are also called by a name of
/// its kind (a job is in a location).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(Box<str>);

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPattern {
    /// No kind, or one with other characters.
    #[error("a resource is written `kind:name`, such as `location:etl`; the kind is small letters, digits and `_`")]
    Kind,
    /// No name, or one with characters that are not seen.
    #[error("the name after `kind:` is empty or holds control characters, or marks of the direction of writing")]
    Name,
    /// Longer than [`Pattern::LONGEST`].
    #[error("a pattern has at most {} bytes", Pattern::LONGEST)]
    TooLong,
    /// Three stars say nothing that two do not.
    #[error("`***` is no wildcard: `*` stays inside a segment, `**` goes across")]
    Stars,
}

impl Pattern {
    /// In bytes.
    pub const LONGEST: usize = 512;

    /// The whole, as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What kind of thing it reaches.
    pub fn kind(&self) -> &str {
        self.0.split_once(':').map_or("", |(kind, _)| kind)
    }

    /// What comes before the first wildcard, kind included; the whole of a pattern without one.
    pub fn beginning(&self) -> &str {
        matching::beginning(&self.0)
    }

    /// Whether it names one thing only.
    pub fn is_exact(&self) -> bool {
        !self.0.contains('*')
    }

    /// Whether it reaches this thing. For many things make a [`Matcher`] once.
    pub fn matches(&self, resource: &Resource) -> bool {
        Described::by(&self.0).has(&self.0, resource.as_str())
    }
}

/// A pattern made ready to be held against many things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Matcher {
    pattern: Pattern,
    described: Described,
}

impl Matcher {
    pub(crate) fn new(pattern: &Pattern) -> Self {
        Self { pattern: pattern.clone(), described: Described::by(&pattern.0) }
    }

    pub(crate) fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// Whether the pattern reaches this thing.
    pub(crate) fn matches(&self, resource: &Resource) -> bool {
        self.described.has(&self.pattern.0, resource.as_str())
    }
}

impl FromStr for Pattern {
    type Err = InvalidPattern;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, name) = text.split_once(':').ok_or(InvalidPattern::Kind)?;
        let is_of_kind = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if kind.is_empty() || !kind.bytes().all(is_of_kind) {
            return Err(InvalidPattern::Kind);
        }
        if name.is_empty() || name.chars().any(is_unseen) {
            return Err(InvalidPattern::Name);
        }
        if text.len() > Self::LONGEST {
            return Err(InvalidPattern::TooLong);
        }
        if name.contains("***") {
            return Err(InvalidPattern::Stars);
        }
        Ok(Self(text.into()))
    }
}

/// Whether two patterns that differ in it look alike. Names of things need no marks of direction.
fn is_unseen(c: char) -> bool {
    steers(c) || matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}')
}

impl TryFrom<String> for Pattern {
    type Error = InvalidPattern;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.0.into()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reaches(pattern: &str, name: &str) -> bool {
        let (kind, name) = name.split_once(':').unwrap();
        pattern.parse::<Pattern>().unwrap().matches(&Resource::new(kind, name))
    }

    #[test]
    fn a_star_stays_inside_a_segment_and_two_go_across() {
        for (pattern, reached, beyond) in [
            ("location:etl", "location:etl", "location:etl2"),
            ("job:nightly_*", "job:nightly_", "job:daily_x"),
            ("asset:raw/*", "asset:raw/orders", "asset:raw/eu/orders"),
            ("asset:raw/**", "asset:raw/eu/orders", "asset:cooked/raw/orders"),
            ("asset:*/orders", "asset:raw/orders", "asset:raw/eu/orders"),
            ("asset:**/orders", "asset:raw/eu/orders", "asset:orders"),
            ("asset:**/eu/*_x", "asset:a/b/eu/c_x", "asset:a/eu/c/d_x"),
            ("asset:*", "asset:orders", "job:orders"),
            ("asset:**", "asset:raw/orders", "assets:raw/orders"),
            ("asset:a*b**c*d", "asset:aXb/Y/cZd", "asset:aX/b/cd"),
        ] {
            assert!(reaches(pattern, reached), "{pattern} reaches {reached}");
            assert!(!reaches(pattern, beyond), "{pattern} does not reach {beyond}");
        }
        assert!(!reaches("job:Nightly", "job:nightly"), "capitals count");
    }

    #[test]
    fn what_is_no_pattern_says_why() {
        for (text, why) in [
            ("etl", InvalidPattern::Kind),
            ("*:etl", InvalidPattern::Kind),
            ("Location:etl", InvalidPattern::Kind),
            ("location:", InvalidPattern::Name),
            ("location:e\ntl", InvalidPattern::Name),
            ("location:e\u{202e}tl", InvalidPattern::Name),
            ("location:etl\u{2069}", InvalidPattern::Name),
            ("location:\u{200f}etl", InvalidPattern::Name),
            ("asset:***", InvalidPattern::Stars),
        ] {
            assert_eq!(text.parse::<Pattern>(), Err(why), "{text}");
        }
        assert_eq!(format!("asset:{}", "a".repeat(Pattern::LONGEST)).parse::<Pattern>(), Err(InvalidPattern::TooLong));
    }

    /// The definition, without regard to cost.
    fn by_definition(pattern: &[u8], text: &[u8]) -> bool {
        match pattern {
            [] => text.is_empty(),
            [b'*', b'*', rest @ ..] => (0..=text.len()).any(|taken| by_definition(rest, &text[taken..])),
            [b'*', rest @ ..] => (0..=text.len())
                .take_while(|taken| !text[..*taken].contains(&b'/'))
                .any(|taken| by_definition(rest, &text[taken..])),
            [wanted, rest @ ..] => text.first() == Some(wanted) && by_definition(rest, &text[1..]),
        }
    }

    proptest::proptest! {
        #[test]
        fn it_matches_what_the_definition_says(pattern in "k:[ab/*]{0,7}", text in "k:[ab/]{0,7}") {
            proptest::prop_assume!(!pattern.contains("***"));
            let expected = by_definition(pattern.as_bytes(), text.as_bytes());
            proptest::prop_assert_eq!(Described::by(&pattern).has(&pattern, &text), expected);
        }
    }

    /// Most patterns that grants are given on, and what they take in memory: 50,000 grants hold one each.
    #[test]
    fn what_is_made_of_a_pattern_is_small() {
        assert!(size_of::<Described>() <= 16);
        for pattern in ["job:nightly", "job:*", "job:nightly_*", "asset:raw/**"] {
            assert!(!matches!(Described::by(pattern), Described::Tokens(_)), "{pattern} takes nothing more");
        }
        let Described::Tokens(tokens) = Described::by("asset:*z1**y*") else { panic!() };
        assert!(size_of_val(&*tokens) + tokens.taken() <= 100, "{}", tokens.taken());
    }

    /// Lengths at which the places of a pattern fill one word of bits, and begin another.
    #[test]
    fn a_pattern_of_any_length_reaches_what_it_describes() {
        for length in 1..=Pattern::LONGEST - 6 {
            let (plain, pattern) = ("a".repeat(length), format!("k:*{}**b", "a".repeat(length)));
            assert!(reaches(&pattern, &format!("k:{plain}b")), "{length}");
            assert!(reaches(&pattern, &format!("k:xx{plain}/xb")), "{length}");
            assert!(!reaches(&pattern, &format!("k:{plain}")), "{length}");
            assert!(!reaches(&pattern, &format!("k:x/{plain}b")), "{length}");
        }
    }

    /// One request names thousands of things. Where places are tried one after the other, a single one of these takes half a second even
    /// in a release build.
    #[test]
    fn a_long_name_under_a_nasty_pattern_is_soon_read() {
        let name = |text: &str| Resource::new("k", &text.repeat(1000 / text.len()));
        let nasty = [
            (format!("k:**a*{}b", "a".repeat(490)), name("a")),
            (format!("k:*{}b", "a".repeat(490)), name("a")),
            (format!("k:**a*{}b", "a".repeat(250)), name("a")),
            (format!("k:{}b", "**a*c".repeat(80)), name("a/")),
            (format!("k:{}b", "a*".repeat(250)), name("a")),
        ];
        let began = std::time::Instant::now();
        for (pattern, name) in &nasty {
            let pattern: Pattern = pattern.parse().unwrap();
            assert!((0..20).all(|_| !pattern.matches(name)), "{pattern}");
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(5), "{:?}", began.elapsed());
    }
}
