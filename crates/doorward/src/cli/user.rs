//! `doorward user …`

use clap::{Args, Subcommand};
use doorward_domain::{Member, Role, Subject, Timestamp, User as Person, Username};
use doorward_service::ports::{GroupQuery, KeyQuery, Listed, Paging, UserChange, UserQuery};
use doorward_service::users::NewUser;
use serde::Serialize;
use serde_json::Value;
use std::process::ExitCode;

use super::support::confirm::confirm;
use super::support::local::{Local, every_page};
use super::support::output::{Form, Output, counted, print};
use super::support::printable::tell;
use super::support::secret;
use super::{Common, Failure, Outcome, grant};

/// Administers people
#[derive(Debug, Subcommand)]
pub enum User {
    Add(Add),
    List(List),
    Show(Show),
    SetRole(SetRole),
    SetPassword(SetPassword),
    /// Disables somebody: all their sessions end and they cannot sign in
    Disable(Name),
    /// Lets somebody sign in again
    Enable(Name),
    Delete(Delete),
    /// Ends all of somebody's sessions; they have to sign in again
    EndSessions(Name),
    /// Prints everybody as CSV (username, email, `full_name`, role), without passwords
    Export,
}

/// Somebody's name.
#[derive(Debug, Args)]
pub struct Name {
    /// The username
    name: String,
}

/// Makes a user
///
/// Asks for the password on a terminal; scripts pass it with --password-stdin.
#[derive(Debug, Args)]
pub struct Add {
    /// The username: letters, digits and . _ - + @
    name: String,
    /// The role on everything: viewer, operator, developer, manager or admin. Without one they may sign in and see nothing
    #[arg(long)]
    role: Option<Role>,
    /// The e-mail address
    #[arg(long)]
    email: Option<String>,
    /// The name people call them
    #[arg(long, default_value = "")]
    full_name: String,
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
    /// Make a user without a password, who cannot sign in until one is set
    #[arg(long, conflicts_with = "password_stdin")]
    no_password: bool,
}

/// Lists users
#[derive(Debug, Args)]
pub struct List {
    /// Only those with this role on everything
    #[arg(long)]
    role: Option<Role>,
    /// Only those who are disabled
    #[arg(long)]
    disabled: bool,
    /// Only those with this text in their username, name or address
    #[arg(long)]
    search: Option<String>,
    #[command(flatten)]
    output: Output,
}

/// Shows a user, with their roles on single apps
#[derive(Debug, Args)]
pub struct Show {
    /// The username
    name: String,
    #[command(flatten)]
    output: Output,
}

/// Changes somebody's role on everything; takes effect at once
#[derive(Debug, Args)]
pub struct SetRole {
    /// The username
    name: String,
    /// viewer, operator, developer, manager, admin, or none
    role: String,
}

/// Sets somebody's password and ends all their sessions
#[derive(Debug, Args)]
pub struct SetPassword {
    /// The username
    name: String,
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
}

