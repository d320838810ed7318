use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("attestation")
                    .col(pk_uuid("id"))
                    .col(uuid("organization_id"))
                    .col(string("kind"))
                    .col(string("authority"))
                    .col(string("issuer"))
                    .col(uuid_null("issuer_organization_id"))
                    .col(uuid("issued_by"))
                    .col(text_null("evidence_url"))
                    .col(timestamp_with_time_zone("valid_from"))
                    .col(timestamp_with_time_zone_null("valid_to"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("revoked_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("attestation", "organization_id")
                            .to("organization", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        for (name, column) in [
            ("attestation_organization_id", "organization_id"),
            (
                "attestation_issuer_organization_id",
                "issuer_organization_id",
            ),
        ] {
            let index = Index::create()
                .name(name)
                .table("attestation")
                .col(column)
                .to_owned();
            manager.create_index(index).await?;
        }
        manager
            .create_table(
                Table::create()
                    .table("deadline")
                    .col(string("kind"))
                    .col(uuid("id"))
                    .col(timestamp_with_time_zone("at"))
                    .primary_key(Index::create().col("at").col("kind").col("id"))
                    .to_owned(),
            )
            .await
    }
}
