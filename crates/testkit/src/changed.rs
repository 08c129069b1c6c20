//! What stores say they changed, where a store is tried by itself.

use async_trait::async_trait;
use doorward_service::ports::{Caches, Change, Changed};
use parking_lot::Mutex;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Caches that believe nothing, and remember what they were told.
#[derive(Default)]
struct Notes(Mutex<Vec<Change>>);

#[async_trait]
impl Caches for Notes {
    async fn hear(&self, changes: &[Change]) {
        self.0.lock().extend_from_slice(changes);
    }
}

/// What the caches are told, and what came of the mutation.
pub fn heard<T>(changed: Changed<T>) -> (Vec<Change>, T) {
    let notes = Notes::default();
    let told = pin!(changed.told(&notes)).poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(value) = told else { unreachable!("notes are taken at once") };
    (notes.0.into_inner(), value)
}

/// What came of a mutation, where there are no caches.
pub trait Untold {
    /// What it is.
    type Value;

    /// Gives it.
    fn untold(self) -> Self::Value;
}

impl<T> Untold for Changed<T> {
    type Value = T;

    fn untold(self) -> T {
        heard(self).1
    }
}

impl<T, E> Untold for Result<Changed<T>, E> {
    type Value = Result<T, E>;

    fn untold(self) -> Result<T, E> {
        self.map(Changed::untold)
    }
}
