//! Reading a long message away from the worker, which serves hundreds of connections on one thread.

use doorward_profile::{Misread, SocketMessage};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::CloseReason;
use crate::large::LargeBodies;
use crate::site::Site;

/// What a message was read as; that it was not, or is no longer, of use ends the socket.
type Read = Result<Message, CloseReason>;

/// Understood or not.
type Message = Result<SocketMessage, Misread>;

/// A message that is being read.
pub(crate) struct Reading {
    /// By whose rules.
    site: Arc<Site>,
    read: Pin<Box<dyn Future<Output = Option<Message>>>>,
}

impl Reading {
    /// Begins; other messages may be read before it.
    pub(crate) fn begin(large: &LargeBodies, site: Arc<Site>, protocol: Option<&'static str>, text: String) -> Self {
        let by = Arc::clone(&site);
        let read = large.read_message(move || by.app.profile.read_message(protocol, &text));
        Self { site, read: Box::pin(read) }
    }

    /// What it says, if the rules of `now` take it for the same.
    pub(crate) fn poll(&mut self, now: &Arc<Site>, cx: &mut Context<'_>) -> Poll<Read> {
        let read = ready!(self.read.as_mut().poll(cx));
        let is_current = Arc::ptr_eq(now, &self.site) || now.app.profile.reads_messages_like(&self.site.app.profile);
        Poll::Ready(read.filter(|_| is_current).ok_or(CloseReason::AWAY))
    }
}
