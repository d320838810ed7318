//! Files of private keys: never half written, and only their owner reads them.

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{EncodePrivateKey, KeypairBytes};
use std::io::{Error, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The PEM text of the key; of two processes that make it at once, one wins and both read it.
///
/// # Errors
/// Whatever the system says.
pub fn load_or_make(path: &Path) -> Result<String, Error> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        read => return read,
    }
    // Written whole under another name, then linked: nobody ever reads half a key.
    let draft = write_draft(path, &new_pem()?)?;
    match std::fs::hard_link(&draft, path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    std::fs::remove_file(&draft)?;
    std::fs::read_to_string(path)
}

/// A new key in the place of the one that is there, if any.
///
/// # Errors
/// Whatever the system says; the old key is still there then.
pub fn rotate(path: &Path) -> Result<(), Error> {
    replace(path, &new_pem()?)
}

/// Replaces a file as a whole.
///
/// # Errors
/// Whatever the system says; the old text is still there then.
pub fn replace(path: &Path, text: &str) -> Result<(), Error> {
    let draft = write_draft(path, text)?;
    std::fs::rename(draft, path)
}

/// A new private key, PKCS#8 in PEM.
fn new_pem() -> Result<String, Error> {
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
    .map_err(Error::other)?;
    Ok(pem.to_string())
}

fn write_draft(path: &Path, text: &str) -> Result<PathBuf, Error> {
    let draft = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(draft)
}
