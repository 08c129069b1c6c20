//! The room that remembered documents take which ask for names: of all apps together, so that no flood of documents makes it grow.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// How much all of them may take, in bytes. Those of Dagster's pages take less than half of it.
const ROOM: usize = 8 << 20;

/// By all of them.
static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// What one of them takes of it, until it is forgotten.
#[derive(Debug, Default)]
pub struct Kept(AtomicUsize);

impl Kept {
    /// Takes so much, if it is there.
    pub fn take(&self, weight: usize) -> bool {
        let fits = |taken: usize| Some(taken + weight).filter(|all| *all <= ROOM);
        let has_room = TAKEN.fetch_update(Relaxed, Relaxed, fits).is_ok();
        if has_room {
            self.0.fetch_add(weight, Relaxed);
        }
        has_room
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        TAKEN.fetch_sub(*self.0.get_mut(), Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded_and_given_back() {
        let all: Vec<Kept> = std::iter::repeat_with(Kept::default).take_while(|kept| kept.take(1 << 20)).collect();
        assert!((4..=8).contains(&all.len()), "{}", all.len());
        drop(all);
        assert!(Kept::default().take(4 << 20));
    }
}
