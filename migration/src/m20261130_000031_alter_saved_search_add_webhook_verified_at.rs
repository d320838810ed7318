use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// A webhook proves itself before it gets anything. Those that there are get what they got before.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [
            (
                "saved_search",
                timestamp_with_time_zone_null("webhook_verified_at"),
            ),
            ("alert_delivery", text_null("challenge")),
        ] {
            let mut alter = Table::alter();
            manager
                .alter_table(alter.table(table).add_column(column).to_owned())
                .await?;
        }
        manager
            .get_connection()
            .execute_unprepared(
                "UPDATE saved_search SET webhook_verified_at = updated_at WHERE webhook_url IS NOT NULL",
            )
            .await?;
        Ok(())
    }
}
