//! Places in a JSON text (RFC 6901): `/job/name`, `/tags/0`.
//!
//! Tools find members by more spellings of a key than one: Go's reader takes capitals and small letters for equal, the JSON of protocol buffers
//! takes `job_name` and `jobName` for one. Where a member that is looked for is there in another spelling, two readers see two things.

use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization as _;

use super::{Kind, Value};

/// A place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pointer {
    text: String,
    tokens: Vec<String>,
}

/// What is at a place.
#[derive(Debug, Clone, Copy)]
pub enum At<'t> {
    /// This.
    Value(Value<'t>),
    /// Nothing.
    Nothing,
    /// Nothing, since on the way there is something that holds nothing by names, and is not `null` either.
    OffTheWay,
}

/// A key is there in another spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherSpelling(pub String);

impl Pointer {
    /// Reads it, or says what is wrong. It names something in the text, not the whole text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rest =
            text.strip_prefix('/').ok_or_else(|| format!("`{text}` is no JSON pointer: it begins with a slash"))?;
        let token = |token: &str| {
            let legal = token.split('~').skip(1).all(|after| after.starts_with(['0', '1']));
            legal.then(|| token.replace("~1", "/").replace("~0", "~"))
        };
        let tokens: Option<Vec<String>> = rest.split('/').map(token).collect();
        match tokens {
            None => Err(format!("`{text}` is no JSON pointer: `~` is written ~0, and a slash in a name ~1")),
            Some(tokens) if tokens.iter().any(|token| token.is_empty() || token == "-") => {
                Err(format!("`{text}` is no JSON pointer that could name anything"))
            }
            Some(tokens) => Ok(Self { text: text.to_owned(), tokens }),
        }
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The member of the whole that it begins with.
    pub fn root(&self) -> &str {
        self.tokens.first().map_or("", String::as_str)
    }

    /// What is there.
    pub fn find<'t>(&self, root: Value<'t>) -> Result<At<'t>, OtherSpelling> {
        let mut at = root;
        for (place, token) in self.tokens.iter().enumerate() {
            let next = match at.kind() {
                Kind::Object => member(at, token, place + 1 < self.tokens.len())?,
                Kind::Array => match index(token) {
                    Some(index) => at.children().nth(index),
                    None => return Ok(At::OffTheWay),
                },
                Kind::Null => None,
                Kind::String | Kind::Number | Kind::Bool(_) => return Ok(At::OffTheWay),
            };
            match next {
                Some(next) => at = next,
                None => return Ok(At::Nothing),
            }
        }
        Ok(At::Value(at))
    }
}

/// The member of this key, if none has a key that some reader takes for it. On the way to what is inside of it that is also a key of several
/// parts: some read `{"job.name": 1}` as `{"job": {"name": 1}}`.
fn member<'t>(object: Value<'t>, key: &str, is_on_the_way: bool) -> Result<Option<Value<'t>>, OtherSpelling> {
    let mut found = None;
    let begins = |own: &str| {
        own.find(['.', '[', '/']).and_then(|end| own.get(..end)).is_some_and(|first| bare(first) == bare(key))
    };
    for (own, value) in object.members() {
        if own == key {
            found = Some(value);
        } else if is_another_spelling(&own, key) || is_on_the_way && begins(&own) {
            return Err(OtherSpelling(own.chars().take(40).collect()));
        }
    }
    Ok(found)
}

fn index(token: &str) -> Option<usize> {
    let plain = token.bytes().all(|byte| byte.is_ascii_digit()) && (token == "0" || !token.starts_with('0'));
    plain.then(|| token.parse().ok()).flatten()
}

/// Whether some reader takes one name for the other though they differ: by capitals, by what joins words, by letters of another width, by what is
/// not seen, or because a name ends for it at the first control character.
pub fn is_another_spelling(one: &str, other: &str) -> bool {
    one != other && (one.contains(char::is_control) || bare(one) == bare(other))
}

fn bare(name: &str) -> Cow<'_, str> {
    let is_bare = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if name.bytes().all(is_bare) {
        return Cow::Borrowed(name);
    }
    let letters = name.nfkc().filter(|letter| letter.is_alphanumeric());
    Cow::Owned(letters.flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Tree;

    fn at(pointer: &str, text: &str) -> String {
        let tree = Tree::read(text.to_owned(), 8).unwrap();
        match Pointer::parse(pointer).unwrap().find(tree.root().unwrap()) {
            Ok(At::Value(value)) => value.raw().to_owned(),
            Ok(At::Nothing) => "nothing".into(),
            Ok(At::OffTheWay) => "off the way".into(),
            Err(OtherSpelling(key)) => format!("also {key}"),
        }
    }

    #[test]
    fn members_and_items_are_found_as_the_standard_says() {
        let text = r#"{"a": {"b/c": 1, "m~n": [10, {"d": 2}]}, "n": null, "0": 3, "s": "x"}"#;
        for (pointer, found) in [
            ("/a/b~1c", "1"),
            ("/a/m~0n/0", "10"),
            ("/a/m~0n/1/d", "2"),
            ("/a/m~0n/2", "nothing"),
            ("/a/m~0n/01", "off the way"),
            ("/a/m~0n/d", "off the way"),
            ("/0", "3"),
            ("/n", "null"),
            ("/n/x", "nothing"),
            ("/s/x", "off the way"),
            ("/x", "nothing"),
            ("/a/x/y", "nothing"),
        ] {
            assert_eq!(at(pointer, text), found, "{pointer}");
        }
    }

    #[test]
    fn a_key_is_the_same_however_it_is_escaped_and_another_if_somebody_takes_it_for_the_same() {
        assert_eq!(at("/op", r#"{"\u006fp": 1}"#), "1");
        for text in
            [r#"{"OP": 1}"#, r#"{"op": 1, "Op": 2}"#, r#"{"o_p": 1}"#, r#"{"o\u0050": 1}"#, r#"{"o-P": 1, "op": 2}"#]
        {
            assert!(at("/op", text).starts_with("also "), "{text}");
        }
        assert!(at("/jobName", r#"{"job_name": 1}"#).starts_with("also "));
        for key in
            ["op\\u0000", "op\\u0000x", "op\\t", "\\u0001op", "op\\u200b", "\\ufeffop", "\u{ff4f}\u{ff50}", "o.p", "OP"]
        {
            let text = format!("{{\"{key}\": 1, \"op\": 2}}");
            assert!(at("/op", &text).starts_with("also "), "{text}");
        }
        assert_eq!(at("/op", r#"{"\u00f6p": 1, "opx": 1, "op": 2}"#), "2");
        assert!(at("/task", "{\"ta\u{17f}\u{212a}\": 1}").starts_with("also "));
        assert_eq!(at("/op", r#"{"opt": 1, "x": {"OP": 1}}"#), "nothing");
        for text in [r#"{"job.name": 1}"#, r#"{"job": {"name": 2}, "Job[name]": 1}"#, r#"{"job/name": 1}"#] {
            assert!(at("/job/name", text).starts_with("also "), "{text}");
        }
        assert_eq!(at("/job", r#"{"job": 1, "job.retries": 2}"#), "1");
    }

    #[test]
    fn what_names_nothing_is_no_pointer() {
        for text in ["", "op", "/", "/a/", "/a//b", "/~", "/a~2", "/-", "#/a"] {
            assert!(Pointer::parse(text).is_err(), "{text}");
        }
    }
}
