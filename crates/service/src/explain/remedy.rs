//! The commands that would let a refused request through, with the least that does.

use doorward_domain::{Decision, DecisionId, GrantId, Intent, Lacking, Refusal, Remedy, Username};
use std::sync::Arc;

use super::{Explain, ExplainError, Hypothetical};
use crate::App;
use crate::gate::{self, Asked};

/// Of more denials than this nobody is told: it is no longer a matter of a command.
const DENIALS: usize = 20;

impl Explain {
    /// What to type, ready to be copied: each denial that is in the way ends, and what is lacking then is given. It is tried: `None` where
    /// nothing would do.
    pub(super) async fn remedy(
        &self,
        app: &App,
        intent: &Arc<Intent>,
        refusal: &Refusal,
        request: &Hypothetical,
    ) -> Result<Option<String>, ExplainError> {
        let mut lifted: Vec<GrantId> = Vec::new();
        let mut commands = Vec::new();
        let mut remedy = refusal.remedy.clone();
        while lifted.len() < DENIALS {
            match remedy {
                Remedy::Lift(denial) if !lifted.contains(&denial) => {
                    commands.push(format!("{} grant remove {denial}", request.command));
                    lifted.push(denial);
                }
                Remedy::Grant(lacking) => {
                    let whom = whom(&refusal.name, refusal.is_key);
                    commands.push(format!("{} grant add {}", request.command, lacks(&whom, app, &lacking)));
                    return Ok(Some(commands.join(" && ")));
                }
                Remedy::Lift(_) | Remedy::Nothing => return Ok(None),
            }
            let caller = self.caller(&request.whom, &lifted).await?;
            let now = self.context.now();
            let id = DecisionId::generate(now, self.context.random());
            match gate::judge(&Asked { id, caller: &caller, app, intent, now }) {
                Decision::Pass(_) => return Ok(Some(commands.join(" && "))),
                Decision::SignIn => return Ok(None),
                Decision::Refuse(next) => remedy = next.remedy,
            }
        }
        Ok(None)
    }
}

/// Whom, as an option.
pub(super) fn whom(name: &Username, is_key: bool) -> String {
    if is_key { format!("--key {name}") } else { name.to_string() }
}

/// Whom, what role and on what, as options: for a shell, in which nothing ends a quotation but its mark.
pub(super) fn lacks(whom: &str, app: &App, Lacking { role, resource }: &Lacking) -> String {
    let quoted = resource.as_ref().map(|name| name.as_str().replace('\'', r"'\''"));
    let thing = quoted.map(|name| format!(" --resource '{name}'")).unwrap_or_default();
    format!("{whom} --role {role} --app {}{thing}", app.name)
}
