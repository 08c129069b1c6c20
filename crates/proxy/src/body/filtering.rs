//! Filtering an answer on its way: it is collected, what its reader may not view is taken out, or its permission flags are lowered thing by
//! thing, and what is left goes to the client.
//!
//! An answer that is not short takes room, like everything that has to be held, and is filtered where that holds up nobody. One that is too
//! long, or for which there is no room, is not passed on where something had to be taken out: whoever asked is told so instead. Flags are
//! then lowered as it streams by, to what may be done whatever they are of.
//!
//! Must not know: what is taken out, and by what. Look next: `doorward_profile::graphql::filter`, `doorward_service::gate::Bounds`.

use bytes::{Bytes, BytesMut};
use doorward_profile::{AnswerFilter, AnswerFlags, FlagStream, Onlooker as _};
use doorward_service::gate::Bounds;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::Containers;
use crate::room::{Holder, NoRoom, Place, SMALL};

/// The longest answer that is filtered, in bytes.
const LONGEST: usize = 16 << 20;
/// A longer one is filtered off the worker, in bytes.
const SLOW: usize = 64 << 10;

/// So much of what is left is handed over at once, in bytes: the rest stays here, in its room, until the client has read that.
const PIECE: usize = 64 << 10;

/// Room, or that there is none.
pub(crate) type TakesRoom = Pin<Box<dyn Future<Output = Result<Place, NoRoom>>>>;
/// What is left of an answer; nothing if that went wrong.
pub(crate) type Filters = Pin<Box<dyn Future<Output = Option<Vec<u8>>>>>;

/// What somebody may do with things when it is asked: an answer may take long to come, and wait before it is filtered.
pub(crate) type BoundsOfNow = Arc<dyn Fn() -> Option<Bounds> + Send + Sync>;

/// Where an answer that is not short is held and filtered.
pub(crate) trait Aside {
    /// Waits for room for so many bytes.
    fn room(&self, bytes: usize, holder: Holder) -> TakesRoom;
    /// Does that where it holds up nobody, in this one's turn.
    fn filter(&self, holder: Holder, filter: Box<dyn FnOnce() -> Vec<u8> + Send>) -> Filters;
}

/// What becomes of an answer, thing by thing.
#[derive(Clone)]
pub(crate) enum Sifter {
    /// What may not be viewed is taken out. Containers may show for what is in them, where that is known.
    Filter(AnswerFilter, Option<Arc<Containers>>),
    /// Permission flags are lowered.
    Flags(AnswerFlags),
}

impl Sifter {
    fn sift(&self, answer: Vec<u8>, bounds: Option<&Bounds>) -> Vec<u8> {
        match (self, bounds) {
            (Self::Filter(filter, None), Some(bounds)) => filter.filter(answer, bounds),
            (Self::Filter(filter, Some(containers)), Some(bounds)) => containers.filter(filter, answer, bounds),
            (Self::Flags(flags), Some(bounds)) => flags.judged(&answer, bounds),
            (_, None) => self.unreadable(),
        }
    }

    /// Whether it takes long also for a short answer.
    fn takes_long(&self, bounds: Option<&Bounds>) -> bool {
        match (self, bounds) {
            (Self::Filter(_, Some(containers)), Some(bounds)) => containers.take_long_for(bounds),
            _ => false,
        }
    }

    /// How much room keeping it takes, in bytes.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Filter(filter, _) => filter.weight(),
            Self::Flags(flags) => flags.weight(),
        }
    }

    fn unreadable(&self) -> Vec<u8> {
        match self {
            Self::Filter(filter, _) => filter.unreadable(),
            Self::Flags(flags) => flags.unreadable(),
        }
    }
}

/// An answer that is being filtered.
pub(crate) struct Filtering {
    sifter: Sifter,
    bounds: BoundsOfNow,
    aside: Box<dyn Aside>,
    holder: Holder,
    held: BytesMut,
    /// How much room it takes.
    needs: usize,
    place: Option<Place>,
    step: Step,
    /// For the sifter, where that takes much.
    _kept: Option<Place>,
}

