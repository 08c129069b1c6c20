//! One request to one app: judged, written down if it changes something, and sent.

use doorward_domain::{Caller, Intent, Refusal, Remedy};
use doorward_http::desk_paths::denied;
use doorward_http::is_same_site_for_certain;
use doorward_profile::{BodyKind, CanonicalPath, RequestHead};
use doorward_service::Health;
use doorward_service::gate;
use http::Response;
use http::request::Parts;
use std::rc::Rc;
use std::sync::Arc;

use super::cleared::Cleared;
use super::forward::forward;
use super::making::{Made, Whole};
use super::outgoing::{Outgoing, Shape};
use super::presented::Presented;
use super::sending::UpstreamRequest;
use super::{AuditContext, ConnectionContext, Rejection};
use crate::Snapshot;
use crate::body::AnswerBody;
use crate::client_info::ClientInfo;
use crate::handshake::Offer;
use crate::menu::{Menu, opens_page};
use crate::room::{Holder, Place};
use crate::site::Site;
use crate::upstream::{ClientBody, Payload};

/// What one request is judged and sent with.
#[derive(Clone, Copy)]
pub(super) struct AppRequest<'a> {
    pub(super) context: &'a Rc<ConnectionContext>,
    /// What it goes by.
    pub(super) snapshot: &'a Arc<Snapshot>,
    pub(super) parts: &'a Rc<Parts>,
    pub(super) client_info: &'a ClientInfo<'a>,
    pub(super) site: &'a Arc<Site>,
    pub(super) caller: &'a Caller,
    pub(super) presented: &'a Presented,
    pub(super) path: &'a CanonicalPath,
}

