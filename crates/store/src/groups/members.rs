//! Who is in a group.

use doorward_domain::{GroupId, Member, Subject, Timestamp, UserId};
use doorward_service::ports::{Change, Joined, Listed, NamedMember, Paging, StoreError};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect, Select,
};

use super::graph::is_within;
use crate::admins::Guard;
use crate::change::Outcome;
use crate::connection::failed;
use crate::entity::words::{GROUP, USER};
use crate::entity::{group, group_member, user};
use crate::paging::{count, decode, encode, limit, search, wrong_cursor};
use crate::rows::member_columns;
use crate::search_text::containing;
use crate::subjects;
use crate::transaction::Transaction;

/// What is looked for and what is found wait for one another with every other change of members (the guard's row does that), so that two
/// calls cannot close a circle together.
pub(super) async fn join(
    transaction: &Transaction,
    id: GroupId,
    member: Member,
    since: Timestamp,
    now: Timestamp,
) -> Result<Outcome<Joined>, StoreError> {
    let admins = Guard::before(transaction, now).await?;
    if !subjects::is_there(transaction, Subject::Group(id)).await? {
        return Ok(Outcome::Nothing(Joined::NoGroup));
    }
    if !subjects::is_there(transaction, subject(member)).await? {
        return Ok(Outcome::Nothing(Joined::NoMember));
    }
    let (kind, member_id) = member_columns(member);
    let place = (id.as_uuid(), kind.to_owned(), member_id);
    if group_member::Entity::find_by_id(place).one(transaction).await.map_err(failed)?.is_some() {
        return Ok(Outcome::Nothing(Joined::Already));
    }
    if let Member::Group(inner) = member
        && is_within(transaction, id, inner).await?
    {
        return Ok(Outcome::Nothing(Joined::Cycle));
    }
    let row = group_member::ActiveModel {
        group_id: Set(id.as_uuid()),
        member_kind: Set(kind.to_owned()),
        member_id: Set(member_id),
        created_at: Set(since.as_millis()),
    };
    group_member::Entity::insert(row).exec_without_returning(transaction).await.map_err(failed)?;
    admins.after(transaction).await?;
    Ok(Outcome::Written(vec![change_of(member)], Joined::Added))
}

pub(super) async fn leave(
    transaction: &Transaction,
    id: GroupId,
    member: Member,
    now: Timestamp,
) -> Result<Outcome<bool>, StoreError> {
    let admins = Guard::before(transaction, now).await?;
    let (kind, member_id) = member_columns(member);
    let place = (id.as_uuid(), kind.to_owned(), member_id);
    let left = group_member::Entity::delete_by_id(place).exec(transaction).await.map_err(failed)?;
    if left.rows_affected == 0 {
        return Ok(Outcome::Nothing(false));
    }
    admins.after(transaction).await?;
    Ok(Outcome::Written(vec![change_of(member)], true))
}

fn subject(member: Member) -> Subject {
    match member {
        Member::User(id) => Subject::User(id),
        Member::Group(id) => Subject::Group(id),
    }
}

/// Who is in other groups than before: the member, and whoever is in it. Nobody else in the group they join.
fn change_of(member: Member) -> Change {
    match member {
        Member::User(id) => Change::User(id),
        Member::Group(id) => Change::Group(id),
    }
}

/// Groups first, then people, each by name; so a cursor is the kind and the name of the last one.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    id: GroupId,
    paging: &Paging,
) -> Result<Listed<NamedMember>, StoreError> {
    if paging.sort.as_deref().is_some_and(|sort| sort != "name") {
        return Err(StoreError::BadQuery("cannot sort by that; this list sorts by name".to_owned()));
    }
    let groups = || of_kind::<group::Entity>(GROUP, (group::Column::Id, group::Column::Name), id, paging);
    let users = || of_kind::<user::Entity>(USER, (user::Column::Id, user::Column::Username), id, paging);
    let total = count(groups(), db).await.map_err(failed)? + count(users(), db).await.map_err(failed)?;
    let wanted = limit(paging).saturating_add(1);
    let mut rows = Vec::new();
    let after_user = match after(paging)? {
        After::Group(last) => {
            rows = page(db, groups(), group::Column::Name, &last, wanted).await?;
            String::new()
        }
        After::User(last) => last,
    };
    let room = wanted.saturating_sub(rows.len() as u64);
    rows.extend(page(db, users(), user::Column::Username, &after_user, room).await?);
    let more = rows.len() as u64 == wanted;
    rows.truncate(usize::try_from(wanted.saturating_sub(1)).unwrap_or(usize::MAX));
    let next_cursor = rows.last().filter(|_| more).and_then(|last| encode(&(&last.kind, &last.name)));
    Ok(Listed { items: rows.into_iter().map(named).collect(), next_cursor, total, unreadable: Vec::new() })
}

/// Behind which member a page begins.
enum After {
    Group(String),
    User(String),
}

fn after(paging: &Paging) -> Result<After, StoreError> {
    let Some(cursor) = &paging.cursor else { return Ok(After::Group(String::new())) };
    let (kind, last): (String, String) = decode(cursor)?;
    match kind.as_str() {
        GROUP => Ok(After::Group(last)),
        USER => Ok(After::User(last)),
        _ => Err(wrong_cursor()),
    }
}

/// A member as it is read.
#[derive(Debug, FromQueryResult)]
struct Row {
    kind: String,
    id: Uuid,
    name: String,
    since: i64,
}

fn named(row: Row) -> NamedMember {
    let member = match row.kind.as_str() {
        GROUP => Member::Group(GroupId::from_uuid(row.id)),
        _ => Member::User(UserId::from_uuid(row.id)),
    };
    NamedMember { member, name: row.name, since: Timestamp::from_millis(row.since) }
}

/// The members of one kind, from the table that has their names.
fn of_kind<E: EntityTrait>(
    kind: &str,
    (id, name): (E::Column, E::Column),
    group: GroupId,
    paging: &Paging,
) -> Select<E> {
    let membership = E::belongs_to(group_member::Entity).from(id).to(group_member::Column::MemberId);
    let select = E::find()
        .select_only()
        .column_as(group_member::Column::MemberKind, "kind")
        .column_as(id, "id")
        .column_as(name, "name")
        .column_as(group_member::Column::CreatedAt, "since")
        .join(JoinType::InnerJoin, membership.into())
        .filter(group_member::Column::GroupId.eq(group.as_uuid()))
        .filter(group_member::Column::MemberKind.eq(kind));
    match search(paging) {
        Some(text) => select.filter(Expr::col((E::default(), name)).like(containing(text))),
        None => select,
    }
}

async fn page<E: EntityTrait>(
    db: &impl ConnectionTrait,
    select: Select<E>,
    name: E::Column,
    after: &str,
    limit: u64,
) -> Result<Vec<Row>, StoreError> {
    let page = select.filter(name.gt(after)).order_by_asc(name).limit(limit);
    page.into_model().all(db).await.map_err(failed)
}
