//! Pages of a list, by key rather than by offset: a page costs the same however deep it is, and rows that come and go between two
//! pages neither repeat nor hide others.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use doorward_service::ports::{Paging, StoreError};
use sea_orm::{
    Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, Order, QueryFilter, QueryOrder, QueryResult,
    QuerySelect, QueryTrait as _, Select, Value,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait},
};
use serde::{Serialize, de::DeserializeOwned};

/// The most a page holds, whatever was asked for.
const LARGEST: u32 = 500;

/// A NUL, as JSON has it.
const NUL: &[u8] = b"\\u0000";

/// How many items the page holds.
pub(crate) fn limit(paging: &Paging) -> u64 {
    u64::from(paging.limit.clamp(1, LARGEST))
}

/// The search text, if there is one worth searching for.
pub(crate) fn search(paging: &Paging) -> Option<&str> {
    paging.search.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

/// Makes an opaque cursor.
pub(crate) fn encode(place: &impl Serialize) -> Option<String> {
    serde_json::to_vec(place).ok().map(|json| URL_SAFE_NO_PAD.encode(json))
}

/// Reads a cursor made by [`encode`].
pub(crate) fn decode<T: DeserializeOwned>(cursor: &str) -> Result<T, StoreError> {
    let json = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong_cursor())?;
    // No list has one, and an engine may take none.
    if json.windows(NUL.len()).any(|part| part == NUL) {
        return Err(wrong_cursor());
    }
    serde_json::from_slice(&json).map_err(|_| wrong_cursor())
}

/// The cursor is not one of ours, or belongs to another order.
pub(crate) fn wrong_cursor() -> StoreError {
    StoreError::BadQuery("this cursor does not belong to this list; start again without one".to_owned())
}

/// The value a list is ordered by, as it travels in a cursor.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub(crate) enum Key {
    Number(i64),
    Text(String),
}

impl From<Key> for Value {
    fn from(key: Key) -> Self {
        match key {
            Key::Number(number) => number.into(),
            Key::Text(text) => text.into(),
        }
    }
}

/// One way to order a list: by a column of this name.
pub(crate) struct SortKey {
    pub(crate) word: &'static str,
    pub(crate) column: fn() -> Expr,
}

/// The rows of a page. One that is damaged must not hide the others, least of all from whoever wants to end what it stands for: it is named
/// instead.
pub(crate) struct Page<R> {
    /// Those that are what the columns say, with their ids.
    pub(crate) rows: Vec<(Uuid, R)>,
    pub(crate) next_cursor: Option<String>,
    /// The ids of the others.
    pub(crate) unreadable: Vec<String>,
}

/// Which page: the order, where it begins, and how long it is.
pub(crate) struct Window {
    key: &'static SortKey,
    sort: String,
    descending: bool,
    after: Option<(Key, Uuid)>,
    limit: u64,
}

impl Window {
    /// Reads what was asked for. `default` is a sort as a caller would write it.
    pub(crate) fn of(paging: &Paging, keys: &'static [SortKey], default: &str) -> Result<Self, StoreError> {
        let sort = paging.sort.as_deref().unwrap_or(default);
        let (word, descending) = sort.strip_prefix('-').map_or((sort, false), |word| (word, true));
        let Some(key) = keys.iter().find(|key| key.word == word) else {
            let words: Vec<&str> = keys.iter().map(|key| key.word).collect();
            return Err(StoreError::BadQuery(format!("cannot sort by that; this list sorts by {}", words.join(", "))));
        };
        let after = match &paging.cursor {
            None => None,
            Some(cursor) => {
                let (of_sort, key, id): (String, Key, Uuid) = decode(cursor)?;
                Some((key, id))
                    .filter(|_| of_sort == sort)
                    .map_or_else(|| Err(wrong_cursor()), |place| Ok(Some(place)))?
            }
        };
        Ok(Self { key, sort: sort.to_owned(), descending, after, limit: limit(paging) })
    }

