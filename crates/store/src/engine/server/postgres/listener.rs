//! What PostgreSQL passes on to all who are connected (`LISTEN`, `NOTIFY`).

use sqlx::postgres::{PgListener, PgPool};
use std::time::Duration;
use tokio::sync::Mutex;

/// What is listened to.
const CHANNEL: &str = "doorward_changes";

/// Before it is tried again to connect.
const PAUSE: Duration = Duration::from_secs(1);

/// Listens on a connection of its own, which is made when first needed and again when it breaks. It is of a pool of its own, which nobody
/// waits for when the others are closed.
#[derive(Debug)]
pub(in super::super) struct Listener {
    pool: PgPool,
    connected: Mutex<Option<PgListener>>,
}

impl Listener {
    pub(super) fn of(pool: PgPool) -> Self {
        Self { pool, connected: Mutex::new(None) }
    }

    /// Returns once something was said, or may have been while the connection was broken.
    pub(in super::super) async fn heard(&self) {
        let mut connected = self.connected.lock().await;
        while self.listen(&mut connected).await.is_err() {
            *connected = None;
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn listen(&self, connected: &mut Option<PgListener>) -> Result<(), sqlx::Error> {
        let listener = if let Some(listener) = connected {
            listener
        } else {
            let mut listener = PgListener::connect_with(&self.pool).await?;
            listener.listen(CHANNEL).await?;
            connected.insert(listener)
        };
        // `None` is a connection that broke, and is made again by the next to listen.
        listener.try_recv().await.map(drop)
    }
}
