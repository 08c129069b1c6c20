//! A worker: one thread with its own connections from clients and to tools, and its own clock. Workers share nothing that is
//! written on the way of a request.

use arc_swap::ArcSwap;
use doorward_domain::{HostName, Subject};
use doorward_service::{Services, network};
use std::cell::RefCell;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::burst::Burst;
use crate::client_info::Peer;
use crate::connection;
use crate::crowd::{Crowd, Entry};
use crate::deadlines::{Checked, Deadlines, TICK, Ticker};
use crate::desk::Desk;
use crate::ids::Ids;
use crate::large::LargeBodies;
use crate::lasting::LastingPermit;
use crate::request::{Rejection, Resolver};
use crate::spread::{Handed, Inbox, Seat, Spread};
use crate::upstream::Pool;
use crate::{Snapshot, UpstreamAddress};

/// What all workers know.
pub(crate) struct Shared {
    pub(crate) services: Arc<Services>,
    pub(crate) desk: Arc<dyn Desk>,
    /// Where desk and database run.
    pub(crate) control: Handle,
    /// What is gone by now. A request loads it once.
    pub(crate) snapshot: Arc<ArcSwap<Snapshot>>,
    /// The desk's, where it has one of its own.
    pub(crate) desk_host: Option<HostName>,
    pub(crate) large: LargeBodies,
    /// Connections that could not be accepted.
    pub(crate) not_accepted: Burst,
    /// Connections that were closed so that others could come.
    pub(crate) made_way: Burst,
    /// Connections that were closed at once, because their network has its share.
    pub(crate) turned_away: Burst,
    /// Once there is an administrator there always is one.
    pub(crate) is_set_up: AtomicBool,
}

impl Shared {
    /// Whether an administrator has been seen.
    pub(crate) fn is_set_up(&self) -> bool {
        self.is_set_up.load(Relaxed)
    }

    /// Whether nobody could sign in yet.
    pub(crate) async fn needs_setup(&self) -> Result<bool, Rejection> {
        let services = Arc::clone(&self.services);
        let asking = self.control.spawn(async move { services.setup.is_required().await });
        let required =
            asking.await.map_err(|_| Rejection::StoreUnavailable)?.map_err(|_| Rejection::StoreUnavailable)?;
        if !required {
            self.is_set_up.store(true, Relaxed);
        }
        Ok(required)
    }
}

/// What the workers are told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Accept and serve.
    Serve,
    /// Accept no more; finish what is under way, for at most this long.
    Stop(Duration),
}

/// Why a connection makes way where no network has too many.
const AS_MANY_AS_MAY_BE: &str = "there are as many connections as there may be";

/// How long answers without an end go on once the door stops. What has an end may take the whole grace.
const ENDLESS: Duration = Duration::from_secs(2);

/// One thread's part of the door.
pub(crate) struct Worker {
    pub(crate) shared: Arc<Shared>,
    pub(crate) ticker: Rc<Ticker>,
    pub(crate) ids: Ids,
    pools: RefCell<HashMap<UpstreamAddress, Rc<Pool>>>,
    /// What tools have told of their things.
    pub(crate) resolver: Resolver,
    crowd: Crowd,
    spread: Spread,
    /// What everything under way has been told of.
    seen: RefCell<Arc<Snapshot>>,
}

