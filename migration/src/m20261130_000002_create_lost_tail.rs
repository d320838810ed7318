use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("lost_tail")
                    .col(big_integer("after").primary_key())
                    .col(big_integer("until"))
                    .to_owned(),
            )
            .await
    }
}
