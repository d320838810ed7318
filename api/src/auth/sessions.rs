//! Log-ins: a refresh token that changes with every use (RFC 9700 section 4.14.2).

use crate::auth::secrets;
use crate::changes::WriteTransaction;
use crate::store::Store;
use chrono::{DateTime, TimeDelta, Utc};
use entity::ids::AccountId;
use entity::{refresh_token, session};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

/// How long a log-in lasts after its last use.
pub const LIFETIME: TimeDelta = TimeDelta::days(30);

/// Characters kept of what a client calls itself.
const USER_AGENT_CHARS: usize = 200;

/// Log-ins of an account that are remembered, whether they last or have ended: of more, those that were used
/// last.
const MOST: u64 = 100;

/// Refresh tokens of a log-in that are remembered: those of a month, of a client that asks for another when its
/// access token ends.
const MOST_TOKENS: u64 = 3_000;

/// A log-in and the refresh token that is valid for it now.
pub struct Session {
    /// Id of the log-in.
    pub id: Uuid,
    /// Whose it is.
    pub account_id: AccountId,
    /// The token, in clear for the only time.
    pub refresh_token: String,
}

/// Begins a log-in; `network` is that of the [attempt](crate::auth::throttle::Attempt).
///
/// # Errors
/// Whatever the database answers.
pub async fn begin(
    txn: &impl ConnectionTrait,
    id: Uuid,
    account_id: AccountId,
    user_agent: Option<&str>,
    network: &str,
    now: DateTime<Utc>,
) -> Result<Session, DbErr> {
    forget_all_but_the_last(txn, account_id).await?;
    let user_agent = user_agent.map(|text| text.chars().take(USER_AGENT_CHARS).collect());
    session::Entity::insert(session::ActiveModel {
        id: Set(id),
        account_id: Set(account_id),
        user_agent: Set(user_agent),
        network: Set(Some(network.to_owned())),
        created_at: Set(now),
        last_used_at: Set(now),
        expires_at: Set(now + LIFETIME),
        revoked_at: Set(None),
    })
    .exec_without_returning(txn)
    .await?;
    Ok(Session {
        id,
        account_id,
        refresh_token: next_token(txn, id, now).await?,
    })
}

/// Exchanges a refresh token for the next one. `None` when it is not valid; when it was used before,
/// somebody has a copy, and the whole log-in ends.
///
/// # Errors
/// Whatever the database answers.
pub async fn rotate(
    store: &Store,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Option<Session>, DbErr> {
    let hash = secrets::hash(token);
    let txn = WriteTransaction::begin(store).await?;
    // Of many that bring one token at once, one changes the row.
    let first = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::UsedAt, Expr::value(now))
        .filter(refresh_token::Column::Hash.eq(&hash))
        .filter(refresh_token::Column::UsedAt.is_null())
        .exec(&*txn)
        .await?
        .rows_affected
        == 1;
    let session = find(&*txn, &hash).await?;
    let Some(session) = session else {
        return Ok(None);
    };
    if !first {
        end(&*txn, &[session.id], now).await?;
        txn.commit().await?;
        return Ok(None);
    }
    if session.revoked_at.is_some() || session.expires_at <= now {
        return Ok(None);
    }
    let refresh_token = next_token(&*txn, session.id, now).await?;
    session::ActiveModel {
        id: Set(session.id),
        last_used_at: Set(now),
        expires_at: Set(now + LIFETIME),
        ..Default::default()
    }
    .update(&*txn)
    .await?;
    txn.commit().await?;
    Ok(Some(Session {
        id: session.id,
        account_id: session.account_id,
        refresh_token,
    }))
}

/// The log-in a refresh token belongs to, used or not.
///
/// # Errors
/// Whatever the database answers.
pub async fn find(db: &impl ConnectionTrait, hash: &str) -> Result<Option<session::Model>, DbErr> {
    let Some(token) = refresh_token::Entity::find_by_id(hash).one(db).await? else {
        return Ok(None);
    };
    session::Entity::find_by_id(token.session_id).one(db).await
}

