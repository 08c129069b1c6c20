//! The methods a rule speaks of, and the one a request uses.

use http::{HeaderMap, Method, header::UPGRADE};

use crate::Misread;

/// A set of methods. `HEAD` is `GET`: it tells what `GET` would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Methods(u8);

/// What a request does by its method, as rules see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verb {
    /// What a rule must speak of to match; nothing for a method no rule can name.
    matched_by: Methods,
    name: &'static str,
    safe: bool,
}

/// The word and the bit of every method a rule can name.
const NAMED: [(&str, Methods); 7] = [
    ("GET", Methods(1)),
    ("POST", Methods(2)),
    ("PUT", Methods(4)),
    ("PATCH", Methods(8)),
    ("DELETE", Methods(16)),
    ("OPTIONS", Methods(32)),
    ("WEBSOCKET", Methods(64)),
];

impl Methods {
    /// No method at all.
    const NONE: Self = Self(0);

    /// Reads `GET`, `GET|POST` or `*` (all that have a name).
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self(127));
        }
        text.split('|').try_fold(Self::NONE, |all, word| Ok(Self(all.0 | Self::named(word)?.0)))
    }

    fn named(word: &str) -> Result<Self, String> {
        let known = NAMED.iter().find(|(name, _)| *name == word).map(|(_, methods)| *methods);
        known.ok_or_else(|| match word {
            "HEAD" => "HEAD is read as GET: write GET".to_owned(),
            "CONNECT" | "TRACE" => format!("{word} is never forwarded"),
            _ => {
                format!("unknown method `{word}`; methods are GET, POST, PUT, PATCH, DELETE, OPTIONS, WEBSOCKET, joined by |, or *")
            }
        })
    }

    /// Whether both speak of some method.
    pub fn overlap(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether every method of `other` is in this set.
    pub fn include(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Those whose requests have a body.
    pub(crate) const WITH_BODY: Self = Self(2 | 4 | 8 | 16);

    /// Upgrades to a WebSocket.
    pub(crate) const WEBSOCKET: Self = Self(64);

    /// Whether they are upgrades to a WebSocket and nothing else.
    pub(crate) fn only_upgrades(self) -> bool {
        self == Self::WEBSOCKET
    }

    /// How many there are.
    pub(crate) fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// These, and `WEBSOCKET` with `GET`.
    pub(crate) fn reach(self) -> Self {
        Self(if self.overlap(Verb::GET.matched_by) { self.0 | Verb::WEBSOCKET.matched_by.0 } else { self.0 })
    }

    /// All verbs a rule with these methods can match, for preparing what it answers.
    pub(crate) fn verbs(self) -> impl Iterator<Item = Verb> {
        Verb::ALL.into_iter().filter(move |verb| self.overlap(verb.matched_by))
    }
}

impl Verb {
    pub(crate) const GET: Self = Self { matched_by: Methods(1), name: "GET", safe: true };
    const POST: Self = Self { matched_by: Methods(2), name: "POST", safe: false };
    const PUT: Self = Self { matched_by: Methods(4), name: "PUT", safe: false };
    const PATCH: Self = Self { matched_by: Methods(8), name: "PATCH", safe: false };
    const DELETE: Self = Self { matched_by: Methods(16), name: "DELETE", safe: false };
    const OPTIONS: Self = Self { matched_by: Methods(32), name: "OPTIONS", safe: true };
    /// An upgrade is a `GET` too: rules for either match it.
    pub(crate) const WEBSOCKET: Self = Self { matched_by: Methods(64 | 1), name: "WEBSOCKET", safe: true };
    const OTHER: Self = Self { matched_by: Methods::NONE, name: "OTHER", safe: false };

    /// All that a rule can match.
    pub(crate) const ALL: [Self; 7] =
        [Self::GET, Self::POST, Self::PUT, Self::PATCH, Self::DELETE, Self::OPTIONS, Self::WEBSOCKET];

    /// The verb of a request. `CONNECT` and `TRACE` are no requests to a tool.
    pub fn of(method: &Method, headers: &HeaderMap) -> Result<Self, Misread> {
        Ok(match method.as_str() {
            "GET" if upgrades_to_websocket(headers) => Self::WEBSOCKET,
            "GET" | "HEAD" => Self::GET,
            "POST" => Self::POST,
            "PUT" => Self::PUT,
            "PATCH" => Self::PATCH,
            "DELETE" => Self::DELETE,
            "OPTIONS" => Self::OPTIONS,
            "CONNECT" | "TRACE" => return Err(Misread::new("method", format!("{method} is not forwarded."))),
            _ => Self::OTHER,
        })
    }

    /// What a rule must overlap with to match.
    pub fn matched_by(self) -> Methods {
        self.matched_by
    }

    /// Its word; `OTHER` for a method without one.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// Whether the method is meant to change nothing (RFC 9110 section 9.2.1).
    pub fn is_safe(self) -> bool {
        self.safe
    }

    /// Whether requests by it have a body that tools look for.
    pub(crate) fn has_body(self) -> bool {
        Methods::WITH_BODY.overlap(self.matched_by)
    }

    /// Its place in [`Self::ALL`].
    pub(crate) fn index(self) -> Option<usize> {
        Self::ALL.iter().position(|verb| *verb == self)
    }
}

/// Whether any `Upgrade` header offers a WebSocket (RFC 6455 section 4.2.1), among whatever else.
pub fn upgrades_to_websocket(headers: &HeaderMap) -> bool {
    let offers = |value: &http::HeaderValue| {
        let protocols = value.as_bytes().split(|byte| *byte == b',');
        protocols.map(<[u8]>::trim_ascii).any(|protocol| protocol.eq_ignore_ascii_case(b"websocket"))
    };
    headers.get_all(UPGRADE).iter().any(offers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_every_method_with_a_name() {
        let all = Methods::parse("*").unwrap();
        assert!(NAMED.iter().all(|(_, methods)| all.include(*methods)));
        assert_eq!(Methods::parse("GET|DELETE"), Ok(Methods(17)));
    }

    #[test]
    fn methods_are_case_sensitive() {
        assert!(Methods::parse("get").is_err());
        let lower = Method::from_bytes(b"get").unwrap();
        assert_eq!(Verb::of(&lower, &HeaderMap::new()).unwrap(), Verb::OTHER);
    }

    #[test]
    fn connect_and_trace_are_refused() {
        for method in [Method::CONNECT, Method::TRACE] {
            assert_eq!(Verb::of(&method, &HeaderMap::new()).unwrap_err().code, "method");
        }
    }

    #[test]
    fn an_upgrade_is_found_in_any_spelling_and_among_others() {
        for value in ["websocket", "WebSocket", "h2c, websocket", " websocket ,x"] {
            let mut headers = HeaderMap::new();
            headers.append(UPGRADE, "h2c".parse().unwrap());
            headers.append(UPGRADE, value.parse().unwrap());
            assert_eq!(Verb::of(&Method::GET, &headers).unwrap(), Verb::WEBSOCKET, "{value}");
        }
    }
}
