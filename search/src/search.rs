//! The read side: from a [`Query`] to a [`Page`].

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use tantivy::IndexReader;
use tantivy::index::SegmentMeta;

use crate::changed::{corrections, left_out};
use crate::cursor::{After, Cursor, MAX_RELEVANCE_HITS};
use crate::document::Keyword;
use crate::error::{Error, Result};
use crate::explain::explain;
use crate::filters;
use crate::highlight::Highlighter;
use crate::merge::{self, Found};
use crate::parse::{Parsed, parse};
use crate::plan::Plan;
use crate::query::{Filter, Hit, Page, Query, Sort};
use crate::run::{self, Outcome, Task};
use crate::schema::Fields;
use crate::snapshot::Snapshot;
use crate::spread::{self, SPREAD_HITS};
use crate::stages::{Run, Stages};
use crate::stored::stored;
use crate::tally::Tally;
use crate::text::Language;

/// The read side of the index. Cheap to clone; all clones see the same state. Searching takes no lock.
#[derive(Clone)]
pub struct SearchIndex {
    shared: Arc<Shared>,
}

struct Shared {
    dir: PathBuf,
    fields: Fields,
    snapshot: ArcSwap<Snapshot>,
}

impl SearchIndex {
    pub(crate) fn new(dir: PathBuf, fields: Fields, reader: &IndexReader) -> Result<SearchIndex> {
        let snapshot = Snapshot::open(reader.searcher(), fields.clone(), None)?;
        Ok(SearchIndex {
            shared: Arc::new(Shared {
                dir,
                fields,
                snapshot: ArcSwap::from_pointee(snapshot),
            }),
        })
    }

    /// Makes the last commit that `reader` can read visible. Only the writer calls this, so no two calls
    /// overlap.
    pub(crate) fn show(&self, reader: &IndexReader) -> Result<()> {
        reader.reload()?;
        let before = self.snapshot();
        let searcher = reader.searcher();
        let snapshot = Snapshot::open(searcher, self.shared.fields.clone(), Some(&before))?;
        self.shared.snapshot.store(Arc::new(snapshot));
        Ok(())
    }

    /// The folder of the index.
    pub(crate) fn dir(&self) -> &Path {
        &self.shared.dir
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.shared.snapshot.load_full()
    }

    /// How many records can be found.
    pub fn document_count(&self) -> u64 {
        self.snapshot().document_count()
    }

    /// Rises with every commit that searches see. Starts at 0 when the index is opened.
    pub fn generation(&self) -> u64 {
        self.snapshot().generation
    }

    /// How many parts the index is in: each search goes through all of them.
    pub fn segment_count(&self) -> usize {
        self.snapshot().segments.len()
    }

    /// Whether searches see exactly these segments.
    pub(crate) fn shows(&self, segments: &[SegmentMeta]) -> bool {
        let snapshot = self.snapshot();
        let is_open =
            |meta: &SegmentMeta| snapshot.segments.iter().any(|open| open.id() == meta.id());
        snapshot.segments.len() == segments.len() && segments.iter().all(is_open)
    }

    /// How many bytes the index folder takes on disk.
    pub fn size_in_bytes(&self) -> Result<u64> {
        let mut bytes = 0;
        for entry in std::fs::read_dir(&self.shared.dir)? {
            // Files come and go while segments are merged: what is gone takes no room.
            if let Ok(metadata) = entry?.metadata() {
                bytes += metadata.len();
            }
        }
        Ok(bytes)
    }

    /// Answers a query. Blocks while it works; meant for a pool of blocking threads.
    ///
    /// # Errors
    /// [`Error::QueryTooLong`], [`Error::InvalidCursor`] and [`Error::DistanceWithoutPoint`] are the
    /// asker's faults, the others the index's.
    pub fn search(&self, query: &Query) -> Result<Page> {
        let snapshot = self.snapshot();
        let deadline = Instant::now() + query.time_budget;
        Search::new(query, &snapshot, deadline)?.page(false)
    }

    /// Answers a query like [`search`](SearchIndex::search), whole, if that is done within `time`. `None`
    /// when it takes longer: it is given up then.
    ///
    /// # Errors
    /// Those of [`search`](SearchIndex::search).
    pub fn search_within(&self, time: Duration, query: &Query) -> Result<Option<Page>> {
        let snapshot = self.snapshot();
        let deadline = Instant::now() + time;
        let page = Search::new(query, &snapshot, deadline)?.page(true)?;
        Ok((!page.partial).then_some(page))
    }
}

/// One query being answered.
struct Search<'a> {
    query: &'a Query,
    snapshot: &'a Snapshot,
    parsed: Option<Parsed>,
    facets: Vec<Keyword>,
    /// The facet whose filters are all that is asked for.
    lone: Option<Keyword>,
    task: Task<'a>,
    skip: usize,
    /// Whether hits of one group are kept apart.
    spread: bool,
    /// The languages the words are meant in.
    languages: Vec<Language>,
    /// The first outcome, and then the one that found something, with its plan.
    answer: Option<(Outcome, Plan)>,
}

