//! `doorward key …`

use clap::{Args, Subcommand};
use doorward_domain::{ApiKey, AppName, Pattern, Role, Secret, Timestamp, span};
use doorward_service::keys::NewKey;
use doorward_service::ports::{KeyQuery, ListedKey, Paging};
use ipnet::IpNet;
use serde::Serialize;
use std::process::ExitCode;
use std::time::Duration;

use super::grant::{on, scope};
use super::support::local::{Local, every_page};
use super::support::moment;
use super::support::output::{Output, print};
use super::support::printable::tell;
use super::{Common, Failure, Outcome};

/// Makes, rotates and revokes API keys, for programs
#[derive(Debug, Subcommand)]
pub enum Key {
    Create(Create),
    List(List),
    Rotate(Rotate),
    /// Revokes a key: it opens nothing within a second
    Revoke {
        /// The key's name
        name: String,
    },
}

/// Makes a key and prints it once, alone on standard output
///
/// For example: `DOORWARD_KEY=$(doorward key create ci --role operator --app etl --expires 90d)`
#[derive(Debug, Args)]
pub struct Create {
    /// The key's name: letters, digits and . _ - + @
    name: String,
    /// viewer, operator, developer, manager or admin
    #[arg(long)]
    role: Role,
    /// On this app only; on everything unless given
    #[arg(long)]
    app: Option<String>,
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
    #[arg(long, value_name = "CIDR", value_parser = network)]
    from: Vec<IpNet>,
}

/// Lists keys
#[derive(Debug, Args)]
pub struct List {
    /// Only those of this user
    #[arg(long, value_name = "USER")]
    owner: Option<String>,
    #[command(flatten)]
    output: Output,
}

/// Gives a key another secret and prints it once, alone on standard output
#[derive(Debug, Args)]
pub struct Rotate {
    /// The key's name
    name: String,
    /// For how long the one before stays good: 24h, 7d
    #[arg(long, value_name = "SPAN", default_value = "0s", value_parser = overlap)]
    overlap: Duration,
}

/// A key as printed.
#[derive(Debug, Serialize)]
struct Row {
    id: String,
    name: String,
    role: Option<Role>,
    app: Option<AppName>,
    resource: Option<String>,
    owner: Option<String>,
    prefix: String,
    allowed_addresses: Vec<String>,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    last_used_from: Option<String>,
    created_at: Timestamp,
    created_by: String,
}

const LISTED: &[&str] =
    &["name", "role", "app", "resource", "owner", "expires_at", "last_used_at", "last_used_from", "created_at"];

impl From<ListedKey> for Row {
    fn from(ListedKey { key, owner, grants }: ListedKey) -> Self {
        let first = grants.first();
        Self {
            id: key.id.to_string(),
            name: key.name.to_string(),
            role: first.and_then(|grant| grant.effect.role()),
            app: first.and_then(|grant| grant.scope.app().cloned()),
            resource: first.and_then(|grant| grant.scope.pattern().map(ToString::to_string)),
            owner: owner.map(|name| name.to_string()),
            prefix: ApiKey::prefix_of(key.id),
            allowed_addresses: key.allowed_addresses.iter().map(ToString::to_string).collect(),
            expires_at: key.expires_at,
            last_used_at: key.last_used.map(|(at, _)| at),
            last_used_from: key.last_used.map(|(_, from)| from.to_string()),
            created_at: key.created_at,
            created_by: key.created_by.into(),
        }
    }
}

impl Key {
    pub fn run(self, common: &Common) -> Outcome {
        let named = match &self {
            Self::Create(create) => create.app.clone(),
            _ => None,
        };
        Local::for_app(common, named.as_deref(), async |local| {
            match self {
                Self::Create(create) => create.run(local).await,
                Self::List(list) => list.run(local).await,
                Self::Rotate(rotate) => rotate.run(local).await,
                Self::Revoke { name } => revoke(local, &name).await,
            }
            .map(|()| ExitCode::SUCCESS)
        })
    }
}

impl Create {
    async fn run(self, local: &Local) -> Outcome<()> {
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
        let (text, listed) = local.services.keys.create(&local.actor, new).await?;
        let end = listed.key.expires_at.map_or_else(|| "does not end".to_owned(), |end| format!("ends {end}"));
        tell(format_args!("the key {} was made, {words}; it {end}. It is shown this once:", listed.key.name));
        show(&text)
    }
}

impl List {
    async fn run(self, local: &Local) -> Outcome<()> {
        let owner = match &self.owner {
            Some(name) => Some(local.user(name).await?.id),
            None => None,
        };
        let rows = every_page(async |cursor| {
            let query = KeyQuery { owner, paging: Paging { limit: 500, cursor, ..Paging::default() } };
            Ok(local.services.keys.list(&local.actor, &query).await?.map(Row::from))
        })
        .await?;
        self.output.list(&rows, LISTED)
    }
}

impl Rotate {
    async fn run(self, local: &Local) -> Outcome<()> {
        let found = local.services.keys.find_by_name(&local.actor, &self.name).await?;
        let (text, listed) = local.services.keys.rotate(&local.actor, found.key.id, self.overlap).await?;
        let before = match self.overlap {
            Duration::ZERO => "the one before opens nothing any more".to_owned(),
            overlap => format!("the one before stays good for {}", span::show_duration(overlap)),
        };
        tell(format_args!("the key {} has another secret; {before}. It is shown this once:", listed.key.name));
        show(&text)
    }
}

async fn revoke(local: &Local, name: &str) -> Outcome<()> {
    let found = local.services.keys.find_by_name(&local.actor, name).await?;
    local.services.keys.revoke(&local.actor, found.key.id).await?;
    tell(format_args!("the key {} was revoked", found.key.name));
    Ok(())
}

/// Alone on standard output, so that a script can take it.
fn show(text: &Secret) -> Outcome<()> {
    print(&format!("{}\n", text.expose()))
}

fn overlap(text: &str) -> Result<Duration, String> {
    span::duration(text, 0)
}

fn network(text: &str) -> Result<IpNet, String> {
    let one = text.parse::<std::net::IpAddr>().map(IpNet::from);
    one.or_else(|_| text.parse()).map_err(|_| "write it as 10.0.0.0/8 or 192.0.2.7".to_owned())
}
