//! Entries folded into events: what readers see.

use audit_entry::Column;
use doorward_domain::{
    AuditEvent, AuditOutcome, NewAuditEvent,
    audit::{AuditConclusion, AuditEntry},
};
use doorward_service::ports::{AuditQuery, Listed, StoreError};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select,
    prelude::Uuid,
    sea_query::{Alias, Expr, ExprTrait, Func, Query, SelectStatement, SubQueryStatement},
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

use super::CHAIN;
use crate::connection::{damaged, failed};
use crate::entity::{audit_entry, audit_operation};
use crate::paging::{count, decode, encode, limit, search, wrong_cursor};
use crate::search_text::{containing, fingerprint, storable};

/// Newest first unless asked otherwise, by the time of the event. Of one moment, the number decides: what happened first is written first,
/// where one process saw both. Two chains may have the same number.
pub(super) async fn list(db: &impl ConnectionTrait, query: &AuditQuery) -> Result<Listed<AuditEvent>, StoreError> {
    let oldest_first = match query.paging.sort.as_deref() {
        None | Some("-at") => false,
        Some("at") => true,
        Some(_) => return Err(StoreError::BadQuery("cannot sort by that; this list sorts by at".to_owned())),
    };
    let page = page(query, oldest_first)?;
    let total = count(filtered(query), db).await.map_err(failed)?;
    let mut rows = page.all(db).await.map_err(failed)?;
    let limit = usize::try_from(limit(&query.paging)).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows.last().filter(|_| more).and_then(|last| encode(&(oldest_first, Place::of(last))));
    Ok(Listed { items: folded(db, &rows).await?, next_cursor, total, unreadable: Vec::new() })
}

/// A page, and one more where there is a next one.
fn page(query: &AuditQuery, oldest_first: bool) -> Result<Select<audit_entry::Entity>, StoreError> {
    let mut page = filtered(query);
    if let Some(cursor) = &query.paging.cursor {
        let (of_oldest_first, last): (bool, Place) = decode(cursor)?;
        if of_oldest_first != oldest_first {
            return Err(wrong_cursor());
        }
        page = page.filter(last.behind(oldest_first));
    }
    let order = if oldest_first { Order::Asc } else { Order::Desc };
    for column in [Column::At, Column::Seq, Column::Chain] {
        page = page.order_by(column, order.clone());
    }
    Ok(page.limit(limit(&query.paging).saturating_add(1)))
}

/// Where an event stands in the list.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    at: i64,
    seq: i64,
    chain: String,
}

impl Place {
    fn of(row: &audit_entry::Model) -> Self {
        Self { at: row.at, seq: row.seq, chain: row.chain.clone() }
    }

    /// What comes after it in this order. The first part alone is a range of the index.
    fn behind(&self, oldest_first: bool) -> Condition {
        let Self { at, seq, chain } = self;
        let (from, later, higher, other) = if oldest_first {
            (Column::At.gte(*at), Column::At.gt(*at), Column::Seq.gt(*seq), Column::Chain.gt(chain))
        } else {
            (Column::At.lte(*at), Column::At.lt(*at), Column::Seq.lt(*seq), Column::Chain.lt(chain))
        };
        let same_number = Condition::all().add(Column::Seq.eq(*seq)).add(other);
        Condition::all().add(from).add(Condition::any().add(later).add(higher).add(same_number))
    }
}

