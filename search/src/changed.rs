//! In what the query that was answered differs from the one that was typed.

use crate::error::Result;
use crate::merge::Found;
use crate::plan::Plan;
use crate::query::Correction;
use crate::run::Outcome;
use crate::snapshot::Snapshot;
use crate::text::fold;

/// For each corrected word, the one it was most often taken for.
pub(crate) fn corrections(
    outcome: &Outcome,
    plan: &Plan,
    snapshot: &Snapshot,
) -> Result<Vec<Correction>> {
    let mut corrections = Vec::new();
    for (word, counts) in plan.corrected.iter().zip(&outcome.corrected) {
        let terms = plan.terms_of(word.clause);
        // Of equally frequent terms the first, which is the commonest over all.
        let best = terms
            .iter()
            .zip(counts)
            .rev()
            .max_by_key(|(_, count)| **count);
        if let Some((term, &count)) = best
            && count > 0
            && term.text != fold(&word.typed)
        {
            corrections.push(Correction {
                from: word.typed.clone(),
                to: snapshot.as_people_write(&term.text)?,
            });
        }
    }
    Ok(corrections)
}

/// The words of a relaxed query that its best hit does not have.
pub(crate) fn left_out(plan: &Plan, best: &Found, snapshot: &Snapshot) -> Result<Vec<String>> {
    let mut left_out = Vec::new();
    let looked_for = plan.clauses.iter().zip(&plan.typed);
    let common = plan.common.iter().map(|(clause, typed)| (clause, typed));
    for (clause, typed) in looked_for.chain(common) {
        let mut matching = clause.docs(best.segment, snapshot, false)?;
        if !matching.contains(best.ranked.doc) {
            left_out.push(typed.clone());
        }
    }
    Ok(left_out)
}
