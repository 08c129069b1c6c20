//! The query string of a list: which page, and which items.

use axum::extract::{FromRequestParts, Query};
use doorward_service::ports::{Listed, Paging};
use http::{Uri, request::Parts};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;
use url::form_urlencoded;
use utoipa::{IntoParams, ToSchema};

use crate::error::{ApiError, Code};

/// The longest page.
const MAX_LIMIT: u32 = 500;

/// Paging, and the list's own filter `F`. What neither knows is an error: a filter with a typo must not list everything.
#[derive(Debug)]
pub(crate) struct Listing<F> {
    pub paging: Paging,
    pub filter: F,
}

impl<S: Send + Sync, F: DeserializeOwned> FromRequestParts<S> for Listing<F> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        read(parts.uri.query().unwrap_or_default()).map_err(|words| ApiError::with_detail(Code::InvalidQuery, words))
    }
}

fn read<F: DeserializeOwned>(query: &str) -> Result<Listing<F>, String> {
    let mut given = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if given.insert(name.to_string(), value.to_string()).is_some() {
            return Err(format!("`{name}` is given twice"));
        }
    }
    let mut paging = Paging {
        cursor: given.remove("cursor"),
        search: given.remove("search"),
        sort: given.remove("sort"),
        ..Paging::default()
    };
    if let Some(limit) = given.remove("limit") {
        let number = limit.parse().ok().filter(|number| (1..=MAX_LIMIT).contains(number));
        paging.limit = number.ok_or_else(|| format!("`limit` is a number from 1 to {MAX_LIMIT}"))?;
    }
    let rest = form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish();
    let rest = Uri::try_from(format!("/?{rest}")).map_err(|_| "the query is too long".to_owned())?;
    let filter = Query::<F>::try_from_uri(&rest).map_err(|rejection| rejection.body_text())?;
    Ok(Listing { paging, filter: filter.0 })
}

/// Of a list without a filter of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoFilter {}

/// Which page of a list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only describes what `Listing` reads")]
pub(crate) struct PageParams {
    /// At most this many items.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Keep what contains this text.
    search: Option<String>,
    /// A field, `-` before it for descending.
    sort: Option<String>,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Pass as `cursor` for the next page; null at the end.
    pub next_cursor: Option<String>,
    /// How many there are in all pages.
    pub total: u64,
}

impl<T> From<Listed<T>> for Page<T> {
    fn from(listed: Listed<T>) -> Self {
        Self { items: listed.items, next_cursor: listed.next_cursor, total: listed.total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Filter {
        actor: Option<String>,
    }

    fn outcome(query: &str) -> String {
        match read::<Filter>(query) {
            Ok(listing) => {
                format!("{} of {:?}, actor {:?}", listing.paging.limit, listing.paging.sort, listing.filter.actor)
            }
            Err(words) => words,
        }
    }

    #[test]
    fn a_query_is_read_whole_or_not_at_all() {
        insta::assert_snapshot!(outcome("limit=500&sort=-at&actor=ada%20l"), @r#"500 of Some("-at"), actor Some("ada l")"#);
        insta::assert_snapshot!(outcome(""), @"100 of None, actor None");
        insta::assert_snapshot!(outcome("limit=501"), @"`limit` is a number from 1 to 500");
        insta::assert_snapshot!(outcome("limit=0"), @"`limit` is a number from 1 to 500");
        insta::assert_snapshot!(outcome("limit=ten"), @"`limit` is a number from 1 to 500");
        insta::assert_snapshot!(outcome("actor=a&actor=b"), @"`actor` is given twice");
        insta::assert_snapshot!(outcome("acter=a"), @"Failed to deserialize query string: acter: unknown field `acter`, expected `actor`");
    }
}