fn filtered(query: &AuditQuery) -> Select<audit_entry::Entity> {
    let mut wanted = Condition::all().add(Column::IsConclusion.eq(false));
    wanted = wanted.add_option(query.actor.as_ref().map(|actor| Column::ActorHash.eq(fingerprint(actor))));
    wanted = wanted.add_option(query.app.as_ref().map(|app| Column::App.eq(app.as_str())));
    wanted = wanted.add_option(query.from.map(|from| Column::At.gte(from.as_millis())));
    wanted = wanted.add_option(query.to.map(|to| Column::At.lt(to.as_millis())));
    wanted = wanted.add_option(query.decision_id.map(|id| Column::DecisionId.eq(id.as_uuid())));
    wanted = wanted.add_option(query.id.map(|id| Column::EventId.eq(id.as_uuid())));
    wanted = wanted
        .add_option(query.seq.map(|seq| Column::EventId.in_subquery(events_where(numbered(Column::Seq.eq(seq))))));
    wanted = wanted.add_option(query.after_seq.map(|seq| numbered(Column::Seq.gt(seq))));
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

/// Numbers are those of the chain.
fn numbered(which: Expr) -> Expr {
    Column::Chain.eq(CHAIN).and(which)
}

/// The ids of events of which some entry is so.
fn events_where(which: Expr) -> SelectStatement {
    audit_entry::Entity::find().select_only().column(Column::EventId).filter(which).into_query()
}

/// The action's own word, or an operation named in the details of event or conclusion.
fn by_action(word: &str) -> Condition {
    let entry = |column: Column| Expr::col((audit_entry::Entity, column));
    let named = |column: audit_operation::Column| Expr::col((audit_operation::Entity, column));
    let naming = Query::select()
        .column((audit_entry::Entity, Column::EventId))
        .from(audit_operation::Entity)
        .inner_join(
            audit_entry::Entity,
            entry(Column::Chain)
                .equals((audit_operation::Entity, audit_operation::Column::Chain))
                .and(entry(Column::Seq).equals((audit_operation::Entity, audit_operation::Column::Seq))),
        )
        .and_where(named(audit_operation::Column::OperationHash).eq(fingerprint(word)))
        .take();
    Condition::any().add(Column::Action.eq(storable(word))).add(Column::EventId.in_subquery(naming))
}

/// The latest outcome: the last conclusion's, or else the event's own. An index first narrows it to events of which any entry has that
/// outcome, so that what is rare is found fast.
fn by_outcome(outcome: AuditOutcome) -> Condition {
    let later = Alias::new("later");
    let latest = Query::select()
        .column((later.clone(), Column::Outcome))
        .from_as(audit_entry::Entity, later.clone())
        .and_where(Expr::col((later.clone(), Column::EventId)).equals((audit_entry::Entity, Column::EventId)))
        .and_where(Expr::col((later.clone(), Column::IsConclusion)).eq(true))
        .order_by((later, Column::Seq), Order::Desc)
        .limit(1)
        .take();
    let latest = Expr::SubQuery(None, Box::new(SubQueryStatement::SelectStatement(latest)));
    let own = Expr::col((audit_entry::Entity, Column::Outcome));
    Condition::all()
        .add(Column::EventId.in_subquery(events_where(Column::Outcome.eq(outcome.as_str()))))
        .add(Expr::from(Func::coalesce([latest, own])).eq(outcome.as_str()))
}

/// Gives each event its latest outcome and the details of all its conclusions.
async fn folded(db: &impl ConnectionTrait, rows: &[audit_entry::Model]) -> Result<Vec<AuditEvent>, StoreError> {
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
        // What holds no more when it ended, such as a role.
        event.details.retain(|_, value| !serde_json::Value::is_null(value));
    }
    event
}

fn parsed(text: &str) -> Result<AuditEntry, StoreError> {
    serde_json::from_str(text).map_err(|_| damaged("audit entry"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;
    use crate::engine::sqlite::plans;

    /// The steps of a page.
    async fn steps(store: &Store, query: &AuditQuery, oldest_first: bool) -> Vec<String> {
        let db = &store.connections.reader;
        plans::steps(db, page(query, oldest_first).unwrap().build(db.get_database_backend())).await
    }

    #[tokio::test]
    async fn a_page_is_read_in_the_order_of_an_index_however_deep_it_is() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let place = Place { at: 7, seq: 7, chain: CHAIN.to_owned() };
        let all = AuditQuery::default;
        for oldest_first in [true, false] {
            for (query, index) in
                [(all(), "audit_by_time"), (AuditQuery { actor: Some("ada".to_owned()), ..all() }, "audit_by_actor")]
            {
                let mut deep = query.clone();
                deep.paging.cursor = encode(&(oldest_first, &place));
                for query in [query, deep] {
                    let told = steps(&store, &query, oldest_first).await;
                    assert!(matches!(&told[..], [one] if one.contains(&format!("USING INDEX {index}"))), "{told:?}");
                }
            }
        }
    }

    #[tokio::test]
    async fn what_was_written_since_is_found_by_its_number() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let since = AuditQuery { after_seq: Some(7), ..AuditQuery::default() };
        let told = steps(&store, &since, true).await;
        assert!(told[0].contains("(chain=? AND seq>?)"), "whoever follows the log reads what is new: {told:?}");
    }
}
