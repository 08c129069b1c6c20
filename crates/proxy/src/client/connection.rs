//! One client connection, from accept to close.

use bytes::BytesMut;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::head_room::HeadRoom;
use super::io::ClientIo;
use crate::Limits;
use crate::client_info::Peer;
use crate::deadlines::Deadlines;
use crate::request::{self, ConnectionContext, LastPresented, Prepared, Switch};
use crate::worker::Worker;
use crate::ws::Session;
use crate::ws::endpoint::Endpoint;
use crate::ws::frame::Rules;
use crate::ws::message::Reader;
use crate::ws::tunnel;

/// How long, and for how many bytes, a connection that is over is read on, so that the client gets its last answer instead of a
/// reset (RFC 9112 section 9.6).
const LINGER: (Duration, usize) = (Duration::from_secs(1), 256 * 1024);

/// The largest WebSocket message of a tool that is read whole, and its largest frame, in bytes. The client's limit is its profile's.
const LARGEST_TOOL_MESSAGE: usize = 16 * 1024 * 1024;

/// Serves the connection until it ends.
pub(crate) async fn serve(worker: Rc<Worker>, stream: TcpStream, peer: Peer, deadlines: Rc<Deadlines>) {
    let context = Rc::new(ConnectionContext {
        worker: Rc::clone(&worker),
        deadlines: Rc::clone(&deadlines),
        peer,
        last_presented: LastPresented::default(),
        switch: None.into(),
    });
    let snapshot = worker.shared.snapshot.load_full();
    let head = HeadRoom::new(&worker.shared, context.peer.ip, snapshot.limits.header_bytes);
    let io = ClientIo::new(stream, Rc::clone(&deadlines), head);
    let asked = Rc::clone(&context);
    let service = service_fn(move |request| request::answer(Rc::clone(&asked), request));
    let mut connection = server(&snapshot.limits).serve_connection(io, service);
    let mut told = false;
    let is_aborted = poll_fn(|cx| {
        deadlines.keep_waker(cx.waker());
        if deadlines.is_closing() {
            return Poll::Ready(true);
        }
        if deadlines.is_draining() && !std::mem::replace(&mut told, true) {
            Pin::new(&mut connection).graceful_shutdown();
        }
        // A request that could not be parsed ends in an error here, and its answer still has to reach the client.
        Pin::new(&mut connection).poll(cx).map(|_| false)
    })
    .await;
    let switch = context.switch.borrow_mut().take();
    if !is_aborted {
        let parts = connection.into_parts();
        // A copy, for what has come is a small piece of the buffer that the head was in.
        let read_ahead = BytesMut::from(&parts.read_buf[..]);
        drop(parts.read_buf);
        finish(&context, parts.io.into_stream(), read_ahead, switch).await;
    }
}

fn server(limits: &Limits) -> http1::Builder {
    let mut server = http1::Builder::new();
    let head = limits.header_bytes.max(8192);
    // Not `pipeline_flush`: it holds answers back as long as more has arrived, also when the connection is about to end; and with
    // it the server takes a body's pieces as fast as the tool sends them, however slowly the client reads, and holds them all.
    server.half_close(false).max_buf_size(head).max_header_size(head).writev(true);
    // The default is as many, without an allocation for each request.
    if limits.max_headers != 100 {
        server.max_headers(limits.max_headers);
    }
    server
}

/// After the last answer: another protocol, or goodbye.
async fn finish(context: &ConnectionContext, mut stream: TcpStream, read_ahead: BytesMut, switch: Option<Switch>) {
    match switch {
        Some(Switch::Raw(connection, lasting)) => {
            context.deadlines.goes_on(lasting);
            let mut stream = tunnel::raw(context, stream, read_ahead, connection).await;
            let _ = tokio::time::timeout(LINGER.0, linger(&mut stream)).await;
        }
        Some(Switch::Messages(prepared)) => {
            context.deadlines.goes_on(prepared.lasting.clone());
            let mut stream = Box::pin(open(context, stream, read_ahead, *prepared).run()).await;
            let _ = tokio::time::timeout(LINGER.0, linger(&mut stream)).await;
        }
        None => {
            let _ = tokio::time::timeout(LINGER.0, linger(&mut stream)).await;
        }
    }
}

/// The two sides of a read WebSocket.
fn open(context: &ConnectionContext, client: TcpStream, read_ahead: BytesMut, prepared: Prepared) -> Session<'_> {
    let Prepared { standing, tool, .. } = prepared;
    let from_client = Rules { masked: true, limit: standing.message_limit };
    let from_tool = Rules { masked: false, limit: LARGEST_TOOL_MESSAGE };
    let (tool, tool_ahead) = tool.into_parts();
    let client = Endpoint::new(client, read_ahead, Reader::new(from_client));
    Session::new(context, standing, client, Endpoint::new(tool, tool_ahead, Reader::new(from_tool)))
}

async fn linger(stream: &mut TcpStream) -> io::Result<()> {
    // Where the server has not done so already.
    let _ = stream.shutdown().await;
    let (mut buffer, mut seen) = (vec![0; 8192], 0);
    while seen < LINGER.1 {
        match stream.read(&mut buffer).await? {
            0 => break,
            read => seen += read,
        }
    }
    Ok(())
}