impl Worker {
    pub(crate) fn new(shared: Arc<Shared>, spread: Spread) -> Rc<Self> {
        let ids = Ids::new(Arc::clone(&shared.services.entropy));
        let seen = shared.snapshot.load_full();
        let ticker = Rc::new(Ticker::new());
        let crowd = Crowd::new(seen.limits.max_connections);
        let (pools, resolver, seen) = (RefCell::default(), Resolver::default(), RefCell::new(seen));
        Rc::new(Self { shared, ticker, ids, pools, resolver, crowd, spread, seen })
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

    /// Serves until told to stop, and until what was under way is done.
    pub(crate) async fn run(
        self: Rc<Self>,
        listeners: Vec<TcpListener>,
        inbox: Inbox,
        mut orders: watch::Receiver<Order>,
    ) {
        let ticking = tokio::task::spawn_local(Rc::clone(&self).tick());
        let mut accepting: Vec<_> =
            listeners.into_iter().map(|listener| tokio::task::spawn_local(Rc::clone(&self).accept(listener))).collect();
        accepting.push(tokio::task::spawn_local(Rc::clone(&self).take_over(inbox)));
        let grace = loop {
            if let Order::Stop(grace) = *orders.borrow_and_update() {
                break grace;
            }
            if orders.changed().await.is_err() {
                break Duration::ZERO;
            }
        };
        accepting.iter().for_each(tokio::task::JoinHandle::abort);
        self.each_visit(Deadlines::drain);
        let began = Instant::now();
        let done = async {
            while !self.crowd.is_empty() {
                tokio::time::sleep(TICK / 10).await;
                if began.elapsed() >= ENDLESS {
                    self.each_visit(|deadlines| deadlines.close_if_endless(ENDLESS));
                }
            }
        };
        let _ = tokio::time::timeout(grace, done).await;
        self.each_visit(Deadlines::close);
        ticking.abort();
    }

    fn each_visit(&self, tell: impl Fn(&Deadlines)) {
        self.crowd.all().iter().for_each(|deadlines| tell(deadlines));
    }

    /// Moves the clock and looks at every wait.
    async fn tick(self: Rc<Self>) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            ticks.tick().await;
            self.ticker.advance();
            let snapshot = self.shared.snapshot.load_full();
            self.tell_of(&snapshot);
            for deadlines in self.crowd.all() {
                match deadlines.check(&snapshot.limits) {
                    Checked::Well => {}
                    Checked::Revoked => self.shared.services.counters.revoked.add_one(),
                    Checked::JudgeAgain(permit) => {
                        tokio::task::spawn_local(Rc::clone(&self).judge_again(Rc::clone(&deadlines), permit));
                    }
                }
            }
            self.tell_of_bursts();
            self.pools.borrow_mut().retain(|_, pool| {
                pool.sweep(self.ticker.now(), snapshot.limits.upstream_idle);
                Rc::strong_count(pool) > 1 || !pool.is_empty()
            });
        }
    }

    fn tell_of_bursts(&self) {
        let now = Instant::now();
        if let Some((count, error)) = self.shared.not_accepted.told(now) {
            tracing::warn!(count, %error, "connections could not be accepted; `doorward doctor` says how many may be open");
        }
        if let Some((count, why)) = self.shared.made_way.told(now) {
            tracing::warn!(count, "connections were closed to make room for others: {why}");
        }
        if let Some((count, network)) = self.shared.turned_away.told(now) {
            tracing::warn!(
                count,
                network,
                "connections were turned away: their network has its share with nobody signed in"
            );
        }
    }

    /// Tells everything under way when the configuration was read again.
    fn tell_of(&self, snapshot: &Arc<Snapshot>) {
        let before = self.seen.replace(Arc::clone(snapshot));
        if !Arc::ptr_eq(&before, snapshot) {
            self.crowd.holds(snapshot.limits.max_connections);
            self.each_visit(Deadlines::outdate);
        }
    }

    async fn judge_again(self: Rc<Self>, deadlines: Rc<Deadlines>, permit: Rc<LastingPermit>) {
        let renewed = permit.renewed().await;
        if renewed.is_none() {
            self.shared.services.counters.revoked.add_one();
        }
        deadlines.was_judged_again(&permit, renewed);
    }

    async fn accept(self: Rc<Self>, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, from)) => {
                    let seat = self.spread.seat();
                    if self.spread.is_own(&seat) {
                        Rc::clone(&self).receive(stream, from, seat).await;
                    } else if let Err(error) = self.spread.hand_over(stream, from, seat) {
                        self.shared.not_accepted.add(|| error.to_string(), Instant::now());
                    }
                }
                Err(error) => {
                    // Out of file descriptors, or the client is gone already.
                    if is_out_of_descriptors(&error) {
                        self.has_made_way().await;
                    }
                    self.shared.not_accepted.add(|| error.to_string(), Instant::now());
                    tokio::time::sleep(TICK / 10).await;
                }
            }
        }
    }

    /// Serves what other workers accepted and had too much of.
    async fn take_over(self: Rc<Self>, mut inbox: Inbox) {
        while let Some(Handed { stream, from, seat }) = inbox.recv().await {
            match TcpStream::from_std(stream) {
                Ok(stream) => Rc::clone(&self).receive(stream, from, seat).await,
                Err(error) => self.shared.not_accepted.add(|| error.to_string(), Instant::now()),
            }
        }
    }

    async fn receive(self: Rc<Self>, stream: TcpStream, from: SocketAddr, seat: Seat) {
        let peer = Peer::new(from.ip());
        // Many people come through one trusted proxy.
        let is_proxy = self.shared.snapshot.load().is_trusted(peer.ip);
        let counts_for = (!is_proxy).then(|| network(peer.ip));
        if self.makes_room_for(&peer, counts_for).await {
            self.welcome(stream, (peer, counts_for), seat);
        }
    }

    /// Whether one more may come. Where everybody is being answered it waits, and the others with it, in the kernel's queue; but not for
    /// one network's share.
    async fn makes_room_for(&self, peer: &Peer, counts_for: Option<IpAddr>) -> bool {
        match self.crowd.make_way_within(counts_for) {
            Entry::Free => {}
            Entry::MadeWay => {
                self.note_made_way("one network has its share of connections that nobody is signed in with").await;
            }
            Entry::Refused => {
                self.shared.turned_away.add(|| peer.ip.to_string(), Instant::now());
                return false;
            }
        }
        if self.crowd.is_crowded() && self.crowd.make_way() {
            self.note_made_way(AS_MANY_AS_MAY_BE).await;
        }
        while self.crowd.is_full() && !self.has_made_way().await {
            tokio::time::sleep(TICK / 10).await;
        }
        true
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

    async fn has_made_way(&self) -> bool {
        let has = self.crowd.make_way_at_any_rate();
        if has {
            self.note_made_way(AS_MANY_AS_MAY_BE).await;
        }
        has
    }

    /// Lets the connection that makes way close, before another takes its descriptor.
    async fn note_made_way(&self, why: &str) {
        self.shared.made_way.add(|| why.to_owned(), Instant::now());
        tokio::task::yield_now().await;
    }

    fn welcome(self: Rc<Self>, stream: TcpStream, (peer, counts_for): (Peer, Option<IpAddr>), seat: Seat) {
        let deadlines = Rc::new(Deadlines::new(Rc::clone(&self.ticker)));
        deadlines.set_kept_place(self.crowd.is_crowded());
        self.crowd.enter(&deadlines, counts_for);
        let leaving = Leaving { worker: Rc::clone(&self), deadlines: Rc::clone(&deadlines), _seat: seat };
        tokio::task::spawn_local(async move {
            let _leaving = leaving;
            // Without this answers wait for acknowledgements; if it fails they merely do.
            let _ = stream.set_nodelay(true);
            connection::serve(self, stream, peer, deadlines).await;
        });
    }
}

/// Whether no more files may be open: here (`EMFILE`) or on the whole machine (`ENFILE`), as accept(2) says.
fn is_out_of_descriptors(error: &std::io::Error) -> bool {
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    matches!(error.raw_os_error(), Some(ENFILE | EMFILE))
}

/// Takes a connection off the list, however it ends.
struct Leaving {
    worker: Rc<Worker>,
    deadlines: Rc<Deadlines>,
    _seat: Seat,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.worker.crowd.leave(&self.deadlines);
    }
}
