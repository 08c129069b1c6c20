//! What a request presents to say who sends it, and what of that is a tool's business.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use doorward_domain::api_key::{API_KEY_PREFIX, is_api_key};
use doorward_domain::credential::{Credential, holds_own_token, is_own_token};
use doorward_domain::{HostName, Secret};
use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};

use crate::code::Code;
use crate::cookie::{self, CookieName, Found};

/// What was presented.
#[derive(Debug)]
pub struct Presented {
    /// The one credential that counts; `None` is nobody.
    pub credential: Option<Credential>,
    /// Whether a cookie of ours is there: then a browser may have sent it without being asked by one of our pages.
    pub has_cookie: bool,
    /// Whether there is a bearer token that is not ours. It is the tool's, and says nothing about who asks.
    pub has_foreign_bearer: bool,
}

/// Two readers could take it for two different people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.code().detail())]
pub enum Misread {
    /// RFC 9110 section 11.6.2 knows one.
    DuplicateAuthorization,
    /// A key for us, and something else that is for us too.
    TwoCredentials,
}

impl Misread {
    /// What it is called, and in words.
    pub const fn code(self) -> Code {
        match self {
            Self::DuplicateAuthorization => Code::DuplicateAuthorization,
            Self::TwoCredentials => Code::TwoCredentials,
        }
    }
}

/// The header for API keys.
pub const KEY_HEADER: HeaderName = HeaderName::from_static("doorward-key");

/// Reads cookie, bearer token and API key. A key may also be the bearer token, or the password of `Basic` (RFC 7617), whatever name is with
/// it. What was sent on purpose counts before the cookie, also when it is no good any more. A bearer token that is not ours is the tool's, and the cookie counts.
pub fn presented(headers: &HeaderMap, cookie: CookieName) -> Result<Presented, Misread> {
    let of_cookie = |token: &str| Credential::Cookie(Secret::new(token.to_owned()));
    read(headers, cookie::read(headers, cookie), of_cookie)
}

/// The same at an app's host where the desk has another: the cookie opens this host's apps and nothing else, whatever it says.
pub fn presented_at_app(headers: &HeaderMap, cookie: CookieName, host: &str) -> Result<Presented, Misread> {
    let of_cookie = |token: &str| Credential::Entry { token: Secret::new(token.to_owned()), host: HostName::of(host) };
    read(headers, cookie::read_entry(headers, cookie), of_cookie)
}

fn read(headers: &HeaderMap, found: Found<'_>, of_cookie: impl Fn(&str) -> Credential) -> Result<Presented, Misread> {
    let mut authorizations = headers.get_all(AUTHORIZATION).iter();
    let authorization = authorizations.next();
    if authorizations.next().is_some() {
        return Err(Misread::DuplicateAuthorization);
    }
    let bearer = authorization.and_then(bearer);
    let own = match bearer {
        Some(token) if is_own_token(token) => Some(of_bearer(token)),
        Some(_) => None,
        None => authorization.and_then(key_as_password),
    };
    let has_foreign_bearer = own.is_none() && bearer.is_some();
    let mut keys = headers.get_all(KEY_HEADER).iter();
    let credential = match (own, keys.next()) {
        (Some(_), Some(_)) => return Err(Misread::TwoCredentials),
        (_, Some(_)) if keys.next().is_some() => return Err(Misread::TwoCredentials),
        (None, Some(key)) => Some(Credential::Key(Secret::new(key.to_str().unwrap_or_default().trim().to_owned()))),
        (Some(own), None) => Some(own),
        (None, None) => found.token.map(of_cookie),
    };
    Ok(Presented { credential, has_cookie: found.any, has_foreign_bearer })
}

fn of_bearer(token: &str) -> Credential {
    let secret = Secret::new(token.to_owned());
    if is_api_key(token) { Credential::Key(secret) } else { Credential::Bearer(secret) }
}

