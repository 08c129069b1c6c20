//! Bodies that have to be read whole: where they are held, and where they are understood.
//!
//! A worker serves hundreds of connections on one thread; a body of megabytes would stop them all while it is taken apart. And
//! memory for it is taken many times over, so only so much is held at once ([`Room`]); further bodies wait for their turn.

use bytes::Bytes;
use doorward_profile::{Misread, RequestHead, Understood};
use std::sync::Arc;
use tokio::sync::Semaphore;

use crate::room::Room;
use crate::site::Site;

/// Room for bodies to tools, from their first bytes until the tool has them: for two of sixteen megabytes, which a profile allows
/// unless it says otherwise.
const ROOM: usize = 32 << 20;
/// A body that says that it is no longer than this does not wait behind the others, in bytes.
const MIDDLING: usize = 256 << 10;
/// Room for those.
const MIDDLING_ROOM: usize = 8 << 20;
/// Room for bodies to the desk, which anybody may send.
const DESK_ROOM: usize = 4 << 20;
/// Room for heads of requests that are longer than most.
const HEAD_ROOM: usize = 32 << 20;
/// Room for what lowers flags in answers of requests, and in those of sockets.
const PLAN_ROOM: usize = 16 << 20;
/// What of it a socket needs none for, in bytes.
const SOCKET_PLANS: usize = 8 << 10;
/// A body to the desk that is no longer needs no room: none that signs somebody in is.
const DESK_SMALL: usize = 4 << 10;
/// Room for messages of sockets that have come by half.
const MESSAGE_ROOM: usize = 8 << 20;
/// Room for messages of tools that have to be changed, until the clients have them: for two of the longest.
const ANSWER_ROOM: usize = 32 << 20;
/// What is longer, body and query together, is read off the worker, in bytes: a document of this length takes some milliseconds.
const SLOW: usize = 32 << 10;
/// What is longer is made to ask for names off the worker, in bytes: that takes many times as long as reading it.
const SLOW_TO_ASK: usize = 4 << 10;
/// How many are read at once: of those that are longer than middling, and of the others. Reading takes a body's memory once more.
const READERS: usize = 1;
/// How many messages of sockets are, beside the bodies: whoever floods the one does not hold up the other.
const MESSAGE_READERS: usize = 1;
/// How many messages of tools are: each takes its memory several times meanwhile.
const ANSWER_READERS: usize = 1;

/// Who may hold or read a large body.
#[derive(Debug)]
pub(crate) struct LargeBodies {
    room: Room,
    middling: Room,
    /// For the desk.
    pub(crate) desk_room: Room,
    /// For long heads.
    pub(crate) heads: Room,
    /// For what lowers flags in answers,
    pub(crate) plans: Room,
    /// and in those of sockets.
    pub(crate) socket_plans: Room,
    /// For messages of sockets.
    pub(crate) messages: Room,
    /// For messages of tools.
    pub(crate) answers: Room,
    readers: Arc<Semaphore>,
    middling_readers: Arc<Semaphore>,
    message_readers: Arc<Semaphore>,
    answer_readers: Arc<Semaphore>,
}

impl Default for LargeBodies {
    fn default() -> Self {
        Self {
            room: Room::new(ROOM),
            middling: Room::new(MIDDLING_ROOM),
            desk_room: Room::new(DESK_ROOM).beyond(DESK_SMALL),
            heads: Room::new(HEAD_ROOM),
            plans: Room::new(PLAN_ROOM),
            socket_plans: Room::new(PLAN_ROOM).beyond(SOCKET_PLANS),
            messages: Room::new(MESSAGE_ROOM),
            answers: Room::new(ANSWER_ROOM),
            readers: Arc::new(Semaphore::new(READERS)),
            middling_readers: Arc::new(Semaphore::new(READERS)),
            message_readers: Arc::new(Semaphore::new(MESSAGE_READERS)),
            answer_readers: Arc::new(Semaphore::new(ANSWER_READERS)),
        }
    }
}

impl LargeBodies {
    /// The room for a body to a tool; one of no said length may be as long as any.
    pub(crate) fn room(&self, length: Option<usize>) -> &Room {
        if length.is_some_and(|length| length <= MIDDLING) { &self.middling } else { &self.room }
    }

    /// Understands a body, or the query of a request that needs none, on another thread if that takes long.
    pub(crate) async fn read(
        &self,
        site: &Arc<Site>,
        head: &RequestHead<'_>,
        body: Bytes,
    ) -> Result<Understood, Misread> {
        let length = head.decoded_length(body.len(), usize::MAX);
        // Some requests that a body could make come without one: their query says it all.
        let length = length.saturating_add(head.query.map_or(0, str::len));
        if length <= SLOW {
            return site.app.profile.read_body(head, body);
        }
        let readers = if length <= MIDDLING { &self.middling_readers } else { &self.readers };
        let turn = Arc::clone(readers).acquire_owned().await.ok();
        let (site, method, path) = (Arc::clone(site), head.method.clone(), head.path.clone());
        let (query, headers) = (head.query.map(str::to_owned), head.headers.clone());
        let reading = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let head = RequestHead { method: &method, path: &path, query: query.as_deref(), headers: &headers };
            site.app.profile.read_body(&head, body)
        });
        reading.await.unwrap_or_else(|_| Err(Misread::new("not_understood", "The body could not be read.")))
    }

    /// Has a request ask for names, on another thread if that takes long.
    pub(crate) async fn ask_for_names<T: Send + 'static>(
        &self,
        length: usize,
        ask: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        if length <= SLOW_TO_ASK { Some(ask()) } else { read_elsewhere(&self.middling_readers, ask).await }
    }

    /// Does what reading a message of a WebSocket takes, on another thread.
    pub(crate) fn read_message<T: Send + 'static>(
        &self,
        read: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = Option<T>> + 'static {
        read_elsewhere(&self.message_readers, read)
    }

    /// The same for a message of a tool.
    pub(crate) fn read_answer<T: Send + 'static>(
        &self,
        read: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = Option<T>> + 'static {
        read_elsewhere(&self.answer_readers, read)
    }
}

fn read_elsewhere<T: Send + 'static>(
    readers: &Arc<Semaphore>,
    read: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = Option<T>> + 'static {
    let readers = Arc::clone(readers);
    async move {
        let turn = readers.acquire_owned().await.ok();
        let reading = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            read()
        });
        reading.await.ok()
    }
}
