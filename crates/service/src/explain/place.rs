//! Which app a request is for, found as the door finds it: by the exact host, then by the longest path; an app without a host serves
//! what no app at that host does. Knows apps only by the addresses that people have for them.

use doorward_domain::app::{self, is_below};
use doorward_domain::host::bare;
use doorward_profile::{CanonicalPath, Misread};
use http::header::HOST;
use std::sync::Arc;
use url::Url;

use super::{ExplainError, Hypothetical};
use crate::App;

/// Where a request goes, as somebody wrote it down.
#[derive(Debug)]
pub(super) struct Place<'r> {
    /// The host, bare and in lower case; `None` when nobody said one.
    pub(super) host: Option<String>,
    /// The path as sent.
    pub(super) path: &'r str,
    /// What comes after the question mark.
    pub(super) query: Option<&'r str>,
}

/// Refuses what is meant for an address and leads nowhere.
pub(super) fn check(path: &str) -> Result<(), ExplainError> {
    let Some(rest) = after_scheme(path) else { return Ok(()) };
    let is_http = |url: Url| matches!(url.scheme(), "http" | "https" | "ws" | "wss");
    // Some readers look for a host behind more slashes; here it would be taken for a path.
    let has_host = !rest.starts_with(['/', '\\', '?', '#']);
    if has_host && Url::parse(path).is_ok_and(is_http) { Ok(()) } else { Err(ExplainError::NoAddress(path.to_owned())) }
}

/// What follows the scheme of an address; `None` of a path.
fn after_scheme(path: &str) -> Option<&str> {
    path.split_once("://").filter(|(scheme, _)| !scheme.contains('/')).map(|(_, rest)| rest)
}

impl<'r> Place<'r> {
    /// From a path with the `Host` header, or from a URL (absolute form, whose host wins: RFC 9112 section 3.2.2).
    pub(super) fn of(request: &'r Hypothetical) -> Self {
        let (authority, target) = match after_scheme(&request.path) {
            Some(rest) => {
                let rest = rest.split('#').next().unwrap_or(rest);
                let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
                (Some(authority), target)
            }
            None => (request.headers.get(HOST).and_then(|host| host.to_str().ok()), request.path.as_str()),
        };
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        Self { host: authority.map(key), path, query }
    }

    /// The app that the door would choose, if there is one.
    pub(super) fn app(&self, apps: &[Arc<App>], path: &CanonicalPath) -> Result<Option<Arc<App>>, Misread> {
        let mut found = None;
        path.agreed(|text| {
            found = at(apps, self.host.as_deref(), text);
            found.map(Arc::as_ptr)
        })?;
        Ok(found.or_else(|| self.fallback(apps)).cloned())
    }

    /// The same of the first group of apps that has one.
    pub(super) fn first(&self, groups: &[Vec<Arc<App>>], path: &CanonicalPath) -> Result<Option<Arc<App>>, Misread> {
        for apps in groups {
            if let Some(app) = self.app(apps, path)? {
                return Ok(Some(app));
            }
        }
        Ok(None)
    }

    /// Whether several apps are there, so that none of them can be told to be meant.
    pub(super) fn is_ambiguous(&self, apps: &[Arc<App>], path: &CanonicalPath) -> bool {
        path.agreed(|text| all_at(apps, self.host.as_deref(), text).len() > 1).is_ok_and(|is_ambiguous| is_ambiguous)
    }

    /// The only app, unless it is at another host: it says itself that it is mounted elsewhere.
    fn fallback<'a>(&self, apps: &'a [Arc<App>]) -> Option<&'a Arc<App>> {
        let [only] = apps else { return None };
        let (host, _) = address(only);
        (host.is_none() || self.host.is_none() || host == self.host).then_some(only)
    }

    /// As a person would write it.
    pub(super) fn shown(&self) -> String {
        format!("{}{}", self.host.as_deref().unwrap_or_default(), self.path)
    }
}

/// Whether Doorward itself answers there.
pub(super) fn is_desk(path: &CanonicalPath) -> Result<bool, Misread> {
    path.agreed(app::is_desk)
}

/// The path of the app's address: what clients put before the tool's own paths.
pub(super) fn mount(app: &App) -> &str {
    address(app).1
}

/// The app at that place, as the door would find it. Two at one place cannot be told apart.
pub fn at<'a>(apps: &'a [Arc<App>], host: Option<&str>, path: &str) -> Option<&'a Arc<App>> {
    let [only] = all_at(apps, host, path)[..] else { return None };
    Some(only)
}

/// All whose place it is: at that very host if there is any, and with the longest path.
fn all_at<'a>(apps: &'a [Arc<App>], host: Option<&str>, path: &str) -> Vec<&'a Arc<App>> {
    let longest = |host: Option<&str>| {
        let here = apps.iter().filter(|app| address(app).0.as_deref() == host && is_below(path, mount(app)));
        let most = here.clone().map(|app| mount(app).len()).max();
        here.filter(|app| Some(mount(app).len()) == most).collect::<Vec<_>>()
    };
    let at_host = host.map(|host| longest(Some(host))).unwrap_or_default();
    if at_host.is_empty() { longest(None) } else { at_host }
}

/// Host and mount of an app's address for people.
fn address(app: &App) -> (Option<String>, &str) {
    let (host, path) = match app.address.split_once("://") {
        Some((_, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            (Some(key(authority)), path)
        }
        None => (None, app.address.as_str()),
    };
    (host, path.trim_end_matches('/'))
}

/// A host as it is looked up: without port and final dot, in lower case.
fn key(authority: &str) -> String {
    bare(authority).to_ascii_lowercase()
}
