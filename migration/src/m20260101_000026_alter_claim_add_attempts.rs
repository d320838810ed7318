use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column per statement.
        for column in [
            integer("attempts").default(0).to_owned(),
            timestamp_with_time_zone_null("attempts_since"),
        ] {
            manager
                .alter_table(Table::alter().table("claim").add_column(column).to_owned())
                .await?;
        }
        Ok(())
    }
}
