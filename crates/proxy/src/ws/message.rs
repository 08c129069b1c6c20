//! Messages out of frames: fragments joined, control frames in between (RFC 6455 section 5.4). One that nobody has to read whole is given
//! out in parts as it comes.

use bytes::{Buf, BytesMut};

use super::CloseReason;
use super::frame::{self, Opcode, Rules};

/// A longer text is not read on a worker, in bytes.
pub(crate) const SHORT: usize = 8 << 10;

/// Something the other side said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Text(String),
    /// Some of a text that is given out as it comes, and whether it is the last; not looked at.
    Part(BytesMut, bool),
    Binary(BytesMut),
    Ping(BytesMut),
    Pong,
    /// With the code it gave.
    Close(Option<u16>),
}

#[derive(Debug)]
struct Partial {
    is_text: bool,
    so_far: BytesMut,
}

/// A message that is given out as it comes.
#[derive(Debug, Default)]
struct Parts {
    /// Of what kind it is, once its first frame has begun.
    is_text: Option<bool>,
    /// Bytes of its current frame that are still to come.
    left: usize,
    is_final: bool,
}

/// Reads one direction of a WebSocket.
#[derive(Debug)]
pub(crate) struct Reader {
    rules: Rules,
    partial: Option<Partial>,
    parts: Option<Parts>,
}

impl Reader {
    pub(crate) fn new(rules: Rules) -> Self {
        Self { rules, partial: None, parts: None }
    }

    /// Gives out the message that has come by half, and what comes of it; only where nothing is masked.
    pub(crate) fn in_parts(&mut self) {
        self.parts = Some(Parts::default());
    }

    /// How much room the message takes that has come by half, as far as is known; else as much as any may.
    pub(crate) fn needs(&self, input: &[u8]) -> usize {
        match frame::head(input, self.rules) {
            Ok(Some(head)) if head.is_final && self.partial.is_none() => head.size + head.length,
            _ => self.rules.limit,
        }
    }

    /// The next event, when it is complete. Every message is within the limit.
    pub(crate) fn next(&mut self, input: &mut BytesMut) -> Result<Option<Event>, CloseReason> {
        if self.parts.is_some()
            && let Some(part) = self.next_part(input)?
        {
            return Ok(Some(part));
        }
        if self.parts.is_some() {
            return Ok(None);
        }
        while let Some(frame) = frame::take(input, self.rules)? {
            let partial = match (frame.opcode, self.partial.take()) {
                (Opcode::Ping | Opcode::Pong | Opcode::Close, partial) => {
                    self.partial = partial;
                    return control(frame.opcode, frame.payload).map(Some);
                }
                (Opcode::Continuation, Some(mut partial)) => {
                    if frame.payload.len() > self.rules.limit.saturating_sub(partial.so_far.len()) {
                        return Err(CloseReason::TOO_LARGE);
                    }
                    partial.so_far.unsplit(frame.payload);
                    partial
                }
                (Opcode::Continuation, None) | (_, Some(_)) => return Err(CloseReason::PROTOCOL),
                (opcode, None) => Partial { is_text: opcode == Opcode::Text, so_far: frame.payload },
            };
            if frame.is_final {
                return self.complete(partial).map(Some);
            }
            self.partial = Some(partial);
        }
        Ok(None)
    }

