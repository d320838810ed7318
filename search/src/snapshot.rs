//! What a search reads: the index as of one commit, with what is worth keeping ready beside it.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, OnceLock};

use tantivy::columnar::{Column, StrColumn};
use tantivy::fastfield::AliveBitSet;
use tantivy::index::SegmentId;
use tantivy::{InvertedIndexReader, Opstamp, Searcher, SegmentReader};

use crate::document::{Keyword, Kind, MAX_QUALITY};
use crate::error::Result;
use crate::facets::Values;
use crate::known_values::KnownValues;
use crate::known_words::KnownWords;
use crate::ready::{Counts, Orders};
use crate::schema::{Fields, names};
use crate::text::Language;

/// One segment, opened: the parts every search needs, without the library's locks and look-ups.
pub(crate) struct Segment {
    pub(crate) reader: SegmentReader,
    pub(crate) words: Arc<InvertedIndexReader>,
    pub(crate) stems: Arc<InvertedIndexReader>,
    pub(crate) spoken: Arc<InvertedIndexReader>,
    pub(crate) joined: Arc<InvertedIndexReader>,
    pub(crate) names: Arc<InvertedIndexReader>,
    pub(crate) forms: Arc<InvertedIndexReader>,
    pub(crate) kinds: Arc<InvertedIndexReader>,
    pub(crate) alive: Option<AliveBitSet>,
    pub(crate) max_doc: u32,
    /// `None` in a segment without documents.
    pub(crate) order: Option<StrColumn>,
    order_start: Column<u64>,
    pub(crate) created_at: Column<i64>,
    pub(crate) updated_at: Column<i64>,
    // What only some kinds of records have: `None` where no record has a value.
    posted_at: Option<Column<i64>>,
    expires_at: Option<Column<i64>>,
    salary: Option<Column<i64>>,
    pub(crate) utc_offsets: Option<Column<u64>>,
    pub(crate) locations: Option<Column<u64>>,
    group: Option<Column<u64>>,
    quality: Column<u64>,
    /// In the order of [`Keyword::ALL`]; `None` where no record has a value.
    pub(crate) keywords: Vec<Option<StrColumn>>,
    /// The posting lists of values, in the same order.
    pub(crate) value_lists: Vec<Arc<InvertedIndexReader>>,
    delete_opstamp: Option<Opstamp>,
    /// Documents that expire, the soonest first, deleted ones included.
    by_expiry: Arc<Vec<u32>>,
    /// When the first of those that are not deleted expires.
    first_expiry: Option<i64>,
    pub(crate) known_values: KnownValues,
    pub(crate) orders: Arc<Orders>,
    pub(crate) counts: Counts,
}

impl Segment {
    /// Opens a segment. `before` is the same one before further records were deleted from it.
    fn open(reader: &SegmentReader, fields: &Fields, before: Option<&Segment>) -> Result<Segment> {
        let fast = reader.fast_fields();
        let keywords = Keyword::ALL
            .iter()
            .map(|keyword| fast.str(keyword.as_str()))
            .collect::<tantivy::Result<_>>()?;
        let mut segment = Segment {
            words: reader.inverted_index(fields.words)?,
            stems: reader.inverted_index(fields.stems)?,
            spoken: reader.inverted_index(fields.spoken)?,
            joined: reader.inverted_index(fields.joined)?,
            names: reader.inverted_index(fields.names)?,
            forms: reader.inverted_index(fields.forms)?,
            kinds: reader.inverted_index(fields.kind)?,
            alive: reader.alive_bitset().cloned(),
            max_doc: reader.max_doc(),
            order: fast.str(names::ORDER)?,
            order_start: fast.u64(names::ORDER_START)?,
            created_at: fast.i64(names::CREATED_AT)?,
            updated_at: fast.i64(names::UPDATED_AT)?,
            posted_at: fast.column_opt(names::POSTED_AT)?,
            expires_at: fast.column_opt(names::EXPIRES_AT)?,
            salary: fast.column_opt(names::SALARY)?,
            utc_offsets: fast.column_opt(names::UTC_OFFSETS)?,
            locations: fast.column_opt(names::LOCATIONS)?,
            group: fast.column_opt(names::GROUP)?,
            quality: fast.u64(names::QUALITY)?,
            keywords,
            value_lists: fields
                .keywords
                .iter()
                .map(|field| reader.inverted_index(*field))
                .collect::<tantivy::Result<_>>()?,
            delete_opstamp: reader.delete_opstamp(),
            by_expiry: Arc::default(),
            first_expiry: None,
            known_values: before
                .map_or_else(Arc::default, |before| Arc::clone(&before.known_values)),
            orders: before.map_or_else(Arc::default, |before| Arc::clone(&before.orders)),
            counts: Counts::default(),
            reader: reader.clone(),
        };
        segment.by_expiry = match before {
            Some(before) => Arc::clone(&before.by_expiry),
            None => Arc::new(segment.sorted_by_expiry()),
        };
        let mut live = segment
            .by_expiry
            .iter()
            .filter(|doc| segment.is_alive(**doc));
        segment.first_expiry = live.next().and_then(|&doc| segment.expires_at(doc));
        if let Some(before) = before {
            segment.take_counts(before)?;
        }
        Ok(segment)
    }

