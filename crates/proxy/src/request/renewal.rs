//! A request by the rules of when it goes on: what has begun, or whose body took its time, is looked up, read and judged once more when
//! anything that it was judged by has changed.

use doorward_domain::{Caller, Intent};
use doorward_profile::BodyKind;
use std::rc::Rc;
use std::sync::Arc;

use super::app_request::AppRequest;
use super::asker::{LookUp, identify};
use super::lasting::LastingPermit;
use super::outgoing::Shape;
use super::{AuditContext, Kept, Rejection};
use crate::Snapshot;
use crate::client_info::{self, ClientInfo};
use crate::site::Site;

/// A request whose body took its time, by the rules of when it was there.
pub(super) struct Renewed<'a> {
    snapshot: Arc<Snapshot>,
    client_info: ClientInfo<'a>,
    caller: Caller,
    site: Arc<Site>,
}

impl<'a> Renewed<'a> {
    pub(super) fn of(&'a self, before: &AppRequest<'a>) -> AppRequest<'a> {
        let Self { snapshot, client_info, caller, site } = self;
        AppRequest { snapshot, client_info, site, caller, ..*before }
    }
}

/// Who asks, and where and for what, by what was looked up and read once more.
pub(super) struct Now {
    pub(super) caller: Caller,
    pub(super) site: Arc<Site>,
    /// What the request amounts to there.
    pub(super) intents: Vec<Arc<Intent>>,
}

impl Now {
    /// The request, by that. It is where it was before unless its body was read: only that is there what it was.
    pub(super) fn of<'a>(&'a self, before: &AppRequest<'a>) -> AppRequest<'a> {
        AppRequest { caller: &self.caller, site: &self.site, ..*before }
    }
}

impl AppRequest<'_> {
    /// What it goes by now, if anything has changed while the body came, and in whatever order.
    pub(super) async fn as_of_now(
        &self,
        kind: BodyKind,
        intent: &Arc<Intent>,
        audit_context: &mut AuditContext,
    ) -> Result<Option<Renewed<'_>>, Rejection> {
        if !self.is_out_of_date() {
            return Ok(None);
        }
        let snapshot = self.context.worker.shared.snapshot.load_full();
        let client_info = client_info::resolve(&self.context.peer, &snapshot.trusted_proxies, self.parts)?;
        let now_there = AppRequest { client_info: &client_info, snapshot: &snapshot, ..*self };
        let caller = now_there.renewed(audit_context).await?;
        let (site, _) = now_there.read_again(intent, Shape::OwnBody { kind, plain_answer: false })?;
        Ok(Some(Renewed { snapshot, client_info, caller, site }))
    }

    /// Whether anything that it was judged by may be another by now.
    pub(super) fn is_out_of_date(&self) -> bool {
        let newest = self.context.worker.shared.snapshot.load();
        self.context.deadlines.request.is_out_of_date() || !Arc::ptr_eq(&newest, self.snapshot)
    }

    /// Where it is by the snapshot of now, and what it amounts to there.
    fn read_again(&self, intent: &Arc<Intent>, shape: Shape) -> Result<(Arc<Site>, Vec<Arc<Intent>>), Rejection> {
        self.context.deadlines.request.is_read_again();
        self.kept(shape).read_again(self.snapshot, self.site, std::slice::from_ref(intent))
    }

    /// Who is asking, looked up again.
    async fn renewed(&self, audit_context: &mut AuditContext) -> Result<Caller, Rejection> {
        let worker = &self.context.worker;
        let span = || audit_context.span(worker);
        let authenticated =
            identify(&worker.shared, self.presented.credential.as_ref(), LookUp::Again(self.client_info.ip), span)
                .await?
                .ok_or(Rejection::SignIn)?;
        let caller = authenticated.caller();
        self.context.deadlines.request.depends_on(authenticated.revocation);
        Ok(caller)
    }

    /// What goes on when this request is answered, if anything does: by what was looked up last.
    pub(super) fn lasting(&self, now: Option<&Now>, intent: &Arc<Intent>, shape: Shape) -> Option<Rc<LastingPermit>> {
        let granted = match now {
            Some(Now { caller, site, intents }) => (caller, site, intents.clone()),
            None => (self.caller, self.site, vec![Arc::clone(intent)]),
        };
        let kept = self.kept(shape).for_long();
        let from = (self.presented.credential.as_ref()?, self.client_info.ip);
        Some(Rc::new(LastingPermit::new(&self.context.worker, kept, from, granted)))
    }

    fn kept(&self, shape: Shape) -> Kept {
        Kept { parts: Some(Rc::clone(self.parts)), host: self.client_info.host.as_ref().into(), shape }
    }

    /// Asks once more whether a request under way may go on, and who asks by now.
    pub(super) async fn judge_again(&self, intent: &Arc<Intent>, shape: Shape) -> Result<Now, Rejection> {
        let mut anew = AuditContext { app: Some(Arc::clone(&self.site.app)), ..AuditContext::default() };
        let caller = self.renewed(&mut anew).await?;
        let snapshot = self.context.worker.shared.snapshot.load_full();
        let now_there = AppRequest { snapshot: &snapshot, ..*self };
        let (site, intents) = now_there.read_again(intent, shape)?;
        let now_there = AppRequest { caller: &caller, site: &site, ..now_there };
        for intent in &intents {
            Box::pin(now_there.judge_told(intent, shape, &mut anew)).await.map(drop)?;
        }
        Ok(Now { caller, site, intents })
    }
}
