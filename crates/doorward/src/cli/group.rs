//! `doorward group …`

use clap::{Args, Subcommand};
use doorward_domain::{Group as Named, GroupSource, Member, Subject, Timestamp};
use doorward_service::ports::{GroupQuery, NamedMember, Paging};
use serde::Serialize;
use std::process::ExitCode;

use super::grant;
use super::support::confirm::confirm;
use super::support::local::{Local, every_page};
use super::support::output::{Output, print};
use super::support::printable::tell;
use super::{Common, Outcome};

/// Administers groups: what a group is given, all its members have
#[derive(Debug, Subcommand)]
pub enum Group {
    Add(Add),
    List(List),
    Show(Show),
    Delete(Delete),
    /// Puts somebody into a group; takes effect within a second
    AddMember(Membership),
    /// Takes somebody out of a group; takes effect within a second
    RemoveMember(Membership),
}

/// Makes a group
#[derive(Debug, Args)]
pub struct Add {
    /// The group's name: letters, digits and . _ - + @
    name: String,
    /// What it is for
    #[arg(long, default_value = "", value_name = "TEXT")]
    description: String,
}

/// Lists groups
#[derive(Debug, Args)]
pub struct List {
    /// Only those that this user is directly in
    #[arg(long)]
    user: Option<String>,
    #[command(flatten)]
    output: Output,
}

/// Shows a group, its direct members and its grants
#[derive(Debug, Args)]
pub struct Show {
    /// The group's name
    name: String,
    #[command(flatten)]
    output: Output,
}

/// Deletes a group with its grants; its members stay who they are
#[derive(Debug, Args)]
pub struct Delete {
    /// The group's name
    name: String,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// Who, and in which group.
#[derive(Debug, Args)]
pub struct Membership {
    /// The group
    name: String,
    /// This user
    #[arg(long, required_unless_present = "group", conflicts_with = "group")]
    user: Option<String>,
    /// Everybody in this other group
    #[arg(long)]
    group: Option<String>,
}

/// A group as printed.
#[derive(Debug, Serialize)]
struct Row {
    id: String,
    name: String,
    description: String,
    source: GroupSource,
    created_at: Timestamp,
    /// Only where one group is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<Vec<MemberRow>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grants: Option<Vec<grant::Row>>,
}

/// A member as printed.
#[derive(Debug, Serialize)]
struct MemberRow {
    kind: &'static str,
    name: String,
    since: Timestamp,
}

const LISTED: &[&str] = &["name", "description", "source", "created_at"];
const SHOWN: &[&str] = &["name", "description", "source", "created_at", "id"];

impl From<Named> for Row {
    fn from(group: Named) -> Self {
        Self {
            id: group.id.to_string(),
            name: group.name.to_string(),
            description: group.description,
            source: group.source,
            created_at: group.created_at,
            members: None,
            grants: None,
        }
    }
}

impl From<NamedMember> for MemberRow {
    fn from(NamedMember { member, name, since }: NamedMember) -> Self {
        let kind = match member {
            Member::User(_) => "user",
            Member::Group(_) => "group",
        };
        Self { kind, name, since }
    }
}

impl Group {
    pub fn run(self, common: &Common) -> Outcome {
        Local::with(common, async |local| {
            match self {
                Self::Add(add) => add.run(local).await,
                Self::List(list) => list.run(local).await,
                Self::Show(show) => show.run(local).await,
                Self::Delete(delete) => delete.run(local).await,
                Self::AddMember(membership) => membership.add(local).await,
                Self::RemoveMember(membership) => membership.remove(local).await,
            }
            .map(|()| ExitCode::SUCCESS)
        })
    }
}

impl Add {
    async fn run(self, local: &Local) -> Outcome<()> {
        let group = local.services.groups.create(&local.actor, &self.name, &self.description).await?;
        tell(format_args!("the group {} was made", group.name));
        Ok(())
    }
}

impl List {
    async fn run(self, local: &Local) -> Outcome<()> {
        let holding = match &self.user {
            Some(name) => Some(Member::User(local.user(name).await?.id)),
            None => None,
        };
        let rows = every_page(async |cursor| {
            let query = GroupQuery { holding, paging: Paging { limit: 500, cursor, ..Paging::default() } };
            Ok(local.services.groups.list(&local.actor, &query).await?.map(Row::from))
        })
        .await?;
        self.output.list(&rows, LISTED)
    }
}

impl Show {
    async fn run(self, local: &Local) -> Outcome<()> {
        let group = find(local, &self.name).await?;
        let members: Vec<MemberRow> = every_page(async |cursor| {
            let paging = Paging { limit: 500, cursor, ..Paging::default() };
            Ok(local.services.groups.members(&local.actor, group.id, &paging).await?.map(MemberRow::from))
        })
        .await?;
        let grants = grant::of(local, Some(Subject::Group(group.id)), None).await?;
        let row = Row { members: Some(members), grants: Some(grants), ..Row::from(group) };
        self.output.show(&row, SHOWN)?;
        if !self.output.is_table() {
            return Ok(());
        }
        if let Some(members) = row.members.filter(|members| !members.is_empty()) {
            print("\n")?;
            self.output.list(&members, &["kind", "name", "since"])?;
        }
        if let Some(grants) = row.grants.filter(|grants| !grants.is_empty()) {
            print("\n")?;
            self.output.list(&grants, &["role", "deny", "app", "resource", "until"])?;
        }
        Ok(())
    }
}

impl Delete {
    async fn run(self, local: &Local) -> Outcome<()> {
        let group = find(local, &self.name).await?;
        confirm(self.yes, &format!("Delete the group {} for good?", group.name))?;
        local.services.groups.delete(&local.actor, group.id).await?;
        tell(format_args!("the group {} was deleted", group.name));
        Ok(())
    }
}

impl Membership {
    async fn add(self, local: &Local) -> Outcome<()> {
        let (group, member, name) = self.find(local).await?;
        let added = local.services.groups.join(&local.actor, group.id, member).await?;
        let now = if added { "is in" } else { "was already in" };
        tell(format_args!("{name} {now} {}", group.name));
        Ok(())
    }

    async fn remove(self, local: &Local) -> Outcome<()> {
        let (group, member, name) = self.find(local).await?;
        local.services.groups.leave(&local.actor, group.id, member).await?;
        tell(format_args!("{name} is no longer in {}", group.name));
        Ok(())
    }

    async fn find(&self, local: &Local) -> Outcome<(Named, Member, String)> {
        let group = find(local, &self.name).await?;
        if let Some(inner) = &self.group {
            let inner = find(local, inner).await?;
            return Ok((group, Member::Group(inner.id), inner.name.to_string()));
        }
        let user = local.user(self.user.as_deref().unwrap_or_default()).await?;
        Ok((group, Member::User(user.id), user.username.to_string()))
    }
}

async fn find(local: &Local, name: &str) -> Outcome<Named> {
    Ok(local.services.groups.find_by_name(&local.actor, name).await?)
}
