//! A tool's answer without a connection, see [`crate::fuzzed`].

use bytes::BytesMut;
use http::{HeaderMap, Method};

use super::chunked::{Chunked, Piece};
use super::head::take_head;

/// A chunked body, as far as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// What is in it.
    pub data: Vec<u8>,
    /// Whether it is complete: then this many bytes behind it are left.
    pub left: Option<usize>,
    /// Whether it was refused.
    pub is_refused: bool,
}

/// Reads a chunked body from bytes that come so many at a time.
pub fn chunked(bytes: &[u8], at_a_time: usize) -> Body {
    let (mut input, mut chunked) = (BytesMut::new(), Chunked::new());
    let mut body = Body { data: Vec::new(), left: None, is_refused: false };
    let mut pieces = bytes.chunks(at_a_time.max(1));
    let mut unread = bytes.len();
    loop {
        match chunked.next(&mut input) {
            Ok(Piece::Data(data)) => body.data.extend_from_slice(&data),
            Ok(Piece::End) => {
                body.left = Some(unread + input.len());
                return body;
            }
            Ok(Piece::More) => match pieces.next() {
                Some(piece) => {
                    input.extend_from_slice(piece);
                    unread -= piece.len();
                }
                None => return body,
            },
            Err(_) => {
                body.is_refused = true;
                return body;
            }
        }
    }
}

/// A head that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRead {
    /// The status.
    pub status: u16,
    /// What is for the client.
    pub headers: HeaderMap,
    /// Where the body ends, in words.
    pub framing: String,
    /// Whether the connection may carry another request.
    pub keeps_open: bool,
    /// How many bytes are left behind it.
    pub left: usize,
}

/// Reads the head of an answer to a request by this method; `None` when it is not complete.
pub fn answer_head(bytes: &[u8], method: &Method) -> Result<Option<AnswerRead>, &'static str> {
    let mut input = BytesMut::from(bytes);
    let head = take_head(&mut input, method, 16 * 1024)?;
    Ok(head.map(|head| AnswerRead {
        status: head.status.as_u16(),
        headers: head.headers,
        framing: format!("{:?}", head.framing),
        keeps_open: head.keeps_open,
        left: input.len(),
    }))
}
