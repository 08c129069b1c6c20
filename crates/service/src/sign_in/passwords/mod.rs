//! Passwords: which are good enough, and how they are hashed and checked.
//!
//! Argon2id with OWASP's parameters, as PHC strings. Hashing runs on a bounded [`pool`] of its own, so that a burst of sign-ins
//! neither stalls requests nor fills memory. An unknown user costs the same time as a known one.

mod common;
mod pool;
mod queue;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{CustomizedPasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use doorward_domain::{Secret, Username};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use unicode_normalization::UnicodeNormalization as _;

use crate::Counters;
use crate::context::Context;
pub(crate) use pool::Busy;
use pool::Pool;
pub(crate) use queue::Origin;

const SHORTEST: usize = 8;
const LONGEST: usize = 256;

/// Argon2id: 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet).
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// What an unknown user's password is compared with: our parameters, and a password nobody knows.
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$ZG9vcndhcmQtbm9ib2R5IQ$EGLbzVysYbJ6p7Sc+acbteJIK0m6Nk2OYWvHc0huPFA";

/// How a password compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Wrong,
    Right,
    /// Right, and stored with weaker parameters than today's.
    RightButWeak,
}

/// Hashes and checks passwords.
pub(crate) struct Passwords {
    pool: Pool,
    context: Context,
    counters: Arc<Counters>,
    /// When it was last told that there is too much to do.
    told: Mutex<Option<Duration>>,
}

/// It is told once, however often it happens in that time.
const TELL_EVERY: Duration = Duration::from_mins(1);

impl Passwords {
    pub(crate) fn new(context: Context, counters: Arc<Counters>) -> Self {
        Self { pool: Pool::for_this_machine(), context, counters, told: Mutex::default() }
    }

    /// A hash to store. The password has passed [`check`].
    pub(crate) async fn hash(&self, password: Secret, from: Origin) -> Result<String, Busy> {
        let salt: [u8; 16] = self.context.random();
        self.run(from, move || hash(&normal(&password), &salt)).await?.ok_or(Busy)
    }

    /// Compares with the stored hash; with none, spends the same time and says [`Verdict::Wrong`].
    pub(crate) async fn verify(&self, password: Secret, stored: Option<String>, from: Origin) -> Result<Verdict, Busy> {
        self.run(from, move || verify_in_any_form(&password, stored.as_deref())).await
    }

    async fn run<T: Send + 'static>(&self, from: Origin, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        self.pool.run(from, work).await.inspect_err(|Busy| self.note_busy())
    }

    fn note_busy(&self) {
        self.counters.passwords_refused.add_one();
        let now = self.context.steady();
        let mut told = self.told.lock();
        if told.is_none_or(|at| now.saturating_sub(at) >= TELL_EVERY) {
            *told = Some(now);
            tracing::warn!(
                waiting = self.pool.waiting(),
                "more passwords to check than can be: sign-ins are turned away"
            );
        }
    }
}

/// Why a password cannot be chosen, for whoever chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unsuitable(pub(crate) &'static str);

/// Whether a password is good enough to be chosen.
pub(crate) fn check(password: &Secret, username: &Username) -> Result<(), Unsuitable> {
    check_for(password, Some(username))
}

/// The same where it may not be known yet whose it is.
pub(crate) fn check_for(password: &Secret, username: Option<&Username>) -> Result<(), Unsuitable> {
    let refuse = |why| Err(Unsuitable(why));
    let normal = normal(password);
    let text = normal.expose();
    let length = text.chars().count();
    if length < SHORTEST {
        return refuse("a password needs at least 8 characters");
    }
    if length > LONGEST {
        return refuse("a password has at most 256 characters");
    }
    if username.is_some_and(|username| common::is_variation_of(text, username.as_str())) {
        return refuse("a password must not be the username");
    }
    if common::is_common(text) {
        return refuse("this password is among those that are tried first; choose one that is harder to guess");
    }
    Ok(())
}

/// The same characters however a keyboard or system writes them (Unicode NFKC, as RFC 8265 section 4.2.2 and NIST SP 800-63B ask): an
/// `é` may be one character or two.
fn normal(password: &Secret) -> Secret {
    let text = password.expose();
    // Too long for a password in any form: not worth the work.
    if text.len() > 16 * LONGEST { password.clone() } else { Secret::new(text.nfkc().collect()) }
}

/// Compares in the normal form; then, if that is another text, as it was typed: hashes that others made know no normal form. Such a
/// one is replaced. A user nobody knows costs the same.
fn verify_in_any_form(password: &Secret, stored: Option<&str>) -> Verdict {
    let normal = normal(password);
    let verdict = verify(&normal, stored);
    if verdict != Verdict::Wrong || normal.expose() == password.expose() {
        return verdict;
    }
    match verify(password, stored) {
        Verdict::Wrong => Verdict::Wrong,
        Verdict::Right | Verdict::RightButWeak => Verdict::RightButWeak,
    }
}

fn argon2() -> Option<Argon2<'static>> {
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(MEMORY_KIB, PASSES, LANES, None).ok()?))
}