/// Ends log-ins: their access tokens stop at once, on every server.
///
/// # Errors
/// Whatever the database answers.
pub async fn end(
    db: &impl ConnectionTrait,
    ids: &[Uuid],
    now: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let done = session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(now))
        .filter(session::Column::Id.is_in(ids.iter().copied()))
        .filter(session::Column::RevokedAt.is_null())
        .exec(db)
        .await?;
    Ok(done.rows_affected)
}

/// Ends every log-in of an account but one.
///
/// # Errors
/// Whatever the database answers.
pub async fn end_all_but(
    db: &impl ConnectionTrait,
    account: AccountId,
    kept: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let mut ended = session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(now))
        .filter(session::Column::AccountId.eq(account))
        .filter(session::Column::RevokedAt.is_null());
    if let Some(kept) = kept {
        ended = ended.filter(session::Column::Id.ne(kept));
    }
    ended.exec(db).await?;
    Ok(())
}

/// Forgets log-ins that ended, some time after: a stolen token that turns up late still ends nothing else. Of
/// those that go on, forgets the tokens that were used long ago: none of them can be valid any more.
///
/// # Errors
/// Whatever the database answers.
pub async fn sweep(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    session::Entity::delete_many()
        .filter(session::Column::ExpiresAt.lt(now - LIFETIME))
        .exec(db)
        .await?;
    refresh_token::Entity::delete_many()
        .filter(refresh_token::Column::UsedAt.lt(now - LIFETIME))
        .exec(db)
        .await?;
    Ok(())
}

/// Makes room for one more log-in of an account.
async fn forget_all_but_the_last(
    txn: &impl ConnectionTrait,
    account: AccountId,
) -> Result<(), DbErr> {
    let too_many: Vec<Uuid> = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(session::Column::AccountId.eq(account))
        .order_by_desc(session::Column::LastUsedAt)
        .order_by_desc(session::Column::Id)
        .offset(MOST - 1)
        .limit(MOST)
        .into_tuple()
        .all(txn)
        .await?;
    if too_many.is_empty() {
        return Ok(());
    }
    session::Entity::delete_many()
        .filter(session::Column::Id.is_in(too_many))
        .exec(txn)
        .await?;
    Ok(())
}

/// Makes room for one more token of a log-in.
async fn forget_older_tokens(txn: &impl ConnectionTrait, session: Uuid) -> Result<(), DbErr> {
    let too_old: Option<DateTime<Utc>> = refresh_token::Entity::find()
        .select_only()
        .column(refresh_token::Column::CreatedAt)
        .filter(refresh_token::Column::SessionId.eq(session))
        .order_by_desc(refresh_token::Column::CreatedAt)
        .offset(MOST_TOKENS - 1)
        .limit(1)
        .into_tuple()
        .one(txn)
        .await?;
    let Some(too_old) = too_old else {
        return Ok(());
    };
    refresh_token::Entity::delete_many()
        .filter(refresh_token::Column::SessionId.eq(session))
        .filter(refresh_token::Column::CreatedAt.lte(too_old))
        .filter(refresh_token::Column::UsedAt.is_not_null())
        .exec(txn)
        .await?;
    Ok(())
}

async fn next_token(
    txn: &impl ConnectionTrait,
    session_id: Uuid,
    now: DateTime<Utc>,
) -> Result<String, DbErr> {
    forget_older_tokens(txn, session_id).await?;
    let token = secrets::new();
    refresh_token::Entity::insert(refresh_token::ActiveModel {
        hash: Set(secrets::hash(&token)),
        session_id: Set(session_id),
        created_at: Set(now),
        used_at: Set(None),
    })
    .exec_without_returning(txn)
    .await?;
    Ok(token)
}
