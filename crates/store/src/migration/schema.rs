//! Making tables, in the words of whatever engine is asked to.

use sea_orm::sea_query::{
    ColumnDef, ForeignKey, ForeignKeyAction, ForeignKeyCreateStatement, Index, IndexCreateStatement, InsertStatement,
    OnConflict, TableCreateStatement,
};
use sea_orm_migration::prelude::{ConnectionTrait, DbErr, SchemaManager};

use crate::engine::{Dialect, Kind, Unique, dialect};

/// What a step makes its tables with.
pub(super) struct Schema<'m> {
    manager: &'m SchemaManager<'m>,
    dialect: &'static dyn Dialect,
}

impl<'m> Schema<'m> {
    pub(super) fn of(manager: &'m SchemaManager<'m>) -> Self {
        Self { manager, dialect: dialect(manager.get_database_backend()) }
    }

    /// A column that always holds something.
    pub(super) fn column(&self, name: &'static str, kind: Kind) -> ColumnDef {
        self.optional(name, kind).not_null().take()
    }

    /// A column that may hold nothing.
    pub(super) fn optional(&self, name: &'static str, kind: Kind) -> ColumnDef {
        ColumnDef::new_with_type(name, self.dialect.column_type(kind))
    }

    /// With its indexes: where a step is not undone, as one statement, so that there is all of it or nothing.
    pub(super) async fn create_table(
        &self,
        mut table: TableCreateStatement,
        indexes: Vec<IndexCreateStatement>,
    ) -> Result<(), DbErr> {
        self.dialect.finish_table(&mut table);
        if !self.dialect.undoes_steps() {
            table.if_not_exists();
            for mut index in indexes {
                table.index(&mut index);
            }
            return self.manager.create_table(table).await;
        }
        let name = table.get_table_name().cloned();
        self.manager.create_table(table).await?;
        for mut index in indexes {
            if let Some(name) = &name {
                index.table(name.clone());
            }
            self.manager.create_index(index).await?;
        }
        Ok(())
    }

    /// The rows with which a table begins, whose key is this column.
    pub(super) async fn begin_with(&self, key: &'static str, mut rows: InsertStatement) -> Result<(), DbErr> {
        if !self.dialect.undoes_steps() {
            rows.on_conflict(OnConflict::column(key).do_nothing_on([key]).to_owned());
        }
        self.manager.get_connection().execute(&rows).await.map(drop)
    }
}

/// Gone with its owner.
pub(super) fn belongs_to(table: &'static str, column: &'static str, owner: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, column).to(owner, "id").on_delete(ForeignKeyAction::Cascade).take()
}

/// An index that keeps what it is of unique.
pub(super) fn unique(unique: &Unique) -> IndexCreateStatement {
    index(unique.name, unique.columns).unique().take()
}

/// An index.
pub(super) fn index(name: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).take();
    for column in columns {
        index.col(*column);
    }
    index
}
