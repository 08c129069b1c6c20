//! A read WebSocket, after its handshake: what the client says is understood, judged and said anew to the tool; what the tool says
//! is brought into the client's protocol.

use doorward_domain::{Caller, Why};
use doorward_profile::{Misread, SocketMessage};
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::CloseReason;
use super::begun::Begun;
use super::endpoint::{Endpoint, ReadError};
use super::flagged::{Changing, Flagged, NotBegun};
use super::frame::Opcode;
use super::from_tool::Long;
use super::judging::{Asking, Judged};
use super::message::{Event, SHORT};
use super::reading::Reading;
use super::sayable::Sayable;
use super::sifting::{Said, Sifted, Sifting};
use crate::deadlines::{Abort, Wait};
use crate::large::SLOW_TO_ASK;
use crate::request::{Bound, ConnectionContext, Standing};
use crate::room::{Holder, NoRoom, Place, SMALL};

/// Above this much unsent nothing more is read that could add to it.
pub(super) const HIGH_WATER: usize = 64 * 1024;

/// A WebSocket whose messages are read.
pub(crate) struct Session<'v> {
    pub(super) context: &'v ConnectionContext,
    pub(super) standing: Standing,
    pub(super) client: Endpoint,
    pub(super) tool: Endpoint,
    /// A long message of the tool's.
    pub(super) long: Long,
    /// Operations under way whose data holds permission flags.
    pub(super) flagged: Flagged,
    /// A long message of the client's; nothing more is read from it until this is.
    reading: Option<Reading>,
    /// A refusal being written down; nothing more is read from the client until it is.
    pub(super) writing: Option<Pin<Box<dyn Future<Output = ()>>>>,
    /// A message that does not tell what it acts on; nothing more is read from the client until the tool has said it.
    pub(super) asking: Option<Asking>,
    pings: Interval,
    unanswered_pings: u8,
    /// The client's message that has come by half.
    begun: Begun,
    pub(super) is_over: bool,
}

impl<'v> Session<'v> {
    pub(crate) fn new(
        context: &'v ConnectionContext,
        standing: Standing,
        mut client: Endpoint,
        mut tool: Endpoint,
    ) -> Self {
        let mut pings = interval(context.worker.shared.snapshot.load().limits.socket_ping);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pings.reset();
        let flagged = Flagged::none(standing.permit.site().app.filter_answers);
        client.may_hold(SMALL);
        tool.may_hold(SMALL);
        Self {
            context,
            standing,
            client,
            tool,
            long: Long::None,
            flagged,
            reading: None,
            writing: None,
            asking: None,
            pings,
            unanswered_pings: 0,
            begun: Begun::default(),
            is_over: false,
        }
    }

    /// Goes on until one side has ended and both know; gives the client's connection back for a decent goodbye.
    pub(crate) async fn run(mut self) -> tokio::net::TcpStream {
        std::future::poll_fn(|cx| self.poll(cx)).await;
        self.client.into_stream()
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let deadlines = &self.context.deadlines;
        deadlines.keep_waker(cx.waker());
        if deadlines.is_closing() {
            return Poll::Ready(());
        }
        if deadlines.request.abort() == Some(Abort::Revoked) {
            self.end(CloseReason::SESSION_ENDED);
        } else if deadlines.request.abort() == Some(Abort::ClientTooSlow) {
            self.end(CloseReason::TOO_SLOW);
        } else if deadlines.is_draining() {
            self.end(CloseReason::AWAY);
        }
        while self.pings.poll_tick(cx).is_ready() {
            self.ping();
        }
        // What is queued for a tool that is gone is of no consequence.
        if let Poll::Ready(Err(_)) = self.tool.poll_flush(cx) {
            self.end(CloseReason::TOOL_GONE);
        }
        match self.client.poll_flush(cx) {
            Poll::Ready(Err(_)) => return Poll::Ready(()),
            Poll::Ready(Ok(())) => self.context.deadlines.client_stalls(false),
            Poll::Pending => self.context.deadlines.client_stalls(true),
        }
        if self.is_over {
            return if self.client.queued() == 0 { Poll::Ready(()) } else { Poll::Pending };
        }
        let heard_client = self.poll_client(cx);
        let heard_tool = self.poll_tool(cx);
        if heard_client.is_ready() || heard_tool.is_ready() || self.is_over {
            // Whatever else the worker has to do goes before the next message, and so do new connections: however many messages are
            // there, and whatever each of them costs.
            let _ = pin!(tokio::task::yield_now()).poll(cx);
        }
        Poll::Pending
    }

