//! Paths: canonical is canonical, and nothing gets past that another server would read as something else.

use doorward_profile::{CanonicalPath, HeadReading, Profile, RequestHead};
use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use std::sync::LazyLock;
use url::Url;

use super::servers::SERVERS;

static DAGSTER: LazyLock<Option<Profile>> = LazyLock::new(|| Profile::builtin("dagster"));

/// Whatever begins with `graphql` (a word the mutations know well) is the administrators'.
static GUARDED: LazyLock<Option<Profile>> = LazyLock::new(|| {
    let rules =
        "[{match: \"GET /graphql/**\", action: admin, name: guarded}, {match: \"GET /**\", action: view, name: rest}]";
    Profile::from_yaml(&format!("profile: guarded\nrules: {rules}\n")).ok()
});

/// The input is a raw path.
pub fn path(data: &[u8]) {
    let Ok(raw) = std::str::from_utf8(data) else { return };
    let Ok(path) = CanonicalPath::parse(raw) else { return };
    let text = path.as_str();
    assert!(text.starts_with('/') && text.is_ascii(), "not a path: {text:?}");
    match CanonicalPath::parse(text) {
        Ok(again) => assert_eq!(again, path, "the canonical form is not canonical"),
        Err(misread) => panic!("the canonical form {text:?} is refused: {misread}"),
    }
    let decoded = percent_decode_str(text).collect::<Vec<_>>();
    let raw = if raw.is_empty() { "/" } else { raw };
    assert_eq!(decoded, percent_decode_str(raw).collect::<Vec<_>>(), "another resource than {raw:?}");
    browsers_agree(raw, &decoded);
    no_segment_leads_up(&decoded);
    graphql_is_never_a_page(&path, &decoded);
    no_server_sees_another_rule(&path);
}

/// WHATWG URL parsing, as browsers and many libraries do it, must not resolve anything away.
fn browsers_agree(raw: &str, decoded: &[u8]) {
    let Ok(url) = Url::parse(&format!("http://tool{raw}")) else { panic!("{raw:?} makes no URL") };
    assert_eq!(
        (url.host_str(), url.query(), url.fragment()),
        (Some("tool"), None, None),
        "{raw:?} is more than a path"
    );
    assert_eq!(
        percent_decode_str(url.path()).collect::<Vec<_>>(),
        decoded,
        "a browser reads {raw:?} as {}",
        url.path()
    );
}

fn no_segment_leads_up(decoded: &[u8]) {
    for text in [decoded.to_vec(), percent_encoding::percent_decode(decoded).collect()] {
        let up = text.split(|byte| matches!(byte, b'/' | b'\\')).any(|segment| segment == b"." || segment == b"..");
        assert!(!up, "a dot segment in {:?}", String::from_utf8_lossy(&text));
    }
}

/// Dagster decodes a path once and then routes it: whatever comes out as its GraphQL endpoint must be read as GraphQL.
fn graphql_is_never_a_page(path: &CanonicalPath, decoded: &[u8]) {
    let Some(dagster) = &*DAGSTER else { panic!("the built-in profile cannot be read") };
    let headers = HeaderMap::new();
    for method in [Method::GET, Method::POST] {
        let reading = dagster.read_head(&RequestHead {
            method: &method,
            path,
            query: Some("query={version}"),
            headers: &headers,
        });
        if decoded == b"/graphql" {
            assert_eq!(path.as_str(), "/graphql");
        }
        assert_ne!(decoded, b"/graphql\n", "Starlette routes this to the endpoint");
        if let (b"/graphql", Ok(HeadReading::Understood(intent))) = (decoded, &reading) {
            assert!(
                intent.operations.iter().all(|operation| operation.rule.as_str() != "page"),
                "GraphQL read as a page"
            );
        }
    }
}

/// All servers agree on the rule, or the request is refused: read in whatever way, it is what was judged.
fn no_server_sees_another_rule(path: &CanonicalPath) {
    let Some(guarded) = &*GUARDED else { panic!("the guarded profile cannot be read") };
    let headers = HeaderMap::new();
    let head = RequestHead { method: &Method::GET, path, query: None, headers: &headers };
    let agreed = path.agreed(|text| is_guarded(text.split('/').nth(1)));
    let Ok(HeadReading::Understood(intent)) = guarded.read_head(&head) else { return };
    let judged = intent.operations.iter().any(|operation| operation.rule.as_str() == "guarded");
    assert_eq!(agreed.ok(), Some(judged), "rules and places are read differently: {}", path.as_str());
    for (name, server) in SERVERS {
        let seen = server(path.as_str());
        assert_eq!(is_guarded(seen.first().map(String::as_str)), judged, "{name} reads {} as {seen:?}", path.as_str());
    }
}

fn is_guarded(first: Option<&str>) -> bool {
    first == Some("graphql")
}
