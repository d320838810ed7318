//! `/sitemap.xml` and its parts: every page of a public record (sitemaps.org).

use crate::error::ApiError;
use crate::state::AppState;
use crate::web::sitemap_cache::{Document, Sitemaps};
use crate::web::sitemap_xml::{self, END, MAX_URLS};
use crate::web::stream;
use actix_web::body::MessageBody;
use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, Utc};
use entity::{job, organization};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, SelectGetableTuple, Selector,
};
use std::collections::VecDeque;
use uuid::Uuid;

/// Records read at a time.
const BATCH: u64 = 1000;

#[derive(Clone, Copy)]
enum Kind {
    Organizations,
    Jobs,
}

/// Records of a kind between two ids.
struct Range {
    kind: Kind,
    /// The first.
    from: Option<Uuid>,
    /// The first that does not belong to it.
    to: Option<Uuid>,
}

/// All pages, or the list of the parts when they are too many for one document.
#[get("/sitemap.xml")]
pub async fn show_sitemap(
    state: web::Data<AppState>,
    sitemaps: web::Data<Sitemaps>,
) -> Result<HttpResponse, ApiError> {
    let [organizations, jobs] = counts(&state, &sitemaps).await?;
    if organizations + jobs <= MAX_URLS {
        let ranges = async { Ok([Kind::Organizations, Kind::Jobs].map(all).into()) };
        return document(&state, &sitemaps, 0, ranges).await;
    }
    let parts = 1..=parts(organizations, jobs).len();
    let url = |number| format!("{}/sitemap-{number}.xml", state.public_url);
    Ok(xml(sitemap_xml::index(parts.map(url))))
}

/// One part.
#[get("/sitemap-{number:[0-9]+}.xml")]
pub async fn show_sitemap_part(
    state: web::Data<AppState>,
    sitemaps: web::Data<Sitemaps>,
    number: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let [organizations, jobs] = counts(&state, &sitemaps).await?;
    let mut parts = parts(organizations, jobs);
    let number = number
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_sub(1));
    let number = number
        .filter(|number| *number < parts.len())
        .ok_or_else(no_part)?;
    let (kind, skip) = parts.swap_remove(number);
    let range = async {
        // The last may have gone in between.
        let from = id_at(&state, kind, skip).await?.ok_or_else(no_part)?;
        let range = Range {
            kind,
            from: Some(from),
            to: id_at(&state, kind, skip + MAX_URLS).await?,
        };
        Ok(VecDeque::from([range]))
    };
    Box::pin(document(&state, &sitemaps, number + 1, range)).await
}

/// A document as it is kept, or made of what is in these ranges.
async fn document(
    state: &AppState,
    sitemaps: &Sitemaps,
    number: usize,
    ranges: impl Future<Output = Result<VecDeque<Range>, ApiError>>,
) -> Result<HttpResponse, ApiError> {
    let now = state.clock.now();
    let key = (state.index.position(), number);
    let made = async { Ok(Urls::of(state, now, ranges.await?).write().await?) };
    Ok(xml(sitemaps.document(key, now, made).await?))
}

fn xml(body: impl MessageBody + 'static) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/xml; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, stream::CACHED))
        .body(body)
}

fn no_part() -> ApiError {
    ApiError::NotFound("there is no such part of the sitemap".to_owned())
}

/// How many records are published. Among the jobs are those whose time is up or whose employer is hidden:
/// a part may have less than it has room for, and is found without reading all before it.
async fn counts(state: &AppState, sitemaps: &Sitemaps) -> Result<[u64; 2], ApiError> {
    let db = &state.store.db;
    let count = async {
        let organizations = organization::Entity::public()
            .select_only()
            .column(organization::Column::Id);
        let jobs = job::Entity::published()
            .select_only()
            .column(job::Column::Id);
        Ok([organizations.count(db).await?, jobs.count(db).await?])
    };
    sitemaps.counts(state.index.position(), count).await
}

/// The id of the published record before which there are `skip` others.
async fn id_at(state: &AppState, kind: Kind, skip: u64) -> Result<Option<Uuid>, DbErr> {
    let db = &state.store.db;
    match kind {
        Kind::Organizations => {
            let among = organization::Entity::public();
            nth(among, organization::Column::Id, skip).one(db).await
        }
        Kind::Jobs => {
            let among = job::Entity::published();
            nth(among, job::Column::Id, skip).one(db).await
        }
    }
}

