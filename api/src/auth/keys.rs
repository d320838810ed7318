//! Signing keys: each server has its own private key in its data dir and publishes the public
//! half in the database, so that all servers on one database accept each other's tokens.

use crate::error::ApiError;
use chrono::{DateTime, Utc};
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{EncodePrivateKey, KeypairBytes};
use entity::signing_key;
use jsonwebtoken::jwk::{Jwk, JwkSet, KeyAlgorithm, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use sea_orm::{ActiveValue::Set, DatabaseConnection, DbErr, EntityTrait, QueryOrder};
use std::collections::HashMap;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

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

/// This server's key and what it knows of the others'. Cheap to clone.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    kid: String,
    private: EncodingKey,
    public: RwLock<HashMap<String, DecodingKey>>,
}

impl Keys {
    /// Loads `dir/ed25519.pem`, made on first use (mode 0600), and publishes its public half.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub async fn open(
        dir: &Path,
        db: &DatabaseConnection,
        now: DateTime<Utc>,
    ) -> Result<Self, KeyError> {
        let path = dir.join("ed25519.pem");
        let unreadable = || KeyError::Unreadable { path: path.clone() };
        let pem = load_or_make(&path).map_err(|source| KeyError::File {
            path: path.clone(),
            source,
        })?;
        let private = EncodingKey::from_ed_pem(pem.as_bytes()).map_err(|_| unreadable())?;
        let mut jwk =
            Jwk::from_encoding_key(&private, Algorithm::EdDSA).map_err(|_| unreadable())?;
        let kid = jwk
            .thumbprint(ThumbprintHash::SHA256)
            .map_err(|_| unreadable())?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        jwk.common.key_algorithm = Some(KeyAlgorithm::EdDSA);
        signing_key::Entity::insert(signing_key::ActiveModel {
            kid: Set(kid.clone()),
            jwk: Set(serde_json::to_value(&jwk).map_err(|_| unreadable())?),
            created_at: Set(now),
        })
        .on_conflict_do_nothing()
        .exec_without_returning(db)
        .await?;
        Ok(Self(Arc::new(Inner {
            kid,
            private,
            public: RwLock::default(),
        })))
    }

    /// Id of the key this server signs with.
    pub fn kid(&self) -> &str {
        &self.0.kid
    }

    /// The key this server signs with.
    pub fn private(&self) -> &EncodingKey {
        &self.0.private
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
    ) -> Result<Option<DecodingKey>, ApiError> {
        if let Some(key) = self
            .0
            .public
            .read()
            .ok()
            .and_then(|keys| keys.get(kid).cloned())
        {
            return Ok(Some(key));
        }
        let Some(row) = signing_key::Entity::find_by_id(kid).one(db).await? else {
            return Ok(None);
        };
        let key = serde_json::from_value::<Jwk>(row.jwk)
            .ok()
            .and_then(|jwk| DecodingKey::from_jwk(&jwk).ok())
            .ok_or(ApiError::Internal("a published key is not a JWK"))?;
        if let Ok(mut keys) = self.0.public.write() {
            keys.insert(row.kid, key.clone());
        }
        Ok(Some(key))
    }
}

/// Every public key of the instance (RFC 7517), oldest first.
///
/// # Errors
/// Whatever the database answers.
pub async fn jwks(db: &DatabaseConnection) -> Result<JwkSet, ApiError> {
    let rows = signing_key::Entity::find()
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

/// The PEM text of the key; of two processes that make it at once, one wins and both read it.
fn load_or_make(path: &Path) -> Result<String, std::io::Error> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        read => return read,
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "a private key must be random, not repeatable"
    )]
    let secret: [u8; 32] = rand::random();
    // Without the public half, which readers of PKCS#8 version 1 do not expect.
    let pem = KeypairBytes {
        secret_key: secret,
        public_key: None,
    }
    .to_pkcs8_pem(LineEnding::LF)
    .map_err(std::io::Error::other)?;
    // Written whole under another name, then linked: nobody ever reads half a key.
    let draft = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(pem.as_bytes())?;
    file.sync_all()?;
    match std::fs::hard_link(&draft, path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    std::fs::remove_file(&draft)?;
    std::fs::read_to_string(path)
}
