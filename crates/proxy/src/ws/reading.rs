//! Reading a long message away from the worker, which serves hundreds of connections on one thread.

use doorward_profile::Misread;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::CloseReason;
use super::sifting::{Sifted, Sifting};
use crate::large::LargeBodies;
use crate::room::{Holder, NoRoom, Place};
use crate::site::Site;

/// What a message was read as; that it was not, or is no longer, of use ends the socket.
type Read = Result<Message, CloseReason>;

/// Understood or not.
type Message = Result<Sifted, Misread>;

/// A message that is being read.
pub(crate) struct Reading {
    /// By whose rules.
    site: Arc<Site>,
    read: Pin<Box<dyn Future<Output = Result<Option<Message>, NoRoom>>>>,
}

impl Reading {
    /// Begins, with the text in the room it takes; other messages may be read before it.
    pub(super) fn begin(
        large: &LargeBodies,
        holder: Holder,
        by: Sifting,
        (text, place): (String, Option<Place>),
    ) -> Self {
        let site = Arc::clone(&by.site);
        place.iter().for_each(Place::is_whole);
        let read = large.read_message(holder, move || {
            let _held = place;
            by.read(&text)
        });
        Self { site, read: Box::pin(read) }
    }

    /// What it says, if the rules of `now` take it for the same.
    pub(super) fn poll(&mut self, now: &Sifting, cx: &mut Context<'_>) -> Poll<Read> {
        let Ok(read) = ready!(self.read.as_mut().poll(cx)) else { return Poll::Ready(Err(CloseReason::NO_ROOM)) };
        let profile = &now.site.app.profile;
        let is_current = Arc::ptr_eq(&now.site, &self.site) || profile.reads_messages_like(&self.site.app.profile);
        let is_theirs = |read: &Message| read.as_ref().map_or(true, |sifted| now.is_still(sifted));
        Poll::Ready(read.filter(|read| is_current && is_theirs(read)).ok_or(CloseReason::AWAY))
    }
}
