//! How long people stay signed in.

use doorward_domain::SessionLimits;

use super::{Key, Kind, Problems, Values};

/// The keys of `sessions`.
pub const KEYS: &[Key] = &[
    Key {
        path: "sessions.lifetime",
        kind: Kind::Duration(60_000),
        default: "24h",
        doc: "From signing in until one has to sign in again, whatever happens.",
        example: "12h",
        live: false,
    },
    Key {
        path: "sessions.idle",
        kind: Kind::Duration(60_000),
        default: "8h",
        doc: "Without any request, until one has to sign in again.",
        example: "1h",
        live: false,
    },
    Key {
        path: "sessions.renew",
        kind: Kind::Truth,
        default: "true",
        doc: "Whether a request puts the idle end off. When `false`, `idle` counts from signing in.",
        example: "false",
        live: false,
    },
];

/// Reads the section.
pub fn read(values: &Values, problems: &mut Problems) -> SessionLimits {
    let limits = SessionLimits {
        lifetime: values.duration("sessions.lifetime"),
        idle: values.duration("sessions.idle"),
        renew: values.truth("sessions.renew"),
    };
    if limits.idle > limits.lifetime && values.is_sound("sessions.idle") && values.is_sound("sessions.lifetime") {
        let said = ["sessions.idle", "sessions.lifetime"].map(|path| values.origin(path));
        let at = said.iter().find(|at| **at != super::Origin::Default).unwrap_or(&super::Origin::Default);
        problems.add(at, "`sessions.idle` is longer than `sessions.lifetime`, so it would never count; make it shorter");
    }
    limits
}
