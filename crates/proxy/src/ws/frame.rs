//! Frames (RFC 6455 section 5): read strictly, written plainly.

use bytes::{Buf, BufMut, BytesMut};

use super::CloseReason;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Opcode {
    fn parse(bits: u8) -> Option<Self> {
        Some(match bits {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    const fn bits(self) -> u8 {
        match self {
            Self::Continuation => 0,
            Self::Text => 1,
            Self::Binary => 2,
            Self::Close => 8,
            Self::Ping => 9,
            Self::Pong => 10,
        }
    }

    pub(crate) const fn is_control(self) -> bool {
        self.bits() >= 8
    }
}

/// One frame, unmasked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) is_final: bool,
    pub(crate) opcode: Opcode,
    pub(crate) payload: BytesMut,
}

/// A longer payload's memory is given back with it, in bytes.
const LARGE: usize = 64 << 10;

/// How frames of one direction must look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// Clients mask, servers must not.
    pub(crate) masked: bool,
    /// The longest payload, in bytes.
    pub(crate) limit: usize,
}

/// What stands before a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) is_final: bool,
    pub(crate) opcode: Opcode,
    /// Of the payload, in bytes.
    pub(crate) length: usize,
    /// Of the head itself, with the mask, in bytes.
    pub(crate) size: usize,
    is_masked: bool,
}

/// The head of the next frame, when it has come; it stays where it is. A frame that will be too long is refused.
pub(crate) fn head(input: &[u8], rules: Rules) -> Result<Option<Head>, CloseReason> {
    let mut head = input;
    if head.len() < 2 {
        return Ok(None);
    }
    let (first, second) = (head.get_u8(), head.get_u8());
    let opcode = Opcode::parse(first & 0x0f).ok_or(CloseReason::PROTOCOL)?;
    let (is_final, is_masked) = (first & 0x80 != 0, second & 0x80 != 0);
    let short = second & 0x7f;
    // The reserved bits have a meaning only with an extension (section 5.2), and none is agreed on.
    if first & 0x70 != 0 || is_masked != rules.masked || (opcode.is_control() && (!is_final || short > 125)) {
        return Err(CloseReason::PROTOCOL);
    }
    let Some(length) = take_length(&mut head, short)? else { return Ok(None) };
    let length =
        usize::try_from(length).ok().filter(|length| *length <= rules.limit.max(125)).ok_or(CloseReason::TOO_LARGE)?;
    let size = input.len() - head.len() + if is_masked { 4 } else { 0 };
    Ok(Some(Head { is_final, opcode, length, size, is_masked }))
}

/// Takes a complete frame from `input`; `None` when there is none yet. A frame that will be too long is refused by its head.
pub(crate) fn take(input: &mut BytesMut, rules: Rules) -> Result<Option<Frame>, CloseReason> {
    let Some(Head { is_final, opcode, length, size, is_masked }) = head(input, rules)? else { return Ok(None) };
    if input.len() < size + length {
        return Ok(None);
    }
    let head = input.split_to(size);
    let mut payload = input.split_to(length);
    if length > LARGE {
        // The rest must not keep all of this one's memory.
        *input = BytesMut::from(&input[..]);
    }
    if is_masked && let Some(mask) = head.last_chunk() {
        apply(*mask, &mut payload);
    }
    Ok(Some(Frame { is_final, opcode, payload }))
}

/// The payload's length, in the shortest of the three forms (section 5.2: "the minimal number of bytes MUST be used").
fn take_length(head: &mut &[u8], short: u8) -> Result<Option<u64>, CloseReason> {
    let (length, least) = match short {
        126 if head.len() >= 2 => (u64::from(head.get_u16()), 126),
        127 if head.len() >= 8 => (head.get_u64(), 1 << 16),
        126 | 127 => return Ok(None),
        _ => (u64::from(short), 0),
    };
    if length < least || length >> 63 != 0 { Err(CloseReason::PROTOCOL) } else { Ok(Some(length)) }
}

fn apply(mask: [u8; 4], payload: &mut [u8]) {
    for (byte, mask) in payload.iter_mut().zip(mask.into_iter().cycle()) {
        *byte ^= mask;
    }
}