    /// The next part, or what comes in between; `None` when more has to come, or the message is over.
    fn next_part(&mut self, input: &mut BytesMut) -> Result<Option<Event>, CloseReason> {
        while let Some(parts) = &mut self.parts {
            let partial = self.partial.take().map(|partial| {
                parts.is_text = Some(partial.is_text);
                partial.so_far
            });
            let payload = match partial {
                Some(so_far) => so_far,
                None if parts.left > 0 && input.is_empty() => return Ok(None),
                None if parts.left > 0 => {
                    let payload = input.split_to(parts.left.min(input.len()));
                    parts.left -= payload.len();
                    payload
                }
                None => {
                    let Some(head) = frame::head(input, self.rules)? else { return Ok(None) };
                    if head.opcode.is_control() {
                        let Some(frame) = frame::take(input, self.rules)? else { return Ok(None) };
                        return control(frame.opcode, frame.payload).map(Some);
                    }
                    if (head.opcode == Opcode::Continuation) != parts.is_text.is_some() {
                        return Err(CloseReason::PROTOCOL);
                    }
                    parts.is_text = parts.is_text.or(Some(head.opcode == Opcode::Text));
                    (parts.left, parts.is_final) = (head.length, head.is_final);
                    input.advance(head.size);
                    BytesMut::new()
                }
            };
            let (is_text, is_last) = (parts.is_text == Some(true), parts.left == 0 && parts.is_final);
            if is_last {
                self.parts = None;
            }
            if is_text && (is_last || !payload.is_empty()) {
                return Ok(Some(Event::Part(payload, is_last)));
            }
        }
        Ok(None)
    }

    /// Bytes of a message that has come by half.
    pub(crate) fn held(&self) -> usize {
        self.partial.as_ref().map_or(0, |partial| partial.so_far.len())
    }

    fn complete(&self, partial: Partial) -> Result<Event, CloseReason> {
        let payload = partial.so_far;
        if payload.len() > self.rules.limit {
            return Err(CloseReason::TOO_LARGE);
        }
        if !partial.is_text {
            return Ok(Event::Binary(payload));
        }
        String::from_utf8(payload.into()).map(Event::Text).map_err(|_| CloseReason::NOT_UTF8)
    }
}

