//! Which saved searches a few jobs are new for.

use crate::error::ApiError;
use crate::jobs::parameters::ListParameters;
use crate::money::Rates;
use crate::saved_searches::query;
use entity::ids::SavedSearchId;
use entity::saved_search::{Column, Entity, Model};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use search::{Batch, Document, SearchIndex};
use std::collections::HashMap;
use std::sync::Arc;

/// Saved searches read at a time.
const PAGE: u64 = 1_000;

/// For each job, the searches it is new for.
pub type Found = Vec<Vec<SavedSearchId>>;

/// Every saved search, read and ready to be asked, as of some write of them.
#[derive(Clone, Default)]
pub struct Kept {
    revision: i64,
    searches: HashMap<SavedSearchId, Search>,
}

#[derive(Clone)]
struct Search {
    /// Change number when it was saved.
    after: i64,
    /// `None` for a query that is no longer understood: it finds nothing.
    parameters: Option<Arc<ListParameters>>,
}

impl Kept {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.searches.len()
    }

    /// Whether nobody has saved a search.
    pub fn is_empty(&self) -> bool {
        self.searches.is_empty()
    }

    /// Reads what was written since the last time; all of them anew when some were removed.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn refresh(&mut self, snapshot: &impl ConnectionTrait) -> Result<(), DbErr> {
        self.read_on(snapshot).await?;
        let count = Entity::find().count(snapshot).await?;
        if u64::try_from(self.len()).is_ok_and(|kept| kept != count) {
            *self = Self::default();
            self.read_on(snapshot).await?;
        }
        Ok(())
    }

    async fn read_on(&mut self, snapshot: &impl ConnectionTrait) -> Result<(), DbErr> {
        loop {
            // A number is drawn for one search alone, in the order of the commits.
            let rows = Entity::find()
                .filter(Column::Revision.gt(self.revision))
                .order_by_asc(Column::Revision)
                .limit(PAGE)
                .all(snapshot)
                .await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            self.revision = last.revision;
            for row in rows {
                self.searches.insert(row.id, Search::of(&row));
            }
        }
    }
}

impl Search {
    fn of(row: &Model) -> Self {
        let parameters = query::read(&row.query)
            .inspect_err(|error| {
                tracing::warn!(saved_search = %row.id, %error, "a saved search is not understood any more");
            })
            .ok();
        Self {
            after: row.after_seq,
            parameters: parameters.map(Arc::new),
        }
    }
}

/// For each of these jobs, the searches that match it and were saved before it became public. Words are read as
/// the list reads them, by the languages that the records of `index` have them in. Takes a while: not for async
/// threads.
///
/// # Errors
/// When the index library fails.
pub fn find(
    jobs: &[(&Document, i64)],
    kept: &Kept,
    rates: &Rates,
    index: Option<&SearchIndex>,
) -> Result<Found, ApiError> {
    let mut found = vec![Vec::new(); jobs.len()];
    let newest = jobs.iter().map(|(_, since)| *since).max().unwrap_or(0);
    let documents: Vec<_> = jobs
        .iter()
        .map(|(document, _)| (*document).clone())
        .collect();
    let batch = Batch::new(&documents)?;
    let places: HashMap<&str, usize> = jobs
        .iter()
        .enumerate()
        .map(|(place, (document, _))| (document.id.as_str(), place))
        .collect();
    for (id, search) in &kept.searches {
        let Some(parameters) = search.parameters.as_ref().filter(|_| search.after < newest) else {
            continue;
        };
        // A currency that has no rate any more: nothing compares.
        let Ok(query) = query::of_index(parameters, rates) else {
            continue;
        };
        let matching = match batch.matching(&query, index) {
            // It was taken when it was saved; whoever kept it must not keep the others from being told.
            Err(search::Error::QueryTooLong) => {
                tracing::warn!(search = %id.0, "a saved search is too long for the index now");
                continue;
            }
            matching => matching?,
        };
        for (_, job) in matching {
            let Some(&place) = places.get(job.as_str()) else {
                continue;
            };
            let is_new = jobs
                .get(place)
                .is_some_and(|(_, since)| *since > search.after);
            if let Some(searches) = found.get_mut(place).filter(|_| is_new) {
                searches.push(*id);
            }
        }
    }
    Ok(found)
}
