//! Frames of a WebSocket, written and read by hand.

use base64::Engine as _;
use sha1::{Digest, Sha1};

use crate::harness::{ToolWire, Wire, header};

/// A frame with this first byte, masked with a mask that changes something.
pub fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x5a, 0xa5, 0x01, 0xff];
    let mut frame = head(first, 0x80, payload.len());
    frame.extend(MASK);
    frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

pub fn plain(first: u8, payload: &[u8]) -> Vec<u8> {
    [head(first, 0, payload.len()), payload.to_vec()].concat()
}

pub fn head(first: u8, mask: u8, length: usize) -> Vec<u8> {
    match u16::try_from(length) {
        Ok(short @ 0..126) => vec![first, mask | u8::try_from(short).unwrap()],
        Ok(middle) => [&[first, mask | 0x7e][..], &middle.to_be_bytes()].concat(),
        Err(_) => [&[first, mask | 0x7f][..], &(length as u64).to_be_bytes()].concat(),
    }
}

/// Reads a frame: first byte, whether it was masked, payload.
pub fn read(wire: &mut Wire) -> (u8, bool, Vec<u8>) {
    let start = wire.take(2);
    let length = match start[1] & 0x7f {
        126 => usize::from(u16::from_be_bytes(wire.take(2).try_into().unwrap())),
        127 => usize::try_from(u64::from_be_bytes(wire.take(8).try_into().unwrap())).unwrap(),
        short => usize::from(short),
    };
    let is_masked = start[1] & 0x80 != 0;
    let mask = if is_masked { wire.take(4) } else { vec![0; 4] };
    let payload = wire.take(length).iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
    (start[0], is_masked, payload)
}

/// The text of the next message; a close frame is `close CODE`.
pub fn hear(wire: &mut Wire) -> String {
    let (first, _, payload) = read(wire);
    match first {
        0x81 => String::from_utf8(payload).unwrap(),
        0x88 => format!("close {}", u16::from_be_bytes([payload[0], payload[1]])),
        other => format!("frame {other:x} {payload:?}"),
    }
}

/// Opens a socket as a tool that speaks `graphql-ws`; gives back the request.
pub fn accept(wire: &mut ToolWire) -> String {
    accept_with(wire, "Sec-WebSocket-Protocol: graphql-ws\r\n")
}

/// The same with these headers in the answer.
pub fn accept_with(wire: &mut ToolWire, headers: &str) -> String {
    let request = wire.read_request().unwrap();
    let key = header(&request, "sec-websocket-key").to_owned() + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    let accept = base64::engine::general_purpose::STANDARD.encode(Sha1::digest(key));
    wire.say(&format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n{headers}\r\n"
    ));
    request
}
