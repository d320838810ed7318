use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// Messages that somebody caused to be sent to others, for as long as they count.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("mail_request")
                    .col(pk_uuid("id"))
                    .col(text("template"))
                    .col(text("mailbox"))
                    .col(text("sender"))
                    .col(timestamp_with_time_zone("at"))
                    .to_owned(),
            )
            .await?;
        for (name, columns) in [
            ("mail_request_mailbox", &["mailbox", "template", "at"][..]),
            ("mail_request_sender", &["sender", "at"]),
            ("mail_request_at", &["at"]),
        ] {
            let mut index = Index::create();
            index.name(name).table("mail_request");
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
