//! API keys: credentials of programs, and of scripts that people own.
//!
//! The text of a key is `dw_<id>_<secret>`: the id is public, 32 hexadecimal digits; the secret is 43 letters and digits (256 random bits)
//! and six more that are their checksum, so that whoever scans for leaked keys finds them with `dw_[0-9a-f]{32}_[0-9A-Za-z]{49}` and can
//! tell a real one from a look-alike. What is stored is a hash.

use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::Arc;

use crate::{KeyId, Secret, Timestamp, UserId, Username};

/// What API keys begin with.
pub const API_KEY_PREFIX: &str = "dw_";

/// Of the id, in hexadecimal digits.
const ID_TEXT: usize = 32;
/// Of the random part: enough base 62 digits for 256 bits.
const SECRET_TEXT: usize = 43;
/// Of the checksum: enough base 62 digits for 32 bits.
const CHECKSUM_TEXT: usize = 6;
/// All of it behind the prefix.
const LONG: usize = ID_TEXT + 1 + SECRET_TEXT + CHECKSUM_TEXT;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A key as it is remembered; its secret is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Names it; opens nothing.
    pub id: KeyId,
    /// What people call it: unique, in the form of a username, so that both can stand in the same places.
    pub name: Username,
    /// Whose it is: it never exceeds this person's rights of the moment, and sleeps while they are disabled. `None` is a program's own.
    pub owner: Option<UserId>,
    /// From where it may be used; empty is from everywhere.
    pub allowed_addresses: Arc<[IpNet]>,
    /// When it ends; `None` is never.
    pub expires_at: Option<Timestamp>,
    /// The last request, to within a minute, and where it came from.
    pub last_used: Option<(Timestamp, IpAddr)>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it, by the name of the time.
    pub created_by: Box<str>,
}

impl ApiKey {
    /// Whether it opens anything at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether it may be used from there. An address nobody knows is not among those that are allowed.
    pub fn is_allowed_from(&self, address: Option<IpAddr>) -> bool {
        self.allowed_addresses.is_empty()
            || address.is_some_and(|address| {
                let address = address.to_canonical();
                self.allowed_addresses.iter().any(|range| range.contains(&address))
            })
    }

    /// What is shown of the text of the key with this id: where its secret would begin, and no more.
    pub fn prefix_of(id: KeyId) -> String {
        format!("{API_KEY_PREFIX}{}_", id.as_uuid().simple())
    }

    /// The text of the key with this id, from 256 random bits.
    pub fn text_of(id: KeyId, random: &[u8; 32]) -> Secret {
        let unsigned = format!("{}{}", Self::prefix_of(id), base62(random, SECRET_TEXT));
        let checksum = base62(&crc32fast::hash(unsigned.as_bytes()).to_be_bytes(), CHECKSUM_TEXT);
        Secret::new(unsigned + &checksum)
    }
}

/// Whether the text has the form of a key, checksum included.
pub fn is_api_key(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(API_KEY_PREFIX) else { return false };
    let is_formed = rest.len() == LONG && rest.bytes().enumerate().all(|(place, byte)| is_formed(place, byte));
    let Some((unsigned, checksum)) = is_formed.then(|| text.split_at(text.len() - CHECKSUM_TEXT)) else {
        return false;
    };
    base62(&crc32fast::hash(unsigned.as_bytes()).to_be_bytes(), CHECKSUM_TEXT) == checksum
}

/// Whether these bytes, behind the prefix, begin with the rest of a key. The checksum does not matter: what looks like a key is not passed on.
pub(crate) fn goes_on(bytes: &[u8]) -> bool {
    bytes.get(..LONG).is_some_and(|rest| rest.iter().enumerate().all(|(place, byte)| is_formed(place, *byte)))
}

/// Whether the byte may stand at this place behind the prefix.
fn is_formed(place: usize, byte: u8) -> bool {
    match place {
        0..ID_TEXT => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        ID_TEXT => byte == b'_',
        _ => byte.is_ascii_alphanumeric(),
    }
}

/// A number of big-endian bytes in base 62, with so many digits.
fn base62(bytes: &[u8], digits: usize) -> String {
    let mut number = bytes.to_vec();
    let mut text: Vec<u8> = (0..digits).map(|_| digit(divide(&mut number))).collect();
    text.reverse();
    text.into_iter().map(char::from).collect()
}

/// Divides by 62; what is left over.
fn divide(number: &mut [u8]) -> u16 {
    number.iter_mut().fold(0, |carry, byte| {
        let value = carry * 256 + u16::from(*byte);
        *byte = u8::try_from(value / 62).unwrap_or(u8::MAX);
        value % 62
    })
}

fn digit(value: u16) -> u8 {
    DIGITS.get(usize::from(value)).copied().unwrap_or(b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_held(text: &str) -> bool {
        crate::credential::holds_own_token(text.as_bytes())
    }

    fn id() -> KeyId {
        KeyId::generate(Timestamp::from_millis(1_795_262_400_000), [7; 10])
    }

    #[test]
    fn a_key_has_the_documented_form_and_a_typing_error_shows() {
        for random in [[0; 32], [255; 32], [0x5a; 32]] {
            let text = ApiKey::text_of(id(), &random);
            let text = text.expose();
            assert!(is_api_key(text), "{text}");
            assert_eq!(text.len(), 3 + 32 + 1 + 49);
            assert!(text.starts_with(&ApiKey::prefix_of(id())));
            for place in [3, 20, 36, 60, text.len() - 1] {
                let other = if text.as_bytes()[place] == b'1' { "2" } else { "1" };
                let mut wrong = text.to_owned();
                wrong.replace_range(place..=place, other);
                assert!(!is_api_key(&wrong), "{wrong}");
            }
            assert!(is_held(&format!("x={text}0")) && is_held(&format!("dw_{text}")));
            assert!(!is_held(&text[1..]) && !is_held(&text[..80]));
            assert!(!is_api_key(&text.to_uppercase()) && !is_api_key(&format!("{text}0")) && !is_api_key(&text[..80]));
        }
    }

    #[test]
    fn no_two_secrets_look_alike() {
        let texts: std::collections::HashSet<String> =
            (0..=255_u8).map(|byte| ApiKey::text_of(id(), &[byte; 32]).expose().to_owned()).collect();
        assert_eq!(texts.len(), 256);
        assert_eq!(base62(&[1, 0], 3), "048");
    }

    #[test]
    fn an_allow_list_knows_mapped_addresses_and_not_unknown_ones() {
        let mut key = ApiKey {
            id: id(),
            name: "ci".parse().unwrap(),
            owner: None,
            allowed_addresses: ["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()].into(),
            expires_at: None,
            last_used: None,
            created_at: Timestamp::from_millis(0),
            created_by: "".into(),
        };
        for (address, allowed) in
            [("10.1.2.3", true), ("::ffff:10.1.2.3", true), ("2001:db8::1", true), ("11.0.0.1", false), ("::1", false)]
        {
            assert_eq!(key.is_allowed_from(Some(address.parse().unwrap())), allowed, "{address}");
        }
        assert!(!key.is_allowed_from(None));
        key.allowed_addresses = [].into();
        assert!(key.is_allowed_from(None));
    }
}
