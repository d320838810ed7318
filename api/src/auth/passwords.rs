//! Password hashes: argon2id, off the async threads, a bounded number at a time.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use std::sync::LazyLock;
use tokio::sync::Semaphore;

/// Fewest characters of a password; there is no other rule.
pub const MIN_CHARS: usize = 12;

/// Most characters of a password: hashing reads them all.
pub const MAX_CHARS: usize = 1024;

/// Each hash takes 19 MiB for its time; more at once would only wait for the cores.
static TURNS: Semaphore = Semaphore::const_new(2);

/// Stands in for the hash of an account that does not exist, so that it takes the same time.
static NOBODY: LazyLock<Option<String>> =
    LazyLock::new(|| hash_now("nobody has this password").ok());

/// Makes ready what checking a password needs, so that the first time takes no longer than others.
pub async fn prepare() {
    // A panic would have been logged; checking then makes it itself.
    let _ = tokio::task::spawn_blocking(|| LazyLock::force(&NOBODY).is_some()).await;
}

/// Why a password could not be hashed or checked.
#[derive(Debug, thiserror::Error)]
#[error("passwords cannot be hashed at the moment")]
pub struct PasswordError;

/// Whether a password may be chosen.
///
/// # Errors
/// What to change about it.
pub fn check(password: &str) -> Result<(), String> {
    if password.chars().count() < MIN_CHARS {
        Err(format!("must have at least {MIN_CHARS} characters"))
    } else if is_too_long(password) {
        Err(format!("may have at most {MAX_CHARS} characters"))
    } else {
        Ok(())
    }
}

/// Whether no account has this password, whatever it is.
pub fn is_too_long(password: &str) -> bool {
    password.chars().nth(MAX_CHARS).is_some()
}

/// The PHC string of a password.
///
/// # Errors
/// When hashing fails.
pub async fn hash(password: String) -> Result<String, PasswordError> {
    let _turn = TURNS.acquire().await.map_err(|_| PasswordError)?;
    tokio::task::spawn_blocking(move || hash_now(&password))
        .await
        .map_err(|_| PasswordError)?
}

/// Whether the password is the one of `hash`; takes as long without a hash.
///
/// # Errors
/// When hashing fails.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool, PasswordError> {
    let _turn = TURNS.acquire().await.map_err(|_| PasswordError)?;
    tokio::task::spawn_blocking(move || {
        let known = hash.is_some();
        let hash = hash.or_else(|| NOBODY.clone()).ok_or(PasswordError)?;
        let hash = PasswordHash::new(&hash).map_err(|_| PasswordError)?;
        Ok(Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok()
            && known)
    })
    .await
    .map_err(|_| PasswordError)?
}

fn hash_now(password: &str) -> Result<String, PasswordError> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|_| PasswordError)
}
