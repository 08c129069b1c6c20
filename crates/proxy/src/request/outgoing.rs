//! What the tool is sent: the client's request without what is not for the tool, and with who is asking.

use bytes::BytesMut;
use doorward_domain::{GroupName, Permit};
use doorward_http::is_for_the_tool;
use doorward_profile::{BodyKind, HandOver, IdentityHeader};
use http::request::Parts;
use http::{HeaderName, Method};

use super::cleared::Cleared;
use crate::client_info::forwarded::X_FORWARDED_FOR;
use crate::client_info::{ClientInfo, Peer};
use crate::headers::{HeaderRule, header_rule, write_foreign_cookies, write_header};
use crate::menu::Menu;

/// A request about to be written, with the proof that it may be.
pub(crate) struct Outgoing<'a> {
    pub(crate) cleared: &'a Cleared,
    pub(crate) peer: &'a Peer,
    pub(crate) client_info: &'a ClientInfo<'a>,
    pub(crate) parts: &'a Parts,
    /// The lines of cookies for the tool, where they were made already.
    pub(crate) cookies: Option<&'a [u8]>,
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    /// The path that was taken off; empty when none was.
    pub(crate) prefix: &'a str,
    pub(crate) shape: Shape,
    /// Which of the headers that say who is asking it gets.
    pub(crate) hand_over: HandOver,
    /// What the tool's page gets, if a person opens one.
    pub(crate) menu: Option<Box<Menu<'a>>>,
    /// Headers of our own: whole lines.
    pub(crate) extra: &'a str,
}

/// How a request differs from the client's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The client's own, body and all.
    Same,
    /// An upgrade to a WebSocket, passed on as it is.
    Upgrade,
    /// The JSON body is our own.
    OwnBody {
        /// In which language.
        kind: BodyKind,
        /// Whether the answer has to be readable.
        plain_answer: bool,
    },
    /// Our own WebSocket handshake: the client's extensions and protocols are not the tool's business.
    OwnSocket,
}

impl Outgoing<'_> {
    /// Writes request line and headers; framing headers and the empty line follow.
    pub(crate) fn write(&self, out: &mut BytesMut) {
        out.extend_from_slice(self.method.as_str().as_bytes());
        out.extend_from_slice(b" ");
        out.extend_from_slice(self.path.as_bytes());
        if let Some(query) = self.query {
            out.extend_from_slice(b"?");
            out.extend_from_slice(query.as_bytes());
        }
        out.extend_from_slice(b" HTTP/1.1\r\n");
        write_header(out, b"host", self.client_info.host_header.as_bytes());
        self.write_client_headers(out);
        if let Some(menu) = &self.menu {
            menu.write_request(&self.parts.headers, out);
        }
        self.write_provenance(out);
        write_identity(self.cleared.permit(), self.hand_over, out);
        out.extend_from_slice(self.extra.as_bytes());
        match self.shape {
            Shape::Same => {}
            Shape::Upgrade | Shape::OwnSocket => {
                out.extend_from_slice(b"connection: Upgrade\r\nupgrade: websocket\r\n");
            }
            Shape::OwnBody { plain_answer, .. } => {
                out.extend_from_slice(b"content-type: application/json\r\n");
                if plain_answer {
                    out.extend_from_slice(b"accept-encoding: identity\r\n");
                }
            }
        }
    }

    fn write_client_headers(&self, out: &mut BytesMut) {
        for (name, value) in &self.parts.headers {
            match header_rule(name.as_str()) {
                HeaderRule::Pass if !self.replaces(name) && is_for_the_tool(name, value) => {
                    write_header(out, name.as_str().as_bytes(), value.as_bytes());
                }
                HeaderRule::Cookie => match self.cookies {
                    Some(lines) => out.extend_from_slice(lines),
                    None => write_foreign_cookies(value, out),
                },
                HeaderRule::Pass | HeaderRule::Drop => {}
            }
        }
    }

    /// Whether what we send makes the client's header untrue.
    fn replaces(&self, name: &HeaderName) -> bool {
        match self.shape {
            Shape::Same | Shape::Upgrade => self.menu.is_some() && Menu::replaces(name),
            Shape::OwnSocket => name.as_str().starts_with("sec-websocket-"),
            Shape::OwnBody { plain_answer, .. } => match name.as_str() {
                "accept-encoding" => plain_answer,
                "range" | "if-range" | "digest" | "want-digest" => true,
                name => name.starts_with("content-"),
            },
        }
    }

    /// For whom we ask, added to what a trusted proxy said (RFC 7239 section 7.4; de facto `X-Forwarded-*`).
    fn write_provenance(&self, out: &mut BytesMut) {
        out.extend_from_slice(b"x-forwarded-for: ");
        if self.client_info.is_proxied {
            let mut listed = self.parts.headers.get_all(X_FORWARDED_FOR).iter().peekable();
            if listed.peek().is_none() && self.client_info.ip != self.peer.ip {
                // The proxy said it by `Forwarded`, which goes no further.
                out.extend_from_slice(self.client_info.ip.to_string().as_bytes());
                out.extend_from_slice(b", ");
            }
            for earlier in listed {
                out.extend_from_slice(earlier.as_bytes());
                out.extend_from_slice(b", ");
            }
        }
        out.extend_from_slice(self.peer.text.as_bytes());
        out.extend_from_slice(b"\r\n");
        write_header(out, b"x-forwarded-proto", self.client_info.scheme().as_bytes());
        write_header(out, b"x-forwarded-host", self.client_info.host.as_bytes());
        if !self.prefix.is_empty() {
            write_header(out, b"x-forwarded-prefix", self.prefix.as_bytes());
        }
    }
}

