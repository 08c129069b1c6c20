//! The effective configuration with its sources, for `doorward config show`.

use serde::Serialize;

use super::key::variable_of;
use super::tree::{Data, Node};
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

/// `postgres://ada:***@db/doorward`
fn hide_password(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(mut parsed) if parsed.password().is_some() => {
            let _ = parsed.set_password(Some("***"));
            parsed.to_string()
        }
        _ => url.to_owned(),
    }
}
