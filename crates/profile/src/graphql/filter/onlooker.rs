//! Who reads an answer: the questions that are asked about them, thing by thing, while it is gone through.

use doorward_domain::{Operation, Role, Targets};

/// Who reads an answer. Whoever judges what people may do implements it.
pub trait Onlooker {
    /// Whether all of these may be viewed, for certain.
    fn shows(&self, things: &Targets) -> bool;
    /// Why they may not do this, in a sentence for them; nothing where they may, for certain.
    fn lacks(&self, operation: &Operation) -> Option<String>;
    /// What they may do whatever it acts on.
    fn least(&self) -> Role;
    /// What they are told where a role would be needed.
    fn needs(&self, role: Role) -> String;
}

/// One who may view these things, and do nothing.
impl<F: Fn(&Targets) -> bool> Onlooker for F {
    fn shows(&self, things: &Targets) -> bool {
        self(things)
    }

    fn lacks(&self, operation: &Operation) -> Option<String> {
        Some(self.needs(operation.action.required_role()))
    }

    fn least(&self) -> Role {
        Role::Viewer
    }

    fn needs(&self, role: Role) -> String {
        format!("This needs the role {role}.")
    }
}
