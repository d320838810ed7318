use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("job_apply_count")
                    .col(uuid("job_id"))
                    .col(date("day"))
                    .col(big_integer("clicks"))
                    .primary_key(Index::create().col("job_id").col("day"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("job_apply_count", "job_id")
                            .to("job", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await
    }
}
