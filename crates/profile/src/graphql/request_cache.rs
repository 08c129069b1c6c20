//! Recognising requests that were read before.
//!
//! A page that is open asks the same again and again, in the same bytes. What such a body is read as depends on them alone (never on who sent
//! it), so this changes nothing but the time it takes. A body is kept when it comes the second time: most that do not come again cost a hash.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use super::lately::Lately;
use super::request::Request;

/// What one generation of one shard may weigh, in bytes; there are two of each.
const GENERATION: usize = 128 << 10;
/// A longer body is read anew each time.
const LONGEST: usize = 8 << 10;
/// How many bodies that came once are known by their hash.
const ONCE: usize = 512;
/// What one was read as may be this many times its own length; else it would push out others for little.
const FAR_LARGER: usize = 20;
/// … beside what even the shortest takes.
const SHORTEST: usize = 4 << 10;

/// The requests read lately, by their bodies.
#[derive(Debug)]
pub(super) struct RequestCache {
    read: Lately<Arc<Known>>,
    /// Hashes of what came once, each at its place. One that pushes out another makes it come once more before it is kept.
    once: [AtomicU64; ONCE],
}

#[derive(Debug)]
struct Known {
    body: Box<[u8]>,
    request: Request,
}

/// Whether a body came before.
#[derive(Debug)]
pub(super) enum Seen {
    /// Not lately, or it is too long to be kept.
    First,
    /// It came, and was not kept. To be given to [`RequestCache::keep`] with what it is read as.
    Again(Unread),
    /// This is what it was read as.
    Known(Request),
}

/// A body that is worth keeping.
#[derive(Debug)]
pub(super) struct Unread {
    hash: u64,
    body: Box<[u8]>,
}

impl Default for RequestCache {
    fn default() -> Self {
        Self { read: Lately::new(GENERATION), once: std::array::from_fn(|_| AtomicU64::new(0)) }
    }
}

impl RequestCache {
    /// What is known of this body; that it came is.
    pub(super) fn recall(&self, body: &[u8]) -> Seen {
        if body.len() > LONGEST {
            return Seen::First;
        }
        let hash = self.read.hash(body);
        if let Some(known) = self.read.find(hash, |known| *known.body == *body) {
            return Seen::Known(known.request.clone());
        }
        if self.came_once(hash) { Seen::Again(Unread { hash, body: body.into() }) } else { Seen::First }
    }

    /// Keeps what only looks: what changes something is seldom asked twice.
    pub(super) fn keep(&self, Unread { hash, body }: Unread, request: &Request) {
        let weight = body.len() + size_of::<Known>() + 64 + request.kept_weight();
        if !request.changes_state() && weight <= FAR_LARGER * body.len() + SHORTEST {
            self.read.keep(hash, Arc::new(Known { body, request: request.clone() }), weight);
        }
    }

    /// Whether it was seen, which it is from now on. Two threads may both take it for the first: it is kept one time later.
    fn came_once(&self, hash: u64) -> bool {
        let place = usize::try_from(hash % ONCE as u64).ok().and_then(|place| self.once.get(place));
        place.is_some_and(|place| place.swap(hash, Relaxed) == hash)
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;
    use crate::{CanonicalPath, Profile, RequestHead, Understood};
    use bytes::Bytes;
    use http::{
        HeaderMap, HeaderValue, Method,
        header::{CONTENT_ENCODING, CONTENT_TYPE},
    };

    struct Sent {
        profile: Profile,
        path: CanonicalPath,
        headers: HeaderMap,
    }

    impl Sent {
        fn new() -> Self {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
            let path = CanonicalPath::parse("/graphql").unwrap();
            Self { profile: Profile::builtin("dagster").unwrap(), path, headers }
        }

        fn read(&self, query: Option<&str>, body: &str) -> Understood {
            let head = RequestHead { method: &Method::POST, path: &self.path, query, headers: &self.headers };
            self.profile.read_body(&head, Bytes::copy_from_slice(body.as_bytes())).unwrap()
        }

        fn kept(&self) -> usize {
            self.profile.graphql().unwrap().requests().read.kept().map(|(count, _)| count).sum()
        }

        fn is_kept(&self, body: &str) -> bool {
            matches!(self.profile.graphql().unwrap().requests().recall(body.as_bytes()), Seen::Known(_))
        }
    }

    #[test]
    fn what_is_asked_again_means_the_same_and_says_what_it_said_itself_in_the_address() {
        let sent = Sent::new();
        let operations: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("../../tests/data/dagster_ui_operations.json")).unwrap();
        for body in operations.iter().map(|own| own["body"].as_str().unwrap()) {
            let fresh = Sent::new().read(Some("op=A"), body);
            let times = [Some("op=B"), None, Some("op=C")].map(|query| sent.read(query, body));
            let again = sent.read(Some("op=A"), body);
            assert!(times.iter().all(|read| read.intent() == again.intent()), "{body:.80}");
            assert!(fresh.intent() == again.intent(), "{body:.80}");
            assert_eq!(format!("{:?}", fresh.envelope(None).unwrap()), format!("{:?}", again.envelope(None).unwrap()));
        }
        let kept = operations.iter().filter(|own| sent.is_kept(own["body"].as_str().unwrap())).count();
        assert!(kept >= 40, "only {kept} are kept");
    }

