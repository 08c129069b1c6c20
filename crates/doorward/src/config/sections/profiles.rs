//! `profiles`: the operator's own profiles, a folder of files `NAME.yaml`. Mistakes in them are told with file, line and column, together
//! with all others.

use doorward_profile::{Profile, ProfileFile, Profiles};
use std::path::Path;
use std::sync::Arc;

use crate::config::{Origin, Problems, Values, read_text};

/// The longest profile that is read, in bytes.
const LONGEST: u64 = 4 << 20;
/// The most profiles of one's own.
const MOST: usize = 256;

/// Reads all files, or tells what is wrong with them; the built-in profiles are always there.
pub fn read(values: &Values, folder: Option<&Path>, problems: &mut Problems) -> Arc<Profiles> {
    let Some(folder) = folder else { return Arc::default() };
    let files = match files_in(folder) {
        Ok(files) => files,
        Err(what) => {
            problems.add(&values.origin("profiles"), format!("`profiles`: {what}"));
            return Arc::default();
        }
    };
    match Profiles::with_files(files) {
        Ok(all) => Arc::new(all),
        Err(mistakes) => {
            for own in mistakes {
                let (line, column) = own.line_and_column().unwrap_or((1, 1));
                let count = |number| usize::try_from(number).unwrap_or(usize::MAX);
                let at = Origin::File { file: own.file.as_str().into(), line: count(line), column: count(column) };
                problems.add(&at, own.mistake.text);
            }
            Arc::default()
        }
    }
}

fn read_one(path: &Path, name: &str) -> Result<ProfileFile, String> {
    let text = read_text(path, LONGEST).map_err(|why| format!("{} cannot be read: {why}", path.display()))?;
    Ok(ProfileFile { file: path.display().to_string(), name: name.to_owned(), text })
}

/// One file, and those in the same folder that it builds on.
pub fn file_and_bases(path: &Path) -> Result<(ProfileFile, Vec<ProfileFile>), String> {
    let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    let own = read_one(path, name)?;
    let mut bases: Vec<ProfileFile> = Vec::new();
    let mut next = own.builds_on();
    while let Some(base) = next.take().filter(|base| *base != own.name && bases.len() < MOST) {
        let file = path.with_file_name(format!("{base}.yaml"));
        if Profile::builtin_names().contains(&base.as_str()) || !file.exists() {
            break;
        }
        let file = read_one(&file, &base)?;
        next = file.builds_on().filter(|base| bases.iter().all(|known| known.name != *base));
        bases.push(file);
    }
    Ok((own, bases))
}

/// The profiles of a folder, in the order of their names.
fn files_in(folder: &Path) -> Result<Vec<ProfileFile>, String> {
    let told = |path: &Path, error: std::io::Error| format!("{} cannot be read: {error}", path.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| told(folder, error))? {
        let path = entry.map_err(|error| told(folder, error))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(name) = name.strip_suffix(".yaml").filter(|name| !name.starts_with('.')) else { continue };
        if files.len() == MOST {
            return Err(format!("{} holds more than {MOST} profiles", folder.display()));
        }
        files.push(read_one(&path, name)?);
    }
    files.sort_by(|one, two| one.name.cmp(&two.name));
    Ok(files)
}
