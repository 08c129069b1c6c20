//! What is counted for metrics. Plain atomics: the request path only adds.

pub mod traffic;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub use traffic::Traffic;

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn add_one(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    /// How many so far.
    pub fn total(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// Everything counted.
#[derive(Debug, Default)]
pub struct Counters {
    /// Requests of no app, and of the desk: what they are is not known, or no app is at their address.
    pub elsewhere: Traffic,
    /// Questions to the store about who a credential belongs to: memory did not know.
    pub look_ups: Counter,
    /// Such questions not asked, because the client's network had used up its budget.
    pub look_ups_refused: Counter,
    /// Good sign-ins.
    pub signed_in: Counter,
    /// Passwords not checked, because too many others waited.
    pub passwords_refused: Counter,
    /// Bad sign-ins.
    pub sign_in_failed: Counter,
    /// Sockets and streams closed because the session or right behind them ended.
    pub revoked: Counter,
}
