//! Signing keys: each server has its own private key in its data dir and publishes the public
//! half in the database, so that all servers on one database accept each other's tokens.

use crate::auth::{ed25519, key_file};
use crate::error::ApiError;
use chrono::{DateTime, TimeDelta, Utc};
use entity::signing_key;
use jsonwebtoken::jwk::{Jwk, JwkSet, KeyAlgorithm, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QueryOrder,
};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

/// File, beside the key, that names the key the server signed with last.
const LAST_USED: &str = "last-used.kid";

/// Why a server has no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key file cannot be read or written.
    #[error("signing key {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The key file holds something else.
    #[error(
        "signing key {path}: not an Ed25519 private key in PKCS#8 PEM; remove it to get a new one"
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
    },
    /// The public half could not be published.
    #[error("the public key could not be stored: {0}")]
    Database(#[from] DbErr),
}

/// How long a retired key is accepted: until the last token it can have signed has lapsed, and an hour
/// more, within which every server that still signs with it has said so (see [`Keys::sweep`]).
const OVERLAP: TimeDelta = TimeDelta::minutes(75);

/// Where the private key is.
#[derive(Clone, Copy, Debug)]
pub struct KeyFiles<'a> {
    /// Folder of the key that is made on first use, and of what a server remembers about keys.
    pub dir: &'a Path,
    /// A key that is given, instead.
    pub given: Option<&'a Path>,
}

/// This server's key and what it knows of the others'. Cheap to clone.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    kid: String,
    jwk: serde_json::Value,
    private: EncodingKey,
    public: RwLock<HashMap<String, Public>>,
}

#[derive(Clone)]
struct Public {
    key: DecodingKey,
    retired_at: Option<DateTime<Utc>>,
}

impl Keys {
    /// Loads the private key, made on first use (mode 0600) unless it is given, and publishes its public
    /// half. If the server signed with another key when it was last started, that one retires.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub async fn open(
        files: KeyFiles<'_>,
        db: &DatabaseConnection,
        now: DateTime<Utc>,
    ) -> Result<Self, KeyError> {
        ed25519::install();
        let path = files.path();
        let failed = |source| KeyError::File {
            path: path.clone(),
            source,
        };
        let unreadable = || KeyError::Unreadable { path: path.clone() };
        let pem = match files.given {
            Some(path) => std::fs::read_to_string(path),
            None => key_file::load_or_make(&path),
        };
        let pem = pem.map_err(failed)?;
        let private = EncodingKey::from_ed_pem(pem.as_bytes()).map_err(|_| unreadable())?;
        let mut jwk =
            Jwk::from_encoding_key(&private, Algorithm::EdDSA).map_err(|_| unreadable())?;
        let kid = jwk
            .thumbprint(ThumbprintHash::SHA256)
            .map_err(|_| unreadable())?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        jwk.common.key_algorithm = Some(KeyAlgorithm::EdDSA);
        let keys = Self(Arc::new(Inner {
            jwk: serde_json::to_value(&jwk).map_err(|_| unreadable())?,
            kid,
            private,
            public: RwLock::default(),
        }));
        keys.publish(db, now).await?;
        // Noted last: if the process dies before, the next start retires the old key again.
        let last = files.dir.join(LAST_USED);
        let before = std::fs::read_to_string(&last).unwrap_or_default();
        if before != keys.kid() {
            retire(db, &before, now).await?;
            key_file::replace(&last, keys.kid()).map_err(|source| KeyError::File {
                path: last.clone(),
                source,
            })?;
        }
        keys.reload(db, now).await?;
        Ok(keys)
    }

    /// Id of the key this server signs with.
    pub fn kid(&self) -> &str {
        &self.0.kid
    }

    /// The key this server signs with.
    pub fn private(&self) -> &EncodingKey {
        &self.0.private
    }

    /// The public key of this id, if it is in memory and accepted now.
    pub fn known(&self, kid: &str, now: DateTime<Utc>) -> Option<DecodingKey> {
        let keys = self.0.public.read().ok()?;
        let public = keys.get(kid)?;
        let accepted = public.retired_at.is_none_or(|at| at + OVERLAP > now);
        accepted.then(|| public.key.clone())
    }

    /// The public key of this id: from memory, else from the database, where another server may
    /// have published it since.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn public(
        &self,
        db: &DatabaseConnection,
        kid: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<DecodingKey>, ApiError> {
        if let Some(key) = self.known(kid, now) {
            return Ok(Some(key));
        }
        let row = signing_key::Entity::accepted(now - OVERLAP)
            .filter(signing_key::Column::Kid.eq(kid))
            .one(db)
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let kid = row.kid.clone();
        let public = Public::of(row).ok_or(ApiError::Internal("a published key is not a JWK"))?;
        let key = public.key.clone();
        if let Ok(mut keys) = self.0.public.write() {
            keys.insert(kid, public);
        }
        Ok(Some(key))
    }

    /// Reads the public keys anew: those that others have retired or removed since are forgotten. To be
    /// called every minute.
    ///
    /// # Errors
    /// Whatever the database answers; what was known stays known then.
    pub async fn reload(&self, db: &DatabaseConnection, now: DateTime<Utc>) -> Result<(), DbErr> {
        let rows = signing_key::Entity::accepted(now - OVERLAP).all(db).await?;
        let read = rows
            .into_iter()
            .filter_map(|row| Some((row.kid.clone(), Public::of(row)?)))
            .collect();
        if let Ok(mut keys) = self.0.public.write() {
            *keys = read;
        }
        Ok(())
    }

    /// Says that this server still signs with its key, which somebody may have retired since, and forgets
    /// the keys that are not accepted any more. To be called every hour.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn sweep(&self, db: &DatabaseConnection, now: DateTime<Utc>) -> Result<(), DbErr> {
        self.publish(db, now).await?;
        signing_key::Entity::delete_many()
            .filter(signing_key::Column::RetiredAt.lte(now - OVERLAP))
            .exec(db)
            .await?;
        Ok(())
    }

    async fn publish(&self, db: &DatabaseConnection, now: DateTime<Utc>) -> Result<(), DbErr> {
        // Nothing is written that is there already: a server starts with a full disk as well.
        let published = signing_key::Entity::find_by_id(self.0.kid.clone())
            .filter(signing_key::Column::RetiredAt.is_null())
            .one(db)
            .await?;
        if published.is_some() {
            return Ok(());
        }
        let in_use = OnConflict::column(signing_key::Column::Kid)
            .update_column(signing_key::Column::RetiredAt)
            .to_owned();
        signing_key::Entity::insert(signing_key::ActiveModel {
            kid: Set(self.0.kid.clone()),
            jwk: Set(self.0.jwk.clone()),
            created_at: Set(now),
            retired_at: Set(None),
        })
        .on_conflict(in_use)
        .exec_without_returning(db)
        .await?;
        Ok(())
    }
}

