//! Deadlines without timers.
//!
//! A timer for each request would cost more than the request. Instead every connection notes, in plain cells, what it waits for
//! and since when; once a [`TICK`] the worker looks at all of them and wakes those that waited too long or whose session has
//! ended. Precision is one tick, which is enough for limits counted in seconds and for "within one second".

mod pace;
mod request;
mod states;
mod ticker;

use doorward_domain::Subject;
use doorward_service::Revocation;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Waker;
use std::time::Duration;

use crate::Limits;
use request::{Again, RequestState};
pub(crate) use states::{Abort, AnswerEnd, Checked, Lasting, Phase, Renewable, Wait};
pub(crate) use ticker::{TICK, Ticker};

/// How long answers without an end go on once the door stops. What has an end may take the whole grace.
pub(crate) const ENDLESS: Duration = Duration::from_secs(2);

/// How long whoever comes is left in peace, in milliseconds.
const MOMENT: u64 = 1000;

/// What one connection waits for.
#[derive(Debug)]
pub(crate) struct Deadlines {
    /// Its request, of which there is one at a time.
    pub(crate) request: RequestState,
    ticker: Rc<Ticker>,
    phase: Cell<(Phase, u64)>,
    /// When the client was last waited for anew, among all of the worker's.
    turn: Cell<u64>,
    person: Cell<Option<Subject>>,
    /// Whether it has one of the places that are kept for the desk.
    has_kept_place: Cell<bool>,
    /// Whether something else than requests goes on.
    is_switched: Cell<bool>,
    /// Since when the client has not taken what waits for it.
    stalled_since: Cell<Option<u64>>,
    closing: Cell<bool>,
    draining: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Deadlines {
    pub(crate) fn new(ticker: Rc<Ticker>) -> Self {
        let (now, turn) = (ticker.now(), ticker.turn());
        Self {
            request: RequestState::new(Rc::clone(&ticker)),
            ticker,
            turn: Cell::new(turn),
            person: Cell::new(None),
            has_kept_place: Cell::new(false),
            is_switched: Cell::new(false),
            phase: Cell::new((Phase::Head, now)),
            stalled_since: Cell::new(None),
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
        self.request.begin();
    }

    /// After a 101: something else than requests goes on.
    pub(crate) fn goes_on(&self, lasting: Lasting) {
        self.begin_request();
        self.is_switched.set(true);
        self.request.depends_on(lasting.session);
        self.request.goes_on_by(lasting.permit);
        // What changed while the handshake was under way was told to a request that is over: looked at with the next tick.
        self.request.outdate();
    }

    /// A request is answered as far as we are concerned.
    pub(crate) fn end_request(&self) {
        self.phase.set((Phase::Idle, self.ticker.now()));
        self.turn.set(self.ticker.turn());
        self.request.end();
    }

    /// The apps have changed: what is under way is judged again.
    pub(crate) fn outdate(&self) {
        self.request.outdate();
    }

    /// How judging again came out. Of no consequence for a request that has ended meanwhile.
    pub(crate) fn was_judged_again(&self, permit: &Rc<dyn Renewable>, renewed: Option<Revocation>) {
        if self.request.was_judged_again(permit, renewed) {
            self.wake();
        }
    }

    /// Notes that the request waits, from now unless it did already.
    pub(crate) fn wait(&self, whom: Wait) {
        if self.request.wait(whom) && matches!(whom, Wait::ClientBody | Wait::Room) {
            self.turn.set(self.ticker.turn());
        }
    }

    /// Whether the client leaves what it has to take.
    pub(crate) fn client_stalls(&self, stalls: bool) {
        let since = stalls.then(|| self.stalled_since.get().unwrap_or_else(|| self.ticker.now()));
        self.stalled_since.set(since);
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
        let is_endless = self.is_switched.get() || self.request.is_endless();
        (!is_endless, self.phase.get().1, self.turn.get())
    }

    /// Since when, as a turn, the client or room for its body is waited for and nothing else goes on; `None` when something does.
    pub(crate) fn idle_since(&self) -> Option<u64> {
        let waits = |whom| self.request.waited(whom).is_some();
        let is_answered = self.phase.get().0 == Phase::Busy && !waits(Wait::ClientBody) && !waits(Wait::Room);
        (!is_answered && !self.is_closing()).then(|| self.turn.get())
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

    /// Ends an answer that has no end of its own: an event stream, or one of no said length of which nothing came for so long.
    pub(crate) fn close_if_endless(&self, silence: Duration) {
        if self.request.seems_endless(silence) && self.phase.get().0 == Phase::Busy {
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
        let stalls_too_long = !limits.response_write_timeout.is_zero()
            && self.stalled_since.get().is_some_and(|since| self.is_over(since, limits.response_write_timeout));
        if too_long || stalls_too_long {
            self.close();
            return Checked::Well;
        }
        if self.request.abort() == Some(Abort::Revoked) && self.request.is_body_late(limits) {
            // That nobody may go on is found when the body is there, so it has to come.
            self.cut(Abort::ClientTooSlow);
        }
        if phase == Phase::Busy && self.request.abort().is_none() { self.check_request(limits) } else { Checked::Well }
    }

    fn check_request(&self, limits: &Limits) -> Checked {
        let request = &self.request;
        if request.has_changed() {
            return match request.to_be_judged_again() {
                Some(Again::By(permit)) => Checked::JudgeAgain(permit),
                Some(Again::IsBeing) => Checked::Well,
                None => {
                    self.cut(Abort::Revoked);
                    Checked::Revoked
                }
            };
        }
        if request.is_body_late(limits) {
            self.cut(Abort::ClientTooSlow);
        } else if request.waited_over(Wait::Tool, limits.answer_idle) {
            self.cut(Abort::ToolTooSlow);
        }
        Checked::Well
    }

    fn cut(&self, why: Abort) {
        self.request.cut(why);
        self.wake();
    }
}

#[cfg(test)]
mod tests;
