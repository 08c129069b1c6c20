//! Filtering an answer on its way: it is collected, what its reader may not view is taken out, and what is left goes to the client.
//!
//! An answer that is not short takes room, like everything that has to be held, and is filtered where that holds up nobody. One that is too
//! long, or for which there is no room, is not passed on: whoever asked is told so instead.
//!
//! Must not know: what is taken out, and by what. Look next: `doorward_profile::graphql::filter`, `doorward_service::gate::Bounds`.

use bytes::{Bytes, BytesMut};
use doorward_profile::AnswerFilter;
use doorward_service::gate::Bounds;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::room::{Holder, NoRoom, Place, SMALL};

/// The longest answer that is filtered, in bytes.
const LONGEST: usize = 16 << 20;
/// A longer one is filtered off the worker, in bytes.
const SLOW: usize = 64 << 10;

/// Room, or that there is none.
pub(crate) type TakesRoom = Pin<Box<dyn Future<Output = Result<Place, NoRoom>>>>;
/// What is left of an answer; nothing if that went wrong.
pub(crate) type Filters = Pin<Box<dyn Future<Output = Option<Vec<u8>>>>>;

/// Where an answer that is not short is held and filtered.
pub(crate) trait Aside {
    /// Waits for room for so many bytes.
    fn room(&self, bytes: usize, holder: Holder) -> TakesRoom;
    /// Does that where it holds up nobody.
    fn filter(&self, filter: Box<dyn FnOnce() -> Vec<u8> + Send>) -> Filters;
}

/// An answer that is being filtered.
pub(crate) struct Filtering {
    filter: AnswerFilter,
    bounds: Bounds,
    aside: Box<dyn Aside>,
    holder: Holder,
    held: BytesMut,
    /// How much room it takes.
    needs: usize,
    place: Option<Place>,
    step: Step,
}

enum Step {
    /// It comes.
    Comes,
    /// It is all there.
    Came,
    Waits(TakesRoom),
    Filters(Filters),
    /// All of it has been handed over.
    Over,
}

impl Filtering {
    /// Of an answer that is said to be so long.
    pub(crate) fn new(
        filter: AnswerFilter,
        bounds: Bounds,
        aside: Box<dyn Aside>,
        holder: Holder,
        length: Option<usize>,
    ) -> Self {
        let needs = length.unwrap_or(LONGEST).min(LONGEST);
        let (held, step) = (BytesMut::new(), Step::Comes);
        Self { filter, bounds, aside, holder, held, needs, place: None, step }
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
        matches!(self.step, Step::Came | Step::Filters(_))
    }

    /// What the client gets of it.
    pub(crate) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Bytes> {
        if !matches!(self.step, Step::Filters(_)) {
            let answer = Vec::from(std::mem::take(&mut self.held));
            if answer.len() <= SLOW {
                self.step = Step::Over;
                return Poll::Ready(self.filter.filter(answer, &|targets| self.bounds.shows(targets)).into());
            }
            let (filter, bounds) = (self.filter.clone(), self.bounds.clone());
            let filter = Box::new(move || filter.filter(answer, &|targets| bounds.shows(targets)));
            self.step = Step::Filters(self.aside.filter(filter));
        }
        let Step::Filters(filtering) = &mut self.step else { return Poll::Ready(Bytes::new()) };
        let filtered = ready!(filtering.as_mut().poll(cx));
        self.step = Step::Over;
        Poll::Ready(filtered.unwrap_or_else(|| self.filter.unreadable()).into())
    }

    /// It is not passed on: what the client is told.
    pub(crate) fn refuse(&mut self) -> Bytes {
        self.step = Step::Over;
        self.held = BytesMut::new();
        self.filter.unreadable().into()
    }
}
