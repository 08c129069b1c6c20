//! Deadlines without timers.
//!
//! A timer for each request would cost more than the request. Instead every connection notes, in plain cells, what it waits for
//! and since when; once a [`TICK`] the worker looks at all of them and wakes those that waited too long or whose session has
//! ended. Precision is one tick, which is enough for limits counted in seconds and for "within one second".

mod pace;
mod states;
mod ticker;

use doorward_domain::Subject;
use doorward_service::Revocation;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Waker;
use std::time::Duration;

use crate::Limits;
use pace::Pace;
pub(crate) use states::{Abort, AnswerEnd, Checked, Lasting, Phase, Renewable, Wait};
pub(crate) use ticker::{TICK, Ticker};

/// How long whoever comes is left in peace, in milliseconds.
const MOMENT: u64 = 1000;

/// What one connection waits for.
#[derive(Debug)]
pub(crate) struct Deadlines {
    ticker: Rc<Ticker>,
    phase: Cell<(Phase, u64)>,
    /// When the client was last waited for anew, among all of the worker's.
    turn: Cell<u64>,
    person: Cell<Option<Subject>>,
    /// Whether it has one of the places that are kept for the desk.
    has_kept_place: Cell<bool>,
    /// Whether something else than requests goes on.
    is_switched: Cell<bool>,
    waits: [Cell<Option<u64>>; 4],
    body: Pace,
    session: RefCell<Option<Revocation>>,
    permit: RefCell<Option<Rc<dyn Renewable>>>,
    /// The apps have changed since the request was judged.
    is_outdated: Cell<bool>,
    is_judged_again: Cell<bool>,
    abort: Cell<Option<Abort>>,
    end: Cell<AnswerEnd>,
    closing: Cell<bool>,
    draining: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Deadlines {
    pub(crate) fn new(ticker: Rc<Ticker>) -> Self {
        let (now, turn) = (ticker.now(), ticker.turn());
        Self {
            ticker,
            turn: Cell::new(turn),
            person: Cell::new(None),
            has_kept_place: Cell::new(false),
            is_switched: Cell::new(false),
            phase: Cell::new((Phase::Head, now)),
            waits: [const { Cell::new(None) }; 4],
            body: Pace::default(),
            session: RefCell::new(None),
            permit: RefCell::new(None),
            is_outdated: Cell::new(false),
            is_judged_again: Cell::new(false),
            abort: Cell::new(None),
            end: Cell::new(AnswerEnd::Comes),
            closing: Cell::new(false),
            draining: Cell::new(false),
            waker: RefCell::new(None),
        }
    }

    /// Whom to wake when a wait has been too long. Called on every poll of the connection.
    pub(crate) fn keep_waker(&self, waker: &Waker) {
        let mut kept = self.waker.borrow_mut();
        if !kept.as_ref().is_some_and(|kept| kept.will_wake(waker)) {
            *kept = Some(waker.clone());
        }
    }

    /// Bytes came from the client.
    pub(crate) fn heard_client(&self) {
        if self.phase.get().0 == Phase::Idle {
            self.phase.set((Phase::Head, self.ticker.now()));
        }
    }

    /// Whether some of a request's head has come, or the connection is new.
    pub(crate) fn is_head_coming(&self) -> bool {
        self.phase.get().0 == Phase::Head
    }

    /// A request's head is complete.
    pub(crate) fn begin_request(&self) {
        self.phase.set((Phase::Busy, self.ticker.now()));
        self.abort.set(None);
        self.end.set(AnswerEnd::Comes);
        self.body.begin();
        self.is_outdated.set(false);
    }

    /// After a 101: something else than requests goes on.
    pub(crate) fn goes_on(&self, lasting: Lasting) {
        self.begin_request();
        self.is_switched.set(true);
        self.depends_on(lasting.session);
        self.goes_on_by(lasting.permit);
        // What changed while the handshake was under way was told to a request that is over: looked at with the next tick.
        self.is_outdated.set(true);
    }

    /// The rest of the answer, or what takes its place, goes on by this.
    pub(crate) fn goes_on_by(&self, permit: Option<Rc<dyn Renewable>>) {
        *self.permit.borrow_mut() = permit;
    }

    /// A request is answered as far as we are concerned.
    pub(crate) fn end_request(&self) {
        self.phase.set((Phase::Idle, self.ticker.now()));
        self.turn.set(self.ticker.turn());
        self.done(Wait::ClientBody);
        self.done(Wait::Tool);
        self.done(Wait::Room);
        self.session.borrow_mut().take();
        self.permit.borrow_mut().take();
        self.is_judged_again.set(false);
    }

    /// The request depends on this session: it is cut when the token is cancelled. That it was cut for the end of another is over; that it
    /// was for a change of the apps is not ([`Self::is_read_again`]).
    pub(crate) fn depends_on(&self, session: Revocation) {
        *self.session.borrow_mut() = Some(session);
        if !self.is_outdated.get() {
            self.takes_back_revoked();
        }
    }

    /// The request is about to be read by the apps of now.
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
    pub(crate) fn outdate(&self) {
        self.is_outdated.set(true);
    }

    /// How judging again came out. Of no consequence for a request that has ended meanwhile.
    pub(crate) fn was_judged_again(&self, permit: &Rc<dyn Renewable>, renewed: Option<Revocation>) {
        let is_the_same = self.permit.borrow().as_ref().is_some_and(|own| Rc::ptr_eq(own, permit));
        if !is_the_same {
            return;
        }
        self.is_judged_again.set(false);
        if let Some(session) = renewed {
            *self.session.borrow_mut() = Some(session);
        } else {
            self.abort.set(Some(Abort::Revoked));
            self.wake();
        }
    }

    /// Whether what the request was judged by has changed since.
    pub(crate) fn is_revoked(&self) -> bool {
        self.session.borrow().as_ref().is_some_and(Revocation::is_revoked)
    }

    /// Whether what the request was judged by, or the apps, have changed since.
    pub(crate) fn is_out_of_date(&self) -> bool {
        self.is_revoked() || self.is_outdated.get() || self.abort.get() == Some(Abort::Revoked)
    }

    /// The session the request depends on.
    pub(crate) fn session(&self) -> Option<Revocation> {
        self.session.borrow().clone()
    }

    /// Notes that the request waits, from now unless it did already.
    pub(crate) fn wait(&self, whom: Wait) {
        if let Some(cell) = self.waits.get(whom as usize)
            && cell.get().is_none()
        {
            cell.set(Some(self.ticker.now()));
            if matches!(whom, Wait::ClientBody | Wait::Room) {
                self.turn.set(self.ticker.turn());
            }
        }
    }

    /// The wait is over.
    pub(crate) fn done(&self, whom: Wait) {
        if let Some(cell) = self.waits.get(whom as usize) {
            cell.set(None);
        }
    }

    /// Some of the request's body came, or its end.
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

    /// From whom the latest request came, if somebody is signed in.
    pub(crate) fn is_of(&self, person: Option<Subject>) {
        self.person.set(person);
    }

    /// As of the latest request that was looked at.
    pub(crate) fn person(&self) -> Option<Subject> {
        self.person.get()
    }

    /// As of the latest request that was looked at; a new connection is nobody's.
    pub(crate) fn is_signed_in(&self) -> bool {
        self.person.get().is_some()
    }

    /// Whether it has one of the places that are kept for the desk.
    pub(crate) fn has_kept_place(&self) -> bool {
        self.has_kept_place.get()
    }

    /// It has one, or has one no more.
    pub(crate) fn set_kept_place(&self, has: bool) {
        self.has_kept_place.set(has);
    }

    /// Whether it is new, or a request's head has begun to come, only a moment ago.
    pub(crate) fn is_coming(&self) -> bool {
        let (phase, since) = self.phase.get();
        phase == Phase::Head && self.ticker.now().saturating_sub(since) < MOMENT
    }

    /// Since when it is in the middle of something, as of tick and turn; what has no end sorts first.
    pub(crate) fn goes_on_since(&self) -> (bool, u64, u64) {
        let is_endless = self.is_switched.get() || self.end.get() == AnswerEnd::Never;
        (!is_endless, self.phase.get().1, self.turn.get())
    }

    /// Since when, as a turn, the client or room for its body is waited for and nothing else goes on; `None` when something does.
    pub(crate) fn idle_since(&self) -> Option<u64> {
        let waits = |whom| self.waited(whom).is_some();
        let is_answered = self.phase.get().0 == Phase::Busy && !waits(Wait::ClientBody) && !waits(Wait::Room);
        (!is_answered && !self.is_closing()).then(|| self.turn.get())
    }

    /// Why the request must not go on, if so.
    pub(crate) fn abort(&self) -> Option<Abort> {
        self.abort.get()
    }

    /// Whether the connection is to be dropped at once.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.get()
    }