    fn sorted_by_expiry(&self) -> Vec<u32> {
        if self.expires_at.is_none() {
            return Vec::new();
        }
        let expiring = (0..self.max_doc).filter_map(|doc| Some((self.expires_at(doc)?, doc)));
        let mut expiring: Vec<(i64, u32)> = expiring.collect();
        expiring.sort_unstable();
        expiring.into_iter().map(|(_, doc)| doc).collect()
    }

    pub(crate) fn id(&self) -> SegmentId {
        self.reader.segment_id()
    }

    pub(crate) fn is_alive(&self, doc: u32) -> bool {
        self.alive.as_ref().is_none_or(|alive| alive.is_alive(doc))
    }

    /// Whether a record of this kind is in the segment, deleted ones included.
    pub(crate) fn has(&self, kind: Kind) -> Result<bool> {
        Ok(self.kinds.terms().get(kind.as_str())?.is_some())
    }

    /// When documents expire; `None` when none that is not deleted has expired.
    pub(crate) fn expiring(&self, now: i64) -> Option<&Column<i64>> {
        let some_have = self.first_expiry.is_some_and(|first| first <= now);
        self.expires_at.as_ref().filter(|_| some_have)
    }

    /// Whether a document has expired.
    #[inline]
    pub(crate) fn is_expired(&self, doc: u32, now: i64) -> bool {
        self.expires_at(doc).is_some_and(|at| at <= now)
    }

    /// Documents that have expired but are not deleted, by number.
    pub(crate) fn expired(&self, now: i64) -> Vec<u32> {
        if self.expiring(now).is_none() {
            return Vec::new();
        }
        let end = self
            .by_expiry
            .partition_point(|&doc| self.is_expired(doc, now));
        let expired = self.by_expiry.iter().take(end).copied();
        let mut expired: Vec<u32> = expired.filter(|&doc| self.is_alive(doc)).collect();
        expired.sort_unstable();
        expired
    }

    /// The ordinals of a document's values of a keyword.
    #[inline]
    pub(crate) fn ordinals(&self, keyword: Keyword, doc: u32) -> impl Iterator<Item = u64> {
        let column = self.keywords[keyword.index()].as_ref().into_iter();
        column.flat_map(move |column| column.ords().values_for_doc(doc))
    }

    /// How many values of a keyword there are.
    pub(crate) fn values(&self, keyword: Keyword) -> usize {
        self.keywords[keyword.index()]
            .as_ref()
            .map_or(0, |column| column.dictionary().num_terms())
    }

    #[inline]
    pub(crate) fn posted_at(&self, doc: u32) -> Option<i64> {
        self.posted_at.as_ref()?.first(doc)
    }

    #[inline]
    pub(crate) fn expires_at(&self, doc: u32) -> Option<i64> {
        self.expires_at.as_ref()?.first(doc)
    }

    #[inline]
    pub(crate) fn group(&self, doc: u32) -> Option<u64> {
        self.group.as_ref()?.first(doc)
    }

    /// How much is known of a record, 0 to [`MAX_QUALITY`](crate::MAX_QUALITY).
    #[inline]
    pub(crate) fn quality(&self, doc: u32) -> u8 {
        let quality = self.quality.first(doc).unwrap_or_default();
        u8::try_from(quality).unwrap_or(MAX_QUALITY)
    }

    /// Whether some record is in a group.
    pub(crate) fn has_groups(&self) -> bool {
        self.group.is_some()
    }

    #[inline]
    pub(crate) fn salary(&self, doc: u32) -> Option<i64> {
        self.salary.as_ref()?.first(doc)
    }

    /// The ordinal of a document's name and id.
    #[inline]
    pub(crate) fn order_of(&self, doc: u32) -> u64 {
        let ordinal = self
            .order
            .as_ref()
            .and_then(|order| order.ords().first(doc));
        ordinal.unwrap_or(u64::MAX)
    }

    /// How a document's name begins: in the order of names, the same in every segment.
    pub(crate) fn order_start(&self, doc: u32) -> u64 {
        self.order_start.first(doc).unwrap_or_default()
    }

    /// Name and id behind an ordinal. Takes a while: the dictionary is packed.
    pub(crate) fn order_string(&self, ordinal: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if let Some(order) = &self.order {
            order.dictionary().ord_to_term(ordinal, &mut bytes)?;
        }
        Ok(bytes)
    }

    /// The first ordinal whose name and id come after `order`.
    pub(crate) fn first_order_after(&self, order: &str) -> Result<u64> {
        let Some(column) = &self.order else {
            return Ok(0);
        };
        let bounds = column
            .dictionary()
            .term_bounds_to_ord(Bound::Excluded(order), Bound::Unbounded)?;
        Ok(match bounds.0 {
            Bound::Included(ordinal) => ordinal,
            Bound::Excluded(ordinal) => ordinal.saturating_add(1),
            Bound::Unbounded => 0,
        })
    }
}

