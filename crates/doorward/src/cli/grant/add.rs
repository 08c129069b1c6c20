//! `doorward grant add`

use clap::Args;
use doorward_domain::{Effect, Grant, Pattern, Role, Scope, Subject, User};
use doorward_service::admin::grants::NewGrant;
use doorward_service::ports::{GrantQuery, NamedGrant};

use crate::cli::support::local::{Local, app_name};
use crate::cli::support::moment;
use crate::cli::support::printable::tell;
use crate::cli::support::role::RoleParser;
use crate::cli::{Failure, Outcome};

/// Gives a role or denies, or changes what was given before on the same; takes effect within a second
///
/// For example: doorward grant add ada --role operator --app etl --resource 'job:nightly_*' --until 7d
#[derive(Debug, Args)]
pub struct Add {
    /// The username
    #[arg(required_unless_present_any = ["group", "key"], conflicts_with_all = ["group", "key"])]
    user: Option<String>,
    /// To all members of this group, and of the groups in it
    #[arg(long, conflicts_with = "key")]
    group: Option<String>,
    /// To this API key
    #[arg(long)]
    key: Option<String>,
    /// viewer, operator, developer, manager or admin
    #[arg(
        long,
        required_unless_present = "deny",
        conflicts_with = "deny",
        value_parser = RoleParser,
        hide_possible_values = true
    )]
    role: Option<Role>,
    /// Take everything on what it reaches, whatever gives it
    #[arg(long)]
    deny: bool,
    /// On this app only; on everything unless given
    #[arg(long)]
    pub(super) app: Option<String>,
    /// On the things of the app that this reaches only: kind:name, `*` inside a segment, `**` across
    #[arg(long, value_name = "PATTERN", requires = "app")]
    resource: Option<Pattern>,
    /// Until then: 2026-11-20T12:00:00Z, 2026-11-20, or 7d from now
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Why, in words; shown wherever the grant is
    #[arg(long, default_value = "", value_name = "TEXT")]
    reason: String,
}

impl Add {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        let (subject, user) = self.subject(local).await?;
        let scope = scope(self.app.as_deref(), self.resource)?;
        let effect = self.role.map_or(Effect::Deny, Effect::Allow);
        let now = local.services.clock.now();
        let until = self.until.as_deref().map(|text| moment::future(text, now)).transpose().map_err(Failure::usage)?;
        let new = NewGrant { subject, effect, scope, until, reason: self.reason };
        let named = local.services.grants.put(&local.actor, new).await?;
        tell(format_args!("{}", in_words(&named)));
        if let Some(unfiltered) = unfiltered(local, user.as_ref(), &named) {
            tell(format_args!("{unfiltered}"));
        }
        if let Some(user) = user {
            let approved = stronger_by_request(local, &named).await?;
            if let Some(stronger) = stronger_anyway(local, &user, &named).or(approved) {
                tell(format_args!("{stronger}"));
            }
        }
        Ok(())
    }

    async fn subject(&self, local: &Local) -> Outcome<(Subject, Option<User>)> {
        if let Some(group) = &self.group {
            return Ok((Subject::Group(local.services.groups.find_by_name(&local.actor, group).await?.id), None));
        }
        if let Some(key) = &self.key {
            return Ok((Subject::Key(local.key(key).await?.key.id), None));
        }
        let name = self.user.as_deref().unwrap_or_default();
        // As lists show whom a grant is for.
        if let Some((kind @ ("key" | "group"), name)) = name.split_once(':') {
            return Err(Failure::usage(format!("for a {kind} say `--{kind} {name}`")));
        }
        let user = local.user(name).await?;
        Ok((Subject::User(user.id), Some(user)))
    }
}

/// What a role is held on, as it was typed.
pub fn scope(app: Option<&str>, resource: Option<Pattern>) -> Outcome<Scope> {
    let app = app.map(app_name).transpose()?;
    Ok(match (app, resource) {
        (Some(app), Some(pattern)) => Scope::Resources(app, pattern),
        (Some(app), None) => Scope::App(app),
        (None, _) => Scope::Everything,
    })
}

/// What a scope is on, in a sentence.
pub fn on(scope: &Scope) -> String {
    match scope {
        Scope::Everything => "everything".to_owned(),
        Scope::App(app) => app.to_string(),
        Scope::Resources(app, pattern) => format!("{pattern} of {app}"),
    }
}

fn in_words(NamedGrant { grant, subject }: &NamedGrant) -> String {
    let (on, until) = (on(&grant.scope), grant.until.map(|end| format!(" until {end}")).unwrap_or_default());
    match grant.effect {
        Effect::Allow(role) => format!("{subject} has the role {role} on {on}{until}"),
        Effect::Deny => format!("{subject} is denied {on}{until}"),
    }
}

/// That whoever holds single things alone reads of others in the tool's answers, where nothing is taken out of these, in words.
fn unfiltered(local: &Local, user: Option<&User>, NamedGrant { grant, subject }: &NamedGrant) -> Option<String> {
    let app = grant.scope.app().filter(|_| grant.scope.pattern().is_some() && grant.effect.role().is_some())?;
    let known = local.services.apps.find(app)?;
    let views_all = known.default_role.is_some() || user.is_some_and(|user| user.role.is_some());
    (!views_all && !known.filter_answers && known.profile.filters_answers()).then(|| {
        format!(
            "{subject} can read the names of everything in {app}'s answers, and no lists; `filter_answers: true` of `apps.{app}` shows them lists of what they may view, and no other names"
        )
    })
}

/// What makes a grant on an app pointless, in words: the strongest role counts.
fn stronger_anyway(local: &Local, user: &User, NamedGrant { grant, .. }: &NamedGrant) -> Option<String> {
    let (app, given) = (grant.scope.app()?, grant.effect.role()?);
    let name = &user.username;
    if let Some(role) = user.role.filter(|role| *role > given) {
        return Some(format!("{name} has the stronger role {role} on everything, so this changes nothing"));
    }
    let by_default = local.services.apps.find(app)?.default_role.filter(|role| *role > given)?;
    Some(format!(
        "everybody who is signed in has the stronger role {by_default} on {app} (`apps.{app}.default_role`), so this changes nothing"
    ))
}

/// A stronger role on the same, which a request for access was answered with, in words: it stays beside what is given here.
async fn stronger_by_request(local: &Local, NamedGrant { grant, subject }: &NamedGrant) -> Outcome<Option<String>> {
    let Some(given) = grant.effect.role() else { return Ok(None) };
    let (subject_of, holding_at) = (Some(grant.subject), Some(local.services.clock.now()));
    let query =
        GrantQuery { subject: subject_of, app: grant.scope.app().cloned(), holding_at, ..GrantQuery::default() };
    let beside = local.services.grants.list(&local.actor, &query).await?.items;
    let is_stronger = |other: &Grant| {
        other.id != grant.id && other.scope == grant.scope && other.effect.role().is_some_and(|role| role > given)
    };
    Ok(beside.into_iter().map(|named| named.grant).find(is_stronger).map(|stronger| {
        let until = stronger.until.map(|end| format!(" until {end}")).unwrap_or_default();
        format!(
            "{subject} was given more on the same for a request for access{until}; `{} grant remove {}` takes that",
            local.command, stronger.id
        )
    }))
}
