//! Connections byte by byte: the [`Tool`] behind the door, and the [`Wire`] that both sides of it hold.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The tool: answers every connection with a script.
pub struct Tool {
    pub(super) address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Tool {
    /// Answers every request with these bytes.
    pub fn answering(bytes: &'static str) -> Self {
        Self::with(move |wire| {
            while wire.read_request().is_some() {
                wire.say(bytes);
            }
        })
    }

    /// `200 hello`.
    pub fn hello() -> Self {
        Self::answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    }

    /// Does this with every connection.
    pub fn with(script: impl Fn(&mut ToolWire) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (script, log) = (Arc::new(script), Arc::clone(&seen));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (script, log) = (Arc::clone(&script), Arc::clone(&log));
                std::thread::spawn(move || script(&mut ToolWire { wire: Wire::of(stream.unwrap()), log }));
            }
        });
        Self { address, seen }
    }

    /// Nobody listens there.
    pub fn absent() -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self { address, seen: Arc::default() }
    }

    /// It takes no connections: those who wait to be taken are as many as may wait, and whoever comes is not answered.
    pub fn deaf() -> Self {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        socket.listen(0).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        let waiting: Vec<TcpStream> =
            std::iter::from_fn(|| TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok()).collect();
        // For as long as the test runs.
        std::mem::forget((socket, waiting));
        Self { address, seen: Arc::default() }
    }

    /// It answers once, and the next request on that connection it hears, closes, and takes no other.
    pub fn once_and_gone() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            drop(listener);
            let mut wire = ToolWire { wire: Wire::of(stream), log };
            wire.read_request();
            wire.say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
            wire.read_request();
        });
        Self { address, seen }
    }

    /// Where it is.
    pub fn upstream(&self) -> doorward_proxy::UpstreamAddress {
        format!("http://{}", self.address).parse().unwrap()
    }

    /// The requests it got: heads with bodies.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// The only request it got.
    pub fn saw(&self) -> String {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:#?}");
        seen[0].clone()
    }
}

/// A connection, as the tool has it.
pub struct ToolWire {
    pub wire: Wire,
    log: Arc<Mutex<Vec<String>>>,
}

impl ToolWire {
    /// Reads and notes a request; `None` when there are no more.
    pub fn read_request(&mut self) -> Option<String> {
        let request = self.wire.read_message(false)?;
        self.log.lock().unwrap().push(request.clone());
        Some(request)
    }

    pub fn say(&mut self, text: &str) {
        self.wire.say(text);
    }
}

/// A raw connection.
pub struct Wire {
    pub stream: TcpStream,
    buffer: Vec<u8>,
}

impl Wire {
    pub fn of(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: Vec::new() }
    }

    pub fn say(&mut self, text: &str) {
        self.say_bytes(text.as_bytes());
    }

    /// Writes; that the other side has gone is for the reading side to notice.
    pub fn say_bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// Some more bytes; false at the end.
    pub fn fill(&mut self) -> bool {
        let mut chunk = [0; 16 * 1024];
        match self.stream.read(&mut chunk) {
            Ok(read @ 1..) => self.buffer.extend_from_slice(&chunk[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => panic!("nothing came for 20 seconds"),
            Ok(_) | Err(_) => return false,
        }
        true
    }

    /// Exactly so many bytes.
    pub fn take(&mut self, length: usize) -> Vec<u8> {
        while self.buffer.len() < length {
            assert!(self.fill(), "the connection ended early: {:?}", String::from_utf8_lossy(&self.buffer));
        }
        self.buffer.drain(..length).collect()
    }

    /// Everything up to and with this text; `None` when the connection ends first.
    pub fn until(&mut self, end: &str) -> Option<String> {
        loop {
            if let Some(at) = self.buffer.windows(end.len()).position(|window| window == end.as_bytes()) {
                return Some(String::from_utf8(self.buffer.drain(..at + end.len()).collect()).unwrap());
            }
            if !self.fill() {
                return None;
            }
        }
    }

    /// Everything until the connection ends.
    pub fn rest(&mut self) -> String {
        while self.fill() {}
        String::from_utf8_lossy(&std::mem::take(&mut self.buffer)).into_owned()
    }

    /// One message, its body joined; `None` when the connection ends instead.
    pub fn read_message(&mut self, bodiless: bool) -> Option<String> {
        let mut message = self.until("\r\n\r\n")?;
        let header = |name: &str| {
            let mut lines = message.lines();
            lines.find_map(|line| line.to_ascii_lowercase().strip_prefix(name).map(|value| value.trim().to_owned()))
        };
        let (length, coding) = (header("content-length:"), header("transfer-encoding:"));
        if bodiless {
            return Some(message);
        }
        if coding.is_some() {
            loop {
                let size = usize::from_str_radix(self.until("\r\n")?.trim(), 16).unwrap();
                message.push_str(&String::from_utf8_lossy(&self.take(size)));
                self.take(2);
                if size == 0 {
                    return Some(message);
                }
            }
        }
        let length = length.map_or(0, |length| length.parse().unwrap());
        message.push_str(&String::from_utf8_lossy(&self.take(length)));
        Some(message)
    }
}
