//! Long documents, written piece by piece as the reader takes them.

use crate::error::ApiError;
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Bytes;
use futures_util::stream::try_unfold;

/// What a document is made of.
pub trait Pieces {
    /// The next piece; `None` after the last.
    ///
    /// # Errors
    /// Whatever the database answers: the document breaks off then.
    async fn next(&mut self) -> Result<Option<Bytes>, ApiError>;
}

/// A document may be kept, but asked about each time: what ends leaves it at once.
pub const CACHED: &str = "no-cache";

/// The answer with an XML document.
pub fn xml(pieces: impl Pieces + 'static) -> HttpResponse {
    let body = try_unfold(pieces, |mut pieces| async move {
        let next = pieces.next().await;
        if let Err(error) = &next {
            tracing::error!(?error, "a document broke off");
        }
        Ok::<_, ApiError>(next?.map(|piece| (piece, pieces)))
    });
    HttpResponse::Ok()
        .content_type("application/xml; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, CACHED))
        .streaming(Box::pin(body))
}
