//! Every way known to make Dagster run a mutation that whoever guards it did not see, for any mutation.
//!
//! An attempt is bytes: a request line, headers, a body. What it would run has a name of its own, by which whoever sends it finds out
//! whether it did. The tests of the product send them to a door before a real Dagster, those of the door before a tool that writes down what
//! comes. Must not know: what is behind the door, and whose credentials go along.

mod documents;
mod places;
mod transports;

pub use documents::documents;
pub use places::places;
pub use transports::transports;

use url::form_urlencoded::byte_serialize;

/// One attempt.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The name of what it would run.
    pub name: String,
    /// The request line, without the version.
    pub line: String,
    /// Header lines, each ended by CRLF.
    pub headers: String,
    /// The body.
    pub body: Vec<u8>,
}

/// What is to be run: a root field of a mutation, from the attempt's name and directives to stand with it.
pub type Field<'a> = &'a dyn Fn(&str, &str) -> String;

/// Makes an attempt's request line, headers and body from a whole mutation.
type Make<'a> = &'a dyn Fn(&str) -> (String, String, Vec<u8>);

/// Attempts, all for one field, under names that end alike.
struct Attempts<'a> {
    label: &'a str,
    field: Field<'a>,
    all: Vec<Attempt>,
}

impl<'a> Attempts<'a> {
    fn new(label: &'a str, field: Field<'a>) -> Self {
        Self { label, field, all: Vec::new() }
    }

    fn name(&self, name: &str) -> String {
        format!("attack-{name}-{}", self.label)
    }

    fn add(&mut self, name: &str, make: Make<'_>) {
        let name = self.name(name);
        let (line, headers, body) = make(&format!("mutation {{ {} }}", (self.field)(&name, "")));
        self.all.push(Attempt { name, line, headers, body });
    }
}

const JSON: &str = "Content-Type: application/json\r\n";

fn quoted(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

fn body_of(document: &str) -> String {
    serde_json::json!({"query": document}).to_string()
}