/// Who is asking. What is handed over is always there, empty when unknown, so that a tool that trusts it never sees a client's.
fn write_identity(permit: &Permit, hand_over: HandOver, out: &mut BytesMut) {
    if hand_over == HandOver::NONE {
        return;
    }
    let who = permit.who();
    let name = who.name_in_records();
    let email = who.email.as_ref().map_or(&b""[..], |email| email.as_str().as_bytes());
    let mut groups = None;
    for header in IdentityHeader::ALL.into_iter().filter(|header| hand_over.includes(*header)) {
        let value = match header {
            IdentityHeader::RemoteUser | IdentityHeader::ForwardedUser => name.as_bytes(),
            IdentityHeader::RemoteName => who.full_name.as_bytes(),
            IdentityHeader::RemoteEmail | IdentityHeader::ForwardedEmail => email,
            IdentityHeader::RemoteGroups | IdentityHeader::ForwardedGroups => {
                groups.get_or_insert_with(|| joined(&who.groups)).as_bytes()
            }
            IdentityHeader::Role => permit.role().as_str().as_bytes(),
        };
        write_visible(out, header.name().as_bytes(), value);
    }
}

/// With commas, which no name holds.
fn joined(groups: &[GroupName]) -> String {
    groups.iter().map(GroupName::as_str).collect::<Vec<_>>().join(",")
}

/// Writes a value in visible ASCII; every other byte, and `%`, as `%XX`, so that nothing can end the header and nothing is lost.
fn write_visible(out: &mut BytesMut, name: &[u8], value: &[u8]) {
    const HEX: [u8; 16] = *b"0123456789ABCDEF";
    let is_visible = |byte: &u8| (*byte == b' ' || byte.is_ascii_graphic()) && *byte != b'%';
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    if value.iter().all(is_visible) {
        out.extend_from_slice(value);
    } else {
        for &byte in value {
            if is_visible(&byte) {
                out.extend_from_slice(&[byte]);
            } else {
                let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
                out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 15)]);
            }
        }
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_its_header() {
        let mut out = BytesMut::new();
        write_visible(&mut out, b"remote-name", "Ada\r\nDoorward-Role: admin \u{e4}%".as_bytes());
        assert_eq!(out.as_ref(), b"remote-name: Ada%0D%0ADoorward-Role: admin %C3%A4%25\r\n");
    }
}
