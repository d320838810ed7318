use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("alert")
                    .col(uuid("saved_search_id"))
                    .col(uuid("job_id"))
                    .col(timestamp_with_time_zone("at"))
                    .col(timestamp_with_time_zone_null("told_at"))
                    .primary_key(Index::create().col("saved_search_id").col("job_id"))
                    .foreign_key(&mut of_saved_search("alert"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("alert_delivery")
                    .col(pk_uuid("id"))
                    .col(uuid("saved_search_id"))
                    .col(json_binary("job_ids"))
                    .col(text_null("body"))
                    .col(integer("attempts").default(0))
                    .col(timestamp_with_time_zone("due_at"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("done_at"))
                    .foreign_key(&mut of_saved_search("alert_delivery"))
                    .to_owned(),
            )
            .await?;
        for (name, table, columns) in [
            ("alert_job_id", "alert", ["job_id"].as_slice()),
            (
                "alert_delivery_done_at_due_at",
                "alert_delivery",
                &["done_at", "due_at"],
            ),
            (
                "alert_delivery_saved_search_id",
                "alert_delivery",
                &["saved_search_id"],
            ),
        ] {
            let mut index = Index::create().name(name).table(table).to_owned();
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        manager
            .create_table(
                Table::create()
                    .table("counter")
                    .col(string("name").primary_key())
                    .col(big_integer("value"))
                    .to_owned(),
            )
            .await?;
        // Nobody has saved a search yet: what is in the log is told to nobody.
        manager
            .get_connection()
            .execute_unprepared(
                "INSERT INTO counter (name, value) \
                 SELECT 'alerts', COALESCE(MAX(seq), 0) FROM change \
                 UNION ALL SELECT 'saved_searches', 0",
            )
            .await?;
        Ok(())
    }
}

fn of_saved_search(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, "saved_search_id")
        .to("saved_search", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
