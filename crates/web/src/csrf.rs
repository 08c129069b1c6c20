//! Proof that a write came from our own page: a token only the page (or whoever may read `auth/me`) can know.
//!
//! It is an HMAC of the session's id, so it needs no storage, is the same on every replica, and dies with the session.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use doorward_domain::SessionId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The token for a session.
pub(crate) fn token(key: &[u8; 32], session: SessionId) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    mac.update(session.as_uuid().as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// Whether this is the session's token, in constant time.
pub(crate) fn matches(key: &[u8; 32], session: SessionId, presented: &str) -> bool {
    let expected = token(key, session);
    !expected.is_empty() && bool::from(expected.as_bytes().ct_eq(presented.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_domain::Timestamp;

    #[test]
    fn a_token_fits_only_its_own_session_and_installation() {
        let session = |n| SessionId::generate(Timestamp::from_millis(n), [7; 10]);
        let minted = token(&[1; 32], session(1));
        assert_eq!(minted.len(), 43);
        assert!(matches(&[1; 32], session(1), &minted));
        assert!(!matches(&[1; 32], session(2), &minted));
        assert!(!matches(&[2; 32], session(1), &minted));
        assert!(!matches(&[1; 32], session(1), ""));
        assert!(!matches(&[1; 32], session(1), &minted[..42]));
    }
}
