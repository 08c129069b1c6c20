//! The effective configuration with its sources, for `doorward config show`.

use serde::Serialize;

use super::Values;
use super::database_url::hide_password;
use super::table::{Secrecy, variable_of};
use super::yaml::{Data, Node};

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
        .map(|(path, key, node)| Shown {
            value: written(node, key.secret),
            source: node.at.to_string(),
            variable: variable_of(&path),
            key: path,
        })
        .collect()
}

fn written(node: &Node, secret: Option<Secrecy>) -> String {
    let text = |node: &Node| written(node, secret);
    match &node.data {
        _ if node.is_null() => "null".into(),
        Data::Scalar { text, .. } => text.clone(),
        Data::Secret(address) if secret == Some(Secrecy::Password) => hide_password(address.expose()),
        Data::Secret(_) => "[secret]".into(),
        Data::List(items) => format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(", ")),
        Data::Map(entries) => {
            let pairs: Vec<_> = entries.iter().map(|e| format!("{}: {}", e.key, text(&e.value))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}
