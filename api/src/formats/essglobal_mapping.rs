//! The one table by which ESSGlobal values become ours: `api/data/essglobal_mapping.csv`.
//!
//! `column,value` is a value as it stands in the file (of a URI, what follows its last
//! slash), `field,code` what it says of the organization. A value with an empty code is
//! known and says nothing. An organization's sectors are the union of the codes of its
//! columns.

use std::{collections::HashMap, sync::LazyLock};

use serde::Deserialize;

use crate::taxonomies::table::read_rows;

#[derive(Debug, Deserialize)]
struct MappingRow {
    column: String,
    value: String,
    field: String,
    code: Option<String>,
}

/// What a value says.
#[derive(Debug, PartialEq, Eq)]
pub enum Mapped {
    /// The code it stands for.
    Code(&'static str),
    /// Nothing: it is too broad.
    Nothing,
    /// It is not in the table.
    Unknown,
}

static ROWS: LazyLock<Vec<MappingRow>> =
    LazyLock::new(|| read_rows(include_str!("../../data/essglobal_mapping.csv")));

static BY_VALUE: LazyLock<HashMap<(&str, &str), &MappingRow>> = LazyLock::new(|| {
    ROWS.iter()
        .map(|row| ((row.column.as_str(), row.value.as_str()), row))
        .collect()
});

/// What `value` in `column` says of the organization's `field`.
pub fn look_up(column: &str, value: &str, field: &str) -> Mapped {
    let is_uri = value.starts_with("http://") || value.starts_with("https://");
    let value = if is_uri {
        value.rsplit('/').next().unwrap_or(value)
    } else {
        value
    };
    match BY_VALUE
        .get(&(column, value))
        .filter(|row| row.field == field)
    {
        None => Mapped::Unknown,
        Some(row) => row.code.as_deref().map_or(Mapped::Nothing, Mapped::Code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomies::{organization_types, sectors};

    #[test]
    fn every_row_leads_to_a_code_that_exists() {
        assert_eq!(BY_VALUE.len(), ROWS.len(), "a value occurs twice");
        for row in ROWS.iter() {
            let code = row.code.as_deref();
            match row.field.as_str() {
                "sectors" => assert!(code.is_none_or(|c| sectors::sector(c).is_some()), "{row:?}"),
                "organization_type" => {
                    assert!(
                        code.is_some_and(|c| organization_types::organization_type(c).is_some()),
                        "{row:?}"
                    );
                }
                other => panic!("no such field: {other}"),
            }
        }
    }

    #[test]
    fn a_uri_is_known_by_its_end() {
        let uri = "https://dev.lod.coop/essglobal/2.1/standard/activities-ica/ICA210";
        assert_eq!(
            look_up("Primary Activity", uri, "sectors"),
            Mapped::Code("housing")
        );
        assert_eq!(
            look_up("Primary Activity", "ICA280", "sectors"),
            Mapped::Nothing
        );
        assert_eq!(look_up("Sector", "Beekeeping", "sectors"), Mapped::Unknown);
    }
}
