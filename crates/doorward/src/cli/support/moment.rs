//! Moments as people write them.

use doorward_domain::Timestamp;

use crate::config::duration;

/// `2026-11-20T12:00:00Z`, `2026-11-20` (its beginning, UTC), or `7d` (so long before now).
pub fn past(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    absolute(text)
        .or_else(|| duration(text, 0).ok().map(|span| now.minus(span)))
        .ok_or_else(|| complaint(text, "7d for seven days ago"))
}

/// `2026-11-20T12:00:00Z`, `2026-11-20`, or `7d` (so long after now).
pub fn future(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    absolute(text)
        .or_else(|| duration(text, 0).ok().map(|span| now.plus(span)))
        .ok_or_else(|| complaint(text, "7d for seven days from now"))
}

/// A moment in the zone of whoever reads, to the second: `2026-11-20 13:00:00 +01:00`.
pub fn local(moment: Timestamp) -> String {
    let here = chrono::DateTime::from_timestamp_millis(moment.as_millis()).map(|utc| utc.with_timezone(&chrono::Local));
    here.map_or_else(|| moment.to_string(), |here| here.format("%Y-%m-%d %H:%M:%S %:z").to_string())
}

fn absolute(text: &str) -> Option<Timestamp> {
    text.parse().or_else(|_| format!("{text}T00:00:00Z").parse()).ok()
}

fn complaint(text: &str, relative: &str) -> String {
    format!("`{text}` is not a time; write 2026-11-20T12:00:00Z, 2026-11-20, or {relative}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_dates_times_or_spans() {
        let now = "2026-11-20T12:00:00Z".parse().expect("a time");
        assert_eq!(past("2026-11-20", now).map(|t| t.to_string()), Ok("2026-11-20T00:00:00Z".into()));
        assert_eq!(past("1h", now).map(|t| t.to_string()), Ok("2026-11-20T11:00:00Z".into()));
        assert_eq!(future("1d", now).map(|t| t.to_string()), Ok("2026-11-21T12:00:00Z".into()));
        assert!(past("yesterday", now).is_err());
    }
}