enum Step {
    /// It comes.
    Comes,
    /// It is all there.
    Came,
    Waits(TakesRoom),
    Filters(Filters),
    /// What is left of it is handed over.
    Says(Bytes),
    /// It cannot be held, and need not be.
    Streams(Box<FlagStream<'static>>),
    /// All of it has been handed over.
    Over,
}

impl Filtering {
    /// Of an answer that is said to be so long.
    pub(crate) fn new(
        sifter: Sifter,
        bounds: BoundsOfNow,
        aside: Box<dyn Aside>,
        holder: Holder,
        length: Option<usize>,
    ) -> Self {
        let needs = length.unwrap_or(LONGEST).min(LONGEST);
        let (held, step) = (BytesMut::new(), Step::Comes);
        Self { sifter, bounds, aside, holder, held, needs, place: None, step, _kept: None }
    }

    /// What filters it takes this room.
    pub(crate) fn kept_in(self, place: Option<Place>) -> Self {
        Self { _kept: place, ..self }
    }

    /// Whether all of it has been handed over.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.step, Step::Over)
    }

    /// Whether more of the answer is wanted; first of all there must be room for it.
    pub(crate) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        if let Step::Waits(waiting) = &mut self.step {
            match ready!(waiting.as_mut().poll(cx)) {
                Ok(place) => {
                    // The tool is not one whose pace matters.
                    place.is_whole();
                    self.place = Some(place);
                    self.step = Step::Comes;
                }
                Err(NoRoom) => return Poll::Ready(false),
            }
        }
        Poll::Ready(true)
    }

    /// More of it has come. Returns whether there may be yet more: what is too long is not passed on.
    pub(crate) fn comes(&mut self, data: &Bytes) -> bool {
        if self.held.len() + data.len() > LONGEST {
            return false;
        }
        self.held.extend_from_slice(data);
        if self.place.is_none() && self.held.len() > SMALL {
            self.step = Step::Waits(self.aside.room(self.needs.max(self.held.len()), self.holder));
        }
        true
    }

    /// All of it has come.
    pub(crate) fn came(&mut self) {
        self.step = Step::Came;
    }

    /// Whether it has.
    pub(crate) fn has_all(&self) -> bool {
        matches!(self.step, Step::Came | Step::Filters(_) | Step::Says(_))
    }

    /// What the client gets next of it.
    pub(crate) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Bytes> {
        if matches!(self.step, Step::Came) {
            let answer = Vec::from(std::mem::take(&mut self.held));
            let bounds = (self.bounds)();
            self.step = if answer.len() <= SLOW && !self.sifter.takes_long(bounds.as_ref()) {
                Step::Says(self.sifter.sift(answer, bounds.as_ref()).into())
            } else {
                let (sifter, bounds) = (self.sifter.clone(), Arc::clone(&self.bounds));
                Step::Filters(self.aside.filter(self.holder, Box::new(move || sifter.sift(answer, bounds().as_ref()))))
            };
        }
        if let Step::Filters(filtering) = &mut self.step {
            let filtered = ready!(filtering.as_mut().poll(cx));
            self.step = Step::Says(filtered.unwrap_or_else(|| self.sifter.unreadable()).into());
        }
        let Step::Says(left) = &mut self.step else { return Poll::Ready(Bytes::new()) };
        let piece = left.split_to(left.len().min(PIECE));
        if left.is_empty() {
            self.step = Step::Over;
        }
        Poll::Ready(piece)
    }

    /// It cannot be held, with this that has come last: what the client gets of it, or is told instead.
    pub(crate) fn refuse(&mut self, last: &[u8]) -> Bytes {
        let held = std::mem::take(&mut self.held);
        self.place = None;
        let (Sifter::Flags(flags), Some(bounds)) = (&self.sifter, (self.bounds)()) else {
            self.step = Step::Over;
            return self.sifter.unreadable().into();
        };
        let mut stream = flags.streaming(bounds.least(), move |role| bounds.needs(role));
        let mut out = stream.push(&held);
        out.append(&mut stream.push(last));
        self.step = Step::Streams(Box::new(stream));
        out.into()
    }

    /// What of these bytes is for the client now, where it is not held; nothing more once it is over.
    pub(crate) fn streams(&mut self, data: Option<&[u8]>) -> Bytes {
        let Step::Streams(stream) = &mut self.step else { return Bytes::new() };
        let Some(data) = data else {
            let rest = stream.end();
            self.step = Step::Over;
            return rest.into();
        };
        stream.push(data).into()
    }

    /// Whether it is not held.
    pub(crate) fn is_streamed(&self) -> bool {
        matches!(self.step, Step::Streams(_))
    }
}
