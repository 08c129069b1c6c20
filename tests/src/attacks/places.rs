//! Other places.

use super::{Attempt, Attempts, Field, JSON, body_of, quoted};

/// The same mutation at other paths, and as a page or another method by headers.
pub fn places(label: &str, field: Field<'_>) -> Vec<Attempt> {
    let mut all = Attempts::new(label, field);
    for (name, path) in [
        ("letter", "/%67raphql"),
        ("all-letters", "/%67%72%61%70%68%71%6c"),
        ("fragment", "/graphql#x"),
        ("absolute", "http://any.host/graphql"),
        ("slashes", "//graphql"),
        ("slash-after", "/graphql/"),
        ("dots", "/x/../graphql"),
        ("semicolon", "/graphql;x"),
        ("case", "/GraphQL"),
        ("encoded-slash", "/%2fgraphql"),
        ("backslash", "/\\graphql"),
        // Starlette's regular expressions end with `$`, which also matches before a line end.
        ("line-end", "/graphql%0A"),
    ] {
        all.add(&format!("path-{name}"), &|m| (format!("POST {path}"), JSON.into(), body_of(m).into()));
    }
    all.add("get-line-end", &|m| (format!("GET /graphql%0a?query={}", quoted(m)), String::new(), vec![]));
    // With this Accept it is a page and nothing runs; a proxy that takes the header away makes it a request again.
    for (number, connection) in ["close, Accept", "Accept", "x,ACCEPT"].iter().enumerate() {
        all.add(&format!("page-{number}"), &|m| {
            let headers = format!("Accept: text/html\r\nConnection: {connection}\r\n");
            (format!("GET /graphql?query={}", quoted(m)), headers, vec![])
        });
    }
    for name in ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"] {
        all.add(&format!("override-{name}"), &|m| {
            (format!("GET /graphql?query={}", quoted(m)), format!("{name}: POST\r\n{JSON}"), vec![])
        });
    }
    all.all
}
