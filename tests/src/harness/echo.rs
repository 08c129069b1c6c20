//! A tool that says what it was asked, byte for byte, and answers in whatever way a test wants.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::tool::Tool;

/// A running echo.
#[derive(Debug)]
pub struct Echo {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
    _tool: Tool,
}

/// A request as it came.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The head, without the blank line.
    pub head: String,
    /// How many bytes of body came.
    pub body_length: usize,
    /// The beginning of the body.
    pub body_start: String,
}

impl Seen {
    /// All values of a header, in any spelling of its name.
    pub fn values(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).collect()
    }
}

impl Seen {
    /// Doorward's own question whether the tool is up: it comes from nobody, so it bears no identity, which everything that is
    /// passed on does.
    fn is_probe(&self) -> bool {
        let is_from_nobody = ["Remote-User", "Cookie", "Authorization"].iter().all(|name| self.values(name).is_empty());
        self.head.starts_with("GET ") && self.values("User-Agent") == ["doorward"] && is_from_nobody
    }
}

impl Echo {
    /// Starts one. It answers `/big/N` with N bytes, `/range` with what a range asks of 1,000 bytes, `/drip/N` with an endless
    /// event stream, anything else with 200 and `echo`.
    pub fn start() -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&seen);
        let tool = Tool::start(move |stream| {
            let shared = Arc::clone(&shared);
            async move {
                serve(stream, shared).await;
            }
        });
        Self { port: tool.port, seen, _tool: tool }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Every request so far that was passed on.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("nobody panicked").clone()
    }

    /// The last request.
    pub fn last(&self) -> Seen {
        self.seen().pop().expect("a request came")
    }
}

async fn serve(mut stream: TcpStream, seen: Arc<Mutex<Vec<Seen>>>) -> Option<()> {
    let mut buffer = Vec::new();
    loop {
        let end = read_head(&mut stream, &mut buffer).await?;
        let mut request = Seen { head: String::from_utf8_lossy(&buffer[..end]).into_owned(), ..Seen::default() };
        buffer.drain(..end + 4);
        read_body(&mut stream, &mut buffer, &mut request).await?;
        let path = request.head.split(' ').nth(1).unwrap_or("/").to_owned();
        let range = request.values("range").first().map(|value| (*value).to_owned());
        let is_last = request.values("connection").iter().any(|value| value.eq_ignore_ascii_case("close"));
        if !request.is_probe() {
            seen.lock().expect("nobody panicked").push(request);
        }
        answer(&mut stream, &path, range.as_deref()).await?;
        if is_last {
            return None;
        }
    }
}

async fn read_head(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<usize> {
    loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            return Some(end);
        }
        more(stream, buffer).await?;
    }
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<()> {
    let mut chunk = vec![0_u8; 65_536];
    let count = stream.read(&mut chunk).await.ok()?;
    buffer.extend_from_slice(&chunk[..count]);
    (count > 0).then_some(())
}

async fn read_body(stream: &mut TcpStream, buffer: &mut Vec<u8>, request: &mut Seen) -> Option<()> {
    if request.values("transfer-encoding").iter().any(|value| value.eq_ignore_ascii_case("chunked")) {
        return read_chunks(stream, buffer, request).await;
    }
    let mut left: usize = request.values("content-length").first().and_then(|value| value.parse().ok()).unwrap_or(0);
    while left > 0 {
        if buffer.is_empty() {
            more(stream, buffer).await?;
        }
        let taken = left.min(buffer.len());
        keep(request, &buffer[..taken]);
        buffer.drain(..taken);
        left -= taken;
    }
    Some(())
}

async fn read_chunks(stream: &mut TcpStream, buffer: &mut Vec<u8>, request: &mut Seen) -> Option<()> {
    loop {
        let line = loop {
            if let Some(end) = buffer.windows(2).position(|two| two == b"\r\n") {
                break end;
            }
            more(stream, buffer).await?;
        };
        let size = usize::from_str_radix(std::str::from_utf8(&buffer[..line]).ok()?.trim(), 16).ok()?;
        while buffer.len() < line + 2 + size + 2 {
            more(stream, buffer).await?;
        }
        keep(request, &buffer[line + 2..line + 2 + size]);
        buffer.drain(..line + 2 + size + 2);
        if size == 0 {
            return Some(());
        }
    }
}

fn keep(request: &mut Seen, bytes: &[u8]) {
    request.body_length += bytes.len();
    if request.body_start.len() < 65_536 {
        request.body_start.push_str(&String::from_utf8_lossy(bytes));
    }
}

async fn answer(stream: &mut TcpStream, path: &str, range: Option<&str>) -> Option<()> {
    if let Some(size) = path.strip_prefix("/big/") {
        return big(stream, size.parse().ok()?).await;
    }
    if path.starts_with("/drip") {
        return drip(stream).await;
    }
    let (status, headers, body) = if path == "/range" && range == Some("bytes=10-19") {
        ("206 Partial Content", "Content-Range: bytes 10-19/1000\r\nAccept-Ranges: bytes\r\n", "0123456789")
    } else {
        ("200 OK", "Set-Cookie: tool=1; Path=/\r\n", "echo")
    };
    let text = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Type: text/plain\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(text.as_bytes()).await.ok()
}

async fn big(stream: &mut TcpStream, size: usize) -> Option<()> {
    stream.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n").as_bytes()).await.ok()?;
    let block = vec![b'x'; 65_536];
    let mut left = size;
    while left > 0 {
        let count = left.min(block.len());
        stream.write_all(&block[..count]).await.ok()?;
        left -= count;
    }
    Some(())
}

async fn drip(stream: &mut TcpStream) -> Option<()> {
    stream
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        .await
        .ok()?;
    loop {
        stream.write_all(b"9\r\ndata: x\n\n\r\n").await.ok()?;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}