impl AppRequest<'_> {
    /// The client's own request, its body streaming.
    pub(super) async fn as_it_is(
        &self,
        intent: Arc<Intent>,
        is_socket: bool,
        body: Option<Box<ClientBody>>,
        audit_context: &mut AuditContext,
    ) -> Result<Response<AnswerBody>, Rejection> {
        let offer = is_socket.then(|| Offer::read(&self.parts.headers).map(Box::new)).transpose()?;
        self.refuse_other_sites(&intent, is_socket)?;
        let shape = if is_socket { Shape::Upgrade } else { Shape::Same };
        let (bound, now) = self.judge_told(&intent, shape, audit_context).await?;
        self.check_health()?;
        // Where it goes is as it was: what its path means was read there.
        let now_there = AppRequest { caller: now.as_ref().map_or(self.caller, |now| &now.caller), ..*self };
        let (cleared, record) = now_there.clear(bound, &intent, audit_context).await?;
        let payload = body.map_or(Payload::Empty, Payload::Stream);
        let mut outgoing = self.outgoing(&cleared, self.path.as_str(), self.parts.uri.query(), shape);
        outgoing.menu = self.menu();
        let mut upstream_request =
            UpstreamRequest { app_request: &now_there, outgoing, payload, lowers: None, filter: None, offer };
        forward(self.context, &mut upstream_request, record).await
    }

    /// What the body says, as our own request.
    pub(super) async fn as_understood(
        &self,
        head: &RequestHead<'_>,
        (kind, least, limit): (BodyKind, Arc<Intent>, usize),
        body: Option<Box<ClientBody>>,
        audit_context: &mut AuditContext,
    ) -> Result<Response<AnswerBody>, Rejection> {
        // Nobody's body is not worth reading.
        let Caller::Known(who) = self.caller else { return Err(Rejection::SignIn) };
        let holder = Holder::Person(who.account());
        // Nor is the body of somebody who could not even look: whatever it says, the answer is no.
        self.judge(self.caller, &least, audit_context).map(drop)?;
        let large = &self.context.worker.shared.large;
        let takes_up = |length| head.decoded_length(length, limit);
        let (body, place) = match body {
            Some(body) => {
                let told = body.length().map(|length| takes_up(usize::try_from(length).unwrap_or(usize::MAX)));
                body.collect(limit, large.room(told), holder, takes_up).await?
            }
            None => Default::default(),
        };
        let length = takes_up(body.len()).saturating_add(head.query.map_or(0, str::len));
        let whole = Whole { head, length, holder, is_placed: place.is_some() };
        let (made, plan) = self.made(whole, body).await?;
        let made = self.with_contents(made).await;
        // A body may take its time: who sent it may be somebody else by now, or nobody, and the app by other rules, or gone.
        let renewed = self.as_of_now(kind, made.understood.intent(), audit_context).await?;
        let now_there = renewed.as_ref().map_or(*self, |renewed| renewed.of(self));
        Box::pin(now_there.send_understood(kind, made, [place, plan], audit_context)).await
    }

    /// Judges what a body says, and sends it as our own request.
    async fn send_understood(
        &self,
        kind: BodyKind,
        made: Made,
        [body_place, plan]: [Option<Place>; 2],
        audit_context: &mut AuditContext,
    ) -> Result<Response<AnswerBody>, Rejection> {
        let Made { understood, sifter, rewriter } = made;
        let intent = Arc::clone(understood.intent());
        let shape = Shape::OwnBody { kind, plain_answer: false };
        let judged = self.judge_told(&intent, shape, audit_context).await;
        let (bound, now) = judged.map_err(|rejection| match rejection {
            Rejection::Denied(refusal) => match understood.refusal(&self.sentence_inside(&refusal)) {
                Some(body) => Rejection::DeniedInside(refusal, body),
                None => Rejection::Denied(refusal),
            },
            rejection => rejection,
        })?;
        let now_there = now.as_ref().map_or(*self, |now| now.of(self));
        now_there.check_health()?;
        // By the rights of now: judging may have taken as long as the tool takes to tell what this acts on.
        let (mut filter, mut lowers) = now_there.changes(sifter, rewriter, None)?;
        let user = now_there.site.app.attribution.then(|| bound.permit().who().name_in_records());
        let envelope = understood.envelope(user.as_deref())?;
        let (cleared, mut record) = now_there.clear(bound, understood.intent(), audit_context).await?;
        let reader = record.is_some().then(|| understood.answer_reader()).flatten();
        let plain_answer = lowers.is_some() || reader.is_some() || filter.is_some();
        let path = [now_there.site.app.prefix.as_str(), &envelope.path_and_query].concat();
        let mut outgoing = now_there.outgoing(&cleared, &path, None, Shape::OwnBody { kind, plain_answer });
        outgoing.method = &envelope.method;
        // With the place goes what it is for: as soon as the tool has the body.
        let payload = match body_place {
            Some(place) => Payload::Large { bytes: envelope.body, _place: Box::new(place) },
            None => Payload::Whole(envelope.body),
        };
        if let (Some(record), Some(reader)) = (&mut record, reader) {
            record.is_read_by(reader);
        }
        // A browser shows a page of the tool, which waits for a result for ever; programs go by the status.
        let inside = if self.presented.has_cookie && record.is_some() { understood.maybe_done() } else { None };
        // What it came as is not needed while the tool takes its time.
        drop(understood);
        let _held = self.keep(plan, &intent, record.as_deref_mut(), &mut filter, &mut lowers);
        let app_request = &now_there;
        let mut upstream_request = UpstreamRequest { app_request, outgoing, payload, lowers, filter, offer: None };
        forward(self.context, &mut upstream_request, record).await.map_err(|rejection| rejection.told_inside(inside))
    }

    /// What a tool's own pages show of a refusal. They have no form, so where it can be asked for it says at which address.
    fn sentence_inside(&self, refusal: &Refusal) -> String {
        let is_person = self.caller.principal().is_some_and(|who| who.session_id().is_some());
        match &refusal.remedy {
            Remedy::Grant(_) if is_person => {
                let ClientInfo { host, .. } = self.client_info;
                let scheme = self.client_info.scheme();
                gate::sentence_with(refusal, &format!("{scheme}://{host}{}", denied(refusal.id)))
            }
            _ => gate::sentence(refusal, &self.site.app.contact),
        }
    }

    pub(super) fn check_health(&self) -> Result<(), Rejection> {
        match self.site.app.health.load().as_ref() {
            Health::Up | Health::Silent(_) => Ok(()),
            Health::Starting(sentence) => Err(Rejection::NotUp { is_starting: true, sentence: sentence.clone() }),
            Health::Down(sentence) => Err(Rejection::NotUp { is_starting: false, sentence: sentence.clone() }),
        }
    }

    /// A GET that changes something is as unsafe as a POST, and browsers say less about it. Of a WebSocket they say it all.
    fn refuse_other_sites(&self, intent: &Intent, is_socket: bool) -> Result<(), Rejection> {
        let is_unsafe_get = intent.changes_state && self.parts.method.is_safe() && !is_socket;
        if !is_unsafe_get || !self.presented.has_cookie {
            return Ok(());
        }
        let own = self.client_info.own_origin(self.snapshot.public_url.as_ref());
        if is_same_site_for_certain(&self.parts.headers, &own) { Ok(()) } else { Err(Rejection::CrossSite) }
    }

    /// What a page for a person gets: they came with a cookie, which the menu's own requests carry too.
    fn menu(&self) -> Option<Box<Menu<'_>>> {
        let app = &self.site.app;
        let places = app.profile.menu();
        if places.is_empty() || !self.presented.has_cookie || !opens_page(self.parts) {
            return None;
        }
        let script = self.context.worker.shared.desk.menu_script()?;
        let ClientInfo { secure, host, .. } = self.client_info;
        Some(Box::new(Menu { script, app: app.name.as_str(), places, secure: *secure, host }))
    }

    pub(super) fn outgoing<'b>(
        &'b self,
        cleared: &'b Cleared,
        path: &'b str,
        query: Option<&'b str>,
        shape: Shape,
    ) -> Outgoing<'b> {
        // A tool that gets the whole path knows its prefix already.
        let prefix = self.site.upstream.base().map_or("", |_| self.site.path.as_str());
        Outgoing {
            cleared,
            peer: &self.context.peer,
            client_info: self.client_info,
            parts: self.parts,
            cookies: self.presented.cookies(),
            method: &self.parts.method,
            path,
            query,
            prefix,
            shape,
            hand_over: self.site.app.profile.hand_over(),
            menu: None,
            extra: "",
        }
    }
}
