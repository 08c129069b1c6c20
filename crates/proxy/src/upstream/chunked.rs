//! The chunked transfer coding (RFC 9112 section 7.1), read strictly and piece by piece.
//!
//! Strict: sizes are one to fifteen hexadecimal digits, lines end in CRLF and nothing else. Extensions and trailers are dropped.

use bytes::{Buf, Bytes, BytesMut};

/// The longest chunk-size line or trailer section that is read, in bytes.
const LONGEST_LINE: usize = 8 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Size,
    Data(u64),
    DataEnd,
    Trailers { seen: usize },
    Done,
}

/// A chunked body being read.
#[derive(Debug)]
pub(crate) struct Chunked(State);

/// What the bytes at hand amount to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Some of the body.
    Data(Bytes),
    /// Nothing yet: more bytes are needed.
    More,
    /// The body is complete.
    End,
}

impl Chunked {
    pub(crate) fn new() -> Self {
        Self(State::Size)
    }

    /// Takes what can be taken from `input`.
    pub(crate) fn next(&mut self, input: &mut BytesMut) -> Result<Piece, &'static str> {
        loop {
            match self.0 {
                State::Size => {
                    let Some(line) = take_line(input)? else { return Ok(Piece::More) };
                    let size = parse_size(&line)?;
                    self.0 = if size == 0 { State::Trailers { seen: 0 } } else { State::Data(size) };
                }
                State::Data(left) => {
                    if input.is_empty() {
                        return Ok(Piece::More);
                    }
                    let take = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
                    let left = left.saturating_sub(take as u64);
                    self.0 = if left == 0 { State::DataEnd } else { State::Data(left) };
                    return Ok(Piece::Data(input.split_to(take).freeze()));
                }
                State::DataEnd => {
                    if input.len() < 2 {
                        return Ok(Piece::More);
                    }
                    if !input.starts_with(b"\r\n") {
                        return Err("a chunk does not end where its size says");
                    }
                    input.advance(2);
                    self.0 = State::Size;
                }
                State::Trailers { seen } => {
                    let Some(line) = take_line(input)? else { return Ok(Piece::More) };
                    let seen = seen + line.len();
                    if seen > LONGEST_LINE {
                        return Err("the trailers are too long");
                    }
                    self.0 = if line.is_empty() { State::Done } else { State::Trailers { seen } };
                }
                State::Done => return Ok(Piece::End),
            }
        }
    }
}

/// One line without its CRLF, when it is complete.
fn take_line(input: &mut BytesMut) -> Result<Option<BytesMut>, &'static str> {
    let Some(end) = memchr::memchr(b'\n', input) else {
        return if input.len() > LONGEST_LINE { Err("a line of the chunked coding is too long") } else { Ok(None) };
    };
    if end > LONGEST_LINE {
        return Err("a line of the chunked coding is too long");
    }
    let mut line = input.split_to(end + 1);
    if !line.ends_with(b"\r\n") {
        return Err("a line of the chunked coding ends in a bare LF");
    }
    line.truncate(end.saturating_sub(1));
    if line.iter().any(|b| matches!(b, b'\r' | 0)) {
        return Err("a line of the chunked coding holds control characters");
    }
    Ok(Some(line))
}

fn parse_size(line: &[u8]) -> Result<u64, &'static str> {
    let digits = line.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    let (size, rest) = line.split_at_checked(digits).unwrap_or((line, &[]));
    if size.is_empty() || size.len() > 15 {
        return Err("a chunk size is not a number");
    }
    // After the size only an extension may follow (RFC 9112 section 7.1.1, with its optional white space).
    let rest = rest.trim_ascii_start();
    if !rest.is_empty() && !rest.starts_with(b";") {
        return Err("a chunk size is followed by something else");
    }
    let text = std::str::from_utf8(size).map_err(|_| "a chunk size is not a number")?;
    u64::from_str_radix(text, 16).map_err(|_| "a chunk size is not a number")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads the whole in pieces of `step` bytes: the body and what was left over.
    fn read(text: &[u8], step: usize) -> Result<(Vec<u8>, Vec<u8>, bool), &'static str> {
        let (mut body, mut input, mut chunked) = (Vec::new(), BytesMut::new(), Chunked::new());
        for part in text.chunks(step) {
            input.extend_from_slice(part);
            loop {
                match chunked.next(&mut input)? {
                    Piece::Data(data) => body.extend_from_slice(&data),
                    Piece::More => break,
                    Piece::End => return Ok((body, input.to_vec(), true)),
                }
            }
        }
        Ok((body, input.to_vec(), false))
    }

    #[test]
    fn chunks_are_joined_however_they_arrive() {
        let text = b"5\r\nhello\r\n6;ext=\"x\"\r\n world\r\n0\r\nTrailer: dropped\r\n\r\n";
        for step in 1..text.len() {
            assert_eq!(read(text, step), Ok((b"hello world".to_vec(), Vec::new(), true)), "step {step}");
        }
    }

    #[test]
    fn what_follows_the_body_is_left_on_the_connection() {
        assert_eq!(read(b"1\r\na\r\n0\r\n\r\nHTTP/1.1", 64), Ok((b"a".to_vec(), b"HTTP/1.1".to_vec(), true)));
    }

    #[test]
    fn anything_that_could_be_read_in_two_ways_is_an_error() {
        for text in [
            &b"5\nhello\r\n0\r\n\r\n"[..],
            b"5\r\nhelloX\r\n",
            b"5\r\nhello\n0\r\n\r\n",
            b"+5\r\nhello\r\n",
            b"0x5\r\nhello\r\n",
            b" 5\r\nhello\r\n",
            b"\r\nhello",
            b"5 5\r\nhello\r\n",
            b"-1\r\n",
            b"ffffffffffffffff\r\n",
            b"5\rx\r\nhello\r\n",
            b"0\r\nX: a\n\r\n",
        ] {
            assert!(read(text, 64).is_err(), "{:?}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn endless_extensions_and_trailers_end() {
        let long = [b"5;".to_vec(), vec![b'a'; 10_000]].concat();
        assert!(read(&long, 1000).is_err());
        let trailers = [b"0\r\n".to_vec(), b"A: bbbbbbbbbb\r\n".repeat(1000)].concat();
        assert!(read(&trailers, 1000).is_err());
    }
}
