//! The effective configuration with its sources, for `doorward config show`.

use serde::Serialize;

use super::key::variable_of;
use super::yaml::{Data, Node};
use super::{Kind, Located, Value, Values};

/// One key as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Its path.
    pub key: String,
    /// Its value, as one would write it; a password in it is hidden.
    pub value: String,
    /// Who said so: `default`, file and line, a variable, an option.
    pub source: String,
    /// The variable that would set it.
    pub variable: String,
}

/// Every key.
pub fn show(values: &Values) -> Vec<Shown> {
    values
        .iter()
        .map(|(path, located)| Shown {
            key: path.to_owned(),
            value: written(located),
            source: located.at.to_string(),
            variable: variable_of(path),
        })
        .collect()
}

fn written(located: &Located) -> String {
    match (&located.key.kind, &located.value) {
        (Kind::Database, Value::Text(url)) => hide_password(url),
        _ => node_text(&located.node),
    }
}

fn node_text(node: &Node) -> String {
    match &node.data {
        _ if node.is_null() => "null".into(),
        Data::Scalar { text, .. } => text.clone(),
        Data::List(items) => format!("[{}]", items.iter().map(node_text).collect::<Vec<_>>().join(", ")),
        Data::Map(entries) => {
            let pairs: Vec<_> = entries.iter().map(|e| format!("{}: {}", e.key, node_text(&e.value))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

/// The address of a database without the password in it: `postgres://ada:***@db/doorward`.
pub fn hide_password(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    // By the last `@`, so that a password that should have been escaped does not show either.
    let Some((who, host)) = rest.rsplit_once('@').filter(|_| authority.contains('@') || authority.contains(':')) else {
        return address.to_owned();
    };
    match who.split_once(':') {
        Some((name, _)) => format!("{scheme}://{name}:***@{host}"),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::hide_password;

    #[test]
    fn no_password_of_a_database_address_shows() {
        for (address, shown) in [
            ("postgres://ada:secret@db:5432/doorward?x=y", "postgres://ada:***@db:5432/doorward?x=y"),
            ("mysql://ada:se/c@ret@db/doorward", "mysql://ada:***@db/doorward"),
            ("postgres://:secret@db/doorward", "postgres://:***@db/doorward"),
            ("postgres://ada@db/doorward", "postgres://ada@db/doorward"),
            ("sqlite:///srv/a:b@c/d.db", "sqlite:///srv/a:b@c/d.db"),
            ("sqlite::memory:", "sqlite::memory:"),
        ] {
            assert_eq!(hide_password(address), shown);
        }
    }
}
