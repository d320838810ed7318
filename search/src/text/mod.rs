//! From text to words: tokens, folding, stems, synonyms.

pub(crate) mod encoded;
mod fold;
pub(crate) mod languages;
pub(crate) mod synonyms;
mod tokens;

pub(crate) use fold::{fold, fold_value};
pub(crate) use tokens::{Token, tokenize};