/// Whether an API key is presented, or what was meant for one: a program asks, whether the key opens anything or not.
fn presents_key(headers: &HeaderMap) -> bool {
    let is_meant = |value: &HeaderValue| {
        bearer(value).is_some_and(|token| token.starts_with(API_KEY_PREFIX))
            || key_as_password(value).is_some()
            || is_key_as_username(value)
    };
    headers.contains_key(KEY_HEADER) || headers.get(AUTHORIZATION).is_some_and(is_meant)
}

/// Whether a token of ours is presented as the bearer: one of a session, good or not.
pub fn presents_token(headers: &HeaderMap) -> bool {
    let token = headers.get(AUTHORIZATION).and_then(bearer);
    token.is_some_and(|token| is_own_token(token) && !is_api_key(token))
}

/// What whoever presented a key that is unknown, expired, revoked, asleep or used from elsewhere is told: not which.
pub const KEY_OPENS_NOTHING: &str = "The API key that this request presents opens nothing here.";

/// What whoever presented one as the name of `Basic` credentials is told: whether it would open anything is not looked at.
pub const KEY_AS_USERNAME: &str = "The API key stands where Basic credentials have the username. Send it as the password, with any username (curl: -u key:dw_…), or as a Bearer token.";

/// Why a key that is presented lets nobody in; `None` where none is.
pub fn key_refused(headers: &HeaderMap) -> Option<&'static str> {
    if headers.get(AUTHORIZATION).is_some_and(is_key_as_username) && !headers.contains_key(KEY_HEADER) {
        return Some(KEY_AS_USERNAME);
    }
    presents_key(headers).then_some(KEY_OPENS_NOTHING)
}

/// What cannot be longer than this, in base64, holds no key beside a username.
const LONGEST_BASIC: usize = 1024;

/// The API key that is the password of `Basic` credentials.
fn key_as_password(value: &HeaderValue) -> Option<Credential> {
    let decoded = basic(value)?;
    let (_, password) = decoded.expose().split_once(':')?;
    is_api_key(password).then(|| Credential::Key(Secret::new(password.to_owned())))
}

/// Whether an API key is the username of `Basic` credentials, and none the password: it says nothing about who asks.
fn is_key_as_username(value: &HeaderValue) -> bool {
    let Some(decoded) = basic(value) else { return false };
    let text = decoded.expose();
    let (name, password) = text.split_once(':').unwrap_or((text, ""));
    is_api_key(name) && !is_api_key(password)
}

/// Name and password of `Basic` credentials (RFC 7617), with the colon between them.
fn basic(value: &HeaderValue) -> Option<Secret> {
    let (scheme, encoded) = value.to_str().ok()?.split_once(' ')?;
    let encoded = encoded.trim();
    if !scheme.eq_ignore_ascii_case("basic") || encoded.len() > LONGEST_BASIC {
        return None;
    }
    Some(Secret::new(String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?))
}

/// The token of `Authorization: Bearer …` (RFC 6750 section 2.1); the scheme is case-insensitive (RFC 9110 section 11.1).
fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whether a client's header may pass to a tool: not if a token of ours stands anywhere in its value. In `Authorization` also not if
/// one stands in what is written there in base64, as `Basic` does (RFC 7617).
pub fn is_for_the_tool(name: &HeaderName, value: &HeaderValue) -> bool {
    let holds_token = *name == KEY_HEADER
        || holds_own_token(value.as_bytes())
        || (name == AUTHORIZATION && holds_encoded_token(value.as_bytes()));
    !holds_token
}

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const ALPHABETS: [GeneralPurpose; 2] = [STANDARD, GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT)];

fn holds_encoded_token(value: &[u8]) -> bool {
    let words = value.split(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b'"' | b':' | b';'));
    words.map(trim_padding).any(|word| {
        // With `key=value` around it too.
        let after_key = word.iter().rposition(|b| *b == b'=').map(|at| word.get(at + 1..).unwrap_or_default());
        [Some(word), after_key].into_iter().flatten().any(|word| {
            ALPHABETS.iter().any(|alphabet| alphabet.decode(word).is_ok_and(|decoded| holds_own_token(&decoded)))
        })
    })
}

