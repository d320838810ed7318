use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("saved_search")
                    .col(pk_uuid("id"))
                    .col(uuid("account_id"))
                    .col(string_null("name"))
                    .col(string("kind"))
                    .col(text("query"))
                    .col(string("notify"))
                    .col(string("frequency"))
                    .col(text_null("webhook_url"))
                    .col(string_null("webhook_secret"))
                    .col(string_uniq("feed_token"))
                    .col(string_uniq("unsubscribe_token"))
                    .col(big_integer("after_seq"))
                    .col(big_integer("revision"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .col(timestamp_with_time_zone_null("last_notified_at"))
                    .col(timestamp_with_time_zone_null("digest_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("saved_search", "account_id")
                            .to("account", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        for (name, columns) in [
            ("saved_search_account_id", ["account_id", "id"].as_slice()),
            ("saved_search_revision", &["revision"]),
        ] {
            let mut index = Index::create().name(name).table("saved_search").to_owned();
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
