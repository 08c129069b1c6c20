//! All profiles there are: the built-in ones and those of the operator, each parsed once and shared by all apps that use it.
//!
//! A profile may build on another (`extends`): what it does not say itself, that one says, and its rules come before that one's.
//! Where the files are is the caller's to know; nothing here opens any.

use doorward_domain::nearest;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crate::error::{Mistake, Place};
use crate::file::Draft;
use crate::{Profile, ProfileError};

/// A profile file of the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileFile {
    /// How people find it, for telling mistakes: a path.
    pub file: String,
    /// The name it must have: the file's, without its ending.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

impl ProfileFile {
    /// The profile it builds on, if it can be read and says one.
    pub fn builds_on(&self) -> Option<String> {
        Draft::read(&self.text).ok()?.extends().map(str::to_owned)
    }
}

/// What is wrong with one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileMistake {
    /// The file, as it was named.
    pub file: String,
    /// What and where in it.
    pub mistake: Mistake,
}

/// All profiles, by name.
#[derive(Debug, Clone)]
pub struct Profiles {
    files: Vec<ProfileFile>,
    known: BTreeMap<String, Arc<Profile>>,
}

impl PartialEq for Profiles {
    fn eq(&self, other: &Self) -> bool {
        self.files == other.files
    }
}

impl Eq for Profiles {}

impl Default for Profiles {
    fn default() -> Self {
        Self::builtin().clone()
    }
}

impl Profiles {
    /// The built-in ones. That each of them can be read, and that all it says can be followed, is a test.
    pub fn builtin() -> &'static Self {
        static BUILTIN: LazyLock<Profiles> = LazyLock::new(|| {
            let names = Profile::builtin_names().iter();
            let texts = names.filter_map(|name| Some(((*name).to_owned(), Profile::builtin_text(name)?)));
            let known = texts.filter_map(|(name, text)| {
                let profile = Draft::read(text).and_then(|draft| draft.finish_known(None)).ok()?;
                Some((name, Arc::new(profile)))
            });
            Profiles { files: Vec::new(), known: known.collect() }
        });
        &BUILTIN
    }

    /// The built-in ones and these. What is wrong with any file is told, of all of them at once.
    pub fn with_files(files: Vec<ProfileFile>) -> Result<Self, Vec<FileMistake>> {
        let mut all = Self { files, known: Self::builtin().known.clone() };
        let mut mistakes = Vec::new();
        let mut drafts = BTreeMap::new();
        for file in &all.files {
            let told = |mistake| FileMistake { file: file.file.clone(), mistake };
            match Draft::read(&file.text) {
                Ok(draft) => match wrong_name(file, &draft) {
                    Some(mistake) => mistakes.push(told(mistake)),
                    None => {
                        drafts.insert(file.name.clone(), (file.file.clone(), draft));
                    }
                },
                Err(error) => mistakes.extend(error.mistakes.into_iter().map(told)),
            }
        }
        let are_all_read = mistakes.is_empty();
        while let Some(name) = drafts.keys().find(|name| all.is_ready(&drafts, name)).cloned() {
            let Some((file, draft)) = drafts.remove(&name) else { break };
            let base = draft.extends().and_then(|base| all.find(base)).cloned();
            match draft.finish(base.as_deref()) {
                Ok(profile) => {
                    all.known.insert(name, Arc::new(profile));
                }
                Err(error) => {
                    let told = |mistake| FileMistake { file: file.clone(), mistake };
                    mistakes.extend(error.mistakes.into_iter().map(told));
                }
            }
        }
        // Of those that are left, what they build on is missing. If it could only not be read, that has been told.
        if are_all_read && mistakes.is_empty() {
            for (name, (file, draft)) in &drafts {
                mistakes.extend(
                    all.why_not(&drafts, name, draft).map(|mistake| FileMistake { file: file.clone(), mistake }),
                );
            }
        }
        if mistakes.is_empty() { Ok(all) } else { Err(mistakes) }
    }

    /// A profile by name.
    pub fn find(&self, name: &str) -> Option<&Arc<Profile>> {
        self.known.get(name)
    }

    /// A profile by name, or which there are instead.
    pub fn named(&self, name: &str) -> Result<&Arc<Profile>, String> {
        self.find(name).ok_or_else(|| unknown(name, self.names()))
    }

    /// All names, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(String::as_str)
    }

    /// A profile as it is written, and in which file if it is not built in.
    pub fn text(&self, name: &str) -> Option<(&str, Option<&str>)> {
        let own = self.files.iter().find(|file| file.name == name);
        let own = own.map(|file| (file.text.as_str(), Some(file.file.as_str())));
        own.or_else(|| Some((Profile::builtin_text(name)?, None)))
    }

    fn is_ready(&self, drafts: &Drafts, name: &str) -> bool {
        let base = drafts.get(name).and_then(|(_, draft)| draft.extends());
        base.is_none_or(|base| self.known.contains_key(base) && !drafts.contains_key(base))
    }

    /// Why what a draft builds on is not there.
    fn why_not(&self, drafts: &Drafts, name: &str, draft: &Draft) -> Option<Mistake> {
        let base = draft.extends()?;
        let text = if drafts.contains_key(base) {
            let mut way = vec![name];
            let next = |at: &str| drafts.get(at).and_then(|(_, draft)| draft.extends());
            while let Some(base) = way.last().and_then(|last| next(last)) {
                let is_round = way.contains(&base);
                way.push(base);
                if is_round {
                    break;
                }
            }
            // Who only builds on a circle is not at fault.
            (way.first() == way.last()).then(|| format!("`extends` goes round in a circle: {}", way.join(" → ")))?
        } else {
            let names = self.names().chain(drafts.keys().map(String::as_str)).filter(|known| *known != name);
            format!("`extends`: {}", unknown(base, names))
        };
        Some(Mistake { place: draft.extends_place(), text })
    }
}

