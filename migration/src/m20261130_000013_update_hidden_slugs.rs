use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// What was never public gives back its plain slug: that it is taken would tell of it. The end that it
    /// gets instead is of its id, which nobody knows who may not know of it.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let end = match manager.get_database_backend() {
            DbBackend::Postgres => "right(replace(CAST(id AS text), '-', ''), 8)",
            _ => "lower(substr(hex(id), -8))",
        };
        for table in ["organization", "job"] {
            let hide = format!(
                "UPDATE {table} SET slug = slug || '-' || {end} WHERE status <> 'published' \
                 AND NOT EXISTS (SELECT 1 FROM feed_entry \
                     WHERE feed_entry.kind = '{table}' AND feed_entry.id = {table}.id)"
            );
            manager.get_connection().execute_unprepared(&hide).await?;
        }
        Ok(())
    }
}
