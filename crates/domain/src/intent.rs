//! What a request was understood to want. A profile makes it; [`crate::decide`] judges it.

use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt};

use crate::{Action, Resource, Target, Targets};

/// The rule of a profile (or `unclassified`) that gave an operation its action.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RuleName(Cow<'static, str>);

impl RuleName {
    /// The rule for what no profile names.
    pub const UNCLASSIFIED: Self = Self(Cow::Borrowed("unclassified"));

    /// Names a rule.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One thing the request does: a route of the tool, or one root field of a GraphQL operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Operation {
    /// As the tool names it: `launchRun`, or method and route.
    pub name: Cow<'static, str>,
    /// What it amounts to.
    pub action: Action,
    /// Which rule says so.
    pub rule: RuleName,
    /// What doing it is called in a sentence, "Launching runs", when the profile says.
    pub called: Option<Cow<'static, str>>,
    /// The one name under which the audit log finds all operations that come to the same, when it is another one: `launchRun` for
    /// `launchPipelineExecution`.
    pub family: Option<Cow<'static, str>>,
    /// On what it is done.
    pub targets: Targets,
}

impl Operation {
    /// What stands in a refusal of a request that was not understood to do anything.
    pub(crate) fn nothing() -> Self {
        Self {
            name: "nothing".into(),
            action: Action::Admin,
            rule: RuleName::UNCLASSIFIED,
            called: None,
            family: None,
            targets: Targets::Unknown,
        }
    }

    /// The names under which the audit log finds it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        [Some(&self.name), self.family.as_ref()].into_iter().flatten().map(AsRef::as_ref)
    }
}

/// Everything a request wants. Allowed only if all of it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Intent {
    /// Never empty.
    pub operations: Vec<Operation>,
    /// All that the request names, wherever: for the audit log. What is judged is what each operation acts on.
    pub resources: Vec<Resource>,
    /// Whether the tool's state changes: recorded before it is forwarded.
    pub changes_state: bool,
}

impl Intent {
    /// The operation that needs the strongest role; the first of equals.
    pub fn strongest(&self) -> Option<&Operation> {
        self.operations.iter().reduce(|best, next| if next.action > best.action { next } else { best })
    }

    /// About how much room it takes, in bytes.
    pub fn weight(&self) -> usize {
        let named = |name: &Resource| size_of::<Resource>() + name.as_str().len();
        let target = |target: &Target| size_of::<Target>() + target.names().iter().map(named).sum::<usize>();
        let operation = |operation: &Operation| {
            let targets = match &operation.targets {
                Targets::These(these) => these.iter().map(target).sum(),
                Targets::Shell | Targets::Whole | Targets::Unknown => 0,
            };
            size_of::<Operation>() + operation.name.len() + targets
        };
        let operations: usize = self.operations.iter().map(operation).sum();
        size_of::<Self>() + operations + self.resources.iter().map(named).sum::<usize>()
    }
}
