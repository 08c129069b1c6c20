//! How a tool and what it started come to their end: asked first, with time to finish, then told to stop, at last killed.
//!
//! A tool that died leaves processes that may still be at work (a pipeline's run). They go on beside the next life of the tool, for
//! the same grace that they have when Doorward stops.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::reaper::PATIENCE;
use super::spawn::Kept;

/// How long a reaper gets beyond that before we stop waiting for it.
const LAST_WAIT: Duration = Duration::from_secs(5);
/// What takes no longer than this to end is not worth a line.
const HARDLY: Duration = Duration::from_millis(300);

/// Whether a tool is to stop, and when its time is over.
#[derive(Debug, Clone)]
pub struct Stop(watch::Sender<Option<Instant>>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Stop {
    /// It is to stop; what is left of it then is told to end.
    pub fn ask(&self, until: Instant) {
        self.0.send_replace(Some(until));
    }

    /// Waits until it is to stop.
    pub async fn asked(&self) {
        self.until().await;
    }

    async fn until(&self) -> Instant {
        match self.0.subscribe().wait_for(Option::is_some).await.map(|until| *until) {
            Ok(Some(until)) => until,
            // We hold the sender ourselves.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }

    /// Waits until it was to stop and its time is over.
    async fn over(&self) {
        sleep_until(self.until().await).await;
    }
}

/// What lives of a tool have left behind.
#[derive(Debug, Default)]
pub struct Leftovers {
    each: Vec<JoinHandle<()>>,
    hurry: CancellationToken,
}

impl Leftovers {
    /// Sees one life of a tool off. One that has died gets its own time, which ends earlier when everything is to stop; one that
    /// is asked to stop gets the time that `stop` tells.
    pub fn see_off(&mut self, title: &str, mut kept: Kept, until: Instant, stop: Stop, has_died: bool) {
        let (title, hurry) = (title.to_owned(), self.hurry.clone());
        self.each.retain(|one| !one.is_finished());
        self.each.push(tokio::spawn(async move {
            let time = async {
                tokio::select! {
                    () = sleep_until(until), if has_died => "did not end in time",
                    () = stop.over() => "did not end in time",
                    () = hurry.cancelled() => "still hold its port",
                }
            };
            let why = tokio::select! {
                () = gone(&title, &mut kept, has_died) => return,
                why = time => why,
            };
            let seconds = PATIENCE.as_secs();
            tracing::warn!("{title} and what it started {why}: asked to stop, to be killed in {seconds} s");
            kept.end_all();
            let _ = timeout(PATIENCE + LAST_WAIT, &mut kept.gone).await;
        }));
    }

    /// Sees to it that the next life finds its port free: what holds it must go at once.
    pub async fn make_room(&mut self, port: u16) {
        let is_held = || TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err();
        if self.each.iter().any(|one| !one.is_finished()) && is_held() {
            self.hurry.cancel();
            self.all_gone().await;
            self.hurry = CancellationToken::new();
        }
    }

    /// Returns when all are gone.
    pub async fn all_gone(&mut self) {
        for one in self.each.drain(..) {
            let _ = one.await;
        }
    }
}

/// Waits until the tool and all that it started are gone; says so when that takes a while.
async fn gone(title: &str, kept: &mut Kept, has_died: bool) {
    if !has_died {
        let _ = (&mut kept.ended).await;
    }
    if timeout(HARDLY, &mut kept.gone).await.is_ok() {
        return;
    }
    tracing::info!("{title} has ended; what it started and still runs may finish");
    let _ = (&mut kept.gone).await;
    tracing::info!("what {title} started has ended");
}