    #[test]
    fn a_body_is_kept_when_it_comes_the_second_time() {
        let sent = Sent::new();
        let bodies: Vec<_> = (0..200).map(|n| format!(r#"{{"query":"{{ version a{n}: version }}"}}"#)).collect();
        for body in &bodies {
            sent.read(None, body);
        }
        assert_eq!(sent.kept(), 0);
        for body in &bodies {
            sent.read(None, body);
        }
        // Those whose place another took in between come a third time.
        assert!((100..=200).contains(&sent.kept()), "{}", sent.kept());
    }

    #[test]
    fn what_changes_something_is_long_or_came_packed_is_read_anew() {
        let mut sent = Sent::new();
        let launch = r#"{"query":"mutation { reloadWorkspace { __typename } }"}"#;
        let look = r#"{"query":"{ version }"}"#;
        let long = format!(r#"{{"query":"{{ version }}"{}}}"#, " ".repeat(8 << 10));
        let three_times = |sent: &Sent, body: &str| (0..3).for_each(|_| drop(sent.read(None, body)));
        three_times(&sent, launch);
        three_times(&sent, &long);
        sent.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
        three_times(&sent, look);
        assert_eq!(sent.kept(), 0);
        sent.headers.remove(CONTENT_ENCODING);
        three_times(&sent, look);
        assert!(sent.is_kept(look) && !sent.is_kept(&look.replace("version", "Version")));
    }

    #[test]
    fn what_fans_out_far_beyond_its_own_length_is_read_anew() {
        let sent = Sent::new();
        let body = |places: usize, flags: usize| {
            // Something is beside the fragment each time, so that no two of its places are the same.
            let places: Vec<_> = (0..places).map(|n| format!("p{n}:x{{...F o{n}:canBulkTerminate}}")).collect();
            let flags: Vec<_> = (0..flags).map(|n| format!("f{n}:canBulkTerminate ")).collect();
            format!(r#"{{"query":"{{{}}}fragment F on X{{{}}}"}}"#, places.concat(), flags.concat())
        };
        let (honest, fanning_out) = (body(2, 2), body(48, 40));
        assert!(fanning_out.len() < super::LONGEST, "{}", fanning_out.len());
        for body in [&honest, &fanning_out] {
            (0..3).for_each(|_| drop(sent.read(None, body)));
        }
        assert!(sent.is_kept(&honest) && !sent.is_kept(&fanning_out));
    }

    #[test]
    fn the_same_bytes_are_another_request_where_the_head_says_so() {
        let sent = Sent::new();
        let look = r#"{"query":"{ version }"}"#;
        (0..3).for_each(|_| drop(sent.read(None, look)));
        assert!(sent.is_kept(look));
        let other_type = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/graphql"))]);
        for (query, headers) in [(Some("query={instance{id}}"), &sent.headers), (None, &other_type)] {
            let head = RequestHead { method: &Method::POST, path: &sent.path, query, headers };
            assert!(
                sent.profile.read_body(&head, Bytes::from_static(look.as_bytes())).is_err(),
                "{query:?} {headers:?}"
            );
        }
    }

    #[test]
    fn what_other_limits_refuse_is_not_taken_from_memory() {
        let sent = Sent::new();
        let look = r#"{"query":"{ version }"}"#;
        (0..3).for_each(|_| drop(sent.read(None, look)));
        let narrow = Sent { profile: sent.profile.with_graphql_tokens(2), ..sent };
        assert!(!narrow.is_kept(look));
        let head = RequestHead { method: &Method::POST, path: &narrow.path, query: None, headers: &narrow.headers };
        assert!(narrow.profile.read_body(&head, Bytes::from_static(look.as_bytes())).is_err());
    }
}
