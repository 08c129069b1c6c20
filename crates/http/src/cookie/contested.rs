//! Cookies of ours that stand there twice with different values: a script of a tool slipped one in beside ours, where the browser keeps
//! both apart. It sends both from then on, none counts, and nobody would ever be signed in there again; so they are taken back.
//!
//! Apart they are by path, by domain, and by whether they are partitioned (CHIPS); ours is at `/`, of the host alone and not
//! partitioned. Which ways a script has, the scheme says: behind the prefix `__Host-` only the last, and elsewhere the last only on
//! this machine, because what is partitioned has to be `Secure`.

use doorward_domain::HostName;
use doorward_domain::credential::{is_entry_token, is_session_token};
use http::HeaderMap;
use std::net::IpAddr;

use super::{CookieName, mark_name, own_pairs, values_of_mark};

/// How many cookies are taken back at a time, and the longest path that browsers keep one for (RFC 6265bis section 5.6).
const MOST: usize = 64;
const LONGEST_PATH: usize = 1024;

/// Where a request went.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// As the browser addressed us, with the port.
    pub host: &'a str,
    /// The path, as it was sent.
    pub path: &'a str,
    /// Whether browsers take the place for safe (https, or this machine), and `Secure` cookies in it.
    pub is_trustworthy: bool,
}

/// Whether a cookie of ours, session or mark, stands there with two values.
pub fn is_contested(headers: &HeaderMap, session: CookieName) -> bool {
    contested(headers, session).next().is_some()
}

/// What takes back whatever was slipped in beside a cookie of ours and can reach this place; nothing where nothing was. The widest come
/// first: what is beyond [`MOST`] reaches less.
pub fn taken_back(headers: &HeaderMap, session: CookieName, place: Place<'_>) -> Vec<String> {
    contested(headers, session)
        .flat_map(|name| slipped_in(session, place).map(move |at| at.taken_back(&name)))
        .collect()
}

/// The names that stand there with two values. What has not the form of a token beside the session's counts for nothing anyway.
fn contested(headers: &HeaderMap, session: CookieName) -> impl Iterator<Item = String> {
    let is_token = |token: &&str| is_session_token(token) || is_entry_token(token);
    let tokens =
        own_pairs(headers).filter(|(name, _)| session.is(name)).filter_map(|(_, value)| value.filter(is_token));
    let sessions = differ(tokens).then(|| session.to_string());
    sessions.into_iter().chain(differ(values_of_mark(headers, session)).then(|| mark_name(session)))
}

fn differ<'a>(mut values: impl Iterator<Item = &'a str>) -> bool {
    values.next().is_some_and(|first| values.any(|other| other != first))
}

/// What tells a cookie from ours of the same name.
struct SlippedIn<'a> {
    path: &'a str,
    domain: Option<String>,
    is_partitioned: bool,
}

impl SlippedIn<'_> {
    fn taken_back(&self, name: &str) -> String {
        let partitioned = if self.is_partitioned { "; Secure; Partitioned" } else { "" };
        let domain = self.domain.as_ref().map(|domain| format!("; Domain={domain}")).unwrap_or_default();
        format!("{name}=; Path={}; Max-Age=0; SameSite=Lax{domain}{partitioned}", self.path)
    }

    fn is_ours(&self) -> bool {
        self.path == "/" && self.domain.is_none() && !self.is_partitioned
    }
}

