//! What can be configured: each section of the file is a struct here. Its fields' docs are the documentation, with the default, an example and
//! whether a change takes effect at once beside them. How a file, the environment and options become values is not known here; the modules
//! around this one do that. What is wrong with values together, or with what they name, is told by the functions here that are handed both.

pub mod apps;
mod audit;
pub mod desk_host;
mod limits;
mod log;
pub mod own_address;
pub mod profiles;
mod rules;
mod sessions;
mod sign_in;

pub use apps::{AppKeys, AppSection, Reach, implied_title};
pub use audit::AuditSection;
pub use log::{LogFormat, LogLevel, LogSection};

use doorward_domain::{HostName, SessionLimits};
use doorward_proxy::Limits;
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use url::Url;

use super::DatabaseUrl;
use super::list_type::Network;
use super::setting::{Many, Maybe, One};
use super::value_type::{File, Later, Listen, PublicUrl, Span, Text};
use limits::LimitsSection;
use sessions::SessionsSection;
use sign_in::SignInSection;

/// Doorward's configuration. Every key can also be set by an environment variable.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sections {
    /// The address of the door. A bare port listens on this machine only; `0.0.0.0:3000` or `[::]:3000` on every network.
    #[serde(with = "One::<Listen>")]
    #[schemars(extend("default" = "127.0.0.1:3000", "example" = "0.0.0.0:3000"))]
    pub listen: SocketAddr,
    /// A second address that answers only the probes (`/_doorward/health`, `ready`, `metrics`), the last one without signing in. Keep it on
    /// a private network.
    #[serde(with = "Maybe::<Listen>")]
    #[schemars(extend("example" = "127.0.0.1:9090"))]
    pub admin_listen: Option<SocketAddr>,
    /// The address people use, when Doorward stands behind another proxy. Used for links that leave Doorward; never taken from the `Host`
    /// header.
    #[serde(with = "Maybe::<PublicUrl>")]
    #[schemars(extend("example" = "https://tools.example.com"))]
    pub public_url: Option<Url>,
    /// A host name for Doorward's own pages and API alone, so that scripts in a tool's pages cannot reach them; every app then needs a
    /// `host` of its own. `null`: they are at every host. See [a host for Doorward itself](../serving-apps.md#a-host-for-doorward-itself).
    #[serde(with = "Maybe::<HostName>")]
    #[schemars(extend("example" = "auth.example.com"))]
    pub desk_host: Option<HostName>,
    /// Whom to ask for access or help, shown under the sign-in form and on refusals. Addresses of pages (`https://…`) and of people
    /// (`ada@example.com`) in it become links.
    #[serde(with = "Maybe::<Text>")]
    #[schemars(extend("example" = "\"Ask the data platform team: data-platform@example.com\""))]
    pub contact: Option<String>,
    /// Where users, sessions, grants and the audit log are kept: `sqlite:///path/to/file.db`, `postgres://user:password@host/database`
    /// or `mysql://user:password@host/database`, with options behind a `?` (docs/databases.md). By default `doorward/doorward.db` in the user's data folder (`$XDG_DATA_HOME`, else `~/.local/share`; `/var/lib` for a system service without a home).
    #[serde(with = "Maybe::<DatabaseUrl>")]
    #[schemars(extend("example" = "sqlite:///var/lib/doorward/doorward.db"))]
    pub database: Option<DatabaseUrl>,
    /// For several replicas; a later version.
    redis: Later,
    /// Networks of the proxies in front of Doorward whose `X-Forwarded-*` and `Forwarded` headers are believed. From everybody else these
    /// headers are dropped. A network that is everything (`/0`) is refused, and so are several that are everything together.
    #[serde(with = "One::<Many<Network>>")]
    #[schemars(extend("default" = "[]", "example" = "[10.0.0.0/8, 127.0.0.1]", "live" = true))]
    pub trusted_proxies: Vec<IpNet>,
    /// TLS at the door itself; a later version. Until then put a proxy that speaks TLS in front and set `public_url` and `trusted_proxies`.
    tls: Later,
    /// How long requests in flight, wrapped tools and what those have started (runs under way) may take to finish when Doorward is asked to
    /// stop. What is left then gets SIGTERM and five seconds. Whatever stops Doorward should wait ten seconds longer.
    #[serde(with = "One::<Span<0>>")]
    #[schemars(extend("default" = "10s", "example" = "30s", "live" = true))]
    pub shutdown_grace: Duration,
    /// Sending mail; a later version.
    mail: Later,
    /// A folder with profiles of your own, each in a file `NAME.yaml`; what else is in it is left alone. They may build on the built-in
    /// ones with `extends`. Read again with the configuration.
    #[serde(with = "Maybe::<File>")]
    #[schemars(extend("example" = "/etc/doorward/profiles", "live" = true))]
    pub(super) profiles: Option<PathBuf>,
    /// The tools behind the door. `NAME` has 1 to 63 of `a-z`, `0-9`, `-` and `_`; in variables `-` is written `_`.
    pub(super) apps: BTreeMap<String, AppKeys>,
    #[serde(with = "SessionsSection")]
    pub sessions: SessionLimits,
    sign_in: SignInSection,
    pub audit: AuditSection,
    pub log: LogSection,
    #[serde(with = "LimitsSection")]
    pub limits: Limits,
}
