//! The address of the database, which may hold a password.

use doorward_domain::Secret;
use serde_json::{Value, json};
use std::fmt;

use super::setting::Word;

/// `sqlite:…`, `postgres:…` or `mysql:…`; a password in it does not print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseUrl(Secret);

impl DatabaseUrl {
    /// Takes an address in.
    pub fn new(address: String) -> Self {
        Self(Secret::new(address))
    }

    /// Whether there is one in it.
    pub fn has_password(&self) -> bool {
        hide_password(self.expose()) != self.expose()
    }

    /// The whole address, for whoever opens the database.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// Without the password: `postgres://ada:***@db/doorward`.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hide_password(self.expose()))
    }
}

impl Word for DatabaseUrl {
    type Value = Self;

    fn schema() -> Value {
        json!({"type": "string", "words": "a database URL", "secret": "password"})
    }

    fn parse(text: &str) -> Result<Self, String> {
        doorward_store::check_address(text).map_err(|error| error.to_string())?;
        Ok(Self::new(text.to_owned()))
    }
}

/// The address of a database without the password in it.
pub(super) fn hide_password(address: &str) -> String {
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
    use super::*;

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
            let address = DatabaseUrl::new(address.to_owned());
            assert_eq!(address.to_string(), shown);
            assert_eq!(format!("{address:?}"), "DatabaseUrl([secret])");
        }
    }

    #[test]
    fn a_mistaken_database_address_is_not_repeated() {
        for address in ["hunter2", "oracle://doorward:hunter2@db/doorward", "postgres://doorward:hunter2@db"] {
            assert!(!DatabaseUrl::parse(address).expect_err("a mistake").contains("hunter2"), "{address}");
        }
    }
}
