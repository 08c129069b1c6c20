//! One thread's part of the door: its own connections from clients and to tools, and its own clock. Workers share nothing that is
//! written on the way of a request.
//!
//! Look next: `client::accepting` (what a worker does), `request` (what it does for one request).

use ahash::HashMap;
use doorward_domain::Subject;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::Semaphore;

use crate::crowd::Crowd;
use crate::deadlines::{Deadlines, Ticker};
use crate::ids::Ids;
use crate::room::Turns;
use crate::shared::Shared;
use crate::spread::Spread;
use crate::things::Things;
use crate::upstream::Pool;
use crate::{Snapshot, UpstreamAddress};

/// How many tools' answers that are kept back are heard out at once; of more it stays unknown what came of what they were asked.
const HEARD_OUT: u32 = 64;
/// And how many of what one person has asked for.
const HEARD_OUT_OF_ONE: usize = 16;

/// One thread's part of the door.
pub(crate) struct Worker {
    pub(crate) shared: Arc<Shared>,
    pub(crate) ticker: Rc<Ticker>,
    pub(crate) ids: Ids,
    pub(crate) pools: RefCell<HashMap<UpstreamAddress, Rc<Pool>>>,
    /// What tools have told of their things.
    pub(crate) things: Things,
    pub(crate) crowd: Crowd,
    pub(crate) spread: Spread,
    /// Taken while it is looked up what somebody who was refused has asked for.
    pub(crate) looking_up: Semaphore,
    /// Taken while a tool is heard out whose answer is kept back.
    pub(crate) hearing_out: Turns,
    /// Whether it accepts no more, and finishes what is under way.
    pub(crate) is_stopping: Cell<bool>,
    /// What everything under way has been told of.
    pub(crate) seen: RefCell<Arc<Snapshot>>,
}

impl Worker {
    pub(crate) fn new(shared: Arc<Shared>, spread: Spread) -> Rc<Self> {
        let ids = Ids::new(Arc::clone(&shared.services.entropy));
        let seen = shared.snapshot.load_full();
        let ticker = Rc::new(Ticker::new());
        let crowd = Crowd::new(seen.limits.max_connections);
        let (pools, things, seen) = (RefCell::default(), Things::default(), RefCell::new(seen));
        let (looking_up, hearing_out) = (Semaphore::new(1), Turns::of_each(HEARD_OUT, HEARD_OUT_OF_ONE));
        Rc::new(Self {
            shared,
            ticker,
            ids,
            pools,
            things,
            crowd,
            spread,
            looking_up,
            hearing_out,
            is_stopping: Cell::new(false),
            seen,
        })
    }

    /// The connections to a tool.
    pub(crate) fn pool(&self, address: &UpstreamAddress) -> Rc<Pool> {
        if let Some(pool) = self.pools.borrow().get(address) {
            return Rc::clone(pool);
        }
        let pool = Rc::new(Pool::new(address.clone()));
        self.pools.borrow_mut().insert(address.clone(), Rc::clone(&pool));
        pool
    }

    /// From whom the request on a connection comes.
    pub(crate) fn is_of(&self, deadlines: &Rc<Deadlines>, person: Option<Subject>) {
        self.crowd.is_of(deadlines, person);
    }

    /// Whether a request for an app may be answered on it: one that has a place kept for the desk needs another first.
    pub(crate) fn has_place_for(&self, deadlines: &Deadlines) -> bool {
        if deadlines.has_kept_place() {
            let has_place = !self.crowd.is_overcrowded() || self.crowd.make_way_for(deadlines.person());
            deadlines.set_kept_place(!has_place);
        }
        !deadlines.has_kept_place()
    }
}
