//! What words of queries match, kept beside a snapshot: people ask with the same words again and again.

use std::sync::{Arc, OnceLock};

use moka::sync::Cache;

use crate::error::Result;
use crate::meant::Spoken;
use crate::ready::get_or_make;
use crate::text::{Language, Stems, Token, stems_in};
use crate::words::Choice;

/// So many words are kept with a snapshot, some kilobytes each: those that are asked for most.
const MAX_WORDS: u64 = 4096;

/// A word that was looked up.
pub(crate) struct KnownWord {
    word: Token,
    pub(crate) spoken: Spoken,
    stems: OnceLock<Stems>,
    choice: OnceLock<Choice>,
}

impl KnownWord {
    pub(crate) fn new(word: &Token, spoken: Spoken) -> KnownWord {
        KnownWord {
            word: word.clone(),
            spoken,
            stems: OnceLock::new(),
            choice: OnceLock::new(),
        }
    }

    /// Whether this is what was found out of a word.
    pub(crate) fn is(&self, word: &Token) -> bool {
        self.word.folded == word.folded && self.word.lower == word.lower
    }

    /// Whether records say which languages it is of: then all queries mean the same by it.
    pub(crate) fn has_language(&self) -> bool {
        !self.spoken.languages.is_empty()
    }

    /// Its stems, in these languages.
    pub(crate) fn stems(&self, languages: impl FnOnce() -> Vec<Language>) -> &Stems {
        self.stems
            .get_or_init(|| stems_in(&self.word, &languages()))
    }

    /// What it matches in the records that say its languages.
    pub(crate) fn choice(&self, find: impl FnOnce() -> Result<Choice>) -> Result<&Choice> {
        get_or_make(&self.choice, find)
    }
}

/// The words of one snapshot that queries have used.
pub(crate) struct KnownWords {
    words: Cache<String, Arc<KnownWord>>,
}

impl Default for KnownWords {
    fn default() -> KnownWords {
        KnownWords {
            words: Cache::new(MAX_WORDS),
        }
    }
}

impl KnownWords {
    /// A word, with the languages that `spoken` tells of it if it was not asked for lately. Words that no record
    /// tells the language of are not kept: what they are taken for depends on the words beside them.
    pub(crate) fn get(
        &self,
        word: &Token,
        spoken: impl FnOnce() -> Result<Spoken>,
    ) -> Result<Arc<KnownWord>> {
        let key = format!("{}\0{}", word.folded, word.lower);
        if let Some(known) = self.words.get(&key) {
            return Ok(known);
        }
        let known = Arc::new(KnownWord::new(word, spoken()?));
        if known.has_language() {
            self.words.insert(key, Arc::clone(&known));
        }
        Ok(known)
    }
}