impl<'a> Search<'a> {
    fn new(query: &'a Query, snapshot: &'a Snapshot, deadline: Instant) -> Result<Search<'a>> {
        let parsed = query.text.as_deref().map(parse).transpose()?;
        let scored = parsed
            .as_ref()
            .is_some_and(|parsed| !parsed.wanted.is_empty());
        let sort = match query.sort {
            Sort::Relevance if !scored => Sort::Name,
            sort => sort,
        };
        let spread = sort == Sort::Relevance
            && !query.collapse
            && query.limit > 0
            && snapshot.has_groups(&query.kinds);
        let origin = filters::origin(&query.filters);
        if sort == Sort::Distance && origin.is_none() {
            return Err(Error::DistanceWithoutPoint);
        }
        let mut facets: Vec<Keyword> = Vec::new();
        for facet in &query.facets {
            if !facets.contains(facet) {
                facets.push(*facet);
            }
        }
        let (skip, after) = match &query.after {
            None => (0, None),
            Some(cursor) if sort == Sort::Relevance => (cursor.to_skip()?, None),
            Some(cursor) => (0, Some(cursor.after(sort)?)),
        };
        // One more than asked for, to know whether there is a next page.
        let keep = skip.saturating_add(query.limit).saturating_add(1);
        let keep = match sort {
            Sort::Relevance if spread => keep.clamp(SPREAD_HITS, MAX_RELEVANCE_HITS),
            Sort::Relevance => keep.min(MAX_RELEVANCE_HITS),
            _ => keep,
        };
        let is_counted = |filter: &&Filter| match filter {
            Filter::Keyword { field, .. } => facets.contains(field),
            Filter::SalaryAtLeast { .. } => query.histogram.is_some(),
            _ => false,
        };
        let (mut counted, mut filters): (Vec<&Filter>, Vec<&Filter>) =
            query.filters.iter().partition(is_counted);
        let lone = lone_field(parsed.as_ref(), &counted, &filters);
        if lone.is_some() {
            filters.append(&mut counted);
        }
        let task = Task {
            kinds: &query.kinds,
            filters,
            counted,
            sort,
            keep,
            collapse: query.collapse,
            after,
            origin,
            now: query.now,
            deadline,
        };
        Ok(Search {
            query,
            snapshot,
            parsed,
            task,
            facets,
            lone,
            skip,
            spread,
            languages: Vec::new(),
            answer: None,
        })
    }

    /// The answer. The deadline ends the search for hits; those that were found are made in full, unless
    /// `in_time` asks that the deadline hold for them as well.
    fn page(mut self, in_time: bool) -> Result<Page> {
        match self.parsed.take() {
            None => {
                self.run(&Plan::default())?;
            }
            // Text without a searchable word finds nothing.
            Some(parsed) if parsed.is_empty() => {}
            Some(parsed) => {
                let mut stages = Stages::new(&parsed, self.query.prefix, self.snapshot)?;
                if self.query.interpret {
                    stages.interpret(&self.query.kinds)?;
                }
                self.languages = stages.languages();
                stages.try_each(&mut self)?;
            }
        }
        match self.answer.take() {
            Some((outcome, plan)) => self.answered(&outcome, &plan, in_time),
            None => Ok(self.empty()),
        }
    }

    /// The page of what a plan found.
    fn answered(&self, outcome: &Outcome, plan: &Plan, in_time: bool) -> Result<Page> {
        let mut found = merge::merge(self.task.keep, &outcome.best, self.snapshot)?;
        if self.spread {
            self.keep_groups_apart(&mut found);
        }
        let page: Vec<Found> = found
            .iter()
            .skip(self.skip)
            .take(self.query.limit)
            .copied()
            .collect();
        let highlighter = self
            .query
            .highlight
            .map(|fields| Highlighter::new(plan, fields));
        let mut partial = outcome.partial;
        let mut hits = Vec::with_capacity(page.len());
        for found in &page {
            partial |= in_time && Instant::now() >= self.task.deadline;
            if partial && in_time {
                break;
            }
            hits.push(self.hit(found, highlighter.as_ref())?);
        }
        let explanation = if self.query.explain {
            Some(explain(plan, &self.languages, &page, self.snapshot)?)
        } else {
            None
        };
        Ok(Page {
            explanation,
            interpreted: plan
                .preferences
                .iter()
                .map(|preference| preference.interpretation.clone())
                .collect(),
            next: self.next(&page, found.len())?,
            hits,
            total: outcome.total,
            facets: self.facets(outcome)?,
            histogram: outcome.histogram.clone(),
            corrections: corrections(outcome, plan, self.snapshot)?,
            left_out: match found.first() {
                Some(best) if plan.relaxed => left_out(plan, best, self.snapshot)?,
                _ => Vec::new(),
            },
            relaxed: plan.relaxed && outcome.total > 0,
            partial,
        })
    }

    fn empty(&self) -> Page {
        Page {
            hits: Vec::new(),
            total: 0,
            next: None,
            facets: self
                .facets
                .iter()
                .map(|&field| (field, Vec::new()))
                .collect(),
            histogram: self
                .query
                .histogram
                .as_ref()
                .map(|asked| vec![0; asked.edges.len() + 1]),
            corrections: Vec::new(),
            left_out: Vec::new(),
            interpreted: Vec::new(),
            explanation: None,
            relaxed: false,
            partial: false,
        }
    }

    fn keep_groups_apart(&self, found: &mut [Found]) {
        let best = found.len().min(SPREAD_HITS);
        let (best, _) = found.split_at_mut(best);
        let group = |hit: &Found| self.snapshot.segments[hit.segment].group(hit.ranked.doc);
        let groups: Vec<Option<u64>> = best.iter().map(group).collect();
        let order = spread::order(&groups).into_iter();
        let spread: Vec<Found> = order.filter_map(|hit| best.get(hit).copied()).collect();
        best.copy_from_slice(&spread);
    }

    fn next(&self, page: &[Found], found: usize) -> Result<Option<Cursor>> {
        let Some(last) = page.last() else {
            return Ok(None);
        };
        let end = self.skip + page.len();
        if found <= end {
            return Ok(None);
        }
        if self.task.sort == Sort::Relevance {
            return Ok((end < MAX_RELEVANCE_HITS).then(|| Cursor::skip(end)));
        }
        let order = self.snapshot.segments[last.segment].order_string(last.ranked.order)?;
        let after = After {
            rank: last.ranked.rank,
            order: String::from_utf8_lossy(&order).into_owned(),
        };
        Ok(Some(Cursor::new(self.task.sort, after)))
    }

    fn hit(&self, found: &Found, highlighter: Option<&Highlighter<'_>>) -> Result<Hit> {
        let stored = stored(found.segment, found.ranked.doc, self.snapshot)?;
        let segment = &self.snapshot.segments[found.segment];
        let distance_km = self
            .task
            .origin
            .and_then(|origin| filters::distance_from(origin, segment, found.ranked.doc));
        let highlights = match highlighter {
            Some(highlighter) => highlighter.highlight(&stored.view, &stored.languages)?,
            None => Vec::new(),
        };
        Ok(Hit {
            kind: stored.kind,
            id: stored.id,
            view: stored.view,
            highlights,
            distance_km,
        })
    }

    fn facets(&self, outcome: &Outcome) -> Result<Vec<(Keyword, Vec<crate::FacetCount>)>> {
        let mut facets = Vec::new();
        for (&field, counts) in self.facets.iter().zip(&outcome.facets) {
            let mut facet = self.snapshot.values(field)?.facet(counts);
            facet.truncate(self.query.max_facet_values);
            facets.push((field, facet));
        }
        Ok(facets)
    }
}

