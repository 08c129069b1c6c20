//! Frames of a WebSocket: read alike however they come in, and never more than was allowed.

use doorward_proxy::fuzzed::{frames, written};

const LIMIT: usize = 300;

/// The input begins with whether frames must be masked and how many bytes come at a time.
pub fn read(data: &[u8]) {
    let Some(([masked, at_a_time], bytes)) = data.split_first_chunk() else { return };
    let masked = masked & 1 == 1;
    let whole = frames(bytes, masked, LIMIT, bytes.len());
    let pieces = frames(bytes, masked, LIMIT, usize::from(*at_a_time % 9) + 1);
    assert_eq!(whole, pieces, "it makes a difference how the bytes come in");
    for frame in &whole.frames {
        assert!(frame.payload.len() <= LIMIT, "longer than allowed");
        let is_control = ["Close", "Ping", "Pong"].contains(&frame.opcode.as_str());
        assert!(!is_control || (frame.is_final && frame.payload.len() <= 125), "a control frame in pieces: {frame:?}");
    }
    let mask = masked.then_some([0x5a, 0, 0xff, 1]);
    let payload = bytes.get(..bytes.len().min(LIMIT)).unwrap_or_default();
    let again = frames(&written(payload, mask), masked, LIMIT, 3);
    let payloads: Vec<&[u8]> = again.frames.iter().map(|frame| &*frame.payload).collect();
    assert_eq!((payloads, again.is_refused), (vec![payload], false), "what is written is read");
    assert!(frames(&written(payload, mask), !masked, LIMIT, 3).frames.is_empty(), "a frame of the other side is read");
}
