//! Entries folded into events: what readers see.

use audit_entry::Column;
use doorward_domain::{
    AuditEvent, AuditOutcome, NewAuditEvent,
    audit::{AuditConclusion, AuditEntry},
};
use doorward_service::ports::{AuditQuery, Listed, StoreError};
use sea_orm::{
    ColumnTrait, Condition, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    prelude::Uuid,
    sea_query::{Alias, Expr, ExprTrait, Func, SelectStatement, SubQueryStatement},
};
use std::collections::HashMap;

use crate::connection::{damaged, failed};
use crate::entity::{audit_entry, audit_operation};
use crate::paging::{count, decode, encode, limit, search, wrong_cursor};
use crate::search_text::containing;

/// Newest first unless asked otherwise; a cursor is the order and the last number.
pub(super) async fn list(db: &DatabaseConnection, query: &AuditQuery) -> Result<Listed<AuditEvent>, StoreError> {
    let oldest_first = match query.paging.sort.as_deref() {
        None | Some("-at") => false,
        Some("at") => true,
        Some(_) => return Err(StoreError::BadQuery("cannot sort by that; this list sorts by at".to_owned())),
    };
    let total = count(filtered(query), db).await.map_err(failed)?;
    let mut page = filtered(query);
    if let Some(cursor) = &query.paging.cursor {
        let (of_oldest_first, last): (bool, i64) = decode(cursor)?;
        if of_oldest_first != oldest_first {
            return Err(wrong_cursor());
        }
        page = page.filter(if oldest_first { Column::Seq.gt(last) } else { Column::Seq.lt(last) });
    }
    page = if oldest_first { page.order_by_asc(Column::Seq) } else { page.order_by_desc(Column::Seq) };
    let limit = limit(&query.paging);
    let mut rows = page.limit(limit.saturating_add(1)).all(db).await.map_err(failed)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows.last().filter(|_| more).and_then(|last| encode(&(oldest_first, last.seq)));
    Ok(Listed { items: folded(db, &rows).await?, next_cursor, total })
}

fn filtered(query: &AuditQuery) -> Select<audit_entry::Entity> {
    let mut wanted = Condition::all().add(Column::IsConclusion.eq(false));
    wanted = wanted.add_option(query.actor.as_ref().map(|actor| Column::Actor.eq(actor)));
    wanted = wanted.add_option(query.app.as_ref().map(|app| Column::App.eq(app.as_str())));
    wanted = wanted.add_option(query.from.map(|from| Column::At.gte(from.as_millis())));
    wanted = wanted.add_option(query.to.map(|to| Column::At.lt(to.as_millis())));
    wanted = wanted.add_option(query.decision_id.map(|id| Column::DecisionId.eq(id.as_uuid())));
    wanted = wanted.add_option(query.id.map(|id| Column::EventId.eq(id.as_uuid())));
    wanted = wanted.add_option(query.seq.map(|seq| Column::EventId.in_subquery(events_where(Column::Seq.eq(seq)))));
    wanted = wanted.add_option(query.after_seq.map(|seq| Column::Seq.gt(seq)));
    wanted = wanted.add_option(query.decision_id.map(|id| {
        // In the text only: whoever asks bounds the time as well, which an id tells. Quotes inside JSON strings are escaped, so no
        // detail can pass for the field.
        Column::Entry.like(containing(&format!("\"decision_id\":\"{id}\"")))
    }));
    wanted = wanted.add_option(query.action.as_deref().map(by_action));
    wanted = wanted.add_option(query.outcome.map(by_outcome));
    wanted = wanted.add_option(search(&query.paging).map(|text| {
        // The conclusion counts as well: run ids are in it.
        Column::EventId.in_subquery(events_where(Column::Words.like(containing(text))))
    }));
    audit_entry::Entity::find().filter(wanted)
}

/// The ids of events of which some entry is so.
fn events_where(which: Expr) -> SelectStatement {
    audit_entry::Entity::find().select_only().column(Column::EventId).filter(which).into_query()
}

/// The action's own word, or an operation named in the details of event or conclusion.
fn by_action(word: &str) -> Condition {
    let named = audit_operation::Entity::find()
        .select_only()
        .column(audit_operation::Column::Seq)
        .filter(audit_operation::Column::Operation.eq(word))
        .into_query();
    Condition::any()
        .add(Column::Action.eq(word))
        .add(Column::EventId.in_subquery(events_where(Column::Seq.in_subquery(named))))
}

/// The latest outcome: the last conclusion's, or else the event's own. An index first narrows it to events of which any entry has that
/// outcome, so that what is rare is found fast.
fn by_outcome(outcome: AuditOutcome) -> Condition {
    let later = Alias::new("later");
    let latest = sea_orm::sea_query::Query::select()
        .column((later.clone(), Column::Outcome))
        .from_as(audit_entry::Entity, later.clone())
        .and_where(Expr::col((later.clone(), Column::EventId)).equals((audit_entry::Entity, Column::EventId)))
        .and_where(Expr::col((later.clone(), Column::IsConclusion)).eq(true))
        .order_by((later, Column::Seq), sea_orm::Order::Desc)
        .limit(1)
        .take();
    let latest = Expr::SubQuery(None, Box::new(SubQueryStatement::SelectStatement(latest)));
    let own = Expr::col((audit_entry::Entity, Column::Outcome));
    Condition::all()
        .add(Column::EventId.in_subquery(events_where(Column::Outcome.eq(outcome.as_str()))))
        .add(Expr::from(Func::coalesce([latest, own])).eq(outcome.as_str()))
}

/// Gives each event its latest outcome and the details of all its conclusions.
async fn folded(db: &DatabaseConnection, rows: &[audit_entry::Model]) -> Result<Vec<AuditEvent>, StoreError> {
    let mut conclusions: HashMap<Uuid, Vec<AuditConclusion>> = HashMap::new();
    let ids: Vec<Uuid> = rows.iter().map(|row| row.event_id).collect();
    let later = audit_entry::Entity::find()
        .filter(Column::EventId.is_in(ids))
        .filter(Column::IsConclusion.eq(true))
        .order_by_asc(Column::Seq)
        .all(db)
        .await
        .map_err(failed)?;
    for row in later {
        if let AuditEntry::Conclusion(conclusion) = parsed(&row.entry)? {
            conclusions.entry(row.event_id).or_default().push(conclusion);
        }
    }
    let fold = |row: &audit_entry::Model| {
        let AuditEntry::Event(event) = parsed(&row.entry)? else { return Err(damaged("audit entry")) };
        let concluded = conclusions.get(&row.event_id).map_or(&[][..], Vec::as_slice);
        Ok(AuditEvent { event: concluded_by(event, concluded), seq: row.seq, chain_hash: hex::encode(&row.hash) })
    };
    rows.iter().map(fold).collect()
}

fn concluded_by(mut event: NewAuditEvent, conclusions: &[AuditConclusion]) -> NewAuditEvent {
    for conclusion in conclusions {
        event.outcome = conclusion.outcome;
        event.details.extend(conclusion.details.clone());
    }
    event
}

fn parsed(text: &str) -> Result<AuditEntry, StoreError> {
    serde_json::from_str(text).map_err(|_| damaged("audit entry"))
}
