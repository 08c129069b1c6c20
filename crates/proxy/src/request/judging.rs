//! Whether a request may go on: asked of the one decision, and where that depends on what the request does not tell, of the tool first.

use doorward_domain::{Caller, Decision, Intent, Permit, Refusal, Why};
use doorward_service::gate::{self, Asked};
use std::sync::Arc;

use super::app_request::AppRequest;
use super::outgoing::Shape;
use super::renewal::Now;
use super::{AuditContext, Bound, Rejection, Resolved, resolve};

/// That it may go on, and who asks by now where that was looked up once more meanwhile.
pub(super) type Told = (Bound, Option<Box<Now>>);

impl AppRequest<'_> {
    /// Asks the one decision; and where it depends on what the request does not tell, the tool first.
    pub(super) async fn judge_told(
        &self,
        intent: &Arc<Intent>,
        shape: Shape,
        audit_context: &mut AuditContext,
    ) -> Result<Told, Rejection> {
        match self.judge(self.caller, intent, audit_context) {
            Err(Rejection::Denied(refusal)) if refusal.why == Why::Untold => {
                Box::pin(self.judge_resolved(intent, shape, refusal, audit_context)).await
            }
            judged => Ok((bound(judged?, intent, None)?, None)),
        }
    }

    async fn judge_resolved(
        &self,
        intent: &Arc<Intent>,
        shape: Shape,
        before: Box<Refusal>,
        audit_context: &mut AuditContext,
    ) -> Result<Told, Rejection> {
        // A tool that is not there is nobody's refusal.
        self.check_health()?;
        let Some(resolved) = resolve(&self.context.worker, self.site, intent).await else {
            return Err(Rejection::Denied(before));
        };
        // The tool took its time: who asks may be somebody else by now, or nobody.
        let now =
            if self.is_out_of_date() { Some(Box::new(self.judge_again(&resolved.intent, shape).await?)) } else { None };
        let now_there = now.as_ref().map_or(*self, |now| now.of(self));
        let judged = now_there.judge(now_there.caller, &resolved.intent, audit_context);
        let permit = judged.map_err(|rejection| match rejection {
            Rejection::Denied(mut refusal) => {
                if let Some(why) = resolved.unresolved.filter(|_| refusal.why == Why::Untold) {
                    refusal.stays_untold(why);
                }
                Rejection::Denied(refusal)
            }
            rejection => rejection,
        })?;
        Ok((bound(permit, intent, Some(&resolved))?, now))
    }

    /// Asks the one decision.
    pub(super) fn judge(
        &self,
        caller: &Caller,
        intent: &Arc<Intent>,
        audit_context: &mut AuditContext,
    ) -> Result<Permit, Rejection> {
        let worker = &self.context.worker;
        let now = worker.shared.services.clock.now();
        let id = audit_context.decision_id_at(worker, now);
        match gate::judge(&Asked { id, caller, app: &self.site.app, intent, now }) {
            Decision::Pass(permit) => {
                audit_context.was_permitted(&permit);
                Ok(permit)
            }
            Decision::SignIn => Err(Rejection::SignIn),
            Decision::Refuse(refusal) => {
                audit_context.intent = Some(Arc::clone(intent));
                Err(Rejection::Denied(refusal))
            }
        }
    }
}

/// The permit, for what was read as this alone.
pub(super) fn bound(permit: Permit, read: &Arc<Intent>, resolved: Option<&Resolved>) -> Result<Bound, Rejection> {
    Bound::new(permit, read, resolved).ok_or(Rejection::NoApp)
}
