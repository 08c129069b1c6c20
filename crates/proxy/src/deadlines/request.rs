//! What is known of one request under way: whom it waits for, what it goes by, and why it must not go on.
//!
//! Apart from what is known of its connection, which outlives it. Where something of it must be seen at once, the connection is woken
//! by whoever holds both ([`super::Deadlines`]).

use doorward_service::Revocation;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use super::pace::Pace;
use super::states::{Abort, AnswerEnd, Renewable, Wait};
use super::ticker::Ticker;
use crate::Limits;

/// A request under way, or the last one that was.
#[derive(Debug)]
pub(crate) struct RequestState {
    ticker: Rc<Ticker>,
    waits: [Cell<Option<u64>>; 3],
    body: Pace,
    session: RefCell<Option<Revocation>>,
    permit: RefCell<Option<Rc<dyn Renewable>>>,
    /// The apps have changed since the request was judged.
    is_outdated: Cell<bool>,
    is_judged_again: Cell<bool>,
    abort: Cell<Option<Abort>>,
    end: Cell<AnswerEnd>,
}

impl RequestState {
    pub(super) fn new(ticker: Rc<Ticker>) -> Self {
        Self {
            ticker,
            waits: [const { Cell::new(None) }; 3],
            body: Pace::default(),
            session: RefCell::new(None),
            permit: RefCell::new(None),
            is_outdated: Cell::new(false),
            is_judged_again: Cell::new(false),
            abort: Cell::new(None),
            end: Cell::new(AnswerEnd::Comes),
        }
    }

    /// Its head is complete.
    pub(super) fn begin(&self) {
        self.abort.set(None);
        self.end.set(AnswerEnd::Comes);
        self.body.begin();
        self.is_outdated.set(false);
    }

    /// It is answered as far as we are concerned.
    pub(super) fn end(&self) {
        self.waits.iter().for_each(|wait| wait.set(None));
        self.session.borrow_mut().take();
        self.permit.borrow_mut().take();
        self.is_judged_again.set(false);
    }

    /// The rest of the answer, or what takes its place, goes on by this.
    pub(crate) fn goes_on_by(&self, permit: Option<Rc<dyn Renewable>>) {
        *self.permit.borrow_mut() = permit;
    }

    /// It depends on this session: it is cut when the token is cancelled. That it was cut for the end of another is over; that it was
    /// for a change of the apps is not ([`Self::is_read_again`]).
    pub(crate) fn depends_on(&self, session: Revocation) {
        *self.session.borrow_mut() = Some(session);
        if !self.is_outdated.get() {
            self.takes_back_revoked();
        }
    }

    /// It is about to be read by the apps of now.
    pub(crate) fn is_read_again(&self) {
        self.is_outdated.set(false);
        if !self.is_revoked() {
            self.takes_back_revoked();
        }
    }

    fn takes_back_revoked(&self) {
        if self.abort.get() == Some(Abort::Revoked) {
            self.abort.set(None);
        }
    }

    /// The apps have changed: what is under way is judged again.
    pub(super) fn outdate(&self) {
        self.is_outdated.set(true);
    }

    /// How judging again came out; whether that ends it. Of no consequence for a request that has ended meanwhile.
    pub(super) fn was_judged_again(&self, permit: &Rc<dyn Renewable>, renewed: Option<Revocation>) -> bool {
        let is_the_same = self.permit.borrow().as_ref().is_some_and(|own| Rc::ptr_eq(own, permit));
        if !is_the_same {
            return false;
        }
        self.is_judged_again.set(false);
        let is_over = renewed.is_none();
        match renewed {
            Some(session) => *self.session.borrow_mut() = Some(session),
            None => self.cut(Abort::Revoked),
        }
        is_over
    }

    /// Whether what it was judged by has changed since.
    pub(super) fn is_revoked(&self) -> bool {
        self.session.borrow().as_ref().is_some_and(Revocation::is_revoked)
    }

    /// Whether what it was judged by, or the apps, have changed since.
    pub(crate) fn is_out_of_date(&self) -> bool {
        self.has_changed() || self.abort.get() == Some(Abort::Revoked)
    }

    pub(super) fn has_changed(&self) -> bool {
        self.is_revoked() || self.is_outdated.get()
    }

    /// What it goes on by, to be judged again: once, until that has come out.
    pub(super) fn to_be_judged_again(&self) -> Option<Again> {
        let permit = self.permit.borrow().clone()?;
        if self.is_judged_again.replace(true) {
            return Some(Again::IsBeing);
        }
        self.is_outdated.set(false);
        Some(Again::By(permit))
    }

    /// The session it depends on.
    pub(crate) fn session(&self) -> Option<Revocation> {
        self.session.borrow().clone()
    }

    /// Notes that it waits, from now; false when it did already.
    pub(super) fn wait(&self, whom: Wait) -> bool {
        let begins = self.waits.get(whom as usize).filter(|cell| cell.get().is_none());
        begins.inspect(|cell| cell.set(Some(self.ticker.now()))).is_some()
    }

    /// The wait is over.
    pub(crate) fn done(&self, whom: Wait) {
        if let Some(cell) = self.waits.get(whom as usize) {
            cell.set(None);
        }
    }

    /// Some of its body came, or its end.
    pub(crate) fn heard_body(&self, bytes: usize) {
        let waited = self.waited(Wait::ClientBody).unwrap_or_default();
        self.body.came(bytes, waited);
        self.done(Wait::ClientBody);
    }

    /// Another body begins, or none is under way.
    pub(crate) fn begin_body(&self) {
        self.done(Wait::ClientBody);
        self.body.begin();
    }

    /// What is known of the end of its answer.
    pub(crate) fn answer_ends(&self, end: AnswerEnd) {
        self.end.set(end);
    }

    /// Whether its answer has no end.
    pub(super) fn is_endless(&self) -> bool {
        self.end.get() == AnswerEnd::Never
    }

    /// The same of one of which nobody said, and of which nothing came for so long.
    pub(super) fn seems_endless(&self, silence: Duration) -> bool {
        self.is_endless() || self.end.get() == AnswerEnd::Unsaid && self.waited_over(Wait::Tool, silence)
    }

    /// Why it must not go on, if so.
    pub(crate) fn abort(&self) -> Option<Abort> {
        self.abort.get()
    }

    /// It must not go on.
    pub(super) fn cut(&self, why: Abort) {
        self.abort.set(Some(why));
    }

    pub(super) fn is_body_late(&self, limits: &Limits) -> bool {
        self.waited_over(Wait::ClientBody, limits.body_idle)
            || self.waited(Wait::ClientBody).is_some_and(|waiting| self.body.is_too_slow(waiting, limits))
    }

    /// For how many milliseconds this has been waited for; `None` when it is not.
    pub(super) fn waited(&self, whom: Wait) -> Option<u64> {
        let since = self.waits.get(whom as usize).and_then(Cell::get)?;
        Some(self.ticker.now().saturating_sub(since))
    }

    pub(super) fn waited_over(&self, whom: Wait, limit: Duration) -> bool {
        !limit.is_zero() && self.waited(whom).is_some_and(|waited| u128::from(waited) > limit.as_millis())
    }
}

/// What is to be judged again.
pub(super) enum Again {
    /// It is being judged.
    IsBeing,
    /// By this.
    By(Rc<dyn Renewable>),
}
