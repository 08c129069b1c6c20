//! Spans of time as people write them: in configuration, on the command line, in the API.

use std::time::Duration;

/// Reads `500ms`, `30s`, `15m`, `24h`, `7d`.
pub fn duration(text: &str, least_millis: u64) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let millis = match unit.trim() {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(format!("`{text}` is not a duration; write it as 30s, 15m, 24h or 7d")),
    };
    let total = number.parse::<u64>().ok().and_then(|n| n.checked_mul(millis)).filter(|ms| *ms <= 86_400_000 * 36_500);
    match total {
        Some(ms) if ms >= least_millis => Ok(Duration::from_millis(ms)),
        Some(_) => {
            Err(format!("`{text}` is too short; the least is {}", show_duration(Duration::from_millis(least_millis))))
        }
        None => Err(format!("`{text}` is not a duration; write it as 30s, 15m, 24h or 7d")),
    }
}

/// Writes a duration as [`duration`] reads it, in the largest unit that keeps it whole.
pub fn show_duration(span: Duration) -> String {
    let millis = span.as_millis();
    for (unit, size) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)] {
        if millis >= size && millis.is_multiple_of(size) {
            return format!("{}{unit}", millis / size);
        }
    }
    if millis == 0 { "0s".into() } else { format!("{millis}ms") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_back_as_they_are_shown() {
        for text in ["500ms", "30s", "15m", "24h", "7d", "400d", "90m"] {
            let read = duration(text, 0).unwrap();
            assert_eq!(duration(&show_duration(read), 0), Ok(read), "{text}");
        }
        for wrong in ["", "8", "8 hours", "-1s", "1.5h", "99999999999999d", "s", "1w"] {
            assert!(duration(wrong, 0).is_err(), "{wrong}");
        }
    }
}
