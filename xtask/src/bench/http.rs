//! The least HTTP that the bench needs to sign in and to ask whether somebody is there. Not a client for anything else.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use crate::failure::{Failure, Outcome};

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The head as it came.
    pub head: String,
    /// The body as it came.
    pub body: String,
}

impl Answer {
    /// The value of the first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.trim())
    }
}

/// One request on a connection of its own.
pub fn ask(port: u16, request: &str) -> Outcome<Answer> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(request.as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| Failure::new("an answer without a head"))?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .ok_or_else(|| Failure::new("an answer without a status"))?;
    Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
}

/// A GET.
pub fn get(port: u16, path: &str) -> Outcome<Answer> {
    ask(port, &format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"))
}

/// A POST of JSON.
pub fn post(port: u16, path: &str, json: &str) -> Outcome<Answer> {
    let length = json.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nContent-Type: application/json"
    );
    ask(port, &format!("{head}\r\nContent-Length: {length}\r\n\r\n{json}"))
}
