use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // What follows from its attestations, kept so that lists need not ask.
        manager
            .alter_table(
                Table::alter()
                    .table("organization")
                    .add_column(string("verification_level").default("none"))
                    .to_owned(),
            )
            .await?;
        // The record that a moderator merged it into.
        manager
            .alter_table(
                Table::alter()
                    .table("organization")
                    .add_column(uuid_null("merged_into"))
                    .to_owned(),
            )
            .await?;
        // Fields that were taken down and no import may fill again.
        manager
            .alter_table(
                Table::alter()
                    .table("organization")
                    .add_column(json_binary("withheld").default("[]"))
                    .to_owned(),
            )
            .await?;
        Ok(())
    }
}