/// Writes one whole frame; masked when `mask` is given.
pub(crate) fn write(output: &mut BytesMut, opcode: Opcode, payload: &[u8], mask: Option<[u8; 4]>) {
    put(output, 0x80 | opcode.bits(), payload, mask);
}

/// Writes a frame of a message that has several; not masked.
pub(crate) fn write_part(output: &mut BytesMut, opcode: Opcode, payload: &[u8], is_last: bool) {
    put(output, if is_last { 0x80 } else { 0 } | opcode.bits(), payload, None);
}

fn put(output: &mut BytesMut, first: u8, payload: &[u8], mask: Option<[u8; 4]>) {
    output.reserve(payload.len() + 14);
    output.put_u8(first);
    let masked = if mask.is_some() { 0x80 } else { 0 };
    match payload.len() {
        length @ 0..=125 => output.put_u8(masked | u8::try_from(length).unwrap_or(125)),
        length @ 126..=0xffff => {
            output.put_u8(masked | 0x7e);
            output.put_u16(u16::try_from(length).unwrap_or(u16::MAX));
        }
        length => {
            output.put_u8(masked | 0x7f);
            output.put_u64(length as u64);
        }
    }
    if let Some(mask) = mask {
        output.put_slice(&mask);
    }
    let start = output.len();
    output.put_slice(payload);
    if let (Some(mask), Some(written)) = (mask, output.get_mut(start..)) {
        apply(mask, written);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: Rules = Rules { masked: true, limit: 70_000 };
    const TOOL: Rules = Rules { masked: false, limit: 70_000 };

    #[test]
    fn what_is_written_is_read_whatever_its_length_and_however_it_arrives() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536] {
            for (mask, rules) in [(Some([1, 2, 3, 4]), CLIENT), (None, TOOL)] {
                let payload = vec![7; length];
                let mut wire = BytesMut::new();
                write(&mut wire, Opcode::Text, &payload, mask);
                let mut partial = wire.clone();
                let last = partial.split_off(wire.len() - 1);
                assert_eq!(take(&mut partial, rules), Ok(None));
                partial.unsplit(last);
                let frame = take(&mut partial, rules).unwrap().unwrap();
                assert_eq!((frame.payload.to_vec(), frame.is_final, partial.len()), (payload, true, 0));
            }
        }
    }

    #[test]
    fn frames_that_break_the_rules_close_the_connection() {
        let broken = |bytes: &[u8], rules| take(&mut BytesMut::from(bytes), rules).unwrap_err();
        for (what, bytes) in [
            ("not masked", &[0x81, 1, b'a'][..]),
            ("RSV1", &[0xc1, 0x81, 0, 0, 0, 0, 0]),
            ("RSV2", &[0xa1, 0x81, 0, 0, 0, 0, 0]),
            ("RSV3", &[0x91, 0x81, 0, 0, 0, 0, 0]),
            ("unknown data opcode", &[0x83, 0x80, 0, 0, 0, 0]),
            ("unknown control opcode", &[0x8b, 0x80, 0, 0, 0, 0]),
            ("fragmented ping", &[0x09, 0x80, 0, 0, 0, 0]),
            ("long ping", &[0x89, 0xfe, 0, 126]),
            ("padded 16 bit length", &[0x81, 0xfe, 0, 125]),
            ("padded 64 bit length", &[0x81, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff]),
            ("length past 63 bits", &[0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        ] {
            assert_eq!(broken(bytes, CLIENT), CloseReason::PROTOCOL, "{what}");
        }
        assert_eq!(broken(&[0x81, 0x81, 0, 0, 0, 0, 0], TOOL), CloseReason::PROTOCOL);
    }

    #[test]
    fn a_frame_too_long_is_refused_before_it_arrives() {
        let head = [0x81, 0xff, 0, 0, 0, 0, 0xff, 0, 0, 0];
        assert_eq!(take(&mut BytesMut::from(&head[..]), CLIENT), Err(CloseReason::TOO_LARGE));
    }
}
