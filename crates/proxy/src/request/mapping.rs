//! Addresses in a tool's answer, as the client has to hear them.
//!
//! A tool that is mounted below another path, or that names itself by the address we reach it at, speaks of places that do not
//! exist for the client. Mapped back are `Location` and `Content-Location` (RFC 9110 sections 10.2.2 and 8.7), `Refresh`, and the
//! `Path` and `Domain` of cookies (RFC 6265 section 4.1.2). Documents are not read: a tool that writes its own paths into pages is
//! told its place by `X-Forwarded-Prefix`, or by its own setting.

use doorward_domain::app::is_below;
use http::header::{CONTENT_LOCATION, HeaderMap, HeaderName, HeaderValue, LOCATION, REFRESH, SET_COOKIE};
use url::Url;

use crate::client_info::ClientInfo;
use crate::site::Site;

/// Maps every address in the head of an answer back.
pub(super) fn map_back(headers: &mut HeaderMap, site: &Site, client_info: &ClientInfo<'_>) {
    let mount = Mount { site, client_info };
    for (name, value) in headers.iter_mut() {
        let mapped = mount.header(name, value).and_then(|mapped| HeaderValue::try_from(mapped).ok());
        if let Some(mapped) = mapped {
            *value = mapped;
        }
    }
}

/// Where the tool is, for us and for the client.
struct Mount<'a> {
    site: &'a Site,
    client_info: &'a ClientInfo<'a>,
}

impl Mount<'_> {
    /// What a header's value becomes; `None` when it is right as it is.
    fn header(&self, name: &HeaderName, value: &HeaderValue) -> Option<String> {
        let text = || std::str::from_utf8(value.as_bytes()).ok();
        match *name {
            LOCATION | CONTENT_LOCATION => self.reference(text()?),
            REFRESH => self.refresh(text()?),
            SET_COOKIE => self.cookie(text()?),
            _ => None,
        }
    }

    /// A URL reference; `None` when it is right as it is.
    fn reference(&self, text: &str) -> Option<String> {
        let text = text.trim();
        let Some(rest) = text.strip_prefix("//").or_else(|| strip_scheme(text)) else {
            // Others are relative to the page that is open, and so already where the client is.
            return text.starts_with('/').then(|| self.path(text))?;
        };
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if !self.is_tool(authority) {
            return None;
        }
        let path = if rest.starts_with('/') { rest.to_owned() } else { format!("/{rest}") };
        let path = self.path(&path).unwrap_or(path);
        let mapped = format!("{}://{}{path}", self.client_info.scheme(), self.client_info.host);
        (mapped != text).then_some(mapped)
    }

    /// Whether this is the tool, by the name it was asked with, the one the client uses, or the one we reach it at.
    fn is_tool(&self, authority: &str) -> bool {
        let upstream = &self.site.upstream;
        let is_upstream = || {
            let (host, port) = match authority.rsplit_once(':') {
                Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
                _ => (authority, Some(80)),
            };
            port == Some(upstream.port()) && host.trim_matches(['[', ']']).eq_ignore_ascii_case(upstream.host())
        };
        authority.eq_ignore_ascii_case(self.client_info.host_header)
            || authority.eq_ignore_ascii_case(&self.client_info.host)
            || is_upstream()
    }

    /// A path from the root of the tool's host, with whatever follows it.
    fn path(&self, path: &str) -> Option<String> {
        let (base, own) = (self.site.upstream.base()?, self.site.path.as_str());
        let end = path.find(['?', '#']).unwrap_or(path.len());
        let place = path.get(..end).unwrap_or(path);
        if base == own || !is_below(place, base) {
            return None;
        }
        // A tool that heeds `X-Forwarded-Prefix` says it right.
        if base.is_empty() && is_below(place, own) {
            return None;
        }
        let rest = path.strip_prefix(base)?;
        let slash = if rest.starts_with('/') || own.is_empty() && rest.is_empty() { "" } else { "/" };
        let mapped = format!("{own}{slash}{rest}");
        // What is a path there must not be somebody else's host here.
        stays_here(&mapped).then_some(mapped)
    }

    /// `5; url=/place`.
    fn refresh(&self, text: &str) -> Option<String> {
        let (delay, rest) = text.split_once([';', ','])?;
        let (name, place) = rest.split_once('=')?;
        let place = place.trim().trim_matches(['"', '\'']);
        let mapped = name.trim().eq_ignore_ascii_case("url").then(|| self.reference(place))??;
        Some(format!("{}; url={mapped}", delay.trim()))
    }

    /// A cookie: its path as clients see it, without the name of a host they do not see.
    fn cookie(&self, text: &str) -> Option<String> {
        let mut is_changed = false;
        let mut parts = text.split(';');
        let mut cookie = parts.next()?.to_owned();
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (name, value) = (name.trim(), value.trim());
            if name.eq_ignore_ascii_case("domain")
                && value.trim_start_matches('.').eq_ignore_ascii_case(self.site.upstream.host())
            {
                is_changed = true;
                continue;
            }
            let mapped = if name.eq_ignore_ascii_case("path") { self.path(value) } else { None };
            if let Some(mapped) = mapped {
                is_changed = true;
                let path = if mapped.len() > 1 { mapped.trim_end_matches('/') } else { "/" };
                cookie.push_str("; Path=");
                cookie.push_str(path);
            } else {
                cookie.push(';');
                cookie.push_str(part);
            }
        }
        is_changed.then_some(cookie)
    }
}

