//! Long messages of tools on sockets that are read: they arrive, and few are held at once, however many sockets nobody reads.

use doorward_domain::Role;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::frames::{accept, masked, plain, read};
use crate::harness::{Person, TestDoor, Tool, Wire, status};

const MIB: usize = 1 << 20;
const LEGACY: &str = "graphql-ws";
const MODERN: &str = "graphql-transport-ws";

/// A message with so many bytes of a log, and a permission flag after them.
fn message(bytes: usize) -> String {
    format!(
        r#"{{"type":"data","id":"1","payload":{{"data":{{"pipelineRunLogs":{{"x":"{}","canBulkTerminate":true}}}}}}}}"#,
        "y".repeat(bytes)
    )
}

/// A tool that answers an operation with one such message, and what it could say of them.
fn telling(bytes: usize) -> (Tool, Arc<AtomicUsize>) {
    let said = Arc::new(AtomicUsize::new(0));
    let told = Arc::clone(&said);
    let tool = Tool::with(move |wire| {
        accept(wire);
        read(&mut wire.wire);
        for part in plain(0x81, message(bytes).as_bytes()).chunks(64 << 10) {
            if wire.wire.stream.write_all(part).is_err() {
                return;
            }
            told.fetch_add(part.len(), Ordering::Relaxed);
        }
        wire.wire.say_bytes(&plain(0x81, br#"{"type":"complete","id":"1"}"#));
        while wire.wire.fill() {}
    });
    (tool, said)
}

/// A socket of this person on which this was asked for.
async fn asks(door: &TestDoor, person: &Person, protocol: &str, fields: &str) -> Wire {
    let mut wire = door.connect();
    wire.say(&format!(
        "GET /graphql HTTP/1.1\r\nHost: door\r\n{}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://door\r\nSec-WebSocket-Protocol: {protocol}\r\n\r\n",
        person.cookie()
    ));
    let kind = if protocol == MODERN { "subscribe" } else { "start" };
    let query = format!(r#"subscription {{ pipelineRunLogs(runId: \"r\") {{ {fields} }} }}"#);
    let start = format!(r#"{{"type":"{kind}","id":"1","payload":{{"query":"{query}"}}}}"#);
    let opening = tokio::task::spawn_blocking(move || {
        let head = wire.until("\r\n\r\n").unwrap();
        assert_eq!(status(&head), 101, "{head}");
        wire.say_bytes(&masked(0x81, start.as_bytes()));
        wire
    });
    opening.await.unwrap()
}

/// The next message, of however many frames.
async fn hears(mut wire: Wire) -> (Wire, String) {
    let hearing = tokio::task::spawn_blocking(move || {
        let mut whole = Vec::new();
        loop {
            let (first, _, mut payload) = read(&mut wire);
            assert!(matches!((first & 0x0f, whole.is_empty()), (1, true) | (0, false)), "frame {first:x}");
            whole.append(&mut payload);
            if first & 0x80 != 0 {
                return (wire, String::from_utf8(whole).unwrap());
            }
        }
    });
    tokio::time::timeout(Duration::from_secs(20), hearing).await.expect("in time").unwrap()
}

#[tokio::test]
async fn a_long_message_arrives_and_what_follows_it() {
    let (tool, _) = telling(3 * MIB);
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let long = message(3 * MIB);
    let lowered = long.replace("true", "false");
    let modern = |text: &str| {
        let payload = text.strip_prefix(r#"{"type":"data","id":"1","payload":"#).unwrap();
        format!(r#"{{"id":"1","type":"next","payload":{payload}"#)
    };
    for (protocol, fields, expected) in [
        (LEGACY, "__typename", long.clone()),
        (LEGACY, "canBulkTerminate", lowered.clone()),
        (MODERN, "__typename", modern(&long)),
        (MODERN, "canBulkTerminate", modern(&lowered)),
    ] {
        let (wire, said) = hears(asks(&door, &ada, protocol, fields).await).await;
        assert!(said == expected, "{protocol} {fields}: {} bytes", said.len());
        let (_, over) = hears(wire).await;
        assert!(over.contains(r#""complete""#), "{over}");
    }
}

#[tokio::test]
async fn sockets_that_nobody_reads_hold_few_long_messages_and_keep_nobody_from_theirs() {
    let (tool, said) = telling(15 * MIB);
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let (ada, bob) = (door.sign_in("ada", Role::Viewer).await, door.sign_in("bob", Role::Viewer).await);
    let mut unread = Vec::new();
    for n in 0..24 {
        let (protocol, fields) = [(LEGACY, "__typename"), (MODERN, "__typename"), (LEGACY, "canBulkTerminate")][n % 3];
        unread.push(asks(&door, &ada, protocol, fields).await);
    }
    let (mut before, began) = (usize::MAX, Instant::now());
    while before != said.load(Ordering::Relaxed) && began.elapsed() < Duration::from_secs(15) {
        before = said.load(Ordering::Relaxed);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    // Some five megabytes of each are in the kernel.
    let taken = said.load(Ordering::Relaxed) / MIB;
    assert!(taken < 200, "{taken} MB of 360 were taken from the tool");
    let (_, heard) = hears(asks(&door, &bob, MODERN, "canBulkTerminate").await).await;
    assert!(heard.len() > 15 * MIB && heard.contains(r#""canBulkTerminate":false"#));
    drop(unread);
}
