//! Operations of a socket whose data holds permission flags, by the client's ids: what lowers them, and nothing of the messages that
//! began them.
//!
//! Of one that its client has stopped only that is kept, until the tool says that it is over, which Dagster never does: what still comes of it
//! goes to nobody, and its id is used for no other.

use doorward_profile::{AnswerFilter, AnswerFlags, AnswerRewriter};
use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher as _;
use std::sync::Arc;

use crate::room::{Holder, NoRoom, Place, Room};

/// What those of one socket may take together, in bytes: some hundreds. Dagster's pages have a handful.
pub(super) const ROOM: usize = 256 << 10;
/// What each takes beside its id and what lowers its flags.
const ENTRY: usize = 128;
/// What one that was stopped takes.
const STOPPED: usize = 32;

/// Those of one socket, as they are now.
pub(super) type UnderWay = Arc<Operations>;

/// Operations, by their ids.
#[derive(Debug, Clone, Default)]
pub(crate) struct Operations {
    /// What changes the data of those under way.
    changing: HashMap<String, Changing>,
    /// Hashes of the ids of those that were stopped.
    stopped: HashSet<u64>,
    hasher: RandomState,
}

impl Operations {
    /// What changes this one's data.
    pub(super) fn get(&self, id: &str) -> Option<&Changing> {
        self.changing.get(id)
    }

    /// Whether its client has stopped it.
    pub(super) fn is_stopped(&self, id: &str) -> bool {
        !self.stopped.is_empty() && self.stopped.contains(&self.hasher.hash_one(id))
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.changing.is_empty() && self.stopped.is_empty()
    }
}

/// What changes an operation's data.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changing {
    /// What lowers its flags, if it holds any.
    pub(crate) rewriter: Option<AnswerRewriter>,
    /// What takes out of it what may not be viewed, where it began for somebody for whom that is something.
    pub(crate) filter: Option<AnswerFilter>,
    /// What lowers its flags thing by thing, where it began for somebody who may not do the same with all.
    pub(crate) flags: Option<AnswerFlags>,
}

impl Changing {
    fn is_nothing(&self) -> bool {
        self.rewriter.is_none() && self.filter.is_none() && self.flags.is_none()
    }

    fn weight(&self) -> usize {
        self.rewriter.as_ref().map_or(0, AnswerRewriter::weight)
            + self.filter.as_ref().map_or(0, AnswerFilter::weight)
            + self.flags.as_ref().map_or(0, AnswerFlags::weight)
    }
}

/// Those under way.
#[derive(Debug, Default)]
pub(crate) struct Flagged {
    under_way: UnderWay,
    weight: usize,
    /// For all that they may take, once they take more than a little.
    place: Option<Place>,
    /// Whether those are kept too whose data is nothing to change.
    keeps_all: bool,
}

/// Why an operation does not begin.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotBegun {
    /// There is no room for another.
    TooMany,
    /// One with its id is under way, and what that gives would be read as what this one asks for.
    IdInUse,
}

impl Flagged {
    /// None yet. Where answers are filtered all are kept: whom nothing was kept from when theirs began may be kept from something before it
    /// is over.
    pub(crate) fn none(is_filtered: bool) -> Self {
        Self { keeps_all: is_filtered, ..Self::default() }
    }

    /// An operation begins.
    pub(crate) fn begin(&mut self, id: &str, changing: Changing, room: &Room, holder: Holder) -> Result<(), NotBegun> {
        if self.under_way.get(id).is_some() || self.under_way.is_stopped(id) {
            return Err(NotBegun::IdInUse);
        }
        if changing.is_nothing() && !self.keeps_all {
            return Ok(());
        }
        let weight = weight(id, &changing);
        if weight > ROOM.saturating_sub(self.weight) {
            return Err(NotBegun::TooMany);
        }
        if self.place.is_none() && room.is_needed_for(self.weight + weight) {
            let place = room.try_take(ROOM, holder).map_err(|NoRoom| NotBegun::TooMany)?;
            // Nobody waits for this room.
            place.is_whole();
            self.place = Some(place);
        }
        self.weight += weight;
        Arc::make_mut(&mut self.under_way).changing.insert(id.to_owned(), changing);
        Ok(())
    }

    /// Its client has heard enough of an operation.
    pub(crate) fn stop(&mut self, id: &str, room: &Room) {
        if self.under_way.get(id).is_none() {
            return;
        }
        let operations = Arc::make_mut(&mut self.under_way);
        if let Some(changing) = operations.changing.remove(id) {
            operations.stopped.insert(operations.hasher.hash_one(id));
            self.takes(self.weight.saturating_sub(weight(id, &changing)) + STOPPED, room);
        }
    }

    /// An operation is over.
    pub(crate) fn end(&mut self, id: &str, room: &Room) {
        let is_stopped = self.under_way.is_stopped(id);
        if !is_stopped && self.under_way.get(id).is_none() {
            return;
        }
        let operations = Arc::make_mut(&mut self.under_way);
        let freed = if is_stopped {
            let hash = operations.hasher.hash_one(id);
            operations.stopped.remove(&hash);
            STOPPED
        } else {
            operations.changing.remove(id).map_or(0, |changing| weight(id, &changing))
        };
        self.takes(self.weight.saturating_sub(freed), room);
    }

