//! Bytes both ways, unread: a WebSocket to a tool whose messages no profile reads.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use bytes::Bytes;
use tokio::io::{AsyncWriteExt, copy_bidirectional_with_sizes};
use tokio::net::TcpStream;

use crate::upstream::Link;
use crate::walk::Visit;

/// How much is held for each direction.
const BUFFER: usize = 16 * 1024;

/// Passes bytes until one side ends, the session does, or the door closes.
pub(crate) async fn raw(visit: &Visit, mut client: TcpStream, read_ahead: Bytes, link: Link) {
    let (mut tool, tool_ahead) = link.into_parts();
    let passing = async {
        tool.write_all(&read_ahead).await?;
        client.write_all(&tool_ahead).await?;
        copy_bidirectional_with_sizes(&mut client, &mut tool, BUFFER, BUFFER).await
    };
    let mut passing = pin!(passing);
    let watch = &visit.watch;
    poll_fn(|cx| {
        watch.keep_waker(cx.waker());
        if watch.is_closing() || watch.is_draining() || watch.cut().is_some() {
            return Poll::Ready(());
        }
        // How it ended is of no consequence: both sides are closed either way.
        passing.as_mut().poll(cx).map(drop)
    })
    .await;
}
