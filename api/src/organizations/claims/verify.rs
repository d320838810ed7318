//! `POST /v1/organizations/{id}/claims/{claim_id}/verify`.

use super::access::{ClaimReader, Claimant};
use super::settle::{check_provable, check_website, settle};
use super::view::ClaimView;
use super::{email, proof, rows};
use crate::changes::WriteTransaction;
use crate::error::ApiError;
use crate::http::body::JsonIfSent;
use crate::http::members::Members;
use crate::http::query::Query;
use crate::http::refresh::WriteParameters;
use crate::mail::tokens;
use crate::state::AppState;
use actix_web::http::header;
use actix_web::{HttpResponse, post, web};
use entity::change::Kind;
use entity::claim::{self, Method};
use entity::mail_token::Purpose;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What proves a claim by mail. The other methods need no body.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA"}))]
pub struct ClaimProof {
    /// The token of the link.
    #[schema(pattern = "^[A-Za-z0-9_-]{43}$", required = false)]
    pub token: Option<String>,
}

/// The token, which only one method has.
fn token(body: JsonIfSent, method: Method) -> Result<Option<String>, ApiError> {
    let mut members = Members::new(body.0.map(|body| body.members).unwrap_or_default());
    let token = members.text("token");
    let token = members.finish().or_none(token)?;
    match (method, &token) {
        (Method::Email, None) => Err(ApiError::field(
            "/token",
            "is required: it is in the link of the mail",
        )),
        (Method::WellKnown | Method::DnsTxt, Some(_)) => Err(ApiError::field(
            "/token",
            "is for the method email; leave it out",
        )),
        (Method::Email, Some(_)) | (Method::WellKnown | Method::DnsTxt, None) => Ok(token),
    }
}

/// Prove a claim
///
/// Looks for the challenge, or takes the token of the mail. A listing without owners is yours then, and is
/// published if it was waiting for that, unless you proved it by a mail: then a moderator publishes it, or you
/// do by another method. One with other owners is `contested`: they decide, and after a week moderators do. A
/// claim that is proven already is answered as it is.
#[utoipa::path(
    tag = "Access",
    params(
        ("id" = String, Path, description = "Id or slug of the organization", example = "rochdale-society-of-equitable-pioneers", min_length = 1, max_length = 200),
        ("claim_id" = Uuid, Path, description = "Id of the claim"),
        WriteParameters,
    ),
    request_body(content = ClaimProof, description = "May be left out where nothing was mailed", content_type = "application/json"),
    responses(
        (status = 200, description = "Proven", body = ClaimView),
        (status = 409, description = "Not proven: `detail` says what was looked for and what was found; or the claim has lapsed or was refused", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 410, description = "No longer listed", body = crate::http::problem::Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts within an hour", body = crate::http::problem::Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/organizations/{id}/claims/{claim_id}/verify")]
pub async fn verify_claim(
    state: web::Data<AppState>,
    claimant: Claimant,
    parameters: Query<WriteParameters>,
    body: JsonIfSent,
) -> Result<HttpResponse, ApiError> {
    let Claimant(ClaimReader { claim, visitor }) = claimant;
    let token = token(body, claim.method)?;
    let (organization, mut number) = (visitor.organization, None);
    let settled = if check_provable(&claim, state.clock.now())? {
        check_website(&claim, &organization)?;
        if token.is_none() {
            look(&state, &claim, &organization).await?;
        }
        let mut txn = WriteTransaction::begin(&state.store).await?;
        let settled = match token {
            Some(token) => {
                check_token(&state, &txn, &token, &claim).await?;
                email::prove(&state, &mut txn, &token).await?
            }
            None => settle(&state, &mut txn, &claim, visitor.account.actor()).await?,
        };
        let sealed = txn.seal().await?;
        number = sealed.number(Kind::Organization, organization.id.0);
        sealed.commit().await?;
        state.post.wake();
        settled
    } else {
        claim
    };
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(number) = number {
        let key = (Kind::Organization, organization.id.0);
        parameters
            .0
            .wait(&state.index, key, number, &mut answer)
            .await;
    }
    let view = ClaimView::load(&state, &state.store.db, settled, &organization).await?;
    Ok(answer.json(view))
}

/// Looks for the challenge, outside of any transaction: others take their time.
async fn look(
    state: &AppState,
    claim: &claim::Model,
    organization: &entity::organization::Model,
) -> Result<(), ApiError> {
    let txn = WriteTransaction::begin(&state.store).await?;
    rows::spend(&txn, claim.id, state.clock.now()).await?;
    txn.commit().await?;
    proof::look(&state.outbound, claim, organization)
        .await
        .map_err(ApiError::Conflict)
}

/// The token must be of this claim, not of another.
async fn check_token(
    state: &AppState,
    txn: &WriteTransaction,
    token: &str,
    claim: &claim::Model,
) -> Result<(), ApiError> {
    let mailed = tokens::look(&**txn, Purpose::Claim, token, state.clock.now()).await?;
    if mailed.record_id == claim.id {
        Ok(())
    } else {
        Err(ApiError::field("/token", "is of another claim"))
    }
}
