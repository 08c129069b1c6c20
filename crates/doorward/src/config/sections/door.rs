//! Where Doorward listens, what it is called, where it remembers.

use doorward_domain::HostName;
use ipnet::IpNet;
use std::{net::SocketAddr, time::Duration};
use url::Url;

use crate::config::{Key, Kind, Problems, Values};

/// The keys at the top of the file.
pub const KEYS: &[Key] = &[
    Key {
        path: "listen",
        kind: Kind::Listen,
        default: "127.0.0.1:3000",
        doc: "The address of the door. A bare port listens on this machine only; `0.0.0.0:3000` or `[::]:3000` on every network.",
        example: "0.0.0.0:3000",
        live: false,
    },
    Key {
        path: "admin_listen",
        kind: Kind::Listen,
        default: "null",
        doc: "A second address that answers only the probes (`/_doorward/health`, `ready`, `metrics`), the last one without signing in. Keep it on a private network.",
        example: "127.0.0.1:9090",
        live: false,
    },
    Key {
        path: "public_url",
        kind: Kind::PublicUrl,
        default: "null",
        doc: "The address people use, when Doorward stands behind another proxy. Used for links that leave Doorward; never taken from the `Host` header.",
        example: "https://tools.example.com",
        live: false,
    },
    Key {
        path: "desk_host",
        kind: Kind::Host,
        default: "null",
        doc: "A host name for Doorward's own pages and API alone, so that scripts in a tool's pages cannot reach them; every app then needs a `host` of its own. `null`: they are at every host. See [a host for Doorward itself](../serving-apps.md#a-host-for-doorward-itself).",
        example: "auth.example.com",
        live: false,
    },
    Key {
        path: "contact",
        kind: Kind::Text,
        default: "null",
        doc: "Whom to ask for access or help, shown under the sign-in form and on refusals. Addresses of pages (`https://…`) and of people (`ada@example.com`) in it become links.",
        example: "\"Ask the data platform team: data-platform@example.com\"",
        live: false,
    },
    Key {
        path: "database",
        kind: Kind::Database,
        default: "null",
        doc: "Where users, sessions, grants and the audit log are kept: `sqlite:///path/to/file.db`. By default `doorward/doorward.db` in the user's data folder (`$XDG_DATA_HOME`, else `~/.local/share`; `/var/lib` for a system service without a home).",
        example: "sqlite:///var/lib/doorward/doorward.db",
        live: false,
    },
    Key {
        path: "redis",
        kind: Kind::Later,
        default: "null",
        doc: "For several replicas; a later version.",
        example: "null",
        live: false,
    },
    Key {
        path: "trusted_proxies",
        kind: Kind::Networks,
        default: "[]",
        doc: "Networks of the proxies in front of Doorward whose `X-Forwarded-*` and `Forwarded` headers are believed. From everybody else these headers are dropped. A network that is everything (`/0`) is refused, and so are several that are everything together.",
        example: "[10.0.0.0/8, 127.0.0.1]",
        live: true,
    },
    Key {
        path: "tls",
        kind: Kind::Later,
        default: "null",
        doc: "TLS at the door itself; a later version. Until then put a proxy that speaks TLS in front and set `public_url` and `trusted_proxies`.",
        example: "null",
        live: false,
    },
    Key {
        path: "shutdown_grace",
        kind: Kind::Duration(0),
        default: "10s",
        doc: "How long requests in flight, wrapped tools and what those have started (runs under way) may take to finish when Doorward is asked to stop. What is left then gets SIGTERM and five seconds. Whatever stops Doorward should wait ten seconds longer.",
        example: "30s",
        live: true,
    },
    Key {
        path: "mail",
        kind: Kind::Later,
        default: "null",
        doc: "Sending mail; a later version.",
        example: "null",
        live: false,
    },
];

/// The keys at the top of the file, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoorSection {
    /// Where the door listens.
    pub listen: SocketAddr,
    /// Where the probes listen, if apart.
    pub admin_listen: Option<SocketAddr>,
    /// The address people use, if it is not the one we listen on.
    pub public_url: Option<Url>,
    /// The host of our own pages and API, if it is one of its own.
    pub desk_host: Option<HostName>,
    /// Whom people ask for access or help.
    pub contact: Option<String>,
    /// Whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How long finishing may take.
    pub shutdown_grace: Duration,
}

impl DoorSection {
    /// Reads the section.
    pub fn read(values: &Values, problems: &mut Problems) -> Self {
        let trusted_proxies = values.networks("trusted_proxies");
        if let Some(every) = IpNet::aggregate(&trusted_proxies).iter().find(|net| net.prefix_len() == 0) {
            let what = "together these networks are every address there is";
            let why = "anybody could claim to be anybody; name your proxies' networks";
            problems.add(&values.origin("trusted_proxies"), format!("`trusted_proxies`: {what} (`{every}`): {why}"));
        }
        Self {
            listen: values.listen("listen").unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3000))),
            admin_listen: values.listen("admin_listen"),
            public_url: values.url("public_url"),
            desk_host: values.text("desk_host").map(|host| HostName::of(&host)),
            contact: values.text("contact").filter(|text| !text.trim().is_empty()),
            trusted_proxies,
            shutdown_grace: values.duration("shutdown_grace"),
        }
    }
}
