//! A tool given on the command line instead of in the file.

use doorward_domain::AppName;

use crate::config::{OptionValue, Overrides};

/// A tool to wrap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// Its app's name.
    pub name: AppName,
    /// Its profile.
    pub profile: String,
    /// Program and arguments, with `{port}`.
    pub command: Vec<String>,
    /// The path under which the tool itself is mounted, or empty.
    pub prefix: String,
}

impl Wrapped {
    /// As an app of the configuration: what the file says about an app of that name (roles, rules, attribution) stays.
    pub fn overrides(&self, option: &'static str) -> Overrides {
        let key = |name: &str| format!("apps.{}.{name}", self.name);
        vec![
            (key("command"), option, OptionValue::Words(self.command.clone())),
            (key("upstream"), option, OptionValue::Nothing),
            (key("profile"), option, OptionValue::Word(self.profile.clone())),
        ]
    }
}
