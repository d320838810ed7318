use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// Whose the listings are that wait for a moderator: each account may have so many of them.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table("organization")
                    .add_column(uuid_null("posted_by"))
                    .to_owned(),
            )
            .await?;
        // What moderators and imports listed is nobody's.
        manager
            .get_connection()
            .execute_unprepared(
                "UPDATE organization SET posted_by = ( \
                     SELECT change.actor FROM change \
                     WHERE change.kind = 'organization' AND change.id = organization.id \
                     AND change.action = 'created' AND change.role = 'owner') \
                 WHERE status IN ('pending', 'rejected')",
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("organization_posted_by_status")
                    .table("organization")
                    .col("posted_by")
                    .col("status")
                    .to_owned(),
            )
            .await
    }
}
