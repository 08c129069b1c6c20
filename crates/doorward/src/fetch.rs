//! Asking a tool on a private address one question over plain HTTP/1.1. For commands; the door has its own client.

use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;
use url::Url;

/// The longest answer that is read.
const LONGEST: u64 = 64 * 1024 * 1024;
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// `GET`.
pub fn get(url: &Url) -> Result<Answer, String> {
    ask(url, "GET", "")
}

/// `POST` of JSON.
pub fn post_json(url: &Url, body: &str) -> Result<Answer, String> {
    ask(url, "POST", body)
}

fn ask(url: &Url, method: &str, body: &str) -> Result<Answer, String> {
    if url.scheme() != "http" {
        return Err("only http:// is supported here".into());
    }
    let host = url.host_str().ok_or("the URL has no host")?;
    let port = url.port_or_known_default().unwrap_or(80);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let addresses = (bare, port).to_socket_addrs().map_err(|e| e.to_string())?;
    let mut last = "the host has no address".to_owned();
    for address in addresses {
        match TcpStream::connect_timeout(&address, Duration::from_secs(5)) {
            Ok(stream) => {
                return exchange(stream, url, method, body).map_err(|e| e.to_string()).and_then(|raw| parse(&raw));
            }
            Err(error) => last = error.to_string(),
        }
    }
    Err(last)
}

fn exchange(mut stream: TcpStream, url: &Url, method: &str, body: &str) -> std::io::Result<Vec<u8>> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
    let length = body.len();
    // HTTP/1.0 semantics are enough: one answer, ended by its length, its chunks or the connection.
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: doorward\r\nAccept: application/json\r\n{kind}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    let mut raw = Vec::new();
    stream.take(LONGEST).read_to_end(&mut raw)?;
    Ok(raw)
}

fn parse(raw: &[u8]) -> Result<Answer, String> {
    let wrong = || "this is not an HTTP answer".to_owned();
    let end = raw.windows(4).position(|w| w == b"\r\n\r\n").ok_or_else(wrong)?;
    let (head, rest) = raw.split_at(end);
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let mut lines = head.lines();
    let status = lines
        .next()
        .filter(|l| l.starts_with("http/1."))
        .and_then(|l| l.split(' ').nth(1)?.parse().ok())
        .ok_or_else(wrong)?;
    let body = rest.get(4..).unwrap_or_default();
    let chunked = lines
        .filter_map(|l| l.split_once(':'))
        .any(|(name, value)| name == "transfer-encoding" && value.contains("chunked"));
    let body = if chunked { unchunk(body).ok_or_else(wrong)? } else { body.to_vec() };
    Ok(Answer { status, body })
}

/// RFC 9112 section 7.1; extensions and trailers are of no interest here.
fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|w| w == b"\r\n")?;
        let size = std::str::from_utf8(rest.get(..end)?).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        rest = rest.get(end + 2..)?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size.checked_add(2)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_both_framings_are_read() {
        let plain = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
        assert_eq!(parse(plain), Ok(Answer { status: 200, body: b"hi".to_vec() }));
        let chunked = b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhi\r\n1\r\n!\r\n0\r\n\r\n";
        assert_eq!(parse(chunked), Ok(Answer { status: 404, body: b"hi!".to_vec() }));
        assert!(parse(b"SSH-2.0\r\n\r\n").is_err());
        assert!(parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nhi").is_err());
    }
}