fn nth<E: EntityTrait>(
    among: Select<E>,
    id: E::Column,
    skip: u64,
) -> Selector<SelectGetableTuple<Uuid>> {
    among
        .select_only()
        .column(id)
        .order_by_asc(id)
        .offset(skip)
        .limit(1)
        .into_tuple()
}

fn all(kind: Kind) -> Range {
    Range {
        kind,
        from: None,
        to: None,
    }
}

/// The kind of each part, and how many records come before. Organizations first: a part has one kind, so that
/// new jobs move no organization to another part.
fn parts(organizations: u64, jobs: u64) -> Vec<(Kind, u64)> {
    let of = |kind: Kind, count: u64| {
        let parts = 0..count.div_ceil(MAX_URLS);
        parts.map(move |part| (kind, part * MAX_URLS))
    };
    of(Kind::Organizations, organizations)
        .chain(of(Kind::Jobs, jobs))
        .collect()
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    slug: String,
    updated_at: DateTime<Utc>,
    /// Of jobs: when it ends.
    valid_through: Option<DateTime<Utc>>,
}

/// The URLs of some ranges.
struct Urls<'a> {
    state: &'a AppState,
    now: DateTime<Utc>,
    ranges: VecDeque<Range>,
    /// The last record of the range that was read.
    last: Option<Uuid>,
    /// URLs that the document has room for.
    left: u64,
}

impl<'a> Urls<'a> {
    fn of(state: &'a AppState, now: DateTime<Utc>, ranges: VecDeque<Range>) -> Self {
        Self {
            state,
            now,
            ranges,
            last: None,
            left: MAX_URLS,
        }
    }

    async fn read_on(&self, range: &Range) -> Result<Vec<Row>, DbErr> {
        match range.kind {
            Kind::Organizations => {
                use organization::{Column, Entity};
                let columns = [Column::Slug, Column::UpdatedAt];
                self.rows(Entity::public(), Column::Id, columns, range)
                    .await
            }
            Kind::Jobs => {
                use job::{Column, Entity};
                let columns = [Column::Slug, Column::UpdatedAt, Column::ValidThrough];
                self.rows(Entity::public(self.now), Column::Id, columns, range)
                    .await
            }
        }
    }

    async fn rows<E: EntityTrait, const N: usize>(
        &self,
        mut among: Select<E>,
        id: E::Column,
        columns: [E::Column; N],
        range: &Range,
    ) -> Result<Vec<Row>, DbErr> {
        if let Some(last) = self.last {
            among = among.filter(id.gt(last));
        } else if let Some(from) = range.from {
            among = among.filter(id.gte(from));
        }
        if let Some(to) = range.to {
            among = among.filter(id.lt(to));
        }
        among
            .order_by_asc(id)
            .limit(BATCH.min(self.left))
            .select_only()
            .column(id)
            .columns(columns)
            .into_model()
            .all(&self.state.store.db)
            .await
    }

    async fn write(mut self) -> Result<Document, DbErr> {
        let mut xml = sitemap_xml::head();
        let mut until: Option<DateTime<Utc>> = None;
        while let Some(range) = self.ranges.front().filter(|_| self.left > 0) {
            let rows = self.read_on(range).await?;
            let folder = match range.kind {
                Kind::Organizations => "organizations",
                Kind::Jobs => "jobs",
            };
            self.left = self
                .left
                .saturating_sub(u64::try_from(rows.len()).unwrap_or(BATCH));
            self.last = rows.last().map(|row| row.id);
            if rows.is_empty() {
                self.ranges.pop_front();
            }
            for row in rows {
                let url = format!("{}/{folder}/{}", self.state.public_url, row.slug);
                sitemap_xml::push_url(&mut xml, &url, row.updated_at);
                until = until.into_iter().chain(row.valid_through).min();
            }
        }
        xml.push_str(END);
        Ok(Document {
            xml: xml.into(),
            until,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_one_kind_and_fifty_thousand_urls_at_most() {
        let skips = |organizations, jobs| -> Vec<(bool, u64)> {
            parts(organizations, jobs)
                .iter()
                .map(|(kind, skip)| (matches!(kind, Kind::Jobs), *skip))
                .collect()
        };
        assert_eq!(skips(50_001, 1), [(false, 0), (false, 50_000), (true, 0)]);
        assert_eq!(skips(50_000, 0), [(false, 0)]);
        assert_eq!(
            skips(0, 100_001),
            [(true, 0), (true, 50_000), (true, 100_000)]
        );
    }
}
