//! Where the database is, parsed once.

use std::path::PathBuf;

/// A database this build can open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// In memory, gone when closed.
    Memory,
    /// A file.
    File(PathBuf),
}

/// The text names no database this build can open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAddress {
    /// An engine that is planned, but not in this build.
    #[error(
        "this build of Doorward keeps its data in SQLite; {0} is not supported yet. Use sqlite:///path/to/doorward.db"
    )]
    Engine(&'static str),
    /// Options after `?`.
    #[error("`{0}`: a sqlite address takes no options after `?`; Doorward chooses them itself")]
    Options(String),
    /// Anything else. The text is not repeated: it may hold a password.
    #[error("a database address looks like sqlite:///var/lib/doorward/doorward.db or sqlite://doorward.db")]
    Unknown,
}

impl std::str::FromStr for Address {
    type Err = InvalidAddress;

    /// Reads `sqlite://relative/path`, `sqlite:///absolute/path`, `sqlite:path` and `sqlite::memory:`. The path is taken as written.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = text.split_once(':').ok_or(InvalidAddress::Unknown)?;
        match scheme.to_ascii_lowercase().as_str() {
            "sqlite" => {}
            "postgres" | "postgresql" => return Err(InvalidAddress::Engine("PostgreSQL")),
            "mysql" | "mariadb" => return Err(InvalidAddress::Engine("MySQL")),
            _ => return Err(InvalidAddress::Unknown),
        }
        match rest.strip_prefix("//").unwrap_or(rest) {
            ":memory:" => Ok(Self::Memory),
            "" => Err(InvalidAddress::Unknown),
            path if path.contains('?') => Err(InvalidAddress::Options(text.to_owned())),
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
    fn engines_to_come_are_refused_by_name() {
        assert_eq!(parsed("postgres://u:p@host/db"), Err(InvalidAddress::Engine("PostgreSQL")));
        assert_eq!(parsed("mysql://u:p@host/db"), Err(InvalidAddress::Engine("MySQL")));
    }

    #[test]
    fn a_refusal_never_repeats_a_password() {
        for text in ["postgres://u:hunter2@host/db", "mysql://u:hunter2@host/db", "oracle://u:hunter2@host/db"] {
            assert!(!parsed(text).unwrap_err().to_string().contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn options_are_refused_rather_than_made_part_of_a_file_name() {
        assert!(matches!(parsed("sqlite://door.db?mode=rwc"), Err(InvalidAddress::Options(_))));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "door.db", "sqlite://", "sqlite:"] {
            assert_eq!(parsed(text), Err(InvalidAddress::Unknown), "{text}");
        }
    }
}
