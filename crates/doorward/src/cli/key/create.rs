//! `doorward key create`

use clap::Args;
use doorward_domain::{Pattern, Role, parse_network};
use doorward_service::admin::keys::{KeyError, NewKey};
use doorward_service::ports::StoreError;
use ipnet::IpNet;

use super::show_once;
use crate::cli::grant::{on, scope};
use crate::cli::support::local::Local;
use crate::cli::support::moment;
use crate::cli::support::printable::tell;
use crate::cli::support::role::RoleParser;
use crate::cli::{Failure, Outcome};

/// Makes a key and prints it once, alone on standard output
///
/// For example: `DOORWARD_KEY=$(doorward key create ci --role operator --app etl --expires 90d)`
#[derive(Debug, Args)]
pub struct Create {
    /// The key's name: letters, digits and . _ - + @
    name: String,
    /// viewer, operator, developer, manager or admin
    #[arg(long, value_parser = RoleParser, hide_possible_values = true)]
    role: Role,
    /// On this app only; on everything unless given
    #[arg(long)]
    pub(super) app: Option<String>,
    /// On the things of the app that this reaches only: kind:name, `*` inside a segment, `**` across
    #[arg(long, value_name = "PATTERN", requires = "app")]
    resource: Option<Pattern>,
    /// Whose it is: it never exceeds this person's rights, and sleeps while they are disabled
    #[arg(long, value_name = "USER")]
    owner: Option<String>,
    /// When it ends: 90d from now, or 2026-11-20; never unless given
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    /// From where it may be used, as 10.0.0.0/8; may be repeated; from everywhere unless given
    #[arg(long, value_name = "CIDR", value_parser = parse_network)]
    from: Vec<IpNet>,
}

impl Create {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        let owner = match &self.owner {
            Some(name) => Some(local.user(name).await?.id),
            None => None,
        };
        let now = local.services.clock.now();
        let expires_at =
            self.expires.as_deref().map(|text| moment::future(text, now)).transpose().map_err(Failure::usage)?;
        let scope = scope(self.app.as_deref(), self.resource)?;
        let words = format!("role {} on {}", self.role, on(&scope));
        let new = NewKey { name: self.name, role: self.role, scope, owner, expires_at, allowed_addresses: self.from };
        let name = new.name.clone();
        let (text, listed) = local.services.keys.create(&local.actor, new).await.map_err(|error| match error {
            KeyError::Store(StoreError::Conflict(_)) => Failure::taken("key", &name),
            other => other.into(),
        })?;
        let end = listed.key.expires_at.map_or_else(|| "does not end".to_owned(), |end| format!("ends {end}"));
        if let Some(cap) = local.services.explain.cap(&listed).await? {
            tell(format_args!("{cap}"));
        }
        tell(format_args!("the key {} was made, {words}; it {end}. It is shown this once:", listed.key.name));
        show_once(&text)
    }
}
