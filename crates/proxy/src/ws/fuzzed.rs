//! Frames without a connection, see [`crate::fuzzed`].

use bytes::BytesMut;

use super::frame::{self, Opcode, Rules};

/// A frame, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameRead {
    /// Whether it is the last of its message.
    pub is_final: bool,
    /// What it is, in words.
    pub opcode: String,
    /// Unmasked.
    pub payload: Vec<u8>,
}

/// All frames that some bytes hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FramesRead {
    /// Up to the first that is refused.
    pub frames: Vec<FrameRead>,
    /// Whether one was refused.
    pub is_refused: bool,
}

/// Reads frames from bytes that come so many at a time.
pub fn frames(bytes: &[u8], masked: bool, limit: usize, at_a_time: usize) -> FramesRead {
    let (mut input, mut frames) = (BytesMut::new(), Vec::new());
    for piece in bytes.chunks(at_a_time.max(1)) {
        input.extend_from_slice(piece);
        loop {
            match frame::take(&mut input, Rules { masked, limit }) {
                Ok(Some(frame)) => frames.push(FrameRead {
                    is_final: frame.is_final,
                    opcode: format!("{:?}", frame.opcode),
                    payload: frame.payload.to_vec(),
                }),
                Ok(None) => break,
                Err(_) => return FramesRead { frames, is_refused: true },
            }
        }
    }
    FramesRead { frames, is_refused: false }
}

/// A text frame with this payload.
pub fn written(payload: &[u8], mask: Option<[u8; 4]>) -> Vec<u8> {
    let mut output = BytesMut::new();
    frame::write(&mut output, Opcode::Text, payload, mask);
    output.to_vec()
}
