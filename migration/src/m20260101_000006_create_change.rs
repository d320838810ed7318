use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // AUTOINCREMENT on SQLite: a number is never used twice, even after deletions.
        manager
            .create_table(
                Table::create()
                    .table("change")
                    .col(big_pk_auto("seq"))
                    .col(string("kind"))
                    .col(uuid("id"))
                    .col(string("action"))
                    .col(integer("version"))
                    .col(uuid_null("actor"))
                    .col(string("role"))
                    .col(string_null("source"))
                    .col(json_binary("fields"))
                    .col(timestamp_with_time_zone("at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("change_kind_id_seq")
                    .table("change")
                    .col("kind")
                    .col("id")
                    .col("seq")
                    .to_owned(),
            )
            .await
    }
}
