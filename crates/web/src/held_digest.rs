//! What somebody holds on an app, as a text that can be compared and tells nothing: an open page learns from it that something has changed.
//!
//! It is an HMAC under the installation's key, so it is the same on every worker and replica, and for everybody another: scripts of a tool's
//! page can read it, and find out neither what is held nor that two people hold the same.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use doorward_domain::Subject;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Of what this person holds, which [`doorward_domain::Rights::outline`] says.
pub(crate) fn of(key: &[u8; 32], who: Subject, outline: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    // The key makes the tokens of `csrf` too, which are of sixteen bytes: what begins so is none.
    mac.update(format!("what is held by {who:?}: {outline}").as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes().get(..16).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_domain::{Timestamp, UserId};

    #[test]
    fn a_digest_is_of_one_persons_rights_in_one_installation() {
        let person = |n| Subject::User(UserId::generate(Timestamp::from_millis(n), [7; 10]));
        let digest = of(&[1; 32], person(1), "viewer");
        assert_eq!(digest.len(), 22);
        assert_eq!(digest, of(&[1; 32], person(1), "viewer"));
        assert_ne!(digest, of(&[1; 32], person(1), "operator"));
        assert_ne!(digest, of(&[1; 32], person(2), "viewer"));
        assert_ne!(digest, of(&[2; 32], person(1), "viewer"));
    }
}
