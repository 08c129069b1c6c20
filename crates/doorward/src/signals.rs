//! What the operator asks for by signal.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// A wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignalAction {
    /// SIGTERM or SIGINT.
    Stop,
    /// SIGHUP.
    Reload,
}

/// The signals we listen to.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    /// From now on they no longer end the process by themselves.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// The next wish.
    pub async fn next(&mut self) -> SignalAction {
        tokio::select! {
            _ = self.terminate.recv() => SignalAction::Stop,
            _ = self.interrupt.recv() => SignalAction::Stop,
            _ = self.hangup.recv() => SignalAction::Reload,
        }
    }

    /// While stopping in good order: whoever presses Ctrl-C again does not want to wait. Wrapped tools end with us, their keepers
    /// see to that.
    pub fn stop_at_once_when_asked_again(mut self) {
        tokio::spawn(async move {
            while self.next().await != SignalAction::Stop {}
            std::process::exit(130);
        });
    }
}
