use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("report")
                    .col(pk_uuid("id"))
                    .col(uuid("organization_id"))
                    .col(string("reason"))
                    .col(text_null("detail"))
                    .col(string_null("email"))
                    // Of reports that say the same, one is kept.
                    .col(string_null("same_as").unique_key())
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("closed_at"))
                    .col(uuid_null("closed_by"))
                    .col(string_null("outcome"))
                    .col(text_null("note"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("report", "organization_id")
                            .to("organization", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        // What waits for a moderator is read oldest first.
        for (name, table, columns) in [
            (
                "report_closed_at_created_at_id",
                "report",
                &["closed_at", "created_at", "id"] as &[&str],
            ),
            (
                "report_organization_id",
                "report",
                &["organization_id"] as &[&str],
            ),
            (
                "organization_status_created_at_id",
                "organization",
                &["status", "created_at", "id"] as &[&str],
            ),
        ] {
            let mut index = Index::create().name(name).table(table).to_owned();
            for &column in columns {
                index.col(column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
