//! Operations of a socket whose data holds permission flags, by the client's ids: what lowers them, and nothing of the messages that
//! began them.

use doorward_profile::{AnswerFilter, AnswerFlags, AnswerRewriter};
use std::collections::HashMap;
use std::sync::Arc;

use crate::room::{Holder, NoRoom, Place, Room};

/// What those of one socket may take together, in bytes: some hundreds. Dagster's pages have a handful.
const ROOM: usize = 256 << 10;
/// What each takes beside its id and what lowers its flags.
const ENTRY: usize = 128;

/// What changes an operation's data, by its id.
pub(super) type UnderWay = Arc<HashMap<String, Changing>>;

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
        if self.under_way.contains_key(id) {
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
        Arc::make_mut(&mut self.under_way).insert(id.to_owned(), changing);
        Ok(())
    }

    /// An operation is over.
    pub(crate) fn end(&mut self, id: &str) {
        if !self.under_way.contains_key(id) {
            return;
        }
        if let Some(changing) = Arc::make_mut(&mut self.under_way).remove(id) {
            self.weight = self.weight.saturating_sub(weight(id, &changing));
            if self.weight == 0 {
                self.place = None;
            }
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
        flagged.end("0");
        assert_eq!(flagged.begin("0", small.clone(), &room, bob()), Ok(()), "what is over is not in the way");
        for n in 0..smalls {
            flagged.end(&n.to_string());
        }
        assert!(flagged.is_empty() && flagged.weight == 0);
        let larges = count_of(&mut flagged, &large);
        assert!(larges < 10, "{larges}");
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
        sockets[0].end("a");
        sockets[0].end("b");
        assert_eq!(sockets[5].begin("b", large, &room, bob()), Ok(()), "what is over holds nothing");
    }
}
