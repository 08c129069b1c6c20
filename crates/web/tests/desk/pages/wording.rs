//! One word for one thing, wherever people read.

use super::words;

/// A template without what askama puts in or decides by.
fn literal(template: &str) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = ["{{", "{%", "{#"].iter().filter_map(|open| rest.find(open)).min() {
        text.push_str(&rest[..at]);
        rest = rest[at..].split_once('}').map_or("", |(_, after)| after.trim_start_matches('}'));
    }
    text + rest
}

#[test]
fn what_stands_behind_the_door_is_called_an_app_on_every_page() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
    let mut looked_at = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let said = words(&literal(&std::fs::read_to_string(&path).unwrap())).to_lowercase();
        for word in said.split(|letter: char| !letter.is_alphanumeric()) {
            assert!(
                !["tool", "tools", "application", "applications", "service", "services", "upstream"].contains(&word),
                "{}: `{word}` where people read `app`: {said}",
                path.display()
            );
        }
        looked_at += usize::from(said.contains("app"));
    }
    assert!(looked_at > 5, "only {looked_at} templates speak of apps");
}
