//! Bearer JWTs (RFC 7519, with the care of RFC 8725): one algorithm, explicit type, issuer and audience checked.
//!
//! A JWT carries its session's id and, as `key`, the session's own secret. Whoever stole the database knows the signing key and every
//! session id, but still cannot make a token that opens anything; and the token dies with the session.

use doorward_domain::credential::{SESSION_TOKEN_PREFIX, is_session_token};
use doorward_domain::{Secret, Session, SessionId, Timestamp, UserId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

const ISSUER: &str = "doorward";
const TYPE: &str = "doorward-session+jwt";
/// Ours have about 500 characters.
const LONGEST: usize = 2048;

/// Signs and checks bearer tokens.
pub(crate) struct BearerKey {
    header: Header,
    /// The first part of every token of ours, with the dot: nothing else is even parsed.
    prefix: String,
    signs: EncodingKey,
    checks: DecodingKey,
    validation: Validation,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    sid: SessionId,
    jti: String,
    iat: i64,
    exp: i64,
    key: String,
}

/// What a valid token says.
pub(super) struct Claimed {
    pub user: UserId,
    pub session: SessionId,
    pub token: Secret,
}

/// A token could not be made.
#[derive(Debug, thiserror::Error)]
#[error("a bearer token could not be signed")]
pub(crate) struct CannotSign(#[source] jsonwebtoken::errors::Error);

impl BearerKey {
    /// With the installation's key.
    pub(crate) fn new(key: &[u8; 32]) -> Result<Self, CannotSign> {
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(TYPE.to_owned());
        let signs = EncodingKey::from_secret(key);
        let sample = encode(&header, &serde_json::json!({}), &signs).map_err(CannotSign)?;
        let prefix = sample.split_inclusive('.').next().unwrap_or_default().to_owned();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[ISSUER]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // The library reads the machine's clock; we compare `exp` with our own.
        validation.validate_exp = false;
        Ok(Self { header, prefix, signs, checks: DecodingKey::from_secret(key), validation })
    }

    /// Whether a token has the form of ours: a session token, or a JWT with exactly our header.
    pub(crate) fn is_ours(&self, text: &str) -> bool {
        is_session_token(text) || (text.len() <= LONGEST && text.starts_with(&self.prefix))
    }

    /// A token for this session; `jti` names it.
    pub(crate) fn issue(&self, session: &Session, token: &Secret, jti: [u8; 16]) -> Result<Secret, CannotSign> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: ISSUER.to_owned(),
            sub: session.user_id,
            sid: session.id,
            jti: uuid::Builder::from_random_bytes(jti).into_uuid().to_string(),
            iat: session.created_at.as_millis().div_euclid(1000),
            exp: (session.expires_at.as_millis().saturating_add(999)).div_euclid(1000),
            key: token.expose().trim_start_matches(SESSION_TOKEN_PREFIX).to_owned(),
        };
        encode(&self.header, &claims, &self.signs).map(Secret::new).map_err(CannotSign)
    }

    /// What the token says, if we signed it and it has not expired.
    pub(super) fn open(&self, jwt: &str, now: Timestamp) -> Option<Claimed> {
        if !self.is_ours(jwt) {
            return None;
        }
        let claims = decode::<Claims>(jwt, &self.checks, &self.validation).ok()?.claims;
        let token = format!("{SESSION_TOKEN_PREFIX}{}", claims.key);
        let live = now < Timestamp::from_millis(claims.exp.saturating_mul(1000));
        (live && is_session_token(&token)).then(|| Claimed {
            user: claims.sub,
            session: claims.sid,
            token: Secret::new(token),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as B64};
    use doorward_domain::credential::is_own_token;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn session() -> Session {
        Session {
            id: SessionId::generate(NOW, [1; 10]),
            user_id: UserId::generate(NOW, [2; 10]),
            kind: doorward_domain::SessionKind::Browser,
            factors: doorward_domain::Factors::default(),
            created_at: NOW,
            proved_at: NOW,
            last_seen_at: NOW,
            expires_at: NOW.plus(std::time::Duration::from_mins(1)),
            client_ip: String::new(),
            user_agent: String::new(),
            device: String::new(),
            is_remembered: false,
        }
    }

    fn token() -> Secret {
        Secret::new(format!("dws_{}", "A".repeat(43)))
    }

    fn key() -> BearerKey {
        BearerKey::new(&[7; 32]).unwrap()
    }

    #[test]
    fn a_token_opens_until_its_session_expires() {
        let jwt = key().issue(&session(), &token(), [0; 16]).unwrap();
        let claimed = key().open(jwt.expose(), NOW).unwrap();
        assert_eq!((claimed.session, claimed.user), (session().id, session().user_id));
        assert_eq!(claimed.token.expose(), token().expose());
        assert!(key().open(jwt.expose(), session().expires_at).is_none());
    }

    #[test]
    fn another_installations_token_opens_nothing() {
        let jwt = BearerKey::new(&[8; 32]).unwrap().issue(&session(), &token(), [0; 16]).unwrap();
        assert!(key().open(jwt.expose(), NOW).is_none());
    }

    #[test]
    fn no_other_algorithm_type_issuer_or_audience_is_believed() {
        let claims = |iss: &str, aud: &str| {
            let s = session();
            serde_json::json!({"iss": iss, "aud": aud, "sub": s.user_id, "sid": s.id, "jti": "x", "iat": 0, "exp": i64::MAX / 2000, "key": "A".repeat(43)})
        };
        let sign = |alg: Algorithm, typ: &str, claims: &serde_json::Value| {
            let mut header = Header::new(alg);
            header.typ = Some(typ.to_owned());
            encode(&header, claims, &EncodingKey::from_secret(&[7; 32])).unwrap()
        };
        let good = claims("doorward", "doorward");
        assert!(key().open(&sign(Algorithm::HS256, TYPE, &good), NOW).is_some(), "the table's own baseline");
        for jwt in [
            sign(Algorithm::HS384, TYPE, &good),
            sign(Algorithm::HS256, "JWT", &good),
            sign(Algorithm::HS256, TYPE, &claims("other", "doorward")),
            sign(Algorithm::HS256, TYPE, &claims("doorward", "dagster")),
            format!(
                "{}.{}.",
                B64.encode(r#"{"typ":"doorward-session+jwt","alg":"none"}"#),
                B64.encode(good.to_string())
            ),
            format!("{}.", sign(Algorithm::HS256, TYPE, &good)),
            format!("{}A", sign(Algorithm::HS256, TYPE, &good)),
        ] {
            assert!(key().open(&jwt, NOW).is_none(), "{jwt}");
        }
    }

    #[test]
    fn foreign_tokens_are_left_to_the_tool() {
        let ours = key().issue(&session(), &token(), [0; 16]).unwrap();
        assert!(key().is_ours(ours.expose()));
        assert!(key().is_ours(token().expose()));
        assert!(is_own_token(ours.expose()), "door and desk know it by its beginning");
        for foreign in ["", "abc", "dws_short", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.sig", "dw_key"] {
            assert!(!key().is_ours(foreign), "{foreign}");
        }
    }
}
