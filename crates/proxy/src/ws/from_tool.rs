//! What the tool says, on its way to the client.
//!
//! A long message passes in parts where nothing in it has to change. Else it has to be held: it waits for room, which counts for whose socket
//! it is, is read where it holds up nobody, and keeps its room until the client has taken it. While it waits nothing more is read from the
//! tool.

use bytes::{Buf, Bytes};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::CloseReason;
use super::endpoint::ReadError;
use super::frame::Opcode;
use super::lowering::{Lowering, Read};
use super::message::{Event, SHORT};
use super::session::{HIGH_WATER, Session};
use crate::room::{NoRoom, Place, SMALL};

/// How much of a long message is queued at once, in bytes.
const PART: usize = 16 << 10;

/// A long message of the tool's, if there is one.
pub(super) enum Long {
    None,
    /// So much has to be held of it, and there is no room yet.
    Waits(usize, Pin<Box<dyn Future<Output = Result<Place, NoRoom>>>>),
    /// It comes.
    Comes(Place),
    /// It is being read; one that is not very long takes no room.
    IsRead(Pin<Box<dyn Future<Output = Option<Read>>>>, Option<Place>),
    /// The rest of it goes to the client.
    Goes(Bytes, Option<Place>),
}

impl Session<'_> {
    /// Reads one message from the tool, unless the client has enough to take already.
    pub(super) fn poll_tool(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_over {
            self.long = Long::None;
            return Poll::Pending;
        }
        if let Long::Comes(place) | Long::Goes(_, Some(place)) = &self.long
            && place.is_lost(cx)
        {
            self.end(CloseReason::NO_ROOM);
            return Poll::Ready(());
        }
        match &mut self.long {
            Long::Waits(bytes, taking) => {
                let (bytes, taken) = (*bytes, ready!(taking.as_mut().poll(cx)));
                self.has_room(bytes, taken);
            }
            Long::IsRead(reading, place) => {
                let read = ready!(reading.as_mut().poll(cx));
                let place = place.take();
                self.was_read(read, place);
            }
            _ if self.client.queued() > HIGH_WATER => return Poll::Pending,
            Long::Goes(..) => self.goes_on(),
            Long::None | Long::Comes(_) => return self.poll_message(cx),
        }
        Poll::Ready(())
    }

    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match ready!(self.tool.poll_event(cx)) {
            Ok(Event::Text(text)) => self.tool_says(text),
            Ok(Event::Part(text, is_last)) => self.client.send_part(&text, is_last),
            Ok(Event::Ping(payload)) => self.tool.send(Opcode::Pong, &payload, Some(self.context.worker.ids.mask())),
            // Nothing that is read speaks in binary.
            Ok(Event::Binary(_)) => drop(self.has_all()),
            Ok(Event::Pong) => {}
            Ok(Event::Close(code)) => self.end(CloseReason(code.unwrap_or(1000), "")),
            Err(ReadError::NeedsRoom) => self.needs_room(),
            Err(_) => self.end(CloseReason::TOOL_GONE),
        }
        Poll::Ready(())
    }

    /// Whether nothing in the tool's messages has to change.
    fn passes_messages(&self) -> bool {
        let site = self.standing.permit.site();
        !site.app.filter_answers && self.flagged.is_empty() && site.app.profile.passes_messages(self.standing.protocol)
    }

    /// More of a message comes than is held without room.
    fn needs_room(&mut self) {
        if self.passes_messages() {
            return self.tool.in_parts();
        }
        let Some(holder) = self.holder() else { return self.end(CloseReason::SESSION_ENDED) };
        let (bytes, shared) = (self.tool.needs(), Arc::clone(&self.context.worker.shared));
        let taking = async move { shared.large.answers.take(bytes, holder).await };
        self.long = Long::Waits(bytes, Box::pin(taking));
    }

    fn has_room(&mut self, bytes: usize, taken: Result<Place, NoRoom>) {
        match taken {
            Ok(place) => {
                self.tool.make_room(bytes);
                self.long = Long::Comes(place);
            }
            Err(NoRoom) => self.end(CloseReason::NO_ROOM),
        }
    }

    /// A message has come; gives the room for it.
    fn has_all(&mut self) -> Option<Place> {
        self.tool.may_hold(SMALL);
        match std::mem::replace(&mut self.long, Long::None) {
            Long::Comes(place) => Some(place),
            _ => None,
        }
    }

    /// Reads a message, elsewhere if that takes long.
    fn tool_says(&mut self, text: String) {
        let place = self.has_all();
        if self.passes_messages() {
            return self.begin_to_say(text, place);
        }
        let lowering = Lowering {
            flagged: self.flagged.under_way(),
            caller: self.standing.permit.caller(),
            site: self.standing.permit.site(),
            protocol: self.standing.protocol,
            now: self.context.worker.shared.services.clock.now(),
        };
        if text.len() <= SHORT {
            return self.was_read(Some(lowering.read(text)), place);
        }
        let Some(holder) = self.holder() else { return self.end(CloseReason::SESSION_ENDED) };
        let reading = self.context.worker.shared.large.read_answer(holder, move || lowering.read(text));
        self.long = Long::IsRead(Box::pin(reading), place);
    }

    fn was_read(&mut self, read: Option<Read>, place: Option<Place>) {
        self.long = Long::None;
        let Some(Read { ended, text }) = read else { return self.end(CloseReason::TOOL_GONE) };
        if let Some(id) = ended {
            self.flagged.end(&id, &self.context.worker.shared.large.socket_plans);
        }
        if let Some(text) = text {
            self.begin_to_say(text, place);
        }
    }

    fn begin_to_say(&mut self, text: String, place: Option<Place>) {
        if text.len() <= PART {
            return self.client.send(Opcode::Text, text.as_bytes(), None);
        }
        self.long = Long::Goes(text.into(), place);
        self.goes_on();
    }

    /// Queues more of a long message.
    fn goes_on(&mut self) {
        let Long::Goes(rest, place) = &mut self.long else { return };
        let part = rest.split_to(rest.len().min(PART));
        let is_last = !rest.has_remaining();
        // Whoever does not take it loses the room to those who wait for it.
        if let Some(place) = place {
            place.received(part.len());
        }
        self.client.send_part(&part, is_last);
        if is_last {
            self.long = Long::None;
        }
    }
}
