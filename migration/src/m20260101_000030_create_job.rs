use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("job")
                    .col(pk_uuid("id"))
                    .col(string_uniq("slug"))
                    .col(string("status"))
                    .col(uuid("organization_id"))
                    .col(text("title"))
                    .col(text("description"))
                    .col(json_binary("employment_types"))
                    .col(string("workplace"))
                    .col(json_binary("locations"))
                    .col(json_binary("applicant_countries"))
                    .col(small_integer_null("utc_offset_min"))
                    .col(small_integer_null("utc_offset_max"))
                    .col(big_integer_null("salary_min"))
                    .col(big_integer_null("salary_max"))
                    .col(string_null("salary_currency"))
                    .col(string_null("salary_period"))
                    .col(string_null("pay_policy"))
                    .col(double_null("pay_ratio"))
                    .col(double_null("surplus_share"))
                    .col(big_integer_null("hours_per_week"))
                    .col(string_null("seniority"))
                    .col(json_binary("skills"))
                    .col(json_binary("languages"))
                    .col(json_binary_null("membership"))
                    .col(string_null("governance"))
                    .col(boolean_null("visa_sponsorship"))
                    .col(text_null("apply_url"))
                    .col(text_null("apply_email"))
                    .col(boolean("direct_apply"))
                    .col(string("fingerprint"))
                    .col(string_null("source_name"))
                    .col(text_null("source_url"))
                    .col(text_null("source_license"))
                    .col(text_null("external_id"))
                    .col(integer("version"))
                    .col(timestamp_with_time_zone_null("posted_at"))
                    .col(timestamp_with_time_zone_null("renewed_at"))
                    .col(timestamp_with_time_zone_null("valid_through"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .to_owned(),
            )
            .await?;
        for (name, columns, unique) in [
            (
                "job_source_external_id",
                ["source_name", "external_id"].as_slice(),
                true,
            ),
            (
                "job_organization_status",
                &["organization_id", "status"],
                false,
            ),
            (
                "job_organization_fingerprint",
                &["organization_id", "fingerprint"],
                false,
            ),
            ("job_status_id", &["status", "id"], false),
        ] {
            let mut index = Index::create();
            index.name(name).table("job");
            for column in columns {
                index.col(*column);
            }
            if unique {
                index.unique();
            }
            manager.create_index(index.clone()).await?;
        }
        Ok(())
    }
}
