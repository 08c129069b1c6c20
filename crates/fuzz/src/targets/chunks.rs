//! The chunked coding: read alike however it comes in, and as the standard says.

use doorward_proxy::fuzzed::chunked;

/// The input begins with how many bytes come at a time.
pub fn read(data: &[u8]) {
    let Some((at_a_time, bytes)) = data.split_first() else { return };
    let whole = chunked(bytes, bytes.len());
    assert_eq!(whole, chunked(bytes, usize::from(at_a_time % 9) + 1), "it makes a difference how the bytes come in");
    if let Some(left) = whole.left {
        let Some((data, rest)) = by_the_standard(bytes) else {
            panic!("it is complete, and the standard does not say so")
        };
        assert_eq!((&whole.data, left), (&data, rest), "another body than the standard says");
    }
    let mut coded = Vec::new();
    for chunk in bytes.chunks(usize::from(*at_a_time) + 1) {
        coded.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        coded.extend_from_slice(chunk);
        coded.extend_from_slice(b"\r\n");
    }
    coded.extend_from_slice(b"0\r\n\r\nrest");
    let again = chunked(&coded, 5);
    assert_eq!((&*again.data, again.left, again.is_refused), (bytes, Some(4), false), "what is coded is read");
}

/// RFC 9112 section 7.1, for a body that is complete: what is in it, and how many bytes are left behind it.
fn by_the_standard(mut bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut data = Vec::new();
    loop {
        let (line, rest) = line(bytes)?;
        let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let size = usize::from_str_radix(std::str::from_utf8(line.get(..digits)?).ok()?, 16).ok()?;
        bytes = rest;
        if size == 0 {
            break;
        }
        let (chunk, rest) = bytes.split_at_checked(size)?;
        data.extend_from_slice(chunk);
        bytes = rest.strip_prefix(b"\r\n")?;
    }
    loop {
        let (trailer, rest) = line(bytes)?;
        bytes = rest;
        if trailer.is_empty() {
            return Some((data, bytes.len()));
        }
    }
}

fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    Some((bytes.get(..end)?, bytes.get(end + 2..)?))
}
