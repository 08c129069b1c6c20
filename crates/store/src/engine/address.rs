//! Where the database is, parsed once.

use std::path::PathBuf;

use super::server::Location;

/// A database this build can open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// In memory, gone when closed.
    Memory,
    /// A file.
    File(PathBuf),
    /// PostgreSQL.
    Postgres(Location),
    /// MariaDB or MySQL.
    MySql(Location),
}

/// The text names no database this build can open. Whatever is wrong, the text is not repeated: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAddress {
    /// Options after `?` where there are none.
    #[error("a sqlite address takes no options after `?`; Doorward chooses them itself")]
    Options,
    /// An option that is none.
    #[error("the database address has an option that Doorward does not know: `{option}`; it may have {known}")]
    UnknownOption {
        /// Its name.
        option: String,
        /// Those there are.
        known: String,
    },
    /// An option that cannot be so.
    #[error("the option `{option}` of the database address is {expected}")]
    OptionValue {
        /// Its name.
        option: &'static str,
        /// What it is.
        expected: String,
    },
    /// A server, but not which of its databases.
    #[error("the database address does not say which database of the server: write {scheme}://user@host/doorward")]
    NoDatabase {
        /// What it begins with.
        scheme: &'static str,
    },
    /// A server's address that is no URL.
    #[error(
        "the database address cannot be read as a URL; what is special in a user's name or a password is written as %XX (`@` as %40, \
         `/` as %2F, `:` as %3A, `#` as %23, `?` as %3F, `%` as %25)"
    )]
    Malformed,
    /// Anything else.
    #[error(
        "a database address looks like sqlite:///var/lib/doorward/doorward.db, postgres://user:password@host/doorward or \
         mysql://user:password@host/doorward"
    )]
    Unknown,
}

impl std::str::FromStr for Address {
    type Err = InvalidAddress;

    /// Reads `sqlite://relative/path`, `sqlite:///absolute/path`, `sqlite:path` and `sqlite::memory:`, where the path is taken as written;
    /// `postgres://` and `postgresql://`, `mysql://` and `mariadb://`, which are URLs.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = text.split_once(':').ok_or(InvalidAddress::Unknown)?;
        match scheme.to_ascii_lowercase().as_str() {
            "sqlite" => {}
            "postgres" | "postgresql" => return Location::postgres(rest).map(Self::Postgres),
            "mysql" | "mariadb" => return Location::mysql(rest).map(Self::MySql),
            _ => return Err(InvalidAddress::Unknown),
        }
        match rest.strip_prefix("//").unwrap_or(rest) {
            ":memory:" => Ok(Self::Memory),
            "" => Err(InvalidAddress::Unknown),
            path if path.contains('?') => Err(InvalidAddress::Options),
            path => Ok(Self::File(PathBuf::from(path))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Address, InvalidAddress> {
        text.parse()
    }

    #[test]
    fn a_path_is_taken_as_written() {
        assert_eq!(parsed("sqlite://data/doorward.db"), Ok(Address::File("data/doorward.db".into())));
        assert_eq!(parsed("sqlite:///var/lib/my data/%20.db"), Ok(Address::File("/var/lib/my data/%20.db".into())));
        assert_eq!(parsed("sqlite:door.db"), Ok(Address::File("door.db".into())));
    }

    #[test]
    fn memory_is_memory_in_both_spellings() {
        assert_eq!(parsed("sqlite::memory:"), Ok(Address::Memory));
        assert_eq!(parsed("sqlite://:memory:"), Ok(Address::Memory));
    }

    #[test]
    fn servers_are_known_by_the_names_people_use() {
        for scheme in ["postgres", "postgresql", "PostgreSQL"] {
            assert!(matches!(parsed(&format!("{scheme}://ada:x@db/doorward")), Ok(Address::Postgres(_))), "{scheme}");
        }
        for scheme in ["mysql", "mariadb"] {
            assert!(matches!(parsed(&format!("{scheme}://ada:x@db/doorward")), Ok(Address::MySql(_))), "{scheme}");
        }
    }

    #[test]
    fn a_refusal_never_repeats_a_password() {
        for text in [
            "oracle://u:hunter2@host/db",
            "postgres://u:hunter2@host",
            "postgres://u:hunter2@host/db?sslmode=hunter2",
            "postgres://u:hunter2@host/db?password=hunter2",
            "mysql://u:hunter2/x@host/db",
            "mysql://u:hunter2@host:port/db",
            "mysql://u:hunter2@host/db?max_connections=hunter2",
            "sqlite://hunter2?x",
        ] {
            assert!(!parsed(text).unwrap_err().to_string().contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn options_are_refused_rather_than_made_part_of_a_file_name() {
        assert_eq!(parsed("sqlite://door.db?mode=rwc"), Err(InvalidAddress::Options));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "door.db", "sqlite://", "sqlite:", "postgres", "http://host/db"] {
            assert_eq!(parsed(text), Err(InvalidAddress::Unknown), "{text}");
        }
    }
}
