//! The parameters of a URL query.

use std::borrow::Cow;

use crate::Misread;

/// Decoded parameters, by name; no name twice.
#[derive(Debug, Default)]
pub struct Parameters<'q>(Vec<(Cow<'q, str>, Cow<'q, str>)>);

impl<'q> Parameters<'q> {
    /// Decodes a raw query as HTML forms are decoded (WHATWG URL, section 5.1), but refuses what is not UTF-8 and names given twice.
    pub fn parse(query: Option<&'q str>) -> Result<Self, Misread> {
        let parts = query.unwrap_or_default().split('&').filter(|part| !part.is_empty());
        let read = |part: &'q str| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            Ok((decoded(name)?, decoded(value)?))
        };
        let mut found = parts.map(read).collect::<Result<Vec<_>, Misread>>()?;
        found.sort_unstable();
        if let Some([(name, _), _]) = found.array_windows().find(|[(one, _), (next, _)]| one == next) {
            let shown: String = name.chars().take(40).collect();
            return Err(Misread::new("duplicate_key", format!("The URL has “{shown}” twice.")));
        }
        Ok(Self(found))
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        let at = self.0.binary_search_by(|(other, _)| (**other).cmp(name)).ok()?;
        self.0.get(at).map(|(_, value)| &**value)
    }
}

fn decoded(text: &str) -> Result<Cow<'_, str>, Misread> {
    if !text.bytes().any(|byte| matches!(byte, b'+' | b'%')) {
        return Ok(Cow::Borrowed(text));
    }
    let spaced = text.replace('+', " ");
    let decoded = percent_encoding::percent_decode_str(&spaced).decode_utf8().map(Cow::into_owned);
    decoded.map(Cow::Owned).map_err(|_| Misread::new("not_utf8", "The URL is not UTF-8."))
}