/// All ways to slip in a cookie that reaches the place.
fn slipped_in(session: CookieName, place: Place<'_>) -> impl Iterator<Item = SlippedIn<'_>> {
    let has_prefix = session == CookieName::Secure;
    let (paths, domains) = if has_prefix { ("/", Vec::new()) } else { (place.path, domains(place.host)) };
    let kinds: &[bool] = match (has_prefix, place.is_trustworthy) {
        (true, _) => &[true],
        (false, true) => &[false, true],
        (false, false) => &[false],
    };
    let domains: Vec<_> = std::iter::once(None).chain(domains.into_iter().map(Some)).collect();
    let of_path = move |path| {
        let each = domains.clone().into_iter().flat_map(|domain| kinds.iter().map(move |kind| (domain.clone(), *kind)));
        each.map(move |(domain, is_partitioned)| SlippedIn { path, domain, is_partitioned })
    };
    parts(paths).flat_map(of_path).filter(|at| !at.is_ours()).take(MOST)
}

/// The paths whose cookies a browser sends with a request for this one (RFC 6265 section 5.1.4), `/` first.
fn parts(path: &str) -> impl Iterator<Item = &str> {
    let slashes = path.match_indices('/').flat_map(|(at, _)| [at, at + 1]);
    let mut before = 1;
    let longer = slashes.filter(|end| *end > 1).chain([path.len()]).take_while(|end| *end <= LONGEST_PATH);
    let longer = longer
        .filter_map(move |end| path.get(..end).filter(|part| part.len() > std::mem::replace(&mut before, part.len())));
    let is_path = |part: &&str| part.bytes().all(|byte| byte.is_ascii_graphic() && byte != b';');
    std::iter::once("/").chain(longer.filter(is_path))
}

/// The domains a cookie for this host may name, the widest first. An address has none, nor has a name of one label: there browsers take
/// a cookie that names it for one of the host alone, as ours is.
fn domains(host: &str) -> Vec<String> {
    let host = HostName::of(host);
    if host.as_str().parse::<IpAddr>().is_ok() {
        return Vec::new();
    }
    let labels: Vec<&str> = host.as_str().split('.').collect();
    (0..labels.len().saturating_sub(1)).rev().filter_map(|at| Some(labels.get(at..)?.join("."))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::COOKIE;

    const PORT: CookieName = CookieName::Plain(3000);
    const HERE: Place<'_> = Place { host: "door.test:3000", path: "/", is_trustworthy: false };

    fn token(letter: char) -> String {
        format!("dws_{}", letter.to_string().repeat(43))
    }

    fn sent(text: &str) -> HeaderMap {
        HeaderMap::from_iter([(COOKIE, text.parse().unwrap())])
    }

    /// What takes back a mark that was slipped in, without what is the same in all.
    fn of_mark(session: CookieName, place: Place<'_>) -> Vec<String> {
        let name = mark_name(session);
        let lines = taken_back(&sent(&format!("{name}=a; {name}=b")), session, place);
        let bare = |line: String| line.replace("; Max-Age=0; SameSite=Lax", "").replace(&format!("{name}=; Path="), "");
        lines.into_iter().map(bare).collect()
    }

    #[test]
    fn a_cookie_of_ours_with_two_values_is_contested() {
        let contested = |text: &str| is_contested(&sent(text), PORT);
        let (a, b) = (token('a'), token('b'));
        let entry = a.replace("dws_", "dwe_");
        assert!(contested(&format!("doorward-3000={a}; x=y; doorward-3000={b}")));
        assert!(contested(&format!("doorward-3000={a}; doorward-3000={entry}")));
        assert!(contested("doorward-3000-enter=a; doorward-3000-enter=b"));
        for text in [
            "a=b".to_owned(),
            format!("doorward-3000={a}"),
            format!("doorward-3000={a}; doorward-3000={a}"),
            format!("doorward-3000={a}; doorward-3001={b}; doorward-3000=other"),
            "doorward-3000-enter=a; doorward-3001-enter=b; doorward-3000-enter=a".to_owned(),
        ] {
            assert!(!contested(&text), "{text}");
            assert!(taken_back(&sent(&text), PORT, HERE).is_empty(), "{text}");
        }
    }

    #[test]
    fn only_what_is_contested_is_taken_back_and_ours_never_is() {
        let both = format!("doorward-3000={}; doorward-3000={}; doorward-3000-enter=m", token('a'), token('b'));
        let place = Place { path: "/t", is_trustworthy: true, ..HERE };
        let lines = taken_back(&sent(&both), PORT, place);
        assert!(lines.iter().all(|line| line.starts_with("doorward-3000=; Path=/")), "{lines:?}");
        assert!(lines.contains(&"doorward-3000=; Path=/t; Max-Age=0; SameSite=Lax".to_owned()));
        assert!(!lines.contains(&"doorward-3000=; Path=/; Max-Age=0; SameSite=Lax".to_owned()));
    }

    #[test]
    fn over_https_a_script_has_only_the_jar_apart() {
        let place = Place { path: "/t/x", is_trustworthy: true, ..HERE };
        assert_eq!(of_mark(CookieName::Secure, place), ["/; Secure; Partitioned"]);
    }

    #[test]
    fn over_http_it_has_every_part_of_the_path_and_every_domain_above() {
        let domains = |host| of_mark(PORT, Place { host, ..HERE });
        assert_eq!(domains("door.test:3000"), ["/; Domain=door.test"]);
        assert_eq!(
            domains("A.b.Test."),
            ["/; Domain=b.test", "/; Domain=a.b.test"],
            "none of a whole top-level domain: no browser takes that"
        );
        for alone in ["127.0.0.1:3000", "[::1]:3000", "localhost:3000", "nas"] {
            assert_eq!(domains(alone), [""; 0], "{alone}: it would be ours");
        }
        let paths = |path| of_mark(PORT, Place { host: "nas", path, is_trustworthy: false });
        assert_eq!(paths("/t"), ["/t"]);
        assert_eq!(paths("/t/"), ["/t", "/t/"]);
        assert_eq!(paths("/t/x//y"), ["/t", "/t/", "/t/x", "/t/x/", "/t/x//", "/t/x//y"]);
        assert_eq!(paths("/a;b"), [""; 0], "it would be read as something else");
        assert_eq!(of_mark(PORT, Place { path: "/t", ..HERE }), ["/; Domain=door.test", "/t", "/t; Domain=door.test"]);
    }

    #[test]
    fn on_this_machine_it_has_all_of_them() {
        let place = Place { host: "a.localhost:3000", path: "/t", is_trustworthy: true };
        assert_eq!(
            of_mark(PORT, place),
            [
                "/; Secure; Partitioned",
                "/; Domain=a.localhost",
                "/; Domain=a.localhost; Secure; Partitioned",
                "/t",
                "/t; Secure; Partitioned",
                "/t; Domain=a.localhost",
                "/t; Domain=a.localhost; Secure; Partitioned",
            ]
        );
    }

    #[test]
    fn however_long_path_and_host_are_few_are_taken_back_at_a_time() {
        let (host, path) = (format!("{}test", "a.".repeat(120)), format!("/{}", "a/".repeat(5000)));
        let lines = of_mark(PORT, Place { host: &host, path: &path, is_trustworthy: true });
        assert_eq!(lines.len(), MOST);
        let path = format!("/a/{}", "b".repeat(2000));
        assert_eq!(of_mark(PORT, Place { host: "nas", path: &path, is_trustworthy: false }), ["/a", "/a/"]);
    }
}
