//! How the engine goes about a query, for tests: what is asked on the way of requests, or of whole tables, is asked through indexes.

use sea_orm::{ConnectionTrait, QueryTrait, Statement, StatementBuilder};

/// The steps of it.
pub(crate) async fn steps(db: &impl ConnectionTrait, mut statement: Statement) -> Vec<String> {
    statement.sql.insert_str(0, "EXPLAIN QUERY PLAN ");
    let steps = db.query_all_raw(statement).await.unwrap();
    steps.iter().map(|step| step.try_get("", "detail").unwrap()).collect()
}

/// Makes sure that it reads this many tables, each through an index, and sorts nothing.
pub(crate) async fn searches(db: &impl ConnectionTrait, query: &impl QueryTrait, tables: usize) {
    let statement = query.build(db.get_database_backend());
    let told = steps(db, statement).await;
    let told: Vec<&String> = told.iter().filter(|step| !step.contains("SUBQUERY")).collect();
    assert_eq!(told.len(), tables, "{told:?}");
    assert!(told.iter().all(|step| step.starts_with("SEARCH") && step.contains("USING")), "{told:?}");
}

/// The same of a statement of another kind, whose steps are of more kinds.
pub(crate) async fn scans_only(db: &impl ConnectionTrait, statement: &impl StatementBuilder, may_be_scanned: &[&str]) {
    let told = steps(db, db.get_database_backend().build(statement)).await;
    let scanned = told.iter().filter_map(|step| step.strip_prefix("SCAN ")?.split(' ').next());
    let others: Vec<&str> = scanned.filter(|table| !may_be_scanned.contains(table)).collect();
    assert!(others.is_empty(), "{told:?}");
}
