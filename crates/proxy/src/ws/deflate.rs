//! `permessage-deflate` (RFC 7692), reading only, each message on its own.
//!
//! We ask clients not to carry their window from message to message, so nothing is kept between messages, and never compress
//! ourselves, which the extension allows.

use flate2::{Decompress, FlushDecompress, Status};
use std::fmt::Write as _;

use super::CloseReason;

/// Reads a `Sec-WebSocket-Extensions` offer; the answer to it, when it holds an offer of `permessage-deflate` we can take.
pub(crate) fn negotiate(offers: &str) -> Option<String> {
    offers.split(',').find_map(|offer| {
        let mut parts = offer.split(';').map(str::trim);
        if !parts.next()?.eq_ignore_ascii_case("permessage-deflate") {
            return None;
        }
        let mut answer = "permessage-deflate; client_no_context_takeover; server_no_context_takeover".to_owned();
        let mut seen = Vec::new();
        for parameter in parts {
            let (name, value) =
                parameter.split_once('=').map_or((parameter, None), |(n, v)| (n.trim(), Some(v.trim())));
            let bits =
                value.map(|value| value.trim_matches('"').parse::<u8>().ok().filter(|bits| (8..=15).contains(bits)));
            match (name, bits) {
                ("client_no_context_takeover" | "server_no_context_takeover" | "client_max_window_bits", None)
                | ("client_max_window_bits", Some(Some(_))) => {}
                ("server_max_window_bits", Some(Some(bits))) => {
                    let _ = write!(answer, "; server_max_window_bits={bits}");
                }
                _ => return None,
            }
            if seen.contains(&name) {
                return None;
            }
            seen.push(name);
        }
        Some(answer)
    })
}

/// Inflates one message to at most `limit` bytes.
pub(crate) fn inflate(compressed: &[u8], limit: usize) -> Result<Vec<u8>, CloseReason> {
    // Section 7.2.2: the sender cut this off the end.
    let input = [compressed, &[0, 0, 0xff, 0xff]].concat();
    let mut inflater = Decompress::new(false);
    let mut message = Vec::with_capacity(input.len().saturating_mul(4).min(limit.saturating_add(1)).max(64));
    loop {
        let taken = usize::try_from(inflater.total_in()).unwrap_or(usize::MAX);
        let rest = input.get(taken..).unwrap_or_default();
        let before = message.len();
        let status =
            inflater.decompress_vec(rest, &mut message, FlushDecompress::Sync).map_err(|_| CloseReason::PROTOCOL)?;
        if message.len() > limit {
            return Err(CloseReason::TOO_LARGE);
        }
        let taken_all = usize::try_from(inflater.total_in()).unwrap_or(usize::MAX) >= input.len();
        match status {
            // A final block inside a message is legal; what follows it is not ours to guess.
            Status::StreamEnd if taken_all || rest.len() <= 4 => return Ok(message),
            Status::StreamEnd => return Err(CloseReason::PROTOCOL),
            _ if taken_all && message.len() < message.capacity() => return Ok(message),
            _ if message.len() == before && message.len() < message.capacity() => return Err(CloseReason::PROTOCOL),
            _ => message
                .reserve(message.len().min(limit).max(64).min(limit.saturating_sub(message.len()).saturating_add(1))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use flate2::{Compress, Compression, FlushCompress};

    fn deflated(message: &[u8]) -> Vec<u8> {
        let mut compressed = Vec::with_capacity(message.len() + 1024);
        Compress::new(Compression::best(), false).compress_vec(message, &mut compressed, FlushCompress::Sync).unwrap();
        assert_eq!(compressed.split_off(compressed.len() - 4), [0, 0, 0xff, 0xff]);
        compressed
    }

    #[test]
    fn a_message_is_inflated_whatever_its_length() {
        for length in [0, 1, 63, 64, 65, 1000, 65_536, 1_000_000] {
            let message: Vec<u8> = (0..length).map(|at: usize| u8::try_from(at * at % 251).unwrap()).collect();
            assert_eq!(inflate(&deflated(&message), 1_000_000).as_deref(), Ok(&message[..]), "{length}");
        }
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let bomb = deflated(&vec![0; 10_000_000]);
        assert!(bomb.len() < 20_000);
        assert_eq!(inflate(&bomb, 1_000_000), Err(CloseReason::TOO_LARGE));
    }

    #[test]
    fn what_is_not_deflate_is_an_error() {
        assert_eq!(inflate(&[0xff; 20], 1000), Err(CloseReason::PROTOCOL));
    }

    #[test]
    fn offers_are_taken_only_when_every_parameter_is_understood() {
        let plain = "permessage-deflate; client_no_context_takeover; server_no_context_takeover";
        assert_eq!(negotiate("permessage-deflate; client_max_window_bits").as_deref(), Some(plain));
        assert_eq!(negotiate("x-webkit-deflate-frame, permessage-deflate").as_deref(), Some(plain));
        assert_eq!(
            negotiate("permessage-deflate; server_max_window_bits=12").as_deref(),
            Some(
                "permessage-deflate; client_no_context_takeover; server_no_context_takeover; server_max_window_bits=12"
            )
        );
        for offer in [
            "",
            "foo",
            "permessage-deflate; x",
            "permessage-deflate; server_max_window_bits=99",
            "permessage-deflate; server_max_window_bits",
        ] {
            assert_eq!(negotiate(offer), None, "{offer}");
        }
        assert_eq!(negotiate("permessage-deflate; client_max_window_bits; client_max_window_bits"), None);
    }
}