/// Deletes a user with their sessions and grants; the audit log keeps what they did
#[derive(Debug, Args)]
pub struct Delete {
    /// The username
    name: String,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// A user as printed.
#[derive(Debug, Serialize)]
struct Row {
    id: String,
    username: String,
    email: Option<String>,
    full_name: String,
    role: Option<Role>,
    is_disabled: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
    last_sign_in_at: Option<Timestamp>,
    /// The groups they are directly in; only where one user is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<String>>,
    /// What they were given, or denied, beside that role; only where one user is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    grants: Option<Vec<grant::Row>>,
}

const LISTED: &[&str] = &["username", "full_name", "email", "role", "is_disabled", "last_sign_in_at"];
const SHOWN: &[&str] = &[
    "username",
    "full_name",
    "email",
    "role",
    "is_disabled",
    "created_at",
    "updated_at",
    "last_sign_in_at",
    "groups",
    "id",
];

const LISTED_FOR_PEOPLE: &[&str] =
    &["username", "full_name", "email", "role_on_everything", "is_disabled", "last_sign_in_at"];
const SHOWN_FOR_PEOPLE: &[&str] = &[
    "username",
    "full_name",
    "email",
    "role_on_everything",
    "is_disabled",
    "created_at",
    "updated_at",
    "last_sign_in_at",
    "groups",
    "id",
];

impl From<Person> for Row {
    fn from(user: Person) -> Self {
        Self {
            id: user.id.to_string(),
            username: user.username.to_string(),
            email: user.email.map(String::from),
            full_name: user.full_name,
            role: user.role,
            is_disabled: user.is_disabled,
            created_at: user.created_at,
            updated_at: user.updated_at,
            last_sign_in_at: user.last_sign_in_at,
            groups: None,
            grants: None,
        }
    }
}

impl User {
    pub fn run(self, common: &Common) -> Outcome {
        Local::with(common, async |local| {
            match self {
                Self::Add(add) => add.run(local).await,
                Self::List(list) => list.run(local).await,
                Self::Show(show) => show.run(local).await,
                Self::SetRole(set) => set.run(local).await,
                Self::SetPassword(set) => set.run(local).await,
                Self::Disable(name) => set_disabled(local, &name.name, true).await,
                Self::Enable(name) => set_disabled(local, &name.name, false).await,
                Self::Delete(delete) => delete.run(local).await,
                Self::EndSessions(name) => end_sessions(local, &name.name).await,
                Self::Export => export(local).await,
            }
            .map(|()| ExitCode::SUCCESS)
        })
    }
}

impl Add {
    async fn run(self, local: &Local) -> Outcome<()> {
        // Before asking for a password in vain.
        let name: Username = self.name.parse().map_err(Failure::refused)?;
        let password =
            if self.no_password { None } else { Some(secret::password(self.password_stdin, name.as_str())?) };
        let new =
            NewUser { username: self.name, password, email: self.email, full_name: self.full_name, role: self.role };
        let user = local.services.users.create(&local.actor, new).await?;
        let role = user.role.map_or("no role".to_owned(), |role| format!("role {role}"));
        tell(format_args!("{} was made, {role}", user.username));
        Ok(())
    }
}

impl List {
    async fn run(self, local: &Local) -> Outcome<()> {
        let disabled = self.disabled.then_some(true);
        let rows = everybody(local, self.role, disabled, self.search).await?;
        if !self.output.is_table() {
            return self.output.list(&rows, LISTED);
        }
        self.output.list(&rows.iter().map(for_people).collect::<Vec<_>>(), LISTED_FOR_PEOPLE)
    }
}

/// The same row, with words that say what the role is on.
fn for_people(row: &Row) -> Value {
    let mut row = serde_json::to_value(row).unwrap_or_default();
    let role = row.get("role").cloned();
    if let (Some(members), Some(role)) = (row.as_object_mut(), role) {
        members.insert("role_on_everything".to_owned(), role);
    }
    row
}

impl Show {
    async fn run(self, local: &Local) -> Outcome<()> {
        let user = local.user(&self.name).await?;
        let grants = grant::of(local, Some(Subject::User(user.id)), None).await?;
        let grants = grants.into_iter().filter(|row| !row.is_role_on_everything()).collect();
        let groups = every_page(async |cursor| {
            let query = GroupQuery {
                holding: Some(Member::User(user.id)),
                paging: Paging { limit: 500, cursor, ..Paging::default() },
            };
            Ok(local.services.groups.list(&local.actor, &query).await?.map(|group| group.name.to_string()))
        })
        .await?;
        let row = Row { grants: Some(grants), groups: Some(groups), ..Row::from(user) };
        if !self.output.is_table() {
            return self.output.show(&row, SHOWN);
        }
        self.output.show(&for_people(&row), SHOWN_FOR_PEOPLE)?;
        match &row.grants {
            Some(grants) if !grants.is_empty() => {
                print("\n")?;
                self.output.list(grants, &["role", "deny", "app", "resource", "until"])
            }
            _ => Ok(()),
        }
    }
}

async fn everybody(
    local: &Local,
    role: Option<Role>,
    is_disabled: Option<bool>,
    search: Option<String>,
) -> Outcome<Vec<Row>> {
    every_page(async |cursor| {
        let paging = Paging { limit: 500, cursor, search: search.clone(), sort: None };
        let page: Listed<Person> =
            local.services.users.list(&local.actor, &UserQuery { role, is_disabled, paging }).await?;
        Ok(page.map(Row::from))
    })
    .await
}

impl SetRole {
    async fn run(self, local: &Local) -> Outcome<()> {
        let role = match self.role.as_str() {
            "none" => None,
            word => Some(word.parse::<Role>().map_err(Failure::refused)?),
        };
        let user = local.user(&self.name).await?;
        let change = UserChange { role: Some(role), ..UserChange::default() };
        let user = local.services.users.update(&local.actor, user.id, change).await?;
        tell(format_args!(
            "{} now has {}",
            user.username,
            role.map_or("no role on everything".to_owned(), |r| format!("the role {r}"))
        ));
        Ok(())
    }
}

impl SetPassword {
    async fn run(self, local: &Local) -> Outcome<()> {
        let user = local.user(&self.name).await?;
        let password = secret::password(self.password_stdin, user.username.as_str())?;
        local.services.users.set_password(&local.actor, user.id, password).await?;
        let name = &user.username;
        tell(format_args!("the password of {name} was set and their sessions ended"));
        let own = KeyQuery { owner: Some(user.id), paging: Paging { limit: 1, ..Paging::default() } };
        let keys = local.services.keys.list(&local.actor, &own).await?.total;
        if keys > 0 {
            // A key is no password: whoever changes one because it is known to others has to look at these too.
            let keys = counted(keys, "API key");
            tell(format_args!("{keys} of theirs stay as they are: see `doorward key list --owner {name}`"));
        }
        Ok(())
    }
}

impl Delete {
    async fn run(self, local: &Local) -> Outcome<()> {
        let user = local.user(&self.name).await?;
        confirm(self.yes, &format!("Delete {} for good?", user.username))?;
        local.services.users.delete(&local.actor, user.id).await?;
        tell(format_args!("{} was deleted", user.username));
        Ok(())
    }
}

async fn set_disabled(local: &Local, name: &str, is_disabled: bool) -> Outcome<()> {
    let user = local.user(name).await?;
    if user.is_disabled == is_disabled {
        tell(format_args!("{} is {} already", user.username, if is_disabled { "disabled" } else { "enabled" }));
        return Ok(());
    }
    let change = UserChange { is_disabled: Some(is_disabled), ..UserChange::default() };
    let user = local.services.users.update(&local.actor, user.id, change).await?;
    tell(format_args!(
        "{} is now {}",
        user.username,
        if is_disabled { "disabled, and their sessions ended" } else { "enabled" }
    ));
    Ok(())
}

async fn end_sessions(local: &Local, name: &str) -> Outcome<()> {
    let user = local.user(name).await?;
    let ended = local.services.sessions.end_all_of(&local.actor, user.id, None).await?;
    tell(format_args!("{} of {} ended", counted(ended, "session"), user.username));
    Ok(())
}

async fn export(local: &Local) -> Outcome<()> {
    let rows = everybody(local, None, None, None).await?;
    Output::of(Form::Csv).list(&rows, &["username", "email", "full_name", "role"])
}
