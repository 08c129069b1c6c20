//! Randomness that repeats.

use doorward_service::ports::Entropy;
use parking_lot::Mutex;
use std::sync::Arc;

/// Bytes that look random and are the same in every run with the same seed (splitmix64). Never for secrets outside tests. Clones
/// go on in one sequence.
#[derive(Debug, Clone)]
pub struct SeededEntropy(Arc<Mutex<u64>>);

impl SeededEntropy {
    /// A sequence of its own for each seed.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(seed)))
    }
}

impl Default for SeededEntropy {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        let mut state = self.0.lock();
        for chunk in buffer.chunks_mut(8) {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let random = mixed(*state).to_le_bytes();
            chunk.copy_from_slice(&random[..chunk.len()]);
        }
    }
}

/// The finishing steps of splitmix64.
pub(crate) fn mixed(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_always_gives_the_same_bytes_and_never_twice_in_a_row() {
        let (one, same) = (SeededEntropy::new(7), SeededEntropy::new(7));
        let (mut first, mut second, mut third) = ([0; 32], [0; 32], [0; 32]);
        one.fill(&mut first);
        same.fill(&mut second);
        one.fill(&mut third);
        assert_eq!(first, second);
        assert_ne!(first, third);
    }
}
