//! Which app a request is for.

use doorward_domain::app::is_below;
use doorward_http::desk_paths::is_desk;
use doorward_profile::{CanonicalPath, Misread};
use doorward_service::App;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::UpstreamAddress;

/// An app and where it is: at these hosts (every host, if none is named), below this path, behind this address.
#[derive(Debug, Clone)]
pub struct Site {
    /// The app, as decisions see it.
    pub app: Arc<App>,
    /// Host names, without port. Empty is every host.
    pub hosts: Vec<String>,
    /// The path prefix (`/dagster`), or empty. It is sent to the tool unless `upstream` has a base, which replaces it.
    pub path: String,
    /// Where the tool listens.
    pub upstream: UpstreamAddress,
}

/// Two sites claim the same requests, or one claims what nobody can send.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSites {
    /// Host and path are taken.
    #[error("the apps {0} and {1} are both at {2}")]
    Ambiguous(String, String, String),
    /// Not a path prefix.
    #[error("app {0}: `{1}` is not a path such as /dagster")]
    BadPath(String, String),
    /// Below the desk.
    #[error("app {0}: /_doorward is Doorward's own")]
    Desk(String),
}

/// All sites, ready for look-up: by exact host, then by the longest path prefix in whole segments. A site without a host
/// serves what no site with that host does.
#[derive(Debug, Default)]
pub struct Sites {
    by_host: HashMap<Box<str>, Vec<Arc<Site>>>,
    anywhere: Vec<Arc<Site>>,
    /// The apps that are at them, each once, as they were named.
    apps: Arc<Vec<Arc<App>>>,
}

impl Sites {
    /// Prepares the sites, or says why they cannot be.
    pub fn new(sites: Vec<Site>) -> Result<Self, InvalidSites> {
        let mut prepared = Self { apps: Arc::new(apps_at(&sites)), ..Self::default() };
        for mut site in sites {
            site.path = checked_path(&site)?;
            let site = Arc::new(site);
            let hosts: HashSet<_> = site.hosts.iter().map(|host| host_key(host).into_owned()).collect();
            if hosts.is_empty() {
                insert(&mut prepared.anywhere, &site, "")?;
            }
            for host in hosts {
                insert(prepared.by_host.entry(host.as_str().into()).or_default(), &site, &host)?;
            }
        }
        Ok(prepared)
    }

    /// The apps that are at them.
    pub(crate) fn apps(&self) -> &Arc<Vec<Arc<App>>> {
        &self.apps
    }

    /// The site for a host (port ignored) and a path, if it is the same in every way the path could be read in.
    pub(crate) fn find_agreed(&self, host: &str, path: &CanonicalPath) -> Result<Option<&Arc<Site>>, Misread> {
        let mut found = None;
        path.agreed(|text| {
            found = self.find(host, text);
            found.map(Arc::as_ptr)
        })?;
        Ok(found)
    }

    /// The site for a host (port ignored) and a path, decoded.
    pub fn find(&self, host: &str, path: &str) -> Option<&Arc<Site>> {
        let named = if self.by_host.is_empty() { None } else { self.by_host.get(host_key(host).as_ref()) };
        let longest = |sites: &'_ Vec<Arc<Site>>| sites.iter().position(|site| is_below(path, &site.path));
        named
            .and_then(|sites| longest(sites).and_then(|at| sites.get(at)))
            .or_else(|| longest(&self.anywhere).and_then(|at| self.anywhere.get(at)))
    }
}

fn apps_at(sites: &[Site]) -> Vec<Arc<App>> {
    let is_first = |(at, site): &(usize, &Site)| sites.iter().take(*at).all(|before| before.app.name != site.app.name);
    sites.iter().enumerate().filter(is_first).map(|(_, site)| Arc::clone(&site.app)).collect()
}

fn checked_path(site: &Site) -> Result<String, InvalidSites> {
    let name = || site.app.name.to_string();
    let path = site.path.trim_end_matches('/');
    if !path.is_empty() && !path.starts_with('/') {
        return Err(InvalidSites::BadPath(name(), site.path.clone()));
    }
    // One that could be read in two ways would be at two places.
    let canonical = CanonicalPath::parse(if path.is_empty() { "/" } else { path })
        .ok()
        .filter(CanonicalPath::is_plain)
        .ok_or_else(|| InvalidSites::BadPath(name(), site.path.clone()))?;
    if is_desk(canonical.as_str()) {
        return Err(InvalidSites::Desk(name()));
    }
    Ok(canonical.as_str().trim_end_matches('/').to_owned())
}

/// Longest path first, so that the first match is the longest.
fn insert(sites: &mut Vec<Arc<Site>>, site: &Arc<Site>, host: &str) -> Result<(), InvalidSites> {
    if let Some(other) = sites.iter().find(|other| other.path == site.path) {
        let place = if host.is_empty() && site.path.is_empty() {
            "every address".to_owned()
        } else {
            format!("{host}{}", site.path)
        };
        return Err(InvalidSites::Ambiguous(other.app.name.to_string(), site.app.name.to_string(), place));
    }
    sites.push(Arc::clone(site));
    sites.sort_by_key(|site| std::cmp::Reverse(site.path.len()));
    Ok(())
}

