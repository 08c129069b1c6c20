//! A worker: one thread with its own listener, its own connections to tools, and its own clock. Workers share nothing that is
//! written on the way of a request.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use arc_swap::ArcSwap;
use doorward_service::Services;
use ipnet::IpNet;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::connection;
use crate::desk::Desk;
use crate::facts::Peer;
use crate::ids::Ids;
use crate::large::LargeBodies;
use crate::lasting::LastingPermit;
use crate::upstream::Pool;
use crate::walk::Stop;
use crate::watch::{Checked, TICK, Ticker, Watch};
use crate::{Limits, Sites, UpstreamAddress};

/// What all workers know.
pub(crate) struct Shared {
    pub(crate) services: Arc<Services>,
    pub(crate) desk: Arc<dyn Desk>,
    /// Where desk and database run.
    pub(crate) control: Handle,
    pub(crate) sites: Arc<ArcSwap<Sites>>,
    pub(crate) proxies: Vec<IpNet>,
    pub(crate) limits: Limits,
    pub(crate) large: LargeBodies,
    /// Once there is an administrator there always is one.
    pub(crate) is_set_up: AtomicBool,
}

impl Shared {
    /// Whether an administrator has been seen.
    pub(crate) fn is_set_up(&self) -> bool {
        self.is_set_up.load(Relaxed)
    }

    /// Whether nobody could sign in yet.
    pub(crate) async fn needs_setup(&self) -> Result<bool, Stop> {
        let services = Arc::clone(&self.services);
        let asking = self.control.spawn(async move { services.setup.is_required().await });
        let required = asking.await.map_err(|_| Stop::StoreUnavailable)?.map_err(|_| Stop::StoreUnavailable)?;
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

/// One thread's part of the door.
pub(crate) struct Worker {
    pub(crate) shared: Arc<Shared>,
    pub(crate) ticker: Rc<Ticker>,
    pub(crate) ids: Ids,
    pools: RefCell<HashMap<UpstreamAddress, Rc<Pool>>>,
    visits: RefCell<HashMap<usize, Rc<Watch>>>,
    /// The sites that what is under way was last judged by.
    seen_sites: RefCell<Arc<Sites>>,
}

impl Worker {
    pub(crate) fn new(shared: Arc<Shared>) -> Rc<Self> {
        let ids = Ids::new(Arc::clone(&shared.services.entropy));
        let seen_sites = RefCell::new(shared.sites.load_full());
        let ticker = Rc::new(Ticker::new());
        Rc::new(Self { shared, ticker, ids, pools: RefCell::default(), visits: RefCell::default(), seen_sites })
    }

    /// The connections to a tool.
    pub(crate) fn pool(&self, address: &UpstreamAddress) -> Rc<Pool> {
        if let Some(pool) = self.pools.borrow().get(address) {
            return Rc::clone(pool);
        }
        let pool = Rc::new(Pool::new(address.clone(), self.shared.limits.upstream_idle));
        self.pools.borrow_mut().insert(address.clone(), Rc::clone(&pool));
        pool
    }

    /// Serves until told to stop, and until what was under way is done.
    pub(crate) async fn run(self: Rc<Self>, listeners: Vec<TcpListener>, mut orders: watch::Receiver<Order>) {
        let ticking = tokio::task::spawn_local(Rc::clone(&self).tick());
        let accepting: Vec<_> =
            listeners.into_iter().map(|listener| tokio::task::spawn_local(Rc::clone(&self).accept(listener))).collect();
        let grace = loop {
            if let Order::Stop(grace) = *orders.borrow_and_update() {
                break grace;
            }
            if orders.changed().await.is_err() {
                break Duration::ZERO;
            }
        };
        accepting.iter().for_each(tokio::task::JoinHandle::abort);
        self.each_visit(Watch::drain);
        let done = async {
            while !self.visits.borrow().is_empty() {
                tokio::time::sleep(TICK / 10).await;
            }
        };
        let _ = tokio::time::timeout(grace, done).await;
        self.each_visit(Watch::close);
        ticking.abort();
    }

    fn each_visit(&self, tell: impl Fn(&Watch)) {
        let visits: Vec<_> = self.visits.borrow().values().cloned().collect();
        for watch in &visits {
            tell(watch);
        }
    }

    /// Moves the clock and looks at every wait.
    async fn tick(self: Rc<Self>) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            ticks.tick().await;
            self.ticker.advance();
            if self.apps_have_changed() {
                self.each_visit(Watch::outdate);
            }
            for watch in self.visits.borrow().values() {
                match watch.check(&self.shared.limits) {
                    Checked::Well => {}
                    Checked::Revoked => self.shared.services.counters.revoked.add_one(),
                    Checked::JudgeAgain(permit) => {
                        tokio::task::spawn_local(Rc::clone(&self).judge_again(Rc::clone(watch), permit));
                    }
                }
            }
            self.pools.borrow_mut().retain(|_, pool| {
                pool.sweep(self.ticker.now());
                Rc::strong_count(pool) > 1 || !pool.is_empty()
            });
        }
    }

    /// Whether the configuration was read again since this was asked last.
    fn apps_have_changed(&self) -> bool {
        let now = self.shared.sites.load_full();
        let before = self.seen_sites.replace(Arc::clone(&now));
        !Arc::ptr_eq(&before, &now)
    }

    async fn judge_again(self: Rc<Self>, watch: Rc<Watch>, permit: Rc<LastingPermit>) {
        let renewed = permit.renewed().await;
        if renewed.is_none() {
            self.shared.services.counters.revoked.add_one();
        }
        watch.was_judged_again(&permit, renewed);
    }

    async fn accept(self: Rc<Self>, listener: TcpListener) {
        loop {
            if self.visits.borrow().len() >= self.shared.limits.connections {
                tokio::time::sleep(TICK / 10).await;
                continue;
            }
            match listener.accept().await {
                Ok((stream, from)) => {
                    Rc::clone(&self).welcome(stream, Peer::new(from.ip(), &self.shared.proxies));
                }
                Err(error) => {
                    // Out of file descriptors, or the client is gone already.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(TICK / 10).await;
                }
            }
        }
    }

    fn welcome(self: Rc<Self>, stream: TcpStream, peer: Peer) {
        let watch = Rc::new(Watch::new(Rc::clone(&self.ticker)));
        // An address names the watch as long as it lives, and the list keeps it alive.
        let id = Rc::as_ptr(&watch) as usize;
        self.visits.borrow_mut().insert(id, Rc::clone(&watch));
        let leaving = Leaving { worker: Rc::clone(&self), id };
        tokio::task::spawn_local(async move {
            let _leaving = leaving;
            // Without this answers wait for acknowledgements; if it fails they merely do.
            let _ = stream.set_nodelay(true);
            connection::serve(self, stream, peer, watch).await;
        });
    }
}

/// Takes a connection off the list, however it ends.
struct Leaving {
    worker: Rc<Worker>,
    id: usize,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.worker.visits.borrow_mut().remove(&self.id);
    }
}
