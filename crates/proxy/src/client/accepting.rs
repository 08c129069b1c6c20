//! What a worker does: takes connections in, looks at every wait once a tick, and comes to its end.

use doorward_service::network;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::connection;
use crate::Snapshot;
use crate::client_info::Peer;
use crate::crowd::Entry;
use crate::deadlines::{Checked, Deadlines, ENDLESS, Renewable, TICK};
use crate::spread::{Handed, Inbox, Seat};
use crate::worker::Worker;

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

impl Worker {
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
        self.is_stopping.set(true);
        self.each_visit(Deadlines::drain);
        let began = Instant::now();
        let done = async {
            while !self.crowd.is_empty() {
                tokio::time::sleep(TICK / 10).await;
                if began.elapsed() >= ENDLESS {
                    self.each_visit(|deadlines| deadlines.close_if_endless(ENDLESS));
                }
            }
            self.hearing_out.are_over().await;
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
        if let Some((count, why)) = self.shared.not_told.told(now) {
            tracing::warn!(count, "an app could not be asked what requests act on: {why}");
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

    async fn judge_again(self: Rc<Self>, deadlines: Rc<Deadlines>, permit: Rc<dyn Renewable>) {
        let renewed = Rc::clone(&permit).renewed().await;
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
