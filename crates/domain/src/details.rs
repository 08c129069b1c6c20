//! What an event tells besides who, what and when: small, whatever was asked.
//!
//! A request may name thousands of things, and an event of the audit log may not grow with it. What does not fit is counted and
//! hashed in the member `left_out`, so that a list from elsewhere can still be compared with what happened. Knows nothing of what
//! the members mean.

use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::shortened::both_ends;

/// Bytes of JSON that the members of an event's details take together, without `left_out`.
const ALL: usize = 4096;
/// Of these, for one list or object.
const LIST: usize = 2048;
/// Bytes of one text.
const TEXT: usize = 256;
/// Bytes of one name in a list of names.
const NAME: usize = 64;
/// Bytes of JSON that the names which must all be kept take.
pub const NAMES: usize = 3072;
/// Members; ours are far fewer.
const MEMBERS: usize = 16;
/// Levels of lists and objects in a member.
const DEPTH: usize = 4;
/// Details that take no more than this are small already: what [`Details`] makes is.
const SMALL: usize = 8192;

pub use crate::shortened::shortened;

/// Where what did not fit is counted and hashed.
pub const LEFT_OUT: &str = "left_out";

/// The details of one event in the making.
#[derive(Debug, Default)]
pub struct Details {
    kept: Map<String, Value>,
    left_out: Map<String, Value>,
    used: usize,
}

impl Details {
    /// Adds a text; of a long one its beginning, and in `left_out` its length in bytes and its SHA-256.
    pub fn text(&mut self, key: &str, text: &str) {
        self.texted(key, text, shortened);
    }

    /// The same, but of a long text beginning and end.
    pub fn both_ends(&mut self, key: &str, text: &str) {
        self.texted(key, text, both_ends);
    }

    fn texted(&mut self, key: &str, text: &str, short: fn(&str, usize) -> String) {
        let most = TEXT.min(self.room());
        if text.len() > most {
            self.left_out
                .insert(key.to_owned(), json!({"bytes": text.len(), "sha256": hex::encode(Sha256::digest(text))}));
        }
        self.keep(key, Value::String(short(text, most)));
    }

    /// Adds a list; of a long one its first items, and in `left_out` how many are missing, and the SHA-256 over all items, each as
    /// JSON with a line feed behind it. Says whether all of it fit.
    pub fn list(&mut self, key: &str, items: impl IntoIterator<Item = Value>) -> bool {
        let room = LIST.min(self.room());
        self.listed(key, room, items, |item| small(item, DEPTH), TEXT)
    }

    /// The same for a list of names, each of which takes little room, so that a few long ones do not push out the others.
    pub fn names<'n>(&mut self, key: &str, names: impl IntoIterator<Item = &'n str>) -> bool {
        let short = |name| match name {
            Value::String(name) => Value::String(both_ends(&name, NAME)),
            other => other,
        };
        let room = LIST.min(self.room());
        self.listed(key, room, names.into_iter().map(Value::from), short, NAME)
    }

    /// Adds names that must all be there, beside what the other members take: as long as [`length_of_names`] is at most [`NAMES`].
    pub fn all_names<'n>(&mut self, key: &str, names: impl IntoIterator<Item = &'n str>) {
        let used = self.used;
        self.listed(key, NAMES, names.into_iter().map(Value::from), |name| small(name, DEPTH), TEXT);
        self.used = used;
    }

    fn listed(
        &mut self,
        key: &str,
        room: usize,
        items: impl IntoIterator<Item = Value>,
        short: impl Fn(Value) -> Value,
        most: usize,
    ) -> bool {
        let (mut kept, mut used, mut missing, mut is_whole) = (Vec::new(), 2, 0_u64, true);
        let mut hash = Sha256::new();
        for item in items {
            let text = json_of(&item);
            hash.update(&text);
            hash.update(b"\n");
            let is_long = text.len() > most;
            let small = if is_long { short(item) } else { item };
            let length = if is_long { json_of(&small).len() } else { text.len() };
            is_whole &= length == text.len();
            used += length + 1;
            if missing > 0 || used > room {
                missing += 1;
            } else {
                kept.push(small);
            }
        }
        is_whole &= missing == 0;
        if !is_whole {
            self.left_out.insert(key.to_owned(), json!({"count": missing, "sha256": hex::encode(hash.finalize())}));
        }
        self.keep(key, Value::Array(kept));
        is_whole
    }

    /// Adds anything; of what is long as much as fits, by its kind.
    pub fn value(&mut self, key: &str, value: Value) {
        match value {
            Value::String(text) => self.text(key, &text),
            Value::Array(items) => {
                self.list(key, items);
            }
            Value::Object(_) => {
                let text = json_of(&value);
                if text.len() > LIST.min(self.room()) {
                    self.left_out.insert(
                        key.to_owned(),
                        json!({"bytes": text.len(), "sha256": hex::encode(Sha256::digest(&text))}),
                    );
                } else {
                    self.keep(key, value);
                }
            }
            other => self.keep(key, other),
        }
    }

    /// All that was added.
    pub fn finish(mut self) -> Map<String, Value> {
        if !self.left_out.is_empty() {
            self.kept.insert(LEFT_OUT.to_owned(), Value::Object(self.left_out));
        }
        self.kept
    }

    fn keep(&mut self, key: &str, value: Value) {
        if self.kept.len() < MEMBERS {
            self.used += json_of(&value).len() + key.len() + 4;
            self.kept.insert(key.to_owned(), value);
        }
    }

    fn room(&self) -> usize {
        ALL.saturating_sub(self.used)
    }
}

