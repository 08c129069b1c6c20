//! Identifiers for decisions and events, without a system call for each.

use doorward_domain::{DecisionId, EventId, Timestamp};
use doorward_service::ports::Entropy;
use std::cell::RefCell;
use std::sync::Arc;

/// How many random bytes are drawn at once.
const DRAWN: usize = 1024;

/// Makes ids from random bytes drawn in bulk. Ids are names, not secrets; the bytes are fit for secrets all the same.
pub(crate) struct Ids {
    entropy: Arc<dyn Entropy>,
    drawn: RefCell<Vec<u8>>,
}

impl Ids {
    pub(crate) fn new(entropy: Arc<dyn Entropy>) -> Self {
        Self { entropy, drawn: RefCell::default() }
    }

    pub(crate) fn decision(&self, now: Timestamp) -> DecisionId {
        DecisionId::generate(now, self.random())
    }

    pub(crate) fn event(&self, now: Timestamp) -> EventId {
        EventId::generate(now, self.random())
    }

    /// The mask of a WebSocket frame (RFC 6455 section 5.3: from a strong source).
    pub(crate) fn mask(&self) -> [u8; 4] {
        self.random()
    }

    /// The key of a WebSocket handshake.
    pub(crate) fn nonce(&self) -> [u8; 16] {
        self.random()
    }

    fn random<const N: usize>(&self) -> [u8; N] {
        let mut drawn = self.drawn.borrow_mut();
        if drawn.len() < N {
            drawn.resize(DRAWN, 0);
            self.entropy.fill(&mut drawn);
        }
        let rest = drawn.len() - N;
        let mut random = [0; N];
        for (byte, drawn) in random.iter_mut().zip(drawn.drain(rest..)) {
            *byte = drawn;
        }
        random
    }
}
