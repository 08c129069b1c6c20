//! The session cookie (RFC 6265bis): `__Host-doorward` over https, `doorward` over http. Never with a domain.

use doorward_domain::Secret;
use doorward_service::{Client, login::Opened};
use http::{HeaderMap, HeaderValue, header::COOKIE};
use std::time::Duration;

const OVER_HTTPS: &str = "__Host-doorward";
const OVER_HTTP: &str = "doorward";

/// The session token the browser sent. Over https only the `__Host-` cookie counts: the other can be planted by a neighbouring
/// subdomain. Two different values of the same name count as none: one of them was planted.
pub(crate) fn read(headers: &HeaderMap, client: &Client) -> Option<Secret> {
    let wanted = name(client);
    let mut found: Option<&str> = None;
    for header in headers.get_all(COOKIE) {
        let Ok(text) = header.to_str() else { continue };
        for (name, value) in text.split(';').filter_map(|pair| pair.trim().split_once('=')) {
            if name == wanted && found.is_some_and(|other| other != value) {
                return None;
            }
            if name == wanted {
                found = Some(value);
            }
        }
    }
    found.filter(|value| !value.is_empty()).map(|value| Secret::new(value.to_owned()))
}

/// Sets the cookie for as long as the session just opened can live. `None` only for a token that cannot stand in a header.
pub(crate) fn opened(opened: &Opened, client: &Client) -> Option<HeaderValue> {
    of_token(&opened.cookie, opened.session.expires_at.since(opened.session.created_at), client)
}

fn of_token(token: &Secret, lifetime: Duration, client: &Client) -> Option<HeaderValue> {
    let secure = if client.secure { "; Secure" } else { "" };
    let seconds = lifetime.as_secs();
    let text = format!("{}={}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}", name(client), token.expose());
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Clears both names.
pub(crate) const CLEARED: [HeaderValue; 2] = [
    HeaderValue::from_static("__Host-doorward=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"),
    HeaderValue::from_static("doorward=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"),
];

fn name(client: &Client) -> &'static str {
    if client.secure { OVER_HTTPS } else { OVER_HTTP }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(secure: bool) -> Client {
        Client { ip: [127, 0, 0, 1].into(), secure, host: "door.test".into() }
    }

    fn sent(values: &[&'static str], secure: bool) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(COOKIE, HeaderValue::from_static(value));
        }
        read(&headers, &client(secure)).map(|token| token.expose().to_owned())
    }

    #[test]
    fn the_cookie_is_found_among_the_tools_own() {
        assert_eq!(sent(&["a=b; doorward=token; c=d"], false).as_deref(), Some("token"));
        assert_eq!(sent(&["a=b", "__Host-doorward=token"], true).as_deref(), Some("token"));
    }

    #[test]
    fn over_https_only_the_host_cookie_counts_and_over_http_only_the_other() {
        assert_eq!(sent(&["doorward=planted"], true), None);
        assert_eq!(sent(&["__Host-doorward=planted"], false), None);
    }

    #[test]
    fn two_different_values_are_none() {
        assert_eq!(sent(&["doorward=one; doorward=two"], false), None);
        assert_eq!(sent(&["doorward=one", "doorward=two"], false), None);
        assert_eq!(sent(&["doorward=one; doorward=two; doorward=one"], false), None);
        assert_eq!(sent(&["doorward=same", "doorward=same"], false).as_deref(), Some("same"));
    }

    #[test]
    fn an_empty_value_is_none() {
        assert_eq!(sent(&["doorward="], false), None);
    }

    #[test]
    fn the_cookie_lives_as_long_as_the_session_and_never_names_a_domain() {
        let token = Secret::new("token".into());
        let set = |secure| {
            let value = of_token(&token, Duration::from_mins(1), &client(secure));
            value.unwrap().to_str().unwrap().to_owned()
        };
        insta::assert_snapshot!(set(true), @"__Host-doorward=token; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure");
        insta::assert_snapshot!(set(false), @"doorward=token; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
    }
}
