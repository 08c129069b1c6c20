//! What is printed of a user.

use doorward_domain::{Role, Timestamp, User as Person};
use serde::Serialize;
use serde_json::Value;

use crate::cli::grant;

/// A user as printed.
#[derive(Debug, Serialize)]
pub struct Row {
    id: String,
    username: String,
    email: Option<String>,
    full_name: String,
    /// On everything.
    pub role: Option<Role>,
    is_disabled: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
    last_sign_in_at: Option<Timestamp>,
    /// The groups they are directly in; only where one user is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
    /// What they were given, or denied, beside that role; only where one user is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grants: Option<Vec<grant::Row>>,
}

impl From<Person> for Row {
    fn from(user: Person) -> Self {
        Self {
            id: user.id.to_string(),
            username: user.username.to_string(),
            email: user.email.map(String::from),
            full_name: user.full_name,
            role: user.role,
            is_disabled: user.is_disabled,
            created_at: user.created_at,
            updated_at: user.updated_at,
            last_sign_in_at: user.last_sign_in_at,
            groups: None,
            grants: None,
        }
    }
}

/// The same row, with words that say what the role is on.
pub fn for_people(row: &Row) -> Value {
    let mut row = serde_json::to_value(row).unwrap_or_default();
    let role = row.get("role").cloned();
    if let (Some(members), Some(role)) = (row.as_object_mut(), role) {
        members.insert("role_on_everything".to_owned(), role);
    }
    row
}
