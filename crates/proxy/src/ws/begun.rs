//! A message of the client's that has come by half: it has to end in time, whatever comes in between, and a long one needs room.

use super::endpoint::Endpoint;
use crate::deadlines::{Deadlines, Wait};
use crate::room::{Holder, Place, Room, SMALL};

/// What has come of the message.
#[derive(Debug, Default)]
pub(super) struct Begun {
    /// The most of it that was held so far.
    bytes: usize,
    place: Option<Place>,
    /// Of one that has come whole.
    came: Option<Place>,
}

impl Begun {
    /// Notes how much has come, after the client was listened to.
    pub(super) fn note(&mut self, client: &mut Endpoint, deadlines: &Deadlines, is_complete: bool) {
        let held = client.held();
        if is_complete || held == 0 {
            self.came = self.place.take().filter(|_| is_complete);
            client.may_hold(SMALL);
            deadlines.request.begin_body();
            self.bytes = held;
        } else if held > self.bytes {
            // What goes again, as a ping does, and comes anew is no progress.
            deadlines.request.heard_body(held - self.bytes);
            self.bytes = held;
        }
        if held > 0 {
            deadlines.wait(Wait::ClientBody);
        }
    }

    /// The room of the message that has just come whole.
    pub(super) fn came(&mut self) -> Option<Place> {
        self.came.take()
    }

    /// Takes room for a long message. Nobody waits for it: long messages are rare. Says whether there was some.
    pub(super) fn takes_room(&mut self, client: &mut Endpoint, room: &Room, limit: usize, holder: Holder) -> bool {
        self.place = room.try_take(limit, holder).ok();
        if self.place.is_some() {
            client.may_hold(usize::MAX);
        }
        self.place.is_some()
    }
}
