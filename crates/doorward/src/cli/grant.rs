//! `doorward grant …`

use clap::{Args, Subcommand};
use doorward_domain::{AppName, Grant as Given, GrantId, Role, Scope, Subject, Timestamp, User, UserId};
use doorward_service::grants::NewGrant;
use doorward_service::ports::{GrantQuery, Paging};
use serde::Serialize;
use std::collections::HashMap;
use std::process::ExitCode;

use super::local::{Local, app_name, every_page};
use super::output::Output;
use super::printable::tell;
use super::{Common, Failure, Outcome, moment};
use crate::compose;

/// Gives roles on everything or on one app, and takes them away
#[derive(Debug, Subcommand)]
pub enum Grant {
    Add(Add),
    List(List),
    /// Takes a grant away; takes effect within a second
    Remove {
        /// The grant's id, as listed
        id: GrantId,
    },
}

/// Gives a role, or changes the one given before on the same; takes effect within a second
#[derive(Debug, Args)]
pub struct Add {
    /// The username
    user: String,
    /// viewer, operator, developer, manager or admin
    #[arg(long)]
    role: Role,
    /// On this app only; on everything unless given
    #[arg(long)]
    app: Option<String>,
    /// Until then: 2026-11-20T12:00:00Z, 2026-11-20, or 7d from now
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

/// Lists grants
#[derive(Debug, Args)]
pub struct List {
    /// Only those of this user
    #[arg(long)]
    user: Option<String>,
    /// Only those on this app
    #[arg(long)]
    app: Option<String>,
    #[command(flatten)]
    output: Output,
}

/// A grant as printed.
#[derive(Debug, Serialize)]
struct Row {
    id: GrantId,
    username: String,
    role: Role,
    app: Option<AppName>,
    until: Option<Timestamp>,
    created_at: Timestamp,
}

const LISTED: &[&str] = &["id", "username", "role", "app", "until", "created_at"];

impl Grant {
    pub fn run(self, common: &Common) -> Outcome {
        let loaded = common.load_without_tools()?;
        let named = match &self {
            Self::Add(Add { app: Some(app), .. }) => Some(app_name(app)?),
            _ => None,
        };
        // A tool that is wrapped is in no file, and known only while it runs; the name given here is then taken at its word.
        let more = |apps: &[_]| match named {
            Some(name) if apps.is_empty() => {
                tell(format_args!(
                    "doorward: no app is configured and no Doorward of yours runs on this database, so nobody can tell whether \
                     there is an app `{name}`"
                ));
                Ok(vec![compose::implied_app(name, "generic", &loaded.config.profiles).map_err(Failure::usage)?])
            }
            _ => Ok(Vec::new()),
        };
        Local::with_apps(&loaded.config, more, async |local| {
            match self {
                Self::Add(add) => add.run(local).await,
                Self::List(list) => list.run(local).await,
                Self::Remove { id } => local.services.grants.remove(&local.actor, id).await.map_err(Into::into),
            }
            .map(|()| ExitCode::SUCCESS)
        })
    }
}

impl Add {
    async fn run(self, local: &Local) -> Outcome<()> {
        let user = local.user(&self.user).await?;
        let scope = self.app.as_deref().map(app_name).transpose()?.map_or(Scope::Everything, Scope::App);
        let now = local.services.clock.now();
        let until = self.until.as_deref().map(|text| moment::future(text, now)).transpose().map_err(Failure::usage)?;
        let new = NewGrant { subject: Subject::User(user.id), role: self.role, scope, until };
        let grant = local.services.grants.put(&local.actor, new).await?;
        let on = match &grant.scope {
            Scope::Everything => "everything".to_owned(),
            Scope::App(app) => app.to_string(),
        };
        let until = grant.until.map(|end| format!(" until {end}")).unwrap_or_default();
        tell(format_args!("{} has the role {} on {on}{until}", user.username, grant.role));
        if let Some(stronger) = stronger_anyway(local, &user, &grant) {
            tell(format_args!("{stronger}"));
        }
        Ok(())
    }
}

/// What makes a grant on an app pointless, in words: the strongest role counts.
fn stronger_anyway(local: &Local, user: &User, grant: &Given) -> Option<String> {
    let Scope::App(app) = &grant.scope else { return None };
    let (name, given) = (&user.username, grant.role);
    if let Some(role) = user.role.filter(|role| *role > given) {
        return Some(format!("{name} has the stronger role {role} on everything, so this changes nothing"));
    }
    let by_default = local.services.apps.find(app)?.default_role.filter(|role| *role > given)?;
    Some(format!(
        "everybody who is signed in has the stronger role {by_default} on {app} (`apps.{app}.default_role`), so this changes nothing"
    ))
}

impl List {
    async fn run(self, local: &Local) -> Outcome<()> {
        let user = match &self.user {
            Some(name) => Some(local.user(name).await?.id),
            None => None,
        };
        let app = self.app.as_deref().map(app_name).transpose()?;
        let grants = every_page(async |cursor| {
            let paging = Paging { limit: 500, cursor, ..Paging::default() };
            let query = GrantQuery { user, app: app.clone(), paging };
            Ok(local.services.grants.list(&local.actor, &query).await?)
        })
        .await?;
        // Grants on an app that is no more are still shown.
        if let Some(app) = app.as_ref().filter(|_| grants.is_empty()) {
            local.must_be_known(app)?;
        }
        let mut names = HashMap::new();
        let mut rows = Vec::with_capacity(grants.len());
        for grant in grants {
            rows.push(row(local, &mut names, grant).await?);
        }
        self.output.list(&rows, LISTED)
    }
}

async fn row(local: &Local, names: &mut HashMap<UserId, String>, grant: Given) -> Outcome<Row> {
    let Subject::User(id) = grant.subject;
    let username = match names.get(&id) {
        Some(name) => name.clone(),
        None => local.services.users.find(&local.actor, id).await?.username.to_string(),
    };
    names.insert(id, username.clone());
    let app = if let Scope::App(app) = grant.scope { Some(app) } else { None };
    Ok(Row { id: grant.id, username, role: grant.role, app, until: grant.until, created_at: grant.created_at })
}
