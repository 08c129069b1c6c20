//! Room for long heads of requests.
//!
//! Whoever sends a head is nobody yet, and what has come of it is held, also between requests and for as long as an answer takes: the server
//! keeps its buffer. So a head that is longer than most takes room in steps, which counts for its network, and the connection keeps it. Where
//! there is none the client is told to come again, and the connection ends.

use doorward_service::network;
use std::net::IpAddr;
use std::sync::Arc;

use crate::room::{Holder, NoRoom, Place};
use crate::shared::Shared;

/// A head that is no longer needs no room, in bytes: none that a browser sends without very many cookies is.
const FREE: usize = 8 << 10;
/// A longer one takes this much,
const STEP: usize = 16 << 10;

/// What is said where there is no room.
pub(crate) const BUSY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// The head that comes on one connection.
pub(crate) struct HeadRoom {
    shared: Arc<Shared>,
    holder: Holder,
    /// The longest there may be, in bytes.
    most: usize,
    /// How much of it has come, in bytes.
    came: usize,
    /// How long it may be with the room that is held, in bytes.
    may_be: usize,
    places: Vec<Place>,
}

impl HeadRoom {
    /// Of somebody there; it may be that long.
    pub(crate) fn new(shared: &Arc<Shared>, ip: IpAddr, most: usize) -> Self {
        let holder = Holder::Network(network(ip));
        Self { shared: Arc::clone(shared), holder, most, came: 0, may_be: FREE, places: Vec::new() }
    }

    /// Another head begins.
    pub(crate) fn begin(&mut self) {
        self.came = 0;
    }

    /// So much more of it came.
    pub(crate) fn came(&mut self, bytes: usize) {
        self.came += bytes;
    }

    /// Sees to it that there is room for more.
    pub(crate) fn take(&mut self) -> Result<(), NoRoom> {
        if self.came < self.may_be {
            return Ok(());
        }
        let may_be = if self.may_be < STEP { STEP } else { usize::MAX };
        let place = self.shared.large.heads.try_take(may_be.min(self.most.max(STEP)) - self.taken(), self.holder)?;
        // Nobody waits for this room.
        place.is_whole();
        self.places.push(place);
        self.may_be = may_be;
        Ok(())
    }

    /// How much room is held, in bytes.
    fn taken(&self) -> usize {
        if self.may_be < STEP { 0 } else { STEP }
    }
}
