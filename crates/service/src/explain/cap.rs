//! What a key's owner may not do, the key does not either.

use doorward_domain::{Effect, Lacking, Principal, Role, Scope, Standing};

use super::caller::Without;
use super::{Explain, ExplainError, Whom};
use crate::ports::ListedKey;

impl Explain {
    /// That a key does less than what it was made with, because its owner may do less, in a sentence; `None` where it does not.
    pub async fn cap(&self, made: &ListedKey) -> Result<Option<String>, ExplainError> {
        let Some((owner, grant)) = made.owner.as_ref().zip(made.grants.first()) else { return Ok(None) };
        let Effect::Allow(given) = grant.effect else { return Ok(None) };
        let caller = self.caller(&Whom::User(owner.to_string()), Without::default()).await?;
        let Some(who) = caller.principal() else {
            return Ok(Some(format!("{owner} is disabled, so the key sleeps until they are enabled")));
        };
        let (held, on) = self.held_on(who, given, &grant.scope);
        Ok((held < Some(given)).then(|| {
            let held = held.map_or_else(|| "no role".to_owned(), |role| format!("the role {role}"));
            format!("{owner} holds {held} on {on}: the key never does more than its owner")
        }))
    }

    /// The role somebody holds there, as far as it matters to one of `given`; and where that is.
    fn held_on(&self, who: &Principal, given: Role, scope: &Scope) -> (Option<Role>, String) {
        let now = self.context.now();
        let Some(app) = scope.app() else { return (who.role_on_everything(now), "everything".to_owned()) };
        let default = self.apps.find(app).and_then(|app| app.default_role);
        let Some(thing) = scope.pattern() else { return (who.role_on(app, default, now), format!("all of {app}")) };
        let holds = |role: &Role| {
            let lacking = Lacking { role: *role, resource: Some(thing.clone()) };
            Standing::of(&who.rights, app, &lacking, default, now) == Standing::Held
        };
        let strongest = Role::ALL.into_iter().rev().filter(|role| *role <= given).find(holds);
        (strongest, format!("{thing} of {app}"))
    }
}
