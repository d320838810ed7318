use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("told_webhook")
                    .col(uuid("account_id"))
                    .col(text("target"))
                    .col(uuid("job_id"))
                    .primary_key(
                        Index::create()
                            .col("account_id")
                            .col("target")
                            .col("job_id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("told_webhook", "account_id")
                            .to("account", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        // Those of a job that is erased are forgotten.
        let mut index = Index::create()
            .name("told_webhook_job_id")
            .table("told_webhook")
            .to_owned();
        manager.create_index(index.col("job_id").to_owned()).await
    }
}