    /// Reads the page of what a query finds. The rows are of one table, whose ids these are.
    pub(crate) async fn read<E: EntityTrait, R: FromQueryResult>(
        &self,
        select: Select<E>,
        id: fn() -> Expr,
        db: &impl ConnectionTrait,
    ) -> Result<Page<R>, DbErr> {
        let mut found = db.query_all_raw(self.apply(select, id).build(db.get_database_backend())).await?;
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let has_more = found.len() > limit;
        found.truncate(limit);
        let next_cursor = if has_more { self.behind(&found) } else { None };
        let mut page = Page { rows: Vec::with_capacity(found.len()), next_cursor, unreadable: Vec::new() };
        for row in &found {
            match (row.try_get("", "id"), R::from_query_result(row, "")) {
                (Ok(id), Ok(row)) => page.rows.push((id, row)),
                (Ok(id), Err(_)) => page.unreadable.push(Uuid::to_string(&id)),
                (Err(_), _) => page.unreadable.push("(not an id)".to_owned()),
            }
        }
        Ok(page)
    }

    /// The cursor of what comes behind the last of these, whatever else can be read of it.
    fn behind(&self, found: &[QueryResult]) -> Option<String> {
        let place = |row: &QueryResult| {
            let number = row.try_get("", self.key.word).map(Key::Number);
            let key = number.or_else(|_| row.try_get("", self.key.word).map(Key::Text)).ok()?;
            Some((key, row.try_get::<Uuid>("", "id").ok()?))
        };
        found.iter().rev().find_map(place).and_then(|(key, id)| encode(&(&self.sort, key, id)))
    }

    /// Adds order, start and length to the query; one row more than the page shows whether there is a next one.
    fn apply<E: EntityTrait>(&self, select: Select<E>, id: fn() -> Expr) -> Select<E> {
        let order = if self.descending { Order::Desc } else { Order::Asc };
        let column = (self.key.column)();
        let select = match &self.after {
            None => select,
            Some((key, last)) if self.descending => select.filter(
                Condition::all()
                    .add(column.clone().lte(key.clone()))
                    .add(Condition::any().add(column.clone().lt(key.clone())).add(id().lt(*last))),
            ),
            Some((key, last)) => select.filter(
                Condition::all()
                    .add(column.clone().gte(key.clone()))
                    .add(Condition::any().add(column.clone().gt(key.clone())).add(id().gt(*last))),
            ),
        };
        select.order_by(column, order.clone()).order_by(id(), order).limit(self.limit.saturating_add(1))
    }
}

/// How many rows a query finds.
pub(crate) async fn count<E: EntityTrait>(select: Select<E>, db: &impl ConnectionTrait) -> Result<u64, DbErr> {
    let total: Option<i64> = select.select_only().expr_as(Expr::cust("COUNT(*)"), "total").into_tuple().one(db).await?;
    Ok(total.and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use crate::Store;
    use crate::engine::sqlite::plans::steps;
    use sea_orm::{ConnectionTrait as _, Statement};

    #[tokio::test]
    async fn every_order_of_a_list_has_an_index() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let db = &store.connections.reader;
        for (table, columns) in [
            ("users", &["username", "created_at", "last_sign_in_at"][..]),
            ("groups", &["name", "created_at"]),
            ("api_keys", &["name", "created_at", "expires_at", "last_used_at"]),
            ("grants", &["created_at"]),
            ("access_requests", &["created_at"]),
            ("sessions", &["created_at", "last_seen_at"]),
        ] {
            for column in columns {
                for direction in ["ASC", "DESC"] {
                    let sql = format!("SELECT * FROM {table} ORDER BY {column} {direction}, id {direction} LIMIT 10");
                    let told = steps(db, Statement::from_string(db.get_database_backend(), sql)).await;
                    assert!(matches!(&told[..], [one] if one.contains("USING INDEX")), "{table} by {column}: {told:?}");
                }
            }
        }
    }
}
