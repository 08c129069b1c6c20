//! Setting and clearing the session cookie (RFC 6265bis). Never with a domain. How it is called and read is told in `crates/http`.

use axum::response::AppendHeaders;
use doorward_domain::Secret;
use doorward_http::CookieName;
use doorward_service::{
    Client,
    sign_in::{hand_over::Entered, login::IssuedSession},
};
use http::{HeaderName, HeaderValue, header::SET_COOKIE};
use std::time::Duration;

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// What it is called for this client.
pub(crate) fn name(client: &Client) -> CookieName {
    CookieName::of(client.secure, &client.host)
}

/// Sets the cookie for as long as the session just opened can live. `None` only for a token that cannot stand in a header.
pub(crate) fn opened(opened: &IssuedSession, client: &Client) -> Option<HeaderValue> {
    of_token(&opened.cookie, opened.session.expires_at.since(opened.session.created_at), client)
}

/// Sets the cookie to a way into the apps at this host.
pub(crate) fn entered(entered: &Entered, client: &Client) -> Option<HeaderValue> {
    of_token(&entered.token, entered.lifetime, client)
}

/// How long a browser keeps its mark: whoever takes longer to sign in is asked once more.
const MARK: Duration = Duration::from_hours(24);

/// Marks the browser, for the time that somebody signs in at the desk's host.
pub(crate) fn marked(mark: &str, client: &Client) -> Option<HeaderValue> {
    let mark = Secret::new(mark.to_owned());
    set(&doorward_http::cookie::mark_name(name(client)), &mark, MARK, client)
}

fn of_token(token: &Secret, lifetime: Duration, client: &Client) -> Option<HeaderValue> {
    set(&name(client).to_string(), token, lifetime, client)
}

fn set(name: &str, value: &Secret, lifetime: Duration, client: &Client) -> Option<HeaderValue> {
    let secure = if client.secure { "; Secure" } else { "" };
    let seconds = lifetime.as_secs();
    let text = format!("{name}={}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}", value.expose());
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Clears it: the one of this connection, and over https the one that may be left from before. What the browser keeps of the tools'
/// pages goes too, so that Back shows none of it to whoever sits there next (where a browser heeds that: over https and on loopback).
pub(crate) fn cleared(client: &Client) -> AppendHeaders<Vec<(HeaderName, HeaderValue)>> {
    let plain = CookieName::of(false, &client.host);
    let texts = [
        client.secure.then(|| format!("{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure", CookieName::Secure)),
        Some(format!("{plain}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")),
    ];
    let values = texts.into_iter().flatten().filter_map(|text| HeaderValue::try_from(text).ok());
    let cookies = values.map(|value| (SET_COOKIE, value));
    AppendHeaders(cookies.chain([(CLEAR_SITE_DATA, HeaderValue::from_static("\"cache\""))]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(secure: bool) -> Client {
        Client { ip: [127, 0, 0, 1].into(), secure, host: "door.test:3000".into() }
    }

    #[test]
    fn the_cookie_lives_as_long_as_the_session_and_never_names_a_domain() {
        let token = Secret::new("token".into());
        let set = |secure| {
            let value = of_token(&token, Duration::from_mins(1), &client(secure));
            value.unwrap().to_str().unwrap().to_owned()
        };
        insta::assert_snapshot!(set(true), @"__Host-doorward=token; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure");
        insta::assert_snapshot!(set(false), @"doorward-3000=token; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
    }
}