fn trim_padding(word: &[u8]) -> &[u8] {
    word.iter().rposition(|b| *b != b'=').and_then(|last| word.get(..=last)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE};
    use doorward_domain::credential::BEARER_TOKEN_PREFIX;
    use doorward_domain::{ApiKey, KeyId, Timestamp};
    use http::header::COOKIE;

    const PORT: CookieName = CookieName::Plain(80);

    fn token(letter: char) -> String {
        format!("dws_{}", letter.to_string().repeat(43))
    }

    fn jwt() -> String {
        format!("{BEARER_TOKEN_PREFIX}sImFsZyI6IkhTMjU2In0.e30.sig")
    }

    fn read(lines: &[(HeaderName, String)]) -> String {
        let headers = lines.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect();
        match presented(&headers, PORT) {
            Ok(Presented { credential: Some(Credential::Bearer(secret)), .. }) => format!("bearer {}", secret.expose()),
            Ok(Presented { credential: Some(Credential::Cookie(secret)), .. }) => format!("cookie {}", secret.expose()),
            Ok(Presented { credential: Some(Credential::Key(secret)), .. }) => format!("key {}", secret.expose()),
            Ok(Presented { has_foreign_bearer, .. }) => format!("nobody {has_foreign_bearer}"),
            Err(misread) => misread.code().as_str().to_owned(),
        }
    }

    #[test]
    fn our_bearer_counts_before_the_cookie_and_the_tools_does_not_count_at_all() {
        let cookie = (COOKIE, format!("doorward-80={}", token('c')));
        let with = |text: &str| (AUTHORIZATION, text.to_owned());
        for own in [token('b'), jwt()] {
            for form in [format!("Bearer {own}"), format!("bearer {own}"), format!("BEARER   {own}")] {
                assert_eq!(read(&[cookie.clone(), with(&form)]), format!("bearer {own}"), "{form}");
            }
        }
        for foreign in ["Bearer theirs", "Basic dTpw", "Bearer", "", "Token x", "Bearer eyJhbGciOiJIUzI1NiJ9.e30.sig"] {
            assert_eq!(read(&[cookie.clone(), with(foreign)]), format!("cookie {}", token('c')), "{foreign}");
        }
        assert_eq!(read(&[with("Bearer theirs")]), "nobody true");
        assert_eq!(read(&[with("Basic dTpw")]), "nobody false");
        assert_eq!(read(&[cookie, with("Bearer a"), with("Bearer a")]), "duplicate_authorization");
    }

    #[test]
    fn a_key_is_read_wherever_it_may_stand_and_only_once() {
        let id = KeyId::generate(Timestamp::from_millis(0), [1; 10]);
        let key = ApiKey::text_of(id, &[7; 32]).expose().to_owned();
        let cookie = (COOKIE, format!("doorward-80={}", token('c')));
        let with = |text: &str| (AUTHORIZATION, text.to_owned());
        let header = |text: &str| (KEY_HEADER, text.to_owned());
        let basic = |pair: &str| with(&format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)));
        for form in
            [with(&format!("Bearer {key}")), header(&key), basic(&format!("ci:{key}")), basic(&format!(":{key}"))]
        {
            assert_eq!(read(&[cookie.clone(), form.clone()]), format!("key {key}"), "{form:?}");
            assert_eq!(read(&[form.clone(), header(&key)]), "two_credentials", "{form:?}");
            assert!(!is_for_the_tool(&form.0, &HeaderValue::from_str(&form.1).unwrap()), "{form:?}");
        }
        // Sent on purpose, and no good: it does not fall back to the cookie.
        assert_eq!(read(&[cookie.clone(), header("nonsense")]), "key nonsense");
        assert!(!is_for_the_tool(&KEY_HEADER, &HeaderValue::from_static("nonsense")));
        // A mistyped key elsewhere is the tool's, but is not passed on as long as it looks like one.
        let wrong = format!("{}0", &key[..key.len() - 1]);
        for form in [with(&format!("Bearer {wrong}")), basic(&format!("ci:{wrong}"))] {
            assert_eq!(read(&[cookie.clone(), form.clone()]), format!("cookie {}", token('c')), "{form:?}");
            assert!(!is_for_the_tool(&form.0, &HeaderValue::from_str(&form.1).unwrap()), "{form:?}");
        }
    }

    #[test]
    fn a_key_in_the_wrong_place_of_basic_is_nobodys_and_is_told_so() {
        let id = KeyId::generate(Timestamp::from_millis(0), [1; 10]);
        let key = ApiKey::text_of(id, &[7; 32]).expose().to_owned();
        let headers = |pair: &str| {
            let value = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
            HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_str(&value).unwrap())])
        };
        for wrong in [format!("{key}:"), format!("{key}:x"), key.clone()] {
            assert_eq!(key_refused(&headers(&wrong)), Some(KEY_AS_USERNAME), "{wrong}");
            assert!(presented(&headers(&wrong), PORT).unwrap().credential.is_none(), "{wrong}");
            assert!(!is_for_the_tool(&AUTHORIZATION, &headers(&wrong)[AUTHORIZATION]), "{wrong}");
        }
        for right in [format!("ci:{key}"), format!("{key}:{key}")] {
            assert_eq!(key_refused(&headers(&right)), Some(KEY_OPENS_NOTHING), "{right}");
        }
        assert_eq!(key_refused(&headers("ada:secret")), None);
    }

    #[test]
    fn no_form_of_authorization_carries_our_token_to_a_tool() {
        for own in [token('b'), jwt()] {
            let pair = format!("ada:{own}");
            let mut forms = vec![own.clone(), pair.clone()];
            for scheme in [
                "Bearer",
                "bearer",
                "BeArEr",
                "Token",
                "Basic",
                "Digest",
                "ApiKey",
                "Bearer:",
                "Bearer,",
                "Bearer Bearer",
                "x",
            ] {
                for gap in [" ", "  ", "\t", " \t", "=", ","] {
                    forms.push(format!("{scheme}{gap}{own}"));
                }
            }
            for wrapped in [
                format!("\"{own}\""),
                format!("'{own}'"),
                format!("<{own}>"),
                format!("token={own}"),
                format!("{own},"),
                format!("{own}; x=y"),
            ] {
                forms.push(format!("Bearer {wrapped}"));
            }
            for text in [&own, &pair, &format!("{own}:"), &format!("x{pair}"), &format!("xy{pair}")] {
                for encoded in [
                    base64::engine::general_purpose::STANDARD.encode(text),
                    STANDARD_NO_PAD.encode(text),
                    URL_SAFE.encode(text),
                ] {
                    for form in [
                        format!("Basic {encoded}"),
                        format!("basic  {encoded}"),
                        format!("Negotiate token=\"{encoded}\""),
                        format!("x a={encoded}, b=c"),
                        encoded,
                    ] {
                        forms.push(form);
                    }
                }
            }
            for form in forms {
                assert!(!is_for_the_tool(&AUTHORIZATION, &HeaderValue::from_str(&form).unwrap()), "{form}");
            }
        }
    }

    #[test]
    fn what_is_the_tools_passes() {
        for form in [
            "",
            "Bearer theirs",
            "Basic dXNlcjpwYXNz",
            "Bearer eyJhbGciOiJIUzI1NiJ9.e30.sig",
            "Digest username=\"a\", nonce=\"b==\"",
        ] {
            assert!(is_for_the_tool(&AUTHORIZATION, &HeaderValue::from_str(form).unwrap()), "{form}");
        }
        let other = HeaderName::from_static("x-api-key");
        assert!(is_for_the_tool(&other, &HeaderValue::from_bytes(b"\xff\xfe").unwrap()));
        assert!(!is_for_the_tool(&other, &HeaderValue::from_str(&token('a')).unwrap()));
    }
}