impl Run for Search<'_> {
    fn run(&mut self, plan: &Plan) -> Result<bool> {
        // Facets of the first stage are worth showing even when the filters leave no hit.
        if self.answer.is_some() && plan.is_hopeless() {
            return Ok(false);
        }
        let tally = Tally::new(&self.facets, self.lone, self.query, self.snapshot)?;
        let outcome = run::run(&self.task, plan, tally, self.snapshot)?;
        let done = outcome.total > 0 || outcome.partial;
        if done || self.answer.is_none() {
            self.answer = Some((outcome, plan.clone()));
        }
        Ok(done)
    }

    fn is_late(&mut self) -> bool {
        let is_late = Instant::now() >= self.task.deadline;
        if let Some((outcome, _)) = &mut self.answer {
            outcome.partial |= is_late;
        }
        is_late
    }

    fn finds_without_filters(&mut self, plan: &Plan) -> Result<bool> {
        if self.query.filters.is_empty() {
            return Ok(false);
        }
        Ok(run::count(
            &self.query.kinds,
            plan,
            self.query.now,
            self.task.deadline,
            self.snapshot,
        )? > 0)
    }
}

/// The counted field whose filters are all that is asked for.
fn lone_field(parsed: Option<&Parsed>, counted: &[&Filter], others: &[&Filter]) -> Option<Keyword> {
    if parsed.is_some() || !others.is_empty() {
        return None;
    }
    let mut fields = counted.iter().map(|filter| match filter {
        Filter::Keyword { field, .. } => Some(*field),
        _ => None,
    });
    let first = fields.next()??;
    fields.all(|field| field == Some(first)).then_some(first)
}

/// Time for what has no budget of its own, such as suggestions.
pub(crate) fn default_deadline() -> Instant {
    Instant::now() + Duration::from_millis(500)
}
