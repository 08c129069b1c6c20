//! A refusal of the past, for who may grant what it lacked: the grant that denied it, and what to type.

use doorward_domain::{
    AuditAction, AuditOutcome, Caller, Grant, GrantId, Lacking, NewAuditEvent, Principal, Remedy, Standing, Subject,
};
use std::sync::Arc;

use super::caller::Without;
use super::remedy::{lacks, whom};
use super::{Explain, ExplainError, Whom, because};
use crate::audit_log::Gathers;
use crate::ports::{NamedGrant, StoreError};
use crate::{Actor, App, Right};

/// What a refusal comes down to, as things stand by now. Empty for who may not grant, and where nothing is in the way any more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Undoing {
    /// The grant that denies it, in a sentence.
    pub because: Option<String>,
    /// The commands that would let it through with the least, joined by `&&`.
    pub remedy: Option<String>,
}

impl Explain {
    /// What to type so that what was refused is allowed, as `command` calls Doorward: to who may give on its app what was lacked. Of a denial
    /// that reaches beyond the app only administrators are told more than that there is one.
    pub async fn refusal(&self, actor: &Actor, event: &NewAuditEvent, command: &str) -> Result<Undoing, StoreError> {
        let is_told = event.action == AuditAction::REQUEST && event.outcome == AuditOutcome::Denied;
        let app = event.app.as_ref().and_then(|name| self.apps.find(name));
        let (Some(app), true) = (app, is_told && !Gathers::is_told_by(&event.details)) else {
            return Ok(Undoing::default());
        };
        let remedy = event.details.get("remedy").and_then(|remedy| serde_json::from_value(remedy.clone()).ok());
        match remedy {
            Some(Remedy::Lift(denial)) => self.lifting(actor, &app, denial, command).await,
            Some(Remedy::Grant(lacking)) => self.giving(actor, &app, event, &lacking, command).await,
            Some(Remedy::Nothing) | None => Ok(Undoing::default()),
        }
    }

    async fn lifting(&self, actor: &Actor, app: &App, denial: GrantId, command: &str) -> Result<Undoing, StoreError> {
        let Some(found) = self.denial_shown(actor, app, denial).await? else { return Ok(Undoing::default()) };
        let remedy = Some(format!("{command} grant remove {denial}"));
        Ok(Undoing { because: Some(because::described(&found)), remedy })
    }

    /// A denial that holds, if it is shown to them.
    pub(super) async fn denial_shown(
        &self,
        actor: &Actor,
        app: &App,
        denial: GrantId,
    ) -> Result<Option<NamedGrant>, StoreError> {
        let now = self.context.now();
        let found = self.grants.find(denial).await?.filter(|found| found.grant.until.is_none_or(|until| until > now));
        Ok(found.filter(|found| self.is_shown(actor, app, &found.grant)))
    }

    /// Whether they see a grant or denial whole: administrators do; and who answers for the app, if it is of the app alone.
    pub(super) fn is_shown(&self, actor: &Actor, app: &App, grant: &Grant) -> bool {
        let now = self.context.now();
        let answers_for_app = || actor.may_on(Right::SeeRequests, &app.name, now).is_ok();
        actor.holds(Right::SeeGrants, now) || grant.scope.app() == Some(&app.name) && answers_for_app()
    }

    async fn giving(
        &self,
        actor: &Actor,
        app: &App,
        event: &NewAuditEvent,
        lacking: &Lacking,
        command: &str,
    ) -> Result<Undoing, StoreError> {
        let now = self.context.now();
        if !actor.may_give(lacking.role, &app.name, now) {
            return Ok(Undoing::default());
        }
        let Some(who) = self.refused_one(&event.actor).await? else { return Ok(Undoing::default()) };
        let is_key = matches!(who.subject, Subject::Key(_));
        let add = lacks(&whom(&who.name, is_key), app, lacking).map(|added| format!("{command} grant add {added}"));
        match Standing::of(&who.rights, &app.name, lacking, app.default_role, now) {
            Standing::Held => Ok(Undoing::default()),
            Standing::Lacking => Ok(Undoing { because: None, remedy: add }),
            // Denied since then: giving it alone would change nothing.
            Standing::Denied(denial) => {
                let lifted = self.lifting(actor, app, denial, command).await?;
                let both = lifted.remedy.zip(add);
                Ok(Undoing { remedy: both.map(|(remove, add)| format!("{remove} && {add}")), because: lifted.because })
            }
        }
    }

    /// Who was refused, by their name in the log; `None` when there is nobody of that name who could ask again.
    async fn refused_one(&self, name: &str) -> Result<Option<Arc<Principal>>, StoreError> {
        let whom = match name.strip_prefix("key:") {
            Some(key) => Whom::Key(key.to_owned()),
            None => Whom::User(name.to_owned()),
        };
        match self.caller(&whom, Without::default()).await {
            Ok(Caller::Known(who)) => Ok(Some(who)),
            Err(ExplainError::Store(failure)) => Err(failure),
            Ok(Caller::Nobody) | Err(_) => Ok(None),
        }
    }
}