    /// They take so much by now; what they need no room for any more is given back.
    fn takes(&mut self, weight: usize, room: &Room) {
        self.weight = weight;
        if !room.is_needed_for(weight) {
            self.place = None;
        }
    }

    /// Those of now.
    pub(super) fn under_way(&self) -> UnderWay {
        Arc::clone(&self.under_way)
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.under_way.is_empty()
    }
}

fn weight(id: &str, changing: &Changing) -> usize {
    ENTRY + id.len() + changing.weight()
}

#[cfg(test)]
mod tests {
    use doorward_profile::{Profile, SocketMessage};

    use super::*;

    fn bob() -> Holder {
        Holder::Network([192, 0, 2, 1].into())
    }

    fn rewriter(flags: usize) -> Changing {
        let asks = (0..flags).map(|n| format!("flag_number_{n}:canBulkTerminate ")).collect::<Vec<_>>().concat();
        let message = format!(
            r#"{{"type":"start","id":"1","payload":{{"query":"subscription{{pipelineRunLogs(runId:\"1\"){{{asks} id}}}}"}}}}"#
        );
        let dagster = Profile::builtin("dagster").unwrap();
        match dagster.read_message(None, &message).unwrap() {
            SocketMessage::Operation { rewriter, .. } => Changing { rewriter, filter: None, flags: None },
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_kept_is_bounded_by_what_it_takes_and_given_back() {
        let (small, large) = (rewriter(1), rewriter(1000));
        let room = Room::new(1 << 20).beyond(8 << 10);
        let mut flagged = Flagged::default();
        assert_eq!(flagged.begin("none", rewriter(0), &room, bob()), Ok(()));
        assert!(flagged.is_empty());
        let count_of = |flagged: &mut Flagged, rewriter: &Changing| {
            (0..10_000).take_while(|n| flagged.begin(&n.to_string(), rewriter.clone(), &room, bob()).is_ok()).count()
        };
        let smalls = count_of(&mut flagged, &small);
        assert!((200..2_000).contains(&smalls), "{smalls}");
        assert_eq!(flagged.begin("0", small.clone(), &room, bob()), Err(NotBegun::IdInUse));
        flagged.end("0", &room);
        assert_eq!(flagged.begin("0", small.clone(), &room, bob()), Ok(()), "what is over is not in the way");
        for n in 0..smalls {
            flagged.end(&n.to_string(), &room);
        }
        assert!(flagged.is_empty() && flagged.weight == 0);
        let larges = count_of(&mut flagged, &large);
        assert!(larges < 10, "{larges}");
    }

    #[test]
    fn what_was_stopped_takes_next_to_nothing_and_its_id_is_not_used_again() {
        let (large, room) = (rewriter(300), Room::new(1 << 20).beyond(8 << 10));
        let mut flagged = Flagged::default();
        for n in 0..5_000 {
            let id = n.to_string();
            assert_eq!(flagged.begin(&id, large.clone(), &room, bob()), Ok(()), "{n}");
            flagged.stop(&id, &room);
            assert!(flagged.under_way().is_stopped(&id) && flagged.under_way().get(&id).is_none());
        }
        assert_eq!(flagged.begin("7", rewriter(0), &room, bob()), Err(NotBegun::IdInUse));
        assert!(!flagged.is_empty() && flagged.weight <= ROOM);
        let more = (5_000..100_000).take_while(|n| {
            let is_begun = flagged.begin(&n.to_string(), rewriter(1), &room, bob()).is_ok();
            flagged.stop(&n.to_string(), &room);
            is_begun
        });
        assert!(more.count() < 10_000, "there is an end to them");
        // Of what never began nothing is kept, and what the tool says is over is.
        flagged.stop("never", &room);
        assert!(!flagged.under_way().is_stopped("never"));
        flagged.end("7", &room);
        assert_eq!(flagged.begin("7", rewriter(1), &room, bob()), Ok(()));
        let mut short = Flagged::default();
        assert_eq!(short.begin("1", large.clone(), &room, bob()), Ok(()));
        short.stop("1", &room);
        assert!(short.place.is_none(), "little needs no room");
        short.end("1", &room);
        assert!(short.is_empty() && short.weight == 0);
    }

    #[test]
    fn sockets_of_one_person_share_the_room_beyond_a_little() {
        let room = Room::new(4 * ROOM).beyond(8 << 10);
        let (small, large) = (rewriter(1), rewriter(300));
        let mut sockets: Vec<_> = (0..6).map(|_| Flagged::default()).collect();
        assert!(sockets.iter_mut().all(|flagged| flagged.begin("a", small.clone(), &room, bob()).is_ok()));
        let begun: Vec<_> =
            sockets.iter_mut().map(|flagged| flagged.begin("b", large.clone(), &room, bob()).is_ok()).collect();
        assert_eq!(begun, [true, true, false, false, false, false], "half of four");
        let another = Holder::Network([192, 0, 2, 2].into());
        assert_eq!(Flagged::default().begin("b", large.clone(), &room, another), Ok(()));
        sockets[0].end("b", &room);
        assert_eq!(sockets[5].begin("b", large, &room, bob()), Ok(()), "what is over holds nothing");
    }
}
