//! Where the database is.

use doorward_store::{OpenError, Store, remains};
use std::path::PathBuf;

use super::running::{RunningDoor, running_doors};
use crate::config::{Config, DatabaseUrl};

/// The configured database, or the one in the user's data folder.
pub fn database_address(config: &Config) -> DatabaseUrl {
    config.sections.database.clone().unwrap_or_else(|| {
        let file = default_file(|name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from));
        DatabaseUrl::new(format!("sqlite://{}", file.display()))
    })
}

/// `$XDG_DATA_HOME` counts if it is absolute (XDG Base Directory Specification 0.8); a system service often has no home at all.
fn default_file(variable: impl Fn(&str) -> Option<PathBuf>) -> PathBuf {
    let data = variable("XDG_DATA_HOME").filter(|path| path.is_absolute());
    let home = variable("HOME").filter(|path| path.is_absolute()).map(|home| home.join(".local/share"));
    data.or(home).unwrap_or_else(|| PathBuf::from("/var/lib")).join("doorward/doorward.db")
}

/// The file of a database that is not there yet.
pub fn missing_database(address: &DatabaseUrl) -> Option<PathBuf> {
    let file = file_of(address)?;
    // What may not be looked at is not missing; opening it says more.
    file.try_exists().is_ok_and(|exists| !exists).then_some(file)
}

/// The same address, whatever folder one is in; without a password, since it is shown to people.
pub fn absolute_address(address: &DatabaseUrl) -> String {
    match file_of(address).map(std::path::absolute) {
        Some(Ok(file)) => format!("sqlite://{}", file.display()),
        Some(Err(_)) | None => address.to_string(),
    }
}

/// The file that an address names; none for a database in memory.
pub fn file_of(address: &DatabaseUrl) -> Option<PathBuf> {
    let path = address.expose().strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    (path != ":memory:").then(|| PathBuf::from(path))
}

/// For everything that works on a database and must not make one: a sentence when there is none, which names the databases of the
/// Doorwards that this user runs. `command` is how this program is called for it.
pub fn must_exist(address: &DatabaseUrl, command: &str) -> Result<(), String> {
    let Some(file) = missing_database(address) else { return Ok(()) };
    let shown = std::path::absolute(&file).unwrap_or(file);
    if let Some(remains) = remains(&shown) {
        return Err(OpenError::Remains { path: shown, remains }.to_string());
    }
    let mut text = format!("there is no database at {}", shown.display());
    let doors = running_doors();
    if doors.is_empty() {
        text.extend(["; starting Doorward makes one, and so does `", command, " init-db`"]);
    }
    for door in doors {
        text.extend(["\n", &pointer_to(&door)]);
    }
    Err(text)
}

/// The Doorwards that this user runs, in words, when all of them run on other databases: whoever names none may well mean one of those.
pub fn other_than(address: &DatabaseUrl) -> Option<String> {
    /// So many are told of.
    const FEW: usize = 2;
    let (address, doors) = (absolute_address(address), running_doors());
    if doors.is_empty() || doors.iter().any(|door| door.database == address) {
        return None;
    }
    let more = doors.len().checked_sub(FEW).filter(|more| *more > 0);
    let more = more.map(|more| format!("{more} more of your Doorwards run on others"));
    Some(doors.iter().take(FEW).map(pointer_to).chain(more).collect::<Vec<_>>().join("; "))
}

/// The addresses of this user's Doorwards that run on the same database.
pub fn sharing(address: &DatabaseUrl) -> Vec<String> {
    let address = absolute_address(address);
    running_doors().into_iter().filter(|door| door.database == address).map(|door| door.address).collect()
}

fn pointer_to(door: &RunningDoor) -> String {
    let RunningDoor { pid, address, database, .. } = door;
    // A password is no argument, and is not here.
    if database.contains(":***@") {
        return format!("the Doorward at {address} (process {pid}) uses another one, {database}");
    }
    format!("the Doorward at {address} (process {pid}) uses another one: --database {}", quoted(database))
}

/// As one word of a shell.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/:._-+@%=,~".contains(c);
    if word.starts_with('~') || !word.chars().all(plain) {
        format!("'{}'", word.replace('\'', r"'\''"))
    } else {
        word.to_owned()
    }
}

/// Opens the database and brings it up to date; the sentence names it.
pub async fn open_store(address: &DatabaseUrl) -> Result<Store, String> {
    Store::open(address.expose()).await.map_err(|error| match error {
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
        assert_eq!(
            place(&[("HOME", "/home/ada"), ("XDG_DATA_HOME", "data")]),
            "/home/ada/.local/share/doorward/doorward.db"
        );
        assert_eq!(place(&[]), "/var/lib/doorward/doorward.db");
    }

    #[test]
    fn an_address_stays_the_same_in_another_folder_and_in_a_shell() {
        let here = std::env::current_dir().expect("a folder");
        let absolute = |address: &str| absolute_address(&DatabaseUrl::new(address.to_owned()));
        assert_eq!(absolute("sqlite://data/d.db"), format!("sqlite://{}/data/d.db", here.display()));
        assert_eq!(absolute("sqlite:///srv/d.db"), "sqlite:///srv/d.db");
        assert_eq!(absolute("sqlite::memory:"), "sqlite::memory:");
        assert_eq!(quoted("sqlite:///srv/d.db"), "sqlite:///srv/d.db");
        assert_eq!(quoted("sqlite:///it's here/d.db"), r"'sqlite:///it'\''s here/d.db'");
    }
}
