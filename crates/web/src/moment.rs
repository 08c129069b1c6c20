//! Times, for people.

use doorward_domain::Timestamp;
use time::{OffsetDateTime, format_description::StaticFormatDescription, macros::format_description};

const SHAPE: StaticFormatDescription =
    format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute] UTC");

/// A time twice: for machines (`datetime`) and for people.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    pub machine: String,
    pub people: String,
}

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        let machine = at.to_string();
        let seconds = at.as_millis().div_euclid(1000);
        let moment = OffsetDateTime::from_unix_timestamp(seconds).ok().and_then(|moment| moment.format(&SHAPE).ok());
        Self { people: moment.unwrap_or_else(|| machine.clone()), machine }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_day_month_and_minute() {
        let moment = Moment::from("2026-11-02T23:05:59.123Z".parse::<Timestamp>().unwrap());
        assert_eq!(moment.people, "2 Nov 2026, 23:05 UTC");
        assert_eq!(moment.machine, "2026-11-02T23:05:59.123Z");
    }
}
