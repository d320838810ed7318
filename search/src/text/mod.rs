//! From text to words: tokens, folding, languages and their stems, compounds, synonyms.

pub(crate) mod compounds;
pub(crate) mod connectives;
pub(crate) mod detect;
pub(crate) mod encoded;
mod fold;
pub(crate) mod function_words;
pub(crate) mod languages;
pub(crate) mod scripts;
pub(crate) mod synonyms;
mod tokens;

pub(crate) use fold::{fold, fold_value};
pub(crate) use languages::{Language, Stems, stems_in};
pub(crate) use tokens::{Token, tokenize};