    /// Reads one message from the client, unless there is enough to do already.
    fn poll_client(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(writing) = &mut self.writing {
            if writing.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            self.writing = None;
        }
        if self.is_over {
            self.context.deadlines.request.done(Wait::ClientBody);
            return Poll::Pending;
        }
        if let Some(asking) = &mut self.asking {
            let (message, resolved) = std::task::ready!(asking.as_mut().poll(cx));
            self.asking = None;
            self.was_told(&message, resolved.as_ref());
            return Poll::Ready(());
        }
        if self.reading.is_some() {
            let now = self.sifting();
            let Some(reading) = &mut self.reading else { return Poll::Pending };
            let read = std::task::ready!(reading.poll(&now, cx));
            self.reading = None;
            match read {
                Ok(message) => self.client_said(message),
                Err(close_reason) => self.end(close_reason),
            }
            return Poll::Ready(());
        }
        if self.client.queued() > HIGH_WATER || self.tool.queued() > HIGH_WATER {
            // Nobody wants more of its message now.
            self.context.deadlines.request.done(Wait::ClientBody);
            return Poll::Pending;
        }
        let heard = self.client.poll_event(cx);
        let is_complete = matches!(heard, Poll::Ready(Ok(Event::Text(_) | Event::Binary(_))));
        self.begun.note(&mut self.client, &self.context.deadlines, is_complete);
        let heard = std::task::ready!(heard);
        if heard != Err(ReadError::NeedsRoom) {
            self.unanswered_pings = 0;
        }
        match heard {
            Ok(Event::Text(text)) => self.read(text),
            Ok(Event::Binary(_)) => self.end(CloseReason::NOT_TEXT),
            Ok(Event::Ping(payload)) => self.client.send(Opcode::Pong, &payload, None),
            Ok(Event::Pong | Event::Part(..)) => {}
            Ok(Event::Close(code)) => self.end(CloseReason(code.unwrap_or(1000), "")),
            Err(ReadError::Fault(close_reason)) => self.end(close_reason),
            Err(ReadError::NeedsRoom) => self.take_room(),
            Err(ReadError::Gone) => self.end(CloseReason::AWAY),
        }
        Poll::Ready(())
    }

    /// Whose share their messages count for.
    pub(super) fn holder(&self) -> Option<Holder> {
        let Caller::Known(who) = self.standing.permit.caller() else { return None };
        Some(Holder::Person(who.account()))
    }

    /// A long message needs room, as a long body does.
    fn take_room(&mut self) {
        let Some(holder) = self.holder() else { return self.end(CloseReason::SESSION_ENDED) };
        let (room, limit) = (&self.context.worker.shared.large.messages, self.standing.message_limit);
        if !self.begun.takes_room(&mut self.client, room, limit, holder) {
            self.end(CloseReason::NO_ROOM);
        }
    }

    /// Says a permitted operation to the tool, which has to be the one that is permitted; what it gives is rewritten if it holds permission flags.
    pub(super) fn begin(&mut self, bound: Bound, message: &SocketMessage) {
        let SocketMessage::Operation { id, rewriter, filter, flags, .. } = message else { return };
        let Some(sayable) = Sayable::permitted(bound, message) else {
            return self.end(CloseReason::NOT_UNDERSTOOD);
        };
        let changing = Changing { rewriter: rewriter.clone(), filter: filter.clone(), flags: flags.clone() };
        let Some(holder) = self.holder() else { return self.end(CloseReason::SESSION_ENDED) };
        match self.flagged.begin(id, changing, &self.context.worker.shared.large.socket_plans, holder) {
            Ok(()) => self.say_to_tool(&sayable),
            Err(NotBegun::TooMany) => self.end(CloseReason::NOT_UNDERSTOOD),
            Err(NotBegun::IdInUse) => self.end(CloseReason::ID_IN_USE),
        }
    }

