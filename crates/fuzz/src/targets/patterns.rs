//! Patterns of grants: they reach what their definition says, and are found by their beginning.

use doorward_domain::{Pattern, Resource};

/// The input is a pattern and a name, with a line between them.
pub fn read(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some((pattern, name)) = text.split_once('\n') else { return };
    let Ok(pattern) = pattern.parse::<Pattern>() else { return };
    assert_eq!(pattern.as_str().parse::<Pattern>().as_ref(), Ok(&pattern), "it is not read as it is written");
    let thing = Resource::new(pattern.kind(), name);
    let reaches = pattern.matches(&thing);
    assert!(
        !reaches || thing.as_str().starts_with(pattern.beginning()),
        "{pattern} reaches {thing} and is not found for it"
    );
    assert_eq!(
        pattern.is_exact() && pattern.as_str() == thing.as_str(),
        pattern.is_exact() && reaches,
        "{pattern} is exact"
    );
    let stars = pattern.as_str().matches('*').count();
    if stars <= 6 && name.len() <= 24 {
        let expected = by_definition(pattern.as_str().as_bytes(), thing.as_str().as_bytes());
        assert_eq!(reaches, expected, "{pattern} on {thing}");
    }
}

fn by_definition(pattern: &[u8], text: &[u8]) -> bool {
    let rest_of = |taken: usize| text.get(taken..).unwrap_or_default();
    match pattern {
        [] => text.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=text.len()).any(|taken| by_definition(rest, rest_of(taken))),
        [b'*', rest @ ..] => (0..=text.len())
            .take_while(|taken| !text.get(..*taken).unwrap_or_default().contains(&b'/'))
            .any(|taken| by_definition(rest, rest_of(taken))),
        [wanted, rest @ ..] => text.first() == Some(wanted) && by_definition(rest, rest_of(1)),
    }
}