/// Read, and by name, with their files.
type Drafts = BTreeMap<String, (String, Draft)>;

fn wrong_name(file: &ProfileFile, draft: &Draft) -> Option<Mistake> {
    let (own, place) = draft.name();
    let text = if Profile::builtin_names().contains(&own) {
        format!("`{own}` is built in; give yours another name, and say `extends: {own}` to build on it")
    } else if own != file.name {
        format!("the profile is called `{own}`, so its file must be called {own}.yaml")
    } else {
        return None;
    };
    Some(Mistake { place, text })
}

fn unknown<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> String {
    let mut known: Vec<&str> = known.collect();
    known.sort_unstable();
    let meant = nearest(name, known.iter().copied()).map(|meant| format!("; did you mean `{meant}`?"));
    format!("there is no profile `{name}`; profiles are {}{}", known.join(", "), meant.unwrap_or_default())
}

impl Profile {
    /// A built-in profile by name.
    pub fn builtin(name: &str) -> Option<Self> {
        Profiles::builtin().find(name).map(|profile| Self::clone(profile))
    }

    /// Reads a profile from its YAML text; it may build on a built-in one. All mistakes are in the error, with line and column.
    pub fn from_yaml(text: &str) -> Result<Self, ProfileError> {
        Self::from_yaml_with(text, Profiles::builtin())
    }

    /// Reads a profile from its YAML text; it may build on any of these.
    pub fn from_yaml_with(text: &str, all: &Profiles) -> Result<Self, ProfileError> {
        let draft = Draft::read(text)?;
        let base = match draft.extends() {
            None => None,
            Some(base) => Some(all.named(base).map_err(|what| ProfileError {
                mistakes: vec![Mistake { place: draft.extends_place(), text: format!("`extends`: {what}") }],
            })?),
        };
        let base = base.cloned();
        draft.finish(base.as_deref())
    }
}

impl FileMistake {
    /// The line and column, if it is known.
    pub fn line_and_column(&self) -> Option<(u64, u64)> {
        match self.mistake.place {
            Place::Text { line, column } => Some((line, column)),
            Place::Rule { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests;
