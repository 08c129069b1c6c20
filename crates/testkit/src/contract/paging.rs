//! What every list promises about its pages. The suites call this with their own list.

use doorward_service::ports::{Listed, Paging, StoreError};
use std::fmt::Debug;

/// Lists with some paging.
pub trait ListFn<T>: AsyncFn(Paging) -> Result<Listed<T>, StoreError> {}
impl<T, F: AsyncFn(Paging) -> Result<Listed<T>, StoreError>> ListFn<T> for F {}

/// A page in this order.
pub fn sorted(sort: &str) -> Paging {
    Paging { sort: Some(sort.to_owned()), ..Paging::default() }
}

/// A page of what contains this.
pub fn searching(text: &str) -> Paging {
    Paging { search: Some(text.to_owned()), ..Paging::default() }
}

/// Turning pages shows everything once, in the order of one big page, forwards and backwards, for every sort; and what is wrong is
/// refused in words.
pub async fn turns<T: Debug + PartialEq>(sorts: &[&str], list: impl ListFn<T>) {
    for sort in sorts {
        let upwards = all(sort, &list).await;
        let mut downwards = all(&format!("-{sort}"), &list).await;
        downwards.reverse();
        assert!(upwards.len() > 2, "too few items to turn pages");
        assert_eq!(upwards, downwards, "sorted by {sort}");
    }
    refuses_what_it_does_not_know(sorts, &list).await;
}

/// Everything in this order, after making sure that pages of two add up to it.
async fn all<T: Debug + PartialEq>(sort: &str, list: &impl ListFn<T>) -> Vec<T> {
    let whole = list(Paging { limit: 500, ..sorted(sort) }).await.unwrap();
    assert_eq!((whole.next_cursor, whole.total), (None, u64::try_from(whole.items.len()).unwrap()));
    let mut turned = Vec::new();
    let mut cursor = None;
    loop {
        let page = list(Paging { limit: 2, cursor, ..sorted(sort) }).await.unwrap();
        assert_eq!(page.total, whole.total, "the total is that of all pages");
        assert!(page.items.len() == 2 || page.next_cursor.is_none(), "only the last page may be short");
        turned.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(turned, whole.items, "sorted by {sort}");
    whole.items
}

async fn refuses_what_it_does_not_know<T: Debug>(sorts: &[&str], list: &impl ListFn<T>) {
    let sort = sorts[0];
    for unknown in ["", "-", "password_hash", "id; DROP TABLE users", &format!("--{sort}"), &format!("{sort} DESC")] {
        refused(&list(sorted(unknown)).await, unknown);
    }
    let cursor = list(Paging { limit: 1, ..sorted(sort) }).await.unwrap().next_cursor;
    let real = cursor.expect("there is a next page");
    let mut cut = real.clone();
    cut.truncate(real.len() / 2);
    for wrong in ["", "x", "bm9uc2Vuc2U", "AAAA====", &cut] {
        refused(&list(Paging { cursor: Some(wrong.to_owned()), ..sorted(sort) }).await, wrong);
    }
    refused(&list(Paging { cursor: Some(real), ..sorted(&format!("-{sort}")) }).await, "a cursor of another order");
    let fewest = list(Paging { limit: 0, ..Paging::default() }).await.unwrap();
    assert_eq!(fewest.items.len(), 1, "a page has at least one item");
}

fn refused<T: Debug>(answer: &Result<T, StoreError>, what: &str) {
    assert!(matches!(answer, Err(StoreError::BadQuery(_))), "{what:?} gave {answer:?}");
}