    /// By what its messages are read now.
    fn sifting(&self) -> Sifting {
        Sifting {
            site: self.standing.permit.site(),
            caller: self.standing.permit.caller(),
            now: self.context.worker.shared.services.clock.now(),
            protocol: self.standing.protocol,
        }
    }

    /// Reads a message, where that takes long where it holds up nobody else.
    fn read(&mut self, text: String) {
        // While it waits to be read, it is held.
        let place =
            self.begun.came().and_then(|place| self.context.worker.shared.large.messages.keep(place, text.len()));
        let by = self.sifting();
        if text.len() <= SLOW_TO_ASK {
            return self.client_said(by.read(&text));
        }
        if text.len() <= SHORT
            && let Some(read) = by.read_quickly(&text).transpose()
        {
            return self.client_said(read);
        }
        let Some(holder) = self.holder() else { return self.end(CloseReason::SESSION_ENDED) };
        self.reading = Some(Reading::begin(&self.context.worker.shared.large, holder, by, (text, place)));
    }

    /// Room for a message while it is held, if it needs any.
    fn room_for(&self, message: &SocketMessage) -> Result<Option<Place>, CloseReason> {
        let (plans, weight) = (&self.context.worker.shared.large.plans, message.weight());
        if !plans.is_needed_for(weight) {
            return Ok(None);
        }
        let holder = self.holder().ok_or(CloseReason::SESSION_ENDED)?;
        let place = plans.try_take(weight, holder).map_err(|NoRoom| CloseReason::NO_ROOM)?;
        place.is_whole();
        Ok(Some(place))
    }

    /// Judges a message, and says it to the tool in our own words.
    fn client_said(&mut self, read: Result<Sifted, Misread>) {
        let message = match read.map(|sifted| sifted.said) {
            Ok(Said::Message(message)) => message,
            Ok(Said::Refused(told)) => return self.client.send(Opcode::Text, told.as_bytes(), None),
            Ok(Said::TooHeavy) => return self.end(CloseReason::NOT_UNDERSTOOD),
            Err(misread) => return self.not_understood(&misread),
        };
        match &message {
            SocketMessage::Ignored => {}
            SocketMessage::Reply { text } => self.client.send(Opcode::Text, text.as_bytes(), None),
            SocketMessage::Control { stops, .. } => {
                if let Some(id) = stops {
                    self.flagged.stop(id, &self.context.worker.shared.large.socket_plans);
                }
                if let Some(control) = Sayable::control(&message) {
                    self.say_to_tool(&control);
                }
            }
            // What changes state is written down before it is passed on; that is what requests are for.
            SocketMessage::Operation { intent, .. } if intent.changes_state => self.end(CloseReason::NOT_UNDERSTOOD),
            SocketMessage::Operation { intent, .. } => match self.judge(intent) {
                Judged::Refused(refusal) if refusal.why == Why::Untold => match self.room_for(&message) {
                    Ok(place) => self.ask(message, place),
                    Err(close_reason) => self.end(close_reason),
                },
                judged => self.was_judged(&message, None, judged),
            },
        }
    }

    fn say_to_tool(&mut self, sayable: &Sayable<'_>) {
        self.tool.send(Opcode::Text, sayable.text().as_bytes(), Some(self.context.worker.ids.mask()));
    }

    fn ping(&mut self) {
        if self.unanswered_pings >= 2 {
            return self.end(CloseReason::SILENT);
        }
        self.unanswered_pings += 1;
        self.client.send(Opcode::Ping, b"", None);
    }

    /// Says goodbye to both sides.
    pub(super) fn end(&mut self, close_reason: CloseReason) {
        if !std::mem::replace(&mut self.is_over, true) {
            self.client.send_close(close_reason, None);
            self.tool.send_close(CloseReason::AWAY, Some(self.context.worker.ids.mask()));
        }
    }
}
