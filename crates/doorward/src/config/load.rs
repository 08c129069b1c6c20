//! From the layers to a [`Config`], or to everything that is wrong.

use doorward_domain::SessionLimits;
use doorward_profile::Profiles;
use std::{path::Path, path::PathBuf, sync::Arc};

use super::sections::{apps, desk_host, limits, profiles, sessions};
use super::yaml;
use super::{AppSection, AuditSection, DoorSection, Layers, LogSection, Node, Origin, Problems, Values, read_text};

/// The whole configuration, sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where the door is.
    pub door: DoorSection,
    /// The database as written; `None` is the default place.
    pub database: Option<String>,
    /// What is known about kinds of tools.
    pub profiles: Arc<Profiles>,
    /// The tools.
    pub apps: Vec<AppSection>,
    /// How long sessions live.
    pub sessions: SessionLimits,
    /// Where else the audit log goes.
    pub audit: AuditSection,
    /// What the operator is told.
    pub log: LogSection,
    /// What clients and tools may hold.
    pub limits: doorward_proxy::Limits,
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
    let mut layers = Layers::default();
    let file = read_file(request, &mut layers, &mut problems);
    layers.add_environment(&request.variables, &read_secret, &mut problems);
    for (path, option, value) in &request.overrides {
        layers.add_option(path, option, |at| value.node(at));
    }
    let values = Values::settle(layers, &mut problems);
    let door = DoorSection::read(&values, &mut problems);
    let profiles = profiles::read(&values, &mut problems);
    let apps = apps::read(&values, &profiles, request.reaches_no_tool, &mut problems);
    desk_host::check(&values, &door, &apps, &mut problems);
    let config = Config {
        door,
        database: values.text("database"),
        profiles,
        apps,
        sessions: sessions::read(&values),
        audit: AuditSection::read(&values, &mut problems),
        log: LogSection::read(&values),
        limits: limits::read(&values),
    };
    problems.sort();
    if problems.is_empty() { Ok(Loaded { config, values, file }) } else { Err(problems) }
}

fn read_file(request: &Request, layers: &mut Layers, problems: &mut Problems) -> Option<PathBuf> {
    let path = request.file.clone().or_else(|| request.places.iter().find(|place| place.exists()).cloned())?;
    let name: Arc<str> = path.display().to_string().into();
    match read_text(&path, LONGEST) {
        Ok(text) => {
            if let Some(root) = yaml::parse(&name, &text, problems) {
                layers.add_file(&root, problems);
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
