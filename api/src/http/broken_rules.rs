//! From validator's errors to faults with JSON Pointers.

use crate::http::problem::Fault;
use crate::vocabulary::validation::{ITEMS, describe};
use std::collections::HashSet;
use std::hash::BuildHasher;
use validator::{ValidationErrors, ValidationErrorsKind};

/// Every fault, sorted by pointer.
pub fn faults(errors: &ValidationErrors) -> Vec<Fault> {
    let mut faults = Vec::new();
    collect(errors, "", &mut faults);
    faults.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    faults
}

fn collect(errors: &ValidationErrors, at: &str, faults: &mut Vec<Fault>) {
    for (field, kind) in errors.errors() {
        let pointer = format!("{at}/{field}");
        match kind {
            ValidationErrorsKind::Struct(inner) => collect(inner, &pointer, faults),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    collect(inner, &format!("{pointer}/{index}"), faults);
                }
            }
            ValidationErrorsKind::Field(broken) => {
                for error in broken {
                    match error.params.get(ITEMS).and_then(|items| items.as_object()) {
                        Some(items) => faults.extend(items.iter().map(|(index, detail)| {
                            let detail = detail.as_str().unwrap_or_default();
                            Fault::new(format!("{pointer}/{index}"), detail)
                        })),
                        None => faults.push(Fault::new(pointer.clone(), describe(error))),
                    }
                }
            }
        }
    }
}

/// Whether a place, or what it is a part of, could not be read.
pub fn is_unread(unread: &HashSet<String, impl BuildHasher>, pointer: &str) -> bool {
    unread.contains(pointer)
        || pointer
            .rsplit_once('/')
            .is_some_and(|(whole, _)| is_unread(unread, whole))
}