/// How much room names take in a list.
pub fn length_of_names<'n>(names: impl IntoIterator<Item = &'n str>) -> usize {
    names.into_iter().map(|name| json_of(&name.into()).len() + 1).sum::<usize>() + 2
}

/// These details, made small if they are not.
pub fn bounded(details: Map<String, Value>) -> Map<String, Value> {
    if length(&details) <= SMALL {
        return details;
    }
    let mut small = Details::default();
    let members = details.len().saturating_sub(MEMBERS);
    if members > 0 {
        small.left_out.insert("members".to_owned(), members.into());
    }
    for (key, value) in details.into_iter().take(MEMBERS) {
        small.value(&shortened(&key, 64), value);
    }
    small.finish()
}

/// An item with its texts shortened; what nests deeper than anything of ours is nothing.
fn small(item: Value, depth: usize) -> Value {
    match item {
        Value::String(text) => Value::String(shortened(&text, TEXT)),
        Value::Array(_) | Value::Object(_) if depth == 0 => Value::Null,
        Value::Array(items) => items.into_iter().take(MEMBERS).map(|item| small(item, depth - 1)).collect(),
        Value::Object(members) => members
            .into_iter()
            .take(MEMBERS)
            .map(|(key, value)| (shortened(&key, 64), small(value, depth - 1)))
            .collect(),
        other => other,
    }
}

fn json_of(value: &Value) -> String {
    value.to_string()
}

/// Bytes of JSON, counted without writing it anywhere.
fn length(value: &impl Serialize) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // Neither counting nor writing JSON of our own values fails.
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_list(count: usize) -> Map<String, Value> {
        let mut details = Details::default();
        details.list("resources", (0..count).map(|n| Value::from(format!("run:{n}"))));
        details.finish()
    }

    #[test]
    fn a_short_list_is_kept_whole_and_nothing_is_said_to_be_left_out() {
        assert_eq!(Value::Object(of_list(2)), json!({"resources": ["run:0", "run:1"]}));
    }

    #[test]
    fn what_was_left_out_of_a_list_is_counted_and_the_whole_list_is_hashed() {
        let details = of_list(5000);
        let kept = details["resources"].as_array().unwrap().len();
        assert!(kept > 100, "{kept}");
        assert_eq!(details[LEFT_OUT]["resources"]["count"], 5000 - kept);
        let all = (0..5000).map(|n| format!("\"run:{n}\"\n")).collect::<Vec<_>>().concat();
        assert_eq!(details[LEFT_OUT]["resources"]["sha256"], hex::encode(Sha256::digest(all)));
    }

    #[test]
    fn a_few_long_names_do_not_push_out_the_others() {
        let long: Vec<String> = (0..12).map(|n| format!("asset:!{}{n}", "a".repeat(200))).collect();
        let mut details = Details::default();
        assert!(!details.names("resources", long.iter().map(String::as_str).chain(["asset:payroll"])));
        let details = details.finish();
        let kept = details["resources"].as_array().unwrap();
        assert!(kept.len() == 13 && kept[12] == "asset:payroll", "{kept:?}");
        assert!(kept[3].as_str().unwrap().ends_with('3'), "{kept:?}");
        assert_eq!(details[LEFT_OUT]["resources"]["count"], 0);
    }

    #[test]
    fn names_that_must_all_be_there_are_whatever_else_is_told() {
        let names: Vec<String> = (0..64).map(|n| format!("{n:044}")).collect();
        let names = || names.iter().map(String::as_str);
        assert!(length_of_names(names()) <= NAMES);
        let mut details = Details::default();
        details.list("operations", (0..100).map(|_| Value::from("x".repeat(200))));
        details.list("resources", (0..100).map(|_| Value::from("x".repeat(200))));
        details.text("path", &"x".repeat(2000));
        details.all_names("operation_names", names());
        let details = details.finish();
        assert_eq!(details["operation_names"].as_array().unwrap().len(), 64);
        assert!(length(&details) <= SMALL && bounded(details.clone()) == details);
    }

    #[test]
    fn a_long_text_is_cut_between_letters_and_its_hash_is_kept() {
        let long = "é".repeat(10_000);
        let mut details = Details::default();
        details.text("path", &long);
        let details = details.finish();
        assert!(details["path"].as_str().unwrap().ends_with("é…"));
        assert_eq!(details[LEFT_OUT]["path"], json!({"bytes": 20_000, "sha256": hex::encode(Sha256::digest(&long))}));
    }

    #[test]
    fn whatever_is_told_the_details_stay_within_a_few_kilobytes() {
        let deep = (0..200).fold(json!("x".repeat(5000)), |inner, _| json!([inner]));
        let many: Map<String, Value> =
            (0..500).map(|n| (format!("{n}{}", "k".repeat(500)), json!("y".repeat(500)))).collect();
        let hostile = [
            json!({"list": vec!["z".repeat(4000); 1000]}),
            json!({"deep": deep}),
            json!({"deep": [deep]}),
            Value::Object(many),
            json!({"object": {"a": "w".repeat(100_000)}}),
            json!({"objects": vec![json!({"name": "\u{0}".repeat(3000), "action": "run"}); 500]}),
        ];
        for hostile in hostile {
            let Value::Object(details) = hostile else { unreachable!() };
            let small = bounded(details);
            assert!(length(&small) <= SMALL, "{} bytes: {small:?}", length(&small));
            assert_eq!(bounded(small.clone()), small, "once is enough");
        }
    }

    #[test]
    fn what_is_small_stays_as_it_is() {
        let Value::Object(details) = json!({"a": 1, "b": ["x"], "c": {"d": null}}) else { unreachable!() };
        assert_eq!(bounded(details.clone()), details);
    }
}