/// Whether browsers read this as a path of the host they are on. They drop tabs and line ends, and take `\` for `/`
/// (<https://url.spec.whatwg.org/#concept-basic-url-parser>).
fn stays_here(path: &str) -> bool {
    const HERE: &str = "here.invalid";
    let joined = Url::parse(&format!("http://{HERE}/")).and_then(|here| here.join(path));
    path.starts_with('/') && joined.is_ok_and(|url| url.host_str() == Some(HERE))
}

fn strip_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once("://")?;
    (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests_support::app;

    /// What becomes of a header's value for a tool at `upstream` that is mounted at `path`.
    fn mapped(path: &str, upstream: &str, name: &str, value: &str) -> String {
        let site =
            Site { app: app("tool"), hosts: Vec::new(), path: path.to_owned(), upstream: upstream.parse().unwrap() };
        let client_info = ClientInfo {
            ip: [127, 0, 0, 1].into(),
            secure: true,
            host: "tools.example".into(),
            host_header: "inner:8080",
            is_proxied: true,
        };
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        map_back(&mut headers, &site, &client_info);
        headers[name].to_str().unwrap().to_owned()
    }

    #[test]
    fn redirects_lead_to_where_the_client_is() {
        for (path, base, said, heard) in [
            ("/flower", "/", "/tasks/1", "/flower/tasks/1"),
            ("/flower", "/", "/", "/flower/"),
            ("/flower", "/", "/tasks?next=/x#y", "/flower/tasks?next=/x#y"),
            ("/flower", "/", "/flower/tasks", "/flower/tasks"),
            ("/flower", "/", "/flowers", "/flower/flowers"),
            ("/flower", "/", "tasks/1", "tasks/1"),
            ("/flower", "/", "../x", "../x"),
            ("/flower", "/", "?a=1", "?a=1"),
            ("/flower", "/", "http://inner:8080/tasks/1", "https://tools.example/flower/tasks/1"),
            ("/flower", "/", "http://127.0.0.1:5555/tasks", "https://tools.example/flower/tasks"),
            ("/flower", "/", "//inner:8080/tasks", "https://tools.example/flower/tasks"),
            ("/flower", "/", "http://inner:8080", "https://tools.example/flower/"),
            ("/flower", "/", "https://tools.example/flower/x", "https://tools.example/flower/x"),
            ("/flower", "/", "https://elsewhere.example/tasks", "https://elsewhere.example/tasks"),
            ("/flower", "/", "//elsewhere.example/tasks", "//elsewhere.example/tasks"),
            ("/flower", "/", "mailto:ada@example.com", "mailto:ada@example.com"),
            ("/x", "/tool", "/tool/a", "/x/a"),
            ("/x", "/tool", "/tool", "/x/"),
            ("/x", "/tool", "/elsewhere", "/elsewhere"),
            ("", "/tool", "/tool/a", "/a"),
            ("", "/tool", "/tool//evil.example", "/tool//evil.example"),
            ("", "/tool", "/tool/\\evil.example", "/tool/\\evil.example"),
            ("", "/tool", "/tool/\t/evil.example", "/tool/\t/evil.example"),
            ("", "/tool", "/tool/\t\\evil.example", "/tool/\t\\evil.example"),
            ("/tool", "/tool", "/tool/a", "/tool/a"),
            ("/flower", "", "/flower/tasks", "/flower/tasks"),
            ("/flower", "", "/tasks", "/tasks"),
            ("", "", "http://127.0.0.1:5555/a", "https://tools.example/a"),
        ] {
            let upstream = format!("http://127.0.0.1:5555{base}");
            for name in ["location", "content-location"] {
                assert_eq!(mapped(path, &upstream, name, said), heard, "{said} of {base} at {path}");
            }
        }
    }

    #[test]
    fn a_refresh_leads_there_too() {
        let refresh = |said| mapped("/flower", "http://127.0.0.1:5555/", "refresh", said);
        assert_eq!(refresh("5; URL='/tasks'"), "5; url=/flower/tasks");
        assert_eq!(refresh("0;url=http://127.0.0.1:5555/x"), "0; url=https://tools.example/flower/x");
        assert_eq!(refresh("5"), "5");
        assert_eq!(refresh("5; url=https://elsewhere.example/"), "5; url=https://elsewhere.example/");
    }

    #[test]
    fn cookies_stay_with_their_app_and_name_no_inner_host() {
        let cookie = |said| mapped("/flower", "http://flower.internal:5555/", "set-cookie", said);
        assert_eq!(cookie("_xsrf=1; Path=/; HttpOnly"), "_xsrf=1; Path=/flower; HttpOnly");
        assert_eq!(cookie("a=b; path=/tasks; Secure"), "a=b; Path=/flower/tasks; Secure");
        assert_eq!(cookie("a=/;b; Domain=.Flower.internal"), "a=/;b");
        assert_eq!(cookie("a=b; Domain=example.com; Path=/flower"), "a=b; Domain=example.com; Path=/flower");
        assert_eq!(cookie("a=b"), "a=b");
    }
}
