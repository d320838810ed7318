//! `/sitemap.xml` and its parts: every page of a public record (sitemaps.org).

use crate::app::AppState;
use crate::error::ApiError;
use crate::formats::sitemap::{self, END, MAX_URLS};
use crate::web::stream::{self, Pieces};
use actix_web::http::header;
use actix_web::web::Bytes;
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
pub async fn show_sitemap(state: web::Data<AppState>) -> Result<HttpResponse, ApiError> {
    let [organizations, jobs] = counts(&state).await?;
    if organizations + jobs <= MAX_URLS {
        return Ok(stream::xml(Urls::of(
            state,
            [Kind::Organizations, Kind::Jobs].map(all),
        )));
    }
    let parts = 1..=parts(organizations, jobs).len();
    let url = |number| format!("{}/sitemap-{number}.xml", state.public_url);
    Ok(HttpResponse::Ok()
        .content_type("application/xml; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, stream::CACHED))
        .body(sitemap::index(parts.map(url))))
}

/// One part.
#[get("/sitemap-{number:[0-9]+}.xml")]
pub async fn show_sitemap_part(
    state: web::Data<AppState>,
    number: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let [organizations, jobs] = counts(&state).await?;
    let mut parts = parts(organizations, jobs);
    let number = number
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_sub(1));
    let (kind, skip) = number
        .filter(|number| *number < parts.len())
        .map(|number| parts.swap_remove(number))
        .ok_or_else(no_part)?;
    // The last may have gone in between.
    let from = id_at(&state, kind, skip).await?.ok_or_else(no_part)?;
    let range = Range {
        kind,
        from: Some(from),
        to: id_at(&state, kind, skip + MAX_URLS).await?,
    };
    Ok(stream::xml(Urls::of(state, [range])))
}

fn no_part() -> ApiError {
    ApiError::NotFound("there is no such part of the sitemap".to_owned())
}

/// How many records are published. Among the jobs are those whose time is up or whose employer is hidden:
/// a part may have less than it has room for, and is found without reading all before it.
async fn counts(state: &AppState) -> Result<[u64; 2], DbErr> {
    let db = &state.store.db;
    let organizations = organization::Entity::public()
        .select_only()
        .column(organization::Column::Id);
    let jobs = job::Entity::published()
        .select_only()
        .column(job::Column::Id);
    Ok([organizations.count(db).await?, jobs.count(db).await?])
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
}

/// The URLs of some ranges.
struct Urls {
    state: web::Data<AppState>,
    now: DateTime<Utc>,
    ranges: VecDeque<Range>,
    /// The last record of the range that was read.
    last: Option<Uuid>,
    /// URLs that the document has room for.
    left: u64,
    begun: bool,
    done: bool,
}

impl Urls {
    fn of(state: web::Data<AppState>, ranges: impl Into<VecDeque<Range>>) -> Self {
        Self {
            now: state.clock.now(),
            state,
            ranges: ranges.into(),
            last: None,
            left: MAX_URLS,
            begun: false,
            done: false,
        }
    }

    async fn read_on(&self, range: &Range) -> Result<Vec<Row>, DbErr> {
        match range.kind {
            Kind::Organizations => {
                use organization::{Column, Entity};
                let columns = [Column::Id, Column::Slug, Column::UpdatedAt];
                self.rows(Entity::public(), columns, range).await
            }
            Kind::Jobs => {
                use job::{Column, Entity};
                let columns = [Column::Id, Column::Slug, Column::UpdatedAt];
                self.rows(Entity::public(self.now), columns, range).await
            }
        }
    }

    async fn rows<E: EntityTrait>(
        &self,
        mut among: Select<E>,
        columns: [E::Column; 3],
        range: &Range,
    ) -> Result<Vec<Row>, DbErr> {
        let [id, ..] = columns;
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
            .columns(columns)
            .into_model()
            .all(&self.state.store.db)
            .await
    }
}

impl Pieces for Urls {
    async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        if !self.begun {
            self.begun = true;
            return Ok(Some(sitemap::head().into()));
        }
        while let Some(range) = self.ranges.front() {
            let rows = self.read_on(range).await?;
            let folder = match range.kind {
                Kind::Organizations => "organizations",
                Kind::Jobs => "jobs",
            };
            self.left = self
                .left
                .saturating_sub(u64::try_from(rows.len()).unwrap_or(BATCH));
            let Some(last) = rows.last() else {
                self.ranges.pop_front();
                self.last = None;
                continue;
            };
            self.last = Some(last.id);
            if self.left == 0 {
                self.ranges.clear();
            }
            let mut xml = String::new();
            for row in &rows {
                let url = format!("{}/{folder}/{}", self.state.public_url, row.slug);
                sitemap::push_url(&mut xml, &url, row.updated_at);
            }
            return Ok(Some(xml.into()));
        }
        if self.done {
            return Ok(None);
        }
        self.done = true;
        Ok(Some(END.into()))
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
