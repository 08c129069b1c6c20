//! What a request presents to say who sends it. Clients say the same with every request of a connection, so what was read of the last one is
//! kept: tokens are looked for, and their digest made, once.
//!
//! Kept is what was read, never what it opens: who that is by now is asked each time (see [`super::asker`]).

use bytes::BytesMut;
use doorward_domain::Secret;
use doorward_http::{CookieName, KEY_HEADER};
use doorward_profile::Misread;
use doorward_service::Digested;
use http::HeaderName;
use http::header::{AUTHORIZATION, COOKIE};
use http::request::Parts;
use std::cell::RefCell;
use std::hint::black_box;
use std::rc::Rc;

use crate::client_info::ClientInfo;
use crate::headers::write_foreign_cookies;
use crate::shared::Shared;

/// What was presented.
#[derive(Debug)]
pub(crate) struct Presented {
    /// The one credential that counts; `None` is nobody.
    pub(crate) credential: Option<Digested>,
    /// Whether a browser may have sent this without being asked by one of our pages.
    pub(crate) has_cookie: bool,
    /// The lines of cookies that the tool gets, where they were made already.
    cookies: Option<Box<[u8]>>,
}

impl Presented {
    /// Reads it: where the desk has a host of its own, a cookie here opens apps only.
    pub(super) fn read(shared: &Shared, parts: &Parts, client_info: &ClientInfo<'_>) -> Result<Self, Misread> {
        let cookie = CookieName::of(client_info.secure, &client_info.host);
        let presented = match shared.desk_host {
            None => doorward_http::presented(&parts.headers, cookie),
            Some(_) => doorward_http::presented_at_app(&parts.headers, cookie, &client_info.host),
        };
        let presented = presented.map_err(|no| Misread::new(no.code().as_str(), no.code().detail()))?;
        let credential = presented.credential.map(|credential| shared.services.authentication.digested(credential));
        Ok(Self { credential, has_cookie: presented.has_cookie, cookies: None })
    }

    /// The lines of cookies that the tool gets; `None` where they have to be made.
    pub(super) fn cookies(&self) -> Option<&[u8]> {
        self.cookies.as_deref()
    }
}

/// What the last request of a connection presented.
#[derive(Debug, Default)]
pub(crate) struct LastPresented(RefCell<Option<(Said, Rc<Presented>)>>);

impl LastPresented {
    /// What this request presents: what the last one did, if it says the same.
    pub(super) fn read(
        &self,
        shared: &Shared,
        parts: &Parts,
        client_info: &ClientInfo<'_>,
    ) -> Result<Rc<Presented>, Misread> {
        if let Some((said, presented)) = &*self.0.borrow()
            && said.is_said_by(parts, client_info)
        {
            return Ok(Rc::clone(presented));
        }
        let mut presented = Presented::read(shared, parts, client_info)?;
        let said = Said::of(parts, client_info);
        if said.is_some() {
            presented.cookies = Some(foreign_cookies(parts));
        }
        let presented = Rc::new(presented);
        *self.0.borrow_mut() = said.map(|said| (said, Rc::clone(&presented)));
        Ok(presented)
    }
}

/// Where a request may say who sends it.
const SPEAKING: [HeaderName; 3] = [COOKIE, AUTHORIZATION, KEY_HEADER];

/// Longer than this is read anew each time, in bytes: it would be kept as long as the connection is.
const LONGEST: usize = 2048;

/// All that what is presented depends on.
#[derive(Debug)]
struct Said {
    /// Each of [`SPEAKING`], if it is there.
    values: [Option<Secret>; 3],
    secure: bool,
    host: Box<str>,
}

impl Said {
    /// `None` when it is too long, or any of it is there twice or is no text.
    fn of(parts: &Parts, client_info: &ClientInfo<'_>) -> Option<Self> {
        let mut values = [const { None }; 3];
        for (name, place) in SPEAKING.iter().zip(&mut values) {
            let mut said = parts.headers.get_all(name).iter();
            *place =
                said.next().map(|value| value.to_str().map(|text| Secret::new(text.to_owned()))).transpose().ok()?;
            if said.next().is_some() {
                return None;
            }
        }
        let length: usize = values.iter().flatten().map(|value| value.expose().len()).sum();
        let host = (*client_info.host).into();
        (length <= LONGEST).then_some(Self { values, secure: client_info.secure, host })
    }

