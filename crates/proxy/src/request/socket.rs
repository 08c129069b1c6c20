//! Opening a WebSocket whose messages are read: the tool first, then the client.

use doorward_domain::Intent;
use http::request::Parts;
use http::{Request, Response};
use std::rc::Rc;
use std::sync::Arc;

use super::judging::bound;
use super::lasting::LastingPermit;
use super::outgoing::Shape;
use super::sending::{UpstreamRequest, ask, not_opened};
use super::{AppRequest, AuditContext, Rejection, Switch};
use crate::body::AnswerBody;
use crate::deadlines::Lasting;
use crate::handshake::{self, Offer};
use crate::upstream::{Connection, Content, Payload};

/// What a WebSocket's messages are judged with.
pub(crate) struct Standing {
    pub(crate) permit: Rc<LastingPermit>,
    /// The sub-protocol agreed with the client.
    pub(crate) protocol: Option<&'static str>,
    pub(crate) parts: Parts,
    pub(crate) audit_context: AuditContext,
    /// The client's longest message, in bytes.
    pub(crate) message_limit: usize,
}

/// Everything a read WebSocket goes on with once the client has its 101.
pub(crate) struct Prepared {
    pub(crate) standing: Standing,
    pub(crate) tool: Connection,
    pub(crate) lasting: Lasting,
}

impl AppRequest<'_> {
    /// Both handshakes. The client's offers end here; the tool gets our own.
    pub(super) async fn as_messages(
        &self,
        intent: &Arc<Intent>,
        message_limit: usize,
        audit_context: &mut AuditContext,
    ) -> Result<Response<AnswerBody>, Rejection> {
        let offer = Offer::read(&self.parts.headers)?;
        let permit = self.judge(self.caller, intent, audit_context)?;
        let bound = bound(permit, intent, None)?;
        self.check_health()?;
        let protocols = self.site.app.profile.socket_protocols(offer.protocols.as_deref())?;
        let (cleared, mut record) = self.clear(bound, intent, audit_context).await?;
        let request = handshake::Request::new(self.context.worker.ids.nonce(), protocols.tool);
        let extra = request.headers();
        let mut outgoing = self.outgoing(&cleared, self.path.as_str(), self.parts.uri.query(), Shape::OwnSocket);
        outgoing.extra = &extra;
        let mut upstream_request = UpstreamRequest {
            app_request: self,
            outgoing,
            payload: Payload::Empty,
            lowers: None,
            filter: None,
            offer: None,
        };
        let (answer, now) = ask(self.context, &mut upstream_request, &mut record).await?;
        let Content::Switched(tool) = answer.content else {
            return Err(not_opened(record.as_mut(), "it did not open a WebSocket"));
        };
        if !request.is_accepted(&answer.headers) {
            return Err(not_opened(record.as_mut(), "its WebSocket handshake is wrong"));
        }
        let mut bare = Request::new(());
        *bare.method_mut() = self.parts.method.clone();
        // A copy of the path, which is the profile's; the socket outlives the buffer that the head is in.
        *bare.uri_mut() = self.parts.uri.path().parse().unwrap_or_default();
        let lasting = self.lasting(now.as_ref(), intent, Shape::OwnSocket).ok_or(Rejection::SignIn)?;
        let standing = Standing {
            permit: Rc::clone(&lasting),
            protocol: protocols.client,
            parts: bare.into_parts().0,
            audit_context: audit_context.clone(),
            message_limit,
        };
        let session = self.context.deadlines.request.session().unwrap_or_default();
        let lasting = Lasting { session, permit: Some(lasting) };
        let prepared = Prepared { standing, tool, lasting };
        *self.context.switch.borrow_mut() = Some(Switch::Messages(Box::new(prepared)));
        Ok(offer.accept(protocols.client))
    }
}
