//! Other words.

use serde_json::{Value, json};

use super::{Attempt, Attempts, Field, JSON};

/// A harmless field of everybody's, with this text in it.
fn beside(text: &str) -> String {
    format!("beside: logTelemetry(action: {text}, clientId: \"x\", clientTime: \"x\", metadata: \"\") {{ __typename }}")
}

impl Attempts<'_> {
    /// A GraphQL envelope around the field, with these directives on it.
    fn add_body(&mut self, name: &str, directives: &str, make: &dyn Fn(&str) -> Value) {
        let name = self.name(name);
        let body = make(&(self.field)(&name, directives)).to_string().into_bytes();
        self.all.push(Attempt { name, line: "POST /graphql".into(), headers: JSON.into(), body });
    }
}

/// The same mutation hidden in the document or in the envelope of an ordinary POST. All of these run for whoever may.
pub fn documents(label: &str, field: Field<'_>) -> Vec<Attempt> {
    let mut all = Attempts::new(label, field);
    let mutation = |inner: &str| json!({"query": format!("mutation {{ {inner} }}")});
    all.add_body("plain", "", &|f| mutation(f));
    all.add_body("alias", "", &|f| mutation(&format!("version: {f}")));
    all.add_body(
        "operation-name",
        "",
        &|f| json!({"query": format!("query A {{version}} mutation B {{ {f} }}"), "operationName": "B"}),
    );
    all.add_body(
        "operation-name-null",
        "",
        &|f| json!({"query": format!("mutation B {{ {f} }}"), "operationName": null}),
    );
    all.add_body(
        "named-fragment",
        "",
        &|f| json!({"query": format!("fragment q on Mutation {{ {f} }} mutation {{ ...q }}")}),
    );
    all.add_body("nested-fragment", "", &|f| {
        json!({"query": format!("mutation {{ ...a }} fragment a on Mutation {{ ...b }} fragment b on Mutation {{ {f} }}")})
    });
    all.add_body("inline-fragment", "", &|f| mutation(&format!("... on Mutation {{ ... {{ {f} }} }}")));
    all.add_body("include", "@include(if: true)", &|f| mutation(f));
    all.add_body(
        "skip-variable",
        "@skip(if: $s)",
        &|f| json!({"query": format!("mutation($s: Boolean = true) {{ {f} }}"), "variables": {"s": false}}),
    );
    all.add_body("telemetry-beside", "", &|f| mutation(&format!("setNuxSeen {f}")));
    all.add_body("comment", "", &|f| json!({"query": format!("# query {{version}}\nmutation # {{\n{{ {f} }}")}));
    all.add_body("commas-and-mark", "", &|f| json!({"query": format!("\u{feff},,,mutation,,{{,,{f},,}},,")}));
    all.add_body("block-string", "", &|f| mutation(&format!("{} {f}", beside(r#""""} query {version}""""#))));
    all.add_body("string-that-ends", "", &|f| mutation(&format!("{} {f}", beside(r#""\"} query {version} #""#))));
    all.add_body("carriage-return", "", &|f| json!({"query": format!("#\rmutation {{ {f} }}")}));
    all.add_body("variables-as-text", "", &|f| json!({"query": format!("mutation {{ {f} }}"), "variables": "{}"}));
    all.add_body(
        "looks-like-a-query",
        "",
        &|f| json!({"query": format!("mutation query {{ {f} }}"), "operationName": "query"}),
    );
    all.add_body("persisted", "", &|f| {
        let extensions = json!({"persistedQuery": {"version": 1, "sha256Hash": "0"}});
        json!({"query": format!("mutation {{ {f} }}"), "extensions": extensions})
    });
    all.add_body("subscription-beside", "", &|f| {
        let document = format!("subscription S {{ locationStateChangeEvents {{ __typename }} }} mutation M {{ {f} }}");
        json!({"query": document, "operationName": "M"})
    });
    all.all
}
