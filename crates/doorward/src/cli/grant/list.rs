//! `doorward grant list`

use clap::Args;
use doorward_domain::{AppName, GrantId, Subject, Timestamp};
use doorward_service::ports::{GrantQuery, NamedGrant, Paging};
use doorward_web::GrantFields;
use serde::Serialize;

use crate::cli::Outcome;
use crate::cli::support::local::{Local, app_name, every_page};
use crate::cli::support::output::Output;

/// Lists grants
#[derive(Debug, Args)]
pub struct List {
    /// Only those of this user
    #[arg(long, conflicts_with_all = ["group", "key"])]
    user: Option<String>,
    /// Only those of this group
    #[arg(long, conflicts_with = "key")]
    group: Option<String>,
    /// Only those of this API key
    #[arg(long)]
    key: Option<String>,
    /// Only those on this app
    #[arg(long)]
    app: Option<String>,
    #[command(flatten)]
    output: Output,
}

/// A grant as printed.
#[derive(Debug, Serialize)]
pub struct Row {
    id: GrantId,
    /// A username, `group:NAME` or `key:NAME`.
    subject: String,
    /// One of the three.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(flatten)]
    fields: GrantFields,
    /// Whether it counts no more.
    ended: bool,
}

const LISTED: &[&str] = &["id", "subject", "role", "deny", "app", "resource", "until", "reason", "created_at"];
/// What is shown of the grants of one subject.
pub const OF_ONE: &[&str] = &["role", "deny", "app", "resource", "until", "reason"];

impl Row {
    fn new(NamedGrant { grant, subject }: NamedGrant, now: Timestamp) -> Self {
        let named = |is_it| Some(subject.clone()).filter(|_| is_it);
        let prefix = match grant.subject {
            Subject::User(_) => "",
            Subject::Group(_) => "group:",
            Subject::Key(_) => "key:",
        };
        Self {
            id: grant.id,
            username: named(matches!(grant.subject, Subject::User(_))),
            group: named(matches!(grant.subject, Subject::Group(_))),
            key: named(matches!(grant.subject, Subject::Key(_))),
            subject: format!("{prefix}{subject}"),
            ended: !grant.holds(now),
            fields: grant.into(),
        }
    }
}

impl Row {
    /// Whether it is what is called the role of a user.
    pub(in crate::cli) fn is_role_on_everything(&self) -> bool {
        self.fields.app.is_none() && !self.fields.deny
    }

    /// Whether it counts no more.
    pub(in crate::cli) fn has_ended(&self) -> bool {
        self.ended
    }
}

/// Prints grants; in the table, of one that counts no more, that it has ended.
pub fn print_list(rows: &[Row], output: Output, columns: &[&str]) -> Outcome<()> {
    if !output.is_table() {
        return output.list(rows, columns);
    }
    let for_people = |row: &Row| {
        let mut words = serde_json::to_value(row).unwrap_or_default();
        if let (true, Some(end), Some(cells)) = (row.ended, row.fields.until, words.as_object_mut()) {
            cells.insert("until".to_owned(), format!("ended {end}").into());
        }
        words
    };
    output.list(&rows.iter().map(for_people).collect::<Vec<_>>(), columns)
}

impl List {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        let subject = match (&self.user, &self.group, &self.key) {
            (Some(name), ..) => Some(Subject::User(local.user(name).await?.id)),
            (_, Some(name), _) => {
                Some(Subject::Group(local.services.groups.find_by_name(&local.actor, name).await?.id))
            }
            (.., Some(name)) => Some(Subject::Key(local.key(name).await?.key.id)),
            (None, None, None) => None,
        };
        let app = self.app.as_deref().map(app_name).transpose()?;
        let rows = of(local, subject, app.as_ref()).await?;
        print_list(&rows, self.output, LISTED)
    }
}

/// All grants of a subject, or of all.
pub async fn of(local: &Local, subject: Option<Subject>, app: Option<&AppName>) -> Outcome<Vec<Row>> {
    every_page(async |cursor| {
        let paging = Paging { limit: 500, cursor, ..Paging::default() };
        let query = GrantQuery { subject, app: app.cloned(), holding_at: None, paging };
        let now = local.services.clock.now();
        Ok(local.services.grants.list(&local.actor, &query).await?.map(|named| Row::new(named, now)))
    })
    .await
}
