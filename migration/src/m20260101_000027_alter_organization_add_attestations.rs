use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Those that hold, kept so that lists need not ask.
        manager
            .alter_table(
                Table::alter()
                    .table("organization")
                    .add_column(json_binary("attestations").default("[]"))
                    .to_owned(),
            )
            .await
    }
}
