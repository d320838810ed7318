//! Random secrets: given out once, stored as hashes.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// Longest secret we look at, in bytes.
const MAX_BYTES: usize = 256;

/// A new secret of 256 random bits, 43 characters of base64url (RFC 4648 section 5).
pub fn new() -> String {
    URL_SAFE_NO_PAD.encode(random())
}

/// A new secret to sign requests with: `whsec_` and 256 random bits in base64 (Standard Webhooks 1.0.0,
/// "Signature scheme"). Whoever signs has to keep it as it is.
pub fn new_webhook() -> String {
    format!("whsec_{}", STANDARD.encode(random()))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a secret must be random, not repeatable"
)]
fn random() -> [u8; 32] {
    rand::random()
}

/// What is stored of a secret: SHA-256, hexadecimal. It has 256 random bits, so there is nothing to guess
/// and no need for a slow hash.
pub fn hash(secret: &str) -> String {
    // What is longer was never given out; its hash is that of nothing.
    let known = if secret.len() > MAX_BYTES { "" } else { secret };
    format!("{:x}", Sha256::digest(known.as_bytes()))
}