/// Whether a path belongs to the desk, in every way it could be read in.
pub(crate) fn is_desk_agreed(path: &CanonicalPath) -> Result<bool, Misread> {
    path.agreed(is_desk)
}

/// A host as it is looked up: without port and final dot, in lower case.
fn host_key(host: &str) -> std::borrow::Cow<'_, str> {
    let bare = doorward_domain::host::bare(host);
    if bare.bytes().any(|b| b.is_ascii_uppercase()) { bare.to_ascii_lowercase().into() } else { bare.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests_support::app;

    fn site(name: &str, hosts: &[&str], path: &str) -> Site {
        Site {
            app: app(name),
            hosts: hosts.iter().map(|&host| host.to_owned()).collect(),
            path: path.to_owned(),
            upstream: "http://127.0.0.1:1".parse().unwrap(),
        }
    }

    fn found(sites: &Sites, host: &str, path: &str) -> String {
        sites.find(host, path).map_or("nobody".to_owned(), |site| site.app.name.to_string())
    }

    #[test]
    fn host_decides_before_path_and_the_longest_path_wins() {
        let sites = Sites::new(vec![
            site("default", &[], ""),
            site("wiki", &["wiki.example.com"], ""),
            site("docs", &["Wiki.Example.com"], "/docs/"),
            site("dagster", &[], "/dagster"),
        ])
        .unwrap();
        assert_eq!(found(&sites, "wiki.example.com", "/"), "wiki");
        assert_eq!(found(&sites, "WIKI.example.com.:8443", "/docs/a"), "docs");
        assert_eq!(found(&sites, "wiki.example.com", "/docsx"), "wiki");
        assert_eq!(found(&sites, "other", "/dagster"), "dagster");
        assert_eq!(found(&sites, "other", "/dagsterx"), "default");
        assert_eq!(found(&sites, "[::1]:3000", "/"), "default");
    }

    #[test]
    fn without_a_default_app_other_hosts_find_nobody() {
        let sites = Sites::new(vec![site("wiki", &["wiki"], "/w")]).unwrap();
        assert_eq!(found(&sites, "wiki", "/"), "nobody");
        assert_eq!(found(&sites, "evil", "/w"), "nobody");
        assert_eq!(found(&sites, "wiki:1", "/w/"), "wiki");
    }

    #[test]
    fn no_reading_of_a_path_leads_to_another_app_or_to_the_desk() {
        let sites = Sites::new(vec![site("default", &[], ""), site("dagster", &[], "/dagster")]).unwrap();
        let found = |raw: &str| {
            let path = CanonicalPath::parse(raw).map_err(|misread| misread.code)?;
            if is_desk_agreed(&path).map_err(|misread| misread.code)? {
                return Ok("desk".to_owned());
            }
            let site = sites.find_agreed("host", &path).map_err(|misread| misread.code)?;
            Ok(site.map_or("nobody".to_owned(), |site| site.app.name.to_string()))
        };
        for (raw, there) in [
            ("/dagster/a%2Fb", "dagster"),
            ("/dagster//a", "dagster"),
            ("/dagster/%2F/a", "dagster"),
            ("/a//dagster", "default"),
            ("/a%2Fdagster", "default"),
            ("/%64agster/x", "dagster"),
            ("/_doorward/x%2Fy", "desk"),
            ("/_doorward//x", "desk"),
            ("/x//_doorward/login", "default"),
        ] {
            assert_eq!(found(raw), Ok(there.to_owned()), "{raw}");
        }
        for raw in [
            "/dagster%2Fx",
            "/dagster%2F..",
            "//dagster",
            "///dagster/x",
            "/%2Fdagster/x",
            "/dagster;v/x",
            "/dagster%3Fx",
            "//host/dagster/x",
            "/%2564agster/x",
            "//_doorward/api",
            "/_doorward%2Fapi/v1/users",
            "/_doorward;x/api",
            "/%2F_doorward/api",
            "//host/_doorward/api",
            "/_doorward%252Fapi",
            "/_doorward%3F",
        ] {
            assert_eq!(found(raw), Err("ambiguous_path"), "{raw}");
        }
    }

    #[test]
    fn sites_that_cannot_be_told_apart_are_refused_in_words() {
        let said = |sites| Sites::new(sites).unwrap_err().to_string();
        assert_eq!(said(vec![site("a", &[], ""), site("b", &[], "/")]), "the apps a and b are both at every address");
        assert_eq!(said(vec![site("a", &["h"], "/x"), site("b", &["H"], "/x/")]), "the apps a and b are both at h/x");
        assert_eq!(said(vec![site("a", &[], "/_doorward/x")]), "app a: /_doorward is Doorward's own");
        for path in ["x", "/a//b", "/a%2Fb", "/a%20b", "/a;b", "/a/../b"] {
            assert_eq!(said(vec![site("a", &[], path)]), format!("app a: `{path}` is not a path such as /dagster"));
        }
    }
}
