//! From the layers to a [`Config`], or to everything that is wrong.

use doorward_domain::Secret;
use doorward_profile::Profiles;
use std::{path::Path, path::PathBuf, sync::Arc};

use super::read::read;
use super::sections::{apps, desk_host, own_address, profiles};
use super::settle::Settled;
use super::yaml;
use super::{AppSection, Layers, Node, Origin, Problems, Sections, Values, read_text, table};

/// The whole configuration, sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Every section as it is written, or by default.
    pub sections: Sections,
    /// What is known about kinds of tools.
    pub profiles: Arc<Profiles>,
    /// The tools.
    pub apps: Vec<AppSection>,
}

/// A configuration, and where it came from.
#[derive(Debug)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// Every key with its value and source, for `config show`.
    pub values: Values,
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
}

/// The longest configuration file that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// Settings made by options of the command line: path, option, value.
pub type Overrides = Vec<(String, &'static str, OptionValue)>;

/// The value of an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OptionValue {
    /// One word.
    Word(String),
    /// Several.
    Words(Vec<String>),
    /// Take away what the file or environment said.
    Nothing,
}

impl OptionValue {
    fn node(&self, at: Origin) -> Node {
        let word =
            |text: &str| Node { at: at.clone(), data: yaml::Data::Scalar { text: text.to_owned(), plain: false } };
        match self {
            Self::Word(text) => word(text),
            Self::Words(words) => {
                Node { at: at.clone(), data: yaml::Data::List(words.iter().map(|w| word(w)).collect()) }
            }
            Self::Nothing => Node::plain(at, "null"),
        }
    }
}

/// What to read. Everything comes in from the outside, so that tests need no environment.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The file that was asked for; it must be there.
    pub file: Option<PathBuf>,
    /// Where to look when none was asked for.
    pub places: Vec<PathBuf>,
    /// The environment.
    pub variables: Vec<(String, String)>,
    /// Options.
    pub overrides: Overrides,
    /// For a command that reaches no tool: apps need not say how theirs is reached, since a file may be for `doorward dagster`.
    pub reaches_no_tool: bool,
}

impl Request {
    /// What this process was given.
    pub fn of_process(file: Option<PathBuf>, overrides: Overrides) -> Self {
        let file = file.or_else(|| std::env::var_os("DOORWARD_CONFIG").filter(|f| !f.is_empty()).map(PathBuf::from));
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with("DOORWARD_"))
            .collect();
        let places = vec![PathBuf::from("doorward.yaml"), PathBuf::from("/etc/doorward/doorward.yaml")];
        Self { file, places, variables, overrides, reaches_no_tool: false }
    }
}

/// Reads everything, or tells everything that is wrong.
pub fn load(request: &Request) -> Result<Loaded, Problems> {
    let mut problems = Problems::default();
    let mut layers = Layers::new(table());
    let file = read_file(request, &mut layers, &mut problems);
    layers.add_environment(&request.variables, &read_secret, &mut problems);
    for (path, option, value) in &request.overrides {
        layers.set(path, &value.node(Origin::Option(option)), &mut problems);
    }
    let Settled { tree, mut at_fault } = layers.settle(&read_secret, &mut problems);
    let sections = read::<Sections>(&tree, table(), &mut at_fault, &mut problems);
    let values = Values::new(tree, at_fault);
    let config = sections.map(|sections| resolve(sections, &values, request, &mut problems));
    problems.sort();
    match config {
        Some(config) if problems.is_empty() => Ok(Loaded { config, values, file }),
        _ => Err(problems),
    }
}

/// Looks at what was read together with what it names.
fn resolve(mut sections: Sections, values: &Values, request: &Request, problems: &mut Problems) -> Config {
    let profiles = profiles::read(values, sections.profiles.as_deref(), problems);
    let all = std::mem::take(&mut sections.apps);
    let apps = apps::resolve(values, all, &profiles, request.reaches_no_tool, problems);
    desk_host::check(values, &sections, &apps, problems);
    own_address::check(values, &sections, &apps, problems);
    Config { sections, profiles, apps }
}

fn read_file(request: &Request, layers: &mut Layers<'_>, problems: &mut Problems) -> Option<PathBuf> {
    let path = request.file.clone().or_else(|| request.places.iter().find(|place| place.exists()).cloned())?;
    let name: Arc<str> = path.display().to_string().into();
    match read_text(&path, LONGEST).map(Secret::new) {
        Ok(text) => {
            if let Some(root) = yaml::parse(&name, text.expose(), problems) {
                layers.add_file(root);
            }
        }
        Err(error) => problems.add(&Origin::Default, format!("{name} cannot be read: {error}")),
    }
    Some(path)
}

/// The value a `…_FILE` variable points to; small, as secrets are.
fn read_secret(path: &str) -> Result<String, String> {
    read_text(Path::new(path), 64 * 1024)
}

#[cfg(test)]
mod tests;