    /// Whether the connection is to end after the request in flight.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.get()
    }

    /// Asks the connection to end after the request in flight.
    pub(crate) fn drain(&self) {
        self.draining.set(true);
        self.wake();
    }

    /// What is known of the end of the answer under way.
    pub(crate) fn answer_ends(&self, end: AnswerEnd) {
        self.end.set(end);
    }

    /// Ends an answer that has no end of its own: an event stream, or one of no said length of which nothing came for so long.
    pub(crate) fn close_if_endless(&self, silence: Duration) {
        let is_endless = match self.end.get() {
            AnswerEnd::Comes => false,
            AnswerEnd::Unsaid => self.waited_over(Wait::Tool, silence),
            AnswerEnd::Never => true,
        };
        if is_endless && self.phase.get().0 == Phase::Busy {
            self.close();
        }
    }

    /// Asks the connection to end now.
    pub(crate) fn close(&self) {
        self.closing.set(true);
        self.wake();
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.borrow().as_ref() {
            waker.wake_by_ref();
        }
    }

    /// For how many milliseconds this has been waited for; `None` when it is not.
    fn waited(&self, whom: Wait) -> Option<u64> {
        let since = self.waits.get(whom as usize).and_then(Cell::get)?;
        Some(self.ticker.now().saturating_sub(since))
    }

    fn waited_over(&self, whom: Wait, limit: Duration) -> bool {
        !limit.is_zero() && self.waited(whom).is_some_and(|waited| u128::from(waited) > limit.as_millis())
    }

    fn is_body_late(&self, limits: &Limits) -> bool {
        self.waited_over(Wait::ClientBody, limits.body_idle)
            || self.waited(Wait::ClientBody).is_some_and(|waiting| self.body.is_too_slow(waiting, limits))
    }

    fn is_over(&self, since: u64, limit: Duration) -> bool {
        u128::from(self.ticker.now().saturating_sub(since)) > limit.as_millis()
    }

    /// Looks at all waits; called once a tick. Told is what the worker has to do about it.
    pub(crate) fn check(&self, limits: &Limits) -> Checked {
        let (phase, since) = self.phase.get();
        let too_long = match phase {
            Phase::Idle => self.is_over(since, limits.keep_alive),
            Phase::Head => self.is_over(since, limits.header_timeout),
            Phase::Busy => false,
        };
        if too_long || self.waited_over(Wait::ClientRead, limits.response_write_timeout) {
            self.close();
            return Checked::Well;
        }
        if self.abort.get() == Some(Abort::Revoked) && self.is_body_late(limits) {
            // That nobody may go on is found when the body is there, so it has to come.
            self.abort.set(Some(Abort::ClientTooSlow));
            self.wake();
        }
        if phase == Phase::Busy && self.abort.get().is_none() {
            let has_changed = self.is_revoked() || self.is_outdated.get();
            if has_changed && let Some(permit) = self.permit.borrow().clone() {
                return self.judge_again(permit);
            }
            let abort = if has_changed {
                Abort::Revoked
            } else if self.is_body_late(limits) {
                Abort::ClientTooSlow
            } else if self.waited_over(Wait::Tool, limits.answer_idle) {
                Abort::ToolTooSlow
            } else {
                return Checked::Well;
            };
            self.abort.set(Some(abort));
            self.wake();
            return if abort == Abort::Revoked { Checked::Revoked } else { Checked::Well };
        }
        Checked::Well
    }

    fn judge_again(&self, permit: Rc<dyn Renewable>) -> Checked {
        if self.is_judged_again.replace(true) {
            return Checked::Well;
        }
        self.is_outdated.set(false);
        Checked::JudgeAgain(permit)
    }
}

#[cfg(test)]
mod tests;
