//! Administering groups.

use doorward_domain::text::steers;
use doorward_domain::{AuditAction, Group, GroupId, GroupName, GroupSource, Member, Subject};
use std::sync::Arc;

use super::subjects::Subjects;
use crate::context::{Context, Telling as _};
use crate::core::Core;
use crate::ports::{Effects, GroupChange, GroupQuery, GroupStore, Joined, Listed, NamedMember, Paging, StoreError};
use crate::{Actor, Authentication, NotAllowed, Right};

/// Why a group was not administered.
#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    /// The actor may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no such group.
    #[error("there is no such group")]
    NotFound,
    /// There is no group of that name.
    #[error("there is no group called `{0}`")]
    UnknownName(String),
    /// There is no such user or group to be a member.
    #[error("there is no such {}", match .0 { Member::User(_) => "user", Member::Group(_) => "group" })]
    UnknownMember(Member),
    /// It is no member.
    #[error("{0} is not in the group {1}")]
    NotAMember(String, GroupName),
    /// The name cannot be used.
    #[error("a group's name has 1 to 128 letters, digits or any of . _ - + @, and starts with a letter or digit")]
    BadName,
    /// The description cannot be used.
    #[error(
        "a description has at most {LONGEST_DESCRIPTION} characters, none of them control characters or such as change the direction of text"
    )]
    BadDescription,
    /// The group would be in itself.
    #[error("the group {0} is in {1} already, perhaps through others: a group cannot be in itself")]
    Cycle(GroupName, String),
    /// Who is in it, and what it is called, is not ours to say.
    #[error("the group {0} comes from elsewhere ({word}): change it there", word = .1.as_str())]
    ManagedElsewhere(GroupName, GroupSource),
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// In characters.
pub const LONGEST_DESCRIPTION: usize = 500;

/// Administers groups.
pub struct Groups {
    store: Arc<dyn GroupStore>,
    subjects: Subjects,
    authentication: Arc<Authentication>,
    context: Context,
}

impl Groups {
    /// Made of what all verbs are.
    pub(crate) fn new(core: &Core) -> Self {
        Self {
            store: Arc::clone(&core.stores.groups),
            subjects: Subjects::new(core),
            authentication: Arc::clone(&core.authentication),
            context: core.context.clone(),
        }
    }

    /// A page of groups.
    pub async fn list(&self, actor: &Actor, query: &GroupQuery) -> Result<Listed<Group>, GroupError> {
        actor.may(Right::SeeGroups, self.context.now())?;
        Ok(self.store.list(query).await?)
    }

    /// By id.
    pub async fn find(&self, actor: &Actor, id: GroupId) -> Result<Group, GroupError> {
        actor.may(Right::SeeGroups, self.context.now())?;
        self.store.find(id).await?.ok_or(GroupError::NotFound)
    }

    /// By name.
    pub async fn find_by_name(&self, actor: &Actor, name: &str) -> Result<Group, GroupError> {
        actor.may(Right::SeeGroups, self.context.now())?;
        let unknown = || GroupError::UnknownName(name.to_owned());
        let parsed = name.parse().map_err(|_| unknown())?;
        self.store.find_by_name(&parsed).await?.ok_or_else(unknown)
    }

    /// Makes a group.
    pub async fn create(&self, actor: &Actor, name: &str, description: &str) -> Result<Group, GroupError> {
        let now = self.context.now();
        actor.may(Right::ChangeGroups, now)?;
        let group = Group {
            id: GroupId::generate(now, self.context.random()),
            name: name.parse().map_err(|_| GroupError::BadName)?,
            description: parse_description(description)?,
            source: GroupSource::Local,
            created_at: now,
        };
        let event = self.context.event(actor, Right::ChangeGroups, AuditAction::GROUP_CREATE).about(&target(&group));
        self.store.create(&group, Effects::of(&event)).await?.told(&*self.authentication).await;
        Ok(group)
    }

    /// A group that may be changed by hand: one that was made here.
    async fn own(&self, actor: &Actor, id: GroupId) -> Result<Group, GroupError> {
        actor.may(Right::ChangeGroups, self.context.now())?;
        let group = self.find(actor, id).await?;
        match group.source {
            GroupSource::Local => Ok(group),
            source @ (GroupSource::Ldap | GroupSource::Oidc) => Err(GroupError::ManagedElsewhere(group.name, source)),
        }
    }

