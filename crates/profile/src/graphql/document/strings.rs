//! What a GraphQL string literal says (spec October 2021, section 2.9.4).

/// The value of a string or block string token, with its quotes. `None` for what graphql-core would not take: the parser lets
/// a line end pass right after the opening quote, and braced escapes of any length.
pub fn value_of(token: &str) -> Option<String> {
    if let Some(block) = token.strip_prefix("\"\"\"") {
        return block.strip_suffix("\"\"\"").map(block_value);
    }
    let mut rest = token.strip_prefix('"')?.strip_suffix('"')?;
    if rest.contains(['\n', '\r']) {
        return None;
    }
    let mut value = String::with_capacity(rest.len());
    while let Some(at) = rest.find('\\') {
        value.push_str(rest.get(..at)?);
        let (character, used) = escape(rest.get(at + 1..)?)?;
        value.push(character);
        rest = rest.get(at + 1 + used..)?;
    }
    value.push_str(rest);
    Some(value)
}

/// The character of an escape, and how many bytes it took after the backslash.
fn escape(rest: &str) -> Option<(char, usize)> {
    let character = match rest.as_bytes().first()? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode(rest.get(1..)?).map(|(c, used)| (c, used + 1)),
        _ => return None,
    };
    Some((character, 1))
}

fn unicode(rest: &str) -> Option<(char, usize)> {
    if let Some(braced) = rest.strip_prefix('{') {
        let digits = braced.split('}').next()?;
        let fits = (1..=8).contains(&digits.len());
        return fits.then(|| hex(digits)).flatten().and_then(char::from_u32).map(|c| (c, digits.len() + 2));
    }
    let lead = hex(rest.get(..4)?)?;
    if !(0xD800..=0xDBFF).contains(&lead) {
        return char::from_u32(lead).map(|c| (c, 4));
    }
    let trail = hex(rest.get(4..)?.strip_prefix("\\u")?.get(..4)?)?;
    let low = trail.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
    char::from_u32(0x1_0000 + ((lead - 0xD800) << 10) + low).map(|c| (c, 10))
}

fn hex(digits: &str) -> Option<u32> {
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

/// `BlockStringValue()`: common indentation and blank first and last lines are taken away.
fn block_value(raw: &str) -> String {
    let raw = raw.replace("\\\"\"\"", "\"\"\"").replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = raw.split('\n').collect();
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let filled = |line: &&&str| indent(line) < line.len();
    let common = lines.iter().skip(1).filter(filled).map(|line| indent(line)).min().unwrap_or(0);
    let first = lines.iter().position(|line| filled(&line)).unwrap_or(lines.len());
    let last = lines.iter().rposition(|line| filled(&line)).map_or(0, |at| at + 1);
    let dedented =
        lines.iter().enumerate().map(|(at, line)| if at == 0 { line } else { line.get(common..).unwrap_or("") });
    dedented.skip(first).take(last.saturating_sub(first)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_spelling_user_says_user() {
        for token in [
            r#""user""#,
            r#""us\u0065r""#,
            r#""\u{75}ser""#,
            r#""\u{00000075}ser""#,
            r#""""user""""#,
            "\"\"\"\n   user\n   \"\"\"",
            "\"\"\"\r\n\r\n\tuser\r\r\"\"\"",
            r#""\u0075\u0073\u0065\u0072""#,
        ] {
            assert_eq!(value_of(token).as_deref(), Some("user"), "{token}");
        }
    }

    #[test]
    fn escapes_mean_what_the_specification_says() {
        assert_eq!(value_of(r#""\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00""#).as_deref(), Some("\"\\/\u{8}\u{c}\n\r\té😀"));
        assert_eq!(value_of(r#""""a \u0041 \""" b""""#).as_deref(), Some("a \\u0041 \"\"\" b"));
        assert_eq!(value_of("\"\"\"a\n    b\n   c\n\"\"\"").as_deref(), Some("a\n b\nc"));
        assert_eq!(value_of("\"\"\"\"\"\"").as_deref(), Some(""));
        assert_eq!(value_of("\"\"").as_deref(), Some(""));
    }

    #[test]
    fn wrong_escapes_say_nothing() {
        for token in [
            r#""\x41""#,
            r#""\u12""#,
            r#""\u{}""#,
            r#""\u{110000}""#,
            r#""\u{000000041}""#,
            r#""\ud800""#,
            r#""\ud800\u0041""#,
            r#""\u+123""#,
        ] {
            assert_eq!(value_of(token), None, "{token}");
        }
    }
}
