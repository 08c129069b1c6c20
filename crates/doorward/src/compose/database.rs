//! Where the database is.

use doorward_store::{OpenError, Store};
use std::path::PathBuf;

use crate::config::Config;

/// The configured database, or the one in the user's data folder.
pub fn database_address(config: &Config) -> String {
    config.database.clone().unwrap_or_else(|| {
        let file = default_file(|name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from));
        format!("sqlite://{}", file.display())
    })
}

/// `$XDG_DATA_HOME` counts if it is absolute (XDG Base Directory Specification 0.8); a system service often has no home at all.
fn default_file(variable: impl Fn(&str) -> Option<PathBuf>) -> PathBuf {
    let data = variable("XDG_DATA_HOME").filter(|path| path.is_absolute());
    let home = variable("HOME").filter(|path| path.is_absolute()).map(|home| home.join(".local/share"));
    data.or(home).unwrap_or_else(|| PathBuf::from("/var/lib")).join("doorward/doorward.db")
}

/// The file of a database that is not there yet.
pub fn missing_database(address: &str) -> Option<PathBuf> {
    let path = address.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    let file = PathBuf::from(path);
    (path != ":memory:" && !file.exists()).then_some(file)
}

/// Opens the database and brings it up to date; the sentence names it.
pub async fn open_store(address: &str) -> Result<Store, String> {
    Store::open(address).await.map_err(|error| match error {
        OpenError::Database(cause) => format!("the database {address} cannot be opened: {cause}"),
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_database_is_in_the_data_folder_whoever_starts_us() {
        let place = |pairs: &[(&str, &str)]| {
            let pairs: Vec<_> = pairs.iter().map(|(n, v)| ((*n).to_owned(), PathBuf::from(v))).collect();
            default_file(|name| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone())).display().to_string()
        };
        assert_eq!(place(&[("HOME", "/home/ada"), ("XDG_DATA_HOME", "/data")]), "/data/doorward/doorward.db");
        assert_eq!(place(&[("HOME", "/home/ada"), ("XDG_DATA_HOME", "data")]), "/home/ada/.local/share/doorward/doorward.db");
        assert_eq!(place(&[]), "/var/lib/doorward/doorward.db");
    }
}
