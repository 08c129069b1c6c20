//! The door as the binary holds it: opened, told of changes, closed.

use arc_swap::ArcSwap;
use doorward_domain::HostName;
use doorward_service::Services;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::{Builder, Handle, LocalOptions};
use tokio::sync::watch;

use crate::burst::Burst;
use crate::client::accepting::Order;
use crate::desk::Desk;
use crate::large::LargeBodies;
use crate::shared::Shared;
use crate::spread::{Inbox, Spread};
use crate::things::ContentsMemory;
use crate::worker::Worker;
use crate::{Listening, Snapshot};

/// No thread for a worker.
#[derive(Debug, thiserror::Error)]
#[error("cannot start a worker: {0}")]
pub struct NoWorker(#[source] io::Error);

/// The open door.
pub struct Door {
    addresses: Vec<SocketAddr>,
    snapshot: Arc<ArcSwap<Snapshot>>,
    orders: watch::Sender<Order>,
    threads: Vec<JoinHandle<()>>,
}

impl Door {
    /// Starts the workers, which go by the snapshot, as the services do from now on. Desk and database run on `control`, never on a worker. `desk_host` is the desk's own host,
    /// where no app is; `None`: the desk is at every host.
    pub fn open(
        Listening { addresses, of_workers }: Listening,
        desk_host: Option<HostName>,
        snapshot: Snapshot,
        services: Arc<Services>,
        desk: Arc<dyn Desk>,
        control: Handle,
    ) -> Result<Self, NoWorker> {
        let snapshot = Arc::new(ArcSwap::from_pointee(snapshot));
        let gone_by = Arc::clone(&snapshot);
        services.apps.follow(move || Arc::clone(gone_by.load().sites.apps()));
        let shared = Arc::new(Shared {
            services,
            desk,
            control,
            snapshot: Arc::clone(&snapshot),
            desk_host,
            large: LargeBodies::default(),
            contents: ContentsMemory::default(),
            not_accepted: Burst::default(),
            made_way: Burst::default(),
            turned_away: Burst::default(),
            not_told: Burst::default(),
            is_set_up: AtomicBool::new(false),
        });
        let (orders, _) = watch::channel(Order::Serve);
        let spread = Spread::among(of_workers.len());
        let places = of_workers.into_iter().zip(spread);
        let threads =
            places.map(|(own, place)| spawn(&shared, own, place, orders.subscribe())).collect::<Result<_, _>>()?;
        Ok(Self { addresses, snapshot, orders, threads })
    }

    /// Where it listens; with the real port where 0 was asked for.
    pub fn local_addrs(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Goes by this from now on, and so do the services, which know its apps. Connections stay, requests under way are finished; what would
    /// not be let in by it ends within a second.
    pub fn replace(&self, snapshot: Snapshot) {
        self.snapshot.store(Arc::new(snapshot));
    }

    /// Stops accepting, finishes what is under way for at most `grace`, then cuts it off.
    pub async fn shutdown(self, grace: Duration) {
        let _ = self.orders.send(Order::Stop(grace));
        let joining =
            tokio::task::spawn_blocking(move || self.threads.into_iter().for_each(|thread| drop(thread.join())));
        let _ = joining.await;
    }
}

fn spawn(
    shared: &Arc<Shared>,
    own: Vec<TcpListener>,
    (spread, inbox): (Spread, Inbox),
    orders: watch::Receiver<Order>,
) -> Result<JoinHandle<()>, NoWorker> {
    let shared = Arc::clone(shared);
    std::thread::Builder::new()
        .name("door".to_owned())
        .spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default());
            let Ok(runtime) = runtime else { return tracing::error!("a worker has no runtime") };
            runtime.block_on(async move {
                let listeners = own.into_iter().filter_map(|listener| tokio::net::TcpListener::from_std(listener).ok());
                Worker::new(shared, spread).run(listeners.collect(), inbox, orders).await;
            });
        })
        .map_err(NoWorker)
}
