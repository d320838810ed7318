//! Sitemaps that were made, kept while the index stays as it is: a part is 50,000 records, read once however often
//! it is asked for.

use crate::error::ApiError;
use actix_web::web::Bytes;
use chrono::{DateTime, Utc};
use moka::future::Cache;
use moka::policy::EvictionPolicy;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// All documents together have at most so many bytes, about five full parts.
const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// Documents that are made at the same time: others wait.
const AT_ONCE: usize = 2;

/// Up to which change number the index had read, and which part; 0 is the whole.
pub type Key = (i64, usize);

/// A document.
#[derive(Clone)]
pub struct Document {
    /// The XML.
    pub xml: Bytes,
    /// When the first of the jobs in it ends.
    pub until: Option<DateTime<Utc>>,
}

/// The documents of this server.
pub struct Sitemaps {
    documents: Cache<Key, Document>,
    /// How many records of each kind there were, by the position of the index.
    counts: Cache<i64, [u64; 2]>,
    turns: Semaphore,
}

impl Default for Sitemaps {
    fn default() -> Self {
        let weight =
            |_: &Key, document: &Document| u32::try_from(document.xml.len()).unwrap_or(u32::MAX);
        Self {
            documents: Cache::builder()
                .max_capacity(MAX_BYTES)
                .weigher(weight)
                // What was made last is wanted next: those of an older index are not.
                .eviction_policy(EvictionPolicy::lru())
                .build(),
            counts: Cache::builder()
                .max_capacity(1)
                .eviction_policy(EvictionPolicy::lru())
                .build(),
            turns: Semaphore::new(AT_ONCE),
        }
    }
}

impl Sitemaps {
    /// The document of this key; `make` is asked once by all who want it at the same time, and again when a job
    /// in it has ended.
    ///
    /// # Errors
    /// Those of `make`; 503 for those who waited for somebody else's.
    pub async fn document(
        &self,
        key: Key,
        now: DateTime<Utc>,
        make: impl Future<Output = Result<Document, ApiError>>,
    ) -> Result<Bytes, ApiError> {
        let kept = self.documents.get(&key).await;
        if kept.is_some_and(|document| document.until.is_some_and(|until| until <= now)) {
            self.documents.invalidate(&key).await;
        }
        let in_turn = async {
            let _turn = self.turns.acquire().await;
            make.await
        };
        let document = self.documents.try_get_with(key, in_turn).await;
        document.map(|document| document.xml).map_err(own)
    }

    /// How many records of each kind there are; `count` is asked once for each position of the index.
    ///
    /// # Errors
    /// Those of `count`; 503 for those who waited for somebody else's.
    pub async fn counts(
        &self,
        position: i64,
        count: impl Future<Output = Result<[u64; 2], ApiError>>,
    ) -> Result<[u64; 2], ApiError> {
        self.counts.try_get_with(position, count).await.map_err(own)
    }
}

/// The error of whoever asked; all others are told to try again.
fn own(error: Arc<ApiError>) -> ApiError {
    Arc::try_unwrap(error).unwrap_or(ApiError::Unavailable(
        "the sitemap could not be made at the moment",
    ))
}