    fn is_said_by(&self, parts: &Parts, client_info: &ClientInfo<'_>) -> bool {
        let is_same_value = |(name, kept): (&HeaderName, &Option<Secret>)| {
            let mut said = parts.headers.get_all(name).iter();
            match (said.next(), kept) {
                (None, None) => true,
                (Some(value), Some(kept)) => {
                    said.next().is_none() && is_same(value.as_bytes(), kept.expose().as_bytes())
                }
                _ => false,
            }
        };
        self.secure == client_info.secure
            && *self.host == *client_info.host
            && SPEAKING.iter().zip(&self.values).all(is_same_value)
    }
}

/// Whether both are the same, in a time that tells nothing but their length: the last request on the connection of a proxy before us was
/// somebody else's.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && black_box(one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b))) == 0
}

/// What the tool gets of the cookies.
fn foreign_cookies(parts: &Parts) -> Box<[u8]> {
    let mut lines = BytesMut::new();
    for value in parts.headers.get_all(COOKIE) {
        write_foreign_cookies(value, &mut lines);
    }
    lines.as_ref().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn parts(lines: &[(HeaderName, &str)]) -> Parts {
        let mut parts = http::Request::new(()).into_parts().0;
        for (name, value) in lines {
            parts.headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        parts
    }

    fn came(host: &str, secure: bool) -> ClientInfo<'_> {
        ClientInfo { ip: [127, 0, 0, 1].into(), secure, host: host.into(), host_header: host, is_proxied: false }
    }

    #[test]
    fn what_is_said_otherwise_in_any_way_is_read_anew() {
        let here = came("door", false);
        let of = |lines: &[(HeaderName, &str)]| Said::of(&parts(lines), &here).unwrap();
        let one = [(COOKIE, "a=b"), (AUTHORIZATION, "Bearer x"), (KEY_HEADER, "k")];
        assert!(of(&one).is_said_by(&parts(&one), &here));
        assert!(of(&[]).is_said_by(&parts(&[(http::header::ACCEPT, "*/*")]), &here));
        for changed in 0..one.len() {
            for value in ["a=c", "bearer x", "K", "", "a=b ", "\u{e4}"] {
                let mut other = one.clone();
                other[changed].1 = value;
                assert!(!of(&one).is_said_by(&parts(&other), &here), "{other:?}");
            }
            let rest: Vec<_> = one.iter().filter(|line| line.0 != one[changed].0).cloned().collect();
            assert!(!of(&one).is_said_by(&parts(&rest), &here), "without {:?}", one[changed]);
            assert!(!of(&rest).is_said_by(&parts(&one), &here), "with {:?}", one[changed]);
            let twice: Vec<_> = one.iter().chain([&one[changed]]).cloned().collect();
            assert!(!of(&one).is_said_by(&parts(&twice), &here), "{twice:?}");
        }
        for elsewhere in [came("door:81", false), came("other", false), came("door", true)] {
            assert!(!of(&one).is_said_by(&parts(&one), &elsewhere), "{elsewhere:?}");
        }
    }

    #[test]
    fn what_is_long_twice_there_or_no_text_is_not_kept() {
        let is_kept = |lines: &[(HeaderName, &str)]| Said::of(&parts(lines), &came("door", false)).is_some();
        let long = "x".repeat(LONGEST / 2);
        assert!(is_kept(&[(COOKIE, &long), (AUTHORIZATION, &long)]));
        assert!(!is_kept(&[(COOKIE, &long), (AUTHORIZATION, &long), (KEY_HEADER, "k")]));
        assert!(!is_kept(&[(COOKIE, "a=b"), (COOKIE, "a=b")]));
        assert!(!is_kept(&[(COOKIE, "a=\u{e4}")]));
    }
}
