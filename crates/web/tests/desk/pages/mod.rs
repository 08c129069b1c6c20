//! What people see.

mod access;
mod account;
mod apps;
mod assets;
mod denied;
mod door;
mod enter;
mod login;
mod logout;
mod people;
mod setup;
mod wording;

/// What of a page, or of the template of one, is text to read.
fn words(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        rest = after.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
