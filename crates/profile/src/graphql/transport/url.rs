//! The parameters of a URL query.

use std::collections::HashMap;

use crate::Misread;

/// Decoded parameters; no name twice.
#[derive(Debug, Default)]
pub struct Parameters(HashMap<String, String>);

impl Parameters {
    /// Decodes a raw query as HTML forms are decoded (WHATWG URL, section 5.1), but refuses what is not UTF-8 and names given twice.
    pub fn parse(query: Option<&str>) -> Result<Self, Misread> {
        let mut found = HashMap::new();
        for part in query.unwrap_or_default().split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (name, value) = (decoded(name)?, decoded(value)?);
            let shown: String = name.chars().take(40).collect();
            if found.insert(name, value).is_some() {
                return Err(Misread::new("duplicate_key", format!("The URL has “{shown}” twice.")));
            }
        }
        Ok(Self(found))
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

fn decoded(text: &str) -> Result<String, Misread> {
    let spaced = text.replace('+', " ");
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(&spaced).collect();
    String::from_utf8(bytes).map_err(|_| Misread::new("not_utf8", "The URL is not UTF-8."))
}
