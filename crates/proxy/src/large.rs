//! Bodies that have to be read whole: where they are held, and where they are understood.
//!
//! A worker serves hundreds of connections on one thread; a body of megabytes would stop them all while it is taken apart. And
//! memory for it, and for what it is understood as, is taken many times over, so only so much is held at once ([`Room`]); further bodies wait
//! for their turn, and so does what takes long ([`Turns`]): one of each holder's after another.

use std::sync::Arc;
use tokio::sync::Semaphore;

use crate::room::{Holder, NoRoom, Room, Turns};

/// Room for bodies to tools, from their first bytes until the tool has them: for two of sixteen megabytes, which a profile allows
/// unless it says otherwise.
const ROOM: usize = 32 << 20;
/// A body that says that it is no longer than this does not wait behind the others, in bytes.
pub(crate) const MIDDLING: usize = 256 << 10;
/// Room for those.
const MIDDLING_ROOM: usize = 8 << 20;
/// Room for bodies to the desk, which anybody may send.
const DESK_ROOM: usize = 4 << 20;
/// Room for heads of requests that are longer than most.
const HEAD_ROOM: usize = 32 << 20;
/// Room for what requests and messages are understood as, with what changes their answers, and for what changes those of sockets.
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
pub(crate) const SLOW: usize = 32 << 10;
/// What is longer is made to ask for names off the worker, in bytes: that takes many times as long as reading it.
pub(crate) const SLOW_TO_ASK: usize = 4 << 10;
/// How many are read at once: of those that are longer than middling, and of the others. Reading takes a body's memory once more.
const READERS: u32 = 1;
/// How many messages of sockets are, beside the bodies: whoever floods the one does not hold up the other.
const MESSAGE_READERS: u32 = 1;
/// How many messages of tools are: each takes its memory several times meanwhile.
const ANSWER_READERS: u32 = 1;
/// How many answers about all that a tool has are: each is asked for once at a time, for nobody in particular.
const CONTENTS_READERS: usize = 1;
/// How many of one person's bodies or messages may wait to be read.
const MOST_WAITING: usize = 64;
/// Of answers as many as have room.
const ALL_THAT_HAVE_ROOM: usize = usize::MAX;

/// Who may hold or read a large body.
#[derive(Debug)]
pub(crate) struct LargeBodies {
    room: Room,
    middling: Room,
    /// For the desk.
    pub(crate) desk_room: Room,
    /// For long heads.
    pub(crate) heads: Room,
    /// For what requests and messages are understood as, with what changes their answers,
    pub(crate) plans: Room,
    /// and for what changes those of sockets.
    pub(crate) socket_plans: Room,
    /// For messages of sockets.
    pub(crate) messages: Room,
    /// For messages of tools.
    pub(crate) answers: Room,
    readers: Arc<Turns>,
    middling_readers: Arc<Turns>,
    message_readers: Arc<Turns>,
    answer_readers: Arc<Turns>,
    contents_reader: Arc<Semaphore>,
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
            readers: Arc::new(Turns::new(READERS, MOST_WAITING)),
            middling_readers: Arc::new(Turns::new(READERS, MOST_WAITING)),
            message_readers: Arc::new(Turns::new(MESSAGE_READERS, MOST_WAITING)),
            answer_readers: Arc::new(Turns::new(ANSWER_READERS, ALL_THAT_HAVE_ROOM)),
            contents_reader: Arc::new(Semaphore::new(CONTENTS_READERS)),
        }
    }
}

impl LargeBodies {
    /// The room for a body to a tool; one of no said length may be as long as any.
    pub(crate) fn room(&self, length: Option<usize>) -> &Room {
        if length.is_some_and(|length| length <= MIDDLING) { &self.middling } else { &self.room }
    }

    /// Does what reading a body of this length takes, on another thread.
    pub(crate) fn read_body<T: Send + 'static>(
        &self,
        length: usize,
        holder: Holder,
        read: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = Result<Option<T>, NoRoom>> + 'static {
        let readers = if length <= MIDDLING { &self.middling_readers } else { &self.readers };
        read_elsewhere(readers, holder, read)
    }

    /// The same for a message of a WebSocket.
    pub(crate) fn read_message<T: Send + 'static>(
        &self,
        holder: Holder,
        read: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = Result<Option<T>, NoRoom>> + 'static {
        read_elsewhere(&self.message_readers, holder, read)
    }

    /// The same for a message of a tool.
    pub(crate) fn read_answer<T: Send + 'static>(
        &self,
        holder: Holder,
        read: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = Option<T>> + 'static {
        let reading = read_elsewhere(&self.answer_readers, holder, read);
        async move { reading.await.ok().flatten() }
    }

    /// The same for what a tool says of all it has.
    pub(crate) fn read_contents<T: Send + 'static>(
        &self,
        read: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = Option<T>> + 'static {
        let reader = Arc::clone(&self.contents_reader);
        async move {
            let turn = reader.acquire_owned().await.ok()?;
            let reading = tokio::task::spawn_blocking(move || {
                let _turn = turn;
                read()
            });
            reading.await.ok()
        }
    }
}

/// Nothing comes of it where it panics.
fn read_elsewhere<T: Send + 'static>(
    readers: &Arc<Turns>,
    holder: Holder,
    read: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = Result<Option<T>, NoRoom>> + 'static {
    let readers = Arc::clone(readers);
    async move {
        let turn = readers.take(holder).await?;
        let reading = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            read()
        });
        Ok(reading.await.ok())
    }
}
