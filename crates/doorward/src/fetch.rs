//! Asking somebody on plain HTTP/1.1 one question, on a connection of its own: for commands, and for looking whether a tool is there.
//! The door has its own client.

use bytes::Bytes;
use doorward_http::desk_paths::HEALTH;
use http::header::{ACCEPT, CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_util::task::AbortOnDropHandle;
use url::Url;

/// The longest answer that is read.
const LONGEST: usize = 64 * 1024 * 1024;
/// How long connecting may take.
const CONNECTING: Duration = Duration::from_secs(5);
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: Bytes,
}

/// An answer whose body is still to come, and the connection it comes on.
pub struct Answering {
    pub response: Response<Incoming>,
    connection: AbortOnDropHandle<()>,
}

/// `GET`. Not from within a runtime.
pub fn get(url: &Url) -> Result<Answer, String> {
    wait(url, Method::GET, "")
}

/// Whether a Doorward answers at an address where one could listen.
pub fn finds_doorward(listen: SocketAddr) -> bool {
    let here = if listen.ip().is_unspecified() { SocketAddr::from(([127, 0, 0, 1], listen.port())) } else { listen };
    let Ok(health) = format!("http://{here}{HEALTH}").parse::<Url>() else { return false };
    // On a thread of its own, since some ask from within a runtime. A healthy Doorward answers at once; what else listens there may never.
    let asking = std::thread::spawn(move || wait_for(&health, Method::GET, "", Duration::from_secs(2)));
    asking.join().is_ok_and(|answer| answer.is_ok_and(|answer| is_of_doorward(&answer)))
}

/// Tools have an answer for addresses that they do not know as well, which may be a 200: Dagster's is its page.
fn is_of_doorward(answer: &Answer) -> bool {
    let told: Option<serde_json::Value> = serde_json::from_slice(&answer.body).ok();
    answer.status == 200 && told.is_some_and(|told| told == serde_json::json!({ "status": "ok" }))
}

/// `POST` of JSON. Not from within a runtime.
pub fn post_json(url: &Url, body: &str) -> Result<Answer, String> {
    wait(url, Method::POST, body)
}

fn wait(url: &Url, method: Method, body: &str) -> Result<Answer, String> {
    wait_for(url, method, body, PATIENCE)
}

fn wait_for(url: &Url, method: Method, body: &str, patience: Duration) -> Result<Answer, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    let asking = async { tokio::time::timeout(patience, fetch(url, method, body)).await };
    runtime.block_on(asking).map_err(|_| format!("no answer in {} s", patience.as_secs()))?
}

async fn fetch(url: &Url, method: Method, body: &str) -> Result<Answer, String> {
    if url.scheme() != "http" {
        return Err("only http:// is supported here".into());
    }
    let host = url.host_str().ok_or("the URL has no host")?;
    let address = (host.trim_start_matches('[').trim_end_matches(']'), url.port_or_known_default().unwrap_or(80));
    let connecting = tokio::time::timeout(CONNECTING, TcpStream::connect(address)).await;
    let stream = connecting.map_err(|_| "the connection takes too long")?.map_err(|error| error.to_string())?;
    let authority = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let answering = ask(stream, method, authority, target, body).await?;
    let (head, coming) = answering.response.into_parts();
    let body = Limited::new(coming, LONGEST).collect().await.map_err(|error| error.to_string())?.to_bytes();
    drop(answering.connection);
    Ok(Answer { status: head.status.as_u16(), body })
}

/// Asks on this connection; `authority` is what `Host` says.
pub async fn ask(
    stream: TcpStream,
    method: Method,
    authority: &str,
    target: &str,
    body: &str,
) -> Result<Answering, String> {
    let mut request = Request::builder().method(method).uri(target).header(HOST, authority);
    if let Some(headers) = request.headers_mut() {
        headers.insert(USER_AGENT, HeaderValue::from_static("doorward"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, */*;q=0.5"));
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
        if !body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
    }
    let request = request.body(Full::new(Bytes::copy_from_slice(body.as_bytes()))).map_err(|e| e.to_string())?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|e| with_cause(&e))?;
    let connection = AbortOnDropHandle::new(tokio::spawn(async move { drop(connection.await) }));
    let response = sender.send_request(request).await.map_err(|e| with_cause(&e))?;
    Ok(Answering { response, connection })
}

/// What hyper says of itself says little without what is behind it.
fn with_cause(error: &hyper::Error) -> String {
    let cause = std::error::Error::source(error);
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    /// What is made of this answer.
    fn of(answer: &'static [u8]) -> Result<Answer, String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/path?query", listener.local_addr().unwrap());
        let tool = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = [0; 1024];
            let read = stream.read(&mut head).unwrap();
            assert!(head[..read].starts_with(b"GET /path?query HTTP/1.1\r\nhost: 127.0.0.1:"));
            stream.write_all(answer).unwrap();
        });
        let answer = get(&url.parse().unwrap());
        tool.join().unwrap();
        answer
    }

    #[test]
    fn answers_of_both_framings_are_read() {
        let plain = of(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
        assert_eq!(plain, Ok(Answer { status: 200, body: "hi".into() }));
        let chunked =
            of(b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhi\r\n1\r\n!\r\n0\r\n\r\n");
        assert_eq!(chunked, Ok(Answer { status: 404, body: "hi!".into() }));
    }

    #[test]
    fn what_answers_everything_is_not_taken_for_doorward() {
        let is_taken = |status, body: &'static str| is_of_doorward(&Answer { status, body: body.into() });
        assert!(is_taken(200, "{\"status\":\"ok\"}"));
        for (status, body) in
            [(200, "<!doctype html>"), (200, "{}"), (200, ""), (404, "{\"status\":\"ok\"}"), (200, "\"ok\"")]
        {
            assert!(!is_taken(status, body), "{status} {body}");
        }
    }

    #[test]
    fn what_is_not_http_is_an_error() {
        assert!(of(b"SSH-2.0\r\n\r\n").is_err());
        assert!(of(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nhi").is_err());
    }
}