impl KeyFiles<'_> {
    /// The file of the private key.
    pub fn path(&self) -> PathBuf {
        match self.given {
            Some(path) => path.to_owned(),
            None => self.dir.join("ed25519.pem"),
        }
    }
}

impl Public {
    fn of(row: signing_key::Model) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(row.jwk).ok()?;
        Some(Self {
            key: DecodingKey::from_jwk(&jwk).ok()?,
            retired_at: row.retired_at,
        })
    }
}

/// Retires a key that no server signs with any more: its tokens are accepted until they lapse. Whether
/// there is such a key, not retired yet.
///
/// # Errors
/// Whatever the database answers.
pub async fn retire(db: &DatabaseConnection, kid: &str, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let retired = signing_key::Entity::update_many()
        .col_expr(signing_key::Column::RetiredAt, Expr::value(now))
        .filter(signing_key::Column::Kid.eq(kid))
        .filter(signing_key::Column::RetiredAt.is_null())
        .exec(db)
        .await?;
    Ok(retired.rows_affected == 1)
}

/// Every public key whose tokens are accepted (RFC 7517), oldest first.
///
/// # Errors
/// Whatever the database answers.
pub async fn jwks(db: &DatabaseConnection, now: DateTime<Utc>) -> Result<JwkSet, ApiError> {
    let rows = signing_key::Entity::accepted(now - OVERLAP)
        .order_by_asc(signing_key::Column::CreatedAt)
        .all(db)
        .await?;
    let keys = rows
        .into_iter()
        .map(|row| serde_json::from_value(row.jwk))
        .collect::<Result<_, _>>()
        .map_err(|_| ApiError::Internal("a published key is not a JWK"))?;
    Ok(JwkSet { keys })
}
