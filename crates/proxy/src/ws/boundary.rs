//! Where frames end in a stream that is passed on unread, so that a close frame can be put between two of them.
//!
//! Knows the length fields of RFC 6455 section 5.2 and nothing else: extensions change what is in a frame, not how long it is.

/// A place in a stream of frames.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Boundary(At);

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum At {
    /// Between two frames.
    #[default]
    Start,
    /// Before the byte with the mask bit and the short length.
    Length,
    /// In a long length: so many bytes of it are left.
    Extended { left: u8, length: u64, mask: u64 },
    /// So many bytes of mask and payload are left.
    Rest(u64),
}

impl Boundary {
    /// Whether a frame may begin here.
    pub(crate) fn is_between_frames(self) -> bool {
        self.0 == At::Start
    }

    /// Goes on to the end of the frame, or as far as these bytes reach; says how many of them that is.
    pub(crate) fn advance(&mut self, bytes: &[u8]) -> usize {
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            (self.0, rest) = match self.0 {
                At::Start => (At::Length, after),
                At::Length => {
                    let mask = if byte & 0x80 == 0 { 0 } else { 4 };
                    let at = match byte & 0x7f {
                        126 => At::Extended { left: 2, length: 0, mask },
                        127 => At::Extended { left: 8, length: 0, mask },
                        short => At::Rest(mask + u64::from(short)),
                    };
                    (at, after)
                }
                At::Extended { left, length, mask } => {
                    let length = length << 8 | u64::from(byte);
                    let at = match left {
                        0..=1 => At::Rest(length.saturating_add(mask)),
                        _ => At::Extended { left: left - 1, length, mask },
                    };
                    (at, after)
                }
                At::Rest(left) => {
                    let taken = rest.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    (At::Rest(left.saturating_sub(taken as u64)), rest.get(taken..).unwrap_or_default())
                }
            };
            if self.0 == At::Rest(0) {
                self.0 = At::Start;
                break;
            }
        }
        bytes.len() - rest.len()
    }

    /// Goes on over all of these bytes.
    pub(crate) fn pass(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let taken = self.advance(bytes);
            bytes = bytes.get(taken..).unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ws::frame::{self, Opcode};
    use bytes::BytesMut;

    #[test]
    fn every_frame_ends_where_it_was_written_to_end_however_it_arrives() {
        let sizes = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000];
        for mask in [None, Some([1, 2, 3, 4])] {
            let mut stream = BytesMut::new();
            let mut ends = Vec::new();
            for size in sizes {
                frame::write(&mut stream, Opcode::Binary, &vec![b'x'; size], mask);
                ends.push(stream.len());
            }
            for step in [1, 2, 3, 7, 1000, stream.len()] {
                let (mut boundary, mut found, mut at) = (Boundary::default(), Vec::new(), 0);
                for mut part in stream.chunks(step) {
                    while !part.is_empty() {
                        let taken = boundary.advance(part);
                        part = &part[taken..];
                        at += taken;
                        if boundary.is_between_frames() {
                            found.push(at);
                        }
                    }
                }
                assert_eq!(found, ends, "in steps of {step}");
            }
        }
    }

    #[test]
    fn the_longest_length_there_is_stops_nothing() {
        let mut boundary = Boundary::default();
        boundary.pass(&[0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5]);
        assert!(!boundary.is_between_frames());
    }
}
