//! The parameters of a URL query.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::Misread;

/// Decoded parameters; no name twice.
#[derive(Debug, Default)]
pub struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Decodes a raw query as HTML forms are decoded (WHATWG URL, section 5.1), but refuses what is not UTF-8 and names given twice.
    pub fn parse(query: Option<&str>) -> Result<Self, Misread> {
        let mut found = BTreeMap::new();
        for part in query.unwrap_or_default().split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (name, value) = (decoded(name)?, decoded(value)?);
            if found.contains_key(&name) {
                let shown: String = name.chars().take(40).collect();
                return Err(Misread::new("duplicate_key", format!("The URL has “{shown}” twice.")));
            }
            found.insert(name, value);
        }
        Ok(Self(found))
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

fn decoded(text: &str) -> Result<String, Misread> {
    let spaced = if text.contains('+') { Cow::Owned(text.replace('+', " ")) } else { Cow::Borrowed(text) };
    percent_encoding::percent_decode_str(&spaced)
        .decode_utf8()
        .map(Cow::into_owned)
        .map_err(|_| Misread::new("not_utf8", "The URL is not UTF-8."))
}
