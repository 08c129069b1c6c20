//! How long people stay signed in.

use doorward_domain::SessionLimits;

use crate::config::{Key, Kind, Values};

/// The keys of `sessions`.
pub const KEYS: &[Key] = &[
    Key {
        path: "sessions.lifetime",
        kind: Kind::Duration(1000),
        default: "24h",
        doc: "From signing in until one has to sign in again, whatever happens.",
        example: "12h",
        live: false,
    },
    Key {
        path: "sessions.idle",
        kind: Kind::Duration(1000),
        default: "8h",
        doc: "Without any request, until one has to sign in again. Longer than `lifetime`, it never counts.",
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
    Key {
        path: "sessions.remember",
        kind: Kind::Duration(0),
        default: "30d",
        doc: "How long whoever ticks \"Keep me signed in\" stays so, in place of `lifetime` and `idle`. `0s` takes the box away.",
        example: "7d",
        live: false,
    },
];

/// Reads the section.
pub fn read(values: &Values) -> SessionLimits {
    SessionLimits {
        lifetime: values.duration("sessions.lifetime"),
        idle: values.duration("sessions.idle"),
        renew: values.truth("sessions.renew"),
        remember: values.duration("sessions.remember"),
    }
}