/// The index as of one commit.
pub(crate) struct Snapshot {
    pub(crate) searcher: Searcher,
    pub(crate) fields: Fields,
    pub(crate) segments: Vec<Arc<Segment>>,
    /// The languages some record has texts in, as far as they have stems.
    pub(crate) languages: Vec<Language>,
    /// Counts the commits since the index was opened.
    pub(crate) generation: u64,
    /// The values of each keyword over all segments, gathered when first asked for.
    values: [OnceLock<Arc<Values>>; Keyword::ALL.len()],
    pub(crate) known_words: KnownWords,
}

impl Snapshot {
    /// Opens what `searcher` sees. Segments that `before` has open already are taken over.
    pub(crate) fn open(
        searcher: Searcher,
        fields: Fields,
        before: Option<&Snapshot>,
    ) -> Result<Snapshot> {
        let known = before.map_or(&[][..], |before| &before.segments);
        let mut segments = Vec::new();
        for reader in searcher.segment_readers() {
            let known_as = known.iter().find(|known| known.id() == reader.segment_id());
            segments.push(match known_as {
                Some(known) if known.delete_opstamp == reader.delete_opstamp() => Arc::clone(known),
                _ => {
                    let segment = Segment::open(reader, &fields, known_as.map(Arc::as_ref))?;
                    if known_as.is_none() {
                        for known in known {
                            segment.get_ready_like(known)?;
                            segment.know_values_like(known)?;
                        }
                    }
                    Arc::new(segment)
                }
            });
        }
        Ok(Snapshot {
            languages: languages(&segments, &fields)?,
            searcher,
            fields,
            segments,
            generation: before.map_or(0, |before| before.generation + 1),
            values: Default::default(),
            known_words: KnownWords::default(),
        })
    }

    /// The values of a keyword over all segments.
    pub(crate) fn values(&self, keyword: Keyword) -> Result<Arc<Values>> {
        let slot = &self.values[keyword.index()];
        if let Some(values) = slot.get() {
            return Ok(Arc::clone(values));
        }
        let values = Arc::new(Values::gather(keyword, &self.segments)?);
        Ok(Arc::clone(slot.get_or_init(|| values)))
    }

    /// A folded word in the spelling that most records have: with its accents, in lower case.
    pub(crate) fn as_people_write(&self, word: &str) -> Result<String> {
        let mut plain = 0;
        let mut forms: BTreeMap<String, u64> = BTreeMap::new();
        let (from, to) = (format!("{word}\0"), format!("{word}\u{1}"));
        for segment in &self.segments {
            let info = segment.words.terms().get(word)?;
            plain += info.map_or(0, |info| u64::from(info.doc_freq));
            let mut stream = segment
                .forms
                .terms()
                .range()
                .ge(&from)
                .lt(&to)
                .into_stream()?;
            while stream.advance() {
                let form = stream.key().get(from.len()..).unwrap_or_default();
                let records = u64::from(stream.value().doc_freq);
                *forms
                    .entry(String::from_utf8_lossy(form).into_owned())
                    .or_default() += records;
            }
        }
        // Records of the other spellings are among the plain word's.
        let plain = plain.saturating_sub(forms.values().sum());
        let best = forms.into_iter().max_by_key(|(_, records)| *records);
        Ok(match best {
            Some((form, records)) if records > plain => form,
            _ => word.to_owned(),
        })
    }

    /// The terms of a freely typed keyword whose values are this one, folded, however they are written: the
    /// commonest first.
    pub(crate) fn typed(&self, keyword: Keyword, folded: &str) -> Result<Vec<String>> {
        let (from, to) = (format!("{folded}\0"), format!("{folded}\u{1}"));
        let mut terms: BTreeMap<String, u64> = BTreeMap::new();
        for segment in &self.segments {
            let index = &segment.value_lists[keyword.index()];
            let mut stream = index.terms().range().ge(&from).lt(&to).into_stream()?;
            while stream.advance() {
                let term = String::from_utf8_lossy(stream.key()).into_owned();
                *terms.entry(term).or_default() += u64::from(stream.value().doc_freq);
            }
        }
        let mut terms: Vec<(String, u64)> = terms.into_iter().collect();
        terms.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Ok(terms.into_iter().map(|(term, _)| term).collect())
    }

    /// Whether records of these kinds may be in groups.
    pub(crate) fn has_groups(&self, kinds: &[Kind]) -> bool {
        (kinds.is_empty() || kinds.contains(&Kind::Job))
            && self.segments.iter().any(|segment| segment.has_groups())
    }

    /// Number of records, deleted ones not counted.
    pub(crate) fn document_count(&self) -> u64 {
        self.searcher.num_docs()
    }
}

fn languages(segments: &[Arc<Segment>], fields: &Fields) -> Result<Vec<Language>> {
    let mut found: Vec<Language> = Vec::new();
    for segment in segments {
        let terms = segment.reader.inverted_index(fields.languages)?;
        let mut stream = terms.terms().stream()?;
        while stream.advance() {
            let code = std::str::from_utf8(stream.key()).unwrap_or_default();
            found.extend(Language::parse(code));
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}