fn control(opcode: Opcode, payload: BytesMut) -> Result<Event, CloseReason> {
    match (opcode, payload.as_ref()) {
        (Opcode::Ping, _) => Ok(Event::Ping(payload)),
        (Opcode::Pong, _) => Ok(Event::Pong),
        (_, []) => Ok(Event::Close(None)),
        (_, [high, low, reason @ ..]) => {
            let code = u16::from_be_bytes([*high, *low]);
            // Section 7.4: others are reserved, or must not be sent.
            if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
                return Err(CloseReason::PROTOCOL);
            }
            std::str::from_utf8(reason).map_err(|_| CloseReason::NOT_UTF8)?;
            Ok(Event::Close(Some(code)))
        }
        _ => Err(CloseReason::PROTOCOL),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(first: u8, payload: &[u8]) -> Vec<u8> {
        [&[first, 0x80 | u8::try_from(payload.len()).unwrap(), 0, 0, 0, 0], payload].concat()
    }

    fn read(frames: &[Vec<u8>]) -> Result<Vec<Event>, CloseReason> {
        let mut reader = Reader::new(Rules { masked: true, limit: 20 });
        let mut input = BytesMut::from(frames.concat().as_slice());
        let mut events = Vec::new();
        while let Some(event) = reader.next(&mut input)? {
            events.push(event);
        }
        Ok(events)
    }

    fn text(said: &str) -> Event {
        Event::Text(said.to_owned())
    }

    #[test]
    fn fragments_are_joined_and_control_frames_may_come_between() {
        let events =
            read(&[raw(0x01, b"he"), raw(0x89, b"?"), raw(0x00, b"l"), raw(0x80, b"lo"), raw(0x88, b"")]).unwrap();
        assert_eq!(events, [Event::Ping(BytesMut::from("?")), text("hello"), Event::Close(None)]);
    }

    #[test]
    fn a_character_may_be_cut_by_a_fragment_but_must_be_whole_in_the_end() {
        assert_eq!(read(&[raw(0x01, b"\xc3"), raw(0x80, b"\xa4")]).unwrap(), [text("\u{e4}")]);
        assert_eq!(read(&[raw(0x81, b"\xc3")]), Err(CloseReason::NOT_UTF8));
        assert_eq!(read(&[raw(0x81, b"\xed\xa0\x80")]), Err(CloseReason::NOT_UTF8));
    }

    #[test]
    fn a_compressed_message_is_not_read() {
        // RFC 7692 section 7.2.3.1: "Hello".
        let hello = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        assert_eq!(read(&[raw(0xc1, &hello)]), Err(CloseReason::PROTOCOL));
        assert_eq!(read(&[raw(0x41, &hello[..3]), raw(0x80, &hello[3..])]), Err(CloseReason::PROTOCOL));
        assert_eq!(read(&[raw(0x01, b"a"), raw(0xc0, &hello)]), Err(CloseReason::PROTOCOL));
    }

    #[test]
    fn messages_are_bounded_whatever_they_are_made_of() {
        assert_eq!(read(&[raw(0x01, &[b'a'; 15]), raw(0x80, &[b'a'; 15])]), Err(CloseReason::TOO_LARGE));
    }

    /// What a tool says in these frames, read in parts.
    fn parts(frames: &[Vec<u8>], step: usize) -> Result<(Vec<Event>, Option<Event>), CloseReason> {
        let mut reader = Reader::new(Rules { masked: false, limit: 20 });
        let (mut input, mut events) = (BytesMut::new(), Vec::new());
        for (n, bytes) in frames.concat().chunks(step).enumerate() {
            input.extend_from_slice(bytes);
            if n == 0 {
                assert_eq!(reader.next(&mut input)?, None);
                reader.in_parts();
            }
            while reader.parts.is_some()
                && let Some(event) = reader.next(&mut input)?
            {
                events.push(event);
            }
        }
        Ok((events, reader.next(&mut input)?))
    }

    fn unmasked(first: u8, payload: &[u8]) -> Vec<u8> {
        [&[first, u8::try_from(payload.len()).unwrap()], payload].concat()
    }

    #[test]
    fn a_message_in_parts_is_what_came_and_the_next_is_whole_again() {
        let frames = [
            unmasked(0x01, b"hel"),
            unmasked(0x00, b""),
            unmasked(0x89, b"?"),
            unmasked(0x80, b"lo, world"),
            unmasked(0x81, b"next"),
        ];
        for step in [1, 2, 4, 7] {
            let (events, next) = parts(&frames, step).unwrap();
            let (mut said, mut lasts) = (Vec::new(), 0);
            for event in &events {
                match event {
                    Event::Part(part, is_last) => {
                        said.extend_from_slice(part);
                        lasts += usize::from(*is_last);
                    }
                    other => assert_eq!(*other, Event::Ping(BytesMut::from("?"))),
                }
            }
            assert_eq!((&*said, lasts, next), (&b"hello, world"[..], 1, Some(text("next"))), "in steps of {step}");
            assert!(matches!(events.last(), Some(Event::Part(_, true))));
        }
    }

    #[test]
    fn of_a_binary_message_in_parts_nothing_is_given_out() {
        let (events, next) =
            parts(&[unmasked(0x02, b"ab"), unmasked(0x80, b"cd"), unmasked(0x81, b"next")], 1).unwrap();
        assert_eq!((events.as_slice(), next), (&[][..], Some(text("next"))));
    }

    #[test]
    fn parts_out_of_order_close_the_connection() {
        for frames in [[unmasked(0x80, b"ab"), Vec::new()], [unmasked(0x01, b"ab"), unmasked(0x81, b"c")]] {
            assert_eq!(parts(&frames, 1).unwrap_err(), CloseReason::PROTOCOL);
        }
    }

    #[test]
    fn messages_out_of_order_close_the_connection() {
        assert_eq!(read(&[raw(0x80, b"a")]), Err(CloseReason::PROTOCOL));
        assert_eq!(read(&[raw(0x01, b"a"), raw(0x81, b"b")]), Err(CloseReason::PROTOCOL));
    }

    #[test]
    fn a_close_frame_has_a_code_that_may_be_sent() {
        assert_eq!(read(&[raw(0x88, &[0x03, 0xe8])]).unwrap(), [Event::Close(Some(1000))]);
        for payload in [&[3][..], &[0x03, 0xed], &[0, 0], &[0x03, 0xec], &[0xff, 0xff]] {
            assert_eq!(read(&[raw(0x88, payload)]), Err(CloseReason::PROTOCOL), "{payload:?}");
        }
        assert_eq!(read(&[raw(0x88, &[0x03, 0xe8, 0xff])]), Err(CloseReason::NOT_UTF8));
    }
}
