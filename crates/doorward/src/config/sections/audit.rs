//! Where else the audit log goes.

use std::{path::PathBuf, time::Duration};

use crate::config::{Key, Kind, Problems, Values};

/// The keys of `audit`.
pub const KEYS: &[Key] = &[
    Key {
        path: "audit.file",
        kind: Kind::File,
        default: "null",
        doc: "A file that gets every audit event as a line of JSON, beside the database. It may be rotated at any time.",
        example: "/var/log/doorward/audit.jsonl",
        live: false,
    },
    Key {
        path: "audit.stdout",
        kind: Kind::Truth,
        default: "false",
        doc: "Whether standard output gets every audit event as a line of JSON too.",
        example: "true",
        live: false,
    },
    Key {
        path: "audit.retention",
        kind: Kind::Duration(1000),
        default: "400d",
        doc: "How long events are kept. Older ones are removed every hour, a few at a time; an entry of the log announces it, so that what is kept still proves itself. `null` keeps all for ever.",
        example: "730d",
        live: false,
    },
    Key {
        path: "audit.views",
        kind: Kind::Truth,
        default: "false",
        doc: "Whether requests that only look are recorded one by one too. In this version they are counted only: `true` is refused.",
        example: "false",
        live: false,
    },
];

/// Where else the audit log goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditSection {
    /// A file of JSON lines.
    pub file: Option<PathBuf>,
    /// Whether standard output gets the lines too.
    pub stdout: bool,
    /// How long events are kept; `None`: for ever.
    pub retention: Option<Duration>,
}

impl AuditSection {
    /// Reads the section.
    pub fn read(values: &Values, problems: &mut Problems) -> Self {
        if values.truth("audit.views") {
            let at = values.origin("audit.views");
            problems
                .add(&at, "`audit.views`: recording views one by one is not supported by this version; write false");
        }
        Self {
            file: values.file("audit.file"),
            stdout: values.truth("audit.stdout"),
            retention: Some(values.duration("audit.retention")).filter(|keep| !keep.is_zero()),
        }
    }
}
