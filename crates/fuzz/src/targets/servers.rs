//! How servers and libraries that stand behind doors read a path: which segments they route by. Written down after what they do, and
//! apart from how Doorward reads, so that the two can be held against each other.

use percent_encoding::percent_decode_str;
use url::Url;

/// Reads a canonical path into the segments that are routed by.
type Server = fn(&str) -> Vec<String>;

/// Those that differ.
pub const SERVERS: [(&str, Server); 9] = [
    ("Starlette, which decodes once and keeps every slash", |path| split(&decoded(path))),
    ("nginx, which decodes once and then merges slashes", |path| merged(split(&decoded(path)))),
    ("Cowboy, which splits first and decodes the segments", |path| split(path).iter().map(|s| decoded(s)).collect()),
    ("Werkzeug, which merges slashes before it decodes", |path| {
        merged(split(path)).iter().map(|s| decoded(s)).collect()
    }),
    ("Python's http.server, which merges slashes at the beginning", |path| {
        split(&decoded(&format!("/{}", path.trim_start_matches('/'))))
    }),
    ("Tomcat, which drops parameters, decodes and merges", |path| {
        let bare: Vec<&str> = path.split('/').map(|segment| segment.split(';').next().unwrap_or_default()).collect();
        merged(split(&decoded(&bare.join("/"))))
    }),
    ("Node, where the path is a reference to be resolved", |path| {
        resolved(path).unwrap_or_else(|| split(&decoded(path)))
    }),
    ("a gateway that decodes, before a server that decodes", |path| split(&decoded(&decoded(path)))),
    ("a gateway that decodes and merges, before a server that looks for the query", |path| {
        let once = decoded(path);
        let before = once.split(['?', '#']).next().unwrap_or_default().to_owned();
        merged(split(&decoded(&before)))
    }),
];

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The segments after the first slash.
fn split(path: &str) -> Vec<String> {
    path.strip_prefix('/').unwrap_or(path).split('/').map(str::to_owned).collect()
}

fn merged(segments: Vec<String>) -> Vec<String> {
    segments.into_iter().filter(|segment| !segment.is_empty()).collect()
}

/// `new URL(path, base).pathname`, decoded. What makes no URL is an error there.
fn resolved(path: &str) -> Option<Vec<String>> {
    let base = Url::parse("http://base/").ok()?;
    base.join(path).ok().map(|url| split(&decoded(url.path())))
}
