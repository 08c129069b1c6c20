//! The bytes of a body as text.

use bytes::Bytes;
use flate2::bufread::{GzDecoder, ZlibDecoder};
use http::{HeaderMap, header};
use std::io::{BufRead, Read};

use crate::Misread;

/// A media type without its parameters.
pub fn essence(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

/// Refuses a `charset` other than UTF-8, and a parameter that says it twice.
pub fn only_utf8(content_type: &str) -> Result<(), Misread> {
    let parameters = content_type.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let mut charsets = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    let utf8 = |value: &str| matches!(value.trim().trim_matches('"').to_ascii_lowercase().as_str(), "utf-8" | "utf8");
    match (charsets.next(), charsets.next()) {
        (None, _) => Ok(()),
        (Some((_, value)), None) if utf8(value) => Ok(()),
        _ => Err(Misread::new("bad_charset", "This request is read as UTF-8 only.")),
    }
}

/// The body as text: decompressed within `limit` bytes, UTF-8.
pub fn text_of_body(headers: &HeaderMap, body: Bytes, limit: usize) -> Result<String, Misread> {
    let bytes = decoded(headers, body, limit)?;
    String::from_utf8(bytes).map_err(|_| Misread::new("not_utf8", "The body is not UTF-8."))
}

/// The same without a byte order mark.
pub fn unmarked_text_of_body(headers: &HeaderMap, body: Bytes, limit: usize) -> Result<String, Misread> {
    let mut text = text_of_body(headers, body, limit)?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    Ok(text)
}

/// How long a body of this length may be once it is decoded, if no more than `limit` is let in.
pub fn decoded_length(headers: &HeaderMap, length: usize, limit: usize) -> usize {
    if headers.contains_key(header::CONTENT_ENCODING) {
        RATIO.saturating_mul(length).saturating_add(SMALL).min(limit)
    } else {
        length
    }
}

fn decoded(headers: &HeaderMap, body: Bytes, limit: usize) -> Result<Vec<u8>, Misread> {
    let unknown =
        || Misread::new("content_encoding", "The body's Content-Encoding must be one of gzip, deflate and identity.");
    let mut values = headers.get_all(header::CONTENT_ENCODING).iter();
    let coding = values.next().map_or(Ok("identity"), |value| value.to_str().map_err(|_| unknown()))?;
    if values.next().is_some() {
        return Err(unknown());
    }
    if body.len() > limit {
        return Err(too_large());
    }
    let grown = decoded_length(headers, body.len(), limit);
    match coding.trim().to_ascii_lowercase().as_str() {
        "identity" | "" => Ok(body.into()),
        "gzip" | "x-gzip" => inflate(GzDecoder::new(&body[..]), grown, |decoder| decoder.into_inner()),
        "deflate" => inflate(ZlibDecoder::new(&body[..]), grown, |decoder| decoder.into_inner()),
        _ => Err(unknown()),
    }
}

fn too_large() -> Misread {
    Misread::new("too_large", "The body is too large.")
}

/// What a compressed body may always grow to, in bytes.
const SMALL: usize = 256 << 10;
/// … and how many times its own length beyond that. Text shrinks to a tenth or so; only what repeats itself shrinks to a thousandth.
const RATIO: usize = 40;

/// Never makes more than `limit` bytes, nor far more than came, whatever is promised; nothing may follow the compressed stream.
fn inflate<'b, D: Read>(mut decoder: D, limit: usize, rest: impl FnOnce(D) -> &'b [u8]) -> Result<Vec<u8>, Misread> {
    let broken = || Misread::new("content_encoding", "The compressed body is broken.");
    // Once and for all: what grows by doubling is held twice meanwhile. Pages that are never written to take no memory.
    let mut bytes = Vec::with_capacity(limit);
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    decoder.by_ref().take(bound).read_to_end(&mut bytes).map_err(|_| broken())?;
    if bytes.len() > limit {
        return Err(too_large());
    }
    match rest(decoder).fill_buf() {
        Ok([]) => Ok(bytes),
        _ => Err(broken()),
    }
}
