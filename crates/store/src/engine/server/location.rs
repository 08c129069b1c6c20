//! The address of a database that is a server's: a URL, and the options behind its `?`.

use std::time::Duration;
use url::Url;

use super::super::InvalidAddress;

/// How many connections there are at most, unless told otherwise.
const CONNECTIONS: u32 = 10;

/// Fewer would not do: one writes, one reads, one hears of what others do.
const FEWEST: u32 = 3;

/// How long is waited for a connection, unless told otherwise.
const PATIENCE: Duration = Duration::from_secs(5);

const MAX_CONNECTIONS: &str = "max_connections";
const CONNECT_TIMEOUT: &str = "connect_timeout";

/// The driver's options that may be given, by the names the engine's own programs have for them.
const POSTGRES: Options = Options {
    scheme: "postgres",
    known: &["sslmode", "sslrootcert", "sslcert", "sslkey", "host", "application_name"],
    mode: "sslmode",
    modes: &["disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
    authority: "sslrootcert",
};
const MYSQL: Options = Options {
    scheme: "mysql",
    known: &["ssl-mode", "ssl-ca", "ssl-cert", "ssl-key", "socket"],
    mode: "ssl-mode",
    modes: &["DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"],
    authority: "ssl-ca",
};

struct Options {
    scheme: &'static str,
    known: &'static [&'static str],
    /// The one that says how much of TLS is wanted, and what that may be, the most last.
    mode: &'static str,
    modes: &'static [&'static str],
    /// The one that names who signs the server's certificate.
    authority: &'static str,
}

/// Where a server is, and how it is spoken to.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Location {
    /// As the driver reads it, with nothing of ours.
    url: Url,
    /// At most so many connections.
    pub(crate) connections: u32,
    /// For so long a connection is waited for.
    pub(crate) patience: Duration,
}

/// Without the password.
impl std::fmt::Debug for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (host, database) = (self.url.host_str().unwrap_or_default(), self.url.path());
        f.debug_struct("Location").field("host", &host).field("database", &database).finish_non_exhaustive()
    }
}

impl Location {
    /// What follows `postgres:`.
    pub(crate) fn postgres(rest: &str) -> Result<Self, InvalidAddress> {
        Self::read(rest, &POSTGRES)
    }

    /// What follows `mysql:`.
    pub(crate) fn mysql(rest: &str) -> Result<Self, InvalidAddress> {
        Self::read(rest, &MYSQL)
    }

    /// Whoever names an authority means it to be asked: the driver would go on without, unless the mode says so.
    fn read(rest: &str, options: &Options) -> Result<Self, InvalidAddress> {
        let Options { scheme, known, mode, modes, authority } = *options;
        let mut url = Url::parse(&format!("{scheme}:{rest}")).map_err(|_| InvalidAddress::Malformed)?;
        // An `@` behind the host is that of a password with something special in it.
        let behind = rest.trim_start_matches('/').split_once('/').map_or("", |(_, behind)| behind);
        if !rest.starts_with("//") || behind.contains('@') || url.fragment().is_some() {
            return Err(InvalidAddress::Malformed);
        }
        if url.path().trim_start_matches('/').is_empty() {
            return Err(InvalidAddress::NoDatabase { scheme });
        }
        let (mut connections, mut patience) = (CONNECTIONS, PATIENCE);
        let mut drivers: Vec<(String, String)> = Vec::new();
        for (option, value) in url.query_pairs() {
            match option.as_ref() {
                MAX_CONNECTIONS => connections = number(MAX_CONNECTIONS, &value, FEWEST)?,
                CONNECT_TIMEOUT => patience = Duration::from_secs(number(CONNECT_TIMEOUT, &value, 1)?.into()),
                option if option == mode && !modes.contains(&value.as_ref()) => {
                    let expected = modes.join(", ");
                    return Err(InvalidAddress::OptionValue { option: mode, expected: format!("one of {expected}") });
                }
                option if known.contains(&option) => drivers.push((option.to_owned(), value.into_owned())),
                option => return Err(unknown(option, known)),
            }
        }
        let has = |name: &str| drivers.iter().any(|(option, _)| option == name);
        if let Some(verifying) = modes.last().filter(|_| has(authority) && !has(mode)) {
            drivers.push((mode.to_owned(), (*verifying).to_owned()));
        }
        url.set_query(None);
        if !drivers.is_empty() {
            url.query_pairs_mut().extend_pairs(drivers);
        }
        Ok(Self { url, connections, patience })
    }

