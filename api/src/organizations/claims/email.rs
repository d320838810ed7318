//! Proving a claim with the token of a mail.

use super::settle::settle;
use crate::changes::{Actor, WriteTransaction};
use crate::error::ApiError;
use crate::mail::tokens;
use crate::state::AppState;
use entity::change::ActorRole;
use entity::mail_token::Purpose;
use entity::{account, claim};
use sea_orm::EntityTrait;

/// Proves the claim of a mailed token, and answers what became of it: `verified`, or `contested` when the
/// listing has other owners. Whoever holds the token need not be logged in: it may be a colleague of the
/// claimant who reads the mail of the domain.
///
/// # Errors
/// A fault of `/token`, or a conflict when the claim can no longer be proven.
pub async fn confirm(state: &AppState, token: &str) -> Result<claim::Model, ApiError> {
    let mut txn = WriteTransaction::begin(&state.store).await?;
    let claim = prove(state, &mut txn, token).await?;
    txn.commit().await?;
    state.post.wake();
    Ok(claim)
}

/// The same within a transaction.
///
/// # Errors
/// As [`confirm`].
pub async fn prove(
    state: &AppState,
    txn: &mut WriteTransaction,
    token: &str,
) -> Result<claim::Model, ApiError> {
    let now = state.clock.now();
    let lapsed = || ApiError::field("/token", "is of a claim that has changed or lapsed");
    let mailed = tokens::look(&**txn, Purpose::Claim, token, now).await?;
    let (claim, account) = claim::Entity::find_by_id(mailed.record_id)
        .find_also_related(account::Entity)
        .one(&**txn)
        .await?
        .filter(|(claim, _)| claim.email.as_ref() == Some(&mailed.email))
        .ok_or_else(lapsed)?;
    if account.is_none_or(|account| account.suspended_at.is_some()) {
        return Err(lapsed());
    }
    let actor = Actor {
        account: Some(claim.account_id.0),
        role: ActorRole::Owner,
        source: None,
    };
    let settled = settle(state, txn, &claim, actor).await?;
    // Last: whoever renews a claim locks it before its tokens too.
    tokens::take(&**txn, Purpose::Claim, token, now).await?;
    Ok(settled)
}
