use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// Nothing happens at them: the queue compares times.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .execute(
                Query::delete()
                    .from_table("deadline")
                    .and_where(Expr::col("kind").eq("claim"))
                    .to_owned(),
            )
            .await
    }
}