fn hash(password: &Secret, salt: &[u8]) -> Option<String> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).ok()?;
    let made = argon2()?.hash_password_with_params(password.expose().as_bytes(), salt, params);
    made.map(|hash| hash.to_string()).inspect_err(|why| tracing::error!(%why, "a password could not be hashed")).ok()
}

fn verify(password: &Secret, stored: Option<&str>) -> Verdict {
    let usable = password.expose().chars().count() <= LONGEST;
    let parsed = stored.filter(|_| usable).and_then(|text| PasswordHash::new(text).ok());
    let Some(stored) = parsed else {
        // Same work; whatever comes out, it is wrong.
        let given = if usable { password.expose() } else { "" };
        if let (Ok(dummy), Some(argon2)) = (PasswordHash::new(DUMMY), argon2()) {
            argon2.verify_password(given.as_bytes(), &dummy).ok();
        }
        return Verdict::Wrong;
    };
    match argon2().map(|argon2| argon2.verify_password(password.expose().as_bytes(), &stored)) {
        Some(Ok(())) if is_weak(&stored) => Verdict::RightButWeak,
        Some(Ok(())) => Verdict::Right,
        _ => Verdict::Wrong,
    }
}

fn is_weak(stored: &PasswordHash) -> bool {
    let params = Params::try_from(stored);
    let strong = params.is_ok_and(|p| p.m_cost() >= MEMORY_KIB && p.t_cost() >= PASSES && p.p_cost() >= LANES);
    !strong || stored.algorithm.as_str() != "argon2id" || stored.version != Some(u32::from(Version::V0x13))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    fn checked(text: &str) -> Result<(), Unsuitable> {
        check(&secret(text), &"ada.lovelace".parse().unwrap())
    }

    #[test]
    fn a_hash_verifies_only_its_own_password() {
        let stored = hash(&secret("tall blue horse"), b"0123456789abcdef").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_eq!(verify(&secret("tall blue horse"), Some(&stored)), Verdict::Right);
        assert_eq!(verify(&secret("tall blue horse "), Some(&stored)), Verdict::Wrong);
        assert_eq!(verify(&secret(""), Some(&stored)), Verdict::Wrong);
        assert_eq!(verify(&secret(&"x".repeat(5000)), Some(&stored)), Verdict::Wrong);
    }

    #[test]
    fn a_password_is_the_same_however_its_characters_are_written() {
        let composed = secret("caf\u{e9} \u{fb01}ne dining");
        let decomposed = secret("cafe\u{301} fine dining");
        let stored = hash(&normal(&composed), b"0123456789abcdef").unwrap();
        assert_eq!(verify_in_any_form(&composed, Some(&stored)), Verdict::Right);
        assert_eq!(verify_in_any_form(&decomposed, Some(&stored)), Verdict::Right);
        assert_eq!(verify_in_any_form(&secret("cafe fine dining"), Some(&stored)), Verdict::Wrong);
    }

    #[test]
    fn a_hash_made_of_the_text_as_it_was_typed_still_opens_and_is_to_be_replaced() {
        let typed = secret("cafe\u{301} fine dining");
        let stored = hash(&typed, b"0123456789abcdef").unwrap();
        assert_eq!(verify_in_any_form(&typed, Some(&stored)), Verdict::RightButWeak);
        assert_eq!(
            verify_in_any_form(&secret("caf\u{e9} fine dining"), Some(&stored)),
            Verdict::Wrong,
            "nobody can know it"
        );
        assert_eq!(verify_in_any_form(&typed, None), Verdict::Wrong);
    }

    #[test]
    fn the_dummy_costs_what_a_real_hash_costs_and_matches_nothing() {
        let dummy = PasswordHash::new(DUMMY).unwrap();
        assert!(!is_weak(&dummy));
        assert_eq!(dummy.hash.unwrap().len(), 32);
        assert_eq!(Params::try_from(&dummy).unwrap().m_cost(), MEMORY_KIB);
        assert_eq!(verify(&secret("anything"), None), Verdict::Wrong);
        assert_eq!(verify(&secret("anything"), Some("not a hash")), Verdict::Wrong);
        assert_eq!(verify(&secret(""), None), Verdict::Wrong);
    }

    #[test]
    fn weaker_parameters_are_noticed() {
        let weak = Params::new(8192, 1, 1, None).unwrap();
        let stored =
            argon2().unwrap().hash_password_with_params(b"tall blue horse", b"0123456789abcdef", weak).unwrap();
        assert_eq!(verify(&secret("tall blue horse"), Some(&stored.to_string())), Verdict::RightButWeak);
        assert_eq!(verify(&secret("wrong"), Some(&stored.to_string())), Verdict::Wrong);
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(checked("kühlöfäß").is_ok());
        assert!(checked("7zeiche").is_err());
        assert!(checked(&"aB3-".repeat(64)).is_ok());
        assert!(checked(&format!("{}x", "aB3-".repeat(64))).is_err());
    }

    #[test]
    fn the_username_is_no_password() {
        for text in ["ada.lovelace", "ADA.LOVELACE", "ada.lovelace1", "ada.lovelace2026!"] {
            assert!(checked(text).is_err(), "{text}");
        }
    }
}
