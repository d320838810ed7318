use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("account_event")
                    .col(pk_uuid("id"))
                    .col(uuid("account_id"))
                    .col(string("action"))
                    .col(string_null("role"))
                    .col(uuid_null("actor"))
                    .col(text_null("note"))
                    .col(timestamp_with_time_zone("at"))
                    // Whoever erases an account erases what was done to it.
                    .foreign_key(
                        ForeignKey::create()
                            .from("account_event", "account_id")
                            .to("account", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("account_event_account_id_id")
                    .table("account_event")
                    .col("account_id")
                    .col("id")
                    .to_owned(),
            )
            .await
    }
}
