//! Large bodies that have to be read whole: few at once, and read where that holds up nobody else.
//!
//! A worker serves hundreds of connections on one thread; a body of megabytes would stop them all while it is taken apart. And
//! memory for it is taken many times over, so only a few such requests are under way at once; the others wait for their turn.

use std::sync::Arc;

use bytes::Bytes;
use doorward_profile::{Misread, RequestHead, Understood};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::site::Site;

/// A longer body needs room, in bytes.
pub(crate) const LARGE: usize = 1 << 20;
/// How many such requests are under way at once, from the body's first byte to the tool's answer.
const ROOM: usize = 2;
/// A longer body is read off the worker, in bytes.
const SLOW: usize = 64 << 10;
/// How many are read at once.
const READERS: usize = 2;

/// Who may hold or read a large body.
#[derive(Debug)]
pub(crate) struct LargeBodies {
    room: Arc<Semaphore>,
    readers: Arc<Semaphore>,
}

impl Default for LargeBodies {
    fn default() -> Self {
        Self { room: Arc::new(Semaphore::new(ROOM)), readers: Arc::new(Semaphore::new(READERS)) }
    }
}

impl LargeBodies {
    /// Waits for room for one large body; it is given back by dropping.
    pub(crate) async fn room(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.room).acquire_owned().await.ok()
    }

    /// Understands a body, on another thread if that takes long.
    pub(crate) async fn read(&self, site: &Arc<Site>, head: &RequestHead<'_>, body: Bytes) -> Result<Understood, Misread> {
        if body.len() <= SLOW {
            return site.app.profile.read_body(head, body);
        }
        let turn = Arc::clone(&self.readers).acquire_owned().await.ok();
        let (site, method, path) = (Arc::clone(site), head.method.clone(), head.path.clone());
        let (query, headers) = (head.query.map(str::to_owned), head.headers.clone());
        let reading = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let head = RequestHead { method: &method, path: &path, query: query.as_deref(), headers: &headers };
            site.app.profile.read_body(&head, body)
        });
        reading.await.unwrap_or_else(|_| Err(Misread::new("not_understood", "The body could not be read.")))
    }
}
