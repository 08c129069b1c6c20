//! Whether a page's own content security policies let our script run, and how (CSP level 3, sections 6.7 and 8).
//!
//! The policies are never changed. Where they leave no way the page gets no menu. What is not understood leaves no way either.

use http::HeaderMap;
use http::header::CONTENT_SECURITY_POLICY;

/// How our script may be named in a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// As any script of this origin.
    Plain,
    /// With the page's own nonce.
    Nonce(String),
}

/// All policies of a page; it has to satisfy each.
#[derive(Debug, Default)]
pub(super) struct Policies(Vec<Policy>);

/// What one policy says about a script of our own address.
#[derive(Debug, Default)]
struct Policy {
    /// Whether it may run without a nonce.
    is_free: bool,
    /// With which it may run.
    nonces: Vec<String>,
}

/// The address our script has: that of the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'a> {
    pub(super) secure: bool,
    /// With the port, if the browser writes one.
    pub(super) host: &'a str,
}

impl Policies {
    /// Those of an answer's headers.
    pub(super) fn of(headers: &HeaderMap, origin: Origin<'_>) -> Self {
        let mut policies = Self::default();
        for value in headers.get_all(CONTENT_SECURITY_POLICY) {
            match value.to_str() {
                // One header may hold several policies.
                Ok(text) => text.split(',').for_each(|policy| policies.add(policy, origin)),
                Err(_) => policies.add_unreadable(),
            }
        }
        policies
    }

    /// One more, of a header or of the page's own text.
    pub(super) fn add(&mut self, text: &str, origin: Origin<'_>) {
        self.0.push(Policy::parse(text, origin));
    }

    /// One more that nobody can read: nothing may run.
    pub(super) fn add_unreadable(&mut self) {
        self.0.push(Policy::default());
    }

    /// The way that satisfies all.
    pub(super) fn way(&self) -> Option<Way> {
        if self.0.iter().all(|policy| policy.is_free) {
            return Some(Way::Plain);
        }
        let mut offered = self.0.iter().flat_map(|policy| &policy.nonces);
        let fits = |nonce: &&String| self.0.iter().all(|policy| policy.is_free || policy.nonces.contains(nonce));
        offered.find(fits).cloned().map(Way::Nonce)
    }
}

impl Policy {
    fn parse(text: &str, origin: Origin<'_>) -> Self {
        let directives = || {
            text.split(';').filter_map(|directive| {
                let mut words = directive.split_ascii_whitespace();
                words.next().map(|name| (name, words))
            })
        };
        // Of several with one name the first counts.
        let named =
            |wanted: &str| directives().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, words)| words);
        if let Some(allowed) = named("sandbox") {
            // Without its own origin our script could not ask who is signed in.
            let allows = |token: &str| allowed.clone().any(|word| word.eq_ignore_ascii_case(token));
            if !allows("allow-scripts") || !allows("allow-same-origin") {
                return Self::default();
            }
        }
        let sources = named("script-src-elem").or_else(|| named("script-src")).or_else(|| named("default-src"));
        let Some(sources) = sources else { return Self { is_free: true, nonces: Vec::new() } };
        let trusts_only_nonces = sources.clone().any(|source| source.eq_ignore_ascii_case("'strict-dynamic'"));
        Self {
            is_free: !trusts_only_nonces && sources.clone().any(|source| covers(source, origin)),
            nonces: sources.filter_map(nonce_of).collect(),
        }
    }
}

/// Whether a source stands for our origin. Host patterns are not read: a page with one of those names itself in another way too.
fn covers(source: &str, origin: Origin<'_>) -> bool {
    let source = source.to_ascii_lowercase();
    let scheme = if origin.secure { "https" } else { "http" };
    match source.as_str() {
        "'self'" | "*" | "http:" => true,
        "https:" => origin.secure,
        other => {
            other.strip_prefix(scheme).and_then(|rest| rest.strip_prefix("://")).unwrap_or(other)
                == origin.host.to_ascii_lowercase()
        }
    }
}

/// The value of `'nonce-…'`, if it is one: it is written into the page, so nothing but the letters of base64 will do.
fn nonce_of(source: &str) -> Option<String> {
    let (prefix, rest) = source.split_at_checked("'nonce-".len())?;
    let value = rest.strip_suffix('\'').filter(|_| prefix.eq_ignore_ascii_case("'nonce-"))?;
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_' | '=');
    (!value.is_empty() && value.chars().all(is_base64)).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: Origin<'_> = Origin { secure: false, host: "door:3000" };

    fn way(policies: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for policy in policies {
            headers.append(CONTENT_SECURITY_POLICY, policy.parse().unwrap());
        }
        match Policies::of(&headers, PAGE).way() {
            None => "none".to_owned(),
            Some(Way::Plain) => "plain".to_owned(),
            Some(Way::Nonce(nonce)) => format!("nonce {nonce}"),
        }
    }

    #[test]
    fn dagsters_policy_leaves_its_nonce() {
        let dagster = "base-uri 'none'; object-src 'none'; script-src 'nonce-0a1B' 'unsafe-inline' https: http: 'strict-dynamic'; style-src 'unsafe-inline' 'self'";
        assert_eq!(way(&[dagster]), "nonce 0a1B");
    }

    #[test]
    fn a_page_that_trusts_its_own_scripts_trusts_ours() {
        for policy in [
            "",
            "img-src 'none'",
            "script-src 'self'",
            "default-src 'self'",
            "script-src *",
            "script-src http:",
            "script-src door:3000",
            "SCRIPT-SRC HTTP://DOOR:3000",
            "default-src 'none'; script-src-elem 'SELF'",
            "script-src 'self' 'nonce-x' 'sha256-abc'",
            "sandbox allow-scripts allow-same-origin",
        ] {
            assert_eq!(way(&[policy]), "plain", "{policy}");
        }
        assert_eq!(way(&[]), "plain");
    }

    #[test]
    fn where_a_policy_leaves_no_way_there_is_none() {
        for policy in [
            "default-src 'none'",
            "script-src 'none'",
            "script-src",
            "script-src 'self'; script-src-elem 'none'",
            "script-src 'sha256-abc'",
            "script-src 'self' 'strict-dynamic' 'sha256-abc'",
            "script-src 'unsafe-inline'",
            "script-src https:",
            "script-src https://cdn.example",
            "script-src door",
            "script-src 'none'; script-src 'self'",
            "sandbox",
            "sandbox allow-scripts",
            "sandbox allow-same-origin; script-src 'self'",
            "script-src 'nonce-'",
            "script-src 'nonce-\"><script>'",
        ] {
            assert_eq!(way(&[policy]), "none", "{policy}");
        }
    }

    #[test]
    fn every_policy_has_to_be_satisfied() {
        assert_eq!(way(&["script-src 'self'", "script-src 'nonce-a'"]), "nonce a");
        assert_eq!(way(&["script-src 'nonce-a' 'nonce-b'", "script-src 'nonce-b'"]), "nonce b");
        assert_eq!(way(&["script-src 'nonce-a', script-src 'nonce-b'"]), "none");
        assert_eq!(way(&["script-src 'self'", "default-src 'none'"]), "none");
        assert_eq!(way(&["img-src 'none', object-src 'none'"]), "plain");
    }
}
