//! Who is asking: passwords, tokens, keys, and the extractors that tell handlers.

pub mod account;
pub mod keys;
pub mod login;
pub mod passwords;
pub mod tokens;