    /// Changes a group.
    pub async fn update(&self, actor: &Actor, id: GroupId, mut change: GroupChange) -> Result<Group, GroupError> {
        let before = self.own(actor, id).await?;
        if let Some(description) = &mut change.description {
            *description = parse_description(description)?;
        }
        let mut event =
            self.context.event(actor, Right::ChangeGroups, AuditAction::GROUP_UPDATE).about(&target(&before));
        if let Some(name) = &change.name {
            event = event.with("name", name.as_str());
        }
        if let Some(description) = &change.description {
            event = event.with("description", description.as_str());
        }
        let changed = self.store.update(id, &change, Effects::of(&event)).await?;
        changed.told(&*self.authentication).await.ok_or(GroupError::NotFound)
    }

    /// Deletes a group: its members lose what it was given.
    pub async fn delete(&self, actor: &Actor, id: GroupId) -> Result<(), GroupError> {
        let group = self.own(actor, id).await?;
        let event = self.context.event(actor, Right::ChangeGroups, AuditAction::GROUP_DELETE).about(&target(&group));
        let deleted = self.store.delete(id, Effects::of(&event.with("id", id.to_string()))).await?;
        if deleted.told(&*self.authentication).await { Ok(()) } else { Err(GroupError::NotFound) }
    }

    /// A page of direct members.
    pub async fn members(
        &self,
        actor: &Actor,
        id: GroupId,
        paging: &Paging,
    ) -> Result<Listed<NamedMember>, GroupError> {
        self.find(actor, id).await?;
        Ok(self.store.members(id, paging).await?)
    }

    /// Puts somebody into a group; whether they were not in it before.
    pub async fn join(&self, actor: &Actor, id: GroupId, member: Member) -> Result<bool, GroupError> {
        let group = self.own(actor, id).await?;
        let name = self.subjects.name(as_subject(member)).await?.ok_or(GroupError::UnknownMember(member))?;
        let event = self
            .context
            .event(actor, Right::ChangeGroups, AuditAction::GROUP_JOIN)
            .about(&target(&group))
            .with("member", name.as_str());
        let joined = self.store.join(id, member, event.at, Effects::of(&event)).await?;
        match joined.told(&*self.authentication).await {
            Joined::Added => Ok(true),
            Joined::Already => Ok(false),
            Joined::NoGroup => Err(GroupError::NotFound),
            Joined::NoMember => Err(GroupError::UnknownMember(member)),
            Joined::Cycle => Err(GroupError::Cycle(group.name, in_words(&name))),
        }
    }

    /// Takes somebody out.
    pub async fn leave(&self, actor: &Actor, id: GroupId, member: Member) -> Result<(), GroupError> {
        let group = self.own(actor, id).await?;
        let name = self.subjects.name(as_subject(member)).await?.ok_or(GroupError::UnknownMember(member))?;
        let event = self
            .context
            .event(actor, Right::ChangeGroups, AuditAction::GROUP_LEAVE)
            .about(&target(&group))
            .with("member", name.as_str());
        let left = self.store.leave(id, member, Effects::of(&event)).await?;
        if left.told(&*self.authentication).await {
            Ok(())
        } else {
            Err(GroupError::NotAMember(in_words(&name), group.name))
        }
    }
}

fn target(group: &Group) -> String {
    format!("group:{}", group.name)
}

/// A name of the audit log in a sentence: `group:data` is the group data.
fn in_words(name: &str) -> String {
    name.strip_prefix("group:").map_or_else(|| name.to_owned(), |group| format!("the group {group}"))
}

fn as_subject(member: Member) -> Subject {
    match member {
        Member::User(id) => Subject::User(id),
        Member::Group(id) => Subject::Group(id),
    }
}

fn parse_description(text: &str) -> Result<String, GroupError> {
    let text = text.trim();
    if text.chars().count() > LONGEST_DESCRIPTION || text.chars().any(steers) {
        return Err(GroupError::BadDescription);
    }
    Ok(text.to_owned())
}