    /// As the driver reads it.
    pub(crate) fn url(&self) -> &str {
        self.url.as_str()
    }
}

fn number(option: &'static str, value: &str, least: u32) -> Result<u32, InvalidAddress> {
    let expected = if least == 1 { "a number of seconds, from 1 to 1000" } else { "a number from 3 to 1000" };
    let number = value.parse().ok().filter(|number| (least..=1000).contains(number));
    number.ok_or_else(|| InvalidAddress::OptionValue { option, expected: expected.to_owned() })
}

fn unknown(option: &str, known: &[&str]) -> InvalidAddress {
    if !option.chars().all(|c| c.is_ascii_alphabetic() || c == '_' || c == '-') {
        return InvalidAddress::Malformed;
    }
    let known = [known, &[MAX_CONNECTIONS, CONNECT_TIMEOUT]].concat().join(", ");
    InvalidAddress::UnknownOption { option: option.chars().take(64).collect(), known }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ours_is_taken_out_and_the_rest_is_the_drivers() {
        let at =
            Location::postgres("//ada:s%40x@db:5433/door?max_connections=20&application_name=a%20b&connect_timeout=2");
        let at = at.unwrap();
        assert_eq!((at.connections, at.patience), (20, Duration::from_secs(2)));
        assert_eq!(at.url(), "postgres://ada:s%40x@db:5433/door?application_name=a+b");
        let plain = Location::mysql("//db/do%20or").unwrap();
        assert_eq!((plain.url(), plain.connections, plain.patience), ("mysql://db/do%20or", CONNECTIONS, PATIENCE));
    }

    #[test]
    fn whoever_names_an_authority_is_not_left_unprotected() {
        let url = |at: Result<Location, InvalidAddress>| at.unwrap().url().to_owned();
        assert_eq!(
            url(Location::postgres("//db/d?sslrootcert=/ca.pem")),
            "postgres://db/d?sslrootcert=%2Fca.pem&sslmode=verify-full"
        );
        assert_eq!(
            url(Location::mysql("//db/d?ssl-ca=/ca.pem")),
            "mysql://db/d?ssl-ca=%2Fca.pem&ssl-mode=VERIFY_IDENTITY"
        );
        let told = url(Location::postgres("//db/d?sslmode=verify-ca&sslrootcert=/ca.pem"));
        assert_eq!(told, "postgres://db/d?sslmode=verify-ca&sslrootcert=%2Fca.pem");
    }

    #[test]
    fn mistakes_are_told_by_their_name() {
        let told = |at: Result<Location, InvalidAddress>| at.unwrap_err();
        assert!(matches!(told(Location::postgres("//db/d?ssl-mode=x")), InvalidAddress::UnknownOption { .. }));
        assert!(matches!(told(Location::postgres("//db/d?password=x")), InvalidAddress::UnknownOption { .. }));
        for few in ["0", "2", "1001", "x", "-1", ""] {
            let told = told(Location::mysql(&format!("//db/d?max_connections={few}")));
            assert!(matches!(told, InvalidAddress::OptionValue { option: MAX_CONNECTIONS, .. }), "{few}");
        }
        for none in ["//db", "//db/", "//db?sslmode=disable"] {
            assert_eq!(told(Location::postgres(none)), InvalidAddress::NoDatabase { scheme: "postgres" }, "{none}");
        }
        for odd in [
            "db/d",
            "//u:p@ss/w@d:x/d",
            "//u:12/ab?SECRET@d/d",
            "//u:12/ab?SECRET=1@d/d",
            "//u:12/ab?SECRET1",
            "//u@d/d#sslmode=verify-full",
            "//db:99999/d",
            "//[::1/d",
        ] {
            assert_eq!(told(Location::postgres(odd)), InvalidAddress::Malformed, "{odd}");
        }
        assert!(!format!("{:?}", Location::mysql("//ada:secret@db/d").unwrap()).contains("secret"));
    }
}
