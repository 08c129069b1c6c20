//! Where an app is mounted: which path of the tool a request means, and where whoever misses the mount is sent.

use doorward_http::desk_paths::DESK;
use doorward_profile::CanonicalPath;
use http::Method;
use http::request::Parts;

use super::Rejection;
use crate::site::Site;

/// Where no app is. Whoever opens the address as Doorward prints it gets to the apps that there are.
pub(super) fn no_app_at(path: &CanonicalPath, method: &Method) -> Rejection {
    let is_front = path.as_str() == "/" && matches!(*method, Method::GET | Method::HEAD);
    if is_front { Rejection::Elsewhere(DESK.to_owned()) } else { Rejection::NoApp }
}

/// The path the tool is asked for: the request's own, or with the site's prefix replaced by the upstream's base.
pub(super) fn tool_path(site: &Site, path: &CanonicalPath, parts: &Parts) -> Result<CanonicalPath, Rejection> {
    let Some(base) = site.upstream.base() else { return Ok(path.clone()) };
    if is_mount_itself(site, path, &parts.method) {
        return Err(Rejection::Elsewhere(with_slash(path, parts)));
    }
    let below = path.below(&site.path).ok_or(Rejection::NoApp)?;
    if base.is_empty() { Ok(below) } else { Ok(CanonicalPath::parse(&format!("{base}{}", below.as_str()))?) }
}

/// Whether the mount is asked for without its slash: links of a page that was found there would lead out of it.
pub(super) fn is_mount_itself(site: &Site, path: &CanonicalPath, method: &Method) -> bool {
    !site.path.is_empty() && path.as_str() == site.path && matches!(*method, Method::GET | Method::HEAD)
}

pub(super) fn with_slash(path: &CanonicalPath, parts: &Parts) -> String {
    let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}/{query}", path.as_str())
}

/// A tool that is mounted further down has nothing above; its front page is what people look for.
pub(super) fn outside(site: &Site, path: &CanonicalPath) -> Rejection {
    if path.as_str() == "/" && site.upstream.base().is_none() {
        Rejection::Elsewhere(format!("{}/", site.app.prefix))
    } else {
        Rejection::NoApp
    }
}
